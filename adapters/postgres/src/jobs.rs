//! The queue as workers see it: tables `outbox` and `jobs`.

use application_kernel::{JobQueue, LeasedJob, QueueDepth, StoreError};
use async_trait::async_trait;
use diesel::dsl::count_star;
use diesel::sql_types::{Array, BigInt, Integer, Jsonb, Text, Timestamp as SqlTimestamp, Varchar};
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, QueryableByName};
use diesel_async::RunQueryDsl;
use domain_kernel::Timestamp;
use serde_json::Value;

use crate::error::store_error;
use crate::schema::jobs;
use crate::sql::sql;
use crate::store::PgStore;

/// One statement, so that an event becomes its jobs exactly when it stops waiting.
const DISPATCH: &str = "
    WITH batch AS (
        SELECT id, kind, subject, facts FROM outbox
        WHERE dispatched_at IS NULL AND (kind = ANY ($1) OR kind = ANY ($4))
        ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED
    ), made AS (
        INSERT INTO jobs (kind, subject, version, payload, run_at)
        SELECT wanted.job, batch.subject, batch.id, batch.facts, $3
        FROM batch JOIN unnest($1::text[], $2::text[]) AS wanted (event, job) ON wanted.event = batch.kind
        ON CONFLICT DO NOTHING
    )
    UPDATE outbox SET dispatched_at = $3 FROM batch WHERE outbox.id = batch.id";

const CLAIM: &str = "
    WITH due AS (
        SELECT id FROM jobs
        WHERE finished_at IS NULL AND dead_at IS NULL AND run_at <= $1 AND kind = ANY ($2)
          AND (leased_until IS NULL OR leased_until <= $1)
        ORDER BY run_at, id LIMIT $3 FOR UPDATE SKIP LOCKED
    )
    UPDATE jobs SET leased_by = $4, leased_until = $5
    FROM due WHERE jobs.id = due.id
    RETURNING jobs.id, kind, subject, version, payload, attempts";

#[derive(QueryableByName)]
struct ClaimedRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Varchar)]
    kind: String,
    #[diesel(sql_type = Varchar)]
    subject: String,
    #[diesel(sql_type = BigInt)]
    version: i64,
    #[diesel(sql_type = Jsonb)]
    payload: Value,
    #[diesel(sql_type = Integer)]
    attempts: i32,
}

#[async_trait]
impl JobQueue for PgStore {
    async fn dispatch(
        &self,
        subscriptions: &[(&'static str, &'static str)],
        unheard: &[&'static str],
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let (events, kinds): (Vec<&str>, Vec<&str>) = subscriptions.iter().copied().unzip();
        sql(DISPATCH)
            .bind::<Array<Text>, _>(events)
            .bind::<Array<Text>, _>(kinds)
            .bind::<SqlTimestamp, _>(now.naive())
            .bind::<Array<Text>, _>(unheard)
            .execute(&mut *self.conn().await?)
            .await
            .map_err(store_error)
    }

    async fn claim(
        &self,
        worker: &str,
        kinds: &[&'static str],
        most: i64,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Vec<LeasedJob>, StoreError> {
        let mut rows: Vec<ClaimedRow> = sql(CLAIM)
            .bind::<SqlTimestamp, _>(now.naive())
            .bind::<Array<Text>, _>(kinds)
            .bind::<BigInt, _>(most)
            .bind::<Text, _>(worker)
            .bind::<SqlTimestamp, _>(lease_until.naive())
            .get_results(&mut *self.conn().await?)
            .await
            .map_err(store_error)?;
        rows.sort_by_key(|row| row.id);
        Ok(rows
            .into_iter()
            .map(|ClaimedRow { id, kind, subject, version, payload, attempts }| LeasedJob {
                id,
                kind,
                subject,
                version,
                payload,
                attempts,
            })
            .collect())
    }

    async fn begin(&self, worker: &str, job: i64, lease_until: Timestamp) -> Result<bool, StoreError> {
        let mine = jobs::table
            .filter(jobs::id.eq(job).and(jobs::leased_by.eq(worker)).and(jobs::finished_at.is_null()));
        let begun = diesel::update(mine)
            .set((jobs::leased_until.eq(lease_until.naive()), jobs::attempts.eq(jobs::attempts + 1)))
            .execute(&mut *self.conn().await?)
            .await
            .map_err(store_error)?;
        Ok(begun == 1)
    }

    async fn extend(&self, worker: &str, job: i64, lease_until: Timestamp) -> Result<bool, StoreError> {
        let mine = jobs::table
            .filter(jobs::id.eq(job).and(jobs::leased_by.eq(worker)).and(jobs::finished_at.is_null()));
        let extended = diesel::update(mine)
            .set(jobs::leased_until.eq(lease_until.naive()))
            .execute(&mut *self.conn().await?)
            .await
            .map_err(store_error)?;
        Ok(extended == 1)
    }

    async fn finish(&self, worker: &str, job: i64, now: Timestamp) -> Result<(), StoreError> {
        diesel::update(jobs::table.filter(jobs::id.eq(job).and(jobs::leased_by.eq(worker))))
            .set((
                // What was to be done may hold a secret, such as a code; done, it is not needed.
                jobs::payload.eq(Value::Null),
                jobs::finished_at.eq(now.naive()),
                jobs::leased_by.eq(None::<String>),
                jobs::last_error.eq(None::<String>),
            ))
            .execute(&mut *self.conn().await?)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn fail(
        &self,
        worker: &str,
        job: i64,
        error: &str,
        now: Timestamp,
        retry_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let dead_at = retry_at.is_none().then(|| now.naive());
        diesel::update(jobs::table.filter(jobs::id.eq(job).and(jobs::leased_by.eq(worker))))
            .set((
                jobs::run_at.eq(retry_at.unwrap_or(now).naive()),
                jobs::dead_at.eq(dead_at),
                jobs::leased_by.eq(None::<String>),
                jobs::leased_until.eq(None::<chrono::NaiveDateTime>),
                jobs::last_error.eq(error),
            ))
            .execute(&mut *self.conn().await?)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn depth(&self, now: Timestamp) -> Result<QueueDepth, StoreError> {
        let waiting =
            jobs::finished_at.is_null().and(jobs::dead_at.is_null()).and(jobs::run_at.le(now.naive()));
        let due = jobs::table.filter(waiting).select(count_star()).single_value();
        let dead = jobs::table.filter(jobs::dead_at.is_not_null()).select(count_star()).single_value();
        let (due, dead) = diesel::select((due, dead))
            .first::<(Option<i64>, Option<i64>)>(&mut *self.conn().await?)
            .await
            .map_err(store_error)?;
        Ok(QueueDepth { due: due.unwrap_or(0), dead: dead.unwrap_or(0) })
    }
}
