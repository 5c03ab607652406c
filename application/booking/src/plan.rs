use application_kernel::{StoreError, attempt, transact};
use domain_kernel::{Date, SessionId, Timestamp, hours};
use domain_mentoring::{NewScheduleItem, Session, SessionStatus};

use crate::booking::slot_taken;
use crate::ports::BookingTx;
use crate::timers::{PLANNING, meeting_timers, session_timer};
use crate::{Booking, BookingError};

impl Booking {
    /// Plans the meetings of a paid session, as the job does that comes after a failure. While no ten
    /// days in a row are free it is tried again each hour: parties cancel, and days pass.
    pub async fn plan_meetings(&self, id: &SessionId) -> Result<(), BookingError> {
        transact(&*self.store, || {
            async |tx| {
                let mut session = tx.sessions().get(id).await?;
                if session.status != SessionStatus::Paid {
                    return Ok(());
                }
                let now = self.clock.now();
                match attempt(tx, async |tx| self.plan(tx, &mut session, now).await).await? {
                    Err(error) if is_worth_a_job(&error) => {
                        tracing::warn!(session = %id, %error, "the meetings could not be planned");
                        Ok(tx.jobs().schedule(session_timer(PLANNING, id, now.plus(hours(1)))).await?)
                    }
                    outcome => outcome,
                }
            }
        })
        .await
    }

    /// Plans the meetings on the agreed days; if the first has passed, on the next offered day
    /// whose slots are all free.
    pub(crate) async fn plan(
        &self,
        tx: &mut BookingTx,
        session: &mut Session,
        now: Timestamp,
    ) -> Result<(), BookingError> {
        let first = self.free_first_date(tx, session, now).await?;
        let events = session.schedule(first, now)?;
        let topics = tx.offers().topics(session.plan).await?;
        let items: Vec<NewScheduleItem> = session
            .slots()
            .iter()
            .map(|slot| NewScheduleItem {
                item: slot.item,
                week: slot.day.week,
                number: slot.day.number,
                topic: topics
                    .iter()
                    .find(|(week, number, _)| (*week, *number) == (slot.day.week, slot.day.number))
                    .map_or_else(
                        || format!("{} {}", session.skill_name, slot.item),
                        |(_, _, topic)| topic.clone(),
                    ),
                starts_at: slot.starts_at,
                ends_at: slot.ends_at,
                wall_time: session.terms.time,
            })
            .collect();
        tx.sessions().save(session).await?;
        let meetings = tx.sessions().plan(session, &items).await?;
        let timers = meetings.iter().flat_map(|meeting| meeting_timers(meeting, &session.terms));
        tx.jobs().schedule_all(timers.collect()).await?;
        self.record(tx, None, "session.schedule", session, &events, now).await
    }

    /// The day to begin on. Slots of the agreed day are held since the approval; those of another
    /// day replace them.
    async fn free_first_date(
        &self,
        tx: &mut BookingTx,
        session: &Session,
        now: Timestamp,
    ) -> Result<Date, BookingError> {
        for first in session.first_dates(now) {
            if first == session.terms.first_date {
                return Ok(first);
            }
            let slots = session.terms.slots_from(first);
            let held = attempt(tx, async |tx| tx.sessions().hold(session, &slots).await).await?;
            match held.map_err(slot_taken) {
                Ok(()) => return Ok(first),
                Err(BookingError::SlotTaken) => {}
                Err(error) => return Err(error),
            }
        }
        Err(BookingError::SlotTaken)
    }
}

/// Whether planning may succeed by itself later, the rest of the unit being sound. A conflict or a
/// database that is down fails the whole unit instead, which is tried again as such.
pub(crate) fn is_worth_a_job(error: &BookingError) -> bool {
    !matches!(error, BookingError::Store(StoreError::Conflict | StoreError::Unavailable { .. }))
}
