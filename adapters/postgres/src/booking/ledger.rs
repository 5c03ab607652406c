use application_kernel::StoreError;
use bigdecimal::BigDecimal;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain_billing::{Ledger, Refund};
use domain_kernel::{BasisPoints, Currency, Labelled, Money, PaymentId, SessionId, Timestamp, UserId};

use crate::column::{PgPayoutStatus, money, numeric};
use crate::error::{corrupt, store_error};
use crate::schema::{admin_ledger, ledger_terms, refunds};

/// A row of `admin_ledger`. Left alone: `payout_released_at`, until payouts come.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = admin_ledger)]
pub(super) struct LedgerRow {
    payment_id: String,
    session_id: String,
    mentor_id: String,
    amount: BigDecimal,
    mentor_payout_amount: Option<BigDecimal>,
    platform_fee: Option<BigDecimal>,
    payout_status: PgPayoutStatus,
    created_at: Option<NaiveDateTime>,
    updated_at: Option<NaiveDateTime>,
    version: i32,
}

/// A row of `ledger_terms`.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = ledger_terms, treat_none_as_null = true)]
pub(super) struct LedgerTermsRow {
    payment_id: String,
    currency: String,
    fee_basis_points: i16,
    voided_at: Option<NaiveDateTime>,
    refunded_minor: i64,
    hold_until: Option<NaiveDateTime>,
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
            status,
            hold_until,
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
        };
        (row, terms)
    }

    pub(super) fn ledger(self, terms: LedgerTermsRow) -> Result<Ledger, StoreError> {
        let broken = corrupt("admin_ledger", &self.payment_id);
        let Self {
            payment_id,
            session_id,
            mentor_id,
            amount,
            mentor_payout_amount,
            platform_fee,
            payout_status,
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
        } = terms;
        let currency = Currency::parse(&currency).map_err(|error| broken(&error))?;
        let fee_share =
            BasisPoints::parse(fee_basis_points.cast_unsigned()).map_err(|error| broken(&error))?;
        let part = |amount: Option<BigDecimal>| {
            money(&amount.ok_or_else(|| broken(&"it was not split"))?, currency, "admin_ledger")
        };
        let created_at = created_at.ok_or_else(|| broken(&"no created_at"))?;
        Ok(Ledger {
            payment: PaymentId::parse(payment_id).map_err(|error| broken(&error))?,
            session: SessionId::parse(session_id).map_err(|error| broken(&error))?,
            mentor: UserId::parse(mentor_id).map_err(|error| broken(&error))?,
            amount: money(&amount, currency, "admin_ledger")?,
            fee_share,
            refunded: Money::parse(refunded_minor, currency).map_err(|error| broken(&error))?,
            fee: part(platform_fee)?,
            payout: part(mentor_payout_amount)?,
            status: payout_status.0,
            hold_until: hold_until.map(Timestamp::from_utc),
            voided_at: voided_at.map(Timestamp::from_utc),
            created_at: Timestamp::from_utc(created_at),
            updated_at: Timestamp::from_utc(updated_at.unwrap_or(created_at)),
            version,
        })
    }
}

pub(super) async fn add(conn: &mut AsyncPgConnection, ledger: &Ledger) -> Result<(), StoreError> {
    let (row, terms) = LedgerRow::pair(ledger);
    diesel::insert_into(admin_ledger::table).values(row).execute(conn).await.map_err(store_error)?;
    diesel::insert_into(ledger_terms::table).values(terms).execute(conn).await.map_err(store_error)?;
    Ok(())
}

/// Adds what stands beside a split that was taken over.
pub(super) async fn take_in(conn: &mut AsyncPgConnection, ledger: &Ledger) -> Result<(), StoreError> {
    let (_, terms) = LedgerRow::pair(ledger);
    diesel::insert_into(ledger_terms::table)
        .values(terms)
        .on_conflict_do_nothing()
        .execute(conn)
        .await
        .map_err(store_error)?;
    Ok(())
}

pub(super) async fn locked(
    conn: &mut AsyncPgConnection,
    session: &SessionId,
) -> Result<Option<Ledger>, StoreError> {
    admin_ledger::table
        .inner_join(ledger_terms::table.on(ledger_terms::payment_id.eq(admin_ledger::payment_id)))
        .filter(admin_ledger::session_id.eq(session.as_str()))
        .select((LedgerRow::as_select(), LedgerTermsRow::as_select()))
        .for_no_key_update()
        .first::<(LedgerRow, LedgerTermsRow)>(conn)
        .await
        .optional()
        .map_err(store_error)?
        .map(|(row, terms)| row.ledger(terms))
        .transpose()
}

pub(super) async fn save(conn: &mut AsyncPgConnection, ledger: &mut Ledger) -> Result<(), StoreError> {
    let (row, terms) = LedgerRow::pair(ledger);
    let unchanged = admin_ledger::table
        .filter(admin_ledger::payment_id.eq(&row.payment_id).and(admin_ledger::version.eq(row.version)));
    let saved = diesel::update(unchanged)
        .set((
            admin_ledger::mentor_payout_amount.eq(&row.mentor_payout_amount),
            admin_ledger::platform_fee.eq(&row.platform_fee),
            admin_ledger::payout_status.eq(row.payout_status),
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

pub(super) async fn add_refund(conn: &mut AsyncPgConnection, refund: &Refund) -> Result<(), StoreError> {
    let Refund { id, payment, amount, cause, status, requested_at } = refund;
    diesel::insert_into(refunds::table)
        .values((
            refunds::id.eq(id.as_str()),
            refunds::payment_id.eq(payment.as_str()),
            refunds::amount_minor.eq(amount.minor()),
            refunds::currency.eq(amount.currency().code()),
            refunds::cause.eq(cause.label()),
            refunds::status.eq(status.label()),
            refunds::requested_at.eq(requested_at.naive()),
        ))
        .execute(conn)
        .await
        .map_err(store_error)?;
    Ok(())
}
