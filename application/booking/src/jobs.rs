use std::sync::Arc;

use application_kernel::{JobFailed, JobHandler, LeasedJob, Worker};
use async_trait::async_trait;
use domain_billing::{FactOutcome, GatewayFact};
use domain_kernel::{InvalidId, Labelled, PaymentId, SessionId, UserId};
use domain_mentoring::Happening;

use crate::messages::{GATEWAY_FACT, read_fact};
use crate::reconcile::RECONCILE;
use crate::timers::{
    AUTO_COMPLETE, DAY_BEGINS, FIRST_REMIND, LAST_REMIND, MeetingTime, PAYMENT_DUE, PAYMENT_GRACE,
    PAYOUT_HOLD, PLANNING, REQUEST_EXPIRY,
};
use crate::{Booking, BookingError};

/// Makes the gateway's order for a started payment.
const ORDER: &str = "payment_order";
/// Rejects the requests that wait for a suspended mentor.
const SUSPENSION: &str = "mentor_suspension";
/// Follows a payment of which nothing is left.
const EMPTIED: &str = "payment_emptied";

/// Booking's jobs: its timers, and what follows from its events.
pub struct BookingJobs {
    booking: Arc<Booking>,
}

impl BookingJobs {
    /// Booking's jobs, done by it.
    pub fn new(booking: Arc<Booking>) -> Self {
        Self { booking }
    }
}

/// Lets the worker do booking's jobs.
#[must_use]
pub fn handle_booking(worker: Worker, booking: Arc<Booking>) -> Worker {
    let handler = Arc::new(BookingJobs::new(booking));
    let kinds = [
        REQUEST_EXPIRY,
        PAYMENT_DUE,
        PAYMENT_GRACE,
        PLANNING,
        ORDER,
        SUSPENSION,
        DAY_BEGINS,
        FIRST_REMIND,
        LAST_REMIND,
        AUTO_COMPLETE,
        PAYOUT_HOLD,
        EMPTIED,
        RECONCILE,
        GATEWAY_FACT,
    ];
    let known: Vec<&'static str> = Happening::ALL.iter().map(|what| what.label()).collect();
    kinds
        .into_iter()
        .fold(worker, |worker, kind| worker.handling(kind, handler.clone()))
        .subscribing("payment_started", ORDER)
        .subscribing("person_suspended", SUSPENSION)
        .subscribing("payout_freed", PAYOUT_HOLD)
        .subscribing("payment_voided", EMPTIED)
        .ignoring(&known)
        .ignoring(&["payment_failed", "payment_unapplied"])
}

#[async_trait]
impl JobHandler for BookingJobs {
    async fn handle(&self, job: &LeasedJob) -> Result<(), JobFailed> {
        let booking = &self.booking;
        let session = || SessionId::parse(job.subject.clone()).map_err(broken);
        let meeting = || MeetingTime::parse(&job.subject, job.version).ok_or_else(|| broken(InvalidId));
        let done: Result<(), BookingError> = match job.kind.as_str() {
            REQUEST_EXPIRY => booking.expire_request(&session()?).await,
            PAYMENT_DUE | PAYMENT_GRACE => booking.lapse_unpaid(&session()?).await,
            PLANNING => booking.plan_meetings(&session()?).await,
            DAY_BEGINS => booking.begin_day(&meeting()?).await,
            FIRST_REMIND => booking.remind(&meeting()?, false).await,
            LAST_REMIND => booking.remind(&meeting()?, true).await,
            AUTO_COMPLETE => booking.auto_complete(&meeting()?).await,
            PAYOUT_HOLD => booking.end_hold(&session()?).await,
            EMPTIED => booking.follow_emptied(&session()?).await,
            RECONCILE => booking.reconcile(&PaymentId::parse(job.subject.clone()).map_err(broken)?).await,
            GATEWAY_FACT => {
                let fact = read_fact(&job.payload).ok_or_else(|| broken(InvalidId))?;
                match booking.record_gateway_fact(&fact).await {
                    Ok(FactOutcome::Unreadable) => {
                        let GatewayFact { attempt, amount_minor, currency, .. } = fact;
                        return Err(JobFailed::new(Unheld { attempt, amount_minor, currency }));
                    }
                    outcome => outcome.map(|_| ()),
                }
            }
            SUSPENSION => {
                let mentor = UserId::parse(job.subject.clone()).map_err(broken)?;
                booking.reject_for_suspended_mentor(&mentor).await
            }
            _ => {
                let payment = PaymentId::parse(job.subject.clone()).map_err(broken)?;
                booking.place_order(&payment).await.map(|_| ())
            }
        };
        done.map_err(JobFailed::new)
    }
}

/// Money came that the books cannot hold.
#[derive(Debug, thiserror::Error)]
#[error(
    "attempt {attempt} brought {amount_minor} {currency} in minor units, which the books cannot hold: give it back by hand"
)]
struct Unheld {
    attempt: String,
    amount_minor: i64,
    currency: String,
}

fn broken(error: InvalidId) -> JobFailed {
    JobFailed::new(error)
}
