//! Takes migrations back with their down.sql.

use std::time::Duration;

use diesel::migration::Migration;

use crate::connection::{Session, Wire};
use crate::error::MigratorError;
use crate::ledger::History;
use crate::run::{self, Limits, Stopped, settle};
use crate::script::statements;
use crate::source::Script;
use crate::status::{Entry, State, Status};
use crate::{judge, ledger, lock};

/// Takes the last `count` migrations back, the last one first; answers their names.
pub(crate) fn revert(
    session: &mut Session,
    wire: &Wire,
    scripts: &[Script],
    count: usize,
    wait: Duration,
) -> Result<Vec<String>, MigratorError> {
    settle(session)?;
    lock::acquire(session, wait, drop)?;
    lock::while_held(session, |session| {
        let history = ledger::read(session)?;
        let status = judge(session, scripts, &history, None)?;
        status.refuse()?;
        // All of them can go, or none does.
        let mut ways = Vec::new();
        for name in last_applied(&history, scripts).into_iter().take(count) {
            let Some(script) = scripts.iter().find(|script| script.name == name) else { continue };
            ways.push((script, way_back(&status, script)?));
        }
        let mut done = Vec::new();
        for (script, down) in ways {
            revert_one(session, wire, script, down, &done)?;
            done.push(script.name.clone());
        }
        Ok(done)
    })
}

/// The down.sql of a migration, where it can take back what is there.
fn way_back<'a>(status: &Status, script: &'a Script) -> Result<&'a str, MigratorError> {
    let ran_here = |entry: &Entry| entry.name == script.name && entry.state == State::Applied;
    let refusal = match &script.down {
        _ if !status.migrations.iter().any(ran_here) => {
            "it did not run here, so its down.sql may not fit what is there"
        }
        None => "it has no down.sql",
        // As it is in a new folder: reverted would be said, and everything would still be there.
        Some(down) if statements(down).is_empty() => "there is no statement in its down.sql",
        Some(down) => return Ok(down),
    };
    Err(MigratorError::Irreversible { name: script.name.clone(), reason: refusal })
}

/// The names that stand in the history, the last finished one first.
fn last_applied(history: &History, scripts: &[Script]) -> Vec<String> {
    let standing = history.rows.iter().filter(|row| row.rolled_back_at.is_none());
    let mut rows: Vec<_> =
        standing.filter(|row| scripts.iter().any(|script| script.name == row.migration_name)).collect();
    rows.sort_by(|a, b| (b.finished_at, &b.migration_name).cmp(&(a.finished_at, &a.migration_name)));
    rows.into_iter().map(|row| row.migration_name.clone()).collect()
}

/// `before` are those that went before it, which are told where this one does not go.
fn revert_one(
    session: &mut Session,
    wire: &Wire,
    script: &Script,
    down: &str,
    before: &[String],
) -> Result<(), MigratorError> {
    settle(session)?;
    let in_transaction = script.migration.metadata().run_in_transaction();
    run::run(
        session,
        wire,
        down,
        in_transaction,
        Limits::default(),
        |session| Ok(script.migration.revert(session)?),
        |session| Ok(ledger::roll_back(session, script, false, "reverted with its down.sql")?),
    )
    .map_err(|Stopped { fault, rolled_back }| MigratorError::Down {
        name: script.name.clone(),
        rolled_back,
        fault,
        before: before.to_vec(),
    })?;
    Ok(settle(session)?)
}
