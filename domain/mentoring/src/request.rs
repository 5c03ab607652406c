use domain_kernel::{CourseId, PlanId, SessionId, Timestamp, UserId};

use crate::{DatesRefused, Happening, Session, SessionEvent, SessionStatus, Terms, meeting_days};

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
        let (begins_at, ends_at) = terms.span();
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
            ended_by: None,
            ended_at: None,
            begins_at,
            ends_at,
            created_at: now,
            updated_at: now,
            version: 0,
        };
        let event = session.event(Happening::Requested);
        Ok((session, event))
    }
}
