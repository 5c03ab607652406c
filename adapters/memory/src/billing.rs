//! Billing: what becomes of money that came. The proof of the books needs PostgreSQL.

mod documents;
mod queries;
mod statements;

use application_billing::SettlementView;
use application_billing::ports::{
    BillingPorts, BillingTx, Books, Disputes, Documents, ONE_WAITING, Parties, Payouts, REVERSED_ONCE,
    Refunds, SETTLED_ONCE, Totals,
};
use application_booking::ports::Payments;
use application_kernel::{Store, StoreError};
use async_trait::async_trait;
use domain_billing::{
    Approval, ApprovalKind, ApprovalStatus, AttemptStatus, Dispute, DisputeStatus, FactOutcome, Ledger,
    Payment, PayoutAttempt, PayoutStatus, Refund, RefundStatus,
};
use domain_kernel::{
    Account, AccountKind, ApprovalId, Currency, OperatorId, PaymentId, PayoutAttemptId, RefundId, Timestamp,
};
use domain_mentoring::SessionStatus;

use crate::store::{MemoryStore, MemoryTx, State};

#[async_trait]
impl Store<BillingTx> for MemoryStore {
    async fn begin(&self) -> Result<BillingTx, StoreError> {
        Ok(BillingTx::new(Box::new(self.open().await)))
    }
}

impl BillingPorts for MemoryTx {
    fn books(&mut self) -> &mut dyn Books {
        self
    }

    fn refunds(&mut self) -> &mut dyn Refunds {
        self
    }

    fn payouts(&mut self) -> &mut dyn Payouts {
        self
    }

    fn disputes(&mut self) -> &mut dyn Disputes {
        self
    }

    fn documents(&mut self) -> &mut dyn Documents {
        self
    }
}

#[async_trait]
impl Books for MemoryTx {
    async fn parties(&mut self, payment: &PaymentId) -> Result<Parties, StoreError> {
        let payment = self.state.payments.get(payment).ok_or(missing("payments"))?;
        let session = self.state.sessions.get(&payment.session).ok_or(missing("sessions"))?;
        Ok(Parties {
            session: session.id.clone(),
            student: session.student.clone(),
            mentor: session.mentor.clone(),
            is_live: matches!(session.status, SessionStatus::Paid | SessionStatus::Scheduled),
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
        let mut ledgers = self.state.admin_ledger.values();
        ledgers.find(|ledger| ledger.payment == *payment).cloned().ok_or(missing("admin_ledger"))
    }

    async fn save_ledger(&mut self, ledger: &mut Ledger) -> Result<(), StoreError> {
        Payments::save_ledger(self, ledger).await
    }

    async fn totals(&mut self, payment: &PaymentId) -> Result<Totals, StoreError> {
        let currency = self.state.payments.get(payment).ok_or(missing("payments"))?.amount.currency();
        let came = |outcome| {
            matches!(
                outcome,
                FactOutcome::Applied | FactOutcome::Late | FactOutcome::Second | FactOutcome::Mismatch
            )
        };
        let facts = self.state.gateway_facts.values();
        let captured = facts
            .filter(|fact| fact.payment == *payment && fact.is_capture() && came(fact.outcome))
            .filter_map(|fact| fact.amount_in(currency))
            .sum();
        let refunds = || self.state.refunds.values().filter(|refund| refund.payment == *payment);
        let is_back = |refund: &&Refund| refund.status == RefundStatus::Processed;
        let lost = self
            .state
            .disputes
            .iter()
            .filter(|dispute| dispute.payment == *payment && dispute.status == DisputeStatus::Lost);
        let refunded = refunds()
            .filter(is_back)
            .filter(|refund| refund.amount.currency() == currency)
            .map(|refund| refund.amount.minor())
            .chain(lost.map(|dispute| dispute.amount.minor()))
            .sum();
        let in_flight = refunds().filter(|refund| !is_back(refund)).count();
        Ok(Totals { captured, refunded, in_flight: i64::try_from(in_flight).unwrap_or(i64::MAX) })
    }

    async fn unposted(&mut self, _: Option<&PaymentId>, _: i64) -> Result<Vec<PaymentId>, StoreError> {
        // This store is younger than the journal.
        Ok(vec![])
    }

    async fn is_unposted(&mut self, _: &PaymentId) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn remember_capture(&mut self, _: &Payment, _: Timestamp) -> Result<(), StoreError> {
        Ok(())
    }

    async fn add_settlement(
        &mut self,
        settlement: &SettlementView,
        _: &OperatorId,
        _: Timestamp,
    ) -> Result<(), StoreError> {
        match self.state.settlements.insert(settlement.reference.clone(), settlement.clone()) {
            None => Ok(()),
            Some(_) => Err(StoreError::Duplicate { constraint: SETTLED_ONCE.into() }),
        }
    }

    async fn settlement(&mut self, reference: &str) -> Result<Option<SettlementView>, StoreError> {
        Ok(self.state.settlements.get(reference).cloned())
    }

    async fn reverse_settlement(
        &mut self,
        reference: &str,
        reason: &str,
        _: &OperatorId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let found = self.state.settlements.get_mut(reference).ok_or(missing("settlements"))?;
        if found.reversed_at.is_some() {
            return Err(StoreError::Duplicate { constraint: REVERSED_ONCE.into() });
        }
        found.reversed_at = Some(now.to_string());
        found.reversal_reason = Some(reason.to_owned());
        Ok(())
    }

    async fn clearing(&mut self, currency: Currency) -> Result<Option<i64>, StoreError> {
        let account = Account::of(AccountKind::GatewayClearing).key(currency);
        Ok(self.state.ledger_accounts.get(&account).map(|balance| -balance))
    }
}

#[async_trait]
impl Refunds for MemoryTx {
    async fn find(&mut self, id: &RefundId) -> Result<Option<Refund>, StoreError> {
        Ok(self.state.refunds.get(id).cloned())
    }

    async fn of_payment(&mut self, payment: &PaymentId) -> Result<Vec<Refund>, StoreError> {
        let refunds = self.state.refunds.values();
        Ok(refunds.filter(|refund| refund.payment == *payment).cloned().collect())
    }

    async fn get(&mut self, id: &RefundId) -> Result<Refund, StoreError> {
        self.state.refunds.get(id).cloned().ok_or(missing("refunds"))
    }

    async fn add(&mut self, refund: &Refund) -> Result<(), StoreError> {
        Payments::add_refund(self, refund).await
    }

    async fn save(&mut self, refund: &mut Refund) -> Result<(), StoreError> {
        match self.state.refunds.get_mut(&refund.id) {
            Some(stored) if stored.version == refund.version => {
                refund.version += 1;
                *stored = refund.clone();
                Ok(())
            }
            _ => Err(StoreError::Conflict),
        }
    }
}

#[async_trait]
impl Payouts for MemoryTx {
    async fn find(&mut self, id: &PayoutAttemptId) -> Result<Option<PayoutAttempt>, StoreError> {
        Ok(self.state.payout_attempts.get(id).cloned())
    }

    async fn last(&mut self, payment: &PaymentId) -> Result<Option<PayoutAttempt>, StoreError> {
        Ok(self.state.last_attempt(payment).cloned())
    }

    async fn get(&mut self, id: &PayoutAttemptId) -> Result<PayoutAttempt, StoreError> {
        self.state.payout_attempts.get(id).cloned().ok_or(missing("payout_attempts"))
    }

    async fn add(&mut self, attempt: &PayoutAttempt) -> Result<(), StoreError> {
        let open = |other: &PayoutAttempt| {
            other.payment == attempt.payment && other.status == AttemptStatus::Submitted
        };
        if self.state.payout_attempts.values().any(open) {
            return Err(StoreError::Duplicate { constraint: "payout_attempts_one_open".into() });
        }
        self.state.payout_attempts.insert(attempt.id.clone(), attempt.clone());
        Ok(())
    }

    async fn save(&mut self, attempt: &mut PayoutAttempt) -> Result<(), StoreError> {
        match self.state.payout_attempts.get_mut(&attempt.id) {
            Some(stored) if stored.version == attempt.version => {
                attempt.version += 1;
                *stored = attempt.clone();
                Ok(())
            }
            _ => Err(StoreError::Conflict),
        }
    }

    async fn has_another(&mut self, reference: &str, than: &PayoutAttemptId) -> Result<bool, StoreError> {
        let is_it =
            |attempt: &PayoutAttempt| attempt.id != *than && attempt.reference.as_deref() == Some(reference);
        Ok(self.state.payout_attempts.values().any(is_it))
    }

    async fn payable(&mut self, most: i64) -> Result<Vec<PaymentId>, StoreError> {
        let mut ready: Vec<(Option<Timestamp>, i32, PaymentId)> = self
            .state
            .admin_ledger
            .iter()
            .filter(|(_, ledger)| ledger.status == PayoutStatus::Ready)
            .map(|(id, ledger)| (ledger.hold_until, id.get(), ledger.payment.clone()))
            .collect();
        ready.sort();
        ready.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(ready.into_iter().map(|(_, _, payment)| payment).collect())
    }

    async fn find_approval(&mut self, id: &ApprovalId) -> Result<Option<Approval>, StoreError> {
        Ok(self.state.approvals.get(id).cloned())
    }

    async fn approval(&mut self, id: &ApprovalId) -> Result<Approval, StoreError> {
        self.state.approvals.get(id).cloned().ok_or(missing("approvals"))
    }

    async fn waiting(
        &mut self,
        payment: &PaymentId,
        kind: ApprovalKind,
    ) -> Result<Option<Approval>, StoreError> {
        Ok(self.state.waiting_approval(payment, kind).cloned())
    }

    async fn ask(&mut self, approval: &Approval) -> Result<(), StoreError> {
        if self.state.waiting_approval(&approval.payment, approval.kind).is_some() {
            return Err(StoreError::Duplicate { constraint: ONE_WAITING.into() });
        }
        self.state.approvals.insert(approval.id.clone(), approval.clone());
        Ok(())
    }

    async fn save_approval(&mut self, approval: &Approval) -> Result<(), StoreError> {
        self.state.approvals.insert(approval.id.clone(), approval.clone());
        Ok(())
    }
}

#[async_trait]
impl Disputes for MemoryTx {
    async fn by_key(&mut self, payment: &PaymentId, key: &str) -> Result<Option<Dispute>, StoreError> {
        let mut disputes = self.state.disputes.iter();
        Ok(disputes.find(|dispute| dispute.payment == *payment && dispute.gateway_key == key).cloned())
    }

    async fn add(&mut self, dispute: &Dispute) -> Result<(), StoreError> {
        let clashes = |other: &Dispute| {
            other.payment == dispute.payment
                && (other.gateway_key == dispute.gateway_key || other.status == DisputeStatus::Open)
        };
        if self.state.disputes.iter().any(clashes) {
            return Err(StoreError::Duplicate { constraint: "disputes_once".into() });
        }
        self.state.disputes.push(dispute.clone());
        Ok(())
    }

    async fn save(&mut self, dispute: &mut Dispute) -> Result<(), StoreError> {
        match self.state.disputes.iter_mut().find(|stored| stored.id == dispute.id) {
            Some(stored) if stored.version == dispute.version => {
                dispute.version += 1;
                *stored = dispute.clone();
                Ok(())
            }
            _ => Err(StoreError::Conflict),
        }
    }
}

impl State {
    fn last_attempt(&self, payment: &PaymentId) -> Option<&PayoutAttempt> {
        let of = self.payout_attempts.values().filter(|attempt| attempt.payment == *payment);
        of.max_by_key(|attempt| attempt.number)
    }

    fn waiting_approval(&self, payment: &PaymentId, kind: ApprovalKind) -> Option<&Approval> {
        self.approvals.values().find(|approval| {
            approval.payment == *payment
                && approval.kind == kind
                && approval.status == ApprovalStatus::Waiting
        })
    }
}

fn missing(table: &'static str) -> StoreError {
    StoreError::NotFound { table }
}
