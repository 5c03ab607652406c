//! One temporary `PostgreSQL` cluster for the whole test process, and a database of its own for every test.
//!
//! The cluster starts with the first test that asks. It is never stopped by hand: it shuts down when the test process
//! ends, and its folder is removed by the next run, since nothing runs after the last test.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use adapter_embedded::{Binaries, Cluster, Options};
use adapter_migrator::{DeployOptions, Migrator};
use tokio::runtime::Builder;
use tokio::sync::OnceCell;

/// What the folders of test clusters are called, in the system's temporary folder: short, for the socket's sake.
const PREFIX: &str = "careernav-test-";

/// The address of a fresh database without any tables.
pub async fn empty_database() -> String {
    let name = fresh_name();
    cluster().create_database(&name).await.expect("a fresh database");
    cluster().url(&name)
}

/// The address of a fresh database in which every migration has run: a copy of one that is migrated once.
pub async fn migrated_database() -> String {
    const TEMPLATE: &str = "migrated";
    static MIGRATED: OnceCell<()> = OnceCell::const_new();
    let make_template = async || {
        cluster().create_database(TEMPLATE).await.expect("a database for the template");
        migrate(&cluster().url(TEMPLATE)).await;
    };
    MIGRATED.get_or_init(make_template).await;
    let name = fresh_name();
    cluster().copy_database(&name, TEMPLATE).await.expect("a copy of the migrated database");
    cluster().url(&name)
}

/// Where the cluster's server writes what it has to say, of every test's database.
pub fn log() -> PathBuf {
    cluster().log().to_owned()
}

/// The server's binaries. Without them the tests fail rather than prove nothing.
pub fn binaries() -> Binaries {
    Binaries::find().expect(
        "no PostgreSQL server binaries found: ./scripts/test installs them, or set CAREERNAV_PG_BIN to the folder that \
         holds initdb and postgres",
    )
}

/// Migrates an empty database, as `careernav migrate deploy` does.
async fn migrate(url: &str) {
    let migrator = Migrator::new(url).expect("an address");
    // The migrator needs a runtime with several threads, which a test's own is not, and must have closed its connection
    // before the database can be copied, which the end of a runtime sees to.
    let thread = thread::spawn(move || {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        runtime.block_on(migrator.deploy(DeployOptions::default(), |_| {})).map(drop)
    });
    tokio::task::spawn_blocking(move || thread.join().expect("the migrator does not panic"))
        .await
        .expect("a thread to wait on")
        .unwrap_or_else(|error| panic!("the template could not be migrated: {error}"));
}

fn fresh_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        let temporary = std::env::temp_dir();
        remove_leftovers(&temporary);
        let folder = tempfile::Builder::new()
            .prefix(PREFIX)
            // As root the server runs as another user, who has to get through.
            .permissions(Permissions::from_mode(0o711))
            .tempdir_in(temporary)
            .expect("a temporary folder")
            .keep();
        // Every test may hold a pool of connections.
        let options = Options::throwaway(folder).with("max_connections", "300");
        Cluster::start(&binaries(), &options)
            .unwrap_or_else(|error| panic!("no cluster for the tests: {error}"))
    })
}

/// Removes the clusters of test processes that have ended: the lock of their folder is free.
fn remove_leftovers(temporary: &Path) {
    // Younger ones may belong to a process that is just about to take the lock.
    const SETTLED: Duration = Duration::from_secs(10);
    for entry in fs::read_dir(temporary).into_iter().flatten().flatten() {
        let lock = entry.path().join("lock");
        let age = fs::metadata(&lock).and_then(|meta| meta.modified()).ok().and_then(|at| at.elapsed().ok());
        let settled = age.is_some_and(|age| age > SETTLED);
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) || !settled {
            continue;
        }
        if File::options().write(true).open(&lock).is_ok_and(|file| file.try_lock().is_ok()) {
            // Another test process may be removing it at the same time.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[tokio::test]
async fn every_test_has_a_migrated_database_of_its_own() {
    let (first, second) = tokio::join!(migrated_database(), migrated_database());
    assert_ne!(first, second);
    for url in [first, second] {
        let status = Migrator::new(&url).expect("an address").status().await.expect("a status");
        assert!(status.migrations.iter().all(|entry| !entry.state.is_pending()), "{url}");
        assert!(!status.migrations.is_empty(), "{url}");
    }
}
