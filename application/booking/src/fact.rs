use application_kernel::{AuditEntry, attempt, record, transact};
use domain_billing::{FactKind, FactOutcome, GatewayFact, Ledger, Payment};
use domain_kernel::minutes;
use domain_mentoring::{Session, SessionStatus};

use crate::booking::timer;
use crate::jobs::PLANNING;
use crate::ports::BookingTx;
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
                let now = self.clock.now();
                let found = tx.payments().by_order(&fact.gateway, &fact.order).await?;
                let (payment, session) = found.ok_or(BookingError::UnknownOrder)?;
                let mut session = tx.sessions().get(&session).await?;
                let mut payment = tx.payments().get(&payment).await?;
                if tx.payments().has_seen(fact).await? {
                    return Ok(FactOutcome::Ignored);
                }
                let before = payment.clone();
                let waits = session.status == SessionStatus::Approved;
                let (outcome, events) = payment.record(fact, waits, now);
                if payment != before {
                    tx.payments().save(&mut payment).await?;
                }
                tx.payments().remember(&payment.id, fact, outcome, now).await?;
                tx.outbox().append(&record(&events)).await?;
                tx.audit()
                    .append(AuditEntry {
                        at: now,
                        actor: None,
                        action: "payment.fact",
                        subject: payment.id.to_string(),
                        details: vec![("fact", fact.kind.to_string()), ("outcome", outcome.to_string())],
                    })
                    .await?;
                if fact.kind == FactKind::Captured && outcome == FactOutcome::Applied {
                    self.settle(tx, &mut session, &payment).await?;
                }
                Ok(outcome)
            }
        })
        .await
    }

    /// The session is paid: splits the money, then plans the meetings.
    async fn settle(
        &self,
        tx: &mut BookingTx,
        session: &mut Session,
        payment: &Payment,
    ) -> Result<(), BookingError> {
        let now = self.clock.now();
        let events = session.capture(now)?;
        tx.sessions().save(session).await?;
        tx.outbox().append(&record(&events)).await?;
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
        let mut planned = session.clone();
        match attempt(tx, async |tx| self.plan(tx, &mut planned).await).await? {
            Ok(()) => *session = planned,
            Err(error) => {
                tracing::warn!(session = %session.id, %error, "the meetings are left to the job");
                tx.jobs().schedule(timer(PLANNING, session, now.plus(minutes(1)))).await?;
            }
        }
        Ok(())
    }
}
