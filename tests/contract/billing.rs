//! What billing's stores keep, on both technologies.

use application_billing::ports::{BillingTx, ONE_WAITING, REVERSED_ONCE, SETTLED_ONCE, Totals};
use application_billing::{ApprovalView, DisputeView, RefundView, SettlementView};
use application_kernel::{
    MoneyView, NOT_OVERDRAWN, POSTED_ONCE, Page, PageRequest, PageSize, StoreError, UnitOfWork,
};
use domain_billing::{
    Approval, ApprovalKind, ApprovalStatus, AttemptStatus, Dispute, DisputeStatus, DisputeStep, PayoutStatus,
    Refund, RefundCause, RefundOutcome, RefundSource, RefundStatus,
};
use domain_kernel::{
    Account, AccountKind, ApprovalId, Currency, DisputeId, EntryKind, JournalEntry, Money, OperatorId,
    PaymentId, PayoutAttemptId, RefundId,
};

use crate::both_stores;
use crate::support::booked::Booked;
use crate::support::people::now;
use crate::support::staff::Staff;
use crate::support::stores::Stores;

both_stores! {
    a_refund_is_read_as_it_was_written_and_saved_by_whom_it_belongs_to,
    a_try_is_read_as_it_was_written_and_only_one_is_open,
    a_dispute_is_read_as_it_was_written_and_only_one_is_open,
    an_approval_is_asked_once_at_a_time,
    totals_count_what_came_and_what_went_back,
    a_settlement_counts_once,
    an_entry_is_posted_once_and_moves_its_accounts,
    nothing_is_owed_less_than_nothing,
    queues_are_pages_by_key_and_status,
}

fn inr(minor: i64) -> Money {
    Money::parse(minor, Currency::parse("INR").unwrap()).unwrap()
}

/// A paid session's payment, and an operator.
struct Cast {
    booked: Booked,
    payment: PaymentId,
    operator: OperatorId,
}

impl Cast {
    async fn over(stores: Stores) -> Self {
        let booked = Booked::over(stores).await;
        let session = booked.scheduled().await;
        let operator = Staff::join(&booked.world, "ops", &[]).await.caller(&booked.world).await.id;
        let payment = booked.ledger(&session).await.payment;
        Self { booked, payment, operator }
    }

    async fn with<R>(
        &self,
        work: impl AsyncFn(&mut BillingTx) -> Result<R, StoreError>,
    ) -> Result<R, StoreError> {
        let store = &*self.booked.world.stores.billing;
        let mut tx = store.begin().await?;
        let outcome = work(&mut tx).await;
        match outcome {
            Ok(value) => tx.end().commit().await.map(|()| value),
            Err(error) => {
                tx.end().rollback().await;
                Err(error)
            }
        }
    }

    fn refund(&self, id: &str, amount: i64) -> Refund {
        let mut refund = Refund::request(
            RefundId::parse(id).unwrap(),
            self.payment.clone(),
            "attempt".into(),
            inr(amount),
            (RefundCause::Operator, RefundSource::Escrow),
            now(),
        )
        .0;
        refund.reason = Some("late".into());
        refund.asked_by = Some(self.operator.clone());
        refund
    }

    fn dispute(&self, key: &str) -> Dispute {
        Dispute::open(
            DisputeId::parse(format!("d-{key}")).unwrap(),
            self.payment.clone(),
            key.into(),
            inr(100),
            now(),
        )
    }

    fn approval(&self, id: &str) -> Approval {
        Approval::ask(
            ApprovalId::parse(id).unwrap(),
            ApprovalKind::Payout,
            self.payment.clone(),
            inr(100),
            "large".into(),
            self.operator.clone(),
            now(),
        )
    }
}

async fn a_refund_is_read_as_it_was_written_and_saved_by_whom_it_belongs_to(stores: Stores) {
    let cast = Cast::over(stores).await;
    let refund = cast.refund("r1", 100);
    cast.with(async |tx| tx.refunds().add(&refund).await).await.unwrap();
    assert!(cast.with(async |tx| tx.refunds().add(&refund).await).await.is_err(), "a key is used once");
    let mut changed = cast.with(async |tx| tx.refunds().get(&refund.id).await).await.unwrap();
    assert_eq!(changed, refund);
    assert!(changed.submit(now()));
    changed.settle(&changed.key(), &RefundOutcome::Failed { reason: "no".into() }, now()).unwrap();
    let saved = cast
        .with(async |tx| {
            let mut refund = changed.clone();
            tx.refunds().save(&mut refund).await?;
            Ok(refund)
        })
        .await
        .unwrap();
    assert_eq!(saved.version, 1);
    assert_eq!(cast.with(async |tx| tx.refunds().find(&refund.id).await).await, Ok(Some(saved)));
    let stale = cast.with(async |tx| tx.refunds().save(&mut changed.clone()).await).await;
    assert_eq!(stale, Err(StoreError::Conflict));
}

async fn a_try_is_read_as_it_was_written_and_only_one_is_open(stores: Stores) {
    let cast = Cast::over(stores).await;
    let attempt = async |id: &str| {
        let mut ledger = cast.with(async |tx| tx.books().ledger(&cast.payment).await).await.unwrap();
        ledger.hold_until(now(), now());
        ledger.earn(false, now()).unwrap();
        let id = PayoutAttemptId::parse(id).unwrap();
        ledger.release(id, "bank".into(), Some(cast.operator.clone()), now()).unwrap().0
    };
    let (first, mut second) = (attempt("a1").await, attempt("a2").await);
    cast.with(async |tx| tx.payouts().add(&first).await).await.unwrap();
    assert_eq!(cast.with(async |tx| tx.payouts().get(&first.id).await).await, Ok(first.clone()));
    second.number = 2;
    let open = cast.with(async |tx| tx.payouts().add(&second).await).await;
    assert_eq!(open, Err(StoreError::Duplicate { constraint: "payout_attempts_one_open".into() }));
    let mut failed = first.clone();
    failed.status = AttemptStatus::Failed;
    failed.failure = Some("closed".into());
    failed.settled_at = Some(now());
    cast.with(async |tx| tx.payouts().save(&mut failed.clone()).await).await.unwrap();
    let stale = cast.with(async |tx| tx.payouts().save(&mut failed.clone()).await).await;
    assert_eq!(stale, Err(StoreError::Conflict));
    cast.with(async |tx| tx.payouts().add(&second).await).await.unwrap();
    let last = cast.with(async |tx| tx.payouts().last(&cast.payment).await).await.unwrap();
    assert_eq!(last, Some(second));
}

async fn a_dispute_is_read_as_it_was_written_and_only_one_is_open(stores: Stores) {
    let cast = Cast::over(stores).await;
    let mut dispute = cast.dispute("one");
    cast.with(async |tx| tx.disputes().add(&dispute).await).await.unwrap();
    let read = cast.with(async |tx| tx.disputes().by_key(&cast.payment, "one").await).await.unwrap();
    assert_eq!(read, Some(dispute.clone()));
    let other = cast.dispute("two");
    let open = cast.with(async |tx| tx.disputes().add(&other).await).await;
    assert!(matches!(open, Err(StoreError::Duplicate { .. })), "{open:?}");
    dispute.decide(DisputeStep::Win, now()).unwrap();
    cast.with(async |tx| tx.disputes().save(&mut dispute.clone()).await).await.unwrap();
    let stale = cast.with(async |tx| tx.disputes().save(&mut dispute.clone()).await).await;
    assert_eq!(stale, Err(StoreError::Conflict));
    cast.with(async |tx| tx.disputes().add(&other).await).await.unwrap();
}

async fn an_approval_is_asked_once_at_a_time(stores: Stores) {
    let cast = Cast::over(stores).await;
    let mut first = cast.approval("p1");
    let second = cast.approval("p2");
    cast.with(async |tx| tx.payouts().ask(&first).await).await.unwrap();
    let twice = cast.with(async |tx| tx.payouts().ask(&second).await).await;
    assert_eq!(twice, Err(StoreError::Duplicate { constraint: ONE_WAITING.into() }));
    let waiting = async |kind| cast.with(async |tx| tx.payouts().waiting(&cast.payment, kind).await).await;
    assert_eq!(waiting(ApprovalKind::Payout).await, Ok(Some(first.clone())));
    assert_eq!(waiting(ApprovalKind::ClawBack).await, Ok(None));
    first.decide(&cast.operator, false, now()).unwrap();
    cast.with(async |tx| tx.payouts().save_approval(&first).await).await.unwrap();
    assert_eq!(waiting(ApprovalKind::Payout).await, Ok(None));
    assert_eq!(cast.with(async |tx| tx.payouts().approval(&first.id).await).await, Ok(first.clone()));
    cast.with(async |tx| tx.payouts().ask(&second).await).await.unwrap();
}

async fn totals_count_what_came_and_what_went_back(stores: Stores) {
    let cast = Cast::over(stores).await;
    let totals = async || cast.with(async |tx| tx.books().totals(&cast.payment).await).await.unwrap();
    assert_eq!(totals().await, Totals { captured: 249_900, refunded: 0, in_flight: 0 });
    let mut refund = cast.refund("r1", 100);
    cast.with(async |tx| tx.refunds().add(&refund).await).await.unwrap();
    assert_eq!(totals().await, Totals { captured: 249_900, refunded: 0, in_flight: 1 });
    refund.submit(now());
    refund.settle(&refund.key(), &RefundOutcome::Processed, now()).unwrap();
    cast.with(async |tx| tx.refunds().save(&mut refund.clone()).await).await.unwrap();
    let mut dispute = cast.dispute("one");
    cast.with(async |tx| tx.disputes().add(&dispute).await).await.unwrap();
    assert_eq!(totals().await, Totals { captured: 249_900, refunded: 100, in_flight: 0 });
    dispute.decide(DisputeStep::Lose, now()).unwrap();
    cast.with(async |tx| tx.disputes().save(&mut dispute.clone()).await).await.unwrap();
    assert_eq!(totals().await, Totals { captured: 249_900, refunded: 200, in_flight: 0 });
}

async fn a_settlement_counts_once(stores: Stores) {
    let cast = Cast::over(stores).await;
    let money = |minor| MoneyView { minor, currency: "INR".into() };
    let settlement = SettlementView {
        reference: "s1".into(),
        amount: money(100),
        fee: money(2),
        reversed_at: None,
        reversal_reason: None,
    };
    let add = async || {
        cast.with(async |tx| tx.books().add_settlement(&settlement, &cast.operator, now()).await).await
    };
    add().await.unwrap();
    assert_eq!(add().await, Err(StoreError::Duplicate { constraint: SETTLED_ONCE.into() }));
    let books = &cast.booked.world.stores.books;
    assert_eq!(books.settlement("s1").await, Ok(Some(settlement.clone())));
    assert_eq!(books.settlement("s2").await, Ok(None));
    let reverse = async || {
        cast.with(async |tx| tx.books().reverse_settlement("s1", "wrong", &cast.operator, now()).await).await
    };
    reverse().await.unwrap();
    assert_eq!(reverse().await, Err(StoreError::Duplicate { constraint: REVERSED_ONCE.into() }));
    let (reversed_at, reversal_reason) = (Some(now().to_string()), Some("wrong".to_owned()));
    let reversed = Some(SettlementView { reversed_at, reversal_reason, ..settlement.clone() });
    assert_eq!(books.settlement("s1").await, Ok(reversed.clone()));
    assert_eq!(cast.with(async |tx| tx.books().settlement("s1").await).await, Ok(reversed));
    let held = async |code: &str| {
        let currency = Currency::parse(code).unwrap();
        cast.with(async |tx| tx.books().clearing(currency).await).await
    };
    assert_eq!((held("INR").await, held("USD").await), (Ok(Some(249_900)), Ok(None)));
}

fn entry(source: &str, debit: AccountKind, credit: AccountKind, minor: i64) -> JournalEntry {
    JournalEntry::new(EntryKind::Settlement, source, 0, None, Currency::parse("INR").unwrap())
        .transfer(Account::of(debit), Account::of(credit), inr(minor))
        .unwrap()
}

async fn an_entry_is_posted_once_and_moves_its_accounts(stores: Stores) {
    let cast = Cast::over(stores).await;
    let balance = async |account: &str| {
        let page = PageRequest { size: PageSize::parse(100).unwrap(), after: None };
        let found = cast.booked.world.stores.books.balances(&page).await.unwrap().items;
        found.into_iter().find(|view| view.account == account).map(|view| view.balance_minor)
    };
    assert_eq!(balance("gateway_clearing:INR").await, Some(249_900));
    assert_eq!(balance("escrow:INR").await, Some(249_900));
    let settled = entry("s1", AccountKind::Bank, AccountKind::GatewayClearing, 900);
    let fees = entry("s2", AccountKind::GatewayFees, AccountKind::GatewayClearing, 100);
    let post =
        async |entries: &[JournalEntry]| cast.with(async |tx| tx.journal().post(entries, now()).await).await;
    post(&[settled.clone(), fees, entry("s3", AccountKind::Bank, AccountKind::Escrow, 0)]).await.unwrap();
    assert_eq!(balance("gateway_clearing:INR").await, Some(248_900));
    assert_eq!(balance("bank:INR").await, Some(900));
    assert_eq!(balance("gateway_fees:INR").await, Some(100));
    let again = post(&[settled]).await;
    assert_eq!(again, Err(StoreError::Duplicate { constraint: POSTED_ONCE.into() }));
    assert_eq!(balance("bank:INR").await, Some(900), "nothing of it lasts");
}

async fn nothing_is_owed_less_than_nothing(stores: Stores) {
    let cast = Cast::over(stores).await;
    let too_much = entry("s1", AccountKind::Escrow, AccountKind::GatewayClearing, 249_901);
    let refused = cast.with(async |tx| tx.journal().post(std::slice::from_ref(&too_much), now()).await).await;
    assert_eq!(refused, Err(StoreError::Refused { constraint: NOT_OVERDRAWN.into() }));
}

async fn queues_are_pages_by_key_and_status(stores: Stores) {
    let cast = Cast::over(stores).await;
    let books = &cast.booked.world.stores.books;
    for id in ["r1", "r2", "r3"] {
        cast.with(async |tx| tx.refunds().add(&cast.refund(id, 1)).await).await.unwrap();
    }
    cast.with(async |tx| tx.disputes().add(&cast.dispute("one")).await).await.unwrap();
    cast.with(async |tx| tx.payouts().ask(&cast.approval("p1")).await).await.unwrap();
    let page = |after: Option<&str>| PageRequest {
        size: PageSize::parse(2).unwrap(),
        after: after.map(str::to_owned),
    };
    let ids = |found: Page<RefundView, String>| -> (Vec<String>, Option<String>) {
        (found.items.into_iter().map(|view| view.id).collect(), found.next)
    };
    let first = books.refunds(Some(RefundStatus::Requested), Some(&cast.payment), &page(None)).await.unwrap();
    assert_eq!(ids(first), (vec!["r1".into(), "r2".into()], Some("r2".into())));
    let second = books.refunds(None, None, &page(Some("r2"))).await.unwrap();
    assert_eq!(ids(second), (vec!["r3".into()], None));
    let none = books.refunds(Some(RefundStatus::Failed), None, &page(None)).await.unwrap();
    assert_eq!(ids(none), (vec![], None));
    let disputes = books.disputes(Some(DisputeStatus::Open), &page(None)).await.unwrap().items;
    assert_eq!(disputes, [DisputeView::of(&cast.dispute("one"))]);
    assert_eq!(books.disputes(Some(DisputeStatus::Won), &page(None)).await.unwrap().items, []);
    let waiting = Some(ApprovalStatus::Waiting);
    let approvals = books.approvals(&[ApprovalKind::Payout], waiting, &page(None)).await.unwrap().items;
    assert_eq!(approvals, [ApprovalView::of(&cast.approval("p1"))]);
    assert_eq!(books.approvals(&[ApprovalKind::ClawBack], waiting, &page(None)).await.unwrap().items, []);
    assert_eq!(books.approvals(&[], None, &page(None)).await.unwrap().items, []);
    let pending = books.payouts(Some(PayoutStatus::Pending), &page(None), now()).await.unwrap().items;
    assert_eq!(pending.len(), 1);
    assert_eq!(books.payouts(Some(PayoutStatus::Ready), &page(None), now()).await.unwrap().items, []);
    let one = books.payout(&cast.payment, now()).await.unwrap().unwrap();
    assert_eq!(one, pending[0]);
    let nobody = PaymentId::parse("nobody").unwrap();
    assert_eq!(books.payout(&nobody, now()).await, Ok(None));
    let entries = books.journal(&cast.payment).await.unwrap();
    assert_eq!(entries.iter().map(|entry| entry.kind.as_str()).collect::<Vec<_>>(), ["capture"]);
}
