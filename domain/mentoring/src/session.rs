use domain_kernel::{
    CourseId, Date, IllegalTransition, Lifecycle, PlanId, Role, SessionId, Timestamp, UserId, labelled,
};

use crate::{Happening, Meeting, Parties, SessionEvent, SessionStatus, SessionStep, Slot, Terms};

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
    /// Why it was rejected or called off.
    pub reason: Option<String>,
    /// Who ended it.
    pub ended_by: Option<Ender>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// When its first meeting begins; the agreed start until a meeting is moved.
    pub begins_at: Timestamp,
    /// When its last meeting ends.
    pub ends_at: Timestamp,
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

impl Side {
    /// The role of who stands there.
    pub fn role(self) -> Role {
        match self {
            Self::Student => Role::Student,
            Self::Mentor => Role::Mentor,
        }
    }
}

labelled! {
    /// Who can end a session.
    pub enum Ender {
        /// Its student.
        Student = "student",
        /// Its mentor.
        Mentor = "mentor",
        /// An operator.
        Operator = "operator",
        /// The clock, since nobody acted in time or all meetings have taken place.
        Clock = "clock",
    }
}

/// Who calls a session off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Canceller {
    /// Somebody who says to be a party.
    Party(UserId),
    /// An operator, whose permission was checked.
    Operator,
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
    /// A meeting has not taken place yet, or none has.
    #[error("not every meeting has taken place")]
    MeetingsOpen,
    /// An operator has to decide about a no-show first.
    #[error("a reported no-show is not decided yet")]
    NoShowOpen,
}

impl Session {
    /// The mentor says yes. Nothing changes if it stands already.
    pub fn approve(&mut self, by: &UserId, now: Timestamp) -> Result<Vec<SessionEvent>, SessionRefused> {
        self.must_be(Side::Mentor, by)?;
        if self.status == SessionStatus::Approved {
            return Ok(vec![]);
        }
        let status = self.status.on(SessionStep::Approve)?;
        let policy = self.terms.policy;
        // A request expires before its start is too near.
        if now >= self.expires_at {
            return Err(SessionRefused::TooLateToApprove);
        }
        self.become_at(status, now);
        self.pay_by = Some(now.plus(policy.pay_within).min(self.starts_at().minus(policy.pay_before_start)));
        Ok(vec![self.event(Happening::Approved)])
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
        self.end_at(self.status.on(SessionStep::Reject)?, Ender::Mentor, now);
        self.reason = Some(reason);
        Ok(vec![self.event(Happening::Rejected)])
    }

    /// The clock: nobody answered in time.
    pub fn expire(&mut self, now: Timestamp) -> Result<Vec<SessionEvent>, SessionRefused> {
        let status = self.status.on(SessionStep::Expire)?;
        if now < self.expires_at {
            return Err(SessionRefused::NotDue);
        }
        self.end_at(status, Ender::Clock, now);
        Ok(vec![self.event(Happening::Expired)])
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
        self.end_at(status, Ender::Clock, now);
        Ok(vec![self.event(Happening::Lapsed)])
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
        Ok(vec![self.event(Happening::Paid)])
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
        (self.begins_at, self.ends_at) = self.terms.span();
        self.become_at(status, now);
        Ok(vec![self.event(Happening::Scheduled)])
    }

    /// The side on which somebody stands, if on any.
    pub fn side(&self, user: &UserId) -> Option<Side> {
        match user {
            user if *user == self.student => Some(Side::Student),
            user if *user == self.mentor => Some(Side::Mentor),
            _ => None,
        }
    }

    /// When the first meeting was agreed to begin.
    pub fn starts_at(&self) -> Timestamp {
        self.terms.starts_at()
    }

    /// A meeting was moved: the session begins and ends with its meetings that are not called off.
    pub fn follow(&mut self, meetings: &[Meeting], now: Timestamp) {
        let held = || meetings.iter().filter(|meeting| meeting.cancelled_at.is_none());
        self.begins_at = held().map(|meeting| meeting.starts_at).min().unwrap_or(self.begins_at);
        self.ends_at = held().map(|meeting| meeting.ends_at).max().unwrap_or(self.ends_at);
        self.updated_at = now;
    }

    /// All meetings' places in time, in order.
    pub fn slots(&self) -> Vec<Slot> {
        self.terms.slots_from(self.terms.first_date)
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

    /// Somebody must stand on that side; to who stands on none the session does not exist.
    pub fn must_be(&self, side: Side, user: &UserId) -> Result<(), SessionRefused> {
        match self.side(user) {
            None => Err(SessionRefused::NotAParty),
            Some(actual) if actual == side => Ok(()),
            Some(_) => Err(SessionRefused::OtherSide(side)),
        }
    }

    pub(crate) fn become_at(&mut self, status: SessionStatus, now: Timestamp) {
        self.status = status;
        self.updated_at = now;
    }

    pub(crate) fn end_at(&mut self, status: SessionStatus, by: Ender, now: Timestamp) {
        self.become_at(status, now);
        self.ended_by = Some(by);
        self.ended_at = Some(now);
    }

    /// The event that this has happened to the session.
    pub fn event(&self, what: Happening) -> SessionEvent {
        let Self { id, student, mentor, .. } = self;
        let parties = Parties { session: id.clone(), student: student.clone(), mentor: mentor.clone() };
        SessionEvent { what, parties, facts: Vec::new() }
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
