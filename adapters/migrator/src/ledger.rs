//! The two history tables: the ledger with states, and diesel's list of versions as its mirror.
//!
//! The ledger is the former tool's own table, so that the owner can go back to it without losing history.
//! Both are always named with their schema: a dump may leave an empty search path behind.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection;
use diesel::sql_types::{Bool, Integer, Nullable, Text, Timestamptz};
use diesel::{Connection, QueryResult, QueryableByName, RunQueryDsl};
use uuid::Uuid;

use crate::connection::Session;
use crate::error::MigratorError;
use crate::source::Script;

/// One attempt at one migration, as the ledger has it. A name may have several.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Row {
    #[diesel(sql_type = Text)]
    pub(crate) id: String,
    #[diesel(sql_type = Text)]
    pub(crate) migration_name: String,
    #[diesel(sql_type = Text)]
    pub(crate) checksum: String,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(crate) finished_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(crate) rolled_back_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) logs: Option<String>,
    #[diesel(sql_type = Integer)]
    pub(crate) applied_steps_count: i32,
}

impl Row {
    /// Whether this program wrote it: its ids are of version 7, the former tool's of version 4.
    pub(crate) fn is_ours(&self) -> bool {
        Uuid::parse_str(&self.id).is_ok_and(|id| id.get_version_num() == 7)
    }
}

/// Both tables as they were read.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    /// In the order in which the attempts were started.
    pub(crate) rows: Vec<Row>,
    /// The versions in diesel's table.
    pub(crate) mirror: BTreeSet<String>,
}

impl History {
    /// Whether neither table has anything that stands.
    pub(crate) fn is_empty(&self) -> bool {
        self.mirror.is_empty() && self.rows.iter().all(|row| row.rolled_back_at.is_some())
    }
}

/// Makes both tables where they are missing, each exactly as its own tool would.
pub(crate) fn create_tables(session: &mut Session) -> QueryResult<()> {
    session.batch_execute(
        "CREATE TABLE IF NOT EXISTS public._prisma_migrations (
             id                  varchar(36)  PRIMARY KEY NOT NULL,
             checksum            varchar(64)  NOT NULL,
             finished_at         timestamptz,
             migration_name      varchar(255) NOT NULL,
             logs                text,
             rolled_back_at      timestamptz,
             started_at          timestamptz  NOT NULL DEFAULT now(),
             applied_steps_count integer      NOT NULL DEFAULT 0
         );
         CREATE TABLE IF NOT EXISTS public.__diesel_schema_migrations (
             version varchar(50) PRIMARY KEY NOT NULL,
             run_on  timestamp   NOT NULL DEFAULT CURRENT_TIMESTAMP
         );",
    )
}

#[derive(QueryableByName)]
struct Present {
    #[diesel(sql_type = Bool)]
    ledger: bool,
    #[diesel(sql_type = Bool)]
    mirror: bool,
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Text)]
    version: String,
}

/// Reads what is there. It asks the catalog first and never creates a table.
pub(crate) fn read(session: &mut Session) -> QueryResult<History> {
    let present = diesel::sql_query(
        "SELECT to_regclass('public._prisma_migrations') IS NOT NULL AS ledger,
                to_regclass('public.__diesel_schema_migrations') IS NOT NULL AS mirror",
    )
    .get_result::<Present>(session)?;

    let mut history = History::default();
    if present.ledger {
        history.rows = diesel::sql_query(
            "SELECT id, migration_name, checksum, finished_at, rolled_back_at, logs, applied_steps_count
             FROM public._prisma_migrations ORDER BY started_at, id",
        )
        .load(session)?;
    }
    if present.mirror {
        let versions = diesel::sql_query("SELECT version FROM public.__diesel_schema_migrations");
        history.mirror = versions.load::<Version>(session)?.into_iter().map(|row| row.version).collect();
    }
    Ok(history)
}

/// Writes the row of an attempt that begins. Committed at once: it must outlive whatever follows.
pub(crate) fn start(session: &mut Session, script: &Script) -> QueryResult<String> {
    let id = Uuid::now_v7().to_string();
    diesel::sql_query(
        "INSERT INTO public._prisma_migrations (id, checksum, migration_name, started_at)
         VALUES ($1, $2, $3, clock_timestamp())",
    )
    .bind::<Text, _>(&id)
    .bind::<Text, _>(&script.checksum)
    .bind::<Text, _>(&script.name)
    .execute(session)?;
    Ok(id)
}

/// Marks the attempt as applied, in both tables. Part of the script's own transaction.
pub(crate) fn finish(session: &mut Session, id: &str, script: &Script) -> QueryResult<()> {
    mirror(session, &script.version)?;
    diesel::sql_query(
        "UPDATE public._prisma_migrations
         SET finished_at = clock_timestamp(), applied_steps_count = 1 WHERE id = $1",
    )
    .bind::<Text, _>(id)
    .execute(session)?;
    Ok(())
}

/// Keeps what went wrong. A row that was rolled back as a whole blocks nothing.
pub(crate) fn fail(session: &mut Session, id: &str, logs: &str, rolled_back: bool) -> QueryResult<()> {
    diesel::sql_query(
        "UPDATE public._prisma_migrations
         SET logs = $2, rolled_back_at = CASE WHEN $3 THEN clock_timestamp() END WHERE id = $1",
    )
    .bind::<Text, _>(id)
    .bind::<Text, _>(logs)
    .bind::<Bool, _>(rolled_back)
    .execute(session)?;
    Ok(())
}

/// Declares a migration applied that did not run here: a finished row without a step, which took no time.
pub(crate) fn declare(session: &mut Session, script: &Script, reason: &str) -> QueryResult<()> {
    diesel::sql_query(
        "INSERT INTO public._prisma_migrations (id, checksum, migration_name, logs, started_at, finished_at)
         VALUES ($1, $2, $3, $4, statement_timestamp(), statement_timestamp())",
    )
    .bind::<Text, _>(Uuid::now_v7().to_string())
    .bind::<Text, _>(&script.checksum)
    .bind::<Text, _>(&script.name)
    .bind::<Text, _>(reason)
    .execute(session)?;
    mirror(session, &script.version)
}

/// Writes a version into diesel's table, unless it is there.
pub(crate) fn mirror(session: &mut Session, version: &str) -> QueryResult<()> {
    diesel::sql_query(
        "INSERT INTO public.__diesel_schema_migrations (version) VALUES ($1) ON CONFLICT (version) DO NOTHING",
    )
    .bind::<Text, _>(version)
    .execute(session)?;
    Ok(())
}

/// Marks what stands in the history under a name as rolled back, and says why. `unfinished` leaves finished rows alone.
pub(crate) fn roll_back(
    session: &mut Session,
    script: &Script,
    unfinished: bool,
    reason: &str,
) -> QueryResult<()> {
    diesel::sql_query(
        "UPDATE public._prisma_migrations
         SET rolled_back_at = clock_timestamp(), logs = concat_ws(E'\\n', logs, $2::text)
         WHERE migration_name = $1 AND rolled_back_at IS NULL AND NOT ($3 AND finished_at IS NOT NULL)",
    )
    .bind::<Text, _>(&script.name)
    .bind::<Text, _>(reason)
    .bind::<Bool, _>(unfinished)
    .execute(session)?;
    if unfinished { Ok(()) } else { forget(session, &script.version) }
}

/// Takes a version out of diesel's table.
pub(crate) fn forget(session: &mut Session, version: &str) -> QueryResult<()> {
    diesel::sql_query("DELETE FROM public.__diesel_schema_migrations WHERE version = $1")
        .bind::<Text, _>(version)
        .execute(session)?;
    Ok(())
}

/// Gives the standing rows of a name another checksum, and says why.
pub(crate) fn accept(session: &mut Session, name: &str, checksum: &str, reason: &str) -> QueryResult<()> {
    diesel::sql_query(
        "UPDATE public._prisma_migrations SET checksum = $2, logs = concat_ws(E'\\n', logs, $3::text)
         WHERE migration_name = $1 AND rolled_back_at IS NULL AND checksum <> $2",
    )
    .bind::<Text, _>(name)
    .bind::<Text, _>(checksum)
    .bind::<Text, _>(reason)
    .execute(session)?;
    Ok(())
}

/// Marks an unfinished attempt as applied, and says how that is known.
pub(crate) fn complete(session: &mut Session, script: &Script, reason: &str) -> QueryResult<()> {
    diesel::sql_query(
        "UPDATE public._prisma_migrations
         SET finished_at = clock_timestamp(), applied_steps_count = 1, logs = concat_ws(E'\\n', logs, $2::text)
         WHERE migration_name = $1 AND finished_at IS NULL AND rolled_back_at IS NULL",
    )
    .bind::<Text, _>(&script.name)
    .bind::<Text, _>(reason)
    .execute(session)?;
    Ok(())
}

/// Writes into both histories, or into neither.
pub(crate) fn together(
    session: &mut Session,
    work: impl FnOnce(&mut Session) -> QueryResult<()>,
) -> Result<(), MigratorError> {
    Ok(session.transaction(work)?)
}
