//! The cast of what becomes of money: somebody's session, and two operators who may decide about all of it.

use application_billing::{
    ApprovalView, AskClawBack, BillingError, DecideApproval, DisputeFact, DisputeTold, PayoutView,
    RecordPayout, RefundPayment, RefundView, ReleasePayout, ReleaseView,
};
use application_booking::SessionView;
use application_kernel::{CurrentOperator, PageRequest, PageSize, Permission, transact};
use application_operations::AuditFilter;
use domain_billing::{FactOutcome, PayoutOutcome};
use domain_kernel::{
    Account, AccountKind, Currency, EntryKind, JournalEntry, Money, PaymentId, PayoutAttemptId, hours,
    minutes,
};

use super::booked::Booked;
use super::staff::Staff;
use super::stores::Stores;
use super::world::{World, ticket};

/// A cast, and an operator who may decide about all money.
pub struct Cast {
    pub booked: Booked,
    pub ops: CurrentOperator,
    pub other: CurrentOperator,
}

pub const MONEY: [Permission; 3] = [Permission::Payouts, Permission::Refunds, Permission::Disputes];

impl Cast {
    pub async fn over(stores: Stores) -> Self {
        Self::in_world(World::over(stores)).await
    }

    pub async fn in_world(world: World) -> Self {
        let booked = Booked::in_world(world).await;
        let ops = Staff::join(&booked.world, "ops", &MONEY).await.caller(&booked.world).await;
        let other = Staff::join(&booked.world, "second", &MONEY).await.caller(&booked.world).await;
        Self { booked, ops, other }
    }

    /// A session of which every meeting took place, and whose hold is over.
    pub async fn payable(&self) -> (SessionView, PaymentId) {
        let session = self.booked.scheduled().await;
        for item in 1..=8 {
            self.booked.pass_to(&session, item, minutes(20)).await;
            self.booked.complete(&session, u32::try_from(item).unwrap()).await.unwrap();
        }
        self.booked.world.pass(hours(73)).await;
        let payment = self.booked.ledger(&session).await.payment;
        (session, payment)
    }

    pub async fn paid_out(&self) -> (SessionView, PaymentId) {
        let (session, payment) = self.payable().await;
        self.release(&payment).await.unwrap();
        self.work().await;
        assert_eq!(self.payout(&payment).await.status, "RELEASED");
        (session, payment)
    }

    pub async fn work(&self) {
        self.booked.world.worker.drain().await.unwrap();
    }

    pub async fn payout(&self, payment: &PaymentId) -> PayoutView {
        let world = &self.booked.world;
        world.stores.books.payout(payment, world.now()).await.unwrap().unwrap()
    }

    pub async fn refunds(&self, payment: &PaymentId) -> Vec<RefundView> {
        let page = PageRequest { size: PageSize::DEFAULT, after: None };
        self.booked.world.stores.books.refunds(None, Some(payment), &page).await.unwrap().items
    }

    pub async fn payment_of(&self, session: &SessionView) -> String {
        self.booked.seen(&self.booked.student, session).await.payment.unwrap().status
    }

    /// How often this was done, as the audit knows.
    pub async fn audited(&self, action: &str) -> usize {
        let filter = AuditFilter { action: Some(action.to_owned()), ..AuditFilter::default() };
        let page = PageRequest { size: PageSize::MOST, after: None };
        self.booked.world.stores.staff.audit(&filter, &page).await.unwrap().items.len()
    }

    pub async fn release(&self, payment: &PaymentId) -> Result<ReleaseView, BillingError> {
        let command = ReleasePayout { ticket: ticket(&self.ops), payment: payment.clone() };
        self.booked.world.billing.release(command).await.map(|reply| reply.into_new().unwrap())
    }

    pub async fn refund(&self, payment: &PaymentId, amount: Option<i64>) -> Result<RefundView, BillingError> {
        let (payment, reason) = (payment.clone(), "late".to_owned());
        let command = RefundPayment { ticket: ticket(&self.ops), payment, amount_minor: amount, reason };
        self.booked.world.billing.refund(command).await.map(|reply| reply.into_new().unwrap())
    }

    pub async fn claw_back(
        &self,
        payment: &PaymentId,
        amount: Option<i64>,
    ) -> Result<ApprovalView, BillingError> {
        let (payment, reason) = (payment.clone(), "fraud".to_owned());
        let command = AskClawBack { ticket: ticket(&self.ops), payment, amount_minor: amount, reason };
        self.booked.world.billing.ask_claw_back(command).await.map(|reply| reply.into_new().unwrap())
    }

    pub async fn decide(
        &self,
        by: &CurrentOperator,
        approval: &ApprovalView,
        approves: bool,
    ) -> Result<ApprovalView, BillingError> {
        let approval = approval.id.parse_id();
        let command = DecideApproval { ticket: ticket(by), approval, approves };
        self.booked.world.billing.decide_approval(command).await.map(|reply| reply.into_new().unwrap())
    }

    pub async fn record(
        &self,
        view: &PayoutView,
        outcome: PayoutOutcome,
    ) -> Result<PayoutView, BillingError> {
        let attempt = PayoutAttemptId::parse(view.last_attempt.as_ref().unwrap().id.clone()).unwrap();
        let command = RecordPayout { ticket: ticket(&self.ops), attempt, outcome };
        self.booked.world.billing.record_by_hand(command).await.map(|reply| reply.into_new().unwrap())
    }

    pub async fn dispute(
        &self,
        session: &SessionView,
        what: DisputeTold,
    ) -> Result<FactOutcome, BillingError> {
        let payment = self.booked.seen(&self.booked.student, session).await.payment.unwrap();
        let (gateway, order) = ("simulated".to_owned(), payment.order.unwrap());
        let fact = DisputeFact { gateway, order, key: "d1".into(), what };
        self.booked.world.billing.record_dispute(&fact).await
    }

    pub async fn balance(&self, account: &str) -> i64 {
        let page = PageRequest { size: PageSize::parse(100).unwrap(), after: None };
        let found = self.booked.world.stores.books.balances(&page).await.unwrap().items;
        found.into_iter().find(|view| view.account == account).map_or(0, |view| view.balance_minor)
    }

    pub async fn check(&self) {
        self.booked.check().await;
    }
}

trait ParseId {
    fn parse_id(&self) -> domain_kernel::ApprovalId;
}

impl ParseId for String {
    fn parse_id(&self) -> domain_kernel::ApprovalId {
        domain_kernel::ApprovalId::parse(self.clone()).unwrap()
    }
}

pub fn code<V: std::fmt::Debug>(outcome: Result<V, BillingError>) -> &'static str {
    use application_kernel::MeansCode;
    outcome.unwrap_err().code().name
}

/// Lets the gateway hold so much for us, in minor units.
pub async fn gateway_holds(world: &World, minor: i64) {
    let inr = Currency::parse("INR").unwrap();
    let (from, to) = (Account::of(AccountKind::GatewayClearing), Account::of(AccountKind::Unapplied));
    let entry = JournalEntry::new(EntryKind::CaptureUnapplied, "g:1", 0, None, inr);
    let entry = entry.transfer(from, to, Money::parse(minor, inr).unwrap()).unwrap();
    let now = world.now();
    transact(&*world.stores.billing, || {
        async |tx| tx.journal().post(std::slice::from_ref(&entry), now).await
    })
    .await
    .unwrap();
}
