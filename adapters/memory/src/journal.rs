//! The books.

use application_kernel::{Journal, NOT_OVERDRAWN, POSTED_ONCE, StoreError};
use async_trait::async_trait;
use domain_kernel::{JournalEntry, Timestamp};

use crate::store::MemoryTx;

#[async_trait]
impl Journal for MemoryTx {
    async fn post(&mut self, entries: &[JournalEntry], now: Timestamp) -> Result<(), StoreError> {
        for entry in entries {
            let lines = entry.lines();
            if lines.is_empty() {
                continue;
            }
            for (account, minor) in lines {
                let balance = self.state.ledger_accounts.entry(account.key(entry.currency)).or_default();
                *balance += minor;
                if account.kind.is_never_overdrawn() && *balance < 0 {
                    return Err(StoreError::Refused { constraint: NOT_OVERDRAWN.into() });
                }
            }
            let is_it = |posted: &JournalEntry| {
                (&posted.source, posted.kind, posted.version) == (&entry.source, entry.kind, entry.version)
            };
            if self.state.journal_entries.iter().any(|(posted, _)| is_it(posted)) {
                return Err(StoreError::Duplicate { constraint: POSTED_ONCE.into() });
            }
            self.state.journal_entries.push((entry.clone(), now));
        }
        Ok(())
    }
}
