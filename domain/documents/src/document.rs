use domain_kernel::{CoverLetterId, ResumeId, UserId, labelled};

labelled! {
    /// What a student can have reviewed.
    pub enum DocumentKind {
        /// A resume.
        Resume = "resume",
        /// A cover letter.
        CoverLetter = "cover_letter",
    }
}

/// Which document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKey {
    /// A resume.
    Resume(ResumeId),
    /// A cover letter.
    CoverLetter(CoverLetterId),
}

impl DocumentKey {
    /// What kind of document it is.
    pub fn kind(self) -> DocumentKind {
        match self {
            Self::Resume(_) => DocumentKind::Resume,
            Self::CoverLetter(_) => DocumentKind::CoverLetter,
        }
    }

    /// The serial key, unique among documents of its kind.
    pub fn serial(self) -> i32 {
        match self {
            Self::Resume(id) => id.get(),
            Self::CoverLetter(id) => id.get(),
        }
    }
}

/// A document as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Which one.
    pub key: DocumentKey,
    /// Whose it is.
    pub owner: UserId,
    /// What its owner calls it, and what it says.
    pub current: Snapshot,
}

/// A document as it was, so that a review is about what the mentor was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// What its owner called it.
    pub title: Option<String>,
    /// Its version, counted by its owner's changes.
    pub version: i32,
    /// What it said: the letter's text, or the resume's data as JSON text.
    pub content: String,
}

/// Why a document is not deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DocumentRefused {
    /// It is another's: to the caller it does not exist.
    #[error("not the owner's document")]
    NotTheOwner,
    /// A mentor is reviewing it.
    #[error("the document has a pending review: withdraw that first")]
    PendingReview,
}

impl Document {
    /// Whether it may be deleted.
    pub fn may_delete(&self, by: &UserId, has_pending_review: bool) -> Result<(), DocumentRefused> {
        if *by != self.owner {
            return Err(DocumentRefused::NotTheOwner);
        }
        if has_pending_review {
            return Err(DocumentRefused::PendingReview);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> UserId {
        UserId::parse(text).unwrap()
    }

    fn letter() -> Document {
        let current = Snapshot { title: None, version: 1, content: "Dear all".into() };
        Document { key: DocumentKey::CoverLetter(CoverLetterId::new(1)), owner: id("student"), current }
    }

    #[test]
    fn a_document_with_a_pending_review_is_not_deleted() {
        assert_eq!(letter().may_delete(&id("student"), true), Err(DocumentRefused::PendingReview));
        assert_eq!(letter().may_delete(&id("student"), false), Ok(()));
    }

    #[test]
    fn nobody_deletes_anothers_document_or_learns_of_its_review() {
        for has_pending_review in [true, false] {
            let refused = letter().may_delete(&id("other"), has_pending_review);
            assert_eq!(refused, Err(DocumentRefused::NotTheOwner));
        }
    }
}
