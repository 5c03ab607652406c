//! A person says what became of a migration.

use std::time::Duration;

use crate::connection::Session;
use crate::error::MigratorError;
use crate::run::settle;
use crate::source::Script;
use crate::{ledger, lock};

/// What a person declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// All that it does is in the database.
    Applied,
    /// Nothing that it did is left in the database.
    RolledBack,
}

/// Writes it into both histories. What stands already, or never failed, is refused.
pub(crate) fn resolve(
    session: &mut Session,
    scripts: &[Script],
    name: &str,
    resolution: Resolution,
    reason: &str,
    wait: Duration,
) -> Result<(), MigratorError> {
    let missing = || MigratorError::NoSuchMigration { name: name.to_owned() };
    let script = scripts.iter().find(|script| script.name == name).ok_or_else(missing)?;
    settle(session)?;
    lock::acquire(session, wait, drop)?;
    lock::while_held(session, |session| {
        let history = ledger::read(session)?;
        let standing: Vec<_> = history
            .rows
            .iter()
            .filter(|row| row.migration_name == name && row.rolled_back_at.is_none())
            .collect();
        let failed = standing.iter().any(|row| row.finished_at.is_none());
        let finished = standing.iter().any(|row| row.finished_at.is_some());
        match resolution {
            Resolution::Applied if finished => {
                return Err(MigratorError::AlreadyApplied { name: name.to_owned() });
            }
            Resolution::RolledBack if !failed => {
                return Err(MigratorError::NothingFailed { name: name.to_owned() });
            }
            _ => {}
        }
        ledger::together(session, |session| {
            ledger::create_tables(session)?;
            ledger::roll_back(session, script, true, reason)?;
            match resolution {
                Resolution::Applied => ledger::declare(session, script, reason),
                Resolution::RolledBack if finished => Ok(()),
                Resolution::RolledBack => ledger::forget(session, &script.version),
            }
        })
    })
}
