use application_kernel::Reply;
use domain_kernel::{Lifecycle, Timestamp};
use domain_mentoring::{Happening, Meeting, Session, SessionEvent, SessionRefused, SessionStep, Side};

use crate::ports::BookingTx;
use crate::{Booking, BookingError, CompleteMeeting, SessionView};

impl Booking {
    /// The mentor says that a meeting has taken place. With the last one the session is complete.
    pub async fn complete_meeting(&self, cmd: CompleteMeeting) -> Result<Reply<SessionView>, BookingError> {
        let by = &cmd.ticket.by.id;
        self.change(&cmd.ticket, &cmd.session, "meeting.complete", || {
            async |tx, session, now| {
                session.must_be(Side::Mentor, by)?;
                self.with_meeting(tx, session, cmd.item, now, |meeting, session| {
                    if meeting.completed_at.is_none() {
                        session.status.on(SessionStep::Complete).map_err(SessionRefused::from)?;
                    }
                    let completed = meeting.complete(&session.terms, now)?;
                    Ok(completed.then(|| session.event(Happening::MeetingCompleted)))
                })
                .await
            }
        })
        .await
    }

    /// Changes one meeting, saves it, and ends the session if that was the last of it. What the change
    /// says has happened comes first.
    pub(crate) async fn with_meeting(
        &self,
        tx: &mut BookingTx,
        session: &mut Session,
        item: u32,
        now: Timestamp,
        change: impl FnOnce(&mut Meeting, &Session) -> Result<Option<SessionEvent>, BookingError> + Send,
    ) -> Result<Vec<SessionEvent>, BookingError> {
        let mut ledger = tx.payments().ledger(&session.id).await?;
        let mut meetings = tx.sessions().meetings(&session.id).await?;
        let before = meetings.clone();
        let Some(event) = change(find(&mut meetings, item)?, session)? else { return Ok(vec![]) };
        self.save_changed(tx, &before, meetings.clone(), now).await?;
        let mut events = vec![event.with("item", &item)];
        events.extend(self.close(tx, session, &meetings, ledger.as_mut(), now).await?);
        Ok(events)
    }
}

/// The meeting with that number.
pub(crate) fn find(meetings: &mut [Meeting], item: u32) -> Result<&mut Meeting, BookingError> {
    meetings.iter_mut().find(|meeting| meeting.item == item).ok_or(BookingError::NoMeeting)
}
