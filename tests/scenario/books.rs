//! The proof of the books, and posting what is older than them, on PostgreSQL.

use std::collections::BTreeSet;

use application_billing::RecordSettlement;
use application_booking::ports::GatewaySimulator;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use domain_billing::FactKind;
use domain_kernel::{Currency, EntryKind, Labelled, Money, hours, minutes};

use crate::support::cluster::migrated_database;
use crate::support::money::Cast;
use crate::support::stores::Stores;
use crate::support::world::ticket;

/// Does what no program may: the database's guards are off meanwhile.
async fn by_force(cast: &Cast, sql: &str) {
    let url = cast.booked.world.stores.url.as_ref().unwrap();
    let mut conn = AsyncPgConnection::establish(url).await.unwrap();
    let forced = format!("SET session_replication_role = replica; {sql}");
    conn.batch_execute(&forced).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// What does the same as a program that keeps to the rules.
async fn try_to(cast: &Cast, sql: &str) -> String {
    let url = cast.booked.world.stores.url.as_ref().unwrap();
    let mut conn = AsyncPgConnection::establish(url).await.unwrap();
    conn.batch_execute(sql).await.unwrap_err().to_string()
}

async fn findings(cast: &Cast) -> Vec<(String, String)> {
    let found = cast.booked.world.stores.books.verify().await.unwrap();
    found.into_iter().map(|finding| (finding.law, finding.row)).collect()
}

/// A payment that was paid out, one that is payable, a third of a session that goes on, which came twice and went back once,
/// and a settlement.
async fn cast() -> Cast {
    let cast = Cast::over(Stores::postgres().await).await;
    cast.paid_out().await;
    cast.payable().await;
    let booked = &cast.booked;
    let session = booked.request_later().await;
    booked.approve(&session).await;
    let payment = booked.start_payment(&session).await;
    booked.tell(&payment, FactKind::Captured).await;
    let second = booked.world.gateway.fact(payment.order.as_ref().unwrap(), "2", FactKind::Captured, None);
    booked.world.booking.record_gateway_fact(&second.unwrap()).await.unwrap();
    cast.work().await;
    let inr = |minor| Money::parse(minor, Currency::parse("INR").unwrap()).unwrap();
    let (ticket, reference) = (ticket(&cast.ops), "setl_1".to_owned());
    let settled = RecordSettlement { ticket, reference, amount: inr(1_000), fee: inr(10) };
    booked.world.billing.record_settlement(settled).await.unwrap();
    assert_eq!(findings(&cast).await, []);
    cast
}

const VERIFY: &str = include_str!("../../adapters/postgres/src/billing/verify.sql");

/// The laws that the statement asks, in order.
fn laws() -> BTreeSet<&'static str> {
    VERIFY.lines().filter_map(|line| line.strip_prefix("SELECT '")?.split('\'').next()).collect()
}

#[derive(diesel::QueryableByName)]
struct Finding {
    #[diesel(sql_type = diesel::sql_types::Text)]
    law: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    place: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    detail: String,
}

/// What is found after something that no program may do, which is undone.
async fn found_after(conn: &mut AsyncPgConnection, sql: &str) -> Vec<String> {
    let forced = format!("BEGIN; SET LOCAL session_replication_role = replica; {sql}");
    conn.batch_execute(&forced).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    let found: Vec<Finding> = diesel::sql_query(VERIFY).load(conn).await.unwrap();
    conn.batch_execute("ROLLBACK").await.unwrap();
    found.into_iter().map(|Finding { law, place, detail }| format!("{law} {place}: {detail}")).collect()
}

/// What no program may do, and with which law and row that is found.
const CASES: &[(&str, &str)] = &[
    (
        "UPDATE journal_lines SET amount = amount + 1 WHERE account_id = 'escrow:INR' AND entry_id = (SELECT min(id) FROM journal_entries)",
        "entries_balance journal_entries",
    ),
    (
        "UPDATE journal_entries SET currency = 'USD' WHERE id = 1",
        "entries_balance journal_entries 1: it is in USD, an account of it in INR",
    ),
    (
        "WITH e AS (INSERT INTO journal_entries (kind, source_id, source_version, currency, posted_at)
                    VALUES ('settlement', 'none', 0, 'INR', now()::timestamp) RETURNING id)
         INSERT INTO journal_lines
         SELECT id, account, amount FROM e, (VALUES ('bank:INR', -5), ('gateway_clearing:INR', 5)) AS l (account, amount)",
        "sources_exist journal_entries",
    ),
    (
        "UPDATE journal_entries SET source_id = 'none' WHERE kind = 'payout_paid'",
        "sources_exist journal_entries",
    ),
    (
        "UPDATE ledger_accounts SET balance = balance + 1 WHERE id = 'bank:INR'",
        "trial_balance_is_zero ledger_accounts INR",
    ),
    (
        "UPDATE ledger_accounts SET balance = balance + 1 WHERE id = 'bank:INR'",
        "balances_follow_lines ledger_accounts bank:INR",
    ),
    (
        "ALTER TABLE ledger_accounts DROP CONSTRAINT ledger_accounts_not_overdrawn; UPDATE ledger_accounts SET balance = -1 WHERE id = 'unapplied:INR'",
        "never_overdrawn ledger_accounts unapplied:INR",
    ),
    (
        "DELETE FROM gateway_facts WHERE ctid = (SELECT ctid FROM gateway_facts WHERE kind = 'captured' LIMIT 1)",
        "clearing_agrees ledger_accounts gateway_clearing:INR",
    ),
    (
        "DELETE FROM journal_lines WHERE entry_id IN (SELECT id FROM journal_entries WHERE kind = 'capture'); DELETE FROM journal_entries WHERE kind = 'capture'",
        "capture_was_posted payments",
    ),
    ("UPDATE admin_ledger SET platform_fee = platform_fee + 1", "split_adds_up payments"),
    (
        "UPDATE admin_ledger SET payout_status = 'READY' WHERE payout_status = 'PENDING'",
        "status_and_account_agree payments",
    ),
    ("UPDATE payout_attempts SET status = 'FAILED'", "paid_at_most_once payments"),
    (
        "UPDATE ledger_terms SET refunded_minor = 1 WHERE payment_id IN (SELECT payment_id FROM admin_ledger WHERE payout_status = 'PENDING')",
        "refunds_agree payments",
    ),
    ("UPDATE refunds SET status = 'SUBMITTED'", "refund_payable_agrees payments"),
    ("UPDATE refunds SET amount_minor = amount_minor * 3", "refunds_are_covered payments"),
    ("UPDATE refunds SET amount_minor = amount_minor - 1", "refunds_follow_entries refunds"),
    (
        "UPDATE journal_lines l SET account_id = 'unapplied:INR' FROM journal_entries e WHERE e.id = l.entry_id AND e.kind = 'capture' AND l.account_id = 'escrow:INR'",
        "unapplied_is_empty payments",
    ),
    (
        "UPDATE gateway_facts SET amount_minor = amount_minor + 1 WHERE outcome = 'second'",
        "captures_follow_entries payments",
    ),
    ("UPDATE payments SET amount = amount + 1", "amounts_agree payments"),
    ("UPDATE payments SET currency = 'USD'", "amounts_agree payments"),
    ("UPDATE admin_ledger SET mentor_id = 'somebody else'", "parties_agree payments"),
    (
        "INSERT INTO ledger_accounts SELECT 'mentor_payable:INR:x', kind, class, 'x', currency, balance FROM ledger_accounts WHERE kind = 'mentor_payable';
         UPDATE ledger_accounts SET balance = 0 WHERE kind = 'mentor_payable' AND owner_id <> 'x';
         UPDATE journal_lines SET account_id = 'mentor_payable:INR:x' WHERE account_id LIKE 'mentor_payable:INR:%'",
        "mentors_accounts_agree ledger_accounts mentor_payable:INR:x",
    ),
    ("UPDATE payout_attempts SET amount_minor = amount_minor + 1", "payouts_follow_entries payout_attempts"),
    ("UPDATE payout_attempts SET mentor_id = 'somebody else'", "payouts_follow_entries payout_attempts"),
    (
        "UPDATE journal_lines l SET account_id = 'gateway_clearing:INR' FROM journal_entries e WHERE e.id = l.entry_id AND e.kind = 'payout_paid' AND l.account_id = 'bank:INR'",
        "payouts_follow_entries payout_attempts",
    ),
    ("UPDATE settlements SET fee_minor = fee_minor + 1", "settlements_follow_entries settlements setl_1"),
    (
        "UPDATE settlements SET amount_minor = amount_minor + 1",
        "settlements_follow_entries settlements setl_1",
    ),
    (
        "INSERT INTO settlement_reversals SELECT reference, 'because', recorded_by, recorded_at FROM settlements",
        "settlements_follow_entries settlements setl_1",
    ),
    (
        "INSERT INTO disputes SELECT 'd1', payment_id, 'k', 100, 'INR', 'OPEN', now()::timestamp, NULL, 0 FROM admin_ledger LIMIT 1",
        "disputes_agree payments",
    ),
    (
        "UPDATE payments SET status = 'REFUNDED' WHERE status = 'SUCCESS'",
        "payment_status_agrees payments",
    ),
    ("UPDATE payments SET status = 'FAILED' WHERE status = 'SUCCESS'", "capture_means_success payments"),
    (
        "UPDATE issued_documents SET amount_minor = amount_minor + 1 WHERE kind = 'receipt'",
        "documents_agree issued_documents RCP",
    ),
    (
        "UPDATE issued_documents SET amount_minor = amount_minor + 1 WHERE kind = 'fee_invoice'",
        "documents_agree issued_documents INV",
    ),
    (
        "UPDATE issued_documents SET person_id = 'somebody else' WHERE kind = 'credit_note'",
        "documents_agree issued_documents CRN",
    ),
    ("DELETE FROM issued_documents WHERE place = 1", "numbers_leave_none_out document_series"),
    ("DELETE FROM ledger_terms; DELETE FROM admin_ledger", "service_was_paid sessions"),
];

#[tokio::test]
async fn each_law_that_is_broken_is_named_with_its_row() {
    let cast = cast().await;
    let mut conn =
        AsyncPgConnection::establish(cast.booked.world.stores.url.as_ref().unwrap()).await.unwrap();
    for (sql, expected) in CASES {
        let found = found_after(&mut conn, sql).await;
        assert!(found.iter().any(|found| found.starts_with(expected)), "{sql}: {found:?}");
    }
    let broken: BTreeSet<&str> =
        CASES.iter().filter_map(|(_, expected)| expected.split(' ').next()).collect();
    assert_eq!(broken, laws(), "each law has its case");
    assert_eq!(findings(&cast).await, []);
}

#[test]
fn every_law_is_named_in_the_documentation() {
    let text = include_str!("../../docs/money.md");
    let (_, list) = text.split_once("The laws, each asked of one snapshot:").unwrap();
    let (list, _) = list.split_once("Payments of sessions that were taken over").unwrap();
    let named: BTreeSet<&str> = list.split('`').skip(1).step_by(2).collect();
    assert_eq!(named, laws());
}

#[tokio::test]
async fn the_database_has_the_kinds_of_entries_that_the_code_has() {
    #[derive(diesel::QueryableByName)]
    struct Check {
        #[diesel(sql_type = diesel::sql_types::Text)]
        rule: String,
    }
    let mut conn = AsyncPgConnection::establish(&migrated_database().await).await.unwrap();
    let rule =
        "SELECT pg_get_constraintdef(oid) AS rule FROM pg_constraint WHERE conname = 'journal_entries_kind'";
    let Check { rule } = diesel::sql_query(rule).get_result(&mut conn).await.unwrap();
    let listed: BTreeSet<&str> = rule.split('\'').skip(1).step_by(2).collect();
    assert_eq!(listed, EntryKind::ALL.iter().map(|kind| kind.label()).collect());
}

#[tokio::test]
async fn the_database_itself_keeps_the_books() {
    let cast = cast().await;
    for (sql, refused) in [
        ("UPDATE journal_lines SET amount = 1", "never changed"),
        ("DELETE FROM journal_entries", "never changed"),
        ("TRUNCATE journal_lines", "never changed"),
        ("TRUNCATE journal_entries CASCADE", "never changed"),
        ("UPDATE settlements SET amount_minor = 1", "never changed"),
        ("DELETE FROM settlements", "never changed"),
        ("TRUNCATE settlements CASCADE", "never changed"),
        ("UPDATE gateway_facts SET amount_minor = 1", "never changed"),
        ("DELETE FROM gateway_facts", "never changed"),
        ("TRUNCATE gateway_facts", "never changed"),
        ("TRUNCATE audit_events", "never changed"),
        ("UPDATE ledger_accounts SET balance = 0", "balances follow"),
        ("DELETE FROM ledger_accounts", "never changed"),
        ("INSERT INTO ledger_accounts VALUES ('x:INR', 'x', 'asset', NULL, 'INR', 1)", "begins with nothing"),
        (
            "INSERT INTO journal_entries (kind, source_id, source_version, currency, posted_at)
             VALUES ('settlement', 'x', 0, 'INR', now()::timestamp)",
            "has 0 lines",
        ),
        (
            "INSERT INTO journal_entries (kind, source_id, source_version, currency, posted_at)
             VALUES ('gift', 'x', 0, 'INR', now()::timestamp)",
            "journal_entries_kind",
        ),
        (
            "INSERT INTO journal_lines SELECT min(id), 'bank:INR', 1 FROM journal_entries",
            "takes no more lines",
        ),
        (
            "INSERT INTO journal_lines
             SELECT id, account, amount FROM (SELECT min(id) AS id FROM journal_entries) e,
                    (VALUES ('bank:INR', -1), ('gateway_fees:INR', 1)) AS l (account, amount)",
            "takes no more lines",
        ),
        (
            "WITH e AS (INSERT INTO journal_entries (kind, source_id, source_version, currency, posted_at, posted_in)
                        VALUES ('settlement', 'x', 0, 'INR', now()::timestamp, 1) RETURNING id)
             INSERT INTO journal_lines
             SELECT id, account, amount FROM e, (VALUES ('bank:INR', 1), ('gateway_clearing:INR', 1)) AS l (account, amount)",
            "add up to 2",
        ),
        (
            "WITH e AS (INSERT INTO journal_entries (kind, source_id, source_version, currency, posted_at)
                        VALUES ('settlement', 'x', 0, 'USD', now()::timestamp) RETURNING id)
             INSERT INTO journal_lines
             SELECT id, account, amount FROM e, (VALUES ('bank:INR', 1), ('gateway_clearing:INR', -1)) AS l (account, amount)",
            "is in USD, and an account of it in INR",
        ),
        (
            "WITH e AS (INSERT INTO journal_entries (kind, source_id, source_version, currency, posted_at)
                        VALUES ('settlement', 'x', 0, 'INR', now()::timestamp) RETURNING id)
             INSERT INTO journal_lines
             SELECT id, account, amount FROM e,
                    (VALUES ('escrow:INR', -999999999), ('bank:INR', 999999999)) AS l (account, amount)",
            "not_overdrawn",
        ),
    ] {
        let error = try_to(&cast, sql).await;
        assert!(error.contains(refused), "{sql}: {error}");
    }
    assert_eq!(findings(&cast).await, []);
}

#[tokio::test]
async fn what_is_older_than_the_journal_is_shown_then_posted_once() {
    let cast = Cast::over(Stores::postgres().await).await;
    let booked = &cast.booked;
    // One that was paid out, one that is payable after a refund, one that goes on.
    cast.paid_out().await;
    let session = booked.request_later().await;
    booked.approve(&session).await;
    let payment = booked.start_payment(&session).await;
    booked.tell(&payment, FactKind::Captured).await;
    booked.pass_to(&session, 1, minutes(-30)).await;
    booked.cancel(&booked.student, &session).await.unwrap();
    booked.world.pass(hours(73)).await;
    let session = booked.request_later().await;
    booked.approve(&session).await;
    let payment = booked.start_payment(&session).await;
    booked.tell(&payment, FactKind::Captured).await;
    assert_eq!(findings(&cast).await, []);
    by_force(&cast, "TRUNCATE journal_lines, journal_entries, ledger_accounts").await;
    by_force(&cast, "DELETE FROM payout_attempts; UPDATE ledger_terms SET attempts = 0").await;
    by_force(&cast, "DELETE FROM issued_documents; DELETE FROM document_series").await;
    let lacking = findings(&cast).await;
    let unposted = lacking.iter().filter(|(law, _)| law == "capture_was_posted").count();
    assert_eq!(unposted, 3, "{lacking:?}");

    let shown = booked.world.billing.backfill(false).await.unwrap();
    let kinds =
        |status: &str| shown.iter().find(|payment| payment.status == status).unwrap().entries.join(" ");
    assert_eq!(kinds("PENDING"), "capture");
    assert_eq!(kinds("READY"), "capture refund_requested refund_processed earn");
    assert_eq!(kinds("RELEASED"), "capture earn payout_started payout_paid");
    assert_eq!(findings(&cast).await, lacking, "showing changes nothing");

    assert_eq!(booked.world.billing.backfill(true).await.unwrap(), shown);
    assert_eq!(findings(&cast).await, []);
    assert_eq!(booked.world.billing.backfill(true).await.unwrap(), []);
    cast.check().await;
}
