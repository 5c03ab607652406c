//! Runs one script, up or down, with its bookkeeping, and tells exactly what became of it.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{Connection, QueryResult, QueryableByName, RunQueryDsl};

use crate::connection::{Session, Wire};
use crate::error::SqlFault;
use crate::script::ends_its_transaction;

/// How patient a script's statements are; None leaves the database's own setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Limits {
    pub(crate) lock: Option<Duration>,
    pub(crate) statement: Option<Duration>,
}

/// A script that failed.
pub(crate) struct Stopped {
    pub(crate) fault: SqlFault,
    /// True when nothing of it is left in the database.
    pub(crate) rolled_back: bool,
}

/// A failure inside the script's transaction, as a sentence; what was heard on the wire has the details.
pub(crate) struct Failure(String);

impl From<diesel::result::Error> for Failure {
    fn from(error: diesel::result::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<Box<dyn std::error::Error + Send + Sync>> for Failure {
    fn from(error: Box<dyn std::error::Error + Send + Sync>) -> Self {
        Self(error.to_string())
    }
}

/// Runs `script`, whose text is `text`, and then `book`, which writes it into the histories; in one transaction where
/// the script allows one.
pub(crate) fn run(
    session: &mut Session,
    wire: &Wire,
    text: &str,
    in_transaction: bool,
    limits: Limits,
    script: impl FnOnce(&mut Session) -> Result<(), Failure>,
    book: impl FnOnce(&mut Session) -> Result<(), Failure>,
) -> Result<(), Stopped> {
    let mut transaction_id = None;
    let limited = |session: &mut Session| {
        limit(session, limits)?;
        wire.listen();
        script(session)
    };
    let outcome = if in_transaction {
        session.transaction(|session| {
            let id = current_transaction(session)?;
            transaction_id = Some(id.clone());
            limited(session)?;
            // What the script has done may have been rolled back, or be there without a way back.
            if current_transaction(session)? != id {
                return Err(Failure("the script ended its transaction by itself".to_owned()));
            }
            book(session)
        })
    } else {
        limited(session).and_then(|()| book(session))
    };
    let Err(failure) = outcome else { return Ok(()) };
    let ended = in_transaction.then(|| ends_its_transaction(text)).flatten();
    let fault = match wire.fault() {
        Some(fault) => SqlFault::heard(&fault, Some(text)),
        None => SqlFault { message: failure.0, sqlstate: None, line: ended },
    };
    // A script may hold a COMMIT of its own, so PostgreSQL is asked what became of the transaction. Where it
    // cannot answer any more, or answers for a part of the script only, nothing is promised.
    let rolled_back =
        ended.is_none() && transaction_id.is_some_and(|id| was_aborted(session, &id).unwrap_or(false));
    Err(Stopped { fault, rolled_back })
}

/// Brings the session into a known state: a script may have set a search path, a timeout or a zone.
pub(crate) fn settle(session: &mut Session) -> QueryResult<()> {
    session.batch_execute(
        "RESET ALL; SET TIME ZONE 'UTC'; SET client_encoding TO 'UTF8'; SET application_name TO 'careernav migrate'",
    )?;
    // What a script does not qualify belongs into public, whatever the database or the account says. Where extensions
    // have a schema of their own, that one is still looked into.
    diesel::sql_query(
        "SELECT pg_catalog.set_config('search_path', pg_catalog.concat_ws(', ', 'public',
                    nullif(pg_catalog.current_setting('search_path'), '')), false)",
    )
    .execute(session)?;
    // A program that was killed is noticed while its statement runs, and not only afterwards. Not every platform can.
    if session.batch_execute("SET client_connection_check_interval TO '2s'").is_err() {
        tracing::debug!("the server cannot notice a client that is gone while a statement runs");
    }
    Ok(())
}

fn limit(session: &mut Session, limits: Limits) -> QueryResult<()> {
    for (name, limit) in [("lock_timeout", limits.lock), ("statement_timeout", limits.statement)] {
        if let Some(limit) = limit {
            session.batch_execute(&format!("SET {name} = '{}ms'", limit.as_millis()))?;
        }
    }
    Ok(())
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
