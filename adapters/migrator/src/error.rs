//! Everything that can stop the migrator, one clear sentence each.

use std::fmt;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::lock::Holder;

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
    /// The database was migrated by a newer program than this one.
    #[error(
        "the database is ahead: it has the migration {name}, which this program does not know; start the newer program"
    )]
    Ahead {
        /// The name in the history.
        name: String,
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
    /// The exit code of the command line: 11 failed, 12 edited, 13 ahead, 14 duplicate, 20 no connection,
    /// 21 lock busy, 1 everything else.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Failed { .. } => 11,
            Self::Edited { .. } => 12,
            Self::Ahead { .. } => 13,
            Self::DuplicateVersion { .. } => 14,
            Self::NoConnection { .. } => 20,
            Self::LockBusy { .. } => 21,
            _ => 1,
        }
    }

    pub(crate) fn no_connection(error: &diesel::ConnectionError) -> Self {
        Self::NoConnection { reason: chain(error) }
    }
}

impl From<DieselError> for MigratorError {
    fn from(error: DieselError) -> Self {
        Self::Database(SqlFault::from_diesel(&error, None))
    }
}

/// What PostgreSQL said, as far as the driver hands it on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlFault {
    /// The message, with detail and hint where there are any.
    pub message: String,
    /// The SQLSTATE of the classes that diesel tells apart; None for the others.
    pub sqlstate: Option<&'static str>,
    /// The line of the script, from 1, where PostgreSQL names a position.
    pub line: Option<usize>,
}

impl SqlFault {
    /// Reads diesel's error; `script` is the text that positions count in.
    pub(crate) fn from_diesel(error: &DieselError, script: Option<&str>) -> Self {
        let DieselError::DatabaseError(kind, information) = error else {
            return Self { message: chain(error), sqlstate: None, line: None };
        };
        let mut message = information.message().to_owned();
        for (label, more) in [("detail", information.details()), ("hint", information.hint())] {
            if let Some(more) = more {
                message = format!("{message} ({label}: {more})");
            }
        }
        let line = script.zip(information.statement_position()).and_then(|(script, position)| {
            let before = usize::try_from(position).ok()?.checked_sub(1)?;
            Some(1 + script.chars().take(before).filter(|letter| *letter == '\n').count())
        });
        Self { message, sqlstate: sqlstate(*kind), line }
    }
}

/// diesel keeps no SQLSTATE, but its kinds stand for exactly these.
fn sqlstate(kind: DatabaseErrorKind) -> Option<&'static str> {
    Some(match kind {
        DatabaseErrorKind::UniqueViolation => "23505",
        DatabaseErrorKind::ForeignKeyViolation => "23503",
        DatabaseErrorKind::NotNullViolation => "23502",
        DatabaseErrorKind::CheckViolation => "23514",
        DatabaseErrorKind::ExclusionViolation => "23P01",
        DatabaseErrorKind::RestrictViolation => "23001",
        DatabaseErrorKind::SerializationFailure => "40001",
        DatabaseErrorKind::ReadOnlyTransaction => "25006",
        _ => return None,
    })
}

impl fmt::Display for SqlFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        f.write_str(&self.message)?;
        match self.sqlstate {
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
