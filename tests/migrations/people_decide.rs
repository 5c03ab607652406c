//! What a person says became of a migration, and what can be repaired without asking one.

use std::time::Duration;

use adapter_migrator::{Accept, MigratorError, Repaired, Resolution, State};
use diesel_async::SimpleAsyncConnection;

use super::folders::{Folder, OWNERS};
use super::sql;
use crate::support::cluster::empty_database;

const NAME: &str = "20300101000000_one";
const NOW: Duration = Duration::ZERO;

/// A migration that fails outside a transaction, so that nobody knows what is left.
async fn failed(url: &str) -> Folder {
    let folder = Folder::empty().outside_a_transaction(NAME, "CREATE INDEX CONCURRENTLY i ON nowhere (id);");
    folder.deploy(url).await.unwrap_err();
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_by_hand_is_resolved_as_applied_with_its_reason() {
    let url = empty_database().await;
    let folder = failed(&url).await;
    let migrator = folder.migrator(&url);
    migrator.resolve(NAME, Resolution::Applied, "built by hand", NOW).await.unwrap();
    assert_eq!(sql::ledger(&url).await, [format!("{NAME} rolled back 0"), format!("{NAME} finished 0")]);
    assert_eq!(sql::mirror(&url).await, ["20300101000000"]);
    let status = folder.status(&url).await;
    assert_eq!((status.migrations[0].state, status.exit_code()), (State::Resolved, 0));
    assert!(status.to_string().contains("built by hand"), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_undone_by_hand_is_resolved_as_rolled_back_and_tried_again() {
    let url = empty_database().await;
    let folder = failed(&url).await;
    folder.migrator(&url).resolve(NAME, Resolution::RolledBack, "nothing is left", NOW).await.unwrap();
    assert_eq!(folder.status(&url).await.exit_code(), 10);
    sql::execute(&url, "CREATE TABLE nowhere (id integer)").await;
    assert_eq!(folder.deploy(&url).await.unwrap().applied, [NAME]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_can_be_declared_applied_before_anything_else() {
    let url = empty_database().await;
    let folder = Folder::empty().with(NAME, "SELECT 1;");
    folder.migrator(&url).resolve(NAME, Resolution::Applied, "by hand", NOW).await.unwrap();
    assert_eq!(folder.status(&url).await.exit_code(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_not_resolved() {
    let url = empty_database().await;
    let folder = Folder::empty().with(NAME, "SELECT 1;");
    folder.deploy(&url).await.unwrap();
    let before = sql::ledger(&url).await;
    let resolve =
        async |name: &str, what| folder.migrator(&url).resolve(name, what, "why", NOW).await.unwrap_err();
    assert!(matches!(resolve(NAME, Resolution::Applied).await, MigratorError::AlreadyApplied { .. }));
    assert!(matches!(resolve(NAME, Resolution::RolledBack).await, MigratorError::NothingFailed { .. }));
    assert!(matches!(resolve("2030_none", Resolution::Applied).await, MigratorError::NoSuchMigration { .. }));
    assert_eq!(sql::ledger(&url).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_is_accepted_with_a_reason() {
    let url = empty_database().await;
    let folder = Folder::empty().with(NAME, "SELECT 1;");
    folder.deploy(&url).await.unwrap();
    let edited = folder.with(NAME, "SELECT 1; -- one");
    assert_eq!(edited.status(&url).await.exit_code(), 12);
    let accept = Accept { name: NAME.to_owned(), reason: "only a comment".to_owned() };
    let done = edited.migrator(&url).repair(Some(accept), false, NOW).await.unwrap();
    assert_eq!(done, [Repaired::Accepted { name: NAME.to_owned() }]);
    let status = edited.status(&url).await;
    assert_eq!(status.exit_code(), 0);
    assert_eq!(status.migrations[0].logs.as_deref(), Some("only a comment"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unfinished_index_is_dropped_and_its_migration_tried_again() {
    let url = empty_database().await;
    sql::execute(&url, "CREATE TABLE heap (id integer); INSERT INTO heap VALUES (1), (1);").await;
    // A unique index over equal values fails and leaves itself behind, invalid.
    let script = "CREATE UNIQUE INDEX CONCURRENTLY heap_id ON public.heap (id);";
    let folder = Folder::empty().outside_a_transaction(NAME, script);
    folder.deploy(&url).await.unwrap_err();
    assert_eq!(folder.status(&url).await.exit_code(), 11);

    let planned = folder.migrator(&url).repair(None, true, NOW).await.unwrap();
    assert_eq!(folder.status(&url).await.exit_code(), 11, "looking changes nothing");
    let done = folder.migrator(&url).repair(None, false, NOW).await.unwrap();
    assert_eq!(planned, done);
    assert_eq!(
        done,
        [Repaired::Dropped { index: "heap_id".to_owned() }, Repaired::RolledBack { name: NAME.to_owned() }]
    );
    sql::execute(&url, "DELETE FROM heap").await;
    assert_eq!(folder.deploy(&url).await.unwrap().applied, [NAME]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_was_finished_before_the_program_died_counts_as_applied() {
    let url = empty_database().await;
    let script = "CREATE INDEX CONCURRENTLY heap_id ON public.heap (id);";
    let folder = Folder::empty().outside_a_transaction(NAME, script);
    folder.deploy(&url).await.unwrap_err();
    sql::execute(&url, "CREATE TABLE heap (id integer); CREATE INDEX heap_id ON heap (id);").await;
    let done = folder.migrator(&url).repair(None, false, NOW).await.unwrap();
    assert_eq!(done, [Repaired::Finished { name: NAME.to_owned() }]);
    assert_eq!((folder.status(&url).await.exit_code(), sql::mirror(&url).await.len()), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_known_is_left_to_a_person() {
    let url = empty_database().await;
    let script = "CREATE TABLE kept (id integer); COMMIT; SELECT * FROM nowhere;";
    let folder = Folder::empty().with(NAME, script);
    folder.deploy(&url).await.unwrap_err();
    let done = folder.migrator(&url).repair(None, false, NOW).await.unwrap();
    assert_eq!(done, [Repaired::Unclear { name: NAME.to_owned() }]);
    assert_eq!(folder.status(&url).await.exit_code(), 11);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_repaired_while_somebody_migrates() {
    let url = empty_database().await;
    let mut holder = sql::connect(&url).await;
    holder.batch_execute("SELECT pg_advisory_lock(72707369)").await.unwrap();
    let refusal = Folder::owners().migrator(&url).repair(None, false, NOW).await.unwrap_err();
    assert_eq!(refusal.exit_code(), 21);
    assert!(refusal.to_string().contains(", since 20"), "{refusal}");
    assert!(!sql::tables(&url).await.contains(&OWNERS[0].to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_on_a_partitioned_table_that_waits_for_its_partitions_is_nobodys_leftover() {
    let url = empty_database().await;
    let waiting = "CREATE TABLE parted (id integer) PARTITION BY RANGE (id);
                   CREATE TABLE part PARTITION OF parted FOR VALUES FROM (1) TO (9);
                   CREATE INDEX parted_id ON ONLY parted (id);";
    sql::execute(&url, waiting).await;
    assert_eq!(Folder::owners().migrator(&url).repair(None, false, NOW).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_edited_script_is_accepted() {
    let url = empty_database().await;
    let folder = Folder::empty().with(NAME, "SELECT 1;");
    for state in ["pending", "applied"] {
        let accept = Accept { name: NAME.to_owned(), reason: "it is the same".to_owned() };
        let refusal = folder.migrator(&url).repair(Some(accept), false, NOW).await.unwrap_err();
        assert!(matches!(&refusal, MigratorError::NotEdited { .. }), "{state}: {refusal}");
        folder.deploy(&url).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_resolved_as_rolled_back_is_in_neither_history() {
    let url = empty_database().await;
    let folder = Folder::empty().with(NAME, "SELECT 1;");
    folder.deploy(&url).await.unwrap();
    // As another tool leaves it that failed where diesel's own had gone before.
    sql::execute(&url, "UPDATE public._prisma_migrations SET finished_at = NULL, logs = 'no'").await;
    folder.migrator(&url).resolve(NAME, Resolution::RolledBack, "undone by hand", NOW).await.unwrap();
    assert_eq!(sql::mirror(&url).await, Vec::<String>::new());
    assert_eq!(folder.deploy(&url).await.unwrap().applied, [NAME]);
}
