//! Writes the history back for the former tool.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use serde::Serialize;

use crate::connection::Session;
use crate::error::MigratorError;
use crate::ledger::History;
use crate::run::settle;
use crate::source::{Script, checksum};
use crate::{judge, ledger, lock};

/// Where to, and what about the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportOptions {
    /// The folder to write into.
    pub folder: PathBuf,
    /// The former tool's own scripts, which are written where they are what was applied.
    pub from: Option<PathBuf>,
    /// Go back to it for good: the histories say what the folder says, and diesel's table goes.
    pub leave: bool,
    /// How long to poll for the lock.
    pub wait: Duration,
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// The migrations.
    pub written: Vec<String>,
    /// Those whose script is another one than the history has the checksum of.
    pub differing: Vec<String>,
    /// Whether diesel's table is gone.
    pub left: bool,
}

pub(crate) fn export(
    session: &mut Session,
    scripts: &[Script],
    options: &ExportOptions,
) -> Result<Exported, MigratorError> {
    settle(session)?;
    lock::acquire(session, options.wait, drop)?;
    lock::while_held(session, |session| {
        let history = ledger::read(session)?;
        match judge(session, scripts, &history, None)?.refuse() {
            // What only diesel's table knows would be forgotten with it.
            Err(refusal @ MigratorError::NotTakenOver { .. })
                if options.leave && forgets(scripts, &history) =>
            {
                return Err(refusal);
            }
            Ok(()) | Err(MigratorError::NotTakenOver { .. }) => {}
            Err(refusal) => return Err(refusal),
        }
        let mut exported = Exported::default();
        for script in scripts {
            let bytes = bytes(script, &history, &[options.from.as_deref(), Some(&options.folder)]);
            write(&options.folder.join(&script.name).join("migration.sql"), &bytes)?;
            exported.written.push(script.name.clone());
            if standing(&history, script).is_some_and(|recorded| recorded != checksum(&bytes)) {
                exported.differing.push(script.name.clone());
            }
        }
        write(&options.folder.join("migration_lock.toml"), b"provider = \"postgresql\"\n")?;
        if options.leave {
            ledger::together(session, |session| {
                for script in scripts.iter().filter(|script| exported.differing.contains(&script.name)) {
                    let reason = "its script was written out in place of the former tool's";
                    ledger::accept(session, &script.name, &script.checksum, reason)?;
                }
                session.batch_execute("DROP TABLE IF EXISTS public.__diesel_schema_migrations")
            })?;
            exported.differing.clear();
            exported.left = true;
        }
        Ok(exported)
    })
}

/// The checksum that the history has of a migration.
fn standing<'a>(history: &'a History, script: &Script) -> Option<&'a str> {
    let mut rows = history.rows.iter().rev();
    let found = rows.find(|row| row.migration_name == script.name && row.rolled_back_at.is_none());
    found.map(|row| row.checksum.as_str())
}

/// Whether a migration stands in diesel's table alone.
fn forgets(scripts: &[Script], history: &History) -> bool {
    scripts
        .iter()
        .any(|script| history.mirror.contains(&script.version) && standing(history, script).is_none())
}

/// The former tool's bytes where they are the ones that were applied, otherwise ours. They may be in the folder already.
fn bytes(script: &Script, history: &History, from: &[Option<&Path>]) -> Vec<u8> {
    let recorded = standing(history, script);
    let theirs = from
        .iter()
        .flatten()
        .filter_map(|folder| fs::read(folder.join(&script.name).join("migration.sql")).ok())
        .find(|bytes| recorded == Some(checksum(bytes).as_str()));
    theirs.unwrap_or_else(|| script.up.clone().into_bytes())
}

/// Writes a file. One that is there with other contents is somebody's, and stays.
fn write(path: &Path, bytes: &[u8]) -> Result<(), MigratorError> {
    let failed = |reason: String| MigratorError::Unwritable { path: path.to_owned(), reason };
    if path.exists() {
        let found = fs::read(path).map_err(|error| failed(error.to_string()))?;
        if found == bytes {
            return Ok(());
        }
        return Err(failed("it is there already, with other contents".to_owned()));
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| failed(error.to_string()))?;
    }
    fs::write(path, bytes).map_err(|error| failed(error.to_string()))
}
