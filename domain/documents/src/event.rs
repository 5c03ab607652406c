use domain_kernel::{DomainEvent, Fact, ReviewId, UserId};

use crate::{DocumentKey, DocumentKind};

/// What has happened to a review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewEvent {
    /// The review; reviews of resumes and of cover letters are counted apart.
    pub review: ReviewId,
    /// What is reviewed.
    pub document: DocumentKey,
    /// Whose document it is.
    pub student: UserId,
    /// Who reviews it.
    pub mentor: UserId,
    /// What happened.
    pub what: ReviewHappening,
}

/// What can have happened to a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewHappening {
    /// The student asked for it.
    Asked,
    /// The mentor gave it.
    Verified,
    /// The student took the question back; the row is to be removed.
    Withdrawn,
    /// The mentor did not answer in time; the row is to be removed.
    Expired,
}

impl DomainEvent for ReviewEvent {
    fn kind(&self) -> &'static str {
        use DocumentKind::{CoverLetter, Resume};
        use ReviewHappening::{Asked, Expired, Verified, Withdrawn};
        // The subject is a key of one of two tables, so the kind says of which.
        match (self.document.kind(), self.what) {
            (Resume, Asked) => "resume_review_asked",
            (Resume, Verified) => "resume_review_verified",
            (Resume, Withdrawn) => "resume_review_withdrawn",
            (Resume, Expired) => "resume_review_expired",
            (CoverLetter, Asked) => "cover_letter_review_asked",
            (CoverLetter, Verified) => "cover_letter_review_verified",
            (CoverLetter, Withdrawn) => "cover_letter_review_withdrawn",
            (CoverLetter, Expired) => "cover_letter_review_expired",
        }
    }

    fn subject(&self) -> String {
        self.review.to_string()
    }

    fn facts(&self) -> Vec<Fact> {
        vec![
            ("document_id", self.document.serial().to_string()),
            ("student_id", self.student.to_string()),
            ("mentor_id", self.mentor.to_string()),
        ]
    }
}
