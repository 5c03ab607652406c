//! What a deploy would do, without doing it.

use std::fmt;

use diesel::migration::Migration;
use serde::Serialize;

use crate::error::MigratorError;
use crate::script::{Finding, Lock, lint, locks, statements};
use crate::source::Script;
use crate::status::Status;

/// One migration that a deploy would run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Planned {
    /// The folder.
    pub name: String,
    /// Whether all of it stands or falls together.
    pub in_transaction: bool,
    /// The script.
    pub sql: String,
    /// The locks on tables that are there.
    pub locks: Vec<Lock>,
    /// What is dangerous in it.
    pub findings: Vec<Finding>,
    /// The lines of its DO blocks, of which neither locks nor dangers are known.
    pub blocks: Vec<usize>,
}

/// What a deploy would run, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The migrations.
    pub migrations: Vec<Planned>,
}

/// The pending migrations. A history that a deploy would refuse is refused.
pub(crate) fn plan(scripts: &[Script], status: &Status) -> Result<Plan, MigratorError> {
    status.refuse()?;
    let pending = scripts.iter().filter(|script| status.is_pending(&script.name));
    Ok(Plan { migrations: pending.map(planned).collect() })
}

/// What is dangerous in the scripts.
pub(crate) fn findings(scripts: &[Script]) -> Vec<Finding> {
    scripts.iter().flat_map(|script| planned(script).findings).collect()
}

fn planned(script: &Script) -> Planned {
    let in_transaction = script.migration.metadata().run_in_transaction();
    Planned {
        name: script.name.clone(),
        in_transaction,
        sql: script.up.clone(),
        locks: locks(&script.up),
        findings: lint(&script.name, &script.up, in_transaction),
        blocks: blocks(&script.up),
    }
}

fn blocks(script: &str) -> Vec<usize> {
    let all = statements(script);
    all.iter().filter(|statement| statement.word(0) == "DO").map(|statement| statement.line).collect()
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.migrations.is_empty() {
            return writeln!(f, "-- Nothing is pending.");
        }
        for Planned { name, in_transaction, sql, locks, findings, blocks } in &self.migrations {
            let how = if *in_transaction { "in one transaction" } else { "outside a transaction" };
            writeln!(f, "-- {name}, {how}")?;
            for lock in locks {
                writeln!(f, "-- lock, {lock}")?;
            }
            for finding in findings {
                writeln!(f, "-- danger, {finding}")?;
            }
            for line in blocks {
                writeln!(f, "-- line {line}: a DO block, which is not looked into; it may take locks, too")?;
            }
            writeln!(f, "\n{}\n", sql.trim_end())?;
        }
        Ok(())
    }
}
