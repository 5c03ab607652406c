//! Applies what is pending: one runner at a time, one migration at a time.

use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::connection::{Session, Wire};
use crate::error::{MigratorError, SqlFault};
use crate::lock::{self, Holder};
use crate::run::{self, Limits, Stopped, settle};
use crate::source::Script;
use crate::status::State;
use crate::{judge, ledger};

/// Between two attempts at a script, times the number of the attempt.
const PAUSE: Duration = Duration::from_millis(200);

/// How patient a run is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployOptions {
    /// How long to poll for the lock while somebody else migrates. Zero asks once.
    pub wait: Duration,
    /// How long one statement may wait for a table that others use; None leaves the database's own setting.
    pub lock_timeout: Option<Duration>,
    /// How long one statement may take; None leaves the database's own setting.
    pub statement_timeout: Option<Duration>,
    /// How often a script is tried again that did not get a lock in time or ended a deadlock.
    pub retries: u32,
    /// Only these of the pending migrations; None is all.
    pub only: Option<Vec<String>>,
}

impl Default for DeployOptions {
    fn default() -> Self {
        Self {
            wait: Duration::from_mins(1),
            lock_timeout: None,
            statement_timeout: None,
            retries: 0,
            only: None,
        }
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
        fault: SqlFault,
    },
    /// A migration was rolled back because others were in the way; it is tried again.
    Retrying {
        /// The folder.
        name: String,
        /// Which attempt failed, from 1.
        attempt: u32,
        /// How many more there are at most.
        of: u32,
        /// What PostgreSQL said.
        fault: SqlFault,
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
    wire: &Wire,
    scripts: &[Script],
    options: &DeployOptions,
    emit: &mut dyn FnMut(Event),
) -> Result<DeployReport, MigratorError> {
    settle(session)?;
    lock::acquire(session, options.wait, |holder| emit(Event::Waiting { holder }))?;
    lock::while_held(session, |session| run_locked(session, wire, scripts, options, emit))
}

fn run_locked(
    session: &mut Session,
    wire: &Wire,
    scripts: &[Script],
    options: &DeployOptions,
    emit: &mut dyn FnMut(Event),
) -> Result<DeployReport, MigratorError> {
    // Read only now: whoever had the lock before us may have done the work. Nobody else migrates from here on.
    let history = ledger::read(session)?;
    let status = judge(session, scripts, &history, None)?;
    status.refuse()?;
    let pending: Vec<(&Script, State)> = scripts
        .iter()
        .filter_map(|script| {
            let entry = status.migrations.iter().find(|entry| entry.name == script.name)?;
            entry.state.is_pending().then_some((script, entry.state))
        })
        .collect();
    let already_applied = scripts.len() - pending.len();
    let is_wanted = |name: &String| options.only.as_ref().is_none_or(|only| only.contains(name));
    let pending: Vec<_> = pending.into_iter().filter(|(script, _)| is_wanted(&script.name)).collect();
    let mut report = DeployReport { already_applied, ..DeployReport::default() };
    ledger::create_tables(session)?;
    // Whoever else wrote the ledger did not know of its mirror.
    for script in scripts.iter().filter(|script| status.is_applied(&script.name)) {
        if !history.mirror.contains(&script.version) {
            ledger::mirror(session, &script.version)?;
        }
    }

    for (index, (script, state)) in pending.iter().enumerate() {
        if *state == State::OutOfOrder {
            emit(Event::OutOfOrder { name: script.name.clone() });
        }
        emit(Event::Started { name: script.name.clone(), position: index + 1, of: pending.len() });
        let begun = Instant::now();
        apply(session, wire, script, options, emit)?;
        let millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        emit(Event::Applied { name: script.name.clone(), millis });
        report.applied.push(script.name.clone());
    }
    Ok(report)
}

/// The started row first and for itself; then script, mirror and finished row in one transaction, where the
/// script allows one. A script that could not get a lock in time, or was chosen to end a deadlock, is tried again.
fn apply(
    session: &mut Session,
    wire: &Wire,
    script: &Script,
    options: &DeployOptions,
    emit: &mut dyn FnMut(Event),
) -> Result<(), MigratorError> {
    for attempt in 1_u32.. {
        let Err(stopped) = try_once(session, wire, script, options)? else { break };
        let Stopped { fault, rolled_back } = stopped;
        if !rolled_back || !fault.is_passing() || attempt > options.retries {
            emit(Event::Failed { name: script.name.clone(), rolled_back, fault: fault.clone() });
            return Err(MigratorError::Script { name: script.name.clone(), rolled_back, fault });
        }
        emit(Event::Retrying { name: script.name.clone(), attempt, of: options.retries, fault });
        // Whoever was in the way gets a moment to end, each time a longer one.
        thread::sleep(PAUSE * attempt.min(10));
    }
    Ok(settle(session)?)
}

fn try_once(
    session: &mut Session,
    wire: &Wire,
    script: &Script,
    options: &DeployOptions,
) -> Result<Result<(), Stopped>, MigratorError> {
    settle(session)?;
    // A pooler that lends its sessions by transaction would have given the lock to somebody else.
    if !lock::is_held(session)? {
        return Err(MigratorError::LockLost);
    }
    // We hold the lock and the history was judged: what is unfinished under this name has left nothing.
    ledger::roll_back(session, script, true, "interrupted before its transaction was committed")?;
    let id = ledger::start(session, script)?;
    let limits = Limits { lock: options.lock_timeout, statement: options.statement_timeout };
    let in_transaction = script.migration.metadata().run_in_transaction();
    let outcome = run::run(
        session,
        wire,
        &script.up,
        in_transaction,
        limits,
        |session| Ok(script.migration.run(session)?),
        |session| Ok(ledger::finish(session, &id, script)?),
    );
    if let Err(Stopped { fault, rolled_back }) = &outcome
        && let Err(error) = ledger::fail(session, &id, &fault.to_string(), *rolled_back)
    {
        tracing::error!(migration = %script.name, %error, "the failure could not be written into the history");
    }
    Ok(outcome)
}
