use async_trait::async_trait;
use domain_kernel::{DomainEvent, Fact};

use crate::StoreError;

/// A domain event on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// What happened.
    pub kind: &'static str,
    /// What it happened to.
    pub subject: String,
    /// What else a consumer needs.
    pub facts: Vec<Fact>,
}

/// Events that leave the context when the unit of work is committed, and only then.
#[async_trait]
pub trait Outbox: Send {
    /// Adds events, in order.
    async fn append(&mut self, events: &[Recorded]) -> Result<(), StoreError>;
}

/// Domain events in the form in which they travel.
pub fn record<E: DomainEvent>(events: &[E]) -> Vec<Recorded> {
    events
        .iter()
        .map(|event| Recorded { kind: event.kind(), subject: event.subject(), facts: event.facts() })
        .collect()
}
