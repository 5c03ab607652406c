use application_kernel::{Actor, Permission, Reply, StoreError, transact};
use domain_billing::{
    Approval, ApprovalKind, AttemptStatus, BY_HAND, PayoutAttempt, PayoutOutcome, PayoutStatus,
};
use domain_kernel::{ApprovalId, OperatorId, PaymentId, PayoutAttemptId};

use crate::billing::{Case, Done};
use crate::jobs::PAYOUT_CHECK;
use crate::ports::{BillingTx, PayoutOrder};
use crate::{
    ApprovalView, Billing, BillingError, HoldPayout, PayoutView, RecordPayout, ReleasePayout, ReleaseView,
    ResumePayout,
};

/// How many shares a batch releases at once; what is left is released by the next.
const BATCH: i64 = 500;

impl Billing {
    /// An operator releases a payable share. A large one waits for a second operator first.
    pub async fn release(&self, cmd: ReleasePayout) -> Result<Reply<ReleaseView>, BillingError> {
        let by = &cmd.ticket.by.id;
        self.decide(&cmd.ticket, Permission::Payouts, &cmd.payment, "payout.release", || {
            async |tx: &mut BillingTx, case: &mut Case| {
                let last = tx.payouts().last(&case.payment.id).await?;
                // What is on its way already is what was asked for.
                if case.ledger.status == PayoutStatus::Processing {
                    let payout = PayoutView::of(&case.ledger, last.as_ref(), case.now);
                    return Ok((None, ReleaseView { payout, approval: None }));
                }
                if case.ledger.payout.minor() >= self.policy.second_approver_from_minor {
                    return self.ask_for_release(tx, case, last.as_ref(), by).await;
                }
                let (attempt, done) = self.start(tx, case, Some(by.clone())).await?;
                let payout = PayoutView::of(&case.ledger, Some(&attempt), case.now);
                Ok((Some(done), ReleaseView { payout, approval: None }))
            }
        })
        .await
    }

    async fn ask_for_release(
        &self,
        tx: &mut BillingTx,
        case: &mut Case,
        last: Option<&PayoutAttempt>,
        by: &OperatorId,
    ) -> Result<(Option<Done>, ReleaseView), BillingError> {
        // Whether it could be released is told now, not to the second operator.
        let id = self.new_id(PayoutAttemptId::parse)?;
        case.ledger.clone().release(id, self.provider.name(), None, case.now)?;
        let payout = PayoutView::of(&case.ledger, last, case.now);
        if let Some(waiting) = tx.payouts().waiting(&case.payment.id, ApprovalKind::Payout).await? {
            return Ok((None, ReleaseView { payout, approval: Some(ApprovalView::of(&waiting)) }));
        }
        let approval = Approval::ask(
            self.new_id(ApprovalId::parse)?,
            ApprovalKind::Payout,
            case.payment.id.clone(),
            case.ledger.payout,
            "The amount takes a second operator.".to_owned(),
            by.clone(),
            case.now,
        );
        tx.payouts().ask(&approval).await?;
        let done = Done::default().with("approval", &approval.id).with("amount", &approval.amount);
        Ok((Some(done), ReleaseView { payout, approval: Some(ApprovalView::of(&approval)) }))
    }

    /// Sends a payable share on its way; the provider is asked by the job that the event makes.
    pub(crate) async fn start(
        &self,
        tx: &mut BillingTx,
        case: &mut Case,
        by: Option<OperatorId>,
    ) -> Result<(PayoutAttempt, Done), BillingError> {
        let id = self.new_id(PayoutAttemptId::parse)?;
        let (attempt, entry, event) = case.ledger.release(id, self.provider.name(), by, case.now)?;
        tx.payouts().add(&attempt).await?;
        tx.books().save_ledger(&mut case.ledger).await?;
        let mut done = Done::posting([entry])
            .telling(&event)
            .with("attempt", &attempt.id)
            .with("amount", &attempt.amount);
        // What still asks for just that has nothing left to ask for.
        if let Some(mut waiting) = tx.payouts().waiting(&case.payment.id, ApprovalKind::Payout).await? {
            waiting.lapse(case.now);
            tx.payouts().save_approval(&waiting).await?;
            done = done.with("lapsed", &waiting.id);
        }
        Ok((attempt, done))
    }

    /// An operator holds a share that was not paid out.
    pub async fn hold(&self, cmd: HoldPayout) -> Result<Reply<PayoutView>, BillingError> {
        self.decide(&cmd.ticket, Permission::Payouts, &cmd.payment, "payout.hold", || {
            async |tx: &mut BillingTx, case: &mut Case| {
                let last = tx.payouts().last(&case.payment.id).await?;
                let entry = case.ledger.stop(cmd.reason.clone(), case.now)?;
                tx.books().save_ledger(&mut case.ledger).await?;
                let done = Done::posting(entry).with("reason", &cmd.reason);
                Ok((Some(done), PayoutView::of(&case.ledger, last.as_ref(), case.now)))
            }
        })
        .await
    }

    /// An operator holds it no longer. It becomes payable when nothing else holds it.
    pub async fn resume(&self, cmd: ResumePayout) -> Result<Reply<PayoutView>, BillingError> {
        self.decide(&cmd.ticket, Permission::Payouts, &cmd.payment, "payout.resume", || {
            async |tx: &mut BillingTx, case: &mut Case| {
                let last = tx.payouts().last(&case.payment.id).await?;
                let done = match case.ledger.resume(case.now) {
                    Some(event) => {
                        tx.books().save_ledger(&mut case.ledger).await?;
                        Some(Done::default().telling(&event))
                    }
                    None => None,
                };
                Ok((done, PayoutView::of(&case.ledger, last.as_ref(), case.now)))
            }
        })
        .await
    }

    /// An operator records what became of a payout that was made by hand, or that a bank sent back.
    pub async fn record_by_hand(&self, cmd: RecordPayout) -> Result<Reply<PayoutView>, BillingError> {
        cmd.ticket.by.may(Permission::Payouts)?;
        application_kernel::once(&*self.store, &*self.clock, &cmd.ticket, || {
            async |tx: &mut BillingTx| {
                let found = tx.payouts().find(&cmd.attempt).await?;
                let found = found.ok_or(StoreError::NotFound { table: "payout_attempts" })?;
                let mut case = self.case(tx, &cmd.ticket.by, &found.payment).await?;
                // What another provider was asked to do than the one there is now nobody tells us.
                let is_told = found.adapter != BY_HAND && found.adapter == self.provider.name();
                if is_told && !matches!(cmd.outcome, PayoutOutcome::Returned { .. }) {
                    return Err(BillingError::NotByHand);
                }
                let reference = match &cmd.outcome {
                    PayoutOutcome::Paid { reference } => Some(reference),
                    PayoutOutcome::Failed { .. } | PayoutOutcome::Returned { .. } => None,
                };
                if let Some(reference) = reference
                    && tx.payouts().has_another(reference, &cmd.attempt).await?
                {
                    return Err(BillingError::ReferenceTaken);
                }
                let actor = Some(Actor::Operator(cmd.ticket.by.id.clone()));
                let attempt = self.settle(tx, &mut case, &cmd.attempt, &cmd.outcome, actor).await?;
                let is_so = reference.is_none_or(|reference| attempt.reference.as_ref() == Some(reference));
                if attempt.status != cmd.outcome.status() || !is_so {
                    return Err(BillingError::OutOfStep(attempt.status));
                }
                Ok(Reply::changed(PayoutView::of(&case.ledger, Some(&attempt), case.now)))
            }
        })
        .await
    }

    /// Takes in what a provider says of a payout, whoever brought it. What says what is known is
    /// ignored, what concerns an older try recorded and ignored.
    pub async fn record_payout(
        &self,
        id: &PayoutAttemptId,
        told: &PayoutOutcome,
    ) -> Result<(), BillingError> {
        transact(&*self.store, || {
            async |tx: &mut BillingTx| {
                let found = tx.payouts().find(id).await?;
                let found = found.ok_or(StoreError::NotFound { table: "payout_attempts" })?;
                let parties = tx.books().parties(&found.payment).await?;
                let payment = tx.books().payment(&found.payment).await?;
                let ledger = tx.books().ledger(&found.payment).await?;
                let mut case = Case { parties, payment, ledger, now: self.clock.now() };
                self.settle(tx, &mut case, id, told, None).await.map(|_| ())
            }
        })
        .await
    }

    async fn settle(
        &self,
        tx: &mut BillingTx,
        case: &mut Case,
        id: &PayoutAttemptId,
        told: &PayoutOutcome,
        actor: Option<Actor>,
    ) -> Result<PayoutAttempt, BillingError> {
        let mut attempt = tx.payouts().get(id).await?;
        if let Some((entry, event)) = case.ledger.settle(&mut attempt, told, case.now)? {
            tx.payouts().save(&mut attempt).await?;
            tx.books().save_ledger(&mut case.ledger).await?;
            let done = Done::posting([entry]).telling(&event).with("status", &attempt.status);
            self.write(tx, actor, "payout.fact", attempt.id.to_string(), done, case.now).await?;
        } else if attempt.status != told.status() {
            let done = Done::default().with("said", &told.status()).with("status", &attempt.status);
            self.write(tx, actor, "payout.ignored", attempt.id.to_string(), done, case.now).await?;
        }
        Ok(attempt)
    }

    /// Asks the provider to pay, under the try's key, and takes in the answer. Doing it again pays once. A provider
    /// that does not say yet is asked again in an hour, and so is one that is not the one there is now: when it is again,
    /// the question is still there.
    pub async fn send_payout(&self, id: &PayoutAttemptId) -> Result<(), BillingError> {
        let found = transact(&*self.store, || {
            async |tx: &mut BillingTx| Ok::<_, BillingError>(tx.payouts().find(id).await?)
        })
        .await?;
        // What is paid by hand there is nobody to ask about.
        let open = |attempt: &PayoutAttempt| {
            attempt.status == AttemptStatus::Submitted && attempt.adapter != BY_HAND
        };
        let Some(attempt) = found.filter(open) else { return Ok(()) };
        let PayoutAttempt { id: key, payment, mentor, amount, adapter, .. } = attempt;
        if adapter != self.provider.name() {
            return self.ask_again(id).await;
        }
        let order = PayoutOrder { key, payment, mentor, amount };
        match self.provider.pay(order).await? {
            Some(told) => self.record_payout(id, &told).await,
            None if self.provider.is_told() => Ok(()),
            None => self.ask_again(id).await,
        }
    }

    async fn ask_again(&self, id: &PayoutAttemptId) -> Result<(), BillingError> {
        let check = self.check_again(PAYOUT_CHECK, id.to_string());
        transact(&*self.store, || async |tx: &mut BillingTx| Ok(tx.jobs().schedule(check.clone()).await?))
            .await
    }

    /// The daily batch: releases every payable share that one operator could release. One that cannot be does not hold
    /// up the others.
    pub async fn release_batch(&self) -> Result<(), BillingError> {
        let payable = transact(&*self.store, || {
            async |tx: &mut BillingTx| Ok::<_, BillingError>(tx.payouts().payable(BATCH).await?)
        })
        .await?;
        for payment in payable {
            if let Err(error) = self.release_by_clock(&payment).await {
                tracing::warn!(%payment, %error, "the batch leaves a share to operators");
            }
        }
        Ok(())
    }

    async fn release_by_clock(&self, payment: &PaymentId) -> Result<(), BillingError> {
        transact(&*self.store, || {
            async |tx: &mut BillingTx| {
                let parties = tx.books().parties(payment).await?;
                let row = tx.books().payment(payment).await?;
                let ledger = tx.books().ledger(payment).await?;
                let mut case = Case { parties, payment: row, ledger, now: self.clock.now() };
                let is_large = case.ledger.payout.minor() >= self.policy.second_approver_from_minor;
                if case.ledger.status != PayoutStatus::Ready || is_large {
                    return Ok(());
                }
                let (_, done) = self.start(tx, &mut case, None).await?;
                self.write(tx, None, "payout.release", payment.to_string(), done, case.now).await
            }
        })
        .await
    }
}
