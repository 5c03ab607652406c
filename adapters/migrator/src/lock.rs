//! The one lock that migrating programs share, ours and the former tool.

use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, Utc};
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text, Timestamptz};
use diesel::{QueryableByName, RunQueryDsl};
use serde::Serialize;

use crate::connection::Session;
use crate::error::MigratorError;

/// The key is the former tool's, so that the two exclude each other.
const KEY: i64 = 72_707_369;

/// Short enough that a start is not delayed, long enough that eight waiting programs are no load.
const PAUSE: Duration = Duration::from_millis(100);

/// The session that holds the lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, QueryableByName)]
pub struct Holder {
    /// The process id of its PostgreSQL backend.
    #[diesel(sql_type = Integer)]
    pub pid: i32,
    /// The name that the program gave itself; None where it gave none or we may not see it.
    #[diesel(sql_type = Nullable<Text>)]
    pub application: Option<String>,
    /// The address it connects from; None on a local socket.
    #[diesel(sql_type = Nullable<Text>)]
    pub client: Option<String>,
    /// Since when its session has been there; None where we may not see it.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub since: Option<DateTime<Utc>>,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "backend {} holds the lock", self.pid)?;
        if let Some(application) = &self.application {
            write!(f, ", application \"{application}\"")?;
        }
        if let Some(client) = &self.client {
            write!(f, ", from {client}")?;
        }
        match self.since {
            Some(since) => write!(f, ", since {}", since.to_rfc3339_opts(SecondsFormat::Secs, true)),
            None => Ok(()),
        }
    }
}

/// Who holds the lock, if anybody does. Only looks; takes nothing.
pub(crate) fn holder(session: &mut Session) -> Result<Option<Holder>, MigratorError> {
    // A key of 64 bits is kept in two halves; objsubid 1 says so.
    let found = diesel::sql_query(
        "SELECT held.pid, nullif(application_name, '') AS application, client_addr::text AS client,
                backend_start AS since
         FROM pg_catalog.pg_locks AS held
         LEFT JOIN pg_catalog.pg_stat_activity AS seen ON seen.pid = held.pid
         WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 1
           AND held.classid::bigint = 0 AND held.objid::bigint = $1
           AND held.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
         LIMIT 1",
    )
    .bind::<BigInt, _>(KEY)
    .load::<Holder>(session)?;
    Ok(found.into_iter().next())
}

#[derive(QueryableByName)]
struct Taken {
    #[diesel(sql_type = Bool)]
    taken: bool,
}

/// Polls for the lock until `wait` is over, and tells `on_wait` once who is in the way.
///
/// It never waits inside PostgreSQL: a session that does holds a snapshot, and a `CREATE INDEX
/// CONCURRENTLY` of the holder would wait for that snapshot, forever.
pub(crate) fn acquire(
    session: &mut Session,
    wait: Duration,
    mut on_wait: impl FnMut(Option<Holder>),
) -> Result<(), MigratorError> {
    let begun = Instant::now();
    let mut told = false;
    loop {
        let answer = diesel::sql_query("SELECT pg_catalog.pg_try_advisory_lock($1) AS taken")
            .bind::<BigInt, _>(KEY)
            .get_result::<Taken>(session)?;
        if answer.taken {
            return Ok(());
        }
        let holder = holder(session)?;
        if begun.elapsed() >= wait {
            return Err(MigratorError::LockBusy { holder });
        }
        if !told {
            on_wait(holder);
            told = true;
        }
        thread::sleep(PAUSE.min(wait.saturating_sub(begun.elapsed())));
    }
}

/// Whether this session holds the lock. Behind a pooler that lends a session for a transaction only, it soon does not.
pub(crate) fn is_held(session: &mut Session) -> Result<bool, MigratorError> {
    let answer = diesel::sql_query(
        "SELECT EXISTS (
             SELECT 1 FROM pg_catalog.pg_locks
             WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND pid = pg_catalog.pg_backend_pid()
               AND classid::bigint = 0 AND objid::bigint = $1) AS taken",
    )
    .bind::<BigInt, _>(KEY)
    .get_result::<Taken>(session)?;
    Ok(answer.taken)
}

/// Does `work` under the lock, which was acquired, and gives it back.
pub(crate) fn while_held<T>(
    session: &mut Session,
    work: impl FnOnce(&mut Session) -> Result<T, MigratorError>,
) -> Result<T, MigratorError> {
    let outcome = work(session);
    // After a failure the session may be gone, and the lock with it; the failure is what has to be told.
    let released = release(session);
    let done = outcome?;
    released?;
    Ok(done)
}

/// Gives the lock back. The end of the session would do it too, but a pooled one may live on.
fn release(session: &mut Session) -> Result<(), MigratorError> {
    diesel::sql_query("SELECT pg_catalog.pg_advisory_unlock($1)").bind::<BigInt, _>(KEY).execute(session)?;
    Ok(())
}
