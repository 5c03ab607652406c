use application_kernel::{Actor, CurrentOperator, Permission, Reply, StoreError, once};
use domain_billing::{Approval, ApprovalKind, LedgerRefused, PayoutStatus, RefundSource};
use domain_kernel::{ApprovalId, Labelled};

use crate::billing::{Case, Done, amount};
use crate::ports::BillingTx;
use crate::{ApprovalView, AskClawBack, Billing, BillingError, DecideApproval};

/// What it takes to decide about it.
fn decides(kind: ApprovalKind) -> Permission {
    match kind {
        ApprovalKind::Payout => Permission::Payouts,
        ApprovalKind::ClawBack => Permission::Refunds,
    }
}

/// The kinds that this operator decides about.
pub fn decidable(by: &CurrentOperator) -> Vec<ApprovalKind> {
    ApprovalKind::ALL.iter().copied().filter(|kind| by.may(decides(*kind)).is_ok()).collect()
}

impl Billing {
    /// An operator asks for what was paid out to go back. Nothing moves before another approves.
    pub async fn ask_claw_back(&self, cmd: AskClawBack) -> Result<Reply<ApprovalView>, BillingError> {
        self.decide(&cmd.ticket, Permission::Refunds, &cmd.payment, "payment.ask_claw_back", || {
            async |tx: &mut BillingTx, case: &mut Case| {
                let asked = amount(cmd.amount_minor, &case.ledger)?;
                if case.ledger.status != PayoutStatus::Released {
                    return Err(BillingError::NotPaidOut);
                }
                // Whether it could be done is told now, not to the second operator.
                let (refund, _) = self.requested(case, asked, RefundSource::ClawBack)?;
                case.ledger.clone().refund(&refund, case.now)?;
                if let Some(waiting) = tx.payouts().waiting(&case.payment.id, ApprovalKind::ClawBack).await? {
                    if waiting.amount != asked || waiting.reason != cmd.reason {
                        return Err(BillingError::ApprovalWaiting(waiting.id));
                    }
                    return Ok((None, ApprovalView::of(&waiting)));
                }
                let approval = Approval::ask(
                    self.new_id(ApprovalId::parse)?,
                    ApprovalKind::ClawBack,
                    case.payment.id.clone(),
                    asked,
                    cmd.reason.clone(),
                    cmd.ticket.by.id.clone(),
                    case.now,
                );
                tx.payouts().ask(&approval).await?;
                let done = Done::default().with("approval", &approval.id).with("amount", &asked);
                Ok((Some(done.with("reason", &cmd.reason)), ApprovalView::of(&approval)))
            }
        })
        .await
    }

    /// A second operator approves, and it is done, or declines. Whoever asked may only take it back.
    pub async fn decide_approval(&self, cmd: DecideApproval) -> Result<Reply<ApprovalView>, BillingError> {
        let by = &cmd.ticket.by;
        once(&*self.store, &*self.clock, &cmd.ticket, || {
            async |tx: &mut BillingTx| {
                let found = tx.payouts().find_approval(&cmd.approval).await?;
                let found = found.ok_or(StoreError::NotFound { table: "approvals" })?;
                by.may(decides(found.kind))?;
                let mut case = self.case(tx, by, &found.payment).await?;
                let mut approval = tx.payouts().approval(&cmd.approval).await?;
                if approval.decide(&by.id, cmd.approves, case.now)? {
                    tx.payouts().save_approval(&approval).await?;
                    let done = if cmd.approves {
                        self.carry_out(tx, &mut case, &approval).await?
                    } else {
                        Done::default()
                    };
                    let action = if cmd.approves { "approval.approve" } else { "approval.decline" };
                    let done = done.with("kind", &approval.kind).with("payment", &approval.payment);
                    let actor = Some(Actor::Operator(by.id.clone()));
                    self.write(tx, actor, action, approval.id.to_string(), done, case.now).await?;
                }
                Ok(Reply::changed(ApprovalView::of(&approval)))
            }
        })
        .await
    }

    async fn carry_out(
        &self,
        tx: &mut BillingTx,
        case: &mut Case,
        approval: &Approval,
    ) -> Result<Done, BillingError> {
        match approval.kind {
            ApprovalKind::Payout => {
                if case.ledger.payout != approval.amount {
                    return Err(BillingError::ApprovalOutdated);
                }
                let (_, done) = self.start(tx, case, Some(approval.asked_by.clone())).await?;
                Ok(done)
            }
            ApprovalKind::ClawBack => {
                if approval.amount > case.ledger.left()? {
                    return Err(LedgerRefused::TooMuch(case.ledger.left()?).into());
                }
                let (mut refund, event) = self.requested(case, approval.amount, RefundSource::ClawBack)?;
                refund.reason = Some(approval.reason.clone());
                refund.asked_by = Some(approval.asked_by.clone());
                Ok(self.give_back(tx, case, &refund, None).await?.telling(&event))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain_kernel::OperatorId;

    use super::*;

    #[test]
    fn an_operator_sees_the_kinds_that_the_permissions_decide_about() {
        for (permissions, kinds) in [
            (vec![], vec![]),
            (vec![Permission::Users, Permission::Disputes], vec![]),
            (vec![Permission::Payouts], vec![ApprovalKind::Payout]),
            (vec![Permission::Refunds], vec![ApprovalKind::ClawBack]),
            (vec![Permission::Refunds, Permission::Payouts], ApprovalKind::ALL.to_vec()),
        ] {
            let id = OperatorId::parse("ops").unwrap();
            let by = CurrentOperator {
                id,
                user: None,
                permissions: permissions.into_iter().collect(),
                token_version: 0,
            };
            assert_eq!(decidable(&by), kinds);
        }
    }
}
