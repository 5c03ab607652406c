use async_trait::async_trait;
use domain_kernel::{JournalEntry, Timestamp};

use crate::StoreError;

/// The constraint that posting what was posted before violates.
pub const POSTED_ONCE: &str = "journal_entries_once";
/// The constraint that owing less than nothing violates.
pub const NOT_OVERDRAWN: &str = "ledger_accounts_not_overdrawn";

/// The journal as a unit of work sees it: what is posted lasts or not with the change that caused it.
#[async_trait]
pub trait Journal: Send {
    /// Posts entries and moves their accounts' balances. Entries that move nothing are left out.
    /// `Duplicate(POSTED_ONCE)` if a source has posted one of that kind, `Refused(NOT_OVERDRAWN)` if an account
    /// would owe less than nothing. The accounts are locked until the unit ends, so posting comes late in it.
    async fn post(&mut self, entries: &[JournalEntry], now: Timestamp) -> Result<(), StoreError>;
}
