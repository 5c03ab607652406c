use application_kernel::{attempt, record, transact};
use domain_billing::{
    FactKind, FactOutcome, GatewayFact, Ledger, Payment, Refund, RefundCause, RefundSource,
};
use domain_kernel::{RefundId, Timestamp, minutes};
use domain_mentoring::{Session, SessionStatus};

use crate::booking::broken_id;
use crate::messages::fact_message;
use crate::plan::is_worth_a_job;
use crate::ports::BookingTx;
use crate::record::audited;
use crate::timers::{PLANNING, session_timer};
use crate::{Booking, BookingError};

impl Booking {
    /// Takes in what a gateway says, whoever brought it: a webhook's job, a reconciliation or the
    /// simulated gateway. The same fact again is ignored.
    ///
    /// A capture that pays for a waiting session makes it PAID and plans its meetings, all in one
    /// unit. Only the planning may fail by itself; the session then stays PAID and a job retries.
    pub async fn record_gateway_fact(&self, fact: &GatewayFact) -> Result<FactOutcome, BookingError> {
        transact(&*self.store, || {
            async |tx| {
                let found = tx.payments().by_order(&fact.gateway, &fact.order).await?;
                let (payment, session) = found.ok_or(BookingError::UnknownOrder)?;
                let mut session = tx.sessions().get(&session).await?;
                let mut payment = tx.payments().get(&payment).await?;
                let now = self.clock.now();
                let told = tx.payments().told(&payment.id).await?;
                if let Some(known) = told.iter().find(|told| told.event == fact.event) {
                    // What we cannot hold stays so until an operator has looked.
                    let unreadable = known.outcome == FactOutcome::Unreadable;
                    return Ok(if unreadable { FactOutcome::Unreadable } else { FactOutcome::Ignored });
                }
                let before = payment.clone();
                let waits = session.status == SessionStatus::Approved;
                let (outcome, events) = payment.record(fact, &told, waits, now);
                if payment != before {
                    tx.payments().save(&mut payment).await?;
                }
                tx.payments().remember(&payment.id, fact, outcome, now).await?;
                tx.outbox().append(&record(&events)).await?;
                let details = vec![("fact", fact.kind.to_string()), ("outcome", outcome.to_string())];
                let entry = audited(None, "payment.fact", payment.id.to_string(), details, now);
                tx.audit().append(entry).await?;
                if payment.status != before.status {
                    self.watch(tx, &payment, &session, now).await?;
                }
                if outcome == FactOutcome::Unreadable {
                    self.leave_to_operators(tx, &payment, fact, now).await?;
                }
                if let Some(cause) = goes_back(outcome) {
                    self.send_back(tx, &payment, fact, cause, now).await?;
                } else if fact.kind == FactKind::Captured && outcome == FactOutcome::Applied {
                    self.settle(tx, &mut session, &payment, now).await?;
                }
                Ok(outcome)
            }
        })
        .await
    }

    /// Money came that the books cannot hold. Nothing is posted; a job that fails each time it is tried, and is then given
    /// up, keeps it before operators until they put it aside. Where such a job brought it, that is the one.
    async fn leave_to_operators(
        &self,
        tx: &mut BookingTx,
        payment: &Payment,
        fact: &GatewayFact,
        now: Timestamp,
    ) -> Result<(), BookingError> {
        let (amount, currency, attempt) = (fact.amount_minor, &fact.currency, &fact.attempt);
        tracing::warn!(payment = %payment.id, attempt, amount, currency, "money came that the books cannot hold");
        Ok(tx.jobs().schedule(fact_message(fact, 1, now)).await?)
    }

    /// Money that has nothing to pay for goes back by itself, through the attempt that brought it.
    async fn send_back(
        &self,
        tx: &mut BookingTx,
        payment: &Payment,
        fact: &GatewayFact,
        cause: RefundCause,
        now: Timestamp,
    ) -> Result<(), BookingError> {
        let (amount, arrived) = payment.unapplied(fact)?;
        let id = RefundId::parse(self.ids.text()).map_err(|_| broken_id())?;
        let why = (cause, RefundSource::Unapplied);
        let (refund, event) = Refund::request(id, payment.id.clone(), fact.attempt.clone(), amount, why, now);
        tx.payments().add_refund(&refund).await?;
        tx.outbox().append(&record(&[event])).await?;
        Ok(tx.journal().post(&[arrived, refund.unapplied()?], now).await?)
    }

    /// The session is paid: splits the money, then plans the meetings.
    async fn settle(
        &self,
        tx: &mut BookingTx,
        session: &mut Session,
        payment: &Payment,
        now: Timestamp,
    ) -> Result<(), BookingError> {
        let events = session.capture(now)?;
        tx.sessions().save(session).await?;
        let fee = session.terms.policy.fee;
        let ledger = Ledger::of_capture(
            payment.id.clone(),
            session.id.clone(),
            session.mentor.clone(),
            payment.amount,
            fee,
            now,
        );
        tx.payments().split(&ledger).await?;
        tx.journal().post(&[ledger.captured()?], now).await?;
        self.record(tx, None, "session.capture", session, &events, now).await?;
        let mut planned = session.clone();
        match attempt(tx, async |tx| self.plan(tx, &mut planned, now).await).await? {
            Ok(()) => *session = planned,
            Err(error) if is_worth_a_job(&error) => {
                tracing::warn!(session = %session.id, %error, "the meetings are left to the job");
                tx.jobs().schedule(session_timer(PLANNING, &session.id, now.plus(minutes(1)))).await?;
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// Why the money of a capture goes back, if it does.
fn goes_back(outcome: FactOutcome) -> Option<RefundCause> {
    match outcome {
        FactOutcome::Late => Some(RefundCause::Late),
        FactOutcome::Second => Some(RefundCause::Second),
        FactOutcome::Mismatch => Some(RefundCause::Mismatch),
        FactOutcome::Applied | FactOutcome::Unreadable | FactOutcome::Ignored => None,
    }
}
