use domain_kernel::{DomainEvent, Fact, Labelled, SessionId, UserId, labelled};

labelled! {
    /// What can happen to a session, named as its events are.
    pub enum Happening {
        /// A student asked for it.
        Requested = "session_requested",
        /// The mentor said yes.
        Approved = "session_approved",
        /// The mentor said no.
        Rejected = "session_rejected",
        /// The student took the request back.
        Withdrawn = "session_withdrawn",
        /// The mentor did not answer in time.
        Expired = "session_expired",
        /// It was called off; the fact `by` says by whom.
        Cancelled = "session_cancelled",
        /// The student did not pay in time.
        Lapsed = "session_lapsed",
        /// The student's money has come.
        Paid = "session_paid",
        /// The meetings are planned.
        Scheduled = "session_scheduled",
        /// All meetings have taken place.
        Completed = "session_completed",
        /// A meeting's day has begun.
        DayBegan = "meeting_day_began",
        /// A meeting begins soon; the fact `starts_at` says when.
        MeetingNears = "meeting_nears",
        /// A meeting has taken place.
        MeetingCompleted = "meeting_completed",
        /// A party proposed another time for a meeting.
        MoveProposed = "meeting_move_proposed",
        /// The proposal was declined or taken back.
        MoveDeclined = "meeting_move_declined",
        /// A meeting was moved.
        Moved = "meeting_moved",
        /// The student says that the mentor did not come.
        NoShowReported = "no_show_reported",
        /// An operator decided about the report; the fact `upheld` says how.
        NoShowDecided = "no_show_decided",
    }
}

/// Something that has happened to a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionEvent {
    /// What.
    pub what: Happening,
    /// To whose session.
    pub parties: Parties,
    /// What else a consumer needs to know.
    pub facts: Vec<Fact>,
}

/// Whose session it happened to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parties {
    /// The session.
    pub session: SessionId,
    /// Its student.
    pub student: UserId,
    /// Its mentor.
    pub mentor: UserId,
}

impl SessionEvent {
    /// The event with one fact more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &impl ToString) -> Self {
        self.facts.push((name, value.to_string()));
        self
    }
}

impl DomainEvent for SessionEvent {
    fn kind(&self) -> &'static str {
        self.what.label()
    }

    fn subject(&self) -> String {
        self.parties.session.to_string()
    }

    fn facts(&self) -> Vec<Fact> {
        let Parties { session: _, student, mentor } = &self.parties;
        let mut facts = vec![("student_id", student.to_string()), ("mentor_id", mentor.to_string())];
        facts.extend(self.facts.iter().cloned());
        facts
    }
}
