//! Looking without touching.

use adapter_migrator::{Migrator, MigratorError, State};
use diesel_async::RunQueryDsl;

use super::folders::{Folder, OWNERS};
use super::sql;
use crate::support::cluster::empty_database;

#[tokio::test(flavor = "multi_thread")]
async fn status_on_an_empty_database_creates_nothing() {
    let url = empty_database().await;
    let status = Folder::owners().status(&url).await;
    assert!(status.migrations.iter().all(|entry| entry.state == State::Pending));
    assert_eq!(status.exit_code(), 10);
    assert_eq!(sql::tables(&url).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn status_after_a_deploy_is_in_step() {
    let url = empty_database().await;
    let folder = Folder::owners();
    folder.deploy(&url).await.unwrap();
    let status = folder.status(&url).await;
    assert!(status.migrations.iter().all(|entry| entry.state == State::Applied && entry.mirrored));
    assert_eq!(status.exit_code(), 0);
    assert!(status.to_string().ends_with("The database is in step.\n"), "{status}");
    let json = serde_json::to_value(&status).unwrap();
    assert_eq!(json["migrations"][0]["state"], "applied");
}

#[tokio::test(flavor = "multi_thread")]
async fn status_names_whoever_is_migrating() {
    let url = empty_database().await;
    let mut holder = sql::connect(&url).await;
    diesel::sql_query("SELECT pg_advisory_lock(72707369)").execute(&mut holder).await.unwrap();
    let status = Folder::owners().status(&url).await;
    assert!(status.lock.is_some());
    assert_eq!(status.exit_code(), 21);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_the_owner_resolved_is_not_run() {
    let url = empty_database().await;
    let folder = Folder::owners();
    folder.deploy(&url).await.unwrap();
    sql::execute(
        &url,
        "UPDATE public._prisma_migrations SET applied_steps_count = 0 WHERE migration_name LIKE '20250115%'",
    )
    .await;
    let status = folder.status(&url).await;
    let found: Vec<_> = status.migrations.iter().map(|entry| entry.state).collect();
    assert_eq!(found, [State::Resolved, State::Resolved, State::Applied, State::Applied]);
    assert_eq!(status.exit_code(), 0);
    assert_eq!(folder.deploy(&url).await.unwrap().applied.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_does_not_answer_is_said_so_without_the_password() {
    let migrator = Migrator::new("postgres://someone:secret@127.0.0.1:1/nowhere").unwrap();
    let refusal = migrator.status().await.unwrap_err();
    assert_eq!(refusal.exit_code(), 20);
    assert!(!refusal.to_string().contains("secret"), "{refusal}");
}

#[test]
fn an_address_of_another_database_system_is_refused() {
    for address in ["mysql://root:secret@localhost/careernav", "file:./dev.db", "", "localhost/careernav"] {
        let Err(refusal) = Migrator::new(address).map(|_| ()) else { panic!("{address} was taken") };
        assert!(matches!(refusal, MigratorError::NotPostgres { .. }));
        assert!(!refusal.to_string().contains("secret"), "{refusal}");
    }
    assert!(Migrator::new("postgresql://localhost/careernav").is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_for_another_provider_is_refused() {
    let url = empty_database().await;
    let refusal = Folder::owners().with_provider("mysql").deploy(&url).await.unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "the migrations are written for the provider \"mysql\", only \"postgresql\" is supported"
    );
    assert_eq!(Folder::owners().with_provider("postgresql").deploy(&url).await.unwrap().applied, OWNERS);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_folders_with_one_version_are_refused() {
    let url = empty_database().await;
    let folder =
        Folder::empty().with("20300101000000_one", "SELECT 1;").with("20300101000000_two", "SELECT 2;");
    let refusal = folder.deploy(&url).await.unwrap_err();
    assert!(matches!(refusal, MigratorError::DuplicateVersion { .. }), "{refusal}");
    assert_eq!(sql::tables(&url).await, Vec::<String>::new());
}
