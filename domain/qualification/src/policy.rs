use domain_kernel::{TimeDelta, days, hours, minutes};

use crate::TestStep;

/// The rules of the house on tests. Configuration; what is in force when an attempt is created is
/// copied onto it and binds it to the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestPolicy {
    /// How many questions a test has; a course with fewer usable ones is not tested. 20.
    pub questions: u32,
    /// The least share of right answers that passes, in percent. 75.
    pub pass_percent: u32,
    /// The least share of right answers that verifies for the basic plans, in percent. 60.
    pub conditional_percent: u32,
    /// An attempt that was not begun within this time is removed. 24 hours.
    pub begin_within: TimeDelta,
    /// How long the mentor has for all answers. 30 minutes.
    pub answer_within: TimeDelta,
    /// How long after a CONDITIONAL result the mentor may try again. 24 hours.
    pub retry_after_conditional: TimeDelta,
    /// How long after a FAILED result the mentor may try again. 7 days.
    pub retry_after_failed: TimeDelta,
    /// How many attempts a mentor may make at one course within [`Self::attempts_within`]. 3.
    pub attempts: u32,
    /// The span over which attempts are counted. 30 days.
    pub attempts_within: TimeDelta,
}

impl Default for TestPolicy {
    fn default() -> Self {
        Self {
            questions: 20,
            pass_percent: 75,
            conditional_percent: 60,
            begin_within: hours(24),
            answer_within: minutes(30),
            retry_after_conditional: hours(24),
            retry_after_failed: days(7),
            attempts: 3,
            attempts_within: days(30),
        }
    }
}

impl TestPolicy {
    /// What so many right answers of so many come to. Integers decide: a rounded percentage would
    /// pass 74.6 %. A test without questions shows nothing, so it fails.
    pub fn grade(&self, correct: u32, total: u32) -> TestStep {
        let reaches =
            |percent: u32| total > 0 && 100 * u64::from(correct) >= u64::from(percent) * u64::from(total);
        if reaches(self.pass_percent) {
            TestStep::GradedPassed
        } else if reaches(self.conditional_percent) {
            TestStep::GradedConditional
        } else {
            TestStep::GradedFailed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Whether a/b ≥ c/d by Euclid's way: whole parts first, then the turned rests. It multiplies
    /// nothing, so it shares no step with the rule.
    fn at_least((a, b): (u64, u64), (c, d): (u64, u64)) -> bool {
        let ((whole, rest), (other_whole, other_rest)) = ((a / b, a % b), (c / d, c % d));
        match (whole == other_whole, rest, other_rest) {
            (false, ..) => whole > other_whole,
            (true, _, 0) => true,
            (true, 0, _) => false,
            (true, rest, other_rest) => at_least((d, other_rest), (b, rest)),
        }
    }

    fn by_fractions(policy: &TestPolicy, correct: u32, total: u32) -> TestStep {
        let share = (u64::from(correct), u64::from(total));
        if at_least(share, (u64::from(policy.pass_percent), 100)) {
            TestStep::GradedPassed
        } else if at_least(share, (u64::from(policy.conditional_percent), 100)) {
            TestStep::GradedConditional
        } else {
            TestStep::GradedFailed
        }
    }

    #[test]
    fn grading_agrees_with_fractions_for_every_total_up_to_100() {
        let policy = TestPolicy::default();
        for total in 1..=100 {
            for correct in 0..=total {
                let expected = by_fractions(&policy, correct, total);
                assert_eq!(policy.grade(correct, total), expected, "{correct} of {total}");
            }
        }
    }

    #[test]
    fn of_twenty_answers_fifteen_pass_and_twelve_are_conditional() {
        let policy = TestPolicy::default();
        for (correct, step) in [
            (20, TestStep::GradedPassed),
            (15, TestStep::GradedPassed),
            (14, TestStep::GradedConditional),
            (12, TestStep::GradedConditional),
            (11, TestStep::GradedFailed),
            (0, TestStep::GradedFailed),
        ] {
            assert_eq!(policy.grade(correct, 20), step, "{correct}");
        }
    }

    #[test]
    fn what_only_rounding_would_lift_over_a_threshold_stays_below_it() {
        let policy = TestPolicy::default();
        // 74.6 % and 59.7 %.
        assert_eq!(policy.grade(50, 67), TestStep::GradedConditional);
        assert_eq!(policy.grade(40, 67), TestStep::GradedFailed);
    }

    #[test]
    fn a_test_without_questions_fails() {
        assert_eq!(TestPolicy::default().grade(0, 0), TestStep::GradedFailed);
    }

    proptest! {
        #[test]
        fn grading_agrees_with_fractions_for_every_threshold(
            total in 1..=u32::MAX, share in 0..=u32::MAX, pass in 0..=100u32, conditional in 0..=100u32,
        ) {
            let correct = u32::try_from(u64::from(share) % (u64::from(total) + 1)).unwrap();
            let policy =
                TestPolicy { pass_percent: pass, conditional_percent: conditional, ..TestPolicy::default() };
            prop_assert_eq!(policy.grade(correct, total), by_fractions(&policy, correct, total));
        }
    }
}
