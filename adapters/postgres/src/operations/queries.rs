use application_kernel::{Actor, Page, PageRequest, StoreError};
use application_operations::ports::{DeadJobs, OperationsQueries, OperatorAccount};
use application_operations::{ActorView, AuditFilter, AuditView, DeadJobView, OperatorView};
use async_trait::async_trait;
use chrono::NaiveDateTime;
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamp as SqlTimestamp, Varchar};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain_kernel::{OperatorId, Timestamp};
use serde_json::Value;

use super::accounts;
use crate::error::store_error;
use crate::schema::{audit_events, jobs};
use crate::sql::sql;
use crate::store::{PgStore, PgTx};

/// $1 is one operator, or all.
const OPERATORS: &str = "
    SELECT o.id, o.email, o.user_id, o.created_at,
           ARRAY(SELECT permission::text FROM operator_permissions p WHERE p.operator_id = o.id ORDER BY
                 array_position(ARRAY['payouts', 'refunds', 'disputes', 'users', 'content', 'studio'],
                                p.permission::text)) AS permissions,
           (SELECT count(*) FROM operator_backup_codes c WHERE c.operator_id = o.id) AS codes
    FROM operators o WHERE $1 IS NULL OR o.id = $1 ORDER BY o.email LIMIT 1000";

#[derive(QueryableByName)]
struct OperatorViewRow {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Varchar)]
    email: String,
    #[diesel(sql_type = Nullable<Text>)]
    user_id: Option<String>,
    #[diesel(sql_type = SqlTimestamp)]
    created_at: NaiveDateTime,
    #[diesel(sql_type = Array<Text>)]
    permissions: Vec<String>,
    #[diesel(sql_type = BigInt)]
    codes: i64,
}

impl From<OperatorViewRow> for OperatorView {
    fn from(row: OperatorViewRow) -> Self {
        let OperatorViewRow { id, email, user_id, created_at, permissions, codes } = row;
        let created_at = Timestamp::from_utc(created_at).to_string();
        Self { id, email, permissions, user_id, backup_codes_left: codes, created_at }
    }
}

/// A job as operators see it: key, kind, subject, attempts, error, when it was given up.
type JobRow = (i64, String, String, i32, Option<String>, Option<NaiveDateTime>);

fn job_view((id, kind, subject, attempts, last_error, dead_at): JobRow) -> DeadJobView {
    let dead_at = dead_at.map(|at| Timestamp::from_utc(at).to_string());
    DeadJobView { id, kind, subject, attempts, last_error, dead_at }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_events)]
struct AuditRow {
    id: i64,
    at: NaiveDateTime,
    actor_id: Option<String>,
    action: String,
    subject: String,
    details: Value,
    actor_kind: Option<String>,
}

impl From<AuditRow> for AuditView {
    fn from(row: AuditRow) -> Self {
        let AuditRow { id, at, actor_id, action, subject, details, actor_kind } = row;
        // Entries from before the column are by users.
        let actor = actor_id.and_then(|key| Actor::parse(actor_kind.as_deref().unwrap_or("user"), &key));
        let actor = actor.as_ref().map(ActorView::from);
        Self { id, at: Timestamp::from_utc(at).to_string(), actor, action, subject, details }
    }
}

async fn operators(
    conn: &mut AsyncPgConnection,
    id: Option<&OperatorId>,
) -> Result<Vec<OperatorView>, StoreError> {
    let rows: Vec<OperatorViewRow> = sql(OPERATORS)
        .bind::<Nullable<Text>, _>(id.map(OperatorId::as_str))
        .load(conn)
        .await
        .map_err(store_error)?;
    Ok(rows.into_iter().map(OperatorView::from).collect())
}

#[async_trait]
impl DeadJobs for PgTx {
    async fn view(&mut self, job: i64) -> Result<Option<DeadJobView>, StoreError> {
        let row = jobs::table
            .find(job)
            .select((jobs::id, jobs::kind, jobs::subject, jobs::attempts, jobs::last_error, jobs::dead_at))
            .first::<JobRow>(&mut *self.conn)
            .await
            .optional()
            .map_err(store_error)?;
        Ok(row.map(job_view))
    }

    async fn was_dropped(&mut self, job: i64) -> Result<bool, StoreError> {
        let told = audit_events::table
            .filter(audit_events::subject.eq(job.to_string()))
            .filter(audit_events::action.eq("job.drop"));
        diesel::select(exists(told)).get_result(&mut *self.conn).await.map_err(store_error)
    }
}

#[async_trait]
impl OperationsQueries for PgStore {
    async fn operator(&self, email: &str) -> Result<Option<OperatorAccount>, StoreError> {
        accounts::find(&mut *self.conn().await?, email).await
    }

    async fn operator_view(&self, id: &OperatorId) -> Result<Option<OperatorView>, StoreError> {
        Ok(operators(&mut *self.conn().await?, Some(id)).await?.pop())
    }

    async fn operators(&self) -> Result<Vec<OperatorView>, StoreError> {
        operators(&mut *self.conn().await?, None).await
    }

    async fn dead_jobs(&self, page: &PageRequest<i64>) -> Result<Page<DeadJobView, i64>, StoreError> {
        let rows: Vec<JobRow> = jobs::table
            .filter(jobs::dead_at.is_not_null())
            .filter(jobs::id.gt(page.after.unwrap_or(0)))
            .order(jobs::id)
            .limit(page.limit())
            .select((jobs::id, jobs::kind, jobs::subject, jobs::attempts, jobs::last_error, jobs::dead_at))
            .load(&mut *self.conn().await?)
            .await
            .map_err(store_error)?;
        Ok(Page::cut(rows.into_iter().map(job_view).collect(), page.size, |job| job.id))
    }

    async fn audit(
        &self,
        filter: &AuditFilter,
        page: &PageRequest<i64>,
    ) -> Result<Page<AuditView, i64>, StoreError> {
        let AuditFilter { subject, actor, action, from, to } = filter;
        let mut query = audit_events::table.select(AuditRow::as_select()).into_boxed();
        if let Some(subject) = subject {
            query = query.filter(audit_events::subject.eq(subject));
        }
        if let Some(actor) = actor {
            query = query.filter(audit_events::actor_id.eq(actor));
        }
        if let Some(action) = action {
            query = query.filter(audit_events::action.eq(action));
        }
        if let Some(from) = from {
            query = query.filter(audit_events::at.ge(from.naive()));
        }
        if let Some(to) = to {
            query = query.filter(audit_events::at.lt(to.naive()));
        }
        if let Some(after) = page.after {
            query = query.filter(audit_events::id.lt(after));
        }
        let rows: Vec<AuditRow> = query
            .order(audit_events::id.desc())
            .limit(page.limit())
            .load(&mut *self.conn().await?)
            .await
            .map_err(store_error)?;
        Ok(Page::cut(rows.into_iter().map(AuditView::from).collect(), page.size, |entry| entry.id))
    }
}
