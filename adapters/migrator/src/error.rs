//! Everything that can stop the migrator, one clear sentence each.

use std::fmt;
use std::path::PathBuf;

use diesel::result::Error as DieselError;
use serde::Serialize;

use crate::connection::{Fault, Wire};
use crate::lock::Holder;
use crate::script::statements;

/// Why nothing was done, or why the run stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigratorError {
    /// The address does not name PostgreSQL.
    #[error("the database address must start with postgres:// or postgresql://, it has {scheme}")]
    NotPostgres {
        /// What it starts with instead; never the whole address, which may carry a password.
        scheme: String,
    },
    /// `migration_lock.toml` names another database system.
    #[error("the migrations are written for the provider \"{provider}\", only \"postgresql\" is supported")]
    OtherProvider {
        /// As the file names it.
        provider: String,
    },
    /// Two folders begin with the same digits, which the histories could not tell apart.
    #[error(
        "the migrations {first} and {second} have the same version {version}: rename the one that was not applied yet"
    )]
    DuplicateVersion {
        /// The digits.
        version: String,
        /// The folder that sorts first.
        first: String,
        /// The folder that sorts second.
        second: String,
    },
    /// A folder or a script could not be read.
    #[error("the migrations cannot be read: {reason}")]
    Unreadable {
        /// Which file, and why.
        reason: String,
    },
    /// A file could not be written.
    #[error("{} cannot be written: {reason}", .path.display())]
    Unwritable {
        /// Which.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The database does not answer.
    #[error("no connection to the database: {reason}")]
    NoConnection {
        /// As the driver says it.
        reason: String,
    },
    /// Somebody else is migrating, and did not finish in the time we were told to wait.
    #[error("another migration is running: {}", .holder.as_ref().map_or_else(|| "its session just ended, try again".to_owned(), ToString::to_string))]
    LockBusy {
        /// Whose session holds the lock, where the database tells.
        holder: Option<Holder>,
    },
    /// The lock went to another session in the middle of the run.
    #[error(
        "the session's lock is gone, as behind a pooler that lends sessions by transaction: set DATABASE_DIRECT_URL to an \
         address that leads past it"
    )]
    LockLost,
    /// Statements that were prepared in this session are not in it, or those of others are.
    #[error(
        "a prepared statement went to another session ({reason}), as behind a pooler that lends sessions by transaction: \
         set DATABASE_DIRECT_URL to an address that leads past it"
    )]
    Pooled {
        /// What PostgreSQL said.
        reason: String,
    },
    /// The history has a row that neither finished nor was rolled back.
    #[error(
        "the migration {name} failed or was interrupted: mend the database, then resolve it as applied or as rolled back"
    )]
    Failed {
        /// The folder.
        name: String,
    },
    /// A script was changed after it had been applied.
    #[error(
        "the migration {name} was edited after it had been applied: restore its up.sql and put the change into a new migration"
    )]
    Edited {
        /// The folder.
        name: String,
    },
    /// The former tool's script is not the one that it applied.
    #[error(
        "{} is not the script that the former tool applied as {name}: give the folder as it was then", .path.display()
    )]
    OtherScript {
        /// The name in the history.
        name: String,
        /// Which file.
        path: PathBuf,
    },
    /// The database was migrated by a newer program than this one.
    #[error(
        "the database is ahead: it has the migration {name}, which this program does not know; start the newer program"
    )]
    Ahead {
        /// The name in the history.
        name: String,
    },
    /// Another tool applied a migration, and this database was not taken over yet.
    #[error(
        "the migration {name} was applied by another tool: run `careernav migrate adopt` to take the database over"
    )]
    NotTakenOver {
        /// The folder.
        name: String,
    },
    /// There is no history to go by.
    #[error(
        "the database has tables but no history of migrations: run `careernav migrate adopt --baseline` to declare that \
         the former tool's migrations are applied"
    )]
    NoHistory,
    /// The database is empty.
    #[error("the database is empty, there is nothing to take over: run `careernav migrate deploy`")]
    NothingThere,
    /// What is there cannot be what was expected.
    #[error("the database contradicts the expected schema, nothing was changed: {}", .differences.join("; "))]
    Contradicting {
        /// In words.
        differences: Vec<String>,
    },
    /// No folder has that name.
    #[error("there is no migration {name}")]
    NoSuchMigration {
        /// As it was given.
        name: String,
    },
    /// It is applied, so there is nothing to resolve.
    #[error("the migration {name} is applied already, there is nothing to resolve")]
    AlreadyApplied {
        /// The folder.
        name: String,
    },
    /// Its script is the one that was applied, or it was not applied at all.
    #[error("the migration {name} was not edited after it had been applied, there is nothing to accept")]
    NotEdited {
        /// The folder.
        name: String,
    },
    /// No attempt at it failed.
    #[error("no attempt at the migration {name} has failed, there is nothing to roll back")]
    NothingFailed {
        /// The folder.
        name: String,
    },
    /// It cannot be taken back.
    #[error("the migration {name} cannot be reverted: {reason}")]
    Irreversible {
        /// The folder.
        name: String,
        /// Why not.
        reason: &'static str,
    },
    /// A down.sql failed.
    #[error(
        "reverting {name} failed and {}: {fault}{}",
        if *.rolled_back { "was rolled back as a whole" } else { "may have been done in part" },
        if .before.is_empty() { String::new() } else { format!("; reverted before it: {}", .before.join(", ")) }
    )]
    Down {
        /// The folder.
        name: String,
        /// True when the database is as it was before.
        rolled_back: bool,
        /// What PostgreSQL said.
        fault: SqlFault,
        /// Those that were reverted before it.
        before: Vec<String>,
    },
    /// There is nothing to compare with.
    #[error("the migrations cannot be replayed into a scratch database: {reason}")]
    NoScratch {
        /// Why not.
        reason: String,
    },
    /// A script failed. What became of it is in the history.
    #[error("the migration {name} failed and {}: {fault}", if *.rolled_back { "was rolled back as a whole" } else { "may have been applied in part" })]
    Script {
        /// The folder.
        name: String,
        /// True when nothing of the script is left in the database.
        rolled_back: bool,
        /// What PostgreSQL said.
        fault: SqlFault,
    },
    /// A statement of the migrator itself failed.
    #[error("the database refused: {0}")]
    Database(SqlFault),
    /// The blocking thread was stopped, for example because the runtime shuts down.
    #[error("the migration was interrupted: {reason}")]
    Interrupted {
        /// As the runtime says it.
        reason: String,
    },
}

impl MigratorError {
    /// The exit code of the command line: 10 not taken over, 11 failed, 12 edited, 13 ahead, 14 duplicate,
    /// 15 contradicting, 20 no connection, 21 lock busy or lost or behind a pooler, 1 everything else.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NotTakenOver { .. } | Self::NoHistory => 10,
            Self::Failed { .. } => 11,
            Self::Edited { .. } | Self::OtherScript { .. } => 12,
            Self::Ahead { .. } => 13,
            Self::DuplicateVersion { .. } => 14,
            Self::Contradicting { .. } => 15,
            Self::NoConnection { .. } => 20,
            Self::LockBusy { .. } | Self::LockLost | Self::Pooled { .. } => 21,
            _ => 1,
        }
    }

    /// The commands to choose from, for a person who has to decide; none where the sentence says it all.
    pub fn choices(&self) -> Vec<String> {
        match self {
            Self::Script { name, rolled_back: true, .. } => {
                vec![format!(
                    "mend migrations/{name}/up.sql, or what it met, and run: careernav migrate deploy"
                )]
            }
            Self::Script { name, .. } | Self::Failed { name } => vec![
                format!(
                    "where you have completed it by hand: careernav migrate resolve --applied {name} --reason …"
                ),
                format!(
                    "where you have undone it by hand: careernav migrate resolve --rolled-back {name} --reason …"
                ),
                "where its program was killed, let this find out what is left: careernav migrate repair"
                    .to_owned(),
            ],
            Self::Edited { name } => vec![format!(
                "where the new bytes do the same: careernav migrate repair --accept {name} --reason …"
            )],
            _ => Vec::new(),
        }
    }

    pub(crate) fn no_connection(error: &dyn std::error::Error) -> Self {
        Self::NoConnection { reason: chain(error) }
    }

    /// The same with the SQLSTATE, which diesel keeps to itself.
    pub(crate) fn with_what_was_heard(self, wire: &Wire) -> Self {
        self.heard(wire.fault())
    }

    fn heard(self, fault: Option<Fault>) -> Self {
        match (self, fault) {
            // invalid_sql_statement_name and duplicate_prepared_statement, but not a script's own.
            (Self::Database(_) | Self::NoConnection { .. }, Some(heard))
                if matches!(heard.sqlstate.as_str(), "26000" | "42P05") =>
            {
                Self::Pooled { reason: heard.message }
            }
            (Self::Database(fault), Some(heard)) if fault.message.starts_with(&heard.message) => {
                Self::Database(SqlFault::heard(&heard, None))
            }
            (other, _) => other,
        }
    }
}

impl From<DieselError> for MigratorError {
    fn from(error: DieselError) -> Self {
        Self::Database(SqlFault { message: chain(&error), sqlstate: None, line: None })
    }
}

/// What PostgreSQL said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SqlFault {
    /// The message, with detail and hint where there are any.
    pub message: String,
    /// The SQLSTATE; None where the failure is not PostgreSQL's.
    pub sqlstate: Option<String>,
    /// The line of the script, from 1: of the place that PostgreSQL names, or else of the statement that failed.
    pub line: Option<usize>,
}

impl SqlFault {
    /// As the server told it; `script` is the text that was sent.
    pub(crate) fn heard(fault: &Fault, script: Option<&str>) -> Self {
        let mut message = fault.message.clone();
        for (label, more) in [("detail", &fault.detail), ("hint", &fault.hint)] {
            if let Some(more) = more {
                message = format!("{message} ({label}: {more})");
            }
        }
        let line = script.and_then(|script| match fault.position {
            Some(position) => {
                let before = script.chars().take(position.saturating_sub(1));
                Some(1 + before.filter(|letter| *letter == '\n').count())
            }
            None => statements(script).get(fault.completed).map(|statement| statement.line),
        });
        Self { message, sqlstate: Some(fault.sqlstate.clone()), line }
    }

    /// Whether it may be gone when tried again: a lock that did not come in time, a deadlock, a serialization failure.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self.sqlstate.as_deref(), Some("55P03" | "40P01" | "40001"))
    }
}

impl fmt::Display for SqlFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        f.write_str(&self.message)?;
        match &self.sqlstate {
            Some(code) => write!(f, " [SQLSTATE {code}]"),
            None => Ok(()),
        }
    }
}

/// The sentence of an error with those of its sources, where they add something.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let said = cause.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prepared_statement_that_went_to_another_session_tells_of_a_pooler() {
        let message = "prepared statement \"s18\" does not exist".to_owned();
        let fault = Fault {
            sqlstate: "26000".to_owned(),
            message: message.clone(),
            detail: None,
            hint: None,
            position: None,
            completed: 0,
        };
        let ours = MigratorError::NoConnection { reason: message.clone() };
        let said = ours.heard(Some(fault.clone())).to_string();
        assert!(said.contains("DATABASE_DIRECT_URL"), "{said}");

        let fault_of_script = SqlFault { message, sqlstate: Some("26000".to_owned()), line: Some(1) };
        let of_script =
            MigratorError::Script { name: "x".to_owned(), rolled_back: true, fault: fault_of_script };
        assert!(matches!(of_script.heard(Some(fault)), MigratorError::Script { .. }));
    }
}
