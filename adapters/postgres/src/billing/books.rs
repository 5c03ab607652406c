use application_billing::SettlementView;
use application_billing::ports::{Books, Parties, Totals};
use application_booking::ports::Payments;
use application_kernel::StoreError;
use async_trait::async_trait;
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl;
use domain_billing::{FactKind, FactOutcome, GatewayFact, Ledger, Payment};
use domain_kernel::{
    Account, AccountKind, Currency, EntryKind, Labelled, OperatorId, PaymentId, SessionId, Timestamp, UserId,
};
use domain_mentoring::SessionStatus;

use super::{ledger, settlements};
use crate::column::PgSessionStatus;
use crate::error::{corrupt, missing, store_error};
use crate::schema::{journal_entries, ledger_accounts, ledger_terms, payments, sessions};
use crate::sql::sql;
use crate::store::PgTx;

/// What gateways captured counts once an attempt; what they said of it again, or what nobody can hold, does not.
const TOTALS: &str = "
    SELECT
        (SELECT coalesce(sum(amount_minor), 0)::bigint FROM gateway_facts f
         WHERE f.payment_id = p.id AND f.kind = 'captured' AND f.currency = p.currency
           AND f.outcome IN ('applied', 'late', 'second', 'mismatch')) AS captured,
        ((SELECT coalesce(sum(amount_minor), 0) FROM refunds r
          WHERE r.payment_id = p.id AND r.currency = p.currency AND r.status = 'PROCESSED')
         + (SELECT coalesce(sum(amount_minor), 0) FROM disputes d
            WHERE d.payment_id = p.id AND d.status = 'LOST'))::bigint AS refunded,
        (SELECT count(*) FROM refunds r WHERE r.payment_id = p.id AND r.status <> 'PROCESSED') AS in_flight
    FROM payments p WHERE p.id = $1";

#[derive(QueryableByName)]
struct TotalsRow {
    #[diesel(sql_type = BigInt)]
    captured: i64,
    #[diesel(sql_type = BigInt)]
    refunded: i64,
    #[diesel(sql_type = BigInt)]
    in_flight: i64,
}

#[async_trait]
impl Books for PgTx {
    async fn parties(&mut self, payment: &PaymentId) -> Result<Parties, StoreError> {
        let session: String = payments::table
            .find(payment.as_str())
            .select(payments::session_id)
            .first(&mut *self.conn)
            .await
            .map_err(missing("payments"))?;
        let (id, student, mentor, status): (String, String, String, PgSessionStatus) = sessions::table
            .find(session)
            .select((sessions::id, sessions::student_id, sessions::mentor_id, sessions::status))
            .for_no_key_update()
            .first(&mut *self.conn)
            .await
            .map_err(missing("sessions"))?;
        let broken = corrupt("sessions", &id);
        Ok(Parties {
            session: SessionId::parse(id.clone()).map_err(|error| broken(&error))?,
            student: UserId::parse(student).map_err(|error| broken(&error))?,
            mentor: UserId::parse(mentor).map_err(|error| broken(&error))?,
            is_live: matches!(status.0, SessionStatus::Paid | SessionStatus::Scheduled),
        })
    }

    async fn payment(&mut self, id: &PaymentId) -> Result<Payment, StoreError> {
        Payments::get(self, id).await
    }

    async fn by_order(&mut self, gateway: &str, order: &str) -> Result<Option<PaymentId>, StoreError> {
        Ok(Payments::by_order(self, gateway, order).await?.map(|(payment, _)| payment))
    }

    async fn save_payment(&mut self, payment: &mut Payment) -> Result<(), StoreError> {
        Payments::save(self, payment).await
    }

    async fn ledger(&mut self, payment: &PaymentId) -> Result<Ledger, StoreError> {
        let found = ledger::of_payment(&mut self.conn, payment).await?;
        found.ok_or(StoreError::NotFound { table: "admin_ledger" })
    }

    async fn save_ledger(&mut self, split: &mut Ledger) -> Result<(), StoreError> {
        ledger::save(&mut self.conn, split).await
    }

    async fn totals(&mut self, payment: &PaymentId) -> Result<Totals, StoreError> {
        let TotalsRow { captured, refunded, in_flight } = sql(TOTALS)
            .bind::<Text, _>(payment.as_str())
            .get_result(&mut *self.conn)
            .await
            .map_err(missing("payments"))?;
        Ok(Totals { captured, refunded, in_flight })
    }

    async fn unposted(&mut self, after: Option<&PaymentId>, most: i64) -> Result<Vec<PaymentId>, StoreError> {
        let found: Vec<String> = ledger_terms::table
            .filter(not(exists(
                journal_entries::table
                    .filter(journal_entries::payment_id.eq(ledger_terms::payment_id.nullable()))
                    .filter(journal_entries::kind.eq(EntryKind::Capture.label())),
            )))
            .filter(ledger_terms::payment_id.gt(after.map_or("", PaymentId::as_str)))
            .order(ledger_terms::payment_id)
            .select(ledger_terms::payment_id)
            .limit(most)
            .load(&mut *self.conn)
            .await
            .map_err(store_error)?;
        let read =
            |id: String| PaymentId::parse(id.clone()).map_err(|error| corrupt("payments", &id)(&error));
        found.into_iter().map(read).collect()
    }

    async fn is_unposted(&mut self, payment: &PaymentId) -> Result<bool, StoreError> {
        let posted = journal_entries::table
            .filter(journal_entries::payment_id.eq(payment.as_str()))
            .filter(journal_entries::kind.eq(EntryKind::Capture.label()));
        let is_posted: bool =
            diesel::select(exists(posted)).get_result(&mut *self.conn).await.map_err(store_error)?;
        Ok(!is_posted)
    }

    async fn remember_capture(&mut self, payment: &Payment, now: Timestamp) -> Result<(), StoreError> {
        if Payments::told(self, &payment.id).await?.iter().any(|told| told.kind == FactKind::Captured) {
            return Ok(());
        }
        let fact = GatewayFact::taken_over(payment);
        let at = payment.completed_at.unwrap_or(now);
        Payments::remember(self, &payment.id, &fact, FactOutcome::Applied, at).await
    }

    async fn add_settlement(
        &mut self,
        settlement: &SettlementView,
        by: &OperatorId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        settlements::add(&mut self.conn, settlement, by, now).await
    }

    async fn settlement(&mut self, reference: &str) -> Result<Option<SettlementView>, StoreError> {
        settlements::find(&mut self.conn, reference).await
    }

    async fn reverse_settlement(
        &mut self,
        reference: &str,
        reason: &str,
        by: &OperatorId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        settlements::reverse(&mut self.conn, reference, reason, by, now).await
    }

    async fn clearing(&mut self, currency: Currency) -> Result<Option<i64>, StoreError> {
        let account = Account::of(AccountKind::GatewayClearing).key(currency);
        let balance: Option<i64> = ledger_accounts::table
            .find(account)
            .select(ledger_accounts::balance)
            .first(&mut *self.conn)
            .await
            .optional()
            .map_err(store_error)?;
        Ok(balance.map(|credits| -credits))
    }
}
