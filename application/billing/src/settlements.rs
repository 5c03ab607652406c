use application_kernel::{Actor, Permission, Reply, StoreError, once};
use domain_kernel::{Account, AccountKind, EntryKind, JournalEntry};

use crate::billing::Done;
use crate::ports::{BillingTx, SETTLED_ONCE};
use crate::{Billing, BillingError, RecordSettlement, SettlementView};

impl Billing {
    /// An operator records what a gateway paid us out: from clearing to the bank, less what the gateway kept.
    pub async fn record_settlement(
        &self,
        cmd: RecordSettlement,
    ) -> Result<Reply<SettlementView>, BillingError> {
        let by = &cmd.ticket.by;
        by.may(Permission::Payouts)?;
        once(&*self.store, &*self.clock, &cmd.ticket, || {
            async |tx: &mut BillingTx| {
                let now = self.clock.now();
                let arrived = cmd.amount.minus(cmd.fee)?;
                let clearing = Account::of(AccountKind::GatewayClearing);
                let currency = cmd.amount.currency();
                let entry =
                    JournalEntry::new(EntryKind::Settlement, cmd.reference.clone(), 0, None, currency)
                        .transfer(Account::of(AccountKind::Bank), clearing.clone(), arrived)?
                        .transfer(Account::of(AccountKind::GatewayFees), clearing, cmd.fee)?;
                let view = SettlementView {
                    reference: cmd.reference.clone(),
                    amount: cmd.amount.into(),
                    fee: cmd.fee.into(),
                };
                tx.books().add_settlement(&view, &by.id, now).await.map_err(settled)?;
                let done = Done::posting([entry]).with("amount", &cmd.amount).with("fee", &cmd.fee);
                let actor = Some(Actor::Operator(by.id.clone()));
                self.write(tx, actor, "settlement.record", cmd.reference.clone(), done, now).await?;
                Ok(Reply::created(format!("operator/settlements/{}", cmd.reference), view))
            }
        })
        .await
    }
}

fn settled(error: StoreError) -> BillingError {
    match error {
        StoreError::Duplicate { constraint } if constraint == SETTLED_ONCE => BillingError::AlreadySettled,
        error => error.into(),
    }
}
