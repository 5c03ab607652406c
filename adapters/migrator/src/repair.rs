//! Clears away what killed programs left, as far as it can be known, and says what it did.

use std::fmt;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::sql_types::{Bool, Text};
use diesel::{QueryResult, QueryableByName, RunQueryDsl};
use serde::Serialize;

use crate::catalog::quoted;
use crate::connection::Session;
use crate::error::MigratorError;
use crate::run::settle;
use crate::script::statements;
use crate::source::Script;
use crate::status::{Entry, State, Status, judge};
use crate::{known, ledger, lock};

/// One thing that was found, and what was done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "repair", rename_all = "snake_case")]
pub enum Repaired {
    /// An attempt that left nothing: it will be tried again.
    RolledBack {
        /// The folder.
        name: String,
    },
    /// An index was built to its end before the program was killed.
    Finished {
        /// The folder.
        name: String,
    },
    /// An index that was never finished and serves no query.
    Dropped {
        /// The index.
        index: String,
    },
    /// A checksum was accepted.
    Accepted {
        /// The folder.
        name: String,
    },
    /// What is left of it cannot be known, a person has to look.
    Unclear {
        /// The folder.
        name: String,
    },
}

impl fmt::Display for Repaired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RolledBack { name } => write!(f, "{name}: nothing of it is left, it will be tried again"),
            Self::Finished { name } => write!(f, "{name}: its index is complete, it counts as applied"),
            Self::Dropped { index } => write!(f, "{index}: an unfinished index, dropped"),
            Self::Accepted { name } => write!(f, "{name}: its script is accepted as it is now"),
            Self::Unclear { name } => write!(
                f,
                "{name}: what is left of it cannot be known; look, and say so with `careernav migrate resolve`"
            ),
        }
    }
}

/// A checksum to accept: of which migration, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accept {
    /// The folder.
    pub name: String,
    /// Why the new bytes do the same as the old.
    pub reason: String,
}

/// Repairs what can be; with `look`, only tells.
pub(crate) fn repair(
    session: &mut Session,
    scripts: &[Script],
    accept: Option<&Accept>,
    look: bool,
    wait: Duration,
) -> Result<Vec<Repaired>, MigratorError> {
    settle(session)?;
    // Whoever holds the lock is not gone.
    lock::acquire(session, wait, drop)?;
    lock::while_held(session, |session| {
        let mut done = Vec::new();
        let status = judge(&known(scripts), &ledger::read(session)?, None);
        let accepted = match accept {
            Some(accept) => Some((accept, edited(scripts, &status, &accept.name)?)),
            None => None,
        };
        for script in scripts {
            let state =
                status.migrations.iter().find(|entry| entry.name == script.name).map(|entry| entry.state);
            match state {
                Some(State::Interrupted) => {
                    if !look {
                        ledger::roll_back(
                            session,
                            script,
                            true,
                            "interrupted before its transaction was committed",
                        )?;
                    }
                    done.push(Repaired::RolledBack { name: script.name.clone() });
                }
                Some(State::Failed) => failed(session, script, look, &mut done)?,
                _ => {}
            }
        }
        for index in invalid_indexes(session)? {
            if done.contains(&Repaired::Dropped { index: index.clone() }) {
                continue;
            }
            if !look {
                drop_index(session, &index)?;
            }
            done.push(Repaired::Dropped { index });
        }
        if let Some((Accept { name, reason }, script)) = accepted {
            if !look {
                ledger::accept(session, name, &script.checksum, reason)?;
            }
            done.push(Repaired::Accepted { name: name.clone() });
        }
        Ok(done)
    })
}

/// The script of a migration that was edited.
fn edited<'a>(scripts: &'a [Script], status: &Status, name: &str) -> Result<&'a Script, MigratorError> {
    let missing = || MigratorError::NoSuchMigration { name: name.to_owned() };
    let script = scripts.iter().find(|script| script.name == name).ok_or_else(missing)?;
    let is_edited = |entry: &Entry| entry.name == name && entry.state == State::Edited;
    if status.migrations.iter().any(is_edited) {
        Ok(script)
    } else {
        Err(MigratorError::NotEdited { name: name.to_owned() })
    }
}

/// A script that only builds one index is complete exactly if that index is there and valid.
fn failed(
    session: &mut Session,
    script: &Script,
    look: bool,
    done: &mut Vec<Repaired>,
) -> Result<(), MigratorError> {
    let name = script.name.clone();
    let Some(index) = only_index(script) else {
        done.push(Repaired::Unclear { name });
        return Ok(());
    };
    match index_is_valid(session, &index)? {
        Some(true) => {
            if !look {
                ledger::together(session, |session| {
                    ledger::complete(session, script, "its index was complete")?;
                    ledger::mirror(session, &script.version)
                })?;
            }
            done.push(Repaired::Finished { name });
            return Ok(());
        }
        Some(false) => {
            if !look {
                drop_index(session, &index)?;
            }
            done.push(Repaired::Dropped { index });
        }
        None => {}
    }
    if !look {
        ledger::roll_back(session, script, true, "interrupted before its index was complete")?;
    }
    done.push(Repaired::RolledBack { name });
    Ok(())
}

/// The index that the script builds concurrently, if it does nothing else.
fn only_index(script: &Script) -> Option<String> {
    let statements = statements(&script.up);
    let [statement] = statements.as_slice() else { return None };
    let at = statement.find(0, &["CONCURRENTLY"])? + 1;
    let at = if statement.has_at(at, &["IF", "NOT", "EXISTS"]) { at + 3 } else { at };
    (statement.word(0) == "CREATE").then(|| statement.name(at).0)
}

#[derive(QueryableByName)]
struct Index {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    valid: bool,
}

fn index_is_valid(session: &mut Session, name: &str) -> QueryResult<Option<bool>> {
    let found = diesel::sql_query(
        "SELECT relname::text AS name, indisvalid AS valid FROM pg_catalog.pg_index
         JOIN pg_catalog.pg_class ON oid = indexrelid
         WHERE relnamespace = 'public'::regnamespace AND relname = $1",
    )
    .bind::<Text, _>(name)
    .load::<Index>(session)?;
    Ok(found.first().map(|index| index.valid))
}

/// Those that nobody is building at this moment.
fn invalid_indexes(session: &mut Session) -> QueryResult<Vec<String>> {
    let found = diesel::sql_query(
        "SELECT relname::text AS name, indisvalid AS valid FROM pg_catalog.pg_index
         JOIN pg_catalog.pg_class ON oid = indexrelid
         WHERE relnamespace = 'public'::regnamespace AND NOT indisvalid
           -- One on a partitioned table is so until every partition has its own.
           AND relkind = 'i'
           AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_stat_progress_create_index AS built
                           WHERE built.index_relid = indexrelid)
         ORDER BY relname",
    )
    .load::<Index>(session)?;
    Ok(found.into_iter().map(|index| index.name).collect())
}

fn drop_index(session: &mut Session, name: &str) -> QueryResult<()> {
    session.batch_execute(&format!("DROP INDEX CONCURRENTLY IF EXISTS public.{}", quoted(name)))
}
