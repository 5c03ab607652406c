//! What an adoption found and did, in words.

use std::fmt;

use serde::Serialize;

use crate::catalog::{Class, Drift};

/// Something that the rows that are there do not allow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotCreated {
    /// What it is.
    pub what: String,
    /// What PostgreSQL said.
    pub reason: String,
}

/// What an adoption found and did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AdoptReport {
    /// The migrations that the history says are applied.
    pub applied: Vec<String>,
    /// Those that were written into the ledger as applied.
    pub declared: Vec<String>,
    /// Those that a deploy will run.
    pub pending: Vec<String>,
    /// What was missing and is there now.
    pub created: Vec<String>,
    /// What should be there, and the rows do not allow it.
    pub not_created: Vec<NotCreated>,
    /// What may not be null any more.
    pub reconciled: Vec<String>,
    /// The scripts that fill what may be null, before the columns' defaults do; only where nothing was done.
    pub fills: Vec<String>,
    /// What is missing still; only where nothing was done.
    pub missing: Vec<Drift>,
    /// What takes more than was expected, and is accepted.
    pub looser: Vec<Drift>,
    /// What is there beyond what was expected, and is kept.
    pub kept: Vec<Drift>,
    /// What is otherwise, and is accepted.
    pub differing: Vec<Drift>,
}

impl AdoptReport {
    /// Sorts the differences that remain.
    pub(super) fn sort(&mut self, differences: Vec<Drift>) {
        for drift in differences {
            match drift.class {
                Class::Missing => {
                    if !self.not_created.iter().any(|other| other.what == drift.what) {
                        self.missing.push(drift);
                    }
                }
                Class::Looser => self.looser.push(drift),
                Class::Extra => self.kept.push(drift),
                Class::Differs | Class::Contradicting => self.differing.push(drift),
            }
        }
    }
}

impl fmt::Display for AdoptReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            ("applied", &self.applied),
            ("declared applied", &self.declared),
            ("pending", &self.pending),
            ("created", &self.created),
            ("reconciled", &self.reconciled),
        ];
        for (label, names) in names {
            for name in names {
                writeln!(f, "{label}: {name}")?;
            }
        }
        for NotCreated { what, reason } in &self.not_created {
            writeln!(f, "not created: {what}: {reason}")?;
        }
        let differences = [
            ("missing", &self.missing),
            ("accepted", &self.looser),
            ("accepted", &self.differing),
            ("kept", &self.kept),
        ];
        for (label, drifts) in differences {
            for drift in drifts {
                writeln!(f, "{label}: {drift}")?;
            }
        }
        let sql = |drift: &Drift| drift.sql.iter().map(|sql| format!("{sql};")).collect::<Vec<_>>();
        let statements = self.missing.iter().flat_map(sql);
        let statements = statements.chain(self.fills.iter().cloned()).chain(self.looser.iter().flat_map(sql));
        for line in statements.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()) {
            writeln!(f, "    {line}")?;
        }
        Ok(())
    }
}
