//! Runs that go wrong, and histories that a run must not touch.

use std::time::Duration;

use adapter_migrator::{DeployOptions, Event, MigratorError, State};
use diesel_async::SimpleAsyncConnection;

use super::folders::{Folder, OWNERS};
use super::sql;
use crate::support::cluster::empty_database;

const BROKEN: &str = "20300101000000_broken";

/// Fails in its third line.
const SCRIPT: &str = "CREATE TABLE half (id integer PRIMARY KEY);\n\nINSERT INTO nowhere VALUES (1);\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_script_leaves_a_rolled_back_row_with_its_logs() {
    let url = empty_database().await;
    let (outcome, events) = Folder::empty().with(BROKEN, SCRIPT).deploy_and_listen(&url).await;
    let Err(MigratorError::Script { name, rolled_back, fault }) = outcome else { panic!("{outcome:?}") };
    assert_eq!((name.as_str(), rolled_back, fault.line), (BROKEN, true, Some(3)));

    assert_eq!(sql::ledger(&url).await, [format!("{BROKEN} rolled back 0")]);
    assert_eq!(sql::mirror(&url).await, Vec::<String>::new());
    let logs = sql::lines(&url, "SELECT logs AS line FROM public._prisma_migrations").await;
    assert_eq!(logs, ["line 3: relation \"nowhere\" does not exist [SQLSTATE 42P01]"]);
    assert!(!sql::tables(&url).await.contains(&"half".to_owned()));
    assert!(matches!(events.last(), Some(Event::Failed { rolled_back: true, .. })), "{events:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rolled_back_migration_blocks_nothing() {
    let url = empty_database().await;
    let folder = Folder::empty().with(BROKEN, SCRIPT);
    folder.deploy(&url).await.unwrap_err();
    let status = folder.status(&url).await;
    assert_eq!((status.migrations[0].state, status.exit_code()), (State::RolledBack, 10));

    let mended = folder.with(BROKEN, "CREATE TABLE whole (id integer PRIMARY KEY);");
    assert_eq!(mended.deploy(&url).await.unwrap().applied, [BROKEN]);
    assert_eq!(sql::ledger(&url).await, [format!("{BROKEN} rolled back 0"), format!("{BROKEN} finished 1")]);
    assert_eq!(mended.status(&url).await.exit_code(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_migrations_before_a_failing_one_stay() {
    let url = empty_database().await;
    let folder = Folder::owners().with(BROKEN, SCRIPT).with("20300102000000_after", "SELECT 1;");
    folder.deploy(&url).await.unwrap_err();
    assert_eq!(sql::mirror(&url).await.len(), OWNERS.len());
    assert_eq!(sql::ledger(&url).await.len(), OWNERS.len() + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_violated_constraint_is_told_with_its_sqlstate() {
    let url = empty_database().await;
    let script = "CREATE TABLE one (id integer PRIMARY KEY); INSERT INTO one VALUES (1), (1);";
    let refusal = Folder::empty().with(BROKEN, script).deploy(&url).await.unwrap_err().to_string();
    assert!(
        refusal.contains("[SQLSTATE 23505]") && refusal.contains("was rolled back as a whole"),
        "{refusal}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_commits_by_itself_is_not_called_rolled_back() {
    let url = empty_database().await;
    let script = "CREATE TABLE kept (id integer PRIMARY KEY); COMMIT; SELECT * FROM nowhere;";
    let folder = Folder::empty().with(BROKEN, script);
    let refusal = folder.deploy(&url).await.unwrap_err();
    assert!(matches!(refusal, MigratorError::Script { rolled_back: false, .. }), "{refusal}");
    assert_eq!(sql::ledger(&url).await, [format!("{BROKEN} unfinished 0")]);
    assert_eq!(folder.status(&url).await.exit_code(), 11);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_whose_session_was_killed_is_tried_again() {
    let url = empty_database().await;
    let slow_while_told =
        "DO $$ BEGIN IF to_regclass('public.slow') IS NOT NULL THEN PERFORM pg_sleep(60); END IF; END $$;
         CREATE TABLE done (id integer PRIMARY KEY);";
    let folder = Folder::empty().with(BROKEN, slow_while_told);
    sql::execute(&url, "CREATE TABLE slow (id integer PRIMARY KEY)").await;

    let kill = async {
        loop {
            let status = folder.status(&url).await;
            if let (State::Running, Some(holder)) = (status.migrations[0].state, status.lock) {
                return sql::execute(&url, &format!("SELECT pg_terminate_backend({})", holder.pid)).await;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let (outcome, ()) = tokio::join!(folder.deploy(&url), kill);
    outcome.unwrap_err();
    assert_eq!(sql::ledger(&url).await, [format!("{BROKEN} unfinished 0")]);

    // The backend gives its lock back a moment after its client has heard of the end.
    while folder.status(&url).await.lock.is_some() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let status = folder.status(&url).await;
    assert_eq!((status.migrations[0].state, status.exit_code()), (State::Interrupted, 10));
    sql::execute(&url, "DROP TABLE slow").await;
    assert_eq!(folder.deploy(&url).await.unwrap().applied, [BROKEN]);
    assert_eq!(sql::ledger(&url).await, [format!("{BROKEN} rolled back 0"), format!("{BROKEN} finished 1")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_outside_a_transaction_blocks_the_next_run() {
    let url = empty_database().await;
    let folder =
        Folder::empty().outside_a_transaction(BROKEN, "CREATE INDEX CONCURRENTLY i ON nowhere (id);");
    folder.deploy(&url).await.unwrap_err();
    let status = folder.status(&url).await;
    assert_eq!((status.migrations[0].state, status.exit_code()), (State::Failed, 11));
    assert!(status.to_string().contains("relation \"nowhere\" does not exist"), "{status}");

    let refusal = folder.deploy(&url).await.unwrap_err();
    assert!(matches!(&refusal, MigratorError::Failed { name } if name == BROKEN), "{refusal}");
    assert_eq!(sql::ledger(&url).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_timeout_ends_a_script_that_waits_for_a_table() {
    let url = empty_database().await;
    sql::execute(&url, "CREATE TABLE busy (id integer PRIMARY KEY)").await;
    let mut reader = sql::connect(&url).await;
    reader.batch_execute("BEGIN; LOCK TABLE busy IN ACCESS SHARE MODE").await.unwrap();

    let folder = Folder::empty().with(BROKEN, "ALTER TABLE busy ADD COLUMN size integer;");
    let options =
        DeployOptions { lock_timeout: Some(Duration::from_millis(100)), ..DeployOptions::default() };
    let refusal = folder.migrator(&url).deploy(options, |_| {}).await.unwrap_err().to_string();
    assert!(refusal.contains("lock timeout"), "{refusal}");
    drop(reader);
    folder.deploy(&url).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_script_is_refused() {
    let url = empty_database().await;
    let folder =
        Folder::empty().with("20300101000000_one", "SELECT 1;").with("20300102000000_two", "SELECT 2;");
    folder.deploy(&url).await.unwrap();
    let edited = folder.with("20300101000000_one", "SELECT 1 ;").with("20300103000000_three", "SELECT 3;");

    let refusal = edited.deploy(&url).await.unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "the migration 20300101000000_one was edited after it had been applied: restore its up.sql and put the \
         change into a new migration"
    );
    assert_eq!((refusal.exit_code(), edited.status(&url).await.exit_code()), (12, 12));
    assert_eq!(sql::ledger(&url).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_ahead_is_refused() {
    let url = empty_database().await;
    let folder =
        Folder::empty().with("20300101000000_one", "SELECT 1;").with("20300102000000_two", "SELECT 2;");
    folder.deploy(&url).await.unwrap();
    let older = folder.without("20300102000000_two");

    let refusal = older.deploy(&url).await.unwrap_err();
    assert!(matches!(&refusal, MigratorError::Ahead { name } if name == "20300102000000_two"), "{refusal}");
    let status = older.status(&url).await;
    assert_eq!((refusal.exit_code(), status.exit_code()), (13, 13));
    assert_eq!(status.migrations.last().unwrap().state, State::Ahead);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_ends_its_transaction_is_not_called_applied() {
    for script in [
        "CREATE TABLE undone (id integer); ROLLBACK;",
        "CREATE TABLE kept (id integer);\nEND;\nBEGIN;",
        "ROLLBACK; CREATE TABLE kept (id integer); COMMIT; SELECT 1 / 0;",
    ] {
        let url = empty_database().await;
        let folder = Folder::empty().with(BROKEN, script);
        let refusal = folder.deploy(&url).await.unwrap_err();
        assert!(matches!(refusal, MigratorError::Script { rolled_back: false, .. }), "{script}: {refusal}");
        assert!(refusal.to_string().contains("line "), "{refusal}");
        assert_eq!(folder.status(&url).await.exit_code(), 11, "{script}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_path_of_the_database_leads_no_script_elsewhere() {
    for path in ["''''", "elsewhere, public"] {
        let url = empty_database().await;
        let altered = format!(
            "CREATE SCHEMA elsewhere; DO $$ BEGIN
                 EXECUTE format('ALTER DATABASE %I SET search_path TO {path}', current_database()); END $$;"
        );
        sql::execute(&url, &altered).await;
        let folder = Folder::empty().with(BROKEN, "CREATE TABLE here (id integer);");
        folder.deploy(&url).await.unwrap();
        assert!(sql::tables(&url).await.contains(&"here".to_owned()), "{path}");
    }
}
