//! Whose tokens were revoked lately, told as it happens.

use std::time::Duration;

use application_kernel::{Raised, Revocations, StoreError};
use async_trait::async_trait;
use domain_kernel::Timestamp;

use crate::store::MemoryStore;

#[async_trait]
impl Revocations for MemoryStore {
    async fn follow(
        &self,
        every: Duration,
        since: &(dyn Fn() -> Timestamp + Send + Sync),
        told: &(dyn Fn(Vec<Raised>) + Send + Sync),
    ) -> StoreError {
        loop {
            // Asked for before the state is read, so that no ring is missed.
            let mut bell = std::pin::pin!(self.bell.notified());
            bell.as_mut().enable();
            let since = since();
            let raised: Vec<Raised> = self
                .state()
                .await
                .tokens_raised
                .iter()
                .filter(|(_, (_, at))| *at > since)
                .map(|(actor, (version, _))| (actor.clone(), *version))
                .collect();
            told(raised);
            // A ring and the end of the wait come to the same.
            let _ = tokio::time::timeout(every, bell).await;
        }
    }
}
