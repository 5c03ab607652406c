use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;

use application_kernel::{ACCESS_LIFETIME, Actor};
use domain_kernel::minutes;

use crate::state::Api;

/// At least so often the store is asked, also when nobody rings.
const EVERY: Duration = Duration::from_secs(5);
/// How long it takes until the store is asked again after it failed.
const AGAIN: Duration = Duration::from_secs(1);

/// Which tokens this server knows to be revoked. A token is forgotten here when it would have lapsed anyway.
#[derive(Default)]
pub(crate) struct Revoked(RwLock<HashMap<Actor, i32>>);

impl Revoked {
    /// Whether tokens of this version are good for nothing any more.
    pub(crate) fn holds(&self, actor: &Actor, token_version: i32) -> bool {
        let raised = self.0.read().unwrap_or_else(PoisonError::into_inner);
        raised.get(actor).is_some_and(|least| token_version < *least)
    }

    /// Hears, while the server is there, which tokens are revoked.
    pub(crate) fn follow(held: &Arc<Self>, api: &Api) {
        let held: Weak<Self> = Arc::downgrade(held);
        let (revocations, clock) = (api.revocations.clone(), api.clock.clone());
        tokio::spawn(async move {
            while held.strong_count() > 0 {
                let since = || clock.now().minus(ACCESS_LIFETIME + minutes(1));
                let told = |raised: Vec<(Actor, i32)>| {
                    if let Some(held) = held.upgrade() {
                        *held.0.write().unwrap_or_else(PoisonError::into_inner) =
                            raised.into_iter().collect();
                    }
                };
                let error = revocations.follow(EVERY, &since, &told).await;
                // What was heard stays; a write asks the database itself.
                tracing::debug!(%error, "revoked tokens cannot be followed");
                tokio::time::sleep(AGAIN).await;
            }
        });
    }
}
