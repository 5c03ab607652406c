use domain_kernel::{Lifecycle, Timestamp};

use crate::{
    Canceller, Ender, Happening, Meeting, Session, SessionEvent, SessionRefused, SessionStatus, SessionStep,
    Side,
};

/// What came of calling a session off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalledOff {
    /// What has happened; nothing if it was called off before.
    pub events: Vec<SessionEvent>,
    /// For how many of the plan's meetings the mentor is paid; nothing if no money had come.
    pub earned: Option<u32>,
}

impl Session {
    /// The student, or an operator, takes back a request that was not answered. Nothing changes if it
    /// is called off already.
    pub fn withdraw(&mut self, by: &Canceller, now: Timestamp) -> Result<Vec<SessionEvent>, SessionRefused> {
        let ender = self.ender(by)?;
        if ender == Ender::Mentor {
            return Err(SessionRefused::OtherSide(Side::Student));
        }
        if self.status == SessionStatus::Cancelled {
            return Ok(vec![]);
        }
        self.end_at(self.status.on(SessionStep::Withdraw)?, ender, now);
        Ok(vec![self.event(Happening::Withdrawn).with("by", &ender)])
    }

    /// A party or an operator calls the session off: meetings that have not taken place are
    /// cancelled. Nothing changes if it is called off already.
    ///
    /// The mentor is paid for each meeting that has taken place, and for the next one if the student
    /// calls off within the notice before it. A meeting with a reported no-show stays for an operator
    /// to decide about: until then its price is neither given back nor paid out.
    pub fn cancel(
        &mut self,
        by: &Canceller,
        reason: Option<String>,
        meetings: &mut [Meeting],
        now: Timestamp,
    ) -> Result<CalledOff, SessionRefused> {
        let ender = self.ender(by)?;
        if self.status == SessionStatus::Cancelled {
            return Ok(CalledOff { events: vec![], earned: None });
        }
        let before = self.status;
        let status = before.on(SessionStep::Cancel)?;
        let earned = match before {
            SessionStatus::Approved => None,
            _ => Some(self.earned(ender, meetings, now)),
        };
        for meeting in meetings.iter_mut() {
            meeting.cancel(now);
        }
        self.end_at(status, ender, now);
        self.reason = reason;
        Ok(CalledOff { events: vec![self.event(Happening::Cancelled).with("by", &ender)], earned })
    }

    fn earned(&self, ender: Ender, meetings: &[Meeting], now: Timestamp) -> u32 {
        let kept = |meeting: &&Meeting| meeting.counts() || meeting.is_reported();
        let done = u32::try_from(meetings.iter().filter(kept).count()).unwrap_or(u32::MAX);
        let next = meetings
            .iter()
            .filter(|meeting| meeting.is_open() && !meeting.is_reported())
            .min_by_key(|m| m.starts_at);
        let is_late = next.is_some_and(|next| now > next.starts_at.minus(self.terms.policy.cancel_notice));
        done + u32::from(ender == Ender::Student && is_late)
    }

    /// Every meeting has taken place, or was cancelled because the mentor did not come. At least one
    /// has taken place; where none has, the session is called off instead, see [`Self::close`].
    pub fn complete(
        &mut self,
        meetings: &[Meeting],
        now: Timestamp,
    ) -> Result<Vec<SessionEvent>, SessionRefused> {
        let status = self.status.on(SessionStep::Complete)?;
        if meetings.iter().any(Meeting::is_reported) {
            return Err(SessionRefused::NoShowOpen);
        }
        if meetings.iter().any(Meeting::is_open)
            || !meetings.iter().any(|meeting| meeting.completed_at.is_some())
        {
            return Err(SessionRefused::MeetingsOpen);
        }
        self.end_at(status, Ender::Clock, now);
        Ok(vec![self.event(Happening::Completed)])
    }

    /// Ends the session if nothing is left to happen: completes it, or calls it off where every
    /// meeting was cancelled. Nothing changes otherwise.
    pub fn close(
        &mut self,
        meetings: &[Meeting],
        now: Timestamp,
    ) -> Result<Vec<SessionEvent>, SessionRefused> {
        let is_over = !meetings.iter().any(|meeting| meeting.is_open() || meeting.is_reported());
        if self.status != SessionStatus::Scheduled || meetings.is_empty() || !is_over {
            return Ok(vec![]);
        }
        if meetings.iter().any(|meeting| meeting.completed_at.is_some()) {
            return self.complete(meetings, now);
        }
        self.end_at(self.status.on(SessionStep::Cancel)?, Ender::Operator, now);
        Ok(vec![self.event(Happening::Cancelled).with("by", &Ender::Operator)])
    }

    fn ender(&self, by: &Canceller) -> Result<Ender, SessionRefused> {
        match by {
            Canceller::Operator => Ok(Ender::Operator),
            Canceller::Party(user) => match self.side(user) {
                Some(Side::Student) => Ok(Ender::Student),
                Some(Side::Mentor) => Ok(Ender::Mentor),
                None => Err(SessionRefused::NotAParty),
            },
        }
    }
}

#[cfg(test)]
#[path = "ending_tests.rs"]
mod tests;
