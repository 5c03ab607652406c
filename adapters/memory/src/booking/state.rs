//! What several of booking's ports ask of the tables.

use application_booking::ports::SLOTS_OVERLAP;
use application_kernel::StoreError;
use domain_billing::Ledger;
use domain_kernel::{SessionId, UserId};
use domain_mentoring::{Enrolment, Session, SessionStatus, Slot};

use super::{Hold, PlannedItem, duplicate};
use crate::store::State;

impl State {
    /// Holds one meeting's hours for both parties.
    pub(super) fn take(&mut self, session: &Session, item: u32, hold: Hold) -> Result<(), StoreError> {
        for user in [&session.student, &session.mentor] {
            let is_taken = |((_, holder, _), held): (&(SessionId, UserId, u32), &Hold)| {
                holder == user && held.overlaps(hold)
            };
            if self.slot_holds.iter().any(is_taken) {
                return Err(duplicate(SLOTS_OVERLAP));
            }
            self.slot_holds.insert((session.id.clone(), user.clone(), item), hold);
        }
        Ok(())
    }

    /// The other sessions that hold hours of either party which overlap one of these.
    pub(super) fn in_the_way(&self, session: &Session, of: &[Slot]) -> Vec<SessionId> {
        let overlaps = |held: &Hold| {
            of.iter().any(|slot| held.overlaps(Hold { from: slot.starts_at, to: slot.ends_at }))
        };
        let mut found: Vec<SessionId> = self
            .slot_holds
            .iter()
            .filter(|((other, holder, _), held)| {
                *other != session.id && session.side(holder).is_some() && overlaps(held)
            })
            .map(|((other, _, _), _)| other.clone())
            .collect();
        found.sort();
        found.dedup();
        found
    }

    /// The session's planned meetings in order, each with what it is about.
    pub(super) fn planned(&self, id: &SessionId) -> Vec<&PlannedItem> {
        let mut planned: Vec<&PlannedItem> =
            self.session_schedule.values().filter(|planned| planned.meeting.session == *id).collect();
        planned.sort_by_key(|planned| planned.meeting.item);
        planned
    }

    pub(super) fn ledger_of(&self, session: &SessionId) -> Option<&Ledger> {
        self.admin_ledger.values().find(|row| row.session == *session)
    }

    pub(super) fn enrolment(&self, of: &Session) -> Enrolment {
        let mut facts = Enrolment::default();
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        for session in self.sessions.values().filter(|session| is_same_course(session, of)) {
            let is_live = matches!(
                session.status,
                SessionStatus::Paid | SessionStatus::Scheduled | SessionStatus::Completed
            );
            let left = self.ledger_of(&session.id).and_then(|ledger| ledger.left().ok());
            let kept = left.is_some_and(|left| left.minor() > 0);
            if !(is_live && kept) {
                continue;
            }
            let meetings = self.planned(&session.id);
            let held = || meetings.iter().filter(|planned| planned.meeting.cancelled_at.is_none());
            facts.paid += 1;
            facts.unplanned += u32::from(meetings.is_empty());
            facts.meetings += count(held().count());
            facts.completed += count(held().filter(|planned| planned.meeting.completed_at.is_some()).count());
        }
        facts
    }
}

fn is_same_course(one: &Session, other: &Session) -> bool {
    (&one.student, &one.mentor, &one.skill_slug) == (&other.student, &other.mentor, &other.skill_slug)
}
