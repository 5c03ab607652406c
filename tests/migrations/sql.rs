//! A few statements to look behind the migrator's back, or to meddle there.

use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use sha2::{Digest, Sha256};

pub async fn connect(url: &str) -> AsyncPgConnection {
    AsyncPgConnection::establish(url).await.unwrap()
}

pub async fn execute(url: &str, script: &str) {
    connect(url).await.batch_execute(script).await.unwrap();
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// The rows of a query with the single text column `line`.
pub async fn lines(url: &str, query: &str) -> Vec<String> {
    let rows: Vec<Line> = diesel::sql_query(query).load(&mut connect(url).await).await.unwrap();
    rows.into_iter().map(|row| row.line).collect()
}

/// The ledger without its ids and times.
pub async fn ledger(url: &str) -> Vec<String> {
    lines(
        url,
        "SELECT migration_name || ' ' || CASE
                    WHEN rolled_back_at IS NOT NULL THEN 'rolled back'
                    WHEN finished_at IS NULL THEN 'unfinished'
                    WHEN finished_at < started_at THEN 'finished before it started'
                    ELSE 'finished' END
                || ' ' || applied_steps_count AS line
         FROM public._prisma_migrations ORDER BY started_at, id",
    )
    .await
}

pub async fn mirror(url: &str) -> Vec<String> {
    lines(url, "SELECT version AS line FROM public.__diesel_schema_migrations ORDER BY version").await
}

/// The names of all tables in `public`.
pub async fn tables(url: &str) -> Vec<String> {
    lines(url, "SELECT tablename::text AS line FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").await
}

/// Whether diesel's table is not there.
pub async fn mirror_is_missing(url: &str) -> bool {
    !tables(url).await.contains(&"__diesel_schema_migrations".to_owned())
}

/// As the history has it: lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
