use application_booking::TakenOverLedger;
use application_booking::ports::Payments;
use application_kernel::StoreError;
use async_trait::async_trait;
use bigdecimal::BigDecimal;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain_billing::{FactKind, FactOutcome, GatewayFact, Ledger, Payment, PayoutAttempt, Refund, Told};
use domain_kernel::{Currency, Labelled, PaymentId, SessionId, Timestamp};

use super::taken_over;
use crate::billing;
use crate::column::{PgPaymentStatus, money, numeric};
use crate::error::{corrupt, missing, store_error};
use crate::schema::{gateway_facts, payments};
use crate::store::PgTx;

/// A row of `payments`, as far as we write it. Left to its default: `paid_to`. Not ours: `payment_data`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = payments)]
pub(super) struct PaymentRow {
    pub(super) id: String,
    pub(super) session_id: String,
    pub(super) amount: BigDecimal,
    pub(super) currency: String,
    pub(super) gateway: String,
    pub(super) gateway_payment_id: Option<String>,
    pub(super) gateway_order_id: Option<String>,
    pub(super) status: PgPaymentStatus,
    pub(super) payment_method: Option<String>,
    pub(super) created_at: Option<NaiveDateTime>,
    pub(super) updated_at: Option<NaiveDateTime>,
    pub(super) completed_at: Option<NaiveDateTime>,
    pub(super) version: i32,
}

impl From<&Payment> for PaymentRow {
    fn from(payment: &Payment) -> Self {
        let Payment {
            id,
            session,
            amount,
            gateway,
            order,
            captured_by,
            status,
            created_at,
            updated_at,
            completed_at,
            version,
        } = payment;
        Self {
            id: id.to_string(),
            session_id: session.to_string(),
            amount: numeric(*amount),
            currency: amount.currency().to_string(),
            gateway: gateway.clone(),
            gateway_payment_id: captured_by.clone(),
            gateway_order_id: order.clone(),
            status: PgPaymentStatus(*status),
            // The student chooses it at the gateway, which does not tell yet.
            payment_method: None,
            created_at: Some(created_at.naive()),
            updated_at: Some(updated_at.naive()),
            completed_at: completed_at.map(Timestamp::naive),
            version: *version,
        }
    }
}

impl TryFrom<PaymentRow> for Payment {
    type Error = StoreError;

    fn try_from(row: PaymentRow) -> Result<Self, StoreError> {
        let broken = corrupt("payments", &row.id);
        let PaymentRow {
            id,
            session_id,
            amount,
            currency,
            gateway,
            gateway_payment_id,
            gateway_order_id,
            status,
            payment_method: _,
            created_at,
            updated_at,
            completed_at,
            version,
        } = row;
        let created_at = created_at.ok_or_else(|| broken(&"no created_at"))?;
        let currency = Currency::parse(&currency).map_err(|error| broken(&error))?;
        Ok(Self {
            id: PaymentId::parse(id).map_err(|error| broken(&error))?,
            session: SessionId::parse(session_id).map_err(|error| broken(&error))?,
            amount: money(&amount, currency, "payments")?,
            gateway,
            order: gateway_order_id,
            captured_by: gateway_payment_id,
            status: status.0,
            created_at: Timestamp::from_utc(created_at),
            updated_at: Timestamp::from_utc(updated_at.unwrap_or(created_at)),
            completed_at: completed_at.map(Timestamp::from_utc),
            version,
        })
    }
}

#[async_trait]
impl Payments for PgTx {
    async fn get(&mut self, id: &PaymentId) -> Result<Payment, StoreError> {
        payments::table
            .find(id.as_str())
            .select(PaymentRow::as_select())
            .for_no_key_update()
            .first(&mut *self.conn)
            .await
            .map_err(missing("payments"))?
            .try_into()
    }

    async fn find(&mut self, id: &PaymentId) -> Result<Option<Payment>, StoreError> {
        payments::table
            .find(id.as_str())
            .select(PaymentRow::as_select())
            .first(&mut *self.conn)
            .await
            .optional()
            .map_err(store_error)?
            .map(Payment::try_from)
            .transpose()
    }

    async fn of_session(&mut self, session: &SessionId) -> Result<Option<Payment>, StoreError> {
        payments::table
            .filter(payments::session_id.eq(session.as_str()))
            .select(PaymentRow::as_select())
            .for_no_key_update()
            .first(&mut *self.conn)
            .await
            .optional()
            .map_err(store_error)?
            .map(Payment::try_from)
            .transpose()
    }

    async fn by_order(
        &mut self,
        gateway: &str,
        order: &str,
    ) -> Result<Option<(PaymentId, SessionId)>, StoreError> {
        let found = payments::table
            .filter(payments::gateway.eq(gateway).and(payments::gateway_order_id.eq(order)))
            .select((payments::id, payments::session_id))
            .first::<(String, String)>(&mut *self.conn)
            .await
            .optional()
            .map_err(store_error)?;
        let Some((payment, session)) = found else { return Ok(None) };
        let broken = corrupt("payments", &payment);
        let session = SessionId::parse(session).map_err(|error| broken(&error))?;
        Ok(Some((PaymentId::parse(payment).map_err(|error| broken(&error))?, session)))
    }

    async fn add(&mut self, payment: &Payment) -> Result<(), StoreError> {
        diesel::insert_into(payments::table)
            .values(PaymentRow::from(payment))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn save(&mut self, payment: &mut Payment) -> Result<(), StoreError> {
        let PaymentRow {
            id,
            gateway_payment_id,
            gateway_order_id,
            status,
            updated_at,
            completed_at,
            version,
            ..
        } = PaymentRow::from(&*payment);
        let unchanged = payments::table.filter(payments::id.eq(id).and(payments::version.eq(version)));
        let saved = diesel::update(unchanged)
            .set((
                payments::gateway_payment_id.eq(gateway_payment_id),
                payments::gateway_order_id.eq(gateway_order_id),
                payments::status.eq(status),
                payments::updated_at.eq(updated_at),
                payments::completed_at.eq(completed_at),
                payments::version.eq(version + 1),
            ))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        if saved != 1 {
            return Err(StoreError::Conflict);
        }
        payment.version += 1;
        Ok(())
    }

    async fn told(&mut self, id: &PaymentId) -> Result<Vec<Told>, StoreError> {
        let rows: Vec<(String, String, String, String)> = gateway_facts::table
            .filter(gateway_facts::payment_id.eq(id.as_str()))
            .order((gateway_facts::recorded_at, gateway_facts::event))
            .select((
                gateway_facts::event,
                gateway_facts::attempt,
                gateway_facts::kind,
                gateway_facts::outcome,
            ))
            .load(&mut *self.conn)
            .await
            .map_err(store_error)?;
        let broken = corrupt("gateway_facts", id.as_str());
        rows.into_iter()
            .map(|(event, attempt, kind, outcome)| {
                let kind = FactKind::from_label(&kind).map_err(|error| broken(&error))?;
                let outcome = FactOutcome::from_label(&outcome).map_err(|error| broken(&error))?;
                Ok(Told { event, attempt, kind, outcome })
            })
            .collect()
    }

    async fn remember(
        &mut self,
        payment: &PaymentId,
        fact: &GatewayFact,
        outcome: FactOutcome,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let GatewayFact { gateway, event, order, attempt, kind, amount_minor, currency } = fact;
        diesel::insert_into(gateway_facts::table)
            .values((
                gateway_facts::gateway.eq(gateway),
                gateway_facts::event.eq(event),
                gateway_facts::payment_id.eq(payment.as_str()),
                gateway_facts::order_key.eq(order),
                gateway_facts::attempt.eq(attempt),
                gateway_facts::kind.eq(kind.label()),
                gateway_facts::amount_minor.eq(amount_minor),
                gateway_facts::currency.eq(currency),
                gateway_facts::outcome.eq(outcome.label()),
                gateway_facts::recorded_at.eq(now.naive()),
            ))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn split(&mut self, split: &Ledger) -> Result<(), StoreError> {
        billing::add(&mut self.conn, split).await
    }

    async fn ledger(&mut self, session: &SessionId) -> Result<Option<Ledger>, StoreError> {
        billing::of_session(&mut self.conn, session).await
    }

    async fn taken_over_split(&mut self, payment: &Payment) -> Result<Option<TakenOverLedger>, StoreError> {
        taken_over::split(&mut self.conn, payment).await
    }

    async fn take_in_split(
        &mut self,
        split: &Ledger,
        made: Option<&PayoutAttempt>,
    ) -> Result<(), StoreError> {
        billing::take_in(&mut self.conn, split).await?;
        match made {
            Some(attempt) => billing::add_attempt(&mut self.conn, attempt).await,
            None => Ok(()),
        }
    }

    async fn save_ledger(&mut self, split: &mut Ledger) -> Result<(), StoreError> {
        billing::save(&mut self.conn, split).await
    }

    async fn add_refund(&mut self, refund: &Refund) -> Result<(), StoreError> {
        billing::add_refund(&mut self.conn, refund).await
    }
}
