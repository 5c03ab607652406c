//! Applies what is pending: one runner at a time, one migration at a time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use diesel::connection::{InstrumentationEvent, SimpleConnection};
use diesel::sql_types::Text;
use diesel::{Connection, QueryResult, QueryableByName, RunQueryDsl};
use serde::Serialize;

use crate::connection::Session;
use crate::error::{MigratorError, SqlFault};
use crate::lock::{self, Holder};
use crate::source::Script;
use crate::status::{State, Status, judge};
use crate::{known, ledger};

/// How patient a run is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployOptions {
    /// How long to poll for the lock while somebody else migrates. Zero asks once.
    pub wait: Duration,
    /// How long one statement may wait for a table that others use; None leaves the database's own setting.
    pub lock_timeout: Option<Duration>,
    /// How long one statement may take; None leaves the database's own setting.
    pub statement_timeout: Option<Duration>,
}

impl Default for DeployOptions {
    fn default() -> Self {
        Self { wait: Duration::from_mins(1), lock_timeout: None, statement_timeout: None }
    }
}

/// What happens during a run, as it happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// Somebody else migrates; told once, then the run polls.
    Waiting {
        /// Whose session it is, where the database tells.
        holder: Option<Holder>,
    },
    /// The next migration is older than one that is applied. It runs all the same: ours hold in any order.
    OutOfOrder {
        /// The folder.
        name: String,
    },
    /// A migration begins.
    Started {
        /// The folder.
        name: String,
        /// Its place in this run, from 1.
        position: usize,
        /// How many this run has.
        of: usize,
    },
    /// A migration is applied and committed.
    Applied {
        /// The folder.
        name: String,
        /// How long it took, in milliseconds.
        millis: u64,
    },
    /// A migration failed; the run stops.
    Failed {
        /// The folder.
        name: String,
        /// True when nothing of it is left in the database.
        rolled_back: bool,
        /// What PostgreSQL said.
        fault: String,
    },
}

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct DeployReport {
    /// The migrations of this run, in its order.
    pub applied: Vec<String>,
    /// How many were applied before it.
    pub already_applied: usize,
}

/// The whole run, on a thread that may block.
pub(crate) fn run(
    session: &mut Session,
    scripts: &[Script],
    options: &DeployOptions,
    emit: &mut dyn FnMut(Event),
) -> Result<DeployReport, MigratorError> {
    settle(session)?;
    lock::acquire(session, options.wait, |holder| emit(Event::Waiting { holder }))?;
    let outcome = run_locked(session, scripts, options, emit);
    // After a failure the session may be gone, and the lock with it; the failure is what has to be told.
    let released = lock::release(session);
    let report = outcome?;
    released?;
    Ok(report)
}

fn run_locked(
    session: &mut Session,
    scripts: &[Script],
    options: &DeployOptions,
    emit: &mut dyn FnMut(Event),
) -> Result<DeployReport, MigratorError> {
    // Read only now: whoever had the lock before us may have done the work. Nobody else migrates from here on.
    let status = judge(&known(scripts), &ledger::read(session)?, None);
    refuse(&status)?;
    let pending: Vec<(&Script, State)> = scripts
        .iter()
        .filter_map(|script| {
            let entry = status.migrations.iter().find(|entry| entry.name == script.name)?;
            entry.state.is_pending().then_some((script, entry.state))
        })
        .collect();
    let mut report =
        DeployReport { already_applied: scripts.len() - pending.len(), ..DeployReport::default() };
    ledger::create_tables(session)?;

    for (index, (script, state)) in pending.iter().enumerate() {
        if *state == State::OutOfOrder {
            emit(Event::OutOfOrder { name: script.name.clone() });
        }
        emit(Event::Started { name: script.name.clone(), position: index + 1, of: pending.len() });
        let begun = Instant::now();
        apply(session, script, options, emit)?;
        let millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        emit(Event::Applied { name: script.name.clone(), millis });
        report.applied.push(script.name.clone());
    }
    Ok(report)
}

/// Never "start anyway": what a failed, edited or ahead history means is for a person to say.
fn refuse(status: &Status) -> Result<(), MigratorError> {
    let first =
        |state| status.migrations.iter().find(|entry| entry.state == state).map(|entry| entry.name.clone());
    if let Some(name) = first(State::Failed) {
        return Err(MigratorError::Failed { name });
    }
    if let Some(name) = first(State::Edited) {
        return Err(MigratorError::Edited { name });
    }
    first(State::Ahead).map_or(Ok(()), |name| Err(MigratorError::Ahead { name }))
}

/// The started row first and for itself; then script, mirror and finished row in one transaction, where the
/// script allows one.
fn apply(
    session: &mut Session,
    script: &Script,
    options: &DeployOptions,
    emit: &mut dyn FnMut(Event),
) -> Result<(), MigratorError> {
    settle(session)?;
    // We hold the lock and the history was judged: what is unfinished under this name has left nothing.
    ledger::close_interrupted(session, script)?;
    let id = ledger::start(session, script)?;
    let heard = listen(session, &script.up);
    let in_transaction = script.migration.metadata().run_in_transaction();

    let mut transaction_id = None;
    let outcome = if in_transaction {
        session.transaction(|session| {
            transaction_id = Some(current_transaction(session)?);
            run_script(session, &id, script, options)
        })
    } else {
        run_script(session, &id, script, options)
    };
    let Err(failure) = outcome else {
        return settle(session).map_err(MigratorError::from);
    };

    let heard = heard.lock().unwrap_or_else(PoisonError::into_inner).take();
    let fault = heard.unwrap_or(SqlFault { message: failure.0, sqlstate: None, line: None });
    // A script may hold a COMMIT of its own, so PostgreSQL is asked what became of the transaction. Where it
    // cannot answer any more, the row stays unfinished and the next run stops in front of it.
    let rolled_back = transaction_id.is_some_and(|id| was_aborted(session, &id).unwrap_or(false));
    if let Err(error) = ledger::fail(session, &id, &fault.to_string(), rolled_back) {
        tracing::error!(migration = %script.name, %error, "the failure could not be written into the history");
    }
    emit(Event::Failed { name: script.name.clone(), rolled_back, fault: fault.to_string() });
    Err(MigratorError::Script { name: script.name.clone(), rolled_back, fault })
}

/// A failure inside the script's transaction, as a sentence; the listener has the details.
struct Failure(String);

impl From<diesel::result::Error> for Failure {
    fn from(error: diesel::result::Error) -> Self {
        Self(error.to_string())
    }
}

fn run_script(
    session: &mut Session,
    id: &str,
    script: &Script,
    options: &DeployOptions,
) -> Result<(), Failure> {
    for (name, limit) in
        [("lock_timeout", options.lock_timeout), ("statement_timeout", options.statement_timeout)]
    {
        if let Some(limit) = limit {
            session.batch_execute(&format!("SET {name} = '{}ms'", limit.as_millis()))?;
        }
    }
    script.migration.run(session).map_err(|error| Failure(error.to_string()))?;
    Ok(ledger::finish(session, id, script)?)
}

/// Brings the session into a known state: a script may have set a search path, a timeout or a zone.
fn settle(session: &mut Session) -> QueryResult<()> {
    session.set_instrumentation(|_: InstrumentationEvent<'_>| {});
    session.batch_execute(
        "RESET ALL; SET TIME ZONE 'UTC'; SET client_encoding TO 'UTF8'; SET application_name TO 'careernav migrate'",
    )
}

/// Keeps the first error of the session from here on. diesel's migrations hand on only the sentence of an error;
/// the position that gives the line is seen by the instrumentation alone.
fn listen(session: &mut Session, script: &str) -> Arc<Mutex<Option<SqlFault>>> {
    let heard = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&heard);
    let script = script.to_owned();
    session.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::FinishQuery { error: Some(error), .. } = event {
            keep.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get_or_insert_with(|| SqlFault::from_diesel(error, Some(&script)));
        }
    });
    heard
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

fn current_transaction(session: &mut Session) -> QueryResult<String> {
    let row = diesel::sql_query("SELECT pg_current_xact_id()::text AS word").get_result::<Word>(session)?;
    Ok(row.word)
}

fn was_aborted(session: &mut Session, transaction_id: &str) -> QueryResult<bool> {
    let row = diesel::sql_query("SELECT coalesce(pg_xact_status($1::xid8), '') AS word")
        .bind::<Text, _>(transaction_id)
        .get_result::<Word>(session)?;
    Ok(row.word == "aborted")
}
