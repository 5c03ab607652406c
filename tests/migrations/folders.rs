//! Folders of migrations: the owner's four, and made-up ones.

use std::fs;
use std::path::{Path, PathBuf};

use adapter_migrator::{DeployOptions, DeployReport, Event, Migrator, MigratorError, Source, Status};
use tempfile::TempDir;

/// The owner's migrations, as they sort.
pub const OWNERS: [&str; 4] = [
    "20250115000000_remove_resume_review_unique_constraint",
    "20250115000001_add_cover_letter_reviews",
    "20251231083156_init",
    "20260104121639_add_sender_role_to_session_messages",
];

/// A temporary folder laid out as `migrations/` is.
pub struct Folder(TempDir);

impl Folder {
    pub fn empty() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// The owner's four and nothing of ours.
    pub fn owners() -> Self {
        OWNERS.iter().fold(Self::empty(), |folder, name| folder.with_owners(name))
    }

    pub fn with_owners(self, name: &str) -> Self {
        let folder = self.0.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        for file in fs::read_dir(repository().join(name)).unwrap().map(Result::unwrap) {
            fs::copy(file.path(), folder.join(file.file_name())).unwrap();
        }
        self
    }

    pub fn with(self, name: &str, up: &str) -> Self {
        self.write(name, up, true)
    }

    pub fn with_down(self, name: &str, up: &str, down: &str) -> Self {
        let folder = self.with(name, up);
        fs::write(folder.0.path().join(name).join("down.sql"), down).unwrap();
        folder
    }

    pub fn outside_a_transaction(self, name: &str, up: &str) -> Self {
        self.write(name, up, false)
    }

    fn write(self, name: &str, up: &str, in_transaction: bool) -> Self {
        let folder = self.0.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("up.sql"), up).unwrap();
        fs::write(folder.join("metadata.toml"), format!("run_in_transaction = {in_transaction}\n")).unwrap();
        self
    }

    pub fn without(self, name: &str) -> Self {
        fs::remove_dir_all(self.0.path().join(name)).unwrap();
        self
    }

    pub fn with_provider(self, provider: &str) -> Self {
        fs::write(self.0.path().join("migration_lock.toml"), format!("provider = \"{provider}\"\n")).unwrap();
        self
    }

    pub fn migrator(&self, url: &str) -> Migrator {
        Migrator::with_source(url, Source::Folder(self.0.path().to_owned())).unwrap()
    }

    pub async fn deploy(&self, url: &str) -> Result<DeployReport, MigratorError> {
        self.migrator(url).deploy(DeployOptions::default(), |_| {}).await
    }

    /// Deploys and keeps what was told on the way.
    pub async fn deploy_and_listen(&self, url: &str) -> (Result<DeployReport, MigratorError>, Vec<Event>) {
        let mut events = Vec::new();
        let outcome = self.migrator(url).deploy(DeployOptions::default(), |event| events.push(event)).await;
        (outcome, events)
    }

    pub async fn status(&self, url: &str) -> Status {
        self.migrator(url).status().await.unwrap()
    }
}

/// The folder `migrations/` of this repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations")
}
