use application_kernel::Reply;
use domain_kernel::{Lifecycle, Timestamp, UserId};
use domain_mentoring::{
    Happening, Meeting, MeetingRefused, Session, SessionEvent, SessionRefused, SessionStep, Side, Terms,
};

use crate::booking::slot_taken;
use crate::meetings::find;
use crate::ports::BookingTx;
use crate::timers::meeting_timers;
use crate::{AnswerMove, Booking, BookingError, ProposeMove, SessionView};

impl Booking {
    /// A party proposes another time for a meeting; the other one answers.
    pub async fn propose_move(&self, cmd: ProposeMove) -> Result<Reply<SessionView>, BookingError> {
        self.change(&cmd.ticket, &cmd.session, "meeting.propose_move", || {
            async |tx, session, now| {
                let side = movable(session, &cmd.ticket.by.id)?;
                self.with_meeting(tx, session, cmd.item, now, |meeting, session| {
                    meeting.propose(side, cmd.date, cmd.time, &session.terms, now)?;
                    Ok(Some(session.event(Happening::MoveProposed).with("by", &side)))
                })
                .await
            }
        })
        .await
    }

    /// The other party accepts the proposed time, or a party drops it.
    pub async fn answer_move(&self, cmd: AnswerMove) -> Result<Reply<SessionView>, BookingError> {
        self.change(&cmd.ticket, &cmd.session, "meeting.answer_move", || {
            async |tx, session, now| {
                let side = movable(session, &cmd.ticket.by.id)?;
                if let Some((date, time)) = cmd.accepts {
                    let accept =
                        |meeting: &mut Meeting, terms: &Terms| meeting.accept(side, date, time, terms, now);
                    return self.accept_move(tx, session, cmd.item, accept, now).await;
                }
                self.with_meeting(tx, session, cmd.item, now, |meeting, session| {
                    meeting.decline()?;
                    Ok(Some(session.event(Happening::MoveDeclined).with("by", &side)))
                })
                .await
            }
        })
        .await
    }

    async fn accept_move(
        &self,
        tx: &mut BookingTx,
        session: &mut Session,
        item: u32,
        accept: impl FnOnce(&mut Meeting, &Terms) -> Result<(), MeetingRefused> + Send,
        now: Timestamp,
    ) -> Result<Vec<SessionEvent>, BookingError> {
        let mut meetings = tx.sessions().meetings(&session.id).await?;
        let before = meetings.clone();
        let meeting = find(&mut meetings, item)?;
        accept(meeting, &session.terms)?;
        let moved = meeting.clone();
        tx.sessions().hold_again(session, &moved).await.map_err(slot_taken)?;
        tx.jobs().schedule_all(meeting_timers(&moved, &session.terms)).await?;
        session.follow(&meetings, now);
        self.save_changed(tx, &before, meetings, now).await?;
        let event = session.event(Happening::Moved).with("item", &item).with("starts_at", &moved.starts_at);
        Ok(vec![event])
    }
}

/// The side of a party whose session permits moves.
fn movable(session: &Session, by: &UserId) -> Result<Side, BookingError> {
    let side = session.side(by).ok_or(SessionRefused::NotAParty)?;
    session.status.on(SessionStep::MoveItem).map_err(SessionRefused::from)?;
    Ok(side)
}
