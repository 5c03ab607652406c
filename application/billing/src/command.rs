use application_kernel::{CurrentOperator, Ticket};
use domain_billing::PayoutOutcome;
use domain_kernel::{ApprovalId, Money, PaymentId, PayoutAttemptId, RefundId};

/// An operator gives some of a payment back, while the mentor was not paid out.
#[derive(Debug, Clone)]
pub struct RefundPayment {
    /// Who decides.
    pub ticket: Ticket<CurrentOperator>,
    /// Of which payment.
    pub payment: PaymentId,
    /// How much; all that is left if it is left out.
    pub amount_minor: Option<i64>,
    /// Why.
    pub reason: String,
}

/// An operator asks for what was paid out to go back.
#[derive(Debug, Clone)]
pub struct AskClawBack {
    /// Who asks.
    pub ticket: Ticket<CurrentOperator>,
    /// Of which payment.
    pub payment: PaymentId,
    /// How much; all that is left if it is left out.
    pub amount_minor: Option<i64>,
    /// Why.
    pub reason: String,
}

/// An operator lets a refund be tried again that the gateway refused too often.
#[derive(Debug, Clone)]
pub struct RetryRefund {
    /// Who decides.
    pub ticket: Ticket<CurrentOperator>,
    /// Which.
    pub refund: RefundId,
}

/// An operator releases a mentor's share.
#[derive(Debug, Clone)]
pub struct ReleasePayout {
    /// Who decides.
    pub ticket: Ticket<CurrentOperator>,
    /// Of which payment.
    pub payment: PaymentId,
}

/// An operator holds a mentor's share.
#[derive(Debug, Clone)]
pub struct HoldPayout {
    /// Who decides.
    pub ticket: Ticket<CurrentOperator>,
    /// Of which payment.
    pub payment: PaymentId,
    /// Why.
    pub reason: String,
}

/// An operator holds it no longer.
#[derive(Debug, Clone)]
pub struct ResumePayout {
    /// Who decides.
    pub ticket: Ticket<CurrentOperator>,
    /// Of which payment.
    pub payment: PaymentId,
}

/// An operator records what became of a payout that was made by hand, or that the bank sent back.
#[derive(Debug, Clone)]
pub struct RecordPayout {
    /// Who records it.
    pub ticket: Ticket<CurrentOperator>,
    /// Which try.
    pub attempt: PayoutAttemptId,
    /// What became of it.
    pub outcome: PayoutOutcome,
}

/// A second operator decides.
#[derive(Debug, Clone)]
pub struct DecideApproval {
    /// Who decides.
    pub ticket: Ticket<CurrentOperator>,
    /// About what.
    pub approval: ApprovalId,
    /// Yes or no.
    pub approves: bool,
}

/// An operator records what a gateway paid us out, by its settlement report.
#[derive(Debug, Clone)]
pub struct RecordSettlement {
    /// Who records it.
    pub ticket: Ticket<CurrentOperator>,
    /// The report's key, by which it counts once.
    pub reference: String,
    /// What the gateway no longer holds for us, its fee included.
    pub amount: Money,
    /// What it kept of that.
    pub fee: Money,
}

/// An operator finds that a settlement was recorded by mistake.
#[derive(Debug, Clone)]
pub struct ReverseSettlement {
    /// Who decides.
    pub ticket: Ticket<CurrentOperator>,
    /// The report's key.
    pub reference: String,
    /// What was wrong.
    pub reason: String,
}
