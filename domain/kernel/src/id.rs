use std::fmt;

/// A kind of thing that has an identifier. The markers below are its only implementors.
pub trait Entity: fmt::Debug + Clone + Eq + Ord + std::hash::Hash + 'static {
    /// What the database keys it by: text (at most 255 characters) or a 32-bit integer.
    type Key: fmt::Debug + fmt::Display + Clone + Eq + Ord + std::hash::Hash + Send + Sync;
}

/// The identifier of a `K`. Two identifiers of different kinds cannot be mixed up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id<K: Entity>(K::Key);

/// A text is no identifier: it is empty, longer than 255 characters, or holds control characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an identifier has 1 to 255 characters and no control characters")]
pub struct InvalidId;

impl<K: Entity<Key = String>> Id<K> {
    /// Reads a text identifier. Any scheme is accepted: rows of other programs carry theirs.
    pub fn parse(text: impl Into<String>) -> Result<Self, InvalidId> {
        let text = text.into();
        let length = text.chars().count();
        if (1..=255).contains(&length) && !text.chars().any(char::is_control) {
            Ok(Self(text))
        } else {
            Err(InvalidId)
        }
    }

    /// The identifier as stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<K: Entity<Key = i32>> Id<K> {
    /// Wraps a serial key.
    pub fn new(key: i32) -> Self {
        Self(key)
    }

    /// The serial key as stored.
    pub fn get(&self) -> i32 {
        self.0
    }
}

impl<K: Entity<Key = i32> + Copy> Copy for Id<K> {}

impl<K: Entity> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! entities {
    ($($(#[$doc:meta])* $marker:ident as $alias:ident by $key:ty;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $marker {}

        impl Entity for $marker {
            type Key = $key;
        }

        #[doc = concat!("The identifier of a [`", stringify!($marker), "`].")]
        pub type $alias = Id<$marker>;
    )*};
}

entities! {
    /// A person with an account: table `users`.
    User as UserId by String;
    /// A booked plan of meetings between a student and a mentor: table `sessions`.
    Session as SessionId by String;
    /// The order for a session's price: table `payments`.
    Payment as PaymentId by String;
    /// A skill that is taught and tested: table `courses`.
    Course as CourseId by i32;
    /// What is sold for a skill: table `plans`.
    Plan as PlanId by i32;
    /// Money that goes back to a student: table `refunds`.
    Refund as RefundId by String;
    /// A try to pay a mentor out: table `payout_attempts`.
    PayoutAttempt as PayoutAttemptId by String;
    /// A student's bank or the student wants money back through the gateway: table `disputes`.
    Dispute as DisputeId by String;
    /// What one operator asks and another approves: table `approvals`.
    Approval as ApprovalId by String;
    /// One meeting of a session: table `session_schedule`.
    ScheduleItem as ScheduleItemId by i32;
    /// What a party of a session wrote to the other: table `session_messages`.
    Message as MessageId by i32;
    /// Where a payment's money lies: table `admin_ledger`.
    LedgerRow as LedgerRowId by i32;
    /// A mentor's attempt at the test of a course: table `mentor_tests`.
    TestAttempt as TestAttemptId by i32;
    /// A question of a course's tests: table `skill_test_questions`.
    TestQuestion as TestQuestionId by i32;
    /// A student's resume: table `resumes`.
    Resume as ResumeId by i32;
    /// A student's cover letter: table `cover_letters`.
    CoverLetter as CoverLetterId by i32;
    /// A document's review: tables `resume_review_requests` and `cover_letter_review_requests`,
    /// each of which counts for itself.
    Review as ReviewId by i32;
    /// What a mentor asks a student to do: table `assignments`.
    Assignment as AssignmentId by i32;
    /// What a student handed in: table `assignment_submissions`.
    Submission as SubmissionId by i32;
    /// Somebody of the staff, who is nobody's student or mentor here: table `operators`.
    Operator as OperatorId by String;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_of_any_scheme_are_read() {
        for text in ["cku1q2w3e0000abcd1234efgh", "mentor_001", "sess_1700000000000_x7"] {
            assert_eq!(UserId::parse(text).map(|id| id.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn an_empty_an_endless_and_a_broken_text_are_no_identifiers() {
        assert_eq!(UserId::parse(""), Err(InvalidId));
        assert_eq!(UserId::parse("x".repeat(256)), Err(InvalidId));
        assert_eq!(UserId::parse("a\nb"), Err(InvalidId));
    }
}
