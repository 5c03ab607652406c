//! Takes migrations back with their down.sql.

use std::time::Duration;

use diesel::migration::Migration;

use crate::connection::{Session, Wire};
use crate::error::MigratorError;
use crate::ledger::History;
use crate::run::{self, Limits, Stopped, settle};
use crate::source::Script;
use crate::status::{State, judge};
use crate::{known, ledger, lock};

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
        let status = judge(&known(scripts), &history, None);
        status.refuse()?;
        let mut done = Vec::new();
        for name in last_applied(&history, scripts).into_iter().take(count) {
            let Some(script) = scripts.iter().find(|script| script.name == name) else { continue };
            let ran_here =
                status.migrations.iter().any(|entry| entry.name == name && entry.state == State::Applied);
            if !ran_here {
                let reason = "it did not run here, so its down.sql may not fit what is there";
                return Err(MigratorError::Irreversible { name, reason });
            }
            revert_one(session, wire, script)?;
            done.push(name);
        }
        Ok(done)
    })
}

/// The names that stand in the history, the last finished one first.
fn last_applied(history: &History, scripts: &[Script]) -> Vec<String> {
    let standing = history.rows.iter().filter(|row| row.rolled_back_at.is_none());
    let mut rows: Vec<_> =
        standing.filter(|row| scripts.iter().any(|script| script.name == row.migration_name)).collect();
    rows.sort_by(|a, b| (b.finished_at, &b.migration_name).cmp(&(a.finished_at, &a.migration_name)));
    rows.into_iter().map(|row| row.migration_name.clone()).collect()
}

fn revert_one(session: &mut Session, wire: &Wire, script: &Script) -> Result<(), MigratorError> {
    let Some(down) = &script.down else {
        let reason = "it has no down.sql";
        return Err(MigratorError::Irreversible { name: script.name.clone(), reason });
    };
    settle(session)?;
    let in_transaction = script.migration.metadata().run_in_transaction();
    run::run(session, wire, down, in_transaction, Limits::default(), |session| {
        script.migration.revert(session)?;
        Ok(ledger::roll_back(session, script, false, "reverted with its down.sql")?)
    })
    .map_err(|Stopped { fault, rolled_back }| MigratorError::Down {
        name: script.name.clone(),
        rolled_back,
        fault,
    })?;
    Ok(settle(session)?)
}
