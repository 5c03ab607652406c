//! What the tests of this folder look at: rows, processes, and conditions that come true in time.

use std::path::Path;
use std::time::{Duration, Instant};

use adapter_embedded::{Cluster, Options};
use diesel::sql_types::Integer;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use tempfile::TempDir;

use crate::support::cluster::binaries;

/// How long a condition may take to come true: far more than it can need.
const PATIENCE: Duration = Duration::from_mins(1);

/// Looks again and again until the condition holds.
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A temporary folder that another user may pass through, as the server's user must when the tests run as root.
pub fn folder() -> TempDir {
    use std::os::unix::fs::PermissionsExt;
    let passable = std::fs::Permissions::from_mode(0o711);
    tempfile::Builder::new().prefix("cn-").permissions(passable).tempdir().expect("a temporary folder")
}

/// Starts a cluster in a folder below the given one.
pub fn start(below: &Path) -> Cluster {
    Cluster::start(&binaries(), &options(below)).unwrap_or_else(|error| panic!("{error}"))
}

/// Throwaway options for a folder below the given one.
pub fn options(below: &Path) -> Options {
    Options::throwaway(below.join("cluster"))
}

/// Writes a row that a later [`note`] finds.
pub async fn write_note(url: &str, note: i32) {
    let mut connection = AsyncPgConnection::establish(url).await.expect("a connection");
    let statement = format!("CREATE TABLE note (value integer); INSERT INTO note VALUES ({note})");
    connection.batch_execute(&statement).await.expect("a written note");
}

/// The row of [`write_note`], once the database takes connections.
pub async fn note(url: &str) -> i32 {
    number(url, "(SELECT value FROM note)").await
}

/// The value of an integer expression, once the database takes connections.
pub async fn number(url: &str, expression: &str) -> i32 {
    let deadline = Instant::now() + PATIENCE;
    let mut connection = loop {
        match AsyncPgConnection::establish(url).await {
            Ok(connection) => break connection,
            Err(error) => assert!(Instant::now() < deadline, "no connection in time: {error}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let query = diesel::select(diesel::dsl::sql::<Integer>(expression));
    query.get_result(&mut connection).await.expect("a number")
}

/// The text value of an expression.
pub async fn text(url: &str, expression: &str) -> String {
    let mut connection = AsyncPgConnection::establish(url).await.expect("a connection");
    let query = diesel::select(diesel::dsl::sql::<diesel::sql_types::Text>(expression));
    query.get_result(&mut connection).await.expect("a text")
}

/// The living processes of the server below the given folder: itself and all its children, also those without it.
#[cfg(target_os = "linux")]
pub fn processes_in(below: &Path) -> Vec<u32> {
    // The server notes its command line; the cluster's name in it is also in the titles of its children. Where they
    // work would be plainer, but root may not look at that in every container.
    let options = std::fs::read_to_string(below.join("cluster/data/postmaster.opts")).expect("a start");
    let (_, named) = options.split_once("cluster_name=").expect("a name");
    let name = named.split('"').next().expect("a name");
    let entries = std::fs::read_dir("/proc").expect("/proc").flatten();
    entries
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            // A zombie has no command line any more.
            let line = std::fs::read(entry.path().join("cmdline")).ok()?;
            String::from_utf8_lossy(&line).contains(name).then_some(pid)
        })
        .collect()
}

/// Kills a process the hard way.
#[cfg(target_os = "linux")]
pub fn kill_9(pid: u32) {
    let status = std::process::Command::new("kill").args(["-9", &pid.to_string()]).status();
    assert!(status.expect("kill").success(), "process {pid} could not be killed");
}
