use application_billing::ports::Payouts;
use application_kernel::StoreError;
use async_trait::async_trait;
use chrono::NaiveDateTime;
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain_billing::{Approval, ApprovalKind, AttemptStatus, PayoutAttempt, PayoutStatus};
use domain_kernel::{ApprovalId, Labelled, OperatorId, PaymentId, PayoutAttemptId, Timestamp, UserId};

use super::{approvals, minor};
use crate::column::PgPayoutStatus;
use crate::error::{corrupt, missing, store_error};
use crate::schema::{admin_ledger, ledger_terms, payout_attempts};
use crate::store::PgTx;

/// A row of `payout_attempts`.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = payout_attempts, treat_none_as_null = true)]
pub(super) struct AttemptRow {
    id: String,
    payment_id: String,
    mentor_id: String,
    number: i32,
    amount_minor: i64,
    currency: String,
    adapter: String,
    status: String,
    reference: Option<String>,
    failure: Option<String>,
    started_by: Option<String>,
    started_at: NaiveDateTime,
    settled_at: Option<NaiveDateTime>,
    version: i32,
}

impl From<&PayoutAttempt> for AttemptRow {
    fn from(attempt: &PayoutAttempt) -> Self {
        let PayoutAttempt {
            id,
            payment,
            mentor,
            number,
            amount,
            adapter,
            status,
            reference,
            failure,
            started_by,
            started_at,
            settled_at,
            version,
        } = attempt;
        Self {
            id: id.to_string(),
            payment_id: payment.to_string(),
            mentor_id: mentor.to_string(),
            number: *number,
            amount_minor: amount.minor(),
            currency: amount.currency().to_string(),
            adapter: adapter.clone(),
            status: status.to_string(),
            reference: reference.clone(),
            failure: failure.clone(),
            started_by: started_by.as_ref().map(ToString::to_string),
            started_at: started_at.naive(),
            settled_at: settled_at.map(Timestamp::naive),
            version: *version,
        }
    }
}

impl TryFrom<AttemptRow> for PayoutAttempt {
    type Error = StoreError;

    fn try_from(row: AttemptRow) -> Result<Self, StoreError> {
        let broken = corrupt("payout_attempts", &row.id);
        let AttemptRow {
            id,
            payment_id,
            mentor_id,
            number,
            amount_minor,
            currency,
            adapter,
            status,
            reference,
            failure,
            started_by,
            started_at,
            settled_at,
            version,
        } = row;
        Ok(Self {
            amount: minor("payout_attempts", &id, amount_minor, &currency)?,
            id: PayoutAttemptId::parse(id).map_err(|error| broken(&error))?,
            payment: PaymentId::parse(payment_id).map_err(|error| broken(&error))?,
            mentor: UserId::parse(mentor_id).map_err(|error| broken(&error))?,
            number,
            adapter,
            status: AttemptStatus::from_label(&status).map_err(|error| broken(&error))?,
            reference,
            failure,
            started_by: started_by.map(OperatorId::parse).transpose().map_err(|error| broken(&error))?,
            started_at: Timestamp::from_utc(started_at),
            settled_at: settled_at.map(Timestamp::from_utc),
            version,
        })
    }
}

/// Adds a try.
pub(crate) async fn add(conn: &mut AsyncPgConnection, attempt: &PayoutAttempt) -> Result<(), StoreError> {
    let row = AttemptRow::from(attempt);
    diesel::insert_into(payout_attempts::table).values(row).execute(conn).await.map_err(store_error)?;
    Ok(())
}

#[async_trait]
impl Payouts for PgTx {
    async fn find(&mut self, id: &PayoutAttemptId) -> Result<Option<PayoutAttempt>, StoreError> {
        let row = payout_attempts::table.find(id.as_str()).select(AttemptRow::as_select());
        let found = row.first(&mut *self.conn).await.optional().map_err(store_error)?;
        found.map(PayoutAttempt::try_from).transpose()
    }

    async fn last(&mut self, payment: &PaymentId) -> Result<Option<PayoutAttempt>, StoreError> {
        let found = payout_attempts::table
            .filter(payout_attempts::payment_id.eq(payment.as_str()))
            .order(payout_attempts::number.desc())
            .select(AttemptRow::as_select())
            .for_no_key_update()
            .first(&mut *self.conn)
            .await
            .optional()
            .map_err(store_error)?;
        found.map(PayoutAttempt::try_from).transpose()
    }

    async fn get(&mut self, id: &PayoutAttemptId) -> Result<PayoutAttempt, StoreError> {
        let row =
            payout_attempts::table.find(id.as_str()).select(AttemptRow::as_select()).for_no_key_update();
        row.first(&mut *self.conn).await.map_err(missing("payout_attempts"))?.try_into()
    }

    async fn add(&mut self, attempt: &PayoutAttempt) -> Result<(), StoreError> {
        add(&mut self.conn, attempt).await
    }

    async fn save(&mut self, attempt: &mut PayoutAttempt) -> Result<(), StoreError> {
        let mut row = AttemptRow::from(&*attempt);
        row.version += 1;
        let unchanged = payout_attempts::table
            .filter(payout_attempts::id.eq(attempt.id.as_str()))
            .filter(payout_attempts::version.eq(attempt.version));
        let saved = diesel::update(unchanged).set(row).execute(&mut *self.conn).await.map_err(store_error)?;
        if saved != 1 {
            return Err(StoreError::Conflict);
        }
        attempt.version += 1;
        Ok(())
    }

    async fn has_another(&mut self, reference: &str, than: &PayoutAttemptId) -> Result<bool, StoreError> {
        let others = payout_attempts::table
            .filter(payout_attempts::reference.eq(reference))
            .filter(payout_attempts::id.ne(than.as_str()));
        diesel::select(exists(others)).get_result(&mut *self.conn).await.map_err(store_error)
    }

    async fn payable(&mut self, most: i64) -> Result<Vec<PaymentId>, StoreError> {
        let found: Vec<String> = admin_ledger::table
            .inner_join(ledger_terms::table.on(ledger_terms::payment_id.eq(admin_ledger::payment_id)))
            .filter(admin_ledger::payout_status.eq(PgPayoutStatus(PayoutStatus::Ready)))
            .order((ledger_terms::hold_until, admin_ledger::id))
            .select(admin_ledger::payment_id)
            .limit(most)
            .load(&mut *self.conn)
            .await
            .map_err(store_error)?;
        let read =
            |id: String| PaymentId::parse(id.clone()).map_err(|error| corrupt("payments", &id)(&error));
        found.into_iter().map(read).collect()
    }

    async fn find_approval(&mut self, id: &ApprovalId) -> Result<Option<Approval>, StoreError> {
        approvals::find(&mut self.conn, id).await
    }

    async fn approval(&mut self, id: &ApprovalId) -> Result<Approval, StoreError> {
        approvals::locked(&mut self.conn, id).await
    }

    async fn waiting(
        &mut self,
        payment: &PaymentId,
        kind: ApprovalKind,
    ) -> Result<Option<Approval>, StoreError> {
        approvals::waiting(&mut self.conn, payment, kind).await
    }

    async fn ask(&mut self, approval: &Approval) -> Result<(), StoreError> {
        approvals::add(&mut self.conn, approval).await
    }

    async fn save_approval(&mut self, approval: &Approval) -> Result<(), StoreError> {
        approvals::save(&mut self.conn, approval).await
    }
}
