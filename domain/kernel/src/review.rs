use crate::{Lifecycle, labelled};

labelled! {
    /// Where a mentor's review of a resume, a cover letter or a submission stands.
    pub enum ReviewStatus {
        /// The mentor has not answered.
        Pending = "PENDING",
        /// The mentor has answered, and the answer stays.
        Verified = "VERIFIED",
    }
}

labelled! {
    /// What can happen to a review. That one is withdrawn is no edge: its row is removed.
    pub enum ReviewStep {
        /// The mentor answers.
        Verify = "verify",
    }
}

impl Lifecycle for ReviewStatus {
    type Event = ReviewStep;
    const INITIAL: &'static [Self] = &[Self::Pending];
    const TRANSITIONS: &'static [(Self, ReviewStep, Self)] =
        &[(Self::Pending, ReviewStep::Verify, Self::Verified)];
}

/// What a mentor writes in a review: 1 to 5000 characters, surrounding white space cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback(String);

/// The text is no feedback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("feedback has 1 to {} characters", Feedback::LONGEST)]
pub struct InvalidFeedback;

impl Feedback {
    /// The most characters.
    pub const LONGEST: usize = 5000;

    /// Reads a mentor's words. White space alone says nothing, and the database keeps no NUL.
    pub fn parse(text: &str) -> Result<Self, InvalidFeedback> {
        let text = text.trim();
        let fits = (1..=Self::LONGEST).contains(&text.chars().count()) && !text.contains('\0');
        fits.then(|| Self(text.to_owned())).ok_or(InvalidFeedback)
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{broken_laws, matrix};

    #[test]
    fn the_machine_is_lawful() {
        assert_eq!(broken_laws::<ReviewStatus>(), Vec::<String>::new());
    }

    #[test]
    fn the_matrix_is_the_one_that_was_agreed() {
        insta::assert_snapshot!(matrix::<ReviewStatus>());
    }

    #[test]
    fn feedback_has_1_to_5000_characters() {
        // Characters, not bytes: each of these has three bytes.
        for length in [1, 5000] {
            assert_eq!(Feedback::parse(&"क".repeat(length)).unwrap().as_str().chars().count(), length);
        }
        assert_eq!(Feedback::parse(&"क".repeat(5001)), Err(InvalidFeedback));
        assert_eq!(Feedback::parse(""), Err(InvalidFeedback));
    }

    #[test]
    fn feedback_of_white_space_says_nothing() {
        assert_eq!(Feedback::parse(" \n\t "), Err(InvalidFeedback));
        assert_eq!(Feedback::parse(" Well done.\n").unwrap().as_str(), "Well done.");
    }

    #[test]
    fn feedback_that_the_database_cannot_keep_is_refused() {
        assert_eq!(Feedback::parse("a\0b"), Err(InvalidFeedback));
    }
}
