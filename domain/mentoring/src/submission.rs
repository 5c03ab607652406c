use domain_kernel::{
    AssignmentId, DomainEvent, Fact, Feedback, IllegalTransition, Lifecycle, ReviewStatus, ReviewStep,
    SessionId, SubmissionId, TimeDelta, Timestamp, UserId, days, hours,
};

use crate::{Side, SubmissionStatus, SubmissionStep};

/// The rules of the house on assignments. Configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubmissionPolicy {
    /// An assignment without a due date is due so long after it was set. 24 hours.
    pub due_after: TimeDelta,
    /// What comes late is taken until so long after it was due. 7 days.
    pub late_within: TimeDelta,
}

impl Default for SubmissionPolicy {
    fn default() -> Self {
        Self { due_after: hours(24), late_within: days(7) }
    }
}

/// What a mentor asks the student of a session to hand in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Its key.
    pub id: AssignmentId,
    /// The session that it belongs to.
    pub session: SessionId,
    /// The session's student.
    pub student: UserId,
    /// The session's mentor.
    pub mentor: UserId,
    /// When it is due.
    pub due_at: Timestamp,
    /// Whether anything is still taken.
    pub is_active: bool,
    /// Grows by one with every change that is saved.
    pub version: i32,
}

/// What a student handed in for an assignment; there is one, its file may be replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Its key.
    pub id: SubmissionId,
    /// What it is handed in for.
    pub assignment: AssignmentId,
    /// Whether it came in time.
    pub status: SubmissionStatus,
    /// Where the mentor's review stands.
    pub review: ReviewStatus,
    /// What counts.
    pub current: SubmittedFile,
    /// What was replaced, the oldest first.
    pub replaced: Vec<SubmittedFile>,
    /// What the mentor wrote.
    pub feedback: Option<Feedback>,
    /// When the mentor reviewed it.
    pub reviewed_at: Option<Timestamp>,
    /// Grows by one with every change that is saved.
    pub version: i32,
}

/// A file as it was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmittedFile {
    /// Where the storage keeps it; every upload has a place of its own.
    pub file: String,
    /// When it was handed in.
    pub submitted_at: Timestamp,
}

/// What has happened to a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmissionEvent {
    /// The submission.
    pub submission: SubmissionId,
    /// What it is handed in for.
    pub assignment: AssignmentId,
    /// The session's student.
    pub student: UserId,
    /// The session's mentor.
    pub mentor: UserId,
    /// What happened.
    pub what: SubmissionHappening,
}

/// What can have happened to a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubmissionHappening {
    /// The student handed it in.
    Submitted,
    /// The student replaced the file.
    Replaced,
    /// It is in time after all, because the mentor moved the due date.
    Excused,
    /// The mentor reviewed it.
    Reviewed,
}

/// Why an assignment or a submission stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmissionRefused {
    /// The caller is no party of the session: to them it does not exist.
    #[error("not a party of the session")]
    NotAParty,
    /// The other side does this.
    #[error("this is for the {0} to do")]
    OtherSide(Side),
    /// The mentor has taken the assignment back.
    #[error("the assignment is not active")]
    Inactive,
    /// It is too late even for a late submission.
    #[error("the assignment is closed")]
    Closed,
    /// There is a submission: its file can be replaced.
    #[error("the assignment has a submission already")]
    AlreadySubmitted,
    /// The mentor has reviewed it.
    #[error("the submission is reviewed")]
    Reviewed,
    /// Replacing the file now would make a timely submission late, which is to be confirmed.
    #[error("the submission would become late")]
    WouldBecomeLate,
    /// A due date is moved to a later time only.
    #[error("the new due date is not later")]
    NotLater,
    /// The status does not permit it.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
}

impl SubmissionPolicy {
    /// When an assignment is due that the mentor set at that time without a due date.
    pub fn default_due(&self, created_at: Timestamp) -> Timestamp {
        created_at.plus(self.due_after)
    }
}

impl Assignment {
    /// The mentor moves the due date to a later time; the same time again changes nothing. A late
    /// `submission` that waits for its review and came by the new date is late no more; a reviewed
    /// one stays what it was.
    pub fn extend(
        &mut self,
        by: &UserId,
        due_at: Timestamp,
        submission: Option<&mut Submission>,
    ) -> Result<Vec<SubmissionEvent>, SubmissionRefused> {
        self.must_be(Side::Mentor, by)?;
        if due_at < self.due_at {
            return Err(SubmissionRefused::NotLater);
        }
        self.due_at = due_at;
        let excused = submission.filter(|submission| {
            submission.status == SubmissionStatus::Late
                && submission.review == ReviewStatus::Pending
                && submission.current.submitted_at <= due_at
        });
        let Some(submission) = excused else {
            return Ok(vec![]);
        };
        submission.status = submission.status.on(SubmissionStep::DueExtended)?;
        Ok(vec![submission.event(self, SubmissionHappening::Excused)])
    }

    /// What a file handed in now would be: in time up to the due time itself, late up to the very
    /// end of the span after it.
    fn status_at(
        &self,
        policy: SubmissionPolicy,
        now: Timestamp,
    ) -> Result<SubmissionStatus, SubmissionRefused> {
        if !self.is_active {
            Err(SubmissionRefused::Inactive)
        } else if now <= self.due_at {
            Ok(SubmissionStatus::Submitted)
        } else if now <= self.due_at.plus(policy.late_within) {
            Ok(SubmissionStatus::Late)
        } else {
            Err(SubmissionRefused::Closed)
        }
    }

    fn must_be(&self, side: Side, by: &UserId) -> Result<(), SubmissionRefused> {
        let (wanted, other) = match side {
            Side::Student => (&self.student, &self.mentor),
            Side::Mentor => (&self.mentor, &self.student),
        };
        match by {
            by if by == wanted => Ok(()),
            by if by == other => Err(SubmissionRefused::OtherSide(side)),
            _ => Err(SubmissionRefused::NotAParty),
        }
    }
}

impl Submission {
    /// The student hands in a file. `id` is the key of the submission to be; `has_submission` says
    /// whether there is one for the assignment.
    pub fn submit(
        id: SubmissionId,
        by: &UserId,
        file: String,
        assignment: &Assignment,
        has_submission: bool,
        policy: SubmissionPolicy,
        now: Timestamp,
    ) -> Result<(Self, SubmissionEvent), SubmissionRefused> {
        assignment.must_be(Side::Student, by)?;
        if has_submission {
            return Err(SubmissionRefused::AlreadySubmitted);
        }
        let submission = Self {
            id,
            assignment: assignment.id,
            status: assignment.status_at(policy, now)?,
            review: ReviewStatus::Pending,
            current: SubmittedFile { file, submitted_at: now },
            replaced: vec![],
            feedback: None,
            reviewed_at: None,
            version: 0,
        };
        let event = submission.event(assignment, SubmissionHappening::Submitted);
        Ok((submission, event))
    }

    /// The student hands in another file instead, while the mentor has not reviewed. If that makes
    /// a timely submission late, the student must have confirmed it. The file that counts already
    /// changes nothing.
    pub fn replace(
        &mut self,
        by: &UserId,
        file: String,
        confirm_late: bool,
        assignment: &Assignment,
        policy: SubmissionPolicy,
        now: Timestamp,
    ) -> Result<Vec<SubmissionEvent>, SubmissionRefused> {
        assignment.must_be(Side::Student, by)?;
        if file == self.current.file {
            return Ok(vec![]);
        }
        if self.review != ReviewStatus::Pending {
            return Err(SubmissionRefused::Reviewed);
        }
        let status = self.status.on(match assignment.status_at(policy, now)? {
            SubmissionStatus::Submitted => SubmissionStep::ReplacedOnTime,
            SubmissionStatus::Late => SubmissionStep::ReplacedLate,
        })?;
        let becomes_late = self.status == SubmissionStatus::Submitted && status == SubmissionStatus::Late;
        if becomes_late && !confirm_late {
            return Err(SubmissionRefused::WouldBecomeLate);
        }
        let replaced = std::mem::replace(&mut self.current, SubmittedFile { file, submitted_at: now });
        self.replaced.push(replaced);
        self.status = status;
        Ok(vec![self.event(assignment, SubmissionHappening::Replaced)])
    }

    /// The mentor reviews it. The same words again change nothing, others are refused. An
    /// assignment that is no longer active can still be reviewed.
    pub fn verify(
        &mut self,
        by: &UserId,
        feedback: Feedback,
        assignment: &Assignment,
        now: Timestamp,
    ) -> Result<Vec<SubmissionEvent>, SubmissionRefused> {
        assignment.must_be(Side::Mentor, by)?;
        if self.feedback.as_ref() == Some(&feedback) {
            return Ok(vec![]);
        }
        self.review = self.review.on(ReviewStep::Verify)?;
        self.feedback = Some(feedback);
        self.reviewed_at = Some(now);
        Ok(vec![self.event(assignment, SubmissionHappening::Reviewed)])
    }

    fn event(&self, assignment: &Assignment, what: SubmissionHappening) -> SubmissionEvent {
        SubmissionEvent {
            submission: self.id,
            assignment: assignment.id,
            student: assignment.student.clone(),
            mentor: assignment.mentor.clone(),
            what,
        }
    }
}

impl DomainEvent for SubmissionEvent {
    fn kind(&self) -> &'static str {
        match self.what {
            SubmissionHappening::Submitted => "submission_submitted",
            SubmissionHappening::Replaced => "submission_replaced",
            SubmissionHappening::Excused => "submission_excused",
            SubmissionHappening::Reviewed => "submission_reviewed",
        }
    }

    fn subject(&self) -> String {
        self.submission.to_string()
    }

    fn facts(&self) -> Vec<Fact> {
        vec![
            ("assignment_id", self.assignment.to_string()),
            ("student_id", self.student.to_string()),
            ("mentor_id", self.mentor.to_string()),
        ]
    }
}

#[cfg(test)]
#[path = "submission_tests.rs"]
mod tests;
