//! A run that goes well: the histories it writes, and several of them at once.

use std::time::Duration;

use adapter_migrator::{DeployOptions, Event, Migrator, MigratorError};
use diesel_async::RunQueryDsl;

use super::folders::{Folder, OWNERS};
use super::sql;
use crate::support::cluster::empty_database;

#[tokio::test(flavor = "multi_thread")]
async fn every_migration_is_in_both_histories() {
    let url = empty_database().await;
    Folder::owners().deploy(&url).await.unwrap();
    let rows: Vec<_> = OWNERS.iter().map(|name| format!("{name} finished 1")).collect();
    assert_eq!(sql::ledger(&url).await, rows);
    assert_eq!(
        sql::mirror(&url).await,
        ["20250115000000", "20250115000001", "20251231083156", "20260104121639"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checksum_is_the_one_that_sha256sum_would_print() {
    let url = empty_database().await;
    Folder::empty().with("20300101000000_nothing", "SELECT 1;").deploy(&url).await.unwrap();
    let known = sql::lines(
        &url,
        "SELECT (checksum = encode(sha256('SELECT 1;'::bytea), 'hex'))::text AS line FROM public._prisma_migrations",
    );
    assert_eq!(known.await, ["true"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_finds_nothing_to_do() {
    let url = empty_database().await;
    let folder = Folder::owners();
    folder.deploy(&url).await.unwrap();
    let (report, events) = folder.deploy_and_listen(&url).await;
    let report = report.unwrap();
    assert_eq!((report.applied.len(), report.already_applied, events.len()), (0, 4, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_tells_each_migration_as_it_begins_and_ends() {
    let (_, events) = Folder::owners().deploy_and_listen(&empty_database().await).await;
    assert_eq!(events.len(), 8);
    assert_eq!(events[2], Event::Started { name: OWNERS[1].to_owned(), position: 2, of: 4 });
    assert!(matches!(&events[3], Event::Applied { name, .. } if name == OWNERS[1]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_at_once_on_an_empty_database_all_succeed_and_each_migration_runs_once() {
    let url = empty_database().await;
    let runs: Vec<_> = (0..8)
        .map(|_| {
            let migrator = Migrator::new(&url).unwrap();
            tokio::spawn(async move { migrator.deploy(DeployOptions::default(), |_| {}).await })
        })
        .collect();
    let mut applied = 0;
    for run in runs {
        applied += run.await.unwrap().unwrap().applied.len();
    }
    let rows = sql::ledger(&url).await;
    assert!(rows.iter().all(|row| row.ends_with(" finished 1")), "{rows:#?}");
    assert_eq!((rows.len(), sql::mirror(&url).await.len()), (applied, applied));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_lock_is_refused_in_time_and_its_holder_is_named() {
    let url = empty_database().await;
    let mut holder = sql::connect(&url).await;
    for statement in ["SET application_name TO 'somebody else'", "SELECT pg_advisory_lock(72707369)"] {
        diesel::sql_query(statement).execute(&mut holder).await.unwrap();
    }

    let folder = Folder::owners();
    let options = DeployOptions { wait: Duration::from_millis(300), ..DeployOptions::default() };
    let mut events = Vec::new();
    let refusal = folder.migrator(&url).deploy(options, |event| events.push(event)).await.unwrap_err();
    assert!(matches!(&refusal, MigratorError::LockBusy { .. }), "{refusal}");
    assert_eq!(refusal.exit_code(), 21);
    assert!(refusal.to_string().contains("application \"somebody else\""), "{refusal}");
    assert!(matches!(events.as_slice(), [Event::Waiting { holder: Some(_) }]), "{events:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_goes_on_when_the_lock_is_given_back() {
    let url = empty_database().await;
    let mut holder = sql::connect(&url).await;
    diesel::sql_query("SELECT pg_advisory_lock(72707369)").execute(&mut holder).await.unwrap();

    let folder = Folder::owners();
    let (tell, told) = tokio::sync::oneshot::channel();
    let mut tell = Some(tell);
    let options = DeployOptions { wait: Duration::from_mins(1), ..DeployOptions::default() };
    let migrator = folder.migrator(&url);
    let run = migrator.deploy(options, |event| {
        if let (Event::Waiting { .. }, Some(tell)) = (event, tell.take()) {
            tell.send(()).unwrap();
        }
    });
    let give_back = async {
        told.await.unwrap();
        drop(holder);
    };
    let (outcome, ()) = tokio::join!(run, give_back);
    assert_eq!(outcome.unwrap().applied.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bookkeeping_survives_a_script_that_empties_the_search_path() {
    let url = empty_database().await;
    let folder = Folder::empty()
        .with("20300101000000_dump", "SELECT pg_catalog.set_config('search_path', '', false);")
        .with("20300102000000_after", "CREATE TABLE unqualified (id integer PRIMARY KEY);");
    assert_eq!(folder.deploy(&url).await.unwrap().applied.len(), 2);
    assert_eq!(folder.status(&url).await.exit_code(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_outside_a_transaction_may_build_an_index_concurrently() {
    let url = empty_database().await;
    let folder = Folder::empty()
        .with("20300101000000_table", "CREATE TABLE heap (id integer PRIMARY KEY, size integer);")
        .outside_a_transaction(
            "20300102000000_index",
            "CREATE INDEX CONCURRENTLY idx_heap_size ON public.heap (size);",
        );
    // Another runner polls meanwhile; one that waited inside PostgreSQL would stop the index forever.
    let (first, second) = tokio::join!(folder.deploy(&url), folder.deploy(&url));
    assert_eq!(first.unwrap().applied.len() + second.unwrap().applied.len(), 2);
}
