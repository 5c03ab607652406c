use application_kernel::transact;
use domain_kernel::UserId;

use crate::timers::ignore;
use crate::{Booking, BookingError};

impl Booking {
    /// A mentor was suspended: the requests that wait for their answer are rejected, each in a unit of its own. One that
    /// was answered meanwhile stays as it is.
    pub async fn reject_for_suspended_mentor(&self, mentor: &UserId) -> Result<(), BookingError> {
        let waiting = transact(&*self.store, || async |tx| tx.sessions().waiting_for(mentor).await).await?;
        for id in &waiting {
            let outcome: Result<(), BookingError> = transact(&*self.store, || {
                async |tx| {
                    let mut session = tx.sessions().get(id).await?;
                    let now = self.clock.now();
                    let reason = "The mentor is not available any more.".to_owned();
                    match session.reject(mentor, reason, now) {
                        Ok(events) if events.is_empty() => Ok(()),
                        Ok(events) => self.tick(tx, &mut session, "session.reject", &events, now).await,
                        Err(stale) => ignore(stale),
                    }
                }
            })
            .await;
            outcome?;
        }
        Ok(())
    }
}
