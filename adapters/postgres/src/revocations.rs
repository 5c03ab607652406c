//! Whose tokens were revoked lately, told to servers as it happens.

use std::time::Duration;

use application_kernel::{Actor, Raised, Revocations, StoreError};
use async_trait::async_trait;
use diesel::QueryableByName;
use diesel::connection::InstrumentationEvent;
use diesel::sql_types::{Integer, Text, Timestamp as SqlTimestamp};
use diesel_async::pooled_connection::deadpool::Object;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use domain_kernel::Timestamp;
use futures_util::StreamExt;

use crate::error::store_error;
use crate::sql::sql;
use crate::store::PgStore;

/// The channel on which a raised version is told. What it says is read from the tables.
const CHANNEL: &str = "careernav_tokens";

const RAISED: &str = "
    SELECT 'user' AS kind, user_id AS key, token_version FROM user_settings WHERE tokens_raised_at > $1
    UNION ALL SELECT 'operator', id, token_version FROM operators WHERE tokens_raised_at > $1";

#[derive(QueryableByName)]
struct RaisedRow {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Integer)]
    token_version: i32,
}

/// Tells every server, once this transaction is committed, that a version was raised.
pub(crate) async fn ring(conn: &mut AsyncPgConnection) -> Result<(), StoreError> {
    sql("SELECT pg_notify($1, '')").bind::<Text, _>(CHANNEL).execute(conn).await.map_err(store_error)?;
    Ok(())
}

async fn raised(conn: &mut AsyncPgConnection, since: Timestamp) -> Result<Vec<Raised>, StoreError> {
    let rows: Vec<RaisedRow> =
        sql(RAISED).bind::<SqlTimestamp, _>(since.naive()).load(conn).await.map_err(store_error)?;
    Ok(rows
        .into_iter()
        .filter_map(|RaisedRow { kind, key, token_version }| {
            Some((Actor::parse(&kind, &key)?, token_version))
        })
        .collect())
}

impl PgStore {
    async fn hear(
        &self,
        every: Duration,
        since: &(dyn Fn() -> Timestamp + Send + Sync),
        told: &(dyn Fn(Vec<Raised>) + Send + Sync),
    ) -> Result<(), StoreError> {
        // Out of the pool: it listens for as long as the server lives, and is not counted with the requests'.
        let mut conn: AsyncPgConnection = Object::take(self.conn().await?);
        conn.set_instrumentation(|_: InstrumentationEvent<'_>| {});
        conn.batch_execute(&format!("LISTEN {CHANNEL}")).await.map_err(store_error)?;
        loop {
            told(raised(&mut conn, since()).await?);
            let mut bell = std::pin::pin!(conn.notifications_stream());
            if let Ok(heard) = tokio::time::timeout(every, bell.next()).await {
                let lost = || StoreError::Unavailable { reason: "the listening connection ended".into() };
                heard.ok_or_else(lost)?.map_err(store_error)?;
            }
        }
    }
}

#[async_trait]
impl Revocations for PgStore {
    async fn follow(
        &self,
        every: Duration,
        since: &(dyn Fn() -> Timestamp + Send + Sync),
        told: &(dyn Fn(Vec<Raised>) + Send + Sync),
    ) -> StoreError {
        match self.hear(every, since, told).await {
            Ok(()) => StoreError::Unavailable { reason: "the listening connection ended".into() },
            Err(error) => error,
        }
    }
}
