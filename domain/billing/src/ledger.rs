use domain_kernel::{BasisPoints, Money, PaymentId, SessionId, Timestamp, UserId};

use crate::PayoutStatus;

/// What becomes of a captured payment: the platform's fee, the mentor's share, and where that
/// lies. A payment has one.
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
    /// What the platform keeps: floor(amount × basis points / 10 000).
    pub fee: Money,
    /// The rest.
    pub payout: Money,
    /// Where the rest lies.
    pub status: PayoutStatus,
    /// When the money came.
    pub created_at: Timestamp,
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
            fee,
            payout,
            status: PayoutStatus::Pending,
            created_at: now,
        }
    }
}
