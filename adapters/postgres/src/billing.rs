//! Billing's ports: `admin_ledger`, `refunds`, `payout_attempts`, `approvals`, `disputes`, `settlements`,
//! `document_series`, `issued_documents`, and the books as they are read. Booking, which changes sessions and their money together, writes the first three through here.

mod approvals;
mod attempts;
mod books;
mod disputes;
mod documents;
mod ledger;
mod queries;
mod refunds;
mod settlements;
mod statements;
mod verify;

use application_billing::ports::{BillingPorts, BillingTx, Books, Disputes, Documents, Payouts, Refunds};
use application_kernel::{Store, StoreError};
use async_trait::async_trait;
use domain_kernel::{Currency, Money};

use crate::error::corrupt;
use crate::store::{PgStore, PgTx};

pub(crate) use attempts::add as add_attempt;
pub(crate) use ledger::{LedgerRow, LedgerTermsRow, add, of_session, save, take_in};
pub(crate) use refunds::add as add_refund;

#[async_trait]
impl Store<BillingTx> for PgStore {
    async fn begin(&self) -> Result<BillingTx, StoreError> {
        Ok(BillingTx::new(Box::new(self.transaction().await?)))
    }
}

impl BillingPorts for PgTx {
    fn books(&mut self) -> &mut dyn Books {
        self
    }

    fn refunds(&mut self) -> &mut dyn Refunds {
        self
    }

    fn payouts(&mut self) -> &mut dyn Payouts {
        self
    }

    fn disputes(&mut self) -> &mut dyn Disputes {
        self
    }

    fn documents(&mut self) -> &mut dyn Documents {
        self
    }
}

/// An amount that is kept in minor units beside its currency.
fn minor(table: &'static str, row: &str, amount: i64, currency: &str) -> Result<Money, StoreError> {
    let broken = corrupt(table, row);
    let currency = Currency::parse(currency).map_err(|error| broken(&error))?;
    Money::parse(amount, currency).map_err(|error| broken(&error))
}
