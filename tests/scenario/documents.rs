//! Receipts, invoices and credit notes: what is issued when, and that it adds up.

use std::collections::BTreeMap;
use std::sync::Arc;

use application_billing::ports::BillingTx;
use application_billing::{
    DisputeTold, DocumentView, EarningView, Month, NewDocument, OwnPaymentView, Particulars, StatementView,
};
use application_booking::ports::GatewaySimulator;
use application_kernel::{CurrentUser, PageRequest, PageSize, StoreError, UnitOfWork, transact};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use domain_billing::{DisputeStep, DocumentKind, FactKind, PayoutOutcome};
use domain_kernel::PaymentId;
use futures_util::future::join_all;

use crate::both_stores;
use crate::support::money::Cast;
use crate::support::people::inr;
use crate::support::stores::Stores;

both_stores! {
    a_payment_has_one_receipt_however_often_it_is_looked_at,
    what_goes_back_has_a_credit_note_for_its_receipt,
    money_that_had_nothing_to_pay_for_has_a_receipt_and_a_credit_note_of_its_own,
    the_fee_is_invoiced_when_the_mentor_is_paid,
    what_the_bank_sends_back_takes_its_invoice_back,
    a_claw_back_credits_both_sides,
    a_lost_dispute_credits_the_student_and_after_the_payout_the_mentor,
    a_document_keeps_the_names_of_its_day,
}

/// A document as (number, amount in minor units, what it corrects).
type Short = (String, i64, Option<String>);

fn short(documents: &[DocumentView]) -> Vec<Short> {
    let of = |view: &DocumentView| (view.number.clone(), view.amount.minor, view.corrects.clone());
    let mut found: Vec<Short> = documents.iter().map(of).collect();
    found.sort();
    found
}

fn expected(documents: &[(&str, i64, Option<&str>)]) -> Vec<Short> {
    documents
        .iter()
        .map(|(number, minor, corrects)| ((*number).to_owned(), *minor, corrects.map(str::to_owned)))
        .collect()
}

fn all<K>() -> PageRequest<K> {
    PageRequest { size: PageSize::parse(100).unwrap(), after: None }
}

async fn documents(cast: &Cast, by: &CurrentUser) -> Vec<DocumentView> {
    cast.booked.world.stores.statements.own_documents(&by.id, &all()).await.unwrap().items
}

async fn of_student(cast: &Cast) -> Vec<Short> {
    short(&documents(cast, &cast.booked.student).await)
}

async fn of_mentor(cast: &Cast) -> Vec<Short> {
    short(&documents(cast, &cast.booked.mentor).await)
}

async fn payment(cast: &Cast) -> OwnPaymentView {
    let statements = &cast.booked.world.stores.statements;
    statements.own_payments(&cast.booked.student.id, &all()).await.unwrap().items.remove(0)
}

async fn earning(cast: &Cast) -> EarningView {
    let statements = &cast.booked.world.stores.statements;
    statements.own_earnings(&cast.booked.mentor.id, &all()).await.unwrap().items.remove(0)
}

async fn statement(cast: &Cast) -> StatementView {
    let now = cast.booked.world.now();
    let month = Month::parse(&now.to_string()[..7]).unwrap();
    let statements = &cast.booked.world.stores.statements;
    let (mentor, lines) = statements.movements(&cast.booked.mentor.id, month).await.unwrap();
    StatementView::of(mentor, month, lines, now).unwrap()
}

/// Receipts less credit notes are what came less what went back, in every currency; invoices less credit notes are the
/// fee of what was paid out. And what was issued is issued.
async fn check(cast: &Cast, id: &PaymentId) {
    assert_eq!(cast.booked.world.billing.issue_documents(id).await.unwrap(), [], "nothing is left to issue");
    let sum = |documents: Vec<DocumentView>| -> BTreeMap<String, i64> {
        let mut sums = BTreeMap::new();
        for view in documents {
            let sign = if view.kind.ends_with("credit_note") { -1 } else { 1 };
            *sums.entry(view.amount.currency).or_default() += sign * view.amount.minor;
        }
        sums.retain(|_, sum| *sum != 0);
        sums
    };
    let totals: Result<_, StoreError> = transact(&*cast.booked.world.stores.billing, || {
        async |tx: &mut BillingTx| tx.books().totals(id).await
    })
    .await;
    let totals = totals.unwrap();
    let left = totals.captured - totals.refunded;
    let student = sum(documents(cast, &cast.booked.student).await);
    assert_eq!(student.get("INR").copied().unwrap_or_default(), left);
    assert!(student.keys().all(|currency| currency == "INR"), "all else went back: {student:?}");
    let revenue = cast.balance("platform_revenue:INR").await;
    let earned = if cast.payout(id).await.status == "RELEASED" { revenue } else { 0 };
    let mentor = sum(documents(cast, &cast.booked.mentor).await);
    assert_eq!(mentor.get("INR").copied().unwrap_or_default(), earned);
    cast.check().await;
}

async fn a_payment_has_one_receipt_however_often_it_is_looked_at(stores: Stores) {
    let cast = Cast::over(stores).await;
    let session = cast.booked.scheduled().await;
    let id = cast.booked.ledger(&session).await.payment;
    assert_eq!(of_student(&cast).await, [], "it is issued by a job");
    cast.work().await;
    assert_eq!(of_student(&cast).await, expected(&[("RCP-2026-000001", 249_900, None)]));
    for _ in 0..3 {
        assert_eq!(cast.booked.world.billing.issue_documents(&id).await.unwrap(), []);
    }
    let view = documents(&cast, &cast.booked.student).await.remove(0);
    assert_eq!((view.student.name.as_str(), view.mentor.name.as_str()), ("asha Person", "ravi Person"));
    assert_eq!((view.skill.as_str(), view.plan.as_deref()), ("Java Programming", Some("STANDARD")));
    assert_eq!(of_mentor(&cast).await, []);
    let own = payment(&cast).await;
    assert_eq!((own.status.as_str(), own.returned.minor, own.documents), ("SUCCESS", 0, vec![view.number]));
    check(&cast, &id).await;
}

async fn what_goes_back_has_a_credit_note_for_its_receipt(stores: Stores) {
    let cast = Cast::over(stores).await;
    let session = cast.booked.scheduled().await;
    let id = cast.booked.ledger(&session).await.payment;
    cast.refund(&id, Some(50_000)).await.unwrap();
    assert_eq!((payment(&cast).await.returned.minor, payment(&cast).await.returning.minor), (0, 50_000));
    cast.work().await;
    cast.booked.cancel(&cast.booked.mentor, &session).await.unwrap();
    cast.work().await;
    let receipt = Some("RCP-2026-000001");
    let due = [
        ("CRN-2026-000001", 50_000, receipt),
        ("CRN-2026-000002", 199_900, receipt),
        ("RCP-2026-000001", 249_900, None),
    ];
    assert_eq!(of_student(&cast).await, expected(&due));
    let own = payment(&cast).await;
    assert_eq!((own.status.as_str(), own.returned.minor, own.returning.minor), ("REFUNDED", 249_900, 0));
    assert_eq!(own.documents.len(), 3);
    assert!(earning(&cast).await.voided_at.is_some());
    check(&cast, &id).await;
}

async fn money_that_had_nothing_to_pay_for_has_a_receipt_and_a_credit_note_of_its_own(stores: Stores) {
    let cast = Cast::over(stores).await;
    let booked = &cast.booked;
    let session = booked.scheduled().await;
    let order = booked.seen(&booked.student, &session).await.payment.unwrap().order.unwrap();
    for (attempt, amount) in [("2", None), ("3", Some((99, "USD".into()))), ("4", Some((99, "JPY".into())))] {
        let fact = booked.world.gateway.fact(&order, attempt, FactKind::Captured, amount).unwrap();
        booked.world.booking.record_gateway_fact(&fact).await.unwrap();
    }
    cast.work().await;
    let found = of_student(&cast).await;
    let receipts: Vec<i64> =
        found.iter().filter(|(number, ..)| number.starts_with("RCP")).map(|(_, minor, _)| *minor).collect();
    assert_eq!(receipts.iter().sum::<i64>(), 249_900 * 2 + 99, "what nobody can hold has none: {found:?}");
    let notes: Vec<&Short> = found.iter().filter(|(number, ..)| number.starts_with("CRN")).collect();
    assert_eq!(notes.len(), 2, "{found:?}");
    for (_, minor, corrects) in notes {
        let receipt = found.iter().find(|(number, ..)| Some(number) == corrects.as_ref()).unwrap();
        assert_eq!(receipt.1, *minor, "each goes back against its own receipt: {found:?}");
    }
    check(&cast, &booked.ledger(&session).await.payment).await;
}

async fn the_fee_is_invoiced_when_the_mentor_is_paid(stores: Stores) {
    let cast = Cast::over(stores).await;
    let (_, id) = cast.payable().await;
    assert_eq!(of_mentor(&cast).await, []);
    assert_eq!((earning(&cast).await.status.as_str(), statement(&cast).await.lines.len()), ("READY", 0));
    check(&cast, &id).await;
    cast.release(&id).await.unwrap();
    cast.work().await;
    assert_eq!(of_mentor(&cast).await, expected(&[("INV-2026-000001", 37_485, None)]));
    let invoice = documents(&cast, &cast.booked.mentor).await.remove(0);
    assert_eq!(invoice.of.unwrap().minor, 249_900);
    let own = earning(&cast).await;
    assert_eq!((own.fee.minor, own.share.minor, own.owed.minor), (37_485, 212_415, 0));
    assert_eq!((own.status.as_str(), own.paid_at.is_some()), ("RELEASED", true));
    assert_eq!(own.documents, ["INV-2026-000001"]);
    let found = statement(&cast).await;
    assert_eq!((found.lines.len(), found.mentor.name.as_str(), found.is_over), (1, "ravi Person", false));
    let line = &found.lines[0];
    assert_eq!((line.kind.as_str(), line.amount_minor, line.fee_minor), ("paid", 212_415, 37_485));
    assert_eq!((line.student.as_str(), line.reference.is_some()), ("asha Person", true));
    let totals = &found.totals[0];
    assert_eq!((totals.paid_minor, totals.net_minor, totals.fee_minor), (212_415, 212_415, 37_485));
    check(&cast, &id).await;
}

async fn what_the_bank_sends_back_takes_its_invoice_back(stores: Stores) {
    let cast = Cast::over(stores).await;
    let (_, id) = cast.paid_out().await;
    cast.record(&cast.payout(&id).await, PayoutOutcome::Returned { reason: "closed".into() }).await.unwrap();
    cast.work().await;
    check(&cast, &id).await;
    cast.release(&id).await.unwrap();
    cast.work().await;
    let due = [
        ("CRN-2026-000001", 37_485, Some("INV-2026-000001")),
        ("INV-2026-000001", 37_485, None),
        ("INV-2026-000002", 37_485, None),
    ];
    assert_eq!(of_mentor(&cast).await, expected(&due));
    let found = statement(&cast).await;
    let lines: Vec<(&str, i64, i64)> =
        found.lines.iter().map(|line| (line.kind.as_str(), line.amount_minor, line.fee_minor)).collect();
    let moved = [("paid", 212_415, 37_485), ("returned", -212_415, -37_485), ("paid", 212_415, 37_485)];
    assert_eq!(lines, moved);
    let totals = &found.totals[0];
    assert_eq!((totals.paid_minor, totals.returned_minor, totals.net_minor), (424_830, -212_415, 212_415));
    check(&cast, &id).await;
}

async fn a_claw_back_credits_both_sides(stores: Stores) {
    let cast = Cast::over(stores).await;
    let (_, id) = cast.paid_out().await;
    let asked = cast.claw_back(&id, Some(100_000)).await.unwrap();
    cast.decide(&cast.other, &asked, true).await.unwrap();
    cast.work().await;
    let student = [("CRN-2026-000002", 100_000, Some("RCP-2026-000001")), ("RCP-2026-000001", 249_900, None)];
    assert_eq!(of_student(&cast).await, expected(&student));
    let mentor = [("CRN-2026-000001", 15_000, Some("INV-2026-000001")), ("INV-2026-000001", 37_485, None)];
    assert_eq!(of_mentor(&cast).await, expected(&mentor));
    assert_eq!(earning(&cast).await.owed.minor, 85_000);
    let totals = statement(&cast).await.totals.remove(0);
    assert_eq!((totals.owed_minor, totals.fee_minor), (-85_000, 22_485));
    check(&cast, &id).await;
}

async fn a_lost_dispute_credits_the_student_and_after_the_payout_the_mentor(stores: Stores) {
    let cast = Cast::over(stores).await;
    let (session, id) = cast.paid_out().await;
    cast.dispute(&session, DisputeTold::Opened(Some(100_000))).await.unwrap();
    cast.work().await;
    check(&cast, &id).await;
    cast.dispute(&session, DisputeTold::Ended(DisputeStep::Lose)).await.unwrap();
    cast.work().await;
    let student = [("CRN-2026-000001", 100_000, Some("RCP-2026-000001")), ("RCP-2026-000001", 249_900, None)];
    assert_eq!(of_student(&cast).await, expected(&student));
    let mentor = [("CRN-2026-000002", 15_000, Some("INV-2026-000001")), ("INV-2026-000001", 37_485, None)];
    assert_eq!(of_mentor(&cast).await, expected(&mentor));
    assert_eq!(payment(&cast).await.returned.minor, 100_000);
    let kinds: Vec<String> = statement(&cast).await.lines.into_iter().map(|line| line.kind).collect();
    assert_eq!(kinds, ["paid", "disputed"]);
    check(&cast, &id).await;
}

async fn a_document_keeps_the_names_of_its_day(stores: Stores) {
    let cast = Cast::over(stores).await;
    cast.booked.scheduled().await;
    cast.work().await;
    let Some(url) = cast.booked.world.stores.url.clone() else { return };
    let mut conn = AsyncPgConnection::establish(&url).await.unwrap();
    conn.batch_execute("UPDATE users SET name = 'Somebody Else'").await.unwrap();
    let view = documents(&cast, &cast.booked.student).await.remove(0);
    assert_eq!((view.student.name.as_str(), view.mentor.name.as_str()), ("asha Person", "ravi Person"));
    assert_eq!(payment(&cast).await.mentor.name, "Somebody Else", "a list shows who they are now");
}

/// How many issue at once.
const ISSUERS: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_who_issue_at_once_none_leaves_a_number_out_or_takes_anothers() {
    let cast = Arc::new(Cast::over(Stores::postgres().await).await);
    let session = cast.booked.scheduled().await;
    let id = cast.booked.ledger(&session).await.payment;
    let found: Result<Particulars, StoreError> = transact(&*cast.booked.world.stores.billing, || {
        async |tx: &mut BillingTx| tx.documents().particulars(&id).await
    })
    .await;
    let particulars = found.unwrap();
    let mut kept = 0;
    for round in 0..5 {
        let issue = async |place: usize| {
            let document = NewDocument {
                kind: DocumentKind::Receipt,
                source: format!("{round}-{place}"),
                payment: id.clone(),
                person: cast.booked.student.id.clone(),
                amount: inr(1),
                corrects: None,
                particulars: particulars.clone(),
                occurred_at: cast.booked.world.now(),
            };
            let mut tx = cast.booked.world.stores.billing.begin().await.unwrap();
            let number = tx.documents().issue(&document, cast.booked.world.now()).await.unwrap();
            // Every third changes its mind.
            if place.is_multiple_of(3) {
                tx.end().rollback().await;
                return None;
            }
            tx.end().commit().await.unwrap();
            Some(number)
        };
        let issued = join_all((0..ISSUERS).map(issue)).await;
        kept += issued.iter().flatten().count();
    }
    let mut places = Vec::new();
    let mut page = all();
    loop {
        let statements = &cast.booked.world.stores.statements;
        let found = statements.own_documents(&cast.booked.student.id, &page).await.unwrap();
        places.extend(found.items.iter().map(|view| view.number.clone()));
        let Some(next) = found.next else { break };
        page.after = Some(next);
    }
    places.sort();
    let gapless: Vec<String> = (1..=kept).map(|place| format!("RCP-2026-{place:06}")).collect();
    assert_eq!(places, gapless);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_who_issue_of_one_payment_one_does() {
    let cast = Cast::over(Stores::postgres().await).await;
    let session = cast.booked.scheduled().await;
    let id = cast.booked.ledger(&session).await.payment;
    let issued = join_all((0..ISSUERS).map(|_| cast.booked.world.billing.issue_documents(&id))).await;
    let numbers: Vec<String> =
        issued.into_iter().flat_map(|numbers| numbers.unwrap()).map(|number| number.to_string()).collect();
    assert_eq!(numbers, ["RCP-2026-000001"]);
}
