use std::sync::Arc;

use application_kernel::{AuditEntry, Clock, CurrentUser, Ids, Store, StoreError};
use domain_kernel::{Fact, Timestamp, UserId};

use crate::ports::{AccessTokens, AccountQueries, IdentityTx};
use crate::{IdentityError, MeView, Passwords};

/// Who people are, and how they show it.
///
/// Signing up is in `sign_up.rs`, logging in and out in `log_in.rs`.
pub struct Identity {
    pub(crate) store: Arc<dyn Store<IdentityTx>>,
    pub(crate) queries: Arc<dyn AccountQueries>,
    pub(crate) tokens: Arc<dyn AccessTokens>,
    pub(crate) passwords: Arc<Passwords>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
}

impl Identity {
    /// Identity over these ports.
    pub fn new(
        store: Arc<dyn Store<IdentityTx>>,
        queries: Arc<dyn AccountQueries>,
        tokens: Arc<dyn AccessTokens>,
        passwords: Arc<Passwords>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Self {
        Self { store, queries, tokens, passwords, clock, ids }
    }

    /// The caller's own account.
    pub async fn me(&self, caller: &CurrentUser) -> Result<MeView, IdentityError> {
        self.shown(&caller.id).await
    }

    pub(crate) async fn shown(&self, id: &UserId) -> Result<MeView, IdentityError> {
        Ok(self.queries.me(id).await?.ok_or(StoreError::NotFound { table: "users" })?)
    }
}

/// What the audit keeps of somebody's own doing.
pub(crate) fn entry(user: &UserId, action: &'static str, details: Vec<Fact>, at: Timestamp) -> AuditEntry {
    AuditEntry { at, actor: Some(user.clone().into()), action, subject: user.to_string(), details }
}
