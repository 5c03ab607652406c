use application_kernel::StoreError;
use bigdecimal::BigDecimal;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain_billing::Ledger;
use domain_kernel::{BasisPoints, Currency, DisputeId, Money, PaymentId, SessionId, Timestamp, UserId};

use crate::column::{PgPayoutStatus, money, numeric};
use crate::error::{corrupt, store_error};
use crate::schema::{admin_ledger, ledger_terms};

/// A row of `admin_ledger`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = admin_ledger)]
pub(crate) struct LedgerRow {
    payment_id: String,
    session_id: String,
    mentor_id: String,
    amount: BigDecimal,
    mentor_payout_amount: Option<BigDecimal>,
    platform_fee: Option<BigDecimal>,
    payout_status: PgPayoutStatus,
    payout_released_at: Option<NaiveDateTime>,
    created_at: Option<NaiveDateTime>,
    updated_at: Option<NaiveDateTime>,
    version: i32,
}

/// A row of `ledger_terms`.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = ledger_terms, treat_none_as_null = true)]
pub(crate) struct LedgerTermsRow {
    payment_id: String,
    currency: String,
    fee_basis_points: i16,
    voided_at: Option<NaiveDateTime>,
    refunded_minor: i64,
    hold_until: Option<NaiveDateTime>,
    clawed_minor: i64,
    clawed_fee_minor: i64,
    held_reason: Option<String>,
    dispute_id: Option<String>,
    attempts: i32,
}

impl LedgerRow {
    fn pair(ledger: &Ledger) -> (Self, LedgerTermsRow) {
        let Ledger {
            payment,
            session,
            mentor,
            amount,
            fee_share,
            refunded,
            fee,
            payout,
            clawed,
            clawed_fee,
            status,
            hold_until,
            held,
            dispute,
            attempts,
            released_at,
            voided_at,
            created_at,
            updated_at,
            version,
        } = ledger;
        let row = Self {
            payment_id: payment.to_string(),
            session_id: session.to_string(),
            mentor_id: mentor.to_string(),
            amount: numeric(*amount),
            mentor_payout_amount: Some(numeric(*payout)),
            platform_fee: Some(numeric(*fee)),
            payout_status: PgPayoutStatus(*status),
            payout_released_at: released_at.map(Timestamp::naive),
            created_at: Some(created_at.naive()),
            updated_at: Some(updated_at.naive()),
            version: *version,
        };
        let terms = LedgerTermsRow {
            payment_id: payment.to_string(),
            currency: amount.currency().code().to_owned(),
            fee_basis_points: fee_share.get().cast_signed(),
            voided_at: voided_at.map(Timestamp::naive),
            refunded_minor: refunded.minor(),
            hold_until: hold_until.map(Timestamp::naive),
            clawed_minor: clawed.minor(),
            clawed_fee_minor: clawed_fee.minor(),
            held_reason: held.clone(),
            dispute_id: dispute.as_ref().map(ToString::to_string),
            attempts: *attempts,
        };
        (row, terms)
    }

    pub(crate) fn ledger(self, terms: LedgerTermsRow) -> Result<Ledger, StoreError> {
        let broken = corrupt("admin_ledger", &self.payment_id);
        let Self {
            payment_id,
            session_id,
            mentor_id,
            amount,
            mentor_payout_amount,
            platform_fee,
            payout_status,
            payout_released_at,
            created_at,
            updated_at,
            version,
        } = self;
        let LedgerTermsRow {
            payment_id: _,
            currency,
            fee_basis_points,
            voided_at,
            refunded_minor,
            hold_until,
            clawed_minor,
            clawed_fee_minor,
            held_reason,
            dispute_id,
            attempts,
        } = terms;
        let currency = Currency::parse(&currency).map_err(|error| broken(&error))?;
        let fee_share =
            BasisPoints::parse(fee_basis_points.cast_unsigned()).map_err(|error| broken(&error))?;
        let part = |amount: Option<BigDecimal>| {
            money(&amount.ok_or_else(|| broken(&"it was not split"))?, currency, "admin_ledger")
        };
        let minor = |minor| Money::parse(minor, currency).map_err(|error| broken(&error));
        let created_at = created_at.ok_or_else(|| broken(&"no created_at"))?;
        Ok(Ledger {
            payment: PaymentId::parse(payment_id).map_err(|error| broken(&error))?,
            session: SessionId::parse(session_id).map_err(|error| broken(&error))?,
            mentor: UserId::parse(mentor_id).map_err(|error| broken(&error))?,
            amount: money(&amount, currency, "admin_ledger")?,
            fee_share,
            refunded: minor(refunded_minor)?,
            fee: part(platform_fee)?,
            payout: part(mentor_payout_amount)?,
            clawed: minor(clawed_minor)?,
            clawed_fee: minor(clawed_fee_minor)?,
            status: payout_status.0,
            hold_until: hold_until.map(Timestamp::from_utc),
            held: held_reason,
            dispute: dispute_id.map(DisputeId::parse).transpose().map_err(|error| broken(&error))?,
            attempts,
            released_at: payout_released_at.map(Timestamp::from_utc),
            voided_at: voided_at.map(Timestamp::from_utc),
            created_at: Timestamp::from_utc(created_at),
            updated_at: Timestamp::from_utc(updated_at.unwrap_or(created_at)),
            version,
        })
    }
}

/// Adds the split of a captured payment.
pub(crate) async fn add(conn: &mut AsyncPgConnection, ledger: &Ledger) -> Result<(), StoreError> {
    let (row, terms) = LedgerRow::pair(ledger);
    diesel::insert_into(admin_ledger::table).values(row).execute(conn).await.map_err(store_error)?;
    diesel::insert_into(ledger_terms::table).values(terms).execute(conn).await.map_err(store_error)?;
    Ok(())
}

/// Adds what stands beside a split that was taken over.
pub(crate) async fn take_in(conn: &mut AsyncPgConnection, ledger: &Ledger) -> Result<(), StoreError> {
    let (_, terms) = LedgerRow::pair(ledger);
    diesel::insert_into(ledger_terms::table)
        .values(terms)
        .on_conflict_do_nothing()
        .execute(conn)
        .await
        .map_err(store_error)?;
    Ok(())
}

/// The split of a session's captured payment, locked.
pub(crate) async fn of_session(
    conn: &mut AsyncPgConnection,
    session: &SessionId,
) -> Result<Option<Ledger>, StoreError> {
    let found = admin_ledger::table
        .inner_join(ledger_terms::table.on(ledger_terms::payment_id.eq(admin_ledger::payment_id)))
        .filter(admin_ledger::session_id.eq(session.as_str()))
        .select((LedgerRow::as_select(), LedgerTermsRow::as_select()))
        .for_no_key_update()
        .first::<(LedgerRow, LedgerTermsRow)>(conn)
        .await
        .optional()
        .map_err(store_error)?;
    found.map(|(row, terms)| row.ledger(terms)).transpose()
}

/// The split of a captured payment, locked.
pub(super) async fn of_payment(
    conn: &mut AsyncPgConnection,
    payment: &PaymentId,
) -> Result<Option<Ledger>, StoreError> {
    let found = admin_ledger::table
        .inner_join(ledger_terms::table.on(ledger_terms::payment_id.eq(admin_ledger::payment_id)))
        .filter(admin_ledger::payment_id.eq(payment.as_str()))
        .select((LedgerRow::as_select(), LedgerTermsRow::as_select()))
        .for_no_key_update()
        .first::<(LedgerRow, LedgerTermsRow)>(conn)
        .await
        .optional()
        .map_err(store_error)?;
    found.map(|(row, terms)| row.ledger(terms)).transpose()
}

/// Saves a changed split; `Conflict` if it is another's already.
pub(crate) async fn save(conn: &mut AsyncPgConnection, ledger: &mut Ledger) -> Result<(), StoreError> {
    let (row, terms) = LedgerRow::pair(ledger);
    let unchanged = admin_ledger::table
        .filter(admin_ledger::payment_id.eq(&row.payment_id).and(admin_ledger::version.eq(row.version)));
    let saved = diesel::update(unchanged)
        .set((
            admin_ledger::mentor_payout_amount.eq(&row.mentor_payout_amount),
            admin_ledger::platform_fee.eq(&row.platform_fee),
            admin_ledger::payout_status.eq(row.payout_status),
            admin_ledger::payout_released_at.eq(row.payout_released_at),
            admin_ledger::updated_at.eq(row.updated_at),
            admin_ledger::version.eq(row.version + 1),
        ))
        .execute(conn)
        .await
        .map_err(store_error)?;
    if saved != 1 {
        return Err(StoreError::Conflict);
    }
    diesel::update(ledger_terms::table.find(ledger.payment.as_str()))
        .set(terms)
        .execute(conn)
        .await
        .map_err(store_error)?;
    ledger.version += 1;
    Ok(())
}
