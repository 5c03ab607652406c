use std::sync::Arc;

use application_kernel::{
    Actor, AuditEntry, Clock, CurrentOperator, Ids, NewJob, Permission, Recorded, Reply, Store, StoreError,
    Ticket, once,
};
use domain_billing::{Ledger, Payment};
use domain_kernel::{DomainEvent, Fact, InvalidId, JournalEntry, Money, PaymentId, Timestamp, hours};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::BillingError;
use crate::ports::{BillingTx, Parties, PayoutProvider, RefundGateway};

/// What billing goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BillingPolicy {
    /// From this amount on, in minor units, a payout takes a second operator.
    pub second_approver_from_minor: i64,
    /// At which hour of the day, UTC, the payable shares are released by themselves; never if there is none.
    pub batch_hour: Option<u8>,
}

/// What becomes of money that came: operators' decisions, and what gateways and providers say.
///
/// Refunds are in `refunds.rs`, payouts in `payouts.rs`, what takes two operators in `approvals.rs`, disputes in
/// `disputes.rs`.
pub struct Billing {
    pub(crate) store: Arc<dyn Store<BillingTx>>,
    pub(crate) gateway: Arc<dyn RefundGateway>,
    pub(crate) provider: Arc<dyn PayoutProvider>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) policy: BillingPolicy,
}

/// A payment as a decision finds it, locked.
pub(crate) struct Case {
    pub(crate) parties: Parties,
    pub(crate) payment: Payment,
    pub(crate) ledger: Ledger,
    pub(crate) now: Timestamp,
}

/// What a change leaves to be written beside its own rows.
#[derive(Default)]
pub(crate) struct Done {
    pub(crate) entries: Vec<JournalEntry>,
    pub(crate) events: Vec<Recorded>,
    pub(crate) details: Vec<Fact>,
}

impl Done {
    pub(crate) fn posting(entries: impl IntoIterator<Item = JournalEntry>) -> Self {
        Self { entries: entries.into_iter().collect(), ..Self::default() }
    }

    pub(crate) fn telling<E: DomainEvent>(mut self, event: &E) -> Self {
        self.events.extend(application_kernel::record(std::slice::from_ref(event)));
        self
    }

    pub(crate) fn with(mut self, name: &'static str, value: &impl ToString) -> Self {
        self.details.push((name, value.to_string()));
        self
    }
}

impl Billing {
    /// Billing over these ports.
    pub fn new(
        store: Arc<dyn Store<BillingTx>>,
        gateway: Arc<dyn RefundGateway>,
        provider: Arc<dyn PayoutProvider>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        policy: BillingPolicy,
    ) -> Self {
        Self { store, gateway, provider, clock, ids, policy }
    }

    /// One decision of one operator about somebody else's payment: reads locked, changes, writes what belongs to it.
    pub(crate) async fn decide<V, C>(
        &self,
        ticket: &Ticket<CurrentOperator>,
        needed: Permission,
        payment: &PaymentId,
        action: &'static str,
        mut change: impl FnMut() -> C,
    ) -> Result<Reply<V>, BillingError>
    where
        V: Serialize + DeserializeOwned + Send,
        C: AsyncFnOnce(&mut BillingTx, &mut Case) -> Result<(Option<Done>, V), BillingError>,
    {
        ticket.by.may(needed)?;
        once(&*self.store, &*self.clock, ticket, || {
            let change = change();
            async move |tx: &mut BillingTx| {
                let mut case = self.case(tx, &ticket.by, payment).await?;
                let (done, view) = change(tx, &mut case).await?;
                if let Some(done) = done {
                    let actor = Some(Actor::Operator(ticket.by.id.clone()));
                    self.write(tx, actor, action, payment.to_string(), done, case.now).await?;
                }
                Ok(Reply::changed(view))
            }
        })
        .await
    }

    /// The payment, locked, for an operator who is not concerned by it.
    pub(crate) async fn case(
        &self,
        tx: &mut BillingTx,
        by: &CurrentOperator,
        payment: &PaymentId,
    ) -> Result<Case, BillingError> {
        let parties = tx.books().parties(payment).await?;
        by.decides_about(&parties.mentor)?;
        by.decides_about(&parties.student)?;
        let payment = tx.books().payment(payment).await?;
        let ledger = tx.books().ledger(&payment.id).await?;
        Ok(Case { parties, payment, ledger, now: self.clock.now() })
    }

    /// What belongs to every change beside its rows: the outbox, the audit, and last, for it locks what everybody
    /// posts to, the journal.
    pub(crate) async fn write(
        &self,
        tx: &mut BillingTx,
        actor: Option<Actor>,
        action: &'static str,
        subject: String,
        done: Done,
        now: Timestamp,
    ) -> Result<(), BillingError> {
        tx.outbox().append(&done.events).await?;
        tx.audit().append(AuditEntry { at: now, actor, action, subject, details: done.details }).await?;
        Ok(tx.journal().post(&done.entries, now).await?)
    }

    /// Asks a provider again in an hour that does not say yet what came of it.
    pub(crate) fn check_again(&self, kind: &'static str, subject: String) -> NewJob {
        ask_at(kind, subject, self.clock.now().plus(hours(1)))
    }

    /// A new key.
    pub(crate) fn new_id<T>(
        &self,
        parse: impl Fn(String) -> Result<T, InvalidId>,
    ) -> Result<T, BillingError> {
        let broken = |_| StoreError::Corrupt { table: "payments", reason: "a new identifier is none".into() };
        Ok(parse(self.ids.text()).map_err(broken)?)
    }
}

/// The job that asks then. Planning it again for the same moment changes nothing.
pub(crate) fn ask_at(kind: &'static str, subject: String, run_at: Timestamp) -> NewJob {
    NewJob { kind, subject, version: run_at.micros(), run_at, payload: serde_json::Value::Null }
}

/// What is asked, or all that is left.
pub(crate) fn amount(asked: Option<i64>, ledger: &Ledger) -> Result<Money, BillingError> {
    let left = ledger.left()?;
    let amount = match asked {
        None => left,
        Some(minor) if minor <= 0 => return Err(domain_billing::LedgerRefused::Nothing.into()),
        Some(minor) => {
            Money::parse(minor, left.currency()).map_err(|_| domain_billing::LedgerRefused::TooMuch(left))?
        }
    };
    if amount.minor() == 0 {
        return Err(domain_billing::LedgerRefused::Nothing.into());
    }
    Ok(amount)
}
