//! What operators decide about sessions. Nobody decides where they are a party themselves.

use application_kernel::{Actor, CurrentOperator, Permission, Reply, StoreError, Ticket, once};
use domain_kernel::{Fact, Lifecycle, SessionId, Timestamp, UserId};
use domain_mentoring::{Canceller, Session, SessionEvent, SessionRefused, SessionStatus, SessionStep};

use crate::legacy::TakenOverRows;
use crate::ports::BookingTx;
use crate::record::audited;
use crate::{Booking, BookingError, CancelAsOperator, DecideNoShow, OperatorSessionView};

impl Booking {
    /// An operator decides about a reported no-show. Upheld, the mentor is not paid for the meeting and the student gets
    /// its price back. Deciding the same again changes nothing.
    pub async fn decide_no_show(
        &self,
        cmd: DecideNoShow,
    ) -> Result<Reply<OperatorSessionView>, BookingError> {
        cmd.ticket.by.may(Permission::Disputes)?;
        once(&*self.store, &*self.clock, &cmd.ticket, || {
            async |tx| {
                let mut session = tx.sessions().get(&cmd.session).await?;
                decides(&cmd.ticket.by, &session.student, &session.mentor)?;
                let now = self.clock.now();
                let decided = self.decide(tx, &mut session, cmd.item, cmd.upheld, now).await;
                let events = decided.map_err(as_operator)?;
                self.decided(tx, &cmd.ticket, "meeting.decide_no_show", &cmd.reason, (session, events), now)
                    .await
            }
        })
        .await
    }

    /// An operator calls the session off or withdraws the request. One that was taken over is closed, and its money
    /// stays where it is: the answer says what was paid and has to be settled by hand.
    pub async fn cancel_as_operator(
        &self,
        cmd: CancelAsOperator,
    ) -> Result<Reply<OperatorSessionView>, BookingError> {
        cmd.ticket.by.may(Permission::Refunds)?;
        once(&*self.store, &*self.clock, &cmd.ticket, || {
            async |tx| {
                let mut session = match tx.sessions().get(&cmd.session).await {
                    Ok(session) => session,
                    Err(StoreError::NotFound { .. }) => return self.close_taken_over(tx, &cmd).await,
                    Err(error) => return Err(error.into()),
                };
                decides(&cmd.ticket.by, &session.student, &session.mentor)?;
                let (by, now) = (Canceller::Operator, self.clock.now());
                let events = if session.status == SessionStatus::Pending {
                    session.reason = Some(cmd.reason.clone());
                    session.withdraw(&by, now)?
                } else {
                    let called_off =
                        self.call_off(tx, &mut session, &by, Some(cmd.reason.clone()), now).await;
                    called_off.map_err(as_operator)?
                };
                self.decided(tx, &cmd.ticket, "session.cancel", &cmd.reason, (session, events), now).await
            }
        })
        .await
    }

    /// Saves what was decided with what belongs to it, and shows the session.
    async fn decided(
        &self,
        tx: &mut BookingTx,
        ticket: &Ticket<CurrentOperator>,
        action: &'static str,
        reason: &str,
        (mut session, events): (Session, Vec<SessionEvent>),
        now: Timestamp,
    ) -> Result<Reply<OperatorSessionView>, BookingError> {
        if !events.is_empty() {
            tx.sessions().save(&mut session).await?;
            let by = Some(Actor::Operator(ticket.by.id.clone()));
            self.record_with(tx, by, action, &session, &events, vec![("reason", reason.to_owned())], now)
                .await?;
        }
        shown(tx, &session.id).await
    }

    /// Closes a session that was taken over. The former system has no column for the reason: the audit keeps it.
    async fn close_taken_over(
        &self,
        tx: &mut BookingTx,
        cmd: &CancelAsOperator,
    ) -> Result<Reply<OperatorSessionView>, BookingError> {
        let missing = StoreError::NotFound { table: "sessions" };
        let TakenOverRows { session, payment, .. } = match tx.sessions().taken_over(&cmd.session).await {
            Ok(Some(rows)) => rows,
            // Where nothing was ever taken over there is no such session either.
            Ok(None) | Err(StoreError::NeedsPostgres { .. }) => return Err(missing.into()),
            Err(error) => return Err(error.into()),
        };
        decides(&cmd.ticket.by, &session.student, &session.mentor)?;
        if session.status == SessionStatus::Cancelled {
            return shown(tx, &session.id).await;
        }
        let is_request = session.status == SessionStatus::Pending;
        let step = if is_request { SessionStep::Withdraw } else { SessionStep::Cancel };
        let status =
            session.status.on(step).map_err(|illegal| as_operator(SessionRefused::from(illegal).into()))?;
        let now = self.clock.now();
        tx.sessions().close_taken_over(&session, status, now).await?;
        let mut details: Vec<Fact> = vec![
            ("status", status.to_string()),
            ("reason", cmd.reason.clone()),
            ("taken_over", true.to_string()),
        ];
        if let Some(Ok(payment)) = payment {
            details.push(("payment", format!("{} {}", payment.amount, payment.status)));
        }
        let by = Some(Actor::Operator(cmd.ticket.by.id.clone()));
        let entry = audited(by, "session.cancel", session.id.to_string(), details, now);
        tx.audit().append(entry).await?;
        shown(tx, &session.id).await
    }
}

/// Nobody decides about a session of their own.
fn decides(by: &CurrentOperator, student: &UserId, mentor: &UserId) -> Result<(), BookingError> {
    by.decides_about(student)?;
    Ok(by.decides_about(mentor)?)
}

/// A refusal tells an operator what an operator may do.
fn as_operator(refused: BookingError) -> BookingError {
    refused.seen_by(None)
}

async fn shown(tx: &mut BookingTx, id: &SessionId) -> Result<Reply<OperatorSessionView>, BookingError> {
    let view = tx.sessions().operator_view(id).await?;
    Ok(Reply::changed(view.ok_or(StoreError::NotFound { table: "sessions" })?))
}
