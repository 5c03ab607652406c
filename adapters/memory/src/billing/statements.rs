use std::cmp::Reverse;

use application_billing::ports::{DocumentKey, StatementQueries};
use application_billing::{
    DocumentView, EarningView, MOST_LINES, Month, Movement, NamedView, OwnPaymentView, StatementLineView,
};
use application_kernel::{MoneyView, Page, PageRequest, StoreError};
use async_trait::async_trait;
use domain_billing::{DisputeStatus, DocumentNumber, Ledger, Payment, RefundStatus};
use domain_kernel::{AccountKind, EntryKind, PaymentId, Timestamp, UserId};
use domain_mentoring::Session;

use super::missing;
use crate::store::{MemoryStore, State};

/// What of views in any order makes a page that begins with the greatest key.
fn latest<V, K: Ord>(mut views: Vec<V>, key: impl Fn(&V) -> K, page: &PageRequest<K>) -> Page<V, K> {
    views.sort_by_key(|view| Reverse(key(view)));
    views.retain(|view| page.after.as_ref().is_none_or(|after| key(view) < *after));
    Page::cut(views, page.size, key)
}

impl State {
    /// The numbers of what was issued to somebody about a payment, in order.
    fn numbers(&self, payment: &PaymentId, person: &UserId) -> Vec<String> {
        let own = self
            .issued_documents
            .iter()
            .filter(|(_, (document, _))| document.payment == *payment && document.person == *person);
        let mut numbers: Vec<(Timestamp, String)> =
            own.map(|(number, (_, issued_at))| (*issued_at, number.to_string())).collect();
        numbers.sort();
        numbers.into_iter().map(|(_, number)| number).collect()
    }

    fn plan_title(&self, session: &Session) -> Option<String> {
        self.plan(session.plan).map(|plan| plan.title.clone())
    }

    fn own_payment(&self, payment: &Payment, session: &Session) -> Option<OwnPaymentView> {
        let currency = payment.amount.currency();
        let money = |minor| MoneyView { minor, currency: currency.code().to_owned() };
        let refunds = |is_back: bool| -> i64 {
            let own = self.refunds.values().filter(|refund| refund.payment == payment.id);
            own.filter(|refund| refund.amount.currency() == currency)
                .filter(|refund| (refund.status == RefundStatus::Processed) == is_back)
                .map(|refund| refund.amount.minor())
                .sum()
        };
        let lost = self.disputes.iter().filter(|dispute| dispute.payment == payment.id);
        let lost = lost.filter(|dispute| dispute.status == DisputeStatus::Lost);
        Some(OwnPaymentView {
            id: payment.id.to_string(),
            session_id: session.id.to_string(),
            status: payment.status.to_string(),
            mentor: self.named(&session.mentor)?,
            skill: session.skill_name.clone(),
            plan: self.plan_title(session),
            amount: payment.amount.into(),
            returned: money(refunds(true) + lost.map(|dispute| dispute.amount.minor()).sum::<i64>()),
            returning: money(refunds(false)),
            started_at: Some(payment.created_at.to_string()),
            paid_at: payment.completed_at.map(|at| at.to_string()),
            documents: self.numbers(&payment.id, &session.student),
        })
    }

    fn own_earning(&self, ledger: &Ledger) -> Option<EarningView> {
        let session = self.sessions.get(&ledger.session)?;
        Some(EarningView {
            payment_id: ledger.payment.to_string(),
            session_id: ledger.session.to_string(),
            status: ledger.status.to_string(),
            student: self.named(&session.student)?,
            skill: session.skill_name.clone(),
            plan: self.plan_title(session),
            amount: ledger.amount.into(),
            refunded: ledger.refunded.into(),
            fee: ledger.fee.into(),
            share: ledger.payout.into(),
            owed: ledger.clawed.minus(ledger.clawed_fee).ok()?.into(),
            payable_from: ledger.hold_until.map(|at| at.to_string()),
            paid_at: ledger.released_at.map(|at| at.to_string()),
            voided_at: ledger.voided_at.map(|at| at.to_string()),
            documents: self.numbers(&ledger.payment, &ledger.mentor),
        })
    }

    /// What moved the mentor's money of one payment, with when.
    fn movements_of(&self, ledger: &Ledger) -> Vec<(Timestamp, StatementLineView)> {
        let Some(session) = self.sessions.get(&ledger.session) else { return vec![] };
        let Some(student) = self.named(&session.student) else { return vec![] };
        let mut earned = 0;
        let mut found = Vec::new();
        for entry in self.posted(&ledger.payment) {
            let moved = |kind| -> i64 {
                entry.lines.iter().filter(|(of, _)| *of == kind).map(|(_, minor)| minor).sum()
            };
            let revenue = moved(AccountKind::PlatformRevenue);
            let (bank, owed) = (moved(AccountKind::Bank), moved(AccountKind::MentorReceivable));
            let (kind, fee_minor, amount_minor) = match entry.kind {
                EntryKind::Earn => {
                    earned = revenue;
                    continue;
                }
                EntryKind::PayoutPaid => (Movement::Paid, earned, bank),
                EntryKind::PayoutReturned => (Movement::Returned, -earned, bank),
                EntryKind::ClawBack => (Movement::ClawedBack, revenue, owed),
                EntryKind::DisputeLost => (Movement::Disputed, revenue, owed),
                _ => continue,
            };
            if fee_minor == 0 && amount_minor == 0 {
                continue;
            }
            let mut attempts = self.payout_attempts.values();
            let reference = attempts.find(|attempt| attempt.id.as_str() == entry.source);
            let line = StatementLineView {
                at: entry.at.to_string(),
                kind: kind.to_string(),
                payment_id: ledger.payment.to_string(),
                session_id: session.id.to_string(),
                student: student.name.clone(),
                skill: session.skill_name.clone(),
                fee_minor,
                amount_minor,
                currency: entry.currency.code().to_owned(),
                reference: reference.and_then(|attempt| attempt.reference.clone()),
            };
            found.push((entry.at, line));
        }
        found
    }

    fn document(&self, number: &DocumentNumber) -> Option<DocumentView> {
        let (document, issued_at) = self.issued_documents.get(number)?;
        Some(DocumentView::of(document, number, *issued_at))
    }
}

#[async_trait]
impl StatementQueries for MemoryStore {
    async fn own_payments(
        &self,
        student: &UserId,
        page: &PageRequest<String>,
    ) -> Result<Page<OwnPaymentView, String>, StoreError> {
        let state = self.state().await;
        let of = |payment: &Payment| {
            let session = state.sessions.get(&payment.session).filter(|session| session.student == *student);
            session.and_then(|session| state.own_payment(payment, session))
        };
        let views = state.payments.values().filter_map(of).collect();
        Ok(latest(views, |view: &OwnPaymentView| view.id.clone(), page))
    }

    async fn own_earnings(
        &self,
        mentor: &UserId,
        page: &PageRequest<String>,
    ) -> Result<Page<EarningView, String>, StoreError> {
        let state = self.state().await;
        let own = state.admin_ledger.values().filter(|ledger| ledger.mentor == *mentor);
        let views = own.filter_map(|ledger| state.own_earning(ledger)).collect();
        Ok(latest(views, |view: &EarningView| view.payment_id.clone(), page))
    }

    async fn own_documents(
        &self,
        person: &UserId,
        page: &PageRequest<DocumentKey>,
    ) -> Result<Page<DocumentView, DocumentKey>, StoreError> {
        let state = self.state().await;
        let documents = state.issued_documents.iter();
        let own = documents.filter(|(_, (document, _))| document.person == *person);
        let keys: Vec<DocumentKey> = own
            .map(|(number, (_, issued_at))| DocumentKey { issued_at: *issued_at, number: *number })
            .collect();
        // Numbers are in the order of their texts, as they are where these are columns.
        let order = |key: &DocumentKey| (key.issued_at, key.number.to_string());
        let asked = PageRequest { size: page.size, after: page.after.as_ref().map(order) };
        let found = latest(keys, order, &asked);
        let next = found.next.and(found.items.last().cloned());
        let items = found.items.iter().filter_map(|key| state.document(&key.number)).collect();
        Ok(Page { items, next })
    }

    async fn own_document(
        &self,
        person: &UserId,
        number: &DocumentNumber,
    ) -> Result<Option<DocumentView>, StoreError> {
        let state = self.state().await;
        let is_own =
            state.issued_documents.get(number).is_some_and(|(document, _)| document.person == *person);
        Ok(is_own.then(|| state.document(number)).flatten())
    }

    async fn movements(
        &self,
        mentor: &UserId,
        month: Month,
    ) -> Result<(NamedView, Vec<StatementLineView>), StoreError> {
        let state = self.state().await;
        let name = state.named(mentor).ok_or(missing("users"))?;
        let own = state.admin_ledger.values().filter(|ledger| ledger.mentor == *mentor);
        let mut lines: Vec<_> = own.flat_map(|ledger| state.movements_of(ledger)).collect();
        lines.retain(|(at, _)| (month.from()..month.to()).contains(at));
        lines.sort_by_key(|(at, _)| *at);
        lines.truncate(MOST_LINES + 1);
        Ok((name, lines.into_iter().map(|(_, line)| line).collect()))
    }
}
