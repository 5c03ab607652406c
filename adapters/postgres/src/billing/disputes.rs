use application_billing::ports::Disputes;
use application_kernel::StoreError;
use async_trait::async_trait;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain_billing::{Dispute, DisputeStatus};
use domain_kernel::{DisputeId, Labelled, PaymentId, Timestamp};

use super::minor;
use crate::error::{corrupt, store_error};
use crate::schema::disputes;
use crate::store::PgTx;

/// A row of `disputes`.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = disputes, treat_none_as_null = true)]
pub(super) struct DisputeRow {
    id: String,
    payment_id: String,
    gateway_key: String,
    amount_minor: i64,
    currency: String,
    status: String,
    opened_at: NaiveDateTime,
    decided_at: Option<NaiveDateTime>,
    version: i32,
}

impl From<&Dispute> for DisputeRow {
    fn from(dispute: &Dispute) -> Self {
        let Dispute { id, payment, gateway_key, amount, status, opened_at, decided_at, version } = dispute;
        Self {
            id: id.to_string(),
            payment_id: payment.to_string(),
            gateway_key: gateway_key.clone(),
            amount_minor: amount.minor(),
            currency: amount.currency().to_string(),
            status: status.to_string(),
            opened_at: opened_at.naive(),
            decided_at: decided_at.map(Timestamp::naive),
            version: *version,
        }
    }
}

impl TryFrom<DisputeRow> for Dispute {
    type Error = StoreError;

    fn try_from(row: DisputeRow) -> Result<Self, StoreError> {
        let broken = corrupt("disputes", &row.id);
        let DisputeRow {
            id,
            payment_id,
            gateway_key,
            amount_minor,
            currency,
            status,
            opened_at,
            decided_at,
            version,
        } = row;
        Ok(Self {
            amount: minor("disputes", &id, amount_minor, &currency)?,
            id: DisputeId::parse(id).map_err(|error| broken(&error))?,
            payment: PaymentId::parse(payment_id).map_err(|error| broken(&error))?,
            gateway_key,
            status: DisputeStatus::from_label(&status).map_err(|error| broken(&error))?,
            opened_at: Timestamp::from_utc(opened_at),
            decided_at: decided_at.map(Timestamp::from_utc),
            version,
        })
    }
}

#[async_trait]
impl Disputes for PgTx {
    async fn by_key(&mut self, payment: &PaymentId, key: &str) -> Result<Option<Dispute>, StoreError> {
        let found = disputes::table
            .filter(disputes::payment_id.eq(payment.as_str()).and(disputes::gateway_key.eq(key)))
            .select(DisputeRow::as_select())
            .for_no_key_update()
            .first(&mut *self.conn)
            .await
            .optional()
            .map_err(store_error)?;
        found.map(Dispute::try_from).transpose()
    }

    async fn add(&mut self, dispute: &Dispute) -> Result<(), StoreError> {
        let row = DisputeRow::from(dispute);
        diesel::insert_into(disputes::table)
            .values(row)
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn save(&mut self, dispute: &mut Dispute) -> Result<(), StoreError> {
        let mut row = DisputeRow::from(&*dispute);
        row.version += 1;
        let unchanged = disputes::table
            .filter(disputes::id.eq(dispute.id.as_str()).and(disputes::version.eq(dispute.version)));
        let saved = diesel::update(unchanged).set(row).execute(&mut *self.conn).await.map_err(store_error)?;
        if saved != 1 {
            return Err(StoreError::Conflict);
        }
        dispute.version += 1;
        Ok(())
    }
}
