use application_kernel::Ticket;
use domain_kernel::{Date, PlanId, SessionId, Timestamp, UserId, WallTime};
use domain_mentoring::SessionStatus;

/// A student asks a mentor for a plan of meetings.
#[derive(Debug, Clone)]
pub struct RequestSession {
    /// Who asks, and what makes a repetition the same request.
    pub ticket: Ticket,
    /// Who is to teach.
    pub mentor: UserId,
    /// What is to be bought.
    pub plan: PlanId,
    /// The day of the first meeting, on the mentor's calendar.
    pub first_date: Date,
    /// When each meeting begins, on the mentor's wall clock.
    pub time: WallTime,
    /// A word to the mentor, at most 2000 characters.
    pub message: Option<String>,
}

/// The mentor says yes.
#[derive(Debug, Clone)]
pub struct ApproveSession {
    /// Who says it.
    pub ticket: Ticket,
    /// To what.
    pub session: SessionId,
}

/// The mentor says no.
#[derive(Debug, Clone)]
pub struct RejectSession {
    /// Who says it.
    pub ticket: Ticket,
    /// To what.
    pub session: SessionId,
    /// Why, 1 to 500 characters.
    pub reason: String,
}

/// The student wants to pay.
#[derive(Debug, Clone)]
pub struct StartPayment {
    /// Who wants to.
    pub ticket: Ticket,
    /// What for.
    pub session: SessionId,
}

/// On which dates a plan would meet.
#[derive(Debug, Clone)]
pub struct AskDates {
    /// Who would teach.
    pub mentor: UserId,
    /// What would be bought.
    pub plan: PlanId,
    /// The day of the first meeting, on the mentor's calendar.
    pub first_date: Date,
    /// When each meeting would begin, on the mentor's wall clock.
    pub time: WallTime,
}

/// Which of one's own sessions are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionFilter {
    /// Only those that stand there.
    pub status: Option<SessionStatus>,
}

/// What lists of sessions are ordered by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionKey {
    /// When the first meeting begins.
    pub starts_at: Timestamp,
    /// Tells sessions apart that begin at once.
    pub id: SessionId,
}
