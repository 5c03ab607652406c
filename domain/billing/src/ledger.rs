use domain_kernel::{
    BasisPoints, DomainEvent, Fact, IllegalTransition, InvalidMoney, Lifecycle, Money, PaymentId, SessionId,
    Timestamp, UserId,
};

use crate::{PayoutStatus, PayoutStep};

/// What becomes of a captured payment: what goes back, the platform's fee, the mentor's share, and
/// where that lies. A payment has one. Always: amount = refunded + fee + payout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// The payment.
    pub payment: PaymentId,
    /// What was paid for.
    pub session: SessionId,
    /// Who teaches.
    pub mentor: UserId,
    /// What was captured.
    pub amount: Money,
    /// The platform's share, as agreed.
    pub fee_share: BasisPoints,
    /// What goes back to the student, whether it has arrived or not.
    pub refunded: Money,
    /// What the platform keeps: floor((amount − refunded) × basis points / 10 000).
    pub fee: Money,
    /// The rest.
    pub payout: Money,
    /// Where the rest lies.
    pub status: PayoutStatus,
    /// Until when it is held; nothing while the session goes on.
    pub hold_until: Option<Timestamp>,
    /// When all of it was refunded, so that nothing is ever paid out.
    pub voided_at: Option<Timestamp>,
    /// When the money came.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Grows by one with every change that is saved.
    pub version: i32,
}

/// Why the mentor's share does not move.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerRefused {
    /// Its status does not permit it.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
    /// An amount left its range.
    #[error(transparent)]
    Money(#[from] InvalidMoney),
    /// The hold is not over, or a no-show is not decided.
    #[error("the share is still held")]
    Held,
    /// Nothing is left to pay out.
    #[error("nothing is left to pay out")]
    Nothing,
}

impl Ledger {
    /// Splits a captured payment.
    pub fn of_capture(
        payment: PaymentId,
        session: SessionId,
        mentor: UserId,
        amount: Money,
        fee_share: BasisPoints,
        now: Timestamp,
    ) -> Self {
        let (fee, payout) = amount.split(fee_share);
        Self {
            payment,
            session,
            mentor,
            amount,
            fee_share,
            refunded: Money::zero(amount.currency()),
            fee,
            payout,
            status: PayoutStatus::Pending,
            hold_until: None,
            voided_at: None,
            created_at: now,
            updated_at: now,
            version: 0,
        }
    }

    /// What is not refunded.
    pub fn net(&self) -> Result<Money, InvalidMoney> {
        self.fee.plus(self.payout)
    }

    /// What goes back when the session is called off after `earned` of `items` meetings:
    /// amount − floor(amount × earned / items) − what goes back already, at least nothing.
    pub fn unearned(&self, earned: u32, items: u32) -> Result<Money, InvalidMoney> {
        let (kept, _) = self.amount.portion(earned.min(items), items)?;
        let owed = self.amount.minus(kept)?;
        Ok(owed.minus(self.refunded).unwrap_or(Money::zero(self.amount.currency())))
    }

    /// What goes back for one more meeting to which the mentor did not come, `before` having been
    /// refunded so already: floor(amount × (before + 1) / items) − floor(amount × before / items), at
    /// most what is left.
    pub fn share_of_one(&self, before: u32, items: u32) -> Result<Money, InvalidMoney> {
        let (less, _) = self.amount.portion(before, items)?;
        let (more, _) = self.amount.portion(before + 1, items)?;
        Ok(more.minus(less)?.min(self.net()?))
    }

    /// Gives some of it back. The fee and the mentor's share are split anew from what is left; only
    /// while the share is in escrow.
    pub fn refund(&mut self, amount: Money, now: Timestamp) -> Result<(), LedgerRefused> {
        if self.status != PayoutStatus::Pending {
            // What would have to come first is a hold.
            self.status.on(PayoutStep::Earn)?;
        }
        let net = self.net()?.minus(amount)?;
        self.refunded = self.refunded.plus(amount)?;
        (self.fee, self.payout) = net.split(self.fee_share);
        self.updated_at = now;
        if net.minor() == 0 {
            self.voided_at = Some(now);
        }
        Ok(())
    }

    /// The session has ended: the share is held until then.
    pub fn hold_until(&mut self, until: Timestamp, now: Timestamp) {
        self.hold_until = Some(until);
        self.updated_at = now;
    }

    /// The hold is over: the share becomes payable. `is_blocked` tells of a no-show that is not
    /// decided.
    pub fn earn(&mut self, is_blocked: bool, now: Timestamp) -> Result<PayoutReady, LedgerRefused> {
        let status = self.status.on(PayoutStep::Earn)?;
        if self.voided_at.is_some() || self.net()?.minor() == 0 {
            return Err(LedgerRefused::Nothing);
        }
        if is_blocked || self.hold_until.is_none_or(|until| now < until) {
            return Err(LedgerRefused::Held);
        }
        self.status = status;
        self.updated_at = now;
        Ok(PayoutReady { payment: self.payment.clone(), mentor: self.mentor.clone() })
    }
}

/// The mentor's share has become payable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutReady {
    payment: PaymentId,
    mentor: UserId,
}

impl DomainEvent for PayoutReady {
    fn kind(&self) -> &'static str {
        "payout_ready"
    }

    fn subject(&self) -> String {
        self.payment.to_string()
    }

    fn facts(&self) -> Vec<Fact> {
        vec![("mentor_id", self.mentor.to_string())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain_kernel::{Currency, hours};
    use proptest::prelude::*;

    fn inr(minor: i64) -> Money {
        Money::parse(minor, Currency::parse("INR").unwrap()).unwrap()
    }

    fn ledger(amount: i64, fee: u16) -> Ledger {
        let (payment, session) = (PaymentId::parse("p").unwrap(), SessionId::parse("s").unwrap());
        let (mentor, fee) = (UserId::parse("m").unwrap(), BasisPoints::parse(fee).unwrap());
        Ledger::of_capture(payment, session, mentor, inr(amount), fee, Timestamp::EPOCH)
    }

    #[test]
    fn what_was_not_earned_goes_back_and_the_rest_is_split_anew() {
        let mut ledger = ledger(249_900, 1500);
        assert_eq!((ledger.fee, ledger.payout), (inr(37_485), inr(212_415)));
        // Three of eight meetings: floor(249900 × 3 / 8) = 93712 is kept.
        let back = ledger.unearned(3, 8).unwrap();
        assert_eq!(back, inr(156_188));
        ledger.refund(back, Timestamp::EPOCH).unwrap();
        assert_eq!((ledger.fee, ledger.payout, ledger.voided_at), (inr(14_056), inr(79_656), None));
        assert_eq!(ledger.unearned(3, 8), Ok(inr(0)));
    }

    #[test]
    fn a_payment_that_went_back_in_whole_is_void_and_never_paid_out() {
        let mut ledger = ledger(100, 1500);
        ledger.refund(inr(100), Timestamp::EPOCH).unwrap();
        assert_eq!(ledger.voided_at, Some(Timestamp::EPOCH));
        ledger.hold_until(Timestamp::EPOCH, Timestamp::EPOCH);
        assert_eq!(ledger.earn(false, Timestamp::EPOCH), Err(LedgerRefused::Nothing));
        assert!(ledger.refund(inr(1), Timestamp::EPOCH).is_err());
    }

    #[test]
    fn a_share_is_payable_when_its_hold_is_over_and_no_no_show_is_open() {
        let mut ledger = ledger(100, 1500);
        let until = Timestamp::EPOCH.plus(hours(72));
        assert_eq!(ledger.earn(false, until), Err(LedgerRefused::Held), "the session goes on");
        ledger.hold_until(until, Timestamp::EPOCH);
        assert_eq!(ledger.earn(false, until.minus(hours(1))), Err(LedgerRefused::Held));
        assert_eq!(ledger.earn(true, until), Err(LedgerRefused::Held));
        assert!(ledger.earn(false, until).is_ok());
        assert_eq!(ledger.status, PayoutStatus::Ready);
        assert!(matches!(ledger.earn(false, until), Err(LedgerRefused::Illegal(_))));
    }

    #[test]
    fn a_payable_share_is_not_refunded_before_it_is_held_again() {
        let mut ledger = ledger(100, 1500);
        ledger.hold_until(Timestamp::EPOCH, Timestamp::EPOCH);
        ledger.earn(false, Timestamp::EPOCH).unwrap();
        assert!(matches!(ledger.refund(inr(1), Timestamp::EPOCH), Err(LedgerRefused::Illegal(_))));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_however_meetings_end(
            amount in 0i64..9_999_999_999, fee in 0u16..=10_000, items in 1u32..40, ends in prop::collection::vec(0u8..3, 40),
        ) {
            let mut ledger = ledger(amount, fee);
            let (mut earned, mut missed) = (0, 0);
            for end in ends.iter().take(items as usize) {
                match end {
                    0 => earned += 1,
                    1 => {
                        let back = ledger.share_of_one(missed, items).unwrap();
                        ledger.refund(back, Timestamp::EPOCH).unwrap();
                        missed += 1;
                    }
                    _ => {}
                }
            }
            let kept = ledger.amount.portion(earned, items).unwrap().0;
            prop_assert!(ledger.net().unwrap() >= kept, "what was earned is still there");
            let back = ledger.unearned(earned, items).unwrap();
            ledger.refund(back, Timestamp::EPOCH).unwrap();
            prop_assert_eq!(ledger.net().unwrap(), kept);
            prop_assert_eq!(ledger.refunded.plus(ledger.fee).unwrap().plus(ledger.payout).unwrap(), ledger.amount);
            prop_assert_eq!(ledger.fee, kept.split(ledger.fee_share).0);
            prop_assert_eq!(ledger.voided_at.is_some(), kept.minor() == 0);
        }
    }
}
