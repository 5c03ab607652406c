use application_kernel::{MoneyView, labels};
use domain_billing::{
    Approval, ApprovalKind, ApprovalStatus, AttemptStatus, Dispute, DisputeStatus, Ledger, PayoutAttempt,
    PayoutStatus, Refund, RefundCause, RefundSource, RefundStatus,
};
use domain_kernel::{Timestamp, hours};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A try to pay a mentor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AttemptView {
    /// Its key.
    #[schema(example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a2")]
    pub id: String,
    /// How many tries there were with it.
    #[schema(example = 1)]
    pub number: i32,
    /// How much.
    pub amount: MoneyView,
    /// What pays.
    #[schema(example = "manual")]
    pub adapter: String,
    /// Where it stands.
    #[schema(schema_with = labels::<AttemptStatus>)]
    pub status: String,
    /// The provider's or the bank's reference.
    #[schema(example = "UTR-2026-000181")]
    pub reference: Option<String>,
    /// Why it failed or came back.
    #[schema(example = "The account is closed.")]
    pub failure: Option<String>,
    /// Who released it; nobody for the daily batch.
    #[schema(example = "01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e5f")]
    pub started_by: Option<String>,
    /// When it was released.
    #[schema(format = DateTime, example = "2026-12-07T04:30:00Z")]
    pub started_at: String,
    /// When the provider last said something definite.
    #[schema(format = DateTime, example = "2026-12-07T04:31:00Z")]
    pub settled_at: Option<String>,
}

impl AttemptView {
    /// A try as operators see it.
    pub fn of(attempt: &PayoutAttempt) -> Self {
        Self {
            id: attempt.id.to_string(),
            number: attempt.number,
            amount: attempt.amount.into(),
            adapter: attempt.adapter.clone(),
            status: attempt.status.to_string(),
            reference: attempt.reference.clone(),
            failure: attempt.failure.clone(),
            started_by: attempt.started_by.as_ref().map(ToString::to_string),
            started_at: attempt.started_at.to_string(),
            settled_at: attempt.settled_at.map(|at| at.to_string()),
        }
    }
}

/// What became of a captured payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PayoutView {
    /// The payment.
    #[schema(example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a2")]
    pub payment_id: String,
    /// What was paid for.
    #[schema(example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a1")]
    pub session_id: String,
    /// Who teaches.
    #[schema(example = "mentor_001")]
    pub mentor_id: String,
    /// Where the mentor's share lies.
    #[schema(schema_with = labels::<PayoutStatus>)]
    pub status: String,
    /// What was captured.
    pub amount: MoneyView,
    /// What of it goes back, without what was clawed back.
    pub refunded: MoneyView,
    /// What the platform keeps.
    pub fee: MoneyView,
    /// The mentor's share.
    pub payout: MoneyView,
    /// What goes back although the mentor was paid.
    pub clawed_back: MoneyView,
    /// Until when it is held; nothing while the session goes on.
    #[schema(format = DateTime, example = "2026-12-10T04:30:00Z")]
    pub hold_until: Option<String>,
    /// Why an operator holds it.
    #[schema(example = "The student says that somebody else taught.")]
    pub held_reason: Option<String>,
    /// The dispute that is open.
    #[schema(example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a3")]
    pub dispute_id: Option<String>,
    /// When the mentor was paid.
    #[schema(format = DateTime, example = "2026-12-10T04:31:00Z")]
    pub released_at: Option<String>,
    /// When all of it was refunded.
    #[schema(format = DateTime, example = "2026-12-10T04:31:00Z")]
    pub voided_at: Option<String>,
    /// The last try to pay it out.
    pub last_attempt: Option<AttemptView>,
    /// Whether that has been without an answer for a day.
    #[schema(example = false)]
    pub overdue: bool,
}

impl PayoutView {
    /// What became of a payment as operators see it at `now`.
    pub fn of(ledger: &Ledger, last: Option<&PayoutAttempt>, now: Timestamp) -> Self {
        let waits = |attempt: &&PayoutAttempt| {
            attempt.status == AttemptStatus::Submitted && now >= attempt.started_at.plus(hours(24))
        };
        Self {
            payment_id: ledger.payment.to_string(),
            session_id: ledger.session.to_string(),
            mentor_id: ledger.mentor.to_string(),
            status: ledger.status.to_string(),
            amount: ledger.amount.into(),
            refunded: ledger.refunded.into(),
            fee: ledger.fee.into(),
            payout: ledger.payout.into(),
            clawed_back: ledger.clawed.into(),
            hold_until: ledger.hold_until.map(|at| at.to_string()),
            held_reason: ledger.held.clone(),
            dispute_id: ledger.dispute.as_ref().map(ToString::to_string),
            released_at: ledger.released_at.map(|at| at.to_string()),
            voided_at: ledger.voided_at.map(|at| at.to_string()),
            last_attempt: last.map(AttemptView::of),
            overdue: last.is_some_and(|last| waits(&last)),
        }
    }
}

/// Money that goes back to a student.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RefundView {
    /// Its key.
    #[schema(example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a4")]
    pub id: String,
    /// Of which payment.
    #[schema(example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a2")]
    pub payment_id: String,
    /// How much.
    pub amount: MoneyView,
    /// Why.
    #[schema(schema_with = labels::<RefundCause>)]
    pub cause: String,
    /// Where it lay.
    #[schema(schema_with = labels::<RefundSource>)]
    pub source: String,
    /// What an operator gave as the reason.
    #[schema(example = "The mentor was an hour late.")]
    pub reason: Option<String>,
    /// The operator who gives it back.
    #[schema(example = "01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e5f")]
    pub asked_by: Option<String>,
    /// Where it stands. After five tries a FAILED one waits for an operator.
    #[schema(schema_with = labels::<RefundStatus>)]
    pub status: String,
    /// How often the gateway was asked under another key.
    #[schema(example = 1)]
    pub tries: i32,
    /// What the gateway last said against it.
    #[schema(example = "The card was closed.")]
    pub failure: Option<String>,
    /// When it was found to be due.
    #[schema(format = DateTime, example = "2026-12-07T04:30:00Z")]
    pub requested_at: String,
    /// When it last changed.
    #[schema(format = DateTime, example = "2026-12-07T04:30:05Z")]
    pub updated_at: String,
}

impl RefundView {
    /// A refund as operators see it.
    pub fn of(refund: &Refund) -> Self {
        Self {
            id: refund.id.to_string(),
            payment_id: refund.payment.to_string(),
            amount: refund.amount.into(),
            cause: refund.cause.to_string(),
            source: refund.source.to_string(),
            reason: refund.reason.clone(),
            asked_by: refund.asked_by.as_ref().map(ToString::to_string),
            status: refund.status.to_string(),
            tries: refund.tries,
            failure: refund.failure.clone(),
            requested_at: refund.requested_at.to_string(),
            updated_at: refund.updated_at.to_string(),
        }
    }
}

/// What a student's bank wants back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DisputeView {
    /// Its key.
    #[schema(example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a3")]
    pub id: String,
    /// The payment.
    #[schema(example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a2")]
    pub payment_id: String,
    /// The gateway's key of it.
    #[schema(example = "disp_1")]
    pub gateway_key: String,
    /// How much is withheld.
    pub amount: MoneyView,
    /// Where it stands.
    #[schema(schema_with = labels::<DisputeStatus>)]
    pub status: String,
    /// When we heard of it.
    #[schema(format = DateTime, example = "2026-12-07T04:30:00Z")]
    pub opened_at: String,
    /// When it ended.
    #[schema(format = DateTime, example = "2026-12-21T04:30:00Z")]
    pub decided_at: Option<String>,
}

impl DisputeView {
    /// A dispute as operators see it.
    pub fn of(dispute: &Dispute) -> Self {
        Self {
            id: dispute.id.to_string(),
            payment_id: dispute.payment.to_string(),
            gateway_key: dispute.gateway_key.clone(),
            amount: dispute.amount.into(),
            status: dispute.status.to_string(),
            opened_at: dispute.opened_at.to_string(),
            decided_at: dispute.decided_at.map(|at| at.to_string()),
        }
    }
}

/// What one operator asks and another approves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApprovalView {
    /// Its key.
    #[schema(example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a5")]
    pub id: String,
    /// What is asked.
    #[schema(schema_with = labels::<ApprovalKind>)]
    pub kind: String,
    /// About which payment.
    #[schema(example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a2")]
    pub payment_id: String,
    /// How much it is about.
    pub amount: MoneyView,
    /// Why.
    #[schema(example = "The student was charged for another's lessons.")]
    pub reason: String,
    /// Where it stands.
    #[schema(schema_with = labels::<ApprovalStatus>)]
    pub status: String,
    /// Who asks.
    #[schema(example = "01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e5f")]
    pub asked_by: String,
    /// When.
    #[schema(format = DateTime, example = "2026-12-07T04:30:00Z")]
    pub asked_at: String,
    /// Who decided.
    #[schema(example = "01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e60")]
    pub decided_by: Option<String>,
    /// When.
    #[schema(format = DateTime, example = "2026-12-07T05:30:00Z")]
    pub decided_at: Option<String>,
}

impl ApprovalView {
    /// What is asked as operators see it.
    pub fn of(approval: &Approval) -> Self {
        Self {
            id: approval.id.to_string(),
            kind: approval.kind.to_string(),
            payment_id: approval.payment.to_string(),
            amount: approval.amount.into(),
            reason: approval.reason.clone(),
            status: approval.status.to_string(),
            asked_by: approval.asked_by.to_string(),
            asked_at: approval.asked_at.to_string(),
            decided_by: approval.decided_by.as_ref().map(ToString::to_string),
            decided_at: approval.decided_at.map(|at| at.to_string()),
        }
    }
}

/// What came of a release: the share is on its way, or waits for a second operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReleaseView {
    /// The share.
    pub payout: PayoutView,
    /// What waits for a second operator, if something does.
    pub approval: Option<ApprovalView>,
}
