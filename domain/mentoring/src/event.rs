use domain_kernel::{DomainEvent, Fact, SessionId, UserId};

/// What has happened to a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionEvent {
    /// A student asked for it.
    Requested(Parties),
    /// The mentor said yes.
    Approved(Parties),
    /// The mentor said no.
    Rejected(Parties),
    /// The mentor did not answer in time.
    Expired(Parties),
    /// The student did not pay in time.
    Lapsed(Parties),
    /// The student's money has come.
    Paid(Parties),
    /// The meetings are planned.
    Scheduled(Parties),
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
    fn parties(&self) -> &Parties {
        match self {
            Self::Requested(parties)
            | Self::Approved(parties)
            | Self::Rejected(parties)
            | Self::Expired(parties)
            | Self::Lapsed(parties)
            | Self::Paid(parties)
            | Self::Scheduled(parties) => parties,
        }
    }
}

impl DomainEvent for SessionEvent {
    fn kind(&self) -> &'static str {
        match self {
            Self::Requested(_) => "session_requested",
            Self::Approved(_) => "session_approved",
            Self::Rejected(_) => "session_rejected",
            Self::Expired(_) => "session_expired",
            Self::Lapsed(_) => "session_lapsed",
            Self::Paid(_) => "session_paid",
            Self::Scheduled(_) => "session_scheduled",
        }
    }

    fn subject(&self) -> String {
        self.parties().session.to_string()
    }

    fn facts(&self) -> Vec<Fact> {
        let Parties { session: _, student, mentor } = self.parties();
        vec![("student_id", student.to_string()), ("mentor_id", mentor.to_string())]
    }
}
