use application_kernel::Reply;
use domain_billing::RefundCause;
use domain_kernel::{Lifecycle, Timestamp};
use domain_mentoring::{Happening, Session, SessionEvent, SessionRefused, SessionStep, Side};

use crate::meetings::find;
use crate::ports::BookingTx;
use crate::timers::{PAYOUT_HOLD, session_timer};
use crate::{Booking, BookingError, ReportNoShow, SessionView};

impl Booking {
    /// The student says that the mentor did not come. Until an operator has decided, the meeting is not
    /// completed and the mentor's share not payable.
    pub async fn report_no_show(&self, cmd: ReportNoShow) -> Result<Reply<SessionView>, BookingError> {
        let by = &cmd.ticket.by.id;
        self.change(&cmd.ticket, &cmd.session, "meeting.report_no_show", || {
            async |tx, session, now| {
                session.must_be(Side::Student, by)?;
                self.with_meeting(tx, session, cmd.item, now, |meeting, session| {
                    session.status.on(SessionStep::ReportNoShow).map_err(SessionRefused::from)?;
                    let reported = meeting.report_no_show(cmd.note.clone(), &session.terms.policy, now)?;
                    Ok(reported.then(|| session.event(Happening::NoShowReported)))
                })
                .await
            }
        })
        .await
    }

    /// What becomes of meeting, money and session when a report is decided.
    pub(crate) async fn decide(
        &self,
        tx: &mut BookingTx,
        session: &mut Session,
        item: u32,
        upheld: bool,
        now: Timestamp,
    ) -> Result<Vec<SessionEvent>, BookingError> {
        let mut ledger = tx.payments().ledger(&session.id).await?;
        let mut meetings = tx.sessions().meetings(&session.id).await?;
        let before = meetings.clone();
        let missed =
            u32::try_from(meetings.iter().filter(|meeting| meeting.is_upheld()).count()).unwrap_or(u32::MAX);
        let meeting = find(&mut meetings, item)?;
        if !meeting.decide(upheld, now)? {
            return Ok(vec![]);
        }
        // A meeting that would have completed itself meanwhile does so now.
        meeting.auto_complete(&session.terms, now)?;
        self.save_changed(tx, &before, meetings.clone(), now).await?;
        if let (true, Some(ledger)) = (upheld, ledger.as_mut()) {
            let share = ledger.share_of_one(missed, session.terms.items())?;
            self.give_back(tx, ledger, share, RefundCause::NoShow, now).await?;
            tx.payments().save_ledger(ledger).await?;
        }
        let decided = session.event(Happening::NoShowDecided).with("item", &item).with("upheld", &upheld);
        let mut events = vec![decided];
        events.extend(self.close(tx, session, &meetings, ledger.as_mut(), now).await?);
        // The hold may have ended while the report was open.
        if let Some(until) = ledger.and_then(|ledger| ledger.hold_until) {
            tx.jobs().schedule(session_timer(PAYOUT_HOLD, &session.id, until.max(now))).await?;
        }
        Ok(events)
    }
}
