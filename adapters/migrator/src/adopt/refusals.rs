//! What an adoption stops in front of.

use std::fs;
use std::path::Path;

use crate::catalog::{Class, Drift};
use crate::error::MigratorError;
use crate::ledger::History;
use crate::source::{Script, checksum};
use crate::status::Status;

/// Failed, edited, ahead, duplicate. That it was not taken over yet is what we are here for.
pub(super) fn history(status: &Status) -> Result<(), MigratorError> {
    match status.refuse() {
        Err(MigratorError::NotTakenOver { .. }) | Ok(()) => Ok(()),
        Err(refusal) => Err(refusal),
    }
}

/// The former tool's scripts must be those that it has applied.
pub(super) fn other_scripts(history: &History, folder: &Path) -> Result<(), MigratorError> {
    for row in history.rows.iter().filter(|row| row.rolled_back_at.is_none() && !row.is_ours()) {
        let path = folder.join(&row.migration_name).join("migration.sql");
        let bytes = fs::read(&path)
            .map_err(|error| MigratorError::Unreadable { reason: format!("{}: {error}", path.display()) })?;
        if checksum(&bytes) != row.checksum {
            return Err(MigratorError::OtherScript { name: row.migration_name.clone(), path });
        }
    }
    Ok(())
}

/// The migrations that diesel's table knows and the ledger does not.
pub(super) fn only_in_the_mirror<'a>(
    history: &History,
    scripts: &'a [Script],
) -> Result<Vec<&'a Script>, MigratorError> {
    let stands = |name: &str| {
        history.rows.iter().any(|row| row.migration_name == name && row.rolled_back_at.is_none())
    };
    let mut found = Vec::new();
    for version in &history.mirror {
        let script = scripts.iter().find(|script| script.version == *version);
        let script = script.ok_or_else(|| MigratorError::Ahead { name: version.clone() })?;
        if !stands(&script.name) {
            found.push(script);
        }
    }
    Ok(found)
}

pub(super) fn contradictions(differences: &[Drift]) -> Result<(), MigratorError> {
    let found: Vec<String> = differences
        .iter()
        .filter(|drift| drift.class == Class::Contradicting)
        .map(ToString::to_string)
        .collect();
    if found.is_empty() { Ok(()) } else { Err(MigratorError::Contradicting { differences: found }) }
}
