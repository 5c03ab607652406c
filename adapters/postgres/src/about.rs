use application_kernel::StoreError;
use chrono::NaiveDateTime;
use diesel::QueryableByName;
use diesel::sql_types::{Integer, Nullable, Timestamp as SqlTimestamp};
use diesel_async::RunQueryDsl;
use domain_kernel::Timestamp;

use crate::error::store_error;
use crate::sql::sql;
use crate::store::PgStore;

/// What a database says of itself.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// Its version as a number: 150018 is 15.18.
    pub version: i32,
    /// What its clock shows.
    pub now: Timestamp,
}

#[derive(QueryableByName)]
struct AboutRow {
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = SqlTimestamp)]
    now: NaiveDateTime,
}

/// When something was written last, as the clock of whoever wrote it showed.
const NEWEST: &str = r#"
    SELECT greatest((SELECT max(at) FROM audit_events), (SELECT max(created_at) FROM idempotency_keys),
                    (SELECT max("createdAt") FROM users)) AS newest"#;

#[derive(QueryableByName)]
struct NewestRow {
    #[diesel(sql_type = Nullable<SqlTimestamp>)]
    newest: Option<NaiveDateTime>,
}

impl PgStore {
    /// When something was written last; nothing in an empty database.
    pub async fn newest(&self) -> Result<Option<Timestamp>, StoreError> {
        let row: NewestRow = sql(NEWEST).get_result(&mut *self.conn().await?).await.map_err(store_error)?;
        Ok(row.newest.map(Timestamp::from_utc))
    }

    /// Asks the database about itself.
    pub async fn about(&self) -> Result<About, StoreError> {
        let ask = "SELECT current_setting('server_version_num')::int AS version, clock_timestamp()::timestamp AS now";
        let row: AboutRow = sql(ask).get_result(&mut *self.conn().await?).await.map_err(store_error)?;
        Ok(About { version: row.version, now: Timestamp::from_utc(row.now) })
    }
}
