use domain_kernel::{
    CourseId, Date, IllegalTransition, Lifecycle, PlanId, SessionId, Timestamp, UserId, labelled,
};

use crate::{DatesRefused, Parties, SessionEvent, SessionStatus, SessionStep, Slot, Terms, meeting_days};

/// A plan of meetings that a student books with a mentor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its key.
    pub id: SessionId,
    /// Who learns and pays.
    pub student: UserId,
    /// Who teaches.
    pub mentor: UserId,
    /// The skill's course.
    pub course: CourseId,
    /// The plan that was bought.
    pub plan: PlanId,
    /// The plan's key at the time, such as `basic`.
    pub plan_key: String,
    /// The skill by name.
    pub skill_name: String,
    /// The skill by slug.
    pub skill_slug: String,
    /// Where it stands.
    pub status: SessionStatus,
    /// What the student wrote with the request.
    pub message: Option<String>,
    /// What was agreed.
    pub terms: Terms,
    /// When the request expires.
    pub expires_at: Timestamp,
    /// When an approved session is to be paid.
    pub pay_by: Option<Timestamp>,
    /// Why it was rejected.
    pub reason: Option<String>,
    /// When it was requested.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Grows by one with every change that is saved.
    pub version: i32,
}

labelled! {
    /// On which side of a session somebody stands.
    pub enum Side {
        /// Learns.
        Student = "student",
        /// Teaches.
        Mentor = "mentor",
    }
}

/// What a student asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRequest {
    /// The key of the session to be.
    pub id: SessionId,
    /// See [`Session`].
    pub student: UserId,
    /// See [`Session`].
    pub mentor: UserId,
    /// See [`Session`].
    pub course: CourseId,
    /// See [`Session`].
    pub plan: PlanId,
    /// See [`Session`].
    pub plan_key: String,
    /// See [`Session`].
    pub skill_name: String,
    /// See [`Session`].
    pub skill_slug: String,
    /// At most 2000 characters.
    pub message: Option<String>,
    /// What is to be agreed.
    pub terms: Terms,
}

/// What the other rows say when a session is requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circumstances {
    /// Whether the plan can be bought.
    pub plan_is_active: bool,
    /// Whether the mentor is verified for the plan's course, and for this plan.
    pub mentor_may_teach: bool,
    /// Whether the two have a live session for the skill.
    pub has_live_session: bool,
    /// The student's requests that wait for an answer.
    pub open_requests: u32,
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestRefused {
    /// A mentor cannot be their own student.
    #[error("nobody books themselves")]
    Oneself,
    /// The plan is not sold.
    #[error("the plan cannot be booked")]
    PlanUnavailable,
    /// The mentor may not teach this plan.
    #[error("the mentor is not verified for this plan's skill")]
    NotVerified,
    /// The start is nearer than the policy allows.
    #[error("the start is too soon")]
    TooSoon,
    /// The start is farther than the policy allows.
    #[error("the start is too far ahead")]
    TooFar,
    /// The mentor does not offer the day and time, or too few days.
    #[error(transparent)]
    Dates(#[from] DatesRefused),
    /// The two have a live session for this skill already.
    #[error("there is a live session with this mentor for this skill")]
    LiveSession,
    /// Too many requests wait for an answer.
    #[error("too many requests wait for an answer")]
    TooManyOpen,
}

/// Why a change is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionRefused {
    /// The caller is neither the student nor the mentor: to them it does not exist.
    #[error("not a party of the session")]
    NotAParty,
    /// The other side decides this.
    #[error("this is for the {0} to do")]
    OtherSide(Side),
    /// The status does not permit it.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
    /// The request has expired, or its start is too near.
    #[error("the request can no longer be approved")]
    TooLateToApprove,
    /// The time to pay is over.
    #[error("the time to pay is over")]
    TooLateToPay,
    /// The clock came before its time.
    #[error("not due yet")]
    NotDue,
}

impl Session {
    /// A student asks for a plan of meetings.
    pub fn request(
        asked: SessionRequest,
        given: Circumstances,
        now: Timestamp,
    ) -> Result<(Self, SessionEvent), RequestRefused> {
        let SessionRequest {
            id,
            student,
            mentor,
            course,
            plan,
            plan_key,
            skill_name,
            skill_slug,
            message,
            terms,
        } = asked;
        if student == mentor {
            return Err(RequestRefused::Oneself);
        }
        if !given.plan_is_active {
            return Err(RequestRefused::PlanUnavailable);
        }
        if !given.mentor_may_teach {
            return Err(RequestRefused::NotVerified);
        }
        meeting_days(terms.first_date, terms.weeks, terms.per_week, terms.offered)?;
        let policy = terms.policy;
        let starts_at = terms.starts_at();
        if starts_at < now.plus(policy.ahead_least) {
            return Err(RequestRefused::TooSoon);
        }
        if starts_at > now.plus(policy.ahead_most) {
            return Err(RequestRefused::TooFar);
        }
        if given.has_live_session {
            return Err(RequestRefused::LiveSession);
        }
        if given.open_requests >= policy.open_requests {
            return Err(RequestRefused::TooManyOpen);
        }
        let session = Self {
            id,
            student,
            mentor,
            course,
            plan,
            plan_key,
            skill_name,
            skill_slug,
            status: SessionStatus::Pending,
            message,
            expires_at: now.plus(policy.answer_within).min(starts_at.minus(policy.answer_before_start)),
            terms,
            pay_by: None,
            reason: None,
            created_at: now,
            updated_at: now,
            version: 0,
        };
        let event = SessionEvent::Requested(session.parties());
        Ok((session, event))
    }

    /// The mentor says yes. Nothing changes if it stands already.
    pub fn approve(&mut self, by: &UserId, now: Timestamp) -> Result<Vec<SessionEvent>, SessionRefused> {
        self.must_be(Side::Mentor, by)?;
        if self.status == SessionStatus::Approved {
            return Ok(vec![]);
        }
        let status = self.status.on(SessionStep::Approve)?;
        let policy = self.terms.policy;
        let last = self.starts_at().minus(policy.answer_before_start);
        if now >= self.expires_at || now > last {
            return Err(SessionRefused::TooLateToApprove);
        }
        self.become_at(status, now);
        self.pay_by = Some(now.plus(policy.pay_within).min(self.starts_at().minus(policy.pay_before_start)));
        Ok(vec![SessionEvent::Approved(self.parties())])
    }

    /// The mentor says no, and why. Nothing changes if it stands already.
    pub fn reject(
        &mut self,
        by: &UserId,
        reason: String,
        now: Timestamp,
    ) -> Result<Vec<SessionEvent>, SessionRefused> {
        self.must_be(Side::Mentor, by)?;
        if self.status == SessionStatus::Rejected {
            return Ok(vec![]);
        }
        self.become_at(self.status.on(SessionStep::Reject)?, now);
        self.reason = Some(reason);
        Ok(vec![SessionEvent::Rejected(self.parties())])
    }

    /// The clock: nobody answered in time.
    pub fn expire(&mut self, now: Timestamp) -> Result<Vec<SessionEvent>, SessionRefused> {
        let status = self.status.on(SessionStep::Expire)?;
        if now < self.expires_at {
            return Err(SessionRefused::NotDue);
        }
        self.become_at(status, now);
        Ok(vec![SessionEvent::Expired(self.parties())])
    }

    /// The clock: nobody paid in time. It waits a little while a payment is under way.
    pub fn lapse(
        &mut self,
        payment_under_way: bool,
        now: Timestamp,
    ) -> Result<Vec<SessionEvent>, SessionRefused> {
        let status = self.status.on(SessionStep::Lapse)?;
        let grace = if payment_under_way { self.terms.policy.pay_grace } else { domain_kernel::minutes(0) };
        if self.pay_by.is_none_or(|due| now < due.plus(grace)) {
            return Err(SessionRefused::NotDue);
        }
        self.become_at(status, now);
        Ok(vec![SessionEvent::Lapsed(self.parties())])
    }

    /// Whether the student may start a payment now.
    pub fn may_pay(&self, by: &UserId, now: Timestamp) -> Result<(), SessionRefused> {
        self.must_be(Side::Student, by)?;
        // What would follow is a capture, so the status must permit one.
        self.status.on(SessionStep::Capture)?;
        if self.pay_by.is_none_or(|due| now >= due) {
            return Err(SessionRefused::TooLateToPay);
        }
        Ok(())
    }

    /// The money has come.
    pub fn capture(&mut self, now: Timestamp) -> Result<Vec<SessionEvent>, SessionRefused> {
        self.become_at(self.status.on(SessionStep::Capture)?, now);
        Ok(vec![SessionEvent::Paid(self.parties())])
    }

    /// The meetings are planned from `first_date` on, which differs from the agreed day only when
    /// that has passed.
    pub fn schedule(
        &mut self,
        first_date: Date,
        now: Timestamp,
    ) -> Result<Vec<SessionEvent>, SessionRefused> {
        let status = self.status.on(SessionStep::Schedule)?;
        self.terms.first_date = first_date;
        self.become_at(status, now);
        Ok(vec![SessionEvent::Scheduled(self.parties())])
    }

    /// The side on which somebody stands, if on any.
    pub fn side(&self, user: &UserId) -> Option<Side> {
        match user {
            user if *user == self.student => Some(Side::Student),
            user if *user == self.mentor => Some(Side::Mentor),
            _ => None,
        }
    }

    /// When the first meeting begins.
    pub fn starts_at(&self) -> Timestamp {
        self.terms.starts_at()
    }

    /// When the last meeting ends.
    pub fn ends_at(&self) -> Timestamp {
        self.slots().last().map_or_else(|| self.starts_at(), |slot| slot.ends_at)
    }

    /// All meetings' places in time, in order.
    pub fn slots(&self) -> Vec<Slot> {
        self.terms.slots_from(self.terms.first_date)
    }

    /// Whether the caller may see what was paid: the student.
    pub fn may_see_payment(&self, by: &UserId) -> Result<(), SessionRefused> {
        self.must_be(Side::Student, by)
    }

    /// The days on which the plan may begin as seen now, best first: the agreed one if it lies
    /// ahead, otherwise the offered days that follow, at most ten.
    pub fn first_dates(&self, now: Timestamp) -> Vec<Date> {
        if self.starts_at() >= now {
            return vec![self.terms.first_date];
        }
        let (today, _) = self.terms.zone.local(now);
        today
            .iter_days()
            .take(366)
            .filter(|date| self.terms.slots_from(*date).first().is_some_and(|slot| slot.starts_at >= now))
            .take(10)
            .collect()
    }

    fn must_be(&self, side: Side, user: &UserId) -> Result<(), SessionRefused> {
        match self.side(user) {
            None => Err(SessionRefused::NotAParty),
            Some(actual) if actual == side => Ok(()),
            Some(_) => Err(SessionRefused::OtherSide(side)),
        }
    }

    fn become_at(&mut self, status: SessionStatus, now: Timestamp) {
        self.status = status;
        self.updated_at = now;
    }

    fn parties(&self) -> Parties {
        Parties { session: self.id.clone(), student: self.student.clone(), mentor: self.mentor.clone() }
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
