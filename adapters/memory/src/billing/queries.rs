use application_billing::ports::BillingQueries;
use application_billing::{
    ApprovalView, BalanceView, DisputeView, EntryView, FindingView, LineView, PayoutView, RefundView,
    SettlementView,
};
use application_kernel::{Page, PageRequest, StoreError};
use async_trait::async_trait;
use domain_billing::{ApprovalKind, ApprovalStatus, DisputeStatus, Ledger, PayoutStatus, RefundStatus};
use domain_kernel::{AccountKind, Labelled, PaymentId, Timestamp};

use crate::store::{MemoryStore, State};

impl State {
    fn payout_view(&self, ledger: &Ledger, now: Timestamp) -> PayoutView {
        PayoutView::of(ledger, self.last_attempt(&ledger.payment), now)
    }
}

/// What of views in any order makes a page by key.
fn page<V>(mut views: Vec<V>, key: impl Fn(&V) -> String, page: &PageRequest<String>) -> Page<V, String> {
    views.sort_by_key(&key);
    views.retain(|view| page.after.as_ref().is_none_or(|after| key(view) > *after));
    Page::cut(views, page.size, key)
}

#[async_trait]
impl BillingQueries for MemoryStore {
    async fn payouts(
        &self,
        status: Option<PayoutStatus>,
        asked: &PageRequest<String>,
        now: Timestamp,
    ) -> Result<Page<PayoutView, String>, StoreError> {
        let state = self.state().await;
        let ledgers = state.admin_ledger.values();
        let views = ledgers
            .filter(|ledger| status.is_none_or(|status| ledger.status == status))
            .map(|ledger| state.payout_view(ledger, now))
            .collect();
        Ok(page(views, |view: &PayoutView| view.payment_id.clone(), asked))
    }

    async fn payout(&self, payment: &PaymentId, now: Timestamp) -> Result<Option<PayoutView>, StoreError> {
        let state = self.state().await;
        let ledger = state.admin_ledger.values().find(|ledger| ledger.payment == *payment);
        Ok(ledger.map(|ledger| state.payout_view(ledger, now)))
    }

    async fn refunds(
        &self,
        status: Option<RefundStatus>,
        payment: Option<&PaymentId>,
        asked: &PageRequest<String>,
    ) -> Result<Page<RefundView, String>, StoreError> {
        let state = self.state().await;
        let views = state
            .refunds
            .values()
            .filter(|refund| status.is_none_or(|status| refund.status == status))
            .filter(|refund| payment.is_none_or(|payment| refund.payment == *payment))
            .map(RefundView::of)
            .collect();
        Ok(page(views, |view: &RefundView| view.id.clone(), asked))
    }

    async fn disputes(
        &self,
        status: Option<DisputeStatus>,
        asked: &PageRequest<String>,
    ) -> Result<Page<DisputeView, String>, StoreError> {
        let state = self.state().await;
        let disputes = state.disputes.iter();
        let views = disputes
            .filter(|dispute| status.is_none_or(|status| dispute.status == status))
            .map(DisputeView::of)
            .collect();
        Ok(page(views, |view: &DisputeView| view.id.clone(), asked))
    }

    async fn approvals(
        &self,
        kinds: &[ApprovalKind],
        status: Option<ApprovalStatus>,
        asked: &PageRequest<String>,
    ) -> Result<Page<ApprovalView, String>, StoreError> {
        let state = self.state().await;
        let approvals = state.approvals.values();
        let views = approvals
            .filter(|approval| kinds.contains(&approval.kind))
            .filter(|approval| status.is_none_or(|status| approval.status == status))
            .map(ApprovalView::of)
            .collect();
        Ok(page(views, |view: &ApprovalView| view.id.clone(), asked))
    }

    async fn settlement(&self, reference: &str) -> Result<Option<SettlementView>, StoreError> {
        Ok(self.state().await.settlements.get(reference).cloned())
    }

    async fn journal(&self, payment: &PaymentId) -> Result<Vec<EntryView>, StoreError> {
        let state = self.state().await;
        let entries = state.journal_entries.iter().zip(1..);
        Ok(entries
            .filter(|((entry, _), _)| entry.payment.as_ref() == Some(payment))
            .map(|((entry, posted_at), id)| EntryView {
                id,
                kind: entry.kind.to_string(),
                source: entry.source.clone(),
                posted_at: posted_at.to_string(),
                lines: entry
                    .lines()
                    .into_iter()
                    .map(|(account, amount_minor)| LineView {
                        account: account.key(entry.currency),
                        amount_minor,
                    })
                    .collect(),
            })
            .collect())
    }

    async fn balances(&self, asked: &PageRequest<String>) -> Result<Page<BalanceView, String>, StoreError> {
        let state = self.state().await;
        let views = state
            .ledger_accounts
            .iter()
            .filter_map(|(key, balance)| {
                let mut parts = key.splitn(3, ':');
                let kind = AccountKind::from_label(parts.next()?).ok()?;
                let currency = parts.next()?.to_owned();
                let owner = parts.next().map(str::to_owned);
                Some(BalanceView::of(key.clone(), kind, owner, currency, *balance))
            })
            .collect();
        Ok(page(views, |view: &BalanceView| view.account.clone(), asked))
    }

    async fn verify(&self) -> Result<Vec<FindingView>, StoreError> {
        Err(StoreError::NeedsPostgres { what: "the proof of the books" })
    }
}
