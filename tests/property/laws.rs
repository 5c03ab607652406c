//! The laws of money, each with a name.

use domain_billing::{AttemptStatus, Ledger, PaymentStatus, PayoutAttempt, PayoutStatus, RefundSource};
use domain_kernel::{AccountClass, AccountKind};
use domain_mentoring::SessionStatus;

use super::world::{Broken, World};

impl World {
    pub fn statuses(&self) -> (SessionStatus, Option<PaymentStatus>, Option<PayoutStatus>) {
        let payment = self.payment.as_ref().map(|payment| payment.status);
        (self.session, payment, self.ledger.as_ref().map(|ledger| ledger.status))
    }

    pub fn broken(&self) -> Result<(), Broken> {
        let law = |holds: bool, name, how: String| if holds { Ok(()) } else { Err((name, how)) };
        let all = &self.balances;
        law(self.unbalanced.is_none(), "entries_balance", format!("{:?}", self.unbalanced))?;
        law(all.values().sum::<i64>() == 0, "trial_balance_is_zero", format!("{all:?}"))?;
        for (kind, balance) in all {
            law(
                !kind.is_never_overdrawn() || *balance >= 0,
                "never_overdrawn",
                format!("{kind}: {balance}"),
            )?;
            let is_expense = kind.class() == AccountClass::Expense;
            law(!is_expense || *balance <= 0, "never_overdrawn", format!("{kind}: {balance}"))?;
        }
        let captured: i64 = self.captured.values().sum();
        law(
            self.refunded() <= captured,
            "refunds_are_covered",
            format!("{} of {captured}", self.refunded()),
        )?;
        let in_flight: i64 = self.in_flight().iter().map(|place| self.refunds[*place].amount.minor()).sum();
        let payable = self.balance(AccountKind::RefundPayable);
        law(payable == in_flight, "refund_payable_agrees", format!("{payable}, not {in_flight}"))?;
        let unapplied = self.balance(AccountKind::Unapplied);
        law(unapplied == 0, "unapplied_is_empty", format!("{unapplied}"))?;
        let open = self.dispute.as_ref().map_or(0, |dispute| dispute.amount.minor());
        let hold = -self.balance(AccountKind::DisputeHold);
        law(hold == open, "disputes_agree", format!("{hold}, not {open}"))?;
        let clearing = -self.balance(AccountKind::GatewayClearing);
        let expected = captured - self.refunded() - open;
        law(clearing == expected, "clearing_agrees", format!("{clearing}, not {expected}"))?;
        if let Some(ledger) = &self.ledger {
            self.ledger_laws(ledger, law)?;
        }
        let is_served =
            matches!(self.session, SessionStatus::Paid | SessionStatus::Scheduled | SessionStatus::Completed);
        law(!is_served || self.ledger.is_some(), "service_was_paid", format!("{:?}", self.session))?;
        if let Some(payment) = &self.payment
            && matches!(payment.status, PaymentStatus::Success | PaymentStatus::Refunded)
        {
            // Final, whatever comes after it.
            let agrees = match payment.status {
                PaymentStatus::Refunded => self.refunded() >= self.amount.minor(),
                _ => self.refunded() < captured || in_flight > 0,
            };
            let how = format!("{}: {} of {captured}, {in_flight} under way", payment.status, self.refunded());
            law(agrees, "payment_status_agrees", how)?;
        }
        Ok(())
    }

    fn ledger_laws(
        &self,
        ledger: &Ledger,
        law: impl Fn(bool, &'static str, String) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        let sum = ledger.refunded.minor() + ledger.fee.minor() + ledger.payout.minor();
        law(ledger.amount.minor() == sum, "split_adds_up", format!("{} is not {sum}", ledger.amount))?;
        let (fee, _) = ledger.net().unwrap().split(ledger.fee_share);
        law(ledger.fee == fee, "split_adds_up", format!("fee {}, not {fee}", ledger.fee))?;
        let [escrow, payable, transit, revenue] = [
            AccountKind::Escrow,
            AccountKind::MentorPayable,
            AccountKind::PayoutInTransit,
            AccountKind::PlatformRevenue,
        ]
        .map(|kind| self.balance(kind));
        let (net, fee, payout) = (ledger.net().unwrap().minor(), ledger.fee.minor(), ledger.payout.minor());
        let expected = match ledger.status {
            PayoutStatus::Pending => (net, 0, 0, 0),
            PayoutStatus::Ready => (0, payout, 0, fee),
            PayoutStatus::Processing => (0, 0, payout, fee),
            PayoutStatus::Released => (0, 0, 0, fee - ledger.clawed_fee.minor()),
        };
        let there = (escrow, payable, transit, revenue);
        law(there == expected, "status_and_account_agree", format!("{}: {there:?}", ledger.status))?;
        let paid: Vec<&PayoutAttempt> =
            self.attempts.iter().filter(|attempt| attempt.status == AttemptStatus::Paid).collect();
        let is_paid = paid.len() == 1 && paid[0].number == ledger.attempts;
        let agrees = paid.len() <= 1 && is_paid == (ledger.status == PayoutStatus::Released);
        law(agrees, "paid_at_most_once", format!("{} after {} paid tries", ledger.status, paid.len()))?;
        let bank = -self.balance(AccountKind::Bank);
        let left = paid.first().map_or(0, |attempt| -attempt.amount.minor());
        law(bank == left, "paid_at_most_once", format!("the bank holds {bank}, not {left}"))?;
        let earned = ledger.amount.portion(self.done, self.items).unwrap().0.minor();
        let gone: i64 = self
            .refunds
            .iter()
            .filter(|refund| refund.source == RefundSource::Escrow)
            .map(|r| r.amount.minor())
            .sum();
        let by_cancelling =
            self.session == SessionStatus::Cancelled && self.given_by_hand == 0 && self.lost == 0;
        law(
            !by_cancelling || gone <= ledger.amount.minor() - earned,
            "what_was_earned_is_kept",
            format!("{gone} went back, {earned} was earned"),
        )
    }
}
