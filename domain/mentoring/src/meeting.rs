use domain_kernel::{
    Date, IllegalTransition, Lifecycle, ScheduleItemId, SessionId, TimeDelta, Timestamp, WallTime, days,
    hours,
};

use crate::{Policy, ScheduleStatus, ScheduleStep, Side, Terms};

/// The parties are reminded so long before a meeting first.
pub const FIRST_REMINDER: TimeDelta = days(1);
/// And so long before it again.
pub const LAST_REMINDER: TimeDelta = hours(1);

/// One planned meeting of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// Its key.
    pub id: ScheduleItemId,
    /// Whose meeting it is.
    pub session: SessionId,
    /// Counted from 1 over the whole plan.
    pub item: u32,
    /// The week, from 1.
    pub week: u8,
    /// The meeting within the week, from 1.
    pub number: u8,
    /// Where it stands.
    pub status: ScheduleStatus,
    /// When it begins.
    pub starts_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// What the session's wall clock shows when it begins.
    pub wall_time: WallTime,
    /// How often it was moved.
    pub moves: u8,
    /// Another time that a party proposed.
    pub proposal: Option<Proposal>,
    /// The student's word that the mentor did not come.
    pub report: Option<NoShow>,
    /// Which reminders of the present time went out.
    pub reminded: Reminders,
    /// When it was found to have taken place.
    pub completed_at: Option<Timestamp>,
    /// When it was called off.
    pub cancelled_at: Option<Timestamp>,
    /// Grows by one with every change that is saved.
    pub version: i32,
}

/// Another time for a meeting, as one party proposed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proposal {
    /// Who proposed it; the other side answers.
    pub by: Side,
    /// When the meeting would begin.
    pub starts_at: Timestamp,
    /// What the session's wall clock would show then.
    pub wall_time: WallTime,
    /// When it was proposed.
    pub at: Timestamp,
}

/// A report that the mentor did not come, and what an operator made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoShow {
    /// When it was reported.
    pub at: Timestamp,
    /// What the student wrote, at most 1000 characters.
    pub note: Option<String>,
    /// Whether it was upheld, and when; nothing before an operator decided.
    pub decision: Option<(bool, Timestamp)>,
}

/// Which of a meeting's reminders went out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reminders {
    /// The one a day ahead.
    pub day: bool,
    /// The one an hour ahead.
    pub hour: bool,
}

/// Why a meeting does not change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MeetingRefused {
    /// The status does not permit it.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
    /// It was called off.
    #[error("the meeting was called off")]
    CalledOff,
    /// It is too early for this, which is possible from that instant on.
    #[error("this is possible from {0} on")]
    TooEarly(Timestamp),
    /// It is too late for this, which was possible until that instant.
    #[error("this was possible until {0}")]
    TooLate(Timestamp),
    /// A report was decided otherwise at that instant.
    #[error("it was decided otherwise at {0}")]
    Decided(Timestamp),
    /// A no-show was reported, so an operator decides.
    #[error("a no-show was reported; an operator decides")]
    Reported,
    /// The new time is too near.
    #[error("the new time is too near")]
    MoveTooNear,
    /// The new time is too far ahead.
    #[error("the new time is too far ahead")]
    MoveTooFar,
    /// The new time is the present one.
    #[error("the meeting begins at that time already")]
    NotMoved,
    /// It was moved as often as meetings may be.
    #[error("the meeting was moved as often as it may be")]
    TooManyMoves,
    /// Nobody proposed another time.
    #[error("no other time is proposed")]
    NoProposal,
    /// Another time is proposed than the one that was to be accepted.
    #[error("another time is proposed by now")]
    OtherProposal,
    /// Who proposed it cannot accept it.
    #[error("the other party answers a proposal")]
    OwnProposal,
    /// There is no report to decide about.
    #[error("no no-show was reported")]
    NotReported,
}

impl Meeting {
    /// Whether it is still to take place.
    pub fn is_open(&self) -> bool {
        self.completed_at.is_none() && self.cancelled_at.is_none()
    }

    /// Whether the mentor is paid for it: it has taken place, and no operator found otherwise.
    pub fn counts(&self) -> bool {
        self.completed_at.is_some() && !self.is_upheld()
    }

    /// Whether a no-show was reported that no operator has decided about.
    pub fn is_reported(&self) -> bool {
        self.report.as_ref().is_some_and(|report| report.decision.is_none())
    }

    /// Whether an operator found that the mentor did not come.
    pub fn is_upheld(&self) -> bool {
        self.report.as_ref().and_then(|report| report.decision).is_some_and(|(upheld, _)| upheld)
    }

    /// The clock: local midnight of its day has come. Nothing changes before, or if it has begun.
    pub fn begin_day(&mut self, terms: &Terms, now: Timestamp) -> Result<bool, MeetingRefused> {
        if self.status != ScheduleStatus::Locked || !self.is_open() || now < terms.day_of(self.starts_at) {
            return Ok(false);
        }
        self.status = self.status.on(ScheduleStep::DayBegins)?;
        Ok(true)
    }

    /// The clock: the parties are to be reminded a day or an hour ahead. Each reminder goes out once; a
    /// late one does not once the next, or the meeting, has come.
    pub fn remind(&mut self, is_last: bool, now: Timestamp) -> bool {
        let (sent, from, until) = if is_last {
            (&mut self.reminded.hour, LAST_REMINDER, TimeDelta::zero())
        } else {
            (&mut self.reminded.day, FIRST_REMINDER, LAST_REMINDER)
        };
        let is_due = self.starts_at.minus(from) <= now && now < self.starts_at.minus(until);
        let is_open = self.completed_at.is_none() && self.cancelled_at.is_none();
        let goes_out = is_open && is_due && !*sent;
        *sent |= goes_out;
        goes_out
    }

    /// The mentor says that it took place, from a while after its start. Nothing changes if it stands
    /// already.
    pub fn complete(&mut self, terms: &Terms, now: Timestamp) -> Result<bool, MeetingRefused> {
        if self.completed_at.is_some() {
            return Ok(false);
        }
        self.must_not_be_called_off()?;
        let from = self.starts_at.plus(terms.policy.complete_after_start);
        if now < from {
            return Err(MeetingRefused::TooEarly(from));
        }
        self.happen(ScheduleStep::MentorCompletes, terms, now)
    }

    /// The clock: nobody said otherwise in time. Nothing changes before, while an operator has to
    /// decide, or if it is over.
    pub fn auto_complete(&mut self, terms: &Terms, now: Timestamp) -> Result<bool, MeetingRefused> {
        let due = self.ends_at.plus(terms.policy.auto_complete_after);
        if !self.is_open() || self.is_reported() || now < due {
            return Ok(false);
        }
        self.happen(ScheduleStep::AutoComplete, terms, now)
    }

    fn happen(&mut self, step: ScheduleStep, terms: &Terms, now: Timestamp) -> Result<bool, MeetingRefused> {
        if self.is_reported() {
            return Err(MeetingRefused::Reported);
        }
        // The timer of its day may be late.
        self.begin_day(terms, now)?;
        self.status = self.status.on(step)?;
        self.completed_at = Some(now);
        self.proposal = None;
        Ok(true)
    }

    /// It is called off with its session, unless it has taken place or an operator has to decide
    /// whether it has.
    pub(crate) fn cancel(&mut self, now: Timestamp) {
        if self.is_open() && !self.is_reported() {
            self.cancelled_at = Some(now);
            self.proposal = None;
        }
    }

    /// A party proposes another time. A later proposal replaces it.
    pub fn propose(
        &mut self,
        by: Side,
        date: Date,
        time: WallTime,
        terms: &Terms,
        now: Timestamp,
    ) -> Result<(), MeetingRefused> {
        let starts_at = terms.zone.instant(date, time);
        self.must_be_movable(starts_at, &terms.policy, now)?;
        self.proposal = Some(Proposal { by, starts_at, wall_time: time, at: now });
        Ok(())
    }

    /// The other party accepts the proposed time, which is named, so that nobody is bound to one that
    /// replaced it meanwhile. Whether both are free is for the slots to tell.
    pub fn accept(
        &mut self,
        by: Side,
        date: Date,
        time: WallTime,
        terms: &Terms,
        now: Timestamp,
    ) -> Result<(), MeetingRefused> {
        let proposal = self.proposal.ok_or(MeetingRefused::NoProposal)?;
        if proposal.by == by {
            return Err(MeetingRefused::OwnProposal);
        }
        if proposal.starts_at != terms.zone.instant(date, time) {
            return Err(MeetingRefused::OtherProposal);
        }
        self.must_be_movable(proposal.starts_at, &terms.policy, now)?;
        if self.status == ScheduleStatus::Upcoming {
            self.status = self.status.on(ScheduleStep::MoveLater)?;
        }
        self.starts_at = proposal.starts_at;
        self.ends_at = proposal.starts_at.plus(terms.policy.item);
        self.wall_time = proposal.wall_time;
        self.moves += 1;
        self.reminded = Reminders::default();
        self.proposal = None;
        Ok(())
    }

    /// Either party drops the proposed time: the one declines it, the other takes it back.
    pub fn decline(&mut self) -> Result<(), MeetingRefused> {
        self.proposal.take().map(drop).ok_or(MeetingRefused::NoProposal)
    }

    /// Whether a new time may be proposed for it now, if that is far enough ahead.
    pub fn may_be_moved(&self, policy: &Policy, now: Timestamp) -> bool {
        let soonest = now.plus(policy.move_ahead_least);
        matches!(self.must_be_movable(soonest, policy, now), Ok(()) | Err(MeetingRefused::NotMoved))
    }

    fn must_be_movable(&self, to: Timestamp, policy: &Policy, now: Timestamp) -> Result<(), MeetingRefused> {
        self.must_not_be_called_off()?;
        if now >= self.starts_at || self.completed_at.is_some() {
            return Err(MeetingRefused::TooLate(self.starts_at));
        }
        if self.is_reported() {
            return Err(MeetingRefused::Reported);
        }
        if self.moves >= policy.moves {
            return Err(MeetingRefused::TooManyMoves);
        }
        if to < now.plus(policy.move_ahead_least) {
            return Err(MeetingRefused::MoveTooNear);
        }
        if to > now.plus(policy.ahead_most) {
            return Err(MeetingRefused::MoveTooFar);
        }
        if to == self.starts_at {
            return Err(MeetingRefused::NotMoved);
        }
        Ok(())
    }

    /// The student says that the mentor did not come, from a while after the start until a day after
    /// the end. Nothing changes if it was said before.
    pub fn report_no_show(
        &mut self,
        note: Option<String>,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<bool, MeetingRefused> {
        if self.report.is_some() {
            return Ok(false);
        }
        self.must_not_be_called_off()?;
        let from = self.starts_at.plus(policy.report_after_start);
        let until = self.ends_at.plus(policy.report_within);
        if now < from {
            return Err(MeetingRefused::TooEarly(from));
        }
        if now > until {
            return Err(MeetingRefused::TooLate(until));
        }
        self.report = Some(NoShow { at: now, note, decision: None });
        Ok(true)
    }

    /// An operator decides about a report. Upheld, a meeting that was not completed is called off and
    /// a completed one stays so; either way the mentor is not paid for it. Nothing changes if it was
    /// decided so before.
    pub fn decide(&mut self, upheld: bool, now: Timestamp) -> Result<bool, MeetingRefused> {
        let report = self.report.as_mut().ok_or(MeetingRefused::NotReported)?;
        match report.decision {
            Some((before, _)) if before == upheld => return Ok(false),
            Some((_, at)) => return Err(MeetingRefused::Decided(at)),
            None => report.decision = Some((upheld, now)),
        }
        if upheld && self.completed_at.is_none() {
            self.cancelled_at = Some(now);
            self.proposal = None;
        }
        Ok(true)
    }

    fn must_not_be_called_off(&self) -> Result<(), MeetingRefused> {
        if self.cancelled_at.is_some() { Err(MeetingRefused::CalledOff) } else { Ok(()) }
    }
}

#[cfg(test)]
#[path = "meeting_tests.rs"]
mod tests;
