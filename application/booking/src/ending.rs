use application_kernel::{Reply, StoreError, record, transact};
use domain_billing::{Ledger, LedgerRefused, Refund, RefundCause, RefundSource};
use domain_kernel::{Money, RefundId, SessionId, Timestamp};
use domain_mentoring::{Canceller, Meeting, Session, SessionEvent, SessionStatus};

use crate::booking::broken_id;
use crate::ports::BookingTx;
use crate::timers::{PAYOUT_HOLD, session_timer};
use crate::{Booking, BookingError, CancelSession, SessionView};

impl Booking {
    /// A party calls the session off. What the mentor has earned stays, the rest of the money goes
    /// back, meetings that have not taken place are cancelled and their slots freed.
    pub async fn cancel(&self, cmd: CancelSession) -> Result<Reply<SessionView>, BookingError> {
        let by = Canceller::Party(cmd.ticket.by.id.clone());
        self.change(&cmd.ticket, &cmd.session, "session.cancel", || {
            async |tx, session, now| self.call_off(tx, session, &by, cmd.reason.clone(), now).await
        })
        .await
    }

    /// Nothing is left of the session's money, by a dispute or an operator's refund: if it goes on it is called off, and
    /// the course of the two stands where the other sessions say.
    pub(crate) async fn follow_emptied(&self, id: &SessionId) -> Result<(), BookingError> {
        transact(&*self.store, || {
            async |tx| {
                let mut session = tx.sessions().get(id).await?;
                let now = self.clock.now();
                if !matches!(session.status, SessionStatus::Paid | SessionStatus::Scheduled) {
                    return self.recalculate_course(tx, &session, now).await;
                }
                let reason = Some("The payment was disputed, and the dispute was lost.".to_owned());
                let events = self.call_off(tx, &mut session, &Canceller::Operator, reason, now).await?;
                self.tick(tx, &mut session, "session.follow_emptied", &events, now).await
            }
        })
        .await
    }

    pub(crate) async fn call_off(
        &self,
        tx: &mut BookingTx,
        session: &mut Session,
        by: &Canceller,
        reason: Option<String>,
        now: Timestamp,
    ) -> Result<Vec<SessionEvent>, BookingError> {
        // Lock order: session, then ledger, then meetings.
        let ledger = tx.payments().ledger(&session.id).await?;
        if ledger.as_ref().is_some_and(|ledger| ledger.dispute.is_some()) {
            return Err(LedgerRefused::Disputed.into());
        }
        let mut meetings = tx.sessions().meetings(&session.id).await?;
        let before = meetings.clone();
        let called_off = session.cancel(by, reason, &mut meetings, now)?;
        if called_off.events.is_empty() {
            return Ok(called_off.events);
        }
        self.save_changed(tx, &before, meetings, now).await?;
        tx.sessions().free(&session.id).await?;
        if let (Some(earned), Some(mut ledger)) = (called_off.earned, ledger) {
            let back = ledger.unearned(earned, session.terms.items())?;
            self.give_back(tx, &mut ledger, back, RefundCause::Cancelled, now).await?;
            self.begin_hold(tx, session, &mut ledger, now).await?;
            tx.payments().save_ledger(&mut ledger).await?;
        }
        Ok(called_off.events)
    }

    /// The session has ended with the last of its meetings, if it has: the mentor's share is held a
    /// while, then payable. Answers what has happened.
    pub(crate) async fn close(
        &self,
        tx: &mut BookingTx,
        session: &mut Session,
        meetings: &[Meeting],
        ledger: Option<&mut Ledger>,
        now: Timestamp,
    ) -> Result<Vec<SessionEvent>, BookingError> {
        let events = session.close(meetings, now)?;
        if !events.is_empty() {
            tx.sessions().free(&session.id).await?;
            if let Some(ledger) = ledger {
                self.begin_hold(tx, session, ledger, now).await?;
                tx.payments().save_ledger(ledger).await?;
            }
        }
        Ok(events)
    }

    /// Money goes back: the split is made anew and the refund is requested. The ledger is for the
    /// caller to save.
    pub(crate) async fn give_back(
        &self,
        tx: &mut BookingTx,
        ledger: &mut Ledger,
        amount: Money,
        cause: RefundCause,
        now: Timestamp,
    ) -> Result<(), BookingError> {
        if amount.minor() == 0 {
            return Ok(());
        }
        let id = RefundId::parse(self.ids.text()).map_err(|_| broken_id())?;
        let payment = tx.payments().find(&ledger.payment).await?;
        let attempt = payment.and_then(|payment| payment.captured_by);
        let attempt = attempt.ok_or(StoreError::NotFound { table: "payments" })?;
        let why = (cause, RefundSource::Escrow);
        let (refund, event) = Refund::request(id, ledger.payment.clone(), attempt, amount, why, now);
        let entry = ledger.refund(&refund, now)?;
        tx.payments().add_refund(&refund).await?;
        tx.outbox().append(&record(&[event])).await?;
        Ok(tx.journal().post(&[entry], now).await?)
    }

    async fn begin_hold(
        &self,
        tx: &mut BookingTx,
        session: &Session,
        ledger: &mut Ledger,
        now: Timestamp,
    ) -> Result<(), BookingError> {
        if ledger.voided_at.is_some() {
            return Ok(());
        }
        let until = now.plus(session.terms.policy.payout_hold);
        ledger.hold_until(until, now);
        Ok(tx.jobs().schedule(session_timer(PAYOUT_HOLD, &session.id, until)).await?)
    }

    /// Saves those of the meetings that have changed.
    pub(crate) async fn save_changed(
        &self,
        tx: &mut BookingTx,
        before: &[Meeting],
        after: Vec<Meeting>,
        now: Timestamp,
    ) -> Result<(), BookingError> {
        let mut changed: Vec<Meeting> = after
            .into_iter()
            .zip(before)
            .filter(|(after, before)| after != *before)
            .map(|(after, _)| after)
            .collect();
        if changed.is_empty() {
            return Ok(());
        }
        Ok(tx.sessions().save_meetings(&mut changed, now).await?)
    }
}
