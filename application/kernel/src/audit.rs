use async_trait::async_trait;
use domain_kernel::{Fact, Timestamp};

use crate::{Actor, StoreError};

/// Who did what to what, kept for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When it was done.
    pub at: Timestamp,
    /// Who did it; nobody for what a clock, an outside service or the command line caused.
    pub actor: Option<Actor>,
    /// What was done, such as `session.approve`.
    pub action: &'static str,
    /// The identifier of what it was done to.
    pub subject: String,
    /// What else matters later: states and reasons, never secrets.
    pub details: Vec<Fact>,
}

/// The append-only list of audit events.
#[async_trait]
pub trait Audit: Send {
    /// Adds an entry.
    async fn append(&mut self, entry: AuditEntry) -> Result<(), StoreError>;
}
