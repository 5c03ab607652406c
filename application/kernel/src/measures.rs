use async_trait::async_trait;
use domain_kernel::Timestamp;

use crate::StoreError;

/// One number about the running house.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    /// What is counted, in the form of a Prometheus metric, such as `jobs_due`.
    pub name: &'static str,
    /// Of what kind, where there are several: a label and its value.
    pub of: Option<(&'static str, String)>,
    /// How much; counts, or seconds where the name says so.
    pub value: f64,
}

impl Measure {
    /// How much of it there is.
    pub fn new(name: &'static str, of: Option<(&'static str, String)>, value: f64) -> Self {
        Self { name, of, value }
    }
}

/// What a store can tell of the house at a glance. It must be cheap: it is asked every few seconds.
#[async_trait]
pub trait Measures: Send + Sync {
    /// How much there is now: `jobs_due`, `jobs_dead` and `jobs_oldest_due_seconds` by kind; `payments`, `payouts` and
    /// `refunds` by status; `payments_unanswered` by gateway (consented to 72 hours ago, and nothing heard since);
    /// `journal_imbalance_minor`; and where there is a pool, `database_connections` by state and `database_waiting`.
    async fn measure(&self, now: Timestamp) -> Result<Vec<Measure>, StoreError>;
}
