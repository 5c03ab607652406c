use application_kernel::transact;
use domain_kernel::{PaymentId, PayoutAttemptId};

use crate::billing::Done;
use crate::ports::BillingTx;
use crate::{BackfillView, Billing, BillingError};

/// How many payments are looked for at once.
const BATCH: i64 = 500;

impl Billing {
    /// Payments that are older than the journal, and what it lacks of each. With `apply` that is posted, each payment in
    /// a unit of its own; without, nothing is written. Doing it again posts nothing twice.
    pub async fn backfill(&self, apply: bool) -> Result<Vec<BackfillView>, BillingError> {
        let mut posted = Vec::new();
        let mut after: Option<PaymentId> = None;
        loop {
            let found = transact(&*self.store, || {
                async |tx: &mut BillingTx| {
                    Ok::<_, BillingError>(tx.books().unposted(after.as_ref(), BATCH).await?)
                }
            })
            .await?;
            let Some(last) = found.last() else { return Ok(posted) };
            after = Some(last.clone());
            for payment in &found {
                posted.extend(self.backfill_one(payment, apply).await?);
            }
        }
    }

    async fn backfill_one(
        &self,
        payment: &PaymentId,
        apply: bool,
    ) -> Result<Option<BackfillView>, BillingError> {
        transact(&*self.store, || {
            async |tx: &mut BillingTx| {
                tx.books().parties(payment).await?;
                let paid = tx.books().payment(payment).await?;
                let mut ledger = tx.books().ledger(payment).await?;
                if !tx.books().is_unposted(payment).await? {
                    return Ok(None);
                }
                let refunds = tx.refunds().of_payment(payment).await?;
                let known = tx.payouts().last(payment).await?;
                let now = self.clock.now();
                let id = self.new_id(PayoutAttemptId::parse)?;
                let (entries, made) = ledger.catch_up(&refunds, known.as_ref(), id, now)?;
                let kinds = entries.iter().map(|entry| entry.kind.to_string()).collect();
                let view = BackfillView {
                    payment_id: payment.to_string(),
                    amount: ledger.amount.into(),
                    status: ledger.status.to_string(),
                    entries: kinds,
                };
                if apply {
                    tx.books().remember_capture(&paid, now).await?;
                    if let Some(attempt) = made {
                        tx.payouts().add(&attempt).await?;
                        tx.books().save_ledger(&mut ledger).await?;
                    }
                    let done = Done::posting(entries).with("status", &ledger.status);
                    self.write(tx, None, "ledger.backfill", payment.to_string(), done, now).await?;
                }
                Ok(Some(view))
            }
        })
        .await
    }
}
