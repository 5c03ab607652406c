//! What becomes of a unit of work that nobody ends, and of statements that the database cannot run. PostgreSQL only.

use std::sync::Arc;

use application_kernel::{Kind, MeansCode, Store, StoreError, UnitOfWork, transact};
use domain_kernel::Role;

use crate::support::cluster::{empty_database, migrated_database};
use crate::support::people::person;
use crate::support::stores::{Stores, postgres};

#[tokio::test]
async fn a_dropped_unit_gives_its_locks_back_at_once() {
    let url = migrated_database().await;
    let stores = Stores::of(Arc::new(postgres(&url)), Some(url));
    let asha = person(&stores, "asha", Role::Student).await;
    // Another connection comes back first, so that the next unit does not happen to get the dropped one.
    let (mut dropped, other) = (stores.booking.begin().await.unwrap(), stores.booking.begin().await.unwrap());
    dropped.sessions().open_requests(&asha).await.unwrap();
    other.end().rollback().await;
    drop(dropped);
    let again = transact(&*stores.booking, || async |tx| tx.sessions().open_requests(&asha).await);
    let answered = tokio::time::timeout(std::time::Duration::from_secs(20), again).await;
    assert_eq!(answered.expect("the lock is still held"), Ok(0));
    let held = Store::begin(&*stores.booking).await;
    assert!(held.is_ok(), "the pool has its place back");
}

#[tokio::test]
async fn what_the_database_cannot_run_is_our_failure_and_no_conflict() {
    let stores = Stores::of(Arc::new(postgres(&empty_database().await)), None);
    let error = stores.accounts.account("asha@example.org").await.unwrap_err();
    // Before the migrations there is no table to ask: come back later.
    assert_eq!(error.code().kind, Kind::Unavailable, "{error:?}");
    assert!(!matches!(error, StoreError::Refused { .. }));
}
