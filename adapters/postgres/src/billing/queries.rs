use application_billing::ports::BillingQueries;
use application_billing::{
    ApprovalView, BalanceView, DisputeView, EntryView, FindingView, LineView, PayoutView, RefundView,
    SettlementView,
};
use application_kernel::{Page, PageRequest, StoreError};
use async_trait::async_trait;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text, Timestamp as SqlTimestamp};
use diesel_async::RunQueryDsl;
use domain_billing::{
    Approval, ApprovalKind, ApprovalStatus, Dispute, DisputeStatus, Ledger, PayoutAttempt, PayoutStatus,
    Refund, RefundStatus,
};
use domain_kernel::{AccountKind, Labelled, PaymentId, Timestamp};

use super::approvals::ApprovalRow;
use super::attempts::AttemptRow;
use super::disputes::DisputeRow;
use super::ledger::{LedgerRow, LedgerTermsRow};
use super::refunds::RefundRow;
use super::{settlements, verify};
use crate::column::PgPayoutStatus;
use crate::error::{corrupt, store_error};
use crate::schema::{
    admin_ledger, approvals, disputes, ledger_accounts, ledger_terms, payout_attempts, refunds,
};
use crate::sql::sql;
use crate::store::PgStore;

const JOURNAL: &str = "
    SELECT e.id, e.kind::text, e.source_id, e.posted_at,
           array_agg(l.account_id ORDER BY l.account_id) AS accounts,
           array_agg(l.amount ORDER BY l.account_id)     AS amounts
    FROM journal_entries e JOIN journal_lines l ON l.entry_id = e.id
    WHERE e.payment_id = $1 GROUP BY e.id ORDER BY e.id LIMIT 1000";

#[derive(QueryableByName)]
struct EntryRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    source_id: String,
    #[diesel(sql_type = SqlTimestamp)]
    posted_at: NaiveDateTime,
    #[diesel(sql_type = Array<Text>)]
    accounts: Vec<String>,
    #[diesel(sql_type = Array<BigInt>)]
    amounts: Vec<i64>,
}

impl From<EntryRow> for EntryView {
    fn from(row: EntryRow) -> Self {
        let EntryRow { id, kind, source_id, posted_at, accounts, amounts } = row;
        let lines = accounts.into_iter().zip(amounts);
        let lines = lines.map(|(account, amount_minor)| LineView { account, amount_minor }).collect();
        Self { id, kind, source: source_id, posted_at: Timestamp::from_utc(posted_at).to_string(), lines }
    }
}

type PayoutRow = (LedgerRow, LedgerTermsRow, Option<AttemptRow>);

fn payout_view((row, terms, last): PayoutRow, now: Timestamp) -> Result<PayoutView, StoreError> {
    let ledger: Ledger = row.ledger(terms)?;
    let last = last.map(PayoutAttempt::try_from).transpose()?;
    Ok(PayoutView::of(&ledger, last.as_ref(), now))
}

/// Shares with the last try to pay each.
#[diesel::dsl::auto_type(no_type_alias)]
fn shares() -> _ {
    let last = payout_attempts::payment_id
        .eq(ledger_terms::payment_id)
        .and(payout_attempts::number.eq(ledger_terms::attempts));
    admin_ledger::table
        .inner_join(ledger_terms::table.on(ledger_terms::payment_id.eq(admin_ledger::payment_id)))
        .left_join(payout_attempts::table.on(last))
}

/// The page that rows make, each of them read as the domain knows it.
fn listed<R, D, V>(
    rows: Vec<R>,
    page: &PageRequest<String>,
    view: impl Fn(&D) -> V,
    key: impl Fn(&V) -> String,
) -> Result<Page<V, String>, StoreError>
where
    D: TryFrom<R, Error = StoreError>,
{
    let views =
        rows.into_iter().map(|row| Ok(view(&D::try_from(row)?))).collect::<Result<_, StoreError>>()?;
    Ok(Page::cut(views, page.size, key))
}

#[async_trait]
impl BillingQueries for PgStore {
    async fn payouts(
        &self,
        status: Option<PayoutStatus>,
        page: &PageRequest<String>,
        now: Timestamp,
    ) -> Result<Page<PayoutView, String>, StoreError> {
        let mut query = shares()
            .select((LedgerRow::as_select(), LedgerTermsRow::as_select(), Option::<AttemptRow>::as_select()))
            .into_boxed();
        if let Some(status) = status {
            query = query.filter(admin_ledger::payout_status.eq(PgPayoutStatus(status)));
        }
        if let Some(after) = &page.after {
            query = query.filter(admin_ledger::payment_id.gt(after));
        }
        let rows: Vec<PayoutRow> = query
            .order(admin_ledger::payment_id)
            .limit(page.limit())
            .load(&mut *self.conn().await?)
            .await
            .map_err(store_error)?;
        let views = rows.into_iter().map(|row| payout_view(row, now)).collect::<Result<_, _>>()?;
        Ok(Page::cut(views, page.size, |view: &PayoutView| view.payment_id.clone()))
    }

    async fn payout(&self, payment: &PaymentId, now: Timestamp) -> Result<Option<PayoutView>, StoreError> {
        let found: Option<PayoutRow> = shares()
            .filter(admin_ledger::payment_id.eq(payment.as_str()))
            .select((LedgerRow::as_select(), LedgerTermsRow::as_select(), Option::<AttemptRow>::as_select()))
            .first(&mut *self.conn().await?)
            .await
            .optional()
            .map_err(store_error)?;
        found.map(|row| payout_view(row, now)).transpose()
    }

    async fn refunds(
        &self,
        status: Option<RefundStatus>,
        payment: Option<&PaymentId>,
        page: &PageRequest<String>,
    ) -> Result<Page<RefundView, String>, StoreError> {
        let mut query = refunds::table.select(RefundRow::as_select()).into_boxed();
        if let Some(status) = status {
            query = query.filter(refunds::status.eq(status.label()));
        }
        if let Some(payment) = payment {
            query = query.filter(refunds::payment_id.eq(payment.as_str()));
        }
        if let Some(after) = &page.after {
            query = query.filter(refunds::id.gt(after));
        }
        let rows: Vec<RefundRow> = query
            .order(refunds::id)
            .limit(page.limit())
            .load(&mut *self.conn().await?)
            .await
            .map_err(store_error)?;
        listed::<_, Refund, _>(rows, page, RefundView::of, |view| view.id.clone())
    }

    async fn disputes(
        &self,
        status: Option<DisputeStatus>,
        page: &PageRequest<String>,
    ) -> Result<Page<DisputeView, String>, StoreError> {
        let mut query = disputes::table.select(DisputeRow::as_select()).into_boxed();
        if let Some(status) = status {
            query = query.filter(disputes::status.eq(status.label()));
        }
        if let Some(after) = &page.after {
            query = query.filter(disputes::id.gt(after));
        }
        let rows: Vec<DisputeRow> = query
            .order(disputes::id)
            .limit(page.limit())
            .load(&mut *self.conn().await?)
            .await
            .map_err(store_error)?;
        listed::<_, Dispute, _>(rows, page, DisputeView::of, |view| view.id.clone())
    }

    async fn approvals(
        &self,
        kinds: &[ApprovalKind],
        status: Option<ApprovalStatus>,
        page: &PageRequest<String>,
    ) -> Result<Page<ApprovalView, String>, StoreError> {
        let kinds = kinds.iter().map(|kind| kind.label());
        let of_kinds = approvals::kind.eq_any(kinds);
        let mut query = approvals::table.filter(of_kinds).select(ApprovalRow::as_select()).into_boxed();
        if let Some(status) = status {
            query = query.filter(approvals::status.eq(status.label()));
        }
        if let Some(after) = &page.after {
            query = query.filter(approvals::id.gt(after));
        }
        let rows: Vec<ApprovalRow> = query
            .order(approvals::id)
            .limit(page.limit())
            .load(&mut *self.conn().await?)
            .await
            .map_err(store_error)?;
        listed::<_, Approval, _>(rows, page, ApprovalView::of, |view| view.id.clone())
    }

    async fn settlement(&self, reference: &str) -> Result<Option<SettlementView>, StoreError> {
        settlements::find(&mut *self.conn().await?, reference).await
    }

    async fn journal(&self, payment: &PaymentId) -> Result<Vec<EntryView>, StoreError> {
        let rows: Vec<EntryRow> = sql(JOURNAL)
            .bind::<Text, _>(payment.as_str())
            .load(&mut *self.conn().await?)
            .await
            .map_err(store_error)?;
        Ok(rows.into_iter().map(EntryView::from).collect())
    }

    async fn balances(&self, page: &PageRequest<String>) -> Result<Page<BalanceView, String>, StoreError> {
        let rows: Vec<(String, String, Option<String>, String, i64)> = ledger_accounts::table
            .filter(ledger_accounts::id.gt(page.after.as_deref().unwrap_or("")))
            .order(ledger_accounts::id)
            .limit(page.limit())
            .select((
                ledger_accounts::id,
                ledger_accounts::kind,
                ledger_accounts::owner_id,
                ledger_accounts::currency,
                ledger_accounts::balance,
            ))
            .load(&mut *self.conn().await?)
            .await
            .map_err(store_error)?;
        let views = rows
            .into_iter()
            .map(|(id, kind, owner, currency, balance)| {
                let kind = AccountKind::from_label(&kind)
                    .map_err(|error| corrupt("ledger_accounts", &id)(&error))?;
                Ok(BalanceView::of(id, kind, owner, currency, balance))
            })
            .collect::<Result<_, StoreError>>()?;
        Ok(Page::cut(views, page.size, |view: &BalanceView| view.account.clone()))
    }

    async fn verify(&self) -> Result<Vec<FindingView>, StoreError> {
        verify::verify(&mut *self.conn().await?).await
    }
}
