use domain_kernel::{
    Feedback, IllegalTransition, Lifecycle, ReviewId, ReviewStatus, ReviewStep, Timestamp, UserId,
};

use crate::{Document, DocumentKey, Rating, ReviewEvent, ReviewHappening, ReviewPolicy, Snapshot};

/// A mentor's review of a student's document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Its key, unique among reviews of documents of that kind.
    pub id: ReviewId,
    /// What is reviewed.
    pub document: DocumentKey,
    /// Whose document it is.
    pub student: UserId,
    /// Who reviews it.
    pub mentor: UserId,
    /// Where it stands.
    pub status: ReviewStatus,
    /// The document as it was when the mentor was asked.
    pub snapshot: Snapshot,
    /// What the mentor wrote.
    pub feedback: Option<Feedback>,
    /// How good the mentor finds it.
    pub rating: Option<Rating>,
    /// Until when the mentor is to answer; then it is removed.
    pub answer_by: Timestamp,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When the mentor answered.
    pub reviewed_at: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Grows by one with every change that is saved.
    pub version: i32,
}

/// What a student asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewRequest {
    /// The key of the review to be.
    pub id: ReviewId,
    /// Who asks.
    pub by: UserId,
    /// Who is to review.
    pub mentor: UserId,
}

/// What the other rows say when a review is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReviewCircumstances {
    /// Whether student and mentor have a session that is PAID or SCHEDULED.
    pub has_running_session: bool,
    /// When their last COMPLETED session was completed.
    pub last_completed_at: Option<Timestamp>,
    /// Whether the document has a PENDING review, by whichever mentor.
    pub has_pending_review: bool,
}

/// Why a review is not asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AskRefused {
    /// The document is another's: to the caller it does not exist.
    #[error("not the owner's document")]
    NotTheOwner,
    /// The mentor teaches the student neither now nor until recently.
    #[error("the mentor has no session with the student")]
    NoSession,
    /// The document waits for a review already.
    #[error("the document has a pending review")]
    PendingReview,
}

/// Why a review does not change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReviewRefused {
    /// The caller is neither the student nor the mentor: to them it does not exist.
    #[error("not a party of the review")]
    NotAParty,
    /// The student does not review.
    #[error("this is for the mentor to do")]
    ForTheMentor,
    /// The mentor does not take the student's question back.
    #[error("this is for the student to do")]
    ForTheStudent,
    /// The status does not permit it.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
    /// The mentor has answered, and the answer stays.
    #[error("the review is given and stays")]
    Given,
    /// The clock came before its time.
    #[error("not due yet")]
    NotDue,
}

impl Review {
    /// A student asks a mentor to review a document.
    pub fn ask(
        asked: ReviewRequest,
        document: &Document,
        given: ReviewCircumstances,
        policy: ReviewPolicy,
        now: Timestamp,
    ) -> Result<(Self, ReviewEvent), AskRefused> {
        let ReviewRequest { id, by, mentor } = asked;
        if by != document.owner {
            return Err(AskRefused::NotTheOwner);
        }
        let was_taught =
            given.last_completed_at.is_some_and(|completed| now < completed.plus(policy.ask_within));
        if !given.has_running_session && !was_taught {
            return Err(AskRefused::NoSession);
        }
        if given.has_pending_review {
            return Err(AskRefused::PendingReview);
        }
        let review = Self {
            id,
            document: document.key,
            student: by,
            mentor,
            status: ReviewStatus::Pending,
            snapshot: document.current.clone(),
            feedback: None,
            rating: None,
            answer_by: now.plus(policy.answer_within),
            created_at: now,
            reviewed_at: None,
            updated_at: now,
            version: 0,
        };
        let event = review.event(ReviewHappening::Asked);
        Ok((review, event))
    }

    /// The mentor reviews. The same review again changes nothing, another one is refused.
    pub fn verify(
        &mut self,
        by: &UserId,
        feedback: Feedback,
        rating: Rating,
        now: Timestamp,
    ) -> Result<Vec<ReviewEvent>, ReviewRefused> {
        if *by != self.mentor {
            return Err(self.not_for(by, ReviewRefused::ForTheMentor));
        }
        if self.feedback.as_ref() == Some(&feedback) && self.rating == Some(rating) {
            return Ok(vec![]);
        }
        self.status = self.status.on(ReviewStep::Verify)?;
        self.feedback = Some(feedback);
        self.rating = Some(rating);
        self.reviewed_at = Some(now);
        self.updated_at = now;
        Ok(vec![self.event(ReviewHappening::Verified)])
    }

    /// The student takes the question back. The caller removes the row and audits it.
    pub fn withdraw(&self, by: &UserId) -> Result<ReviewEvent, ReviewRefused> {
        if *by != self.student {
            return Err(self.not_for(by, ReviewRefused::ForTheStudent));
        }
        self.must_wait()?;
        Ok(self.event(ReviewHappening::Withdrawn))
    }

    /// The clock: the mentor did not answer in time. The caller removes the row and audits it.
    pub fn expire(&self, now: Timestamp) -> Result<ReviewEvent, ReviewRefused> {
        self.must_wait()?;
        if now < self.answer_by {
            return Err(ReviewRefused::NotDue);
        }
        Ok(self.event(ReviewHappening::Expired))
    }

    fn must_wait(&self) -> Result<(), ReviewRefused> {
        match self.status {
            ReviewStatus::Pending => Ok(()),
            ReviewStatus::Verified => Err(ReviewRefused::Given),
        }
    }

    /// The other party hears whose it is to do, a stranger nothing.
    fn not_for(&self, by: &UserId, refused: ReviewRefused) -> ReviewRefused {
        if *by == self.student || *by == self.mentor { refused } else { ReviewRefused::NotAParty }
    }

    fn event(&self, what: ReviewHappening) -> ReviewEvent {
        ReviewEvent {
            review: self.id,
            document: self.document,
            student: self.student.clone(),
            mentor: self.mentor.clone(),
            what,
        }
    }
}

#[cfg(test)]
#[path = "review_tests.rs"]
mod tests;
