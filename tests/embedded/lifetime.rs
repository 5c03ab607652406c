//! What a start, a stop and a second start do.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use adapter_embedded::{Binaries, Cluster, Options};

use super::observing::{folder, note, options, start, text, write_note};
use crate::support::cluster::{binaries, empty_database};

#[tokio::test]
async fn data_are_kept_from_one_start_to_the_next() {
    let folder = folder();
    let cluster =
        Cluster::start(&binaries(), &Options::durable(folder.path().join("cluster"))).expect("a cluster");
    assert!(cluster.create_database("kept").await.expect("a database"));
    write_note(&cluster.url("kept"), 42).await;
    cluster.stop().expect("a stop");

    let cluster = start(folder.path());
    assert!(!cluster.create_database("kept").await.expect("the same database"));
    assert_eq!(note(&cluster.url("kept")).await, 42);
}

#[tokio::test]
async fn a_database_that_several_create_at_once_is_created_once() {
    let folder = folder();
    let cluster = start(folder.path());
    let attempts = tokio::join!(
        cluster.create_database("one"),
        cluster.create_database("one"),
        cluster.create_database("one"),
        cluster.create_database("one"),
    );
    let created =
        [attempts.0, attempts.1, attempts.2, attempts.3].map(|attempt| attempt.expect("one or none"));
    assert_eq!(created.iter().filter(|created| **created).count(), 1);
}

#[tokio::test]
async fn the_cluster_speaks_utf8_sorts_by_code_point_and_lives_in_utc() {
    let url = empty_database().await;
    assert_eq!(text(&url, "current_setting('server_encoding')").await, "UTF8");
    assert_eq!(text(&url, "current_setting('TimeZone')").await, "UTC");
    assert_eq!(text(&url, "CASE WHEN 'Z' < 'a' THEN 'code point' ELSE 'language' END").await, "code point");
    let compares = "(SELECT datcollate::text FROM pg_database WHERE datname = current_database())";
    assert_eq!(text(&url, compares).await, "C");
    assert_eq!(text(&url, "upper('ä')").await, "Ä");
}

#[tokio::test]
async fn nothing_listens_on_the_network_whatever_the_caller_sets() {
    let folder = folder();
    let wish = options(folder.path()).with("listen_addresses", "*").with("max_connections", "17");
    let cluster = Cluster::start(&binaries(), &wish).expect("a cluster");
    let url = cluster.url("postgres");
    assert_eq!(text(&url, "current_setting('listen_addresses')").await, "");
    assert_eq!(text(&url, "current_setting('max_connections')").await, "17");
}

#[tokio::test]
async fn the_log_says_neither_the_statement_that_failed_nor_the_key_that_was_violated() {
    let folder = folder();
    let cluster = start(folder.path());
    let twice = "CREATE TABLE person (email text UNIQUE); INSERT INTO person VALUES ('ada@example.org'), ('ada@example.org')";
    let mut connection = <diesel_async::AsyncPgConnection as diesel_async::AsyncConnection>::establish(
        &cluster.url("postgres"),
    )
    .await
    .expect("a connection");
    diesel_async::SimpleAsyncConnection::batch_execute(&mut connection, twice)
        .await
        .expect_err("a violation");
    let log = fs::read_to_string(cluster.log()).expect("a log");
    assert!(log.contains("duplicate key value"), "{log}");
    assert!(!log.contains("ada@example.org"), "{log}");
}

#[tokio::test]
async fn a_folder_with_a_blank_a_comma_and_quotes_in_its_name_serves_as_well() {
    let folder = folder();
    let options = Options::throwaway(folder.path().join("a b, \"c\" ü"));
    let cluster = Cluster::start(&binaries(), &options).expect("a cluster");
    assert_eq!(text(&cluster.url("postgres"), "'here'").await, "here");
}

#[tokio::test]
async fn a_folder_too_deep_for_a_socket_gets_its_socket_elsewhere() {
    let folder = folder();
    let deep = folder.path().join("d".repeat(60)).join("e".repeat(60));
    let cluster = Cluster::start(&binaries(), &Options::throwaway(&deep)).expect("a cluster");
    assert_eq!(text(&cluster.url("postgres"), "'here'").await, "here");
    assert!(!deep.join("socket").exists());
    cluster.stop().expect("a stop");
}

#[test]
fn an_interrupted_first_start_is_begun_anew() {
    let folder = folder();
    let cluster = folder.path().join("cluster");
    fs::create_dir_all(cluster.join("data.unfinished/base")).expect("a folder");
    fs::write(cluster.join("data.unfinished/PG_VERSION"), "9").expect("a file");
    fs::set_permissions(&cluster, fs::Permissions::from_mode(0o711)).expect("permissions");
    start(folder.path()).stop().expect("a stop");
    assert!(!cluster.join("data.unfinished").exists());
}

#[test]
fn binaries_of_the_datas_version_go_before_newer_ones() {
    let found = binaries();
    let folder = folder();
    fs::create_dir(folder.path().join("data")).expect("a folder");
    fs::write(folder.path().join("data/PG_VERSION"), format!("{}\n", found.major())).expect("a file");
    assert_eq!(Binaries::find_for(folder.path()).map(|b| b.major()), Some(found.major()));
    // With data of a version that is not installed, the best there is is named, and its start explains.
    fs::write(folder.path().join("data/PG_VERSION"), "9.6\n").expect("a file");
    assert_eq!(Binaries::find_for(folder.path()), Some(found));
}
