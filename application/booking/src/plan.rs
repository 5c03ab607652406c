use application_kernel::{attempt, record, transact};
use domain_kernel::{Date, SessionId};
use domain_mentoring::{NewScheduleItem, Session, SessionStatus};

use crate::booking::slot_taken;
use crate::ports::BookingTx;
use crate::{Booking, BookingError};

impl Booking {
    /// Plans the meetings of a paid session, as the job does that comes after a failure.
    pub async fn plan_meetings(&self, id: &SessionId) -> Result<(), BookingError> {
        transact(&*self.store, || {
            async |tx| {
                let mut session = tx.sessions().get(id).await?;
                if session.status != SessionStatus::Paid {
                    return Ok(());
                }
                self.plan(tx, &mut session).await
            }
        })
        .await
    }

    /// Plans the meetings on the agreed days; if the first has passed, on the next offered day
    /// whose slots are all free.
    pub(crate) async fn plan(&self, tx: &mut BookingTx, session: &mut Session) -> Result<(), BookingError> {
        let now = self.clock.now();
        let first = self.free_first_date(tx, session).await?;
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
                wall_time: session.terms.time,
            })
            .collect();
        tx.sessions().save(session).await?;
        tx.sessions().plan(session, &items).await?;
        tx.outbox().append(&record(&events)).await?;
        Ok(())
    }

    /// The day to begin on. Slots of the agreed day are held since the approval; those of another
    /// day replace them.
    async fn free_first_date(&self, tx: &mut BookingTx, session: &Session) -> Result<Date, BookingError> {
        for first in session.first_dates(self.clock.now()) {
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
