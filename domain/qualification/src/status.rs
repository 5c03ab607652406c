use domain_kernel::{Lifecycle, labelled};

labelled! {
    /// Where an attempt at a test stands.
    pub enum TestStatus {
        /// Asked for; the mentor has not seen the questions.
        Pending = "PENDING",
        /// The mentor answers, and the time runs.
        InProgress = "IN_PROGRESS",
        /// The mentor may teach every plan of the course.
        Passed = "PASSED",
        /// The mentor may teach the basic plans of the course.
        Conditional = "CONDITIONAL",
        /// The mentor may not teach the course.
        Failed = "FAILED",
    }
}

labelled! {
    /// What can happen to an attempt. That one is removed is no edge: its row goes.
    pub enum TestStep {
        /// The mentor opens the questions.
        Begin = "begin",
        /// The mentor answers a question, or answers it anew.
        SaveAnswer = "save_answer",
        /// Enough answers are right.
        GradedPassed = "graded_passed",
        /// Enough answers are right for the basic plans.
        GradedConditional = "graded_conditional",
        /// Too few answers are right.
        GradedFailed = "graded_failed",
    }
}

impl Lifecycle for TestStatus {
    type Event = TestStep;
    const INITIAL: &'static [Self] = &[Self::Pending];
    const TRANSITIONS: &'static [(Self, TestStep, Self)] = &[
        (Self::Pending, TestStep::Begin, Self::InProgress),
        (Self::InProgress, TestStep::SaveAnswer, Self::InProgress),
        (Self::InProgress, TestStep::GradedPassed, Self::Passed),
        (Self::InProgress, TestStep::GradedConditional, Self::Conditional),
        (Self::InProgress, TestStep::GradedFailed, Self::Failed),
    ];
}

impl TestStatus {
    /// Whether the attempt is neither graded nor removed.
    pub fn is_open(self) -> bool {
        !self.is_terminal()
    }

    /// Whether the mentor is verified for the course by it.
    pub fn verifies(self) -> bool {
        matches!(self, Self::Passed | Self::Conditional)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain_kernel::{Labelled, broken_laws, matrix};

    #[test]
    fn the_machine_is_lawful() {
        assert_eq!(broken_laws::<TestStatus>(), Vec::<String>::new());
    }

    #[test]
    fn the_matrix_is_the_one_that_was_agreed() {
        insta::assert_snapshot!(matrix::<TestStatus>());
    }

    #[test]
    fn a_passed_and_a_conditional_test_verify_and_no_other() {
        let verifying: Vec<&str> =
            TestStatus::ALL.iter().filter(|status| status.verifies()).map(|status| status.label()).collect();
        assert_eq!(verifying, ["PASSED", "CONDITIONAL"]);
    }
}
