//! The migrations that this program knows: built in, or read from a folder. Both go one way from here on.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel_migrations::{EmbeddedMigrations, FileBasedMigrations, embed_migrations};
use sha2::{Digest, Sha256};

use crate::error::MigratorError;
use crate::script::ends_its_transaction;

const EMBEDDED: EmbeddedMigrations = embed_migrations!("../../migrations");
const EMBEDDED_LOCK: &str = include_str!("../../../migrations/migration_lock.toml");
/// The names of a migration's files, in the order of [`Files`].
const FILES: [&str; 4] = ["up.sql", "down.sql", "metadata.toml", "reconcile.sql"];
/// The bytes of a migration's files, where it has them.
type Files<B> = [Option<B>; 4];
/// Folder name and files of each embedded migration, listed by the build script.
const EMBEDDED_FILES: &[(&str, Files<&[u8]>)] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

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
    /// The text of `down.sql`.
    pub(crate) down: Option<String>,
    /// The text of `reconcile.sql`, which mends rows of a taken-over database so that they fit.
    pub(crate) reconcile: Option<String>,
    /// Whether the former tool had it, too: it holds in any order and on a database that is built partly.
    pub(crate) inherited: bool,
    /// diesel's own object, which runs the script.
    pub(crate) migration: Box<dyn Migration<Pg>>,
}

impl Script {
    /// Whether the script stands or falls as one. A COMMIT anywhere in it, be it in a comment, is doubt enough.
    pub(crate) fn is_whole(&self) -> bool {
        self.migration.metadata().run_in_transaction()
            && !self.up.to_ascii_uppercase().contains("COMMIT")
            && ends_its_transaction(&self.up).is_none()
    }
}

impl Source {
    /// The names of the migrations, in their order.
    pub fn names(&self) -> Result<Vec<String>, MigratorError> {
        Ok(self.load()?.into_iter().map(|script| script.name).collect())
    }

    /// Every migration in the order of the names, two of one version included, which is for the caller to judge.
    /// diesel's objects cannot change threads, so this is called on the thread that runs them.
    pub(crate) fn load(&self) -> Result<Vec<Script>, MigratorError> {
        let mut scripts = match self {
            Self::Embedded => {
                check_provider(EMBEDDED_LOCK)?;
                let files: BTreeMap<_, _> = EMBEDDED_FILES.iter().copied().collect();
                scripts(&EMBEDDED, |name| {
                    let files = files.get(name).ok_or_else(|| format!("{name} has no up.sql"))?;
                    Ok(files.map(|file| file.map(<[u8]>::to_vec)))
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
                    let mut files: Files<Vec<u8>> = Files::default();
                    for (slot, file) in files.iter_mut().zip(FILES) {
                        let path = folder.join(name).join(file);
                        if path.exists() {
                            *slot = Some(
                                fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?,
                            );
                        }
                    }
                    Ok(files)
                })?
            }
        };
        scripts.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(scripts)
    }
}

fn scripts(
    source: &dyn MigrationSource<Pg>,
    files_of: impl Fn(&str) -> Result<Files<Vec<u8>>, String>,
) -> Result<Vec<Script>, MigratorError> {
    let migrations =
        source.migrations().map_err(|error| MigratorError::Unreadable { reason: error.to_string() })?;
    migrations
        .into_iter()
        .map(|migration| {
            let name = migration.name().to_string();
            let [up, down, metadata, reconcile] =
                files_of(&name).map_err(|reason| MigratorError::Unreadable { reason })?;
            let up =
                up.ok_or_else(|| MigratorError::Unreadable { reason: format!("{name} has no up.sql") })?;
            let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
            Ok(Script {
                version: migration.name().version().to_string(),
                checksum: checksum(&up),
                up: text(up),
                down: down.map(text),
                reconcile: reconcile.map(text),
                inherited: metadata.is_some_and(|bytes| assignment(&text(bytes), "inherited") == "true"),
                name,
                migration,
            })
        })
        .collect()
}

fn unreadable(path: &Path, error: &dyn std::error::Error) -> MigratorError {
    MigratorError::Unreadable { reason: format!("{}: {error}", path.display()) }
}

/// Lower-case hexadecimal SHA-256, as the former tool has it.
pub(crate) fn checksum(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// What a file of plain assignments, one a line, says of a name; empty where it says nothing.
fn assignment(text: &str, wanted: &str) -> String {
    let mut lines = text.lines().filter_map(|line| line.split_once('='));
    let found = lines.find(|(name, _)| name.trim() == wanted);
    found.map_or("", |(_, value)| value.trim().trim_matches('"')).to_owned()
}

fn check_provider(lock: &str) -> Result<(), MigratorError> {
    let provider = assignment(lock, "provider");
    if provider == "postgresql" { Ok(()) } else { Err(MigratorError::OtherProvider { provider }) }
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
    fn the_owners_four_and_no_others_are_inherited() {
        let inherited: Vec<_> =
            Source::Embedded.load().unwrap().iter().map(|script| script.inherited).collect();
        assert!(inherited[..4].iter().all(|inherited| *inherited), "{inherited:?}");
        assert!(inherited[4..].iter().all(|inherited| !inherited), "{inherited:?}");
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
