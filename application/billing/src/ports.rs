//! What billing needs from outside. The stores are implemented by adapters and never mocked; gateways and providers
//! belong to somebody else, so they have mocks.

use application_kernel::{Page, PageRequest, StoreError, Transaction};
use async_trait::async_trait;
use domain_billing::{
    Approval, ApprovalKind, ApprovalStatus, Dispute, DisputeStatus, Ledger, Payment, PayoutAttempt,
    PayoutOutcome, PayoutStatus, Refund, RefundOutcome, RefundStatus,
};
use domain_kernel::{
    ApprovalId, Currency, Money, OperatorId, PaymentId, PayoutAttemptId, RefundId, SessionId, Timestamp,
    UserId,
};

use crate::{
    ApprovalView, BalanceView, DisputeView, EntryView, FindingView, PayoutView, RefundView, SettlementView,
};

pub use crate::documents_ports::{DocumentKey, Documents, ISSUED_ONCE, StatementQueries};
pub use crate::sheet::{Column, PrintFailed, Printer, Sheet};

/// The constraint that a settlement report recorded twice violates.
pub const SETTLED_ONCE: &str = "settlements_pkey";
/// The constraint that reversing a settlement twice violates.
pub const REVERSED_ONCE: &str = "settlement_reversals_pkey";
/// The constraint that asking twice for the same approval violates.
pub const ONE_WAITING: &str = "approvals_one_waiting";

/// What billing needs inside a unit of work.
pub trait BillingPorts: Transaction {
    /// Payments and what became of them.
    fn books(&mut self) -> &mut dyn Books;
    /// Money that goes back.
    fn refunds(&mut self) -> &mut dyn Refunds;
    /// Money that goes to mentors, and who approves it.
    fn payouts(&mut self) -> &mut dyn Payouts;
    /// What students' banks want back.
    fn disputes(&mut self) -> &mut dyn Disputes;
    /// Receipts, invoices and credit notes.
    fn documents(&mut self) -> &mut dyn Documents;
}

application_kernel::unit_of_work! {
    /// A unit of work as billing sees it.
    BillingTx over BillingPorts
}

/// Who is concerned by a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parties {
    /// What was paid for.
    pub session: SessionId,
    /// Who pays.
    pub student: UserId,
    /// Who teaches.
    pub mentor: UserId,
    /// Whether the session goes on, so that what is left of the money is still being earned.
    pub is_live: bool,
}

/// What came and went of a payment, in its currency and in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// What gateways captured, with what had nothing to pay for.
    pub captured: i64,
    /// What went back, with lost disputes.
    pub refunded: i64,
    /// How many refunds are on their way.
    pub in_flight: i64,
}

/// Payments and what became of them.
#[async_trait]
pub trait Books: Send {
    /// Whom the payment concerns. Locks the session.
    async fn parties(&mut self, payment: &PaymentId) -> Result<Parties, StoreError>;
    /// The payment, locked.
    async fn payment(&mut self, id: &PaymentId) -> Result<Payment, StoreError>;
    /// The payment of a gateway's order. Locks nothing.
    async fn by_order(&mut self, gateway: &str, order: &str) -> Result<Option<PaymentId>, StoreError>;
    /// Saves a changed payment and counts up its version; `Conflict` if it is another's already.
    async fn save_payment(&mut self, payment: &mut Payment) -> Result<(), StoreError>;
    /// What became of the captured payment, locked. `NotFound` if none was captured, or it was taken over.
    async fn ledger(&mut self, payment: &PaymentId) -> Result<Ledger, StoreError>;
    /// Saves a changed split and counts up its version; `Conflict` if it is another's already.
    async fn save_ledger(&mut self, ledger: &mut Ledger) -> Result<(), StoreError>;
    /// What came and went.
    async fn totals(&mut self, payment: &PaymentId) -> Result<Totals, StoreError>;
    /// Payments with a split of which the journal has no capture, by key, after that one, at most so many.
    async fn unposted(&mut self, after: Option<&PaymentId>, most: i64) -> Result<Vec<PaymentId>, StoreError>;
    /// Whether it is one of those.
    async fn is_unposted(&mut self, payment: &PaymentId) -> Result<bool, StoreError>;
    /// Remembers that the payment's money came, if nothing of a gateway is remembered that says so.
    async fn remember_capture(&mut self, payment: &Payment, now: Timestamp) -> Result<(), StoreError>;
    /// Records what a gateway paid us out. `Duplicate(SETTLED_ONCE)` if that report was recorded.
    async fn add_settlement(
        &mut self,
        settlement: &SettlementView,
        by: &OperatorId,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// What was recorded by that report. Locks nothing.
    async fn settlement(&mut self, reference: &str) -> Result<Option<SettlementView>, StoreError>;
    /// Records that this was a mistake. `Duplicate(REVERSED_ONCE)` if that was recorded.
    async fn reverse_settlement(
        &mut self,
        reference: &str,
        reason: &str,
        by: &OperatorId,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// What the gateway holds for us in that currency, in minor units, or less than nothing; none if it never held any.
    /// It is certain once this unit has posted to that account, which locks it.
    async fn clearing(&mut self, currency: Currency) -> Result<Option<i64>, StoreError>;
}

/// Money that goes back.
#[async_trait]
pub trait Refunds: Send {
    /// The refund; locks nothing.
    async fn find(&mut self, id: &RefundId) -> Result<Option<Refund>, StoreError>;
    /// All that goes back of a payment.
    async fn of_payment(&mut self, payment: &PaymentId) -> Result<Vec<Refund>, StoreError>;
    /// The refund, locked.
    async fn get(&mut self, id: &RefundId) -> Result<Refund, StoreError>;
    /// Adds one.
    async fn add(&mut self, refund: &Refund) -> Result<(), StoreError>;
    /// Saves a changed one and counts up its version; `Conflict` if it is another's already.
    async fn save(&mut self, refund: &mut Refund) -> Result<(), StoreError>;
}

/// Money that goes to mentors, and who approves it.
#[async_trait]
pub trait Payouts: Send {
    /// The try; locks nothing.
    async fn find(&mut self, id: &PayoutAttemptId) -> Result<Option<PayoutAttempt>, StoreError>;
    /// The last try to pay out this payment's share, locked.
    async fn last(&mut self, payment: &PaymentId) -> Result<Option<PayoutAttempt>, StoreError>;
    /// The try, locked.
    async fn get(&mut self, id: &PayoutAttemptId) -> Result<PayoutAttempt, StoreError>;
    /// Adds one.
    async fn add(&mut self, attempt: &PayoutAttempt) -> Result<(), StoreError>;
    /// Saves a changed one and counts up its version; `Conflict` if it is another's already.
    async fn save(&mut self, attempt: &mut PayoutAttempt) -> Result<(), StoreError>;
    /// Whether another try than that one was paid under this reference.
    async fn has_another(&mut self, reference: &str, than: &PayoutAttemptId) -> Result<bool, StoreError>;
    /// The shares that are payable, the oldest first, at most so many. Locks nothing.
    async fn payable(&mut self, most: i64) -> Result<Vec<PaymentId>, StoreError>;
    /// What is asked; locks nothing.
    async fn find_approval(&mut self, id: &ApprovalId) -> Result<Option<Approval>, StoreError>;
    /// What is asked, locked.
    async fn approval(&mut self, id: &ApprovalId) -> Result<Approval, StoreError>;
    /// What is asked of this kind about the payment and waits, if there is something.
    async fn waiting(
        &mut self,
        payment: &PaymentId,
        kind: ApprovalKind,
    ) -> Result<Option<Approval>, StoreError>;
    /// Asks. `Duplicate(ONE_WAITING)` if that is asked already.
    async fn ask(&mut self, approval: &Approval) -> Result<(), StoreError>;
    /// Saves what was decided.
    async fn save_approval(&mut self, approval: &Approval) -> Result<(), StoreError>;
}

/// What students' banks want back.
#[async_trait]
pub trait Disputes: Send {
    /// The dispute about the payment that the gateway calls so, locked.
    async fn by_key(&mut self, payment: &PaymentId, key: &str) -> Result<Option<Dispute>, StoreError>;
    /// Adds one.
    async fn add(&mut self, dispute: &Dispute) -> Result<(), StoreError>;
    /// Saves a changed one and counts up its version; `Conflict` if it is another's already.
    async fn save(&mut self, dispute: &mut Dispute) -> Result<(), StoreError>;
}

/// Billing's reads. Each is one statement.
#[async_trait]
pub trait BillingQueries: Send + Sync {
    /// Shares of mentors, of that status if one is given, by payment, as they are at `now`.
    async fn payouts(
        &self,
        status: Option<PayoutStatus>,
        page: &PageRequest<String>,
        now: Timestamp,
    ) -> Result<Page<PayoutView, String>, StoreError>;
    /// One share.
    async fn payout(&self, payment: &PaymentId, now: Timestamp) -> Result<Option<PayoutView>, StoreError>;
    /// Refunds, of that status and payment if given, by key.
    async fn refunds(
        &self,
        status: Option<RefundStatus>,
        payment: Option<&PaymentId>,
        page: &PageRequest<String>,
    ) -> Result<Page<RefundView, String>, StoreError>;
    /// Disputes, of that status if one is given, by key.
    async fn disputes(
        &self,
        status: Option<DisputeStatus>,
        page: &PageRequest<String>,
    ) -> Result<Page<DisputeView, String>, StoreError>;
    /// What one operator asked and another decides, of these kinds and of that status if one is given, by key.
    async fn approvals(
        &self,
        kinds: &[ApprovalKind],
        status: Option<ApprovalStatus>,
        page: &PageRequest<String>,
    ) -> Result<Page<ApprovalView, String>, StoreError>;
    /// What a gateway paid us out by that report.
    async fn settlement(&self, reference: &str) -> Result<Option<SettlementView>, StoreError>;
    /// What was posted about a payment, in order.
    async fn journal(&self, payment: &PaymentId) -> Result<Vec<EntryView>, StoreError>;
    /// The accounts and their balances, by key.
    async fn balances(&self, page: &PageRequest<String>) -> Result<Page<BalanceView, String>, StoreError>;
    /// What of the books does not hold, from one snapshot; nothing if they are sound. PostgreSQL only.
    async fn verify(&self) -> Result<Vec<FindingView>, StoreError>;
}

/// What a gateway is asked to give back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundOrder {
    /// Our key: asked again with the same, the gateway gives back once.
    pub key: String,
    /// The gateway's key of the order.
    pub order: Option<String>,
    /// The gateway's key of the attempt that brought the money.
    pub attempt: String,
    /// How much.
    pub amount: Money,
}

/// Whoever is asked does not answer, or not what they should: nobody knows what came of it.
#[derive(Debug, thiserror::Error)]
#[error("the provider does not answer: {reason}")]
pub struct ProviderDown {
    /// What happened.
    pub reason: String,
}

/// Gives students' money back for us.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait RefundGateway: Send + Sync {
    /// Gives back, or tells what came of it when it was asked with this key before. Nothing if that is not known yet.
    async fn refund(&self, order: RefundOrder) -> Result<Option<RefundOutcome>, ProviderDown>;
}

/// What a provider is asked to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutOrder {
    /// Our key: asked again with the same, the provider pays once.
    pub key: PayoutAttemptId,
    /// Whose share it is.
    pub payment: PaymentId,
    /// To whom.
    pub mentor: UserId,
    /// How much.
    pub amount: Money,
}

/// Pays mentors for us.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait PayoutProvider: Send + Sync {
    /// The provider's name, as payouts keep it.
    fn name(&self) -> String;
    /// Pays, or tells what came of it when it was asked with this key before. Nothing if that is not known yet.
    async fn pay(&self, order: PayoutOrder) -> Result<Option<PayoutOutcome>, ProviderDown>;
    /// Whether somebody tells us later what came of it, so that there is no use in asking.
    fn is_told(&self) -> bool;
}
