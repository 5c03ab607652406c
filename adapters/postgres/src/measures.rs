//! What the database can tell of the house at a glance.

use application_kernel::{Measure, Measures, StoreError};
use async_trait::async_trait;
use diesel::QueryableByName;
use diesel::sql_types::{Double, Text, Timestamp as SqlTimestamp};
use diesel_async::RunQueryDsl;
use domain_kernel::Timestamp;

use crate::error::store_error;
use crate::sql::sql;
use crate::store::PgStore;

/// One statement. Jobs that are over are not looked at: two partial indexes hold the others.
const MEASURES: &str = "
    SELECT 'jobs_due' AS name, kind::text AS of, count(*)::float8 AS value
    FROM jobs WHERE finished_at IS NULL AND dead_at IS NULL AND run_at <= $1 GROUP BY kind
    UNION ALL
    SELECT 'jobs_oldest_due_seconds', kind::text, extract(epoch FROM $1 - min(run_at))::float8
    FROM jobs WHERE finished_at IS NULL AND dead_at IS NULL AND run_at <= $1 GROUP BY kind
    UNION ALL
    SELECT 'jobs_dead', kind::text, count(*)::float8 FROM jobs WHERE dead_at IS NOT NULL GROUP BY kind
    UNION ALL
    SELECT 'payments', status::text, count(*)::float8 FROM payments GROUP BY status
    UNION ALL
    SELECT 'payments_unanswered', p.gateway::text, count(*)::float8
    FROM payments p
    WHERE p.status::text = 'PROCESSING' AND p.updated_at <= $1 - interval '72 hours'
      AND EXISTS (SELECT FROM gateway_facts f WHERE f.payment_id = p.id)
    GROUP BY p.gateway
    UNION ALL
    SELECT 'payouts', payout_status::text, count(*)::float8 FROM admin_ledger GROUP BY payout_status
    UNION ALL
    SELECT 'refunds', status::text, count(*)::float8 FROM refunds GROUP BY status
    UNION ALL
    SELECT 'journal_imbalance_minor', currency::text, abs(sum(balance))::float8 FROM ledger_accounts GROUP BY currency";

#[derive(QueryableByName)]
struct MeasureRow {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    of: String,
    #[diesel(sql_type = Double)]
    value: f64,
}

#[async_trait]
impl Measures for PgStore {
    async fn measure(&self, now: Timestamp) -> Result<Vec<Measure>, StoreError> {
        let rows: Vec<MeasureRow> = sql(MEASURES)
            .bind::<SqlTimestamp, _>(now.naive())
            .load(&mut *self.conn().await?)
            .await
            .map_err(store_error)?;
        let mut measures = self.pool_measures();
        measures.extend(rows.into_iter().filter_map(|MeasureRow { name, of, value }| {
            let (name, label) = match name.as_str() {
                "jobs_due" => ("jobs_due", "kind"),
                "jobs_oldest_due_seconds" => ("jobs_oldest_due_seconds", "kind"),
                "jobs_dead" => ("jobs_dead", "kind"),
                "payments" => ("payments", "status"),
                "payments_unanswered" => ("payments_unanswered", "gateway"),
                "payouts" => ("payouts", "status"),
                "refunds" => ("refunds", "status"),
                "journal_imbalance_minor" => ("journal_imbalance_minor", "currency"),
                _ => return None,
            };
            Some(Measure::new(name, Some((label, of)), value))
        }));
        Ok(measures)
    }
}
