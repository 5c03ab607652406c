//! Operations' ports: `operators` and its side tables; and what operators look after: jobs, `audit_events`.

mod accounts;
mod queries;
mod tokens;

use application_kernel::{Store, StoreError};
use application_operations::ports::{
    DeadJobs, OperationsPorts, OperationsTx, OperatorAccounts, OperatorTokens,
};
use async_trait::async_trait;

use crate::store::{PgStore, PgTx};

#[async_trait]
impl Store<OperationsTx> for PgStore {
    async fn begin(&self) -> Result<OperationsTx, StoreError> {
        Ok(OperationsTx::new(Box::new(self.transaction().await?)))
    }
}

impl OperationsPorts for PgTx {
    fn operators(&mut self) -> &mut dyn OperatorAccounts {
        self
    }

    fn operator_tokens(&mut self) -> &mut dyn OperatorTokens {
        self
    }

    fn dead_jobs(&mut self) -> &mut dyn DeadJobs {
        self
    }
}
