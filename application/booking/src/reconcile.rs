use application_kernel::{NewJob, StoreError, transact};
use domain_billing::{Payment, PaymentStatus};
use domain_kernel::{PaymentId, TimeDelta, Timestamp, hours, minutes};
use domain_mentoring::Session;

use crate::ports::BookingTx;
use crate::record::audited;
use crate::{Booking, BookingError};

/// Asks the gateway what it knows of an order whose outcome is not known.
pub(crate) const RECONCILE: &str = "payment_reconcile";

/// For how long the gateway is asked after the student consented, or after the last moment to pay.
const WATCH: TimeDelta = hours(72);

/// When the gateway is asked of a payment whose outcome is not known: from when on, first after which spans, and until
/// when; between these hourly, or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Watch {
    from: Timestamp,
    first: &'static [i64],
    is_hourly: bool,
    until: Timestamp,
}

impl Watch {
    /// After the student consented: after 1, 5 and 15 minutes, then hourly up to 72 hours. Of an order of which nothing
    /// is known, or an attempt failed: 15 minutes after its placing, then hourly until 72 hours after the last moment to
    /// pay. Once the money came only one more time, 72 hours later: a second capture of which nobody told would otherwise
    /// never go back.
    fn over(payment: &Payment, session: &Session) -> Option<Self> {
        payment.order.as_ref()?;
        match payment.status {
            PaymentStatus::Processing => Some(Self {
                from: payment.updated_at,
                first: &[1, 5, 15],
                is_hourly: true,
                until: payment.updated_at.plus(WATCH),
            }),
            PaymentStatus::Pending | PaymentStatus::Failed => {
                let last = session.pay_by.map_or(payment.created_at, |due| due.max(payment.created_at));
                let (from, until) = (payment.created_at, last.plus(WATCH));
                Some(Self { from, first: &[15], is_hourly: true, until })
            }
            PaymentStatus::Success | PaymentStatus::Refunded => {
                let from = payment.completed_at?;
                Some(Self { from, first: &[], is_hourly: false, until: from.plus(WATCH) })
            }
        }
    }

    /// Whether there is something to ask now; a timer that was set before the money came is stale.
    fn asks(self, now: Timestamp) -> bool {
        self.is_hourly || now >= self.until
    }

    /// The next time after `now`. What was missed meanwhile is not made up for: asking once tells all of it.
    fn next(self, now: Timestamp) -> Option<Timestamp> {
        let first = self.first.iter().map(|span| self.from.plus(minutes(*span))).find(|at| *at > now);
        let hourly = || self.from.plus(hours(now.since(self.from).num_hours() + 1));
        let last = if self.is_hourly { hourly() } else { self.until };
        let next = first.unwrap_or(last).min(self.until);
        (next > now).then_some(next)
    }
}

impl Booking {
    /// Sets the timer of the next question to the gateway, if there is to be one. A timer that stands is not set twice.
    pub(crate) async fn watch(
        &self,
        tx: &mut BookingTx,
        payment: &Payment,
        session: &Session,
        now: Timestamp,
    ) -> Result<bool, BookingError> {
        let next = Watch::over(payment, session).and_then(|watch| watch.next(now));
        let Some(run_at) = next else { return Ok(false) };
        let payload = serde_json::Value::Null;
        let (subject, version) = (payment.id.to_string(), run_at.micros());
        tx.jobs().schedule(NewJob { kind: RECONCILE, subject, version, run_at, payload }).await?;
        Ok(true)
    }

    /// The clock: asks the gateway what it knows of an order whose outcome is not known here, and takes that in as if it
    /// had been told. What is known already changes nothing, and neither does a stale timer.
    ///
    /// When the time is over and the student's consent has come to nothing, or the gateway did not even answer, an
    /// operator has to look.
    pub async fn reconcile(&self, id: &PaymentId) -> Result<(), BookingError> {
        let open = transact(&*self.store, || {
            async |tx: &mut BookingTx| {
                let missing = StoreError::NotFound { table: "payments" };
                let payment = tx.payments().find(id).await?.ok_or(missing)?;
                let session = tx.sessions().get(&payment.session).await?;
                let watch = Watch::over(&payment, &session).filter(|watch| watch.asks(self.clock.now()));
                Ok::<_, BookingError>(watch.and_then(|watch| Some((payment.order?, watch.is_hourly))))
            }
        })
        .await?;
        let Some((order, is_open)) = open else { return Ok(()) };
        // No lock is held while the gateway thinks.
        let answered = match self.gateway.facts(&order).await {
            Ok(facts) => {
                for fact in &facts {
                    self.record_gateway_fact(fact).await?;
                }
                true
            }
            // Its job is tried again.
            Err(error) if !is_open => return Err(error.into()),
            Err(error) => {
                tracing::warn!(payment = %id, %error, "the gateway is asked again later");
                false
            }
        };
        transact(&*self.store, || {
            async |tx: &mut BookingTx| {
                let missing = StoreError::NotFound { table: "payments" };
                let found = tx.payments().find(id).await?.ok_or(missing)?;
                let session = tx.sessions().get(&found.session).await?;
                let payment = tx.payments().get(id).await?;
                let now = self.clock.now();
                let goes_on = self.watch(tx, &payment, &session, now).await?;
                if !goes_on && (payment.status == PaymentStatus::Processing || !answered) {
                    tracing::warn!(payment = %id, %order, "the gateway owes an answer: an operator has to look");
                    let details = vec![("order", order.clone()), ("status", payment.status.to_string())];
                    let entry = audited(None, "payment.unanswered", id.to_string(), details, now);
                    tx.audit().append(entry).await?;
                }
                Ok(())
            }
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_consent_is_asked_after_at_1_5_and_15_minutes_then_hourly_up_to_72_hours() {
        let from = Timestamp::EPOCH;
        let watch = Watch { from, first: &[1, 5, 15], is_hourly: true, until: from.plus(WATCH) };
        let (mut asked, mut now) = (Vec::new(), from);
        while let Some(next) = watch.next(now) {
            asked.push(next.since(from).num_minutes());
            now = next;
        }
        let expected: Vec<i64> = [1, 5, 15].into_iter().chain((1..=72).map(|hour| hour * 60)).collect();
        assert_eq!(asked, expected);
    }

    #[test]
    fn what_was_missed_is_asked_once() {
        let from = Timestamp::EPOCH;
        let watch = Watch { from, first: &[15], is_hourly: true, until: from.plus(WATCH) };
        assert_eq!(watch.next(from.plus(minutes(14))), Some(from.plus(minutes(15))));
        assert_eq!(watch.next(from.plus(minutes(630))), Some(from.plus(hours(11))));
        assert_eq!(watch.next(from.plus(hours(72))), None);
        assert_eq!(watch.next(from.plus(hours(500))), None);
    }

    #[test]
    fn what_came_is_asked_after_once_more() {
        let from = Timestamp::EPOCH;
        let watch = Watch { from, first: &[], is_hourly: false, until: from.plus(WATCH) };
        assert_eq!(watch.next(from), Some(from.plus(hours(72))));
        assert!(!watch.asks(from.plus(hours(71))) && watch.asks(from.plus(hours(72))));
        assert_eq!(watch.next(from.plus(hours(72))), None);
    }
}
