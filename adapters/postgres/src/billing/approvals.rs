use application_kernel::StoreError;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain_billing::{Approval, ApprovalKind, ApprovalStatus};
use domain_kernel::{ApprovalId, Labelled, OperatorId, PaymentId, Timestamp};

use super::minor;
use crate::error::{corrupt, missing, store_error};
use crate::schema::approvals;

/// A row of `approvals`.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = approvals, treat_none_as_null = true)]
pub(super) struct ApprovalRow {
    id: String,
    kind: String,
    payment_id: String,
    amount_minor: i64,
    currency: String,
    reason: String,
    status: String,
    asked_by: String,
    asked_at: NaiveDateTime,
    decided_by: Option<String>,
    decided_at: Option<NaiveDateTime>,
}

impl From<&Approval> for ApprovalRow {
    fn from(approval: &Approval) -> Self {
        let Approval {
            id,
            kind,
            payment,
            amount,
            reason,
            status,
            asked_by,
            asked_at,
            decided_by,
            decided_at,
        } = approval;
        Self {
            id: id.to_string(),
            kind: kind.to_string(),
            payment_id: payment.to_string(),
            amount_minor: amount.minor(),
            currency: amount.currency().to_string(),
            reason: reason.clone(),
            status: status.to_string(),
            asked_by: asked_by.to_string(),
            asked_at: asked_at.naive(),
            decided_by: decided_by.as_ref().map(ToString::to_string),
            decided_at: decided_at.map(Timestamp::naive),
        }
    }
}

impl TryFrom<ApprovalRow> for Approval {
    type Error = StoreError;

    fn try_from(row: ApprovalRow) -> Result<Self, StoreError> {
        let broken = corrupt("approvals", &row.id);
        let ApprovalRow {
            id,
            kind,
            payment_id,
            amount_minor,
            currency,
            reason,
            status,
            asked_by,
            asked_at,
            decided_by,
            decided_at,
        } = row;
        Ok(Self {
            amount: minor("approvals", &id, amount_minor, &currency)?,
            id: ApprovalId::parse(id).map_err(|error| broken(&error))?,
            kind: ApprovalKind::from_label(&kind).map_err(|error| broken(&error))?,
            payment: PaymentId::parse(payment_id).map_err(|error| broken(&error))?,
            reason,
            status: ApprovalStatus::from_label(&status).map_err(|error| broken(&error))?,
            asked_by: OperatorId::parse(asked_by).map_err(|error| broken(&error))?,
            asked_at: Timestamp::from_utc(asked_at),
            decided_by: decided_by.map(OperatorId::parse).transpose().map_err(|error| broken(&error))?,
            decided_at: decided_at.map(Timestamp::from_utc),
        })
    }
}

pub(super) async fn find(
    conn: &mut AsyncPgConnection,
    id: &ApprovalId,
) -> Result<Option<Approval>, StoreError> {
    let row = approvals::table.find(id.as_str()).select(ApprovalRow::as_select());
    row.first(conn).await.optional().map_err(store_error)?.map(Approval::try_from).transpose()
}

pub(super) async fn locked(conn: &mut AsyncPgConnection, id: &ApprovalId) -> Result<Approval, StoreError> {
    let row = approvals::table.find(id.as_str()).select(ApprovalRow::as_select()).for_no_key_update();
    row.first(conn).await.map_err(missing("approvals"))?.try_into()
}

pub(super) async fn waiting(
    conn: &mut AsyncPgConnection,
    payment: &PaymentId,
    kind: ApprovalKind,
) -> Result<Option<Approval>, StoreError> {
    let found = approvals::table
        .filter(approvals::payment_id.eq(payment.as_str()))
        .filter(approvals::kind.eq(kind.label()))
        .filter(approvals::status.eq(ApprovalStatus::Waiting.label()))
        .select(ApprovalRow::as_select())
        .first(conn)
        .await
        .optional()
        .map_err(store_error)?;
    found.map(Approval::try_from).transpose()
}

pub(super) async fn add(conn: &mut AsyncPgConnection, approval: &Approval) -> Result<(), StoreError> {
    let row = ApprovalRow::from(approval);
    diesel::insert_into(approvals::table).values(row).execute(conn).await.map_err(store_error)?;
    Ok(())
}

pub(super) async fn save(conn: &mut AsyncPgConnection, approval: &Approval) -> Result<(), StoreError> {
    let row = ApprovalRow::from(approval);
    diesel::update(approvals::table.find(approval.id.as_str()))
        .set(row)
        .execute(conn)
        .await
        .map_err(store_error)?;
    Ok(())
}
