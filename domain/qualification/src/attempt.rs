use domain_kernel::{
    BasisPoints, CourseId, IllegalTransition, Lifecycle, Role, TestAttemptId, TestQuestionId, Timestamp,
    UserId,
};

use crate::{
    Earlier, OpenQuestion, Paper, PaperQuestion, TestEvent, TestHappening, TestPolicy, TestRefused,
    TestStatus, TestStep, TopicResult, history,
};

/// A mentor's attempt at the test of a course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its key.
    pub id: TestAttemptId,
    /// Who is tested.
    pub mentor: UserId,
    /// The course that the mentor wants to teach.
    pub course: CourseId,
    /// Where it stands.
    pub status: TestStatus,
    /// What is asked and what was answered.
    pub paper: Paper,
    /// The rules in force.
    pub policy: TestPolicy,
    /// When it was created.
    pub created_at: Timestamp,
    /// Until when answers are taken, once it has begun.
    pub deadline: Option<Timestamp>,
    /// When it was submitted or its time was over.
    pub completed_at: Option<Timestamp>,
    /// From when on the mentor may try again, if the result is not PASSED.
    pub retry_at: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Grows by one with every change that is saved.
    pub version: i32,
}

/// What a mentor asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRequest {
    /// The key of the attempt to be.
    pub id: TestAttemptId,
    /// Who asks.
    pub by: UserId,
    /// The role of the one who asks.
    pub role: Role,
    /// The course to be tested for.
    pub course: CourseId,
    /// Whether the course is taught.
    pub course_is_active: bool,
    /// The course's usable questions, in the order in which they were drawn.
    pub questions: Vec<PaperQuestion>,
}

/// How an attempt ended. It holds no question, so it cannot give away a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestResult {
    /// PASSED, CONDITIONAL or FAILED.
    pub status: TestStatus,
    /// Right answers.
    pub correct: u32,
    /// Questions.
    pub total: u32,
    /// Right and wrong by topic.
    pub topics: Vec<TopicResult>,
    /// From when on the mentor may try again.
    pub retry_at: Option<Timestamp>,
}

/// Why an attempt does not change, or is not shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttemptRefused {
    /// It is another mentor's: to the caller it does not exist.
    #[error("not the mentor's attempt")]
    NotTheOwner,
    /// The status does not permit it.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
    /// It was not begun in time.
    #[error("the time to begin is over")]
    TooLateToBegin,
    /// Its time is over.
    #[error("the time to answer is over")]
    TooLateToAnswer,
    /// The question is not asked in this attempt.
    #[error("the question is not one of this test")]
    UnknownQuestion,
    /// The question has no such option.
    #[error("the question has no such option")]
    NoSuchOption,
    /// There are no questions to show: it has not begun, or is graded.
    #[error("the questions are shown while the test is under way")]
    NotUnderWay,
    /// There is no result yet.
    #[error("the test is not graded yet")]
    NotGraded,
    /// It has begun, so it is not removed.
    #[error("the test has begun")]
    HasBegun,
    /// The clock came before its time.
    #[error("not due yet")]
    NotDue,
}

impl Attempt {
    /// A mentor asks for a test. `earlier` are all attempts of the mentor at the course.
    pub fn create(
        asked: AttemptRequest,
        earlier: &[Earlier],
        policy: TestPolicy,
        now: Timestamp,
    ) -> Result<(Self, TestEvent), TestRefused> {
        let AttemptRequest { id, by, role, course, course_is_active, questions } = asked;
        if role != Role::Mentor {
            return Err(TestRefused::NotAMentor);
        }
        if !course_is_active {
            return Err(TestRefused::CourseInactive);
        }
        let paper = Paper::draw(questions, policy.questions).ok_or(TestRefused::TooFewQuestions)?;
        history::may_try(earlier, &policy, now)?;
        let attempt = Self {
            id,
            mentor: by,
            course,
            status: TestStatus::Pending,
            paper,
            policy,
            created_at: now,
            deadline: None,
            completed_at: None,
            retry_at: None,
            updated_at: now,
            version: 0,
        };
        let event = attempt.event(TestHappening::Created);
        Ok((attempt, event))
    }

    /// The mentor opens the questions, and the time runs. Nothing changes if it runs already.
    pub fn begin(&mut self, by: &UserId, now: Timestamp) -> Result<Vec<TestEvent>, AttemptRefused> {
        self.must_own(by)?;
        if self.status == TestStatus::InProgress {
            return Ok(vec![]);
        }
        let status = self.status.on(TestStep::Begin)?;
        if now >= self.begin_by() {
            return Err(AttemptRefused::TooLateToBegin);
        }
        self.become_at(status, now);
        self.deadline = Some(now.plus(self.policy.answer_within));
        Ok(vec![self.event(TestHappening::Begun)])
    }

    /// The mentor answers a question with an option, counted from 0. The last answer counts.
    pub fn answer(
        &mut self,
        by: &UserId,
        question: TestQuestionId,
        option: u8,
        now: Timestamp,
    ) -> Result<(), AttemptRefused> {
        self.must_own(by)?;
        let status = self.status.on(TestStep::SaveAnswer)?;
        if self.is_over(now) {
            return Err(AttemptRefused::TooLateToAnswer);
        }
        let asked = self.paper.question(question).ok_or(AttemptRefused::UnknownQuestion)?;
        if usize::from(option) >= asked.options.len() {
            return Err(AttemptRefused::NoSuchOption);
        }
        self.paper.answers.insert(question, option);
        self.become_at(status, now);
        Ok(())
    }

    /// The mentor hands it in. Nothing changes if it is graded already.
    pub fn submit(&mut self, by: &UserId, now: Timestamp) -> Result<Vec<TestEvent>, AttemptRefused> {
        self.must_own(by)?;
        if !self.status.is_open() {
            return Ok(vec![]);
        }
        self.grade(now)
    }

    /// The clock: the time to answer is over.
    pub fn time_out(&mut self, now: Timestamp) -> Result<Vec<TestEvent>, AttemptRefused> {
        if !self.is_over(now) {
            return Err(AttemptRefused::NotDue);
        }
        self.grade(now)
    }

    /// The clock: it was not begun in time. The caller removes the row.
    pub fn remove(&self, now: Timestamp) -> Result<TestEvent, AttemptRefused> {
        if self.status != TestStatus::Pending {
            return Err(AttemptRefused::HasBegun);
        }
        if now < self.begin_by() {
            return Err(AttemptRefused::NotDue);
        }
        Ok(self.event(TestHappening::Removed))
    }

    /// The questions, without their keys, while the mentor answers them.
    pub fn questions(&self, by: &UserId) -> Result<Vec<OpenQuestion<'_>>, AttemptRefused> {
        self.must_own(by)?;
        if self.status == TestStatus::InProgress {
            Ok(self.paper.open().collect())
        } else {
            Err(AttemptRefused::NotUnderWay)
        }
    }

    /// The result, once it is graded.
    pub fn result(&self, by: &UserId) -> Result<TestResult, AttemptRefused> {
        self.must_own(by)?;
        if self.status.is_open() {
            return Err(AttemptRefused::NotGraded);
        }
        Ok(TestResult {
            status: self.status,
            correct: self.paper.correct(),
            total: self.paper.total(),
            topics: self.paper.topics(),
            retry_at: self.retry_at,
        })
    }

    /// Until when it is to be begun; then it is removed.
    pub fn begin_by(&self) -> Timestamp {
        self.created_at.plus(self.policy.begin_within)
    }

    /// The share of right answers, cut (not rounded) to hundredths of a percent, so that a share
    /// below a threshold never looks as if it had reached it; nothing while it is open.
    pub fn score(&self) -> BasisPoints {
        if self.status.is_open() {
            return BasisPoints::NONE;
        }
        // Of no questions none are right.
        BasisPoints::of(self.paper.correct(), self.paper.total()).unwrap_or(BasisPoints::NONE)
    }

    /// What it means for further attempts at the course.
    pub fn as_earlier(&self) -> Earlier {
        Earlier {
            attempt: self.id,
            status: self.status,
            score: self.score(),
            created_at: self.created_at,
            retry_at: self.retry_at,
        }
    }

    fn grade(&mut self, now: Timestamp) -> Result<Vec<TestEvent>, AttemptRefused> {
        let status = self.status.on(self.step())?;
        // It ends at its deadline even if the clock was late: downtime of ours lengthens no
        // mentor's cool-down.
        let completed_at = self.deadline.map_or(now, |deadline| now.min(deadline));
        self.become_at(status, now);
        self.completed_at = Some(completed_at);
        self.retry_at = match status {
            TestStatus::Conditional => Some(completed_at.plus(self.policy.retry_after_conditional)),
            TestStatus::Failed => Some(completed_at.plus(self.policy.retry_after_failed)),
            TestStatus::Pending | TestStatus::InProgress | TestStatus::Passed => None,
        };
        Ok(vec![self.event(TestHappening::Graded(status))])
    }

    /// What the answers come to as they are.
    fn step(&self) -> TestStep {
        self.policy.grade(self.paper.correct(), self.paper.total())
    }

    fn is_over(&self, now: Timestamp) -> bool {
        self.deadline.is_none_or(|deadline| now >= deadline)
    }

    fn must_own(&self, by: &UserId) -> Result<(), AttemptRefused> {
        if *by == self.mentor { Ok(()) } else { Err(AttemptRefused::NotTheOwner) }
    }

    fn become_at(&mut self, status: TestStatus, now: Timestamp) {
        self.status = status;
        self.updated_at = now;
    }

    fn event(&self, what: TestHappening) -> TestEvent {
        TestEvent { attempt: self.id, mentor: self.mentor.clone(), course: self.course, what }
    }
}

#[cfg(test)]
#[path = "attempt_tests.rs"]
mod tests;
