use std::sync::Arc;

use application_kernel::{JobFailed, JobHandler, LeasedJob, NewJob, Worker, transact};
use async_trait::async_trait;
use domain_kernel::{PaymentId, PayoutAttemptId, RefundId, SessionId, Timestamp, days};

use crate::messages::{
    GATEWAY_DISPUTE, GATEWAY_REFUND, PROVIDER_PAYOUT, read_dispute, read_payout, read_refund, refund_of,
};
use crate::ports::BillingTx;
use crate::{Billing, BillingError};

/// Asks the gateway to give money back.
const REFUND_SEND: &str = "refund_send";
/// Asks it again what came of that.
pub(crate) const REFUND_CHECK: &str = "refund_check";
/// Asks the provider to pay.
const PAYOUT_SEND: &str = "payout_send";
/// Asks it again what came of that.
pub(crate) const PAYOUT_CHECK: &str = "payout_check";
/// Issues what a session's payment calls for.
const DOCUMENTS_OF_SESSION: &str = "documents_of_session";
/// Issues what a payment calls for.
const DOCUMENTS: &str = "documents";
/// After these something may have been posted that calls for a document.
const POSTING: [&str; 6] = [
    "payment_unapplied",
    "refund_processed",
    "payout_paid",
    "payout_returned",
    "payout_freed",
    "payment_voided",
];
/// The daily batch.
const PAYOUT_BATCH: &str = "payout_batch";
/// In microseconds.
const HOUR: i64 = 3_600_000_000;
/// The same.
const DAY: i64 = 24 * HOUR;

/// Billing's jobs.
pub struct BillingJobs {
    billing: Arc<Billing>,
}

/// Lets the worker do billing's jobs.
#[must_use]
pub fn handle_billing(worker: Worker, billing: Arc<Billing>) -> Worker {
    let handler = Arc::new(BillingJobs { billing });
    let kinds = [
        REFUND_SEND,
        REFUND_CHECK,
        PAYOUT_SEND,
        PAYOUT_CHECK,
        PAYOUT_BATCH,
        GATEWAY_DISPUTE,
        GATEWAY_REFUND,
        PROVIDER_PAYOUT,
        DOCUMENTS_OF_SESSION,
        DOCUMENTS,
    ];
    let worker = kinds.into_iter().fold(worker, |worker, kind| worker.handling(kind, handler.clone()));
    POSTING
        .into_iter()
        .fold(worker, |worker, event| worker.subscribing(event, DOCUMENTS))
        .subscribing("session_paid", DOCUMENTS_OF_SESSION)
        .subscribing("refund_requested", REFUND_SEND)
        .subscribing("payout_started", PAYOUT_SEND)
        .ignoring(&["refund_given_up", "payout_ready", "payout_failed"])
}

#[async_trait]
impl JobHandler for BillingJobs {
    async fn handle(&self, job: &LeasedJob) -> Result<(), JobFailed> {
        let subject = job.subject.as_str();
        let done: Result<(), BillingError> = match job.kind.as_str() {
            REFUND_SEND | REFUND_CHECK => {
                self.billing.send_refund(&RefundId::parse(subject).map_err(JobFailed::new)?).await
            }
            PAYOUT_SEND | PAYOUT_CHECK => {
                self.billing.send_payout(&PayoutAttemptId::parse(subject).map_err(JobFailed::new)?).await
            }
            GATEWAY_DISPUTE => {
                let fact = read_dispute(&job.payload).map_err(JobFailed::new)?;
                self.billing.record_dispute(&fact).await.map(|_| ())
            }
            GATEWAY_REFUND => {
                let told = read_refund(&job.payload).map_err(JobFailed::new)?;
                let refund = refund_of(subject).map_err(JobFailed::new)?;
                self.billing.record_refund(&refund, subject, &told).await
            }
            PROVIDER_PAYOUT => {
                let told = read_payout(&job.payload).map_err(JobFailed::new)?;
                let attempt = PayoutAttemptId::parse(subject).map_err(JobFailed::new)?;
                self.billing.record_payout(&attempt, &told).await
            }
            DOCUMENTS_OF_SESSION => {
                self.billing.issue_of_session(&SessionId::parse(subject).map_err(JobFailed::new)?).await
            }
            DOCUMENTS => {
                // The subject of some of these events is a part of the payment, or what it pays for.
                let payment = job.payload.get("payment_id").and_then(|id| id.as_str()).unwrap_or(subject);
                let payment = PaymentId::parse(payment).map_err(JobFailed::new)?;
                self.billing.issue_documents(&payment).await.map(|_| ())
            }
            _ => self.billing.batch(job.version).await,
        };
        done.map_err(JobFailed::new)
    }
}

impl Billing {
    /// Sets the timer of the next daily batch, if there are batches. Setting it again changes nothing.
    pub async fn plan_batch(&self) -> Result<(), BillingError> {
        let Some(next) = self.next_batch(self.clock.now()) else { return Ok(()) };
        transact(&*self.store, || async |tx: &mut BillingTx| Ok(tx.jobs().schedule(next.clone()).await?))
            .await
    }

    /// The clock: the batch of that day. After some days of downtime there is one, not one for each day. One that was
    /// planned when there were batches, or at another hour, releases nothing any more.
    async fn batch(&self, planned_for: i64) -> Result<(), BillingError> {
        let hour = planned_for.rem_euclid(DAY) / HOUR;
        if self.policy.batch_hour.is_some_and(|set| i64::from(set) == hour) {
            self.release_batch().await?;
        }
        self.plan_batch().await
    }

    fn next_batch(&self, now: Timestamp) -> Option<NewJob> {
        let hour = i64::from(self.policy.batch_hour?) * HOUR;
        let midnight = now.minus(domain_kernel::TimeDelta::microseconds(now.micros().rem_euclid(DAY)));
        let today = midnight.plus(domain_kernel::TimeDelta::microseconds(hour));
        let run_at = if today > now { today } else { today.plus(days(1)) };
        let payload = serde_json::Value::Null;
        Some(NewJob {
            kind: PAYOUT_BATCH,
            subject: "all".to_owned(),
            version: run_at.micros(),
            run_at,
            payload,
        })
    }
}
