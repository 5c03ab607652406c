use application_kernel::{Actor, Permission, Reply, StoreError, once};
use domain_kernel::{Account, AccountKind, Currency, EntryKind, JournalEntry, Money};

use crate::billing::Done;
use crate::ports::{BillingTx, SETTLED_ONCE};
use crate::{Billing, BillingError, RecordSettlement, ReverseSettlement, SettlementView};

impl Billing {
    /// An operator records what a gateway paid us out: from clearing to the bank, less what the gateway kept. It is at most
    /// what the gateway holds for us.
    pub async fn record_settlement(
        &self,
        cmd: RecordSettlement,
    ) -> Result<Reply<SettlementView>, BillingError> {
        let by = &cmd.ticket.by;
        by.may(Permission::Payouts)?;
        if cmd.fee > cmd.amount {
            return Err(BillingError::FeeAboveAmount);
        }
        once(&*self.store, &*self.clock, &cmd.ticket, || {
            async |tx: &mut BillingTx| {
                let now = self.clock.now();
                let currency = cmd.amount.currency();
                let entry =
                    JournalEntry::new(EntryKind::Settlement, cmd.reference.clone(), 0, None, currency)
                        .transfer(bank(), clearing(), cmd.amount.minus(cmd.fee)?)?
                        .transfer(fees(), clearing(), cmd.fee)?;
                let view = SettlementView {
                    reference: cmd.reference.clone(),
                    amount: cmd.amount.into(),
                    fee: cmd.fee.into(),
                    reversed_at: None,
                    reversal_reason: None,
                };
                tx.books().add_settlement(&view, &by.id, now).await.map_err(settled)?;
                if tx.books().clearing(currency).await?.is_none() {
                    return Err(BillingError::MoreThanClearing(None));
                }
                let done = Done::posting([entry]).with("amount", &cmd.amount).with("fee", &cmd.fee);
                let actor = Some(Actor::Operator(by.id.clone()));
                self.write(tx, actor, "settlement.record", cmd.reference.clone(), done, now).await?;
                self.is_covered(tx, cmd.amount).await?;
                Ok(Reply::created(format!("operator/settlements/{}", cmd.reference), view))
            }
        })
        .await
    }

    /// What is left of clearing after it was settled, which is certain only now: it is refused if that is less than nothing.
    async fn is_covered(&self, tx: &mut BillingTx, settled: Money) -> Result<(), BillingError> {
        let left = tx.books().clearing(settled.currency()).await?.unwrap_or(0);
        if left >= 0 {
            return Ok(());
        }
        let held = left.saturating_add(settled.minor()).max(0);
        Err(BillingError::MoreThanClearing(Some(Money::parse(held, settled.currency())?)))
    }

    /// An operator finds that a settlement was recorded by mistake: the opposite is posted, once. Its reference stays taken.
    pub async fn reverse_settlement(
        &self,
        cmd: ReverseSettlement,
    ) -> Result<Reply<SettlementView>, BillingError> {
        let by = &cmd.ticket.by;
        by.may(Permission::Payouts)?;
        once(&*self.store, &*self.clock, &cmd.ticket, || {
            async |tx: &mut BillingTx| {
                let now = self.clock.now();
                let found = tx.books().settlement(&cmd.reference).await?;
                let view = found.ok_or(StoreError::NotFound { table: "settlements" })?;
                if view.reversed_at.is_some() {
                    return Ok(Reply::changed(view));
                }
                let currency = Currency::parse(&view.amount.currency)?;
                let money = |minor| Money::parse(minor, currency);
                let (amount, fee) = (money(view.amount.minor)?, money(view.fee.minor)?);
                let kind = EntryKind::SettlementReversed;
                let entry = JournalEntry::new(kind, cmd.reference.clone(), 0, None, currency)
                    .transfer(clearing(), bank(), amount.minus(fee)?)?
                    .transfer(clearing(), fees(), fee)?;
                tx.books().reverse_settlement(&cmd.reference, &cmd.reason, &by.id, now).await?;
                let done = Done::posting([entry])
                    .with("amount", &amount)
                    .with("fee", &fee)
                    .with("reason", &cmd.reason);
                let actor = Some(Actor::Operator(by.id.clone()));
                self.write(tx, actor, "settlement.reverse", cmd.reference.clone(), done, now).await?;
                Ok(Reply::changed(SettlementView {
                    reversed_at: Some(now.to_string()),
                    reversal_reason: Some(cmd.reason.clone()),
                    ..view
                }))
            }
        })
        .await
    }
}

fn clearing() -> Account {
    Account::of(AccountKind::GatewayClearing)
}

fn bank() -> Account {
    Account::of(AccountKind::Bank)
}

fn fees() -> Account {
    Account::of(AccountKind::GatewayFees)
}

fn settled(error: StoreError) -> BillingError {
    match error {
        StoreError::Duplicate { constraint } if constraint == SETTLED_ONCE => BillingError::AlreadySettled,
        error => error.into(),
    }
}
