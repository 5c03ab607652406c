//! What the store can tell of the house at a glance.

use std::collections::BTreeMap;

use application_kernel::{Measure, Measures, StoreError};
use async_trait::async_trait;
use domain_billing::PaymentStatus;
use domain_kernel::{Timestamp, hours};

use crate::store::MemoryStore;

#[async_trait]
impl Measures for MemoryStore {
    async fn measure(&self, now: Timestamp) -> Result<Vec<Measure>, StoreError> {
        let state = self.state().await;
        let mut counts: BTreeMap<(&'static str, &'static str, String), f64> = BTreeMap::new();
        let mut add =
            |name, label, of: String, value: f64| *counts.entry((name, label, of)).or_default() += value;
        let mut oldest: BTreeMap<&'static str, Timestamp> = BTreeMap::new();
        for job in state.jobs.values() {
            let kind = job.new.kind;
            if job.dead_at.is_some() {
                add("jobs_dead", "kind", kind.to_owned(), 1.0);
            } else if job.is_open() && job.new.run_at <= now {
                add("jobs_due", "kind", kind.to_owned(), 1.0);
                let first = oldest.entry(kind).or_insert(job.new.run_at);
                *first = (*first).min(job.new.run_at);
            }
        }
        let unanswered = |payment: &domain_billing::Payment| {
            payment.status == PaymentStatus::Processing && payment.updated_at <= now.minus(hours(72))
        };
        for payment in state.payments.values() {
            add("payments", "status", payment.status.to_string(), 1.0);
            if unanswered(payment) {
                add("payments_unanswered", "gateway", payment.gateway.clone(), 1.0);
            }
        }
        for ledger in state.admin_ledger.values() {
            add("payouts", "status", ledger.status.to_string(), 1.0);
        }
        for refund in state.refunds.values() {
            add("refunds", "status", refund.status.to_string(), 1.0);
        }
        for (kind, at) in oldest {
            add("jobs_oldest_due_seconds", "kind", kind.to_owned(), now.since(at).as_seconds_f64());
        }
        Ok(counts
            .into_iter()
            .map(|((name, label, of), value)| Measure::new(name, Some((label, of)), value))
            .collect())
    }
}
