//! The migrations that this program knows: built in, or read from a folder. Both go one way from here on.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel_migrations::{EmbeddedMigrations, FileBasedMigrations, embed_migrations};
use sha2::{Digest, Sha256};

use crate::error::MigratorError;

const EMBEDDED: EmbeddedMigrations = embed_migrations!("../../migrations");
const EMBEDDED_LOCK: &str = include_str!("../../../migrations/migration_lock.toml");
/// Folder name and bytes of each embedded `up.sql`, listed by the build script.
const EMBEDDED_SCRIPTS: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/up_scripts.rs"));

/// Where the migrations come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Those that were compiled into the program: what a server runs.
    Embedded,
    /// A folder laid out as `migrations/` is: for development, and for tests.
    Folder(PathBuf),
}

/// One migration, ready to run.
pub(crate) struct Script {
    /// The folder's name, which is the name in the ledger.
    pub(crate) name: String,
    /// The digits before the first underscore, which are all that diesel's own table keeps.
    pub(crate) version: String,
    /// The bytes of `up.sql`, as text for line numbers.
    pub(crate) up: String,
    /// Lower-case hexadecimal SHA-256 of the bytes of `up.sql`.
    pub(crate) checksum: String,
    /// diesel's own object, which runs the script.
    pub(crate) migration: Box<dyn Migration<Pg>>,
}

impl Script {
    /// Whether the script stands or falls as one. A COMMIT anywhere in it, be it in a comment, is doubt enough.
    pub(crate) fn is_whole(&self) -> bool {
        self.migration.metadata().run_in_transaction() && !self.up.to_ascii_uppercase().contains("COMMIT")
    }
}

impl Source {
    /// Every migration in the order of the names. diesel's objects cannot change threads, so this is called
    /// on the thread that runs them.
    pub(crate) fn load(&self) -> Result<Vec<Script>, MigratorError> {
        let mut scripts = match self {
            Self::Embedded => {
                check_provider(EMBEDDED_LOCK)?;
                let bytes: BTreeMap<_, _> = EMBEDDED_SCRIPTS.iter().copied().collect();
                scripts(&EMBEDDED, |name| {
                    bytes.get(name).map(|bytes| bytes.to_vec()).ok_or_else(|| format!("{name} has no up.sql"))
                })?
            }
            Self::Folder(folder) => {
                let lock = folder.join("migration_lock.toml");
                if lock.exists() {
                    check_provider(&fs::read_to_string(&lock).map_err(|error| unreadable(&lock, &error))?)?;
                }
                let source =
                    FileBasedMigrations::from_path(folder).map_err(|error| unreadable(folder, &error))?;
                scripts(&source, |name| {
                    let path = folder.join(name).join("up.sql");
                    fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))
                })?
            }
        };
        scripts.sort_by(|a, b| a.name.cmp(&b.name));
        refuse_duplicates(&scripts)?;
        Ok(scripts)
    }
}

fn scripts(
    source: &dyn MigrationSource<Pg>,
    bytes_of: impl Fn(&str) -> Result<Vec<u8>, String>,
) -> Result<Vec<Script>, MigratorError> {
    let migrations =
        source.migrations().map_err(|error| MigratorError::Unreadable { reason: error.to_string() })?;
    migrations
        .into_iter()
        .map(|migration| {
            let name = migration.name().to_string();
            let bytes = bytes_of(&name).map_err(|reason| MigratorError::Unreadable { reason })?;
            Ok(Script {
                version: migration.name().version().to_string(),
                checksum: hex::encode(Sha256::digest(&bytes)),
                up: String::from_utf8_lossy(&bytes).into_owned(),
                name,
                migration,
            })
        })
        .collect()
}

fn unreadable(path: &Path, error: &dyn std::error::Error) -> MigratorError {
    MigratorError::Unreadable { reason: format!("{}: {error}", path.display()) }
}

/// The lock file is a single assignment: `provider = "postgresql"`.
fn check_provider(lock: &str) -> Result<(), MigratorError> {
    let provider = lock
        .lines()
        .filter_map(|line| line.split_once('='))
        .find(|(name, _)| name.trim() == "provider")
        .map_or("", |(_, value)| value.trim().trim_matches('"'));
    if provider == "postgresql" {
        return Ok(());
    }
    Err(MigratorError::OtherProvider { provider: provider.to_owned() })
}

/// The histories tell migrations apart by their versions; of two with the same one, diesel's would lose one.
fn refuse_duplicates(scripts: &[Script]) -> Result<(), MigratorError> {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for script in scripts {
        if let Some(first) = seen.insert(&script.version, &script.name) {
            return Err(MigratorError::DuplicateVersion {
                version: script.version.clone(),
                first: first.to_owned(),
                second: script.name.clone(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_migrations_begin_with_the_owners_four() {
        let scripts = Source::Embedded.load().unwrap();
        let names: Vec<_> = scripts.iter().map(|script| script.name.as_str()).collect();
        assert_eq!(
            names[..4],
            [
                "20250115000000_remove_resume_review_unique_constraint",
                "20250115000001_add_cover_letter_reviews",
                "20251231083156_init",
                "20260104121639_add_sender_role_to_session_messages",
            ]
        );
    }

    #[test]
    fn a_folder_and_the_binary_give_the_same_checksums() {
        let folder = Source::Folder(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations"));
        let checksums = |source: &Source| -> Vec<_> {
            source.load().unwrap().into_iter().map(|script| (script.name, script.checksum)).collect()
        };
        assert_eq!(checksums(&folder), checksums(&Source::Embedded));
    }

    #[test]
    fn a_checksum_is_lower_case_hexadecimal_sha_256() {
        let scripts = Source::Embedded.load().unwrap();
        assert!(scripts.iter().all(|script| script.checksum.len() == 64));
        assert_eq!(
            hex::encode(Sha256::digest(b"")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn another_provider_is_refused() {
        assert!(check_provider("# comment\nprovider = \"postgresql\"\n").is_ok());
        let refusal = check_provider("provider = \"mysql\"").unwrap_err().to_string();
        assert!(refusal.contains("\"mysql\""), "{refusal}");
    }
}
