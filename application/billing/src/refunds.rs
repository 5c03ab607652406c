use application_kernel::{Permission, Reply, StoreError, transact};
use domain_billing::{LedgerRefused, Refund, RefundCause, RefundOutcome, RefundSource, RefundStatus};
use domain_kernel::{Money, RefundId, Timestamp};

use crate::billing::{Case, Done, amount, ask_at};
use crate::jobs::REFUND_CHECK;
use crate::ports::{BillingTx, RefundOrder};
use crate::{Billing, BillingError, RefundPayment, RefundView, RetryRefund};

impl Billing {
    /// An operator gives some of a payment back, while the mentor's share is in escrow or payable. A payable share is
    /// held for it; what is left becomes payable again when nothing else holds it.
    pub async fn refund(&self, cmd: RefundPayment) -> Result<Reply<RefundView>, BillingError> {
        self.decide(&cmd.ticket, Permission::Refunds, &cmd.payment, "payment.refund", || {
            async |tx: &mut BillingTx, case: &mut Case| {
                let amount = amount(cmd.amount_minor, &case.ledger)?;
                if case.parties.is_live && amount == case.ledger.left()? {
                    return Err(BillingError::SessionLive);
                }
                let held = case.ledger.hold_if_ready(case.now)?;
                let (mut refund, event) = self.requested(case, amount, RefundSource::Escrow)?;
                refund.reason = Some(cmd.reason.clone());
                refund.asked_by = Some(cmd.ticket.by.id.clone());
                let done = self.give_back(tx, case, &refund, held).await?;
                let done = done.telling(&event).with("reason", &cmd.reason);
                Ok((Some(done), RefundView::of(&refund)))
            }
        })
        .await
    }

    /// An operator lets a refund be tried again that the gateway refused too often.
    pub async fn retry_refund(&self, cmd: RetryRefund) -> Result<Reply<RefundView>, BillingError> {
        cmd.ticket.by.may(Permission::Refunds)?;
        application_kernel::once(&*self.store, &*self.clock, &cmd.ticket, || {
            async |tx: &mut BillingTx| {
                let found = tx.refunds().find(&cmd.refund).await?;
                let found = found.ok_or(StoreError::NotFound { table: "refunds" })?;
                let parties = tx.books().parties(&found.payment).await?;
                cmd.ticket.by.decides_about(&parties.student)?;
                cmd.ticket.by.decides_about(&parties.mentor)?;
                tx.books().payment(&found.payment).await?;
                let mut refund = tx.refunds().get(&cmd.refund).await?;
                let now = self.clock.now();
                if refund.status == RefundStatus::Failed {
                    let event = refund.retry(now)?;
                    tx.refunds().save(&mut refund).await?;
                    let done = Done::default().telling(&event);
                    let actor = Some(cmd.ticket.by.id.clone().into());
                    self.write(tx, actor, "refund.retry", refund.id.to_string(), done, now).await?;
                }
                Ok(Reply::changed(RefundView::of(&refund)))
            }
        })
        .await
    }

    /// A refund of the case's payment through the attempt that brought its money.
    pub(crate) fn requested(
        &self,
        case: &Case,
        amount: Money,
        source: RefundSource,
    ) -> Result<(Refund, domain_billing::RefundEvent), BillingError> {
        let id = self.new_id(RefundId::parse)?;
        let attempt = case.payment.captured_by.clone().ok_or(LedgerRefused::Nothing)?;
        let why = (RefundCause::Operator, source);
        Ok(Refund::request(id, case.payment.id.clone(), attempt, amount, why, case.now))
    }

    /// Writes a refund's rows. `held` is what was posted to hold a payable share, which is then free again.
    pub(crate) async fn give_back(
        &self,
        tx: &mut BillingTx,
        case: &mut Case,
        refund: &Refund,
        held: Option<domain_kernel::JournalEntry>,
    ) -> Result<Done, BillingError> {
        let was_payable = held.is_some();
        let posted = case.ledger.refund(refund, case.now)?;
        tx.refunds().add(refund).await?;
        tx.books().save_ledger(&mut case.ledger).await?;
        let done = Done::posting(held.into_iter().chain([posted])).with("amount", &refund.amount);
        Ok(match case.ledger.emptied()? {
            Some(emptied) => done.telling(&emptied),
            None if was_payable => done.telling(&case.ledger.freed()),
            None => done,
        })
    }

    /// Asks the gateway to give money back, under the refund's key of this try, and takes in the answer. Doing it again
    /// gives back once. A gateway that refused is asked under the next key after a pause.
    pub async fn send_refund(&self, id: &RefundId) -> Result<(), BillingError> {
        let order = transact(&*self.store, || {
            async |tx: &mut BillingTx| {
                let Some(found) = tx.refunds().find(id).await? else { return Ok(None) };
                let payment = tx.books().payment(&found.payment).await?;
                let mut refund = tx.refunds().get(id).await?;
                let before = refund.clone();
                let (now, due) = (self.clock.now(), refund.due_at());
                if !refund.submit(now) {
                    if now < due {
                        tx.jobs().schedule(ask_at(REFUND_CHECK, id.to_string(), due)).await?;
                    }
                    return Ok(None);
                }
                if refund != before {
                    tx.refunds().save(&mut refund).await?;
                }
                let key = refund.key();
                Ok::<_, BillingError>(Some(RefundOrder {
                    key,
                    order: payment.order,
                    attempt: refund.attempt,
                    amount: refund.amount,
                }))
            }
        })
        .await?;
        let Some(order) = order else { return Ok(()) };
        let key = order.key.clone();
        let answer = self.gateway.refund(order).await?;
        #[cfg(feature = "fault")]
        application_kernel::fault::reached("after_provider");
        if let Some(told) = answer {
            return self.record_refund(id, &key, &told).await;
        }
        // The gateway has it and does not say yet what came of it: asked again in an hour, if nobody tells before.
        transact(&*self.store, || {
            async |tx: &mut BillingTx| {
                Ok(tx.jobs().schedule(self.check_again(REFUND_CHECK, id.to_string())).await?)
            }
        })
        .await
    }

    /// Takes in what a gateway says of a refund, whoever brought it. What says what is known is
    /// ignored, what concerns an older try recorded and ignored.
    pub async fn record_refund(
        &self,
        id: &RefundId,
        key: &str,
        told: &RefundOutcome,
    ) -> Result<(), BillingError> {
        transact(&*self.store, || {
            async |tx: &mut BillingTx| {
                let found = tx.refunds().find(id).await?.ok_or(StoreError::NotFound { table: "refunds" })?;
                let mut payment = tx.books().payment(&found.payment).await?;
                let mut refund = tx.refunds().get(id).await?;
                let now = self.clock.now();
                let Some((entry, event)) = refund.settle(key, told, now)? else {
                    if refund.status == told.status() {
                        return Ok(());
                    }
                    let done = Done::default()
                        .with("said", &told.status())
                        .with("of", &key)
                        .with("status", &refund.status);
                    return self.write(tx, None, "refund.ignored", refund.id.to_string(), done, now).await;
                };
                tx.refunds().save(&mut refund).await?;
                if entry.is_some() {
                    self.follow_totals(tx, &mut payment, now).await?;
                }
                let done = Done::posting(entry)
                    .telling(&event)
                    .with("status", &refund.status)
                    .with("amount", &refund.amount);
                let done = match told {
                    RefundOutcome::Failed { reason } => done.with("reason", reason),
                    RefundOutcome::Processed => done,
                };
                self.write(tx, None, "refund.fact", refund.id.to_string(), done, now).await
            }
        })
        .await
    }

    /// The payment's status follows what went back of it.
    pub(crate) async fn follow_totals(
        &self,
        tx: &mut BillingTx,
        payment: &mut domain_billing::Payment,
        now: Timestamp,
    ) -> Result<(), BillingError> {
        let totals = tx.books().totals(&payment.id).await?;
        let before = payment.clone();
        payment.gave_back(totals.refunded == totals.captured && totals.in_flight == 0, now);
        if *payment != before {
            tx.books().save_payment(payment).await?;
        }
        Ok(())
    }
}
