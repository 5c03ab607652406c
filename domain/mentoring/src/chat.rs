use domain_kernel::{SessionId, Timestamp, UserId, days};

use crate::{SessionStatus, Side};

/// For how many days after a session is complete its parties may still write.
const DAYS_AFTER: i64 = 30;

/// The chat of a session, taken over or not: whose it is, and where the session stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chat {
    /// Which session's.
    pub session: SessionId,
    /// Who learns.
    pub student: UserId,
    /// Who teaches.
    pub mentor: UserId,
    /// Where the session stands.
    pub status: SessionStatus,
    /// When it ended, if it has.
    pub ended_at: Option<Timestamp>,
}

/// Why nothing can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChatRefused {
    /// To who is neither the student nor the mentor there is no chat.
    #[error("not a party of the session")]
    NotAParty,
    /// The session's status does not permit it.
    #[error("nothing is written while a session is {0}")]
    Closed(SessionStatus),
    /// The session has been complete for too long.
    #[error("the chat was open until {0}")]
    TooLate(Timestamp),
}

impl Chat {
    /// A party writes. Answers the side on which they stand.
    pub fn write(&self, by: &UserId, now: Timestamp) -> Result<Side, ChatRefused> {
        let side = if *by == self.student {
            Side::Student
        } else if *by == self.mentor {
            Side::Mentor
        } else {
            return Err(ChatRefused::NotAParty);
        };
        chat_is_open(self.status, self.ended_at, now)?;
        Ok(side)
    }
}

/// When a session ended, if it has. Of one that was taken over that may not be known: then the end of its last meeting is
/// near enough, and where even that is missing, its start.
pub fn ended_at(
    completed_at: Option<Timestamp>,
    last_meeting_ends: Option<Timestamp>,
    starts_at: Timestamp,
) -> Timestamp {
    completed_at.or(last_meeting_ends).unwrap_or(starts_at)
}

/// Whether the parties may write: while the session is paid or planned, and for 30 days once it is complete.
pub(crate) fn chat_is_open(
    status: SessionStatus,
    ended_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), ChatRefused> {
    match (status, ended_at) {
        (SessionStatus::Paid | SessionStatus::Scheduled, _) => Ok(()),
        (SessionStatus::Completed, Some(ended_at)) => {
            let until = ended_at.plus(days(DAYS_AFTER));
            if now < until { Ok(()) } else { Err(ChatRefused::TooLate(until)) }
        }
        (status, _) => Err(ChatRefused::Closed(status)),
    }
}

#[cfg(test)]
mod tests {
    use domain_kernel::Labelled;

    use super::*;

    fn chat(status: SessionStatus, ended_at: Option<Timestamp>) -> Chat {
        let user = |id| UserId::parse(id).unwrap();
        let session = SessionId::parse("s").unwrap();
        Chat { session, student: user("asha"), mentor: user("ravi"), status, ended_at }
    }

    #[test]
    fn parties_write_from_the_payment_until_thirty_days_after_the_end() {
        let (now, asha) = (Timestamp::EPOCH.plus(days(100)), UserId::parse("asha").unwrap());
        for status in SessionStatus::ALL {
            let is_open =
                matches!(status, SessionStatus::Paid | SessionStatus::Scheduled | SessionStatus::Completed);
            let expected = if is_open { Ok(Side::Student) } else { Err(ChatRefused::Closed(*status)) };
            assert_eq!(chat(*status, Some(now)).write(&asha, now), expected, "{status}");
        }
        let until = now.plus(days(30));
        let complete = chat(SessionStatus::Completed, Some(now));
        assert_eq!(complete.write(&asha, until.minus(domain_kernel::minutes(1))), Ok(Side::Student));
        assert_eq!(complete.write(&asha, until), Err(ChatRefused::TooLate(until)));
    }

    #[test]
    fn only_the_parties_write_each_from_their_side() {
        let chat = chat(SessionStatus::Scheduled, None);
        let by = |id| chat.write(&UserId::parse(id).unwrap(), Timestamp::EPOCH);
        assert_eq!((by("asha"), by("ravi")), (Ok(Side::Student), Ok(Side::Mentor)));
        assert_eq!(by("bela"), Err(ChatRefused::NotAParty));
    }

    #[test]
    fn a_stranger_is_not_told_whether_a_chat_is_closed() {
        let stranger = UserId::parse("bela").unwrap();
        let closed = chat(SessionStatus::Cancelled, None);
        assert_eq!(closed.write(&stranger, Timestamp::EPOCH), Err(ChatRefused::NotAParty));
    }
}
