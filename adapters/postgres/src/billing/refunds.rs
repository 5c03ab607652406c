use application_billing::ports::Refunds;
use application_kernel::StoreError;
use async_trait::async_trait;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain_billing::{Refund, RefundCause, RefundSource, RefundStatus};
use domain_kernel::{Labelled, OperatorId, PaymentId, RefundId, Timestamp};

use super::minor;
use crate::error::{corrupt, missing, store_error};
use crate::schema::refunds;
use crate::store::PgTx;

/// A row of `refunds`.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = refunds, treat_none_as_null = true)]
pub(super) struct RefundRow {
    id: String,
    payment_id: String,
    amount_minor: i64,
    currency: String,
    cause: String,
    status: String,
    requested_at: NaiveDateTime,
    attempt: String,
    source: String,
    reason: Option<String>,
    asked_by: Option<String>,
    tries: i32,
    failure: Option<String>,
    updated_at: NaiveDateTime,
    version: i32,
}

impl From<&Refund> for RefundRow {
    fn from(refund: &Refund) -> Self {
        let Refund {
            id,
            payment,
            attempt,
            amount,
            cause,
            source,
            reason,
            asked_by,
            status,
            tries,
            failure,
            requested_at,
            updated_at,
            version,
        } = refund;
        Self {
            id: id.to_string(),
            payment_id: payment.to_string(),
            amount_minor: amount.minor(),
            currency: amount.currency().to_string(),
            cause: cause.to_string(),
            status: status.to_string(),
            requested_at: requested_at.naive(),
            attempt: attempt.clone(),
            source: source.to_string(),
            reason: reason.clone(),
            asked_by: asked_by.as_ref().map(ToString::to_string),
            tries: *tries,
            failure: failure.clone(),
            updated_at: updated_at.naive(),
            version: *version,
        }
    }
}

impl TryFrom<RefundRow> for Refund {
    type Error = StoreError;

    fn try_from(row: RefundRow) -> Result<Self, StoreError> {
        let broken = corrupt("refunds", &row.id);
        let RefundRow {
            id,
            payment_id,
            amount_minor,
            currency,
            cause,
            status,
            requested_at,
            attempt,
            source,
            reason,
            asked_by,
            tries,
            failure,
            updated_at,
            version,
        } = row;
        Ok(Self {
            amount: minor("refunds", &id, amount_minor, &currency)?,
            id: RefundId::parse(id).map_err(|error| broken(&error))?,
            payment: PaymentId::parse(payment_id).map_err(|error| broken(&error))?,
            attempt,
            cause: RefundCause::from_label(&cause).map_err(|error| broken(&error))?,
            source: RefundSource::from_label(&source).map_err(|error| broken(&error))?,
            reason,
            asked_by: asked_by.map(OperatorId::parse).transpose().map_err(|error| broken(&error))?,
            status: RefundStatus::from_label(&status).map_err(|error| broken(&error))?,
            tries,
            failure,
            requested_at: Timestamp::from_utc(requested_at),
            updated_at: Timestamp::from_utc(updated_at),
            version,
        })
    }
}

/// Adds a refund.
pub(crate) async fn add(conn: &mut AsyncPgConnection, refund: &Refund) -> Result<(), StoreError> {
    let row = RefundRow::from(refund);
    diesel::insert_into(refunds::table).values(row).execute(conn).await.map_err(store_error)?;
    Ok(())
}

#[async_trait]
impl Refunds for PgTx {
    async fn find(&mut self, id: &RefundId) -> Result<Option<Refund>, StoreError> {
        let row = refunds::table.find(id.as_str()).select(RefundRow::as_select());
        let found = row.first(&mut *self.conn).await.optional().map_err(store_error)?;
        found.map(Refund::try_from).transpose()
    }

    async fn of_payment(&mut self, payment: &PaymentId) -> Result<Vec<Refund>, StoreError> {
        let rows: Vec<RefundRow> = refunds::table
            .filter(refunds::payment_id.eq(payment.as_str()))
            .order(refunds::id)
            .select(RefundRow::as_select())
            .load(&mut *self.conn)
            .await
            .map_err(store_error)?;
        rows.into_iter().map(Refund::try_from).collect()
    }

    async fn get(&mut self, id: &RefundId) -> Result<Refund, StoreError> {
        let row = refunds::table.find(id.as_str()).select(RefundRow::as_select()).for_no_key_update();
        row.first(&mut *self.conn).await.map_err(missing("refunds"))?.try_into()
    }

    async fn add(&mut self, refund: &Refund) -> Result<(), StoreError> {
        add(&mut self.conn, refund).await
    }

    async fn save(&mut self, refund: &mut Refund) -> Result<(), StoreError> {
        let mut row = RefundRow::from(&*refund);
        row.version += 1;
        let unchanged = refunds::table
            .filter(refunds::id.eq(refund.id.as_str()).and(refunds::version.eq(refund.version)));
        let saved = diesel::update(unchanged).set(row).execute(&mut *self.conn).await.map_err(store_error)?;
        if saved != 1 {
            return Err(StoreError::Conflict);
        }
        refund.version += 1;
        Ok(())
    }
}
