//! Identity's ports: `users`, `user_settings`, the profiles that signing up makes, `sign_ups`, `refresh_tokens`.

mod accounts;
mod refresh_tokens;
mod sign_ups;
mod standings;

use application_identity::ports::{Accounts, IdentityPorts, IdentityTx, RefreshTokens, SignUps, Standings};
use application_kernel::{Store, StoreError};
use async_trait::async_trait;

use crate::store::{PgStore, PgTx};

#[async_trait]
impl Store<IdentityTx> for PgStore {
    async fn begin(&self) -> Result<IdentityTx, StoreError> {
        Ok(IdentityTx::new(Box::new(self.transaction().await?)))
    }
}

impl IdentityPorts for PgTx {
    fn sign_ups(&mut self) -> &mut dyn SignUps {
        self
    }

    fn accounts(&mut self) -> &mut dyn Accounts {
        self
    }

    fn refresh_tokens(&mut self) -> &mut dyn RefreshTokens {
        self
    }

    fn standings(&mut self) -> &mut dyn Standings {
        self
    }
}
