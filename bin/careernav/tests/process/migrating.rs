//! Migrations of real processes: many at once, killed in the middle, and in front of a history that does not fit.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use rustix::process::Signal;
use tokio_postgres::{Client, NoTls};

use crate::given::Given;
use crate::running::{Process, Running, eventually, said};

/// A session of the test's own on the database.
async fn session(given: &Given) -> Client {
    let (client, connection) = tokio_postgres::connect(&given.url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn count(client: &Client, query: &str) -> i64 {
    client.query_one(query, &[]).await.unwrap().get(0)
}

/// A folder of one migration.
fn migration(folder: &Path, up: &str, in_transaction: bool) -> String {
    let all = folder.join("scripts");
    let one = all.join("20300101000000_slow");
    fs::create_dir_all(&one).unwrap();
    fs::write(one.join("up.sql"), up).unwrap();
    fs::write(one.join("metadata.toml"), format!("run_in_transaction = {in_transaction}\n")).unwrap();
    all.display().to_string()
}

/// Kills a deploy as soon as its script waits for a lock, and waits until the server has noticed.
async fn killed_while_it_waits(given: &Given, dir: &str, looker: &Client) {
    let mut command = given.command(&["migrate", "deploy", "--dir", dir]);
    command.stdout(Stdio::null());
    let deploy = Process::start(command);
    let waiting = "SELECT count(*) FROM pg_stat_activity
                   WHERE application_name = 'careernav migrate' AND wait_event_type = 'Lock'";
    while count(looker, waiting).await == 0 {
        tokio::task::yield_now().await;
    }
    deploy.signal(Signal::KILL);
    deploy.end();
    eventually("the lock of the dead is free", || {
        let (_, _, code) = said(&mut given.command(&["migrate", "status", "--dir", dir]));
        (code != Some(21)).then_some(())
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_servers_at_once_on_an_empty_database_all_serve_and_each_migration_ran_once() {
    let given = Given::database().await;
    let servers: Vec<Running> = std::thread::scope(|scope| {
        let starting: Vec<_> = (0..8)
            .map(|_| {
                let mut command = given.command(&["serve", "--no-worker", "--port", "0"]);
                command.env("CAREERNAV__DATABASE__CONNECTIONS", "2").env("CAREERNAV__HTTP__WORKERS", "1");
                scope.spawn(|| Running::serve(command))
            })
            .collect();
        starting.into_iter().map(|one| one.join().unwrap()).collect()
    });
    for server in &servers {
        assert_eq!(server.get("/health/ready").await.0, 200);
    }
    let looker = session(&given).await;
    let (rows, names) = (
        count(&looker, "SELECT count(*) FROM _prisma_migrations WHERE finished_at IS NOT NULL").await,
        count(&looker, "SELECT count(DISTINCT migration_name) FROM _prisma_migrations").await,
    );
    assert!(rows > 4 && rows == names, "{rows} rows of {names} migrations");
    assert_eq!(count(&looker, "SELECT count(*) FROM _prisma_migrations").await, rows);
    for server in servers {
        server.signal(Signal::TERM);
        assert_eq!(server.end(), Some(0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deploy_that_is_killed_inside_its_transaction_leaves_nothing_and_the_next_goes_on() {
    let given = Given::database().await;
    let mut busy = session(&given).await;
    busy.batch_execute("CREATE TABLE busy (id integer)").await.unwrap();
    let looker = session(&given).await;
    let script = "CREATE TABLE half (id integer); ALTER TABLE busy ADD COLUMN size integer;";
    let dir = migration(given.folder.path(), script, true);
    let lock = busy.transaction().await.unwrap();
    lock.batch_execute("LOCK TABLE busy IN ACCESS SHARE MODE").await.unwrap();
    killed_while_it_waits(&given, &dir, &looker).await;
    lock.commit().await.unwrap();

    assert_eq!(count(&looker, "SELECT count(*) FROM pg_class WHERE relname = 'half'").await, 0);
    let status = given.prints(&["migrate", "status", "--dir", &dir], 10);
    assert!(status.contains("interrupted, will be tried again"), "{status}");
    given.prints(&["migrate", "deploy", "--dir", &dir], 0);
    given.prints(&["migrate", "status", "--dir", &dir], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deploy_that_is_killed_outside_a_transaction_is_reported_and_repaired() {
    let given = Given::database().await;
    let mut busy = session(&given).await;
    busy.batch_execute("CREATE TABLE heap (id integer)").await.unwrap();
    let looker = session(&given).await;
    let script = "CREATE INDEX CONCURRENTLY heap_id ON public.heap (id);";
    let dir = migration(given.folder.path(), script, false);
    let writer = busy.transaction().await.unwrap();
    writer.batch_execute("INSERT INTO heap VALUES (1)").await.unwrap();
    killed_while_it_waits(&given, &dir, &looker).await;
    writer.commit().await.unwrap();

    let (_, error, code) = said(&mut given.command(&["migrate", "deploy", "--dir", &dir]));
    assert!(error.contains("20300101000000_slow failed or was interrupted"), "{error}");
    assert!(error.contains("careernav migrate repair"), "{error}");
    assert_eq!(code, Some(11));
    let repaired = given.prints(&["migrate", "repair", "--dir", &dir], 0);
    assert!(repaired.contains("heap_id: an unfinished index, dropped"), "{repaired}");
    given.prints(&["migrate", "deploy", "--dir", &dir], 0);
    let valid = "SELECT count(*) FROM pg_index WHERE indexrelid = 'heap_id'::regclass AND indisvalid";
    assert_eq!(count(&looker, valid).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_refuses_a_failed_an_edited_and_an_ahead_history_in_one_sentence_with_its_code() {
    let given = Given::database().await;
    given.prints(&["migrate", "deploy"], 0);
    let client = session(&given).await;
    let newest = "(SELECT max(migration_name) FROM _prisma_migrations)";
    let newest_row = format!("WHERE migration_name = {newest}");
    let ahead =
        "INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
                 VALUES ('018f0000-0000-7000-8000-000000000000', 'x', '29990101000000_later', now(), 1)";
    for (harm, heal, code, words) in [
        (
            format!("UPDATE _prisma_migrations SET finished_at = NULL, logs = 'no' {newest_row}"),
            format!("UPDATE _prisma_migrations SET finished_at = now(), logs = NULL {newest_row}"),
            11,
            "failed or was interrupted",
        ),
        (
            format!("UPDATE _prisma_migrations SET checksum = reverse(checksum) {newest_row}"),
            format!("UPDATE _prisma_migrations SET checksum = reverse(checksum) {newest_row}"),
            12,
            "was edited after it had been applied",
        ),
        (ahead.to_owned(), "SELECT 1".to_owned(), 13, "the database is ahead"),
    ] {
        client.batch_execute(&harm).await.unwrap();
        for how in ["apply", "check"] {
            let (_, error, ended) = said(&mut given.command(&["serve", "--port", "0", "--migrations", how]));
            let last = error.lines().last().unwrap_or_default();
            assert!(last.starts_with("careernav: ") && last.contains(words), "{how}: {error}");
            assert_eq!(ended, Some(code), "{error}");
        }
        client.batch_execute(&heal).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_takes_no_tables_without_a_history_for_its_own() {
    let given = Given::database().await;
    let client = session(&given).await;
    client.batch_execute("CREATE TABLE users (id text PRIMARY KEY)").await.unwrap();
    for how in [["up", "--port", "0"], ["serve", "--port", "0"], ["serve", "--migrations", "check"]] {
        let (_, error, ended) = said(&mut given.command(&how));
        let last = error.lines().last().unwrap_or_default();
        assert!(
            last.starts_with("careernav: ") && last.contains("migrate adopt --baseline"),
            "{how:?}: {error}"
        );
        assert_eq!(ended, Some(10), "{error}");
    }
    assert_eq!(count(&client, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_waits_for_another_migration_says_that_it_is_migrating() {
    let given = Given::database().await;
    let holder = session(&given).await;
    holder.batch_execute("SELECT pg_advisory_lock(72707369)").await.unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let mut command = given.command(&["serve", "--port", &port]);
    command.stderr(Stdio::null());
    let server = Process::start(command);
    let ready = async || {
        let answer = reqwest::get(format!("http://127.0.0.1:{port}/health/ready")).await.ok()?;
        Some((answer.status().as_u16(), answer.text().await.ok()?))
    };
    let (status, body) = loop {
        if let Some(answer) = ready().await {
            break answer;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(status, 503);
    assert!(body.contains("migrating"), "{body}");
    holder.batch_execute("SELECT pg_advisory_unlock(72707369)").await.unwrap();
    while ready().await.is_none_or(|(status, _)| status != 200) {
        tokio::task::yield_now().await;
    }
    server.signal(Signal::TERM);
    assert_eq!(server.end(), Some(0));
}
