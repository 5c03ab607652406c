//! The proof of the books, and posting what is older than them, on PostgreSQL.

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use domain_billing::FactKind;
use domain_kernel::{hours, minutes};

use application_booking::ports::GatewaySimulator;

use crate::support::money::Cast;
use crate::support::stores::Stores;

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

/// A payment that was paid out, another of a session that goes on, a third that has nothing to pay for and went back.
async fn cast() -> Cast {
    let cast = Cast::over(Stores::postgres().await).await;
    cast.paid_out().await;
    let booked = &cast.booked;
    let session = booked.request_later().await;
    booked.approve(&session).await;
    let payment = booked.start_payment(&session).await;
    booked.tell(&payment, FactKind::Captured).await;
    let second = booked.world.gateway.fact(payment.order.as_ref().unwrap(), "2", FactKind::Captured, None);
    booked.world.booking.record_gateway_fact(&second.unwrap()).await.unwrap();
    cast.work().await;
    assert_eq!(findings(&cast).await, []);
    cast
}

#[tokio::test]
async fn each_law_that_is_broken_is_named_with_its_row() {
    const CASES: &[(&str, &str)] = &[
        (
            "UPDATE journal_lines SET amount = amount + 1 WHERE account_id = 'escrow:INR' AND entry_id = (SELECT min(id) FROM journal_entries)",
            "entries_balance journal_entries",
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
        (
            "UPDATE journal_lines l SET account_id = 'unapplied:INR' FROM journal_entries e WHERE e.id = l.entry_id AND e.kind = 'capture' AND l.account_id = 'escrow:INR'",
            "unapplied_is_empty payments",
        ),
        (
            "INSERT INTO disputes SELECT 'd1', payment_id, 'k', 100, 'INR', 'OPEN', now()::timestamp, NULL, 0 FROM admin_ledger LIMIT 1",
            "disputes_agree payments",
        ),
        (
            "UPDATE payments SET status = 'REFUNDED' WHERE status = 'SUCCESS'",
            "payment_status_agrees payments",
        ),
        ("DELETE FROM ledger_terms; DELETE FROM admin_ledger", "service_was_paid sessions"),
    ];
    for (sql, expected) in CASES {
        let cast = cast().await;
        by_force(&cast, sql).await;
        let found: Vec<String> =
            findings(&cast).await.into_iter().map(|(law, row)| format!("{law} {row}")).collect();
        assert!(found.iter().any(|found| found.starts_with(expected)), "{sql}: {found:?}");
    }
}

#[tokio::test]
async fn the_database_itself_keeps_the_books() {
    let cast = cast().await;
    for (sql, refused) in [
        ("UPDATE journal_lines SET amount = 1", "never changed"),
        ("DELETE FROM journal_entries", "never changed"),
        ("TRUNCATE journal_lines", "never changed"),
        ("TRUNCATE journal_entries CASCADE", "never changed"),
        ("UPDATE ledger_accounts SET balance = 0", "balances follow"),
        ("DELETE FROM ledger_accounts", "never changed"),
        ("INSERT INTO ledger_accounts VALUES ('x:INR', 'x', 'asset', NULL, 'INR', 1)", "begins with nothing"),
        (
            "INSERT INTO journal_entries (kind, source_id, source_version, currency, posted_at)
             VALUES ('x', 'x', 0, 'INR', now()::timestamp)",
            "has 0 lines",
        ),
        (
            "INSERT INTO journal_lines SELECT min(id), 'bank:INR', 1 FROM journal_entries",
            "add up to 1",
        ),
        (
            "WITH e AS (INSERT INTO journal_entries (kind, source_id, source_version, currency, posted_at)
                        VALUES ('x', 'x', 0, 'USD', now()::timestamp) RETURNING id)
             INSERT INTO journal_lines
             SELECT id, account, amount FROM e, (VALUES ('bank:INR', 1), ('gateway_clearing:INR', -1)) AS l (account, amount)",
            "has 2 lines",
        ),
        (
            "WITH e AS (INSERT INTO journal_entries (kind, source_id, source_version, currency, posted_at)
                        VALUES ('x', 'x', 0, 'INR', now()::timestamp) RETURNING id)
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
