use application_kernel::{Actor, AuditEntry, record};
use domain_kernel::{Fact, Timestamp};
use domain_mentoring::{Happening, Session, SessionEvent};

use crate::ports::BookingTx;
use crate::{Booking, BookingError};

/// The audit's entry that this was done; by nobody if a clock or a gateway caused it.
pub(crate) fn audited(
    actor: Option<Actor>,
    action: &'static str,
    subject: String,
    details: Vec<Fact>,
    at: Timestamp,
) -> AuditEntry {
    AuditEntry { at, actor, action, subject, details }
}

impl Booking {
    /// What belongs to every change of a session beside its rows: the outbox, the audit, and where the
    /// two parties' course stands.
    pub(crate) async fn record(
        &self,
        tx: &mut BookingTx,
        by: Option<Actor>,
        action: &'static str,
        session: &Session,
        events: &[SessionEvent],
        now: Timestamp,
    ) -> Result<(), BookingError> {
        let reason = session.reason.iter().map(|reason| ("reason", reason.clone())).collect();
        self.record_with(tx, by, action, session, events, reason, now).await
    }

    /// The same with these details in the audit.
    #[expect(
        clippy::too_many_arguments,
        reason = "each belongs to the entry, and nothing else needs them together"
    )]
    pub(crate) async fn record_with(
        &self,
        tx: &mut BookingTx,
        by: Option<Actor>,
        action: &'static str,
        session: &Session,
        events: &[SessionEvent],
        said: Vec<Fact>,
        now: Timestamp,
    ) -> Result<(), BookingError> {
        tx.outbox().append(&record(events)).await?;
        let mut details = vec![("status", session.status.to_string())];
        details.extend(said);
        for event in events {
            details.extend(event.facts.iter().cloned());
        }
        tx.audit().append(audited(by, action, session.id.to_string(), details, now)).await?;
        if events.iter().any(|event| moves_the_course(event.what)) {
            self.recalculate_course(tx, session, now).await?;
        }
        Ok(())
    }

    /// Records where the course of student, mentor and skill stands now.
    pub(crate) async fn recalculate_course(
        &self,
        tx: &mut BookingTx,
        session: &Session,
        now: Timestamp,
    ) -> Result<(), BookingError> {
        let (facts, stored) = tx.sessions().enrolment(session).await?;
        for status in stored.map_or_else(|| vec![facts.status()], |stored| facts.path(stored)) {
            tx.sessions().enrol(&self.ids.text(), session, status, now).await?;
        }
        Ok(())
    }
}

/// Whether the course of the parties may stand elsewhere after this.
fn moves_the_course(what: Happening) -> bool {
    match what {
        Happening::Requested
        | Happening::Paid
        | Happening::Scheduled
        | Happening::Cancelled
        | Happening::Completed
        | Happening::MeetingCompleted
        | Happening::NoShowDecided => true,
        Happening::Approved
        | Happening::Rejected
        | Happening::Withdrawn
        | Happening::Expired
        | Happening::Lapsed
        | Happening::DayBegan
        | Happening::MeetingNears
        | Happening::MoveProposed
        | Happening::MoveDeclined
        | Happening::Moved
        | Happening::NoShowReported => false,
    }
}
