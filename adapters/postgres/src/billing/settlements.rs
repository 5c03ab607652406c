//! What gateways paid us out, and what of it was recorded by mistake.

use application_billing::SettlementView;
use application_kernel::{MoneyView, StoreError};
use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain_kernel::{OperatorId, Timestamp};

use crate::error::store_error;
use crate::schema::{settlement_reversals, settlements};

/// Amount, fee and currency, and if it was taken back when and why.
type SettledRow = (i64, i64, String, Option<NaiveDateTime>, Option<String>);

pub(super) async fn add(
    conn: &mut AsyncPgConnection,
    settlement: &SettlementView,
    by: &OperatorId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let SettlementView { reference, amount, fee, reversed_at: _, reversal_reason: _ } = settlement;
    diesel::insert_into(settlements::table)
        .values((
            settlements::reference.eq(reference),
            settlements::amount_minor.eq(amount.minor),
            settlements::fee_minor.eq(fee.minor),
            settlements::currency.eq(&amount.currency),
            settlements::recorded_by.eq(by.as_str()),
            settlements::recorded_at.eq(now.naive()),
        ))
        .execute(conn)
        .await
        .map_err(store_error)?;
    Ok(())
}

pub(super) async fn find(
    conn: &mut AsyncPgConnection,
    reference: &str,
) -> Result<Option<SettlementView>, StoreError> {
    let found: Option<SettledRow> = settlements::table
        .left_join(settlement_reversals::table.on(settlement_reversals::reference.eq(settlements::reference)))
        .filter(settlements::reference.eq(reference))
        .select((
            settlements::amount_minor,
            settlements::fee_minor,
            settlements::currency,
            settlement_reversals::reversed_at.nullable(),
            settlement_reversals::reason.nullable(),
        ))
        .first(conn)
        .await
        .optional()
        .map_err(store_error)?;
    Ok(found.map(|(amount, fee, currency, reversed_at, reversal_reason)| SettlementView {
        reference: reference.to_owned(),
        amount: MoneyView { minor: amount, currency: currency.clone() },
        fee: MoneyView { minor: fee, currency },
        reversed_at: reversed_at.map(|at| Timestamp::from_utc(at).to_string()),
        reversal_reason,
    }))
}

pub(super) async fn reverse(
    conn: &mut AsyncPgConnection,
    reference: &str,
    reason: &str,
    by: &OperatorId,
    now: Timestamp,
) -> Result<(), StoreError> {
    diesel::insert_into(settlement_reversals::table)
        .values((
            settlement_reversals::reference.eq(reference),
            settlement_reversals::reason.eq(reason),
            settlement_reversals::reversed_by.eq(by.as_str()),
            settlement_reversals::reversed_at.eq(now.naive()),
        ))
        .execute(conn)
        .await
        .map_err(store_error)?;
    Ok(())
}
