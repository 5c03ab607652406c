//! Down, and up again.

use std::time::Duration;

use adapter_migrator::{DeployOptions, Migrator, MigratorError, Resolution, State};

use super::folders::{Folder, OWNERS};
use super::sql;
use crate::support::cluster::empty_database;

const NOW: Duration = Duration::ZERO;

#[tokio::test(flavor = "multi_thread")]
async fn our_migrations_go_up_down_and_up_again() {
    let url = empty_database().await;
    let migrator = Migrator::new(&url).unwrap();
    Folder::owners().deploy(&url).await.unwrap();
    let owners = migrator.catalog().await.unwrap();
    let applied = migrator.deploy(DeployOptions::default(), |_| {}).await.unwrap().applied;
    let all = migrator.catalog().await.unwrap();

    let mut expected = applied.clone();
    expected.reverse();
    assert_eq!(migrator.revert(applied.len(), NOW).await.unwrap(), expected);
    assert_eq!(migrator.catalog().await.unwrap(), owners);
    assert_eq!(sql::mirror(&url).await.len(), OWNERS.len());
    assert_eq!(migrator.status().await.unwrap().exit_code(), 10);

    assert_eq!(migrator.deploy(DeployOptions::default(), |_| {}).await.unwrap().applied, applied);
    assert_eq!(migrator.catalog().await.unwrap(), all);
    assert_eq!(migrator.status().await.unwrap().exit_code(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_our_migrations_can_be_done_again_alone() {
    let url = empty_database().await;
    let migrator = Migrator::new(&url).unwrap();
    migrator.deploy(DeployOptions::default(), |_| {}).await.unwrap();
    let before = migrator.catalog().await.unwrap();
    let [reverted] = migrator.revert(1, NOW).await.unwrap().try_into().unwrap();
    assert_ne!(migrator.catalog().await.unwrap(), before);
    assert_eq!(migrator.deploy(DeployOptions::default(), |_| {}).await.unwrap().applied, [reverted]);
    assert_eq!(migrator.catalog().await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_applied_is_the_first_to_go_even_if_it_is_an_older_one() {
    let url = empty_database().await;
    let folder = Folder::empty().with_down("20300102000000_two", "SELECT 2;", "SELECT -2;");
    folder.deploy(&url).await.unwrap();
    let folder = folder.with_down("20300101000000_one", "SELECT 1;", "SELECT -1;");
    folder.deploy(&url).await.unwrap();
    assert_eq!(folder.migrator(&url).revert(1, NOW).await.unwrap(), ["20300101000000_one"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_down_script_that_fails_leaves_everything_as_it_was() {
    let url = empty_database().await;
    let name = "20300101000000_one";
    let folder = Folder::empty().with_down(
        name,
        "CREATE TABLE one (id integer);",
        "DROP TABLE one;\nDROP TABLE nowhere;",
    );
    folder.deploy(&url).await.unwrap();
    let refusal = folder.migrator(&url).revert(1, NOW).await.unwrap_err();
    let MigratorError::Down { rolled_back, fault, .. } = &refusal else { panic!("{refusal}") };
    assert_eq!((*rolled_back, fault.line, fault.sqlstate.as_deref()), (true, Some(2), Some("42P01")));
    assert!(sql::tables(&url).await.contains(&"one".to_owned()));
    assert_eq!(folder.status(&url).await.migrations[0].state, State::Applied);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_way_back_or_did_not_run_here_is_not_reverted() {
    let url = empty_database().await;
    let folder = Folder::empty().with("20300101000000_one", "SELECT 1;");
    folder.deploy(&url).await.unwrap();
    let refusal = folder.migrator(&url).revert(1, NOW).await.unwrap_err();
    assert!(refusal.to_string().contains("it has no down.sql"), "{refusal}");

    let folder = folder.with_down("20300102000000_two", "SELECT 2;", "SELECT -2;");
    folder.migrator(&url).resolve("20300102000000_two", Resolution::Applied, "by hand", NOW).await.unwrap();
    let refusal = folder.migrator(&url).revert(1, NOW).await.unwrap_err();
    assert!(refusal.to_string().contains("it did not run here"), "{refusal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_down_script_without_a_statement_takes_nothing_back_and_is_refused() {
    let url = empty_database().await;
    let draft = "-- How it is taken back.\n";
    let folder = Folder::empty().with_down("20300101000000_one", "CREATE TABLE one (id integer);", draft);
    folder.deploy(&url).await.unwrap();
    let refusal = folder.migrator(&url).revert(1, NOW).await.unwrap_err();
    assert!(matches!(&refusal, MigratorError::Irreversible { .. }), "{refusal}");
    assert_eq!(folder.status(&url).await.exit_code(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_none_goes_where_one_has_no_way_back() {
    let url = empty_database().await;
    let folder = Folder::empty().with("20300101000000_one", "SELECT 1;");
    let folder = folder.with_down("20300102000000_two", "SELECT 2;", "SELECT -2;");
    folder.deploy(&url).await.unwrap();
    let refusal = folder.migrator(&url).revert(2, NOW).await.unwrap_err();
    assert!(matches!(&refusal, MigratorError::Irreversible { name, .. } if name == "20300101000000_one"));
    assert_eq!(folder.status(&url).await.exit_code(), 0, "the second is still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_one_of_several_fails_those_that_went_before_it_are_told() {
    let url = empty_database().await;
    let folder = Folder::empty().with_down("20300101000000_one", "SELECT 1;", "SELECT 1 / 0;");
    let folder = folder.with_down("20300102000000_two", "SELECT 2;", "SELECT -2;");
    folder.deploy(&url).await.unwrap();
    let refusal = folder.migrator(&url).revert(2, NOW).await.unwrap_err().to_string();
    assert!(refusal.ends_with("reverted before it: 20300102000000_two"), "{refusal}");
}
