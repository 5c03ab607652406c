use domain_kernel::{CourseId, DomainEvent, Fact, TestAttemptId, UserId};

use crate::TestStatus;

/// What has happened to an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestEvent {
    /// The attempt.
    pub attempt: TestAttemptId,
    /// Whose it is.
    pub mentor: UserId,
    /// The course that is tested.
    pub course: CourseId,
    /// What happened.
    pub what: TestHappening,
}

/// What can have happened to an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestHappening {
    /// The mentor asked for a test.
    Created,
    /// The mentor has opened the questions.
    Begun,
    /// It has this result. PASSED and CONDITIONAL verify the mentor for the course.
    Graded(TestStatus),
    /// It was not begun in time; its row is to be removed.
    Removed,
}

impl DomainEvent for TestEvent {
    fn kind(&self) -> &'static str {
        match self.what {
            TestHappening::Created => "test_created",
            TestHappening::Begun => "test_begun",
            TestHappening::Graded(_) => "test_graded",
            TestHappening::Removed => "test_removed",
        }
    }

    fn subject(&self) -> String {
        self.attempt.to_string()
    }

    fn facts(&self) -> Vec<Fact> {
        let mut facts = vec![("mentor_id", self.mentor.to_string()), ("course_id", self.course.to_string())];
        if let TestHappening::Graded(status) = self.what {
            facts.push(("status", status.to_string()));
        }
        facts
    }
}
