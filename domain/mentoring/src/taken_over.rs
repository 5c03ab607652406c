use domain_kernel::{CourseId, PlanId, ScheduleItemId, SessionId, Timestamp, UserId, WallTime};

use crate::{
    DatesRefused, Ender, FIRST_REMINDER, LAST_REMINDER, Meeting, Reminders, ScheduleStatus, Session,
    SessionStatus, Terms, meeting_days,
};

/// A session of the former system, as its rows say: nothing about it was ever agreed in our terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenOver {
    /// See [`Session`].
    pub id: SessionId,
    /// See [`Session`].
    pub student: UserId,
    /// See [`Session`].
    pub mentor: UserId,
    /// What stands in the row; the former system wrote a placeholder.
    pub course: CourseId,
    /// What stands where we keep the plan's key, a sentence in rows of the former system.
    pub plan_key: String,
    /// See [`Session`].
    pub skill_name: String,
    /// See [`Session`].
    pub skill_slug: String,
    /// Where it stands.
    pub status: SessionStatus,
    /// See [`Session`].
    pub message: Option<String>,
    /// When it says to begin; its meetings, once planned, know better.
    pub starts_at: Timestamp,
    /// When it was requested, if that is known.
    pub created_at: Option<Timestamp>,
    /// When it last changed, if that is known.
    pub updated_at: Option<Timestamp>,
    /// When it was completed.
    pub completed_at: Option<Timestamp>,
    /// See [`Session`].
    pub version: i32,
    /// Its planned meetings in any order.
    pub meetings: Vec<TakenOverMeeting>,
}

/// A planned meeting of the former system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenOverMeeting {
    /// Its key.
    pub id: ScheduleItemId,
    /// The week as it stands there.
    pub week: i32,
    /// The meeting within the week as it stands there.
    pub number: i32,
    /// Where it stands.
    pub status: ScheduleStatus,
    /// When it begins; where the clock time beside it says otherwise, this counts.
    pub starts_at: Timestamp,
    /// The clock time as it stands there.
    pub time: String,
    /// When it last changed, if that is known.
    pub updated_at: Option<Timestamp>,
    /// See [`Meeting`].
    pub version: i32,
}

/// What speaks against giving a taken-over session its terms.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// The student teaches themselves.
    #[error("its student and its mentor are one person")]
    Oneself,
    /// Nobody knows when it was requested.
    #[error("it does not say when it was requested")]
    Undated,
    /// Meetings are planned although its status comes before planning.
    #[error("it is {0}, but {1} of its meetings are planned")]
    Planned(SessionStatus, usize),
    /// There are not as many meetings as the plan has.
    #[error("{planned} meetings are planned, but its plan has {sold}")]
    Count {
        /// How many there are.
        planned: usize,
        /// How many the plan has.
        sold: u32,
    },
    /// A meeting lies outside of the plan's weeks, or of a week's meetings.
    #[error("meeting {number} of week {week} is outside of its plan")]
    Outside {
        /// The week.
        week: i32,
        /// The meeting within it.
        number: i32,
    },
    /// A clock time is none.
    #[error("the time {time:?} of meeting {number} of week {week} cannot be read")]
    Time {
        /// The week.
        week: i32,
        /// The meeting within it.
        number: i32,
        /// What stands there.
        time: String,
    },
    /// A meeting is said to have taken place before it begins.
    #[error("meeting {number} of week {week} is COMPLETED, but begins only at {starts_at}")]
    Early {
        /// The week.
        week: i32,
        /// The meeting within it.
        number: i32,
        /// When it begins.
        starts_at: Timestamp,
    },
    /// Two of its own meetings are at once.
    #[error("its meetings at {0} and {1} overlap")]
    Overlap(Timestamp, Timestamp),
    /// Nothing is left to take place, but it was not completed.
    #[error("it is SCHEDULED, but every meeting has taken place")]
    Over,
    /// It was completed although something is left to take place.
    #[error("it is COMPLETED, but {0} of its meetings have not taken place")]
    Open(usize),
    /// It was completed, and nobody knows when.
    #[error("it is COMPLETED, but does not say when that was")]
    Unfinished,
    /// Its mentor could not answer in time any more.
    #[error("it waits for its mentor, but begins at {0}, too soon to be answered: call it off")]
    TooLateToAnswer(Timestamp),
    /// Its student could not pay in time any more.
    #[error("it waits to be paid, but begins at {0}, too soon to be paid: call it off")]
    TooLateToPay(Timestamp),
    /// Its meetings cannot be planned.
    #[error("its meetings cannot be planned: {0}")]
    Dates(#[from] DatesRefused),
}

impl TakenOver {
    /// When it really begins: with its first meeting, or when it says if none is planned.
    pub fn begins_at(&self) -> Timestamp {
        self.meetings.iter().map(|meeting| meeting.starts_at).min().unwrap_or(self.starts_at)
    }

    /// The session and its meetings under these terms, as one of ours would stand. What it waits for
    /// begins to count now: nobody could have known before.
    pub fn enrolled(
        &self,
        plan: PlanId,
        terms: Terms,
        now: Timestamp,
    ) -> Result<(Session, Vec<Meeting>), Vec<Contradiction>> {
        let mut wrong = Vec::new();
        if self.student == self.mentor {
            wrong.push(Contradiction::Oneself);
        }
        if self.created_at.is_none() {
            wrong.push(Contradiction::Undated);
        }
        self.check_status(&terms, now, &mut wrong);
        let meetings = self.read_meetings(&terms, now, &mut wrong);
        let Some(created_at) = self.created_at.filter(|_| wrong.is_empty()) else { return Err(wrong) };
        let (begins_at, ends_at) = match (meetings.iter().map(|m| m.ends_at).max(), terms.span()) {
            (Some(last), _) => (self.begins_at(), last),
            (None, span) => span,
        };
        let policy = terms.policy;
        let is_complete = self.status == SessionStatus::Completed;
        let session = Session {
            id: self.id.clone(),
            student: self.student.clone(),
            mentor: self.mentor.clone(),
            course: self.course,
            plan,
            plan_key: self.plan_key.clone(),
            skill_name: self.skill_name.clone(),
            skill_slug: self.skill_slug.clone(),
            status: self.status,
            message: self.message.clone(),
            expires_at: now.plus(policy.answer_within).min(begins_at.minus(policy.answer_before_start)),
            pay_by: (self.status == SessionStatus::Approved)
                .then(|| now.plus(policy.pay_within).min(begins_at.minus(policy.pay_before_start))),
            terms,
            reason: None,
            // Who called off or rejected it is not known.
            ended_by: is_complete.then_some(Ender::Clock),
            ended_at: self.completed_at.filter(|_| is_complete),
            begins_at,
            ends_at,
            created_at,
            updated_at: now,
            version: self.version,
        };
        Ok((session, meetings))
    }

    fn check_status(&self, terms: &Terms, now: Timestamp, wrong: &mut Vec<Contradiction>) {
        let (policy, begins_at) = (&terms.policy, self.begins_at());
        let taken_place =
            self.meetings.iter().filter(|meeting| meeting.status == ScheduleStatus::Completed).count();
        let open = self.meetings.len() - taken_place;
        match self.status {
            SessionStatus::Scheduled | SessionStatus::Completed => {
                let sold = terms.items();
                if usize::try_from(sold) != Ok(self.meetings.len()) {
                    wrong.push(Contradiction::Count { planned: self.meetings.len(), sold });
                }
            }
            SessionStatus::Cancelled => {}
            early if !self.meetings.is_empty() => {
                wrong.push(Contradiction::Planned(early, self.meetings.len()));
            }
            _ => {}
        }
        match self.status {
            SessionStatus::Scheduled if open == 0 && taken_place > 0 => wrong.push(Contradiction::Over),
            SessionStatus::Completed if open > 0 => wrong.push(Contradiction::Open(open)),
            SessionStatus::Pending if begins_at.minus(policy.answer_before_start) <= now => {
                wrong.push(Contradiction::TooLateToAnswer(begins_at));
            }
            SessionStatus::Approved if begins_at.minus(policy.pay_before_start) <= now => {
                wrong.push(Contradiction::TooLateToPay(begins_at));
            }
            _ => {}
        }
        if self.status == SessionStatus::Completed && self.completed_at.is_none() {
            wrong.push(Contradiction::Unfinished);
        }
        let is_to_be_planned =
            matches!(self.status, SessionStatus::Pending | SessionStatus::Approved | SessionStatus::Paid);
        if is_to_be_planned {
            let days = meeting_days(terms.first_date, terms.weeks, terms.per_week, terms.offered);
            wrong.extend(days.err().map(Contradiction::Dates));
        }
    }

    fn read_meetings(&self, terms: &Terms, now: Timestamp, wrong: &mut Vec<Contradiction>) -> Vec<Meeting> {
        let mut read: Vec<Meeting> = self
            .meetings
            .iter()
            .filter_map(|meeting| self.read_meeting(meeting, terms, now, wrong))
            .collect();
        read.sort_by_key(|meeting| meeting.starts_at);
        let open = || read.iter().filter(|meeting| meeting.is_open());
        for (one, next) in open().zip(open().skip(1)) {
            if next.starts_at < one.ends_at {
                wrong.push(Contradiction::Overlap(one.starts_at, next.starts_at));
            }
        }
        read.sort_by_key(|meeting| meeting.item);
        read
    }

    fn read_meeting(
        &self,
        meeting: &TakenOverMeeting,
        terms: &Terms,
        now: Timestamp,
        wrong: &mut Vec<Contradiction>,
    ) -> Option<Meeting> {
        let TakenOverMeeting { id, week, number, status, starts_at, ref time, updated_at, version } =
            *meeting;
        let before = wrong.len();
        let inside = |value: i32, most: u8| u8::try_from(value).ok().filter(|v| (1..=most).contains(v));
        let place = inside(week, terms.weeks).zip(inside(number, terms.per_week));
        if place.is_none() {
            wrong.push(Contradiction::Outside { week, number });
        }
        if !is_clock_time(time) {
            wrong.push(Contradiction::Time { week, number, time: time.clone() });
        }
        let has_taken_place = status == ScheduleStatus::Completed;
        if has_taken_place && starts_at > now {
            wrong.push(Contradiction::Early { week, number, starts_at });
        }
        let (week, number) = place.filter(|_| wrong.len() == before)?;
        let ends_at = starts_at.plus(terms.policy.item);
        let is_over = matches!(self.status, SessionStatus::Cancelled | SessionStatus::Rejected);
        let ended = |at: Option<Timestamp>| at.filter(|at| *at >= starts_at && *at <= now).unwrap_or(ends_at);
        Some(Meeting {
            id,
            session: self.id.clone(),
            item: u32::from(week - 1) * u32::from(terms.per_week) + u32::from(number),
            week,
            number,
            status,
            starts_at,
            ends_at,
            wall_time: terms.zone.local(starts_at).1,
            moves: 0,
            proposal: None,
            report: None,
            // What was due before is not sent late.
            reminded: Reminders {
                day: starts_at.minus(FIRST_REMINDER) <= now,
                hour: starts_at.minus(LAST_REMINDER) <= now,
            },
            completed_at: has_taken_place.then(|| ended(updated_at)),
            cancelled_at: (is_over && !has_taken_place).then(|| self.updated_at.unwrap_or(now)),
            version,
        })
    }
}

/// `HH:MM` or `HH:MM:SS`, as the former system wrote it.
fn is_clock_time(text: &str) -> bool {
    let (clock, seconds) = (text.get(..5), text.get(5..));
    let is_rest = |rest: &str| {
        rest.is_empty()
            || rest
                .strip_prefix(':')
                .is_some_and(|s| s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit()) && s < "60")
    };
    clock.is_some_and(|clock| WallTime::parse(clock).is_ok()) && seconds.is_some_and(is_rest)
}

#[cfg(test)]
#[path = "taken_over_tests.rs"]
mod tests;
