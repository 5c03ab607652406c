use application_kernel::{CurrentOperator, Ticket};
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

/// The student takes a request back that was not answered.
#[derive(Debug, Clone)]
pub struct WithdrawSession {
    /// Who does.
    pub ticket: Ticket,
    /// Which.
    pub session: SessionId,
}

/// A party calls an approved, paid or scheduled session off.
#[derive(Debug, Clone)]
pub struct CancelSession {
    /// Who does.
    pub ticket: Ticket,
    /// Which.
    pub session: SessionId,
    /// Why, 1 to 500 characters.
    pub reason: Option<String>,
}

/// The mentor says that a meeting has taken place.
#[derive(Debug, Clone)]
pub struct CompleteMeeting {
    /// Who says it.
    pub ticket: Ticket,
    /// Of which session.
    pub session: SessionId,
    /// Which meeting, from 1.
    pub item: u32,
}

/// The student says that the mentor did not come.
#[derive(Debug, Clone)]
pub struct ReportNoShow {
    /// Who says it.
    pub ticket: Ticket,
    /// Of which session.
    pub session: SessionId,
    /// To which meeting, from 1.
    pub item: u32,
    /// What happened, 1 to 1000 characters.
    pub note: Option<String>,
}

/// A party proposes another time for a meeting.
#[derive(Debug, Clone)]
pub struct ProposeMove {
    /// Who does.
    pub ticket: Ticket,
    /// Of which session.
    pub session: SessionId,
    /// Which meeting, from 1.
    pub item: u32,
    /// The new day, on the session's calendar.
    pub date: Date,
    /// The new time, on the session's wall clock.
    pub time: WallTime,
}

/// A party answers a proposed time, or drops its own.
#[derive(Debug, Clone)]
pub struct AnswerMove {
    /// Who does.
    pub ticket: Ticket,
    /// Of which session.
    pub session: SessionId,
    /// Of which meeting, from 1.
    pub item: u32,
    /// The time that is accepted, which must be the proposed one; nothing to drop it.
    pub accepts: Option<(Date, WallTime)>,
}

/// The student wants to pay.
#[derive(Debug, Clone)]
pub struct StartPayment {
    /// Who wants to.
    pub ticket: Ticket,
    /// What for.
    pub session: SessionId,
}

/// An operator decides about a reported no-show.
#[derive(Debug, Clone)]
pub struct DecideNoShow {
    /// Who does.
    pub ticket: Ticket<CurrentOperator>,
    /// Of which session.
    pub session: SessionId,
    /// About which meeting, from 1.
    pub item: u32,
    /// Whether the mentor did not come.
    pub upheld: bool,
    /// Why, 1 to 500 characters; the audit keeps it.
    pub reason: String,
}

/// An operator calls a session off, whatever it waits for.
#[derive(Debug, Clone)]
pub struct CancelAsOperator {
    /// Who does.
    pub ticket: Ticket<CurrentOperator>,
    /// Which.
    pub session: SessionId,
    /// Why, 1 to 500 characters; both parties are told.
    pub reason: String,
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
