use std::cmp::Reverse;

use domain_kernel::{BasisPoints, TestAttemptId, Timestamp};

use crate::{TestPolicy, TestStatus};

/// An attempt of the same mentor at the same course, as far as it bears on further ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earlier {
    /// The attempt.
    pub attempt: TestAttemptId,
    /// Where it stands.
    pub status: TestStatus,
    /// The share of right answers; nothing while it is open.
    pub score: BasisPoints,
    /// When it was created.
    pub created_at: Timestamp,
    /// From when on the mentor may try again, if it was graded so.
    pub retry_at: Option<Timestamp>,
}

/// Why a mentor gets no test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TestRefused {
    /// Students are not tested.
    #[error("only mentors take tests")]
    NotAMentor,
    /// The course is not taught.
    #[error("the course is not active")]
    CourseInactive,
    /// The course has too few usable questions.
    #[error("the course has too few questions for a test")]
    TooFewQuestions,
    /// An attempt at the course waits or is under way.
    #[error("there is an open attempt at this course")]
    OpenAttempt,
    /// The mentor is verified in full.
    #[error("the test for this course is passed")]
    AlreadyPassed,
    /// The last result asks for patience.
    #[error("the test may be taken again from {until} on")]
    CoolingDown {
        /// From when on.
        until: Timestamp,
    },
    /// The mentor has tried often enough for now.
    #[error("too many attempts: the test may be taken again from {until} on")]
    TooManyAttempts {
        /// From when on.
        until: Timestamp,
    },
}

/// Whether a mentor with these attempts at the course may make another.
pub(crate) fn may_try(earlier: &[Earlier], policy: &TestPolicy, now: Timestamp) -> Result<(), TestRefused> {
    if earlier.iter().any(|attempt| attempt.status.is_open()) {
        return Err(TestRefused::OpenAttempt);
    }
    if earlier.iter().any(|attempt| attempt.status == TestStatus::Passed) {
        return Err(TestRefused::AlreadyPassed);
    }
    if let Some(until) = earlier.iter().filter_map(|attempt| attempt.retry_at).max()
        && now < until
    {
        return Err(TestRefused::CoolingDown { until });
    }
    let mut leaving: Vec<Timestamp> =
        earlier.iter().map(|attempt| attempt.created_at.plus(policy.attempts_within)).collect();
    leaving.retain(|left| now < *left);
    leaving.sort_unstable();
    // With as many attempts as are allowed there is room again when the oldest leaves the span;
    // with more of them (the policy was wider once) when so many have left.
    let most = usize::try_from(policy.attempts).unwrap_or(usize::MAX);
    if let Some(last_to_leave) = leaving.len().checked_sub(most)
        && let Some(until) = leaving.get(last_to_leave)
    {
        return Err(TestRefused::TooManyAttempts { until: *until });
    }
    Ok(())
}

/// The attempt that verifies the mentor for the course, if one does: a PASSED one before a
/// CONDITIONAL one, whatever their scores; then the better score; then the earlier one.
pub fn best_attempt(attempts: &[Earlier]) -> Option<&Earlier> {
    attempts.iter().filter(|attempt| attempt.status.verifies()).max_by_key(|attempt| {
        (attempt.status == TestStatus::Passed, attempt.score.get(), Reverse(attempt.created_at))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain_kernel::{TimeDelta, days, hours};

    const INSTANT: TimeDelta = TimeDelta::microseconds(1);

    fn now() -> Timestamp {
        Timestamp::EPOCH.plus(days(1_000))
    }

    /// An attempt that was created so many days ago and binds the mentor no more.
    fn earlier(key: i32, status: TestStatus, score: u16, days_ago: i64) -> Earlier {
        Earlier {
            attempt: TestAttemptId::new(key),
            status,
            score: BasisPoints::parse(score).unwrap(),
            created_at: now().minus(days(days_ago)),
            retry_at: None,
        }
    }

    fn may(earlier: &[Earlier]) -> Result<(), TestRefused> {
        may_try(earlier, &TestPolicy::default(), now())
    }

    fn best(attempts: &[Earlier]) -> Option<i32> {
        best_attempt(attempts).map(|attempt| attempt.attempt.get())
    }

    #[test]
    fn an_open_attempt_refuses_another() {
        for status in [TestStatus::Pending, TestStatus::InProgress] {
            assert_eq!(may(&[earlier(1, status, 0, 60)]), Err(TestRefused::OpenAttempt), "{status}");
        }
    }

    #[test]
    fn a_passed_test_is_not_taken_again() {
        assert_eq!(may(&[earlier(1, TestStatus::Passed, 8000, 60)]), Err(TestRefused::AlreadyPassed));
    }

    #[test]
    fn a_cool_down_is_over_at_its_very_microsecond() {
        let cooling =
            |until| may(&[Earlier { retry_at: Some(until), ..earlier(1, TestStatus::Conditional, 6000, 1) }]);
        let until = now().plus(INSTANT);
        assert_eq!(cooling(until), Err(TestRefused::CoolingDown { until }));
        assert_eq!(cooling(now()), Ok(()));
    }

    #[test]
    fn the_longest_cool_down_counts() {
        let (near, far) = (now().plus(hours(1)), now().plus(days(6)));
        let failed = Earlier { retry_at: Some(far), ..earlier(1, TestStatus::Failed, 0, 1) };
        let conditional = Earlier { retry_at: Some(near), ..earlier(2, TestStatus::Conditional, 6000, 1) };
        assert_eq!(may(&[failed, conditional]), Err(TestRefused::CoolingDown { until: far }));
    }

    #[test]
    fn a_fourth_attempt_in_30_days_is_refused() {
        let failed = |key, days_ago| earlier(key, TestStatus::Failed, 0, days_ago);
        assert_eq!(may(&[failed(1, 29), failed(2, 8)]), Ok(()));
        let until = now().plus(days(1));
        assert_eq!(
            may(&[failed(3, 1), failed(1, 29), failed(2, 8)]),
            Err(TestRefused::TooManyAttempts { until })
        );
    }

    #[test]
    fn an_attempt_leaves_the_30_days_at_its_very_microsecond() {
        let recent = [earlier(2, TestStatus::Failed, 0, 20), earlier(3, TestStatus::Failed, 0, 10)];
        let leaves = |created_at| {
            let oldest = Earlier { created_at, ..earlier(1, TestStatus::Failed, 0, 30) };
            may(&[oldest, recent[0], recent[1]])
        };
        assert_eq!(leaves(now().minus(days(30))), Ok(()));
        let until = now().plus(INSTANT);
        let refused = leaves(now().minus(days(30)).plus(INSTANT));
        assert_eq!(refused, Err(TestRefused::TooManyAttempts { until }));
    }

    #[test]
    fn of_more_attempts_than_allowed_enough_must_leave_the_30_days() {
        let all: Vec<Earlier> =
            [25, 15, 10, 5].map(|days_ago| earlier(1, TestStatus::Failed, 0, days_ago)).to_vec();
        // The one of 15 days ago is the second to leave; then two are left.
        let until = now().plus(days(15));
        assert_eq!(may(&all), Err(TestRefused::TooManyAttempts { until }));
    }

    #[test]
    fn a_passed_retry_replaces_a_conditional_result() {
        let conditional = earlier(1, TestStatus::Conditional, 7400, 10);
        assert_eq!(best(&[conditional]), Some(1));
        assert_eq!(best(&[conditional, earlier(2, TestStatus::Passed, 7500, 1)]), Some(2));
        // Thresholds may have been others: the status decides, not the score.
        assert_eq!(best(&[conditional, earlier(2, TestStatus::Passed, 7000, 1)]), Some(2));
    }

    #[test]
    fn a_failed_retry_takes_no_conditional_result_away() {
        let attempts = [earlier(1, TestStatus::Conditional, 6000, 10), earlier(2, TestStatus::Failed, 0, 1)];
        assert_eq!(best(&attempts), Some(1));
    }

    #[test]
    fn of_two_conditional_results_the_better_and_then_the_earlier_counts() {
        let conditional = |key, score, days_ago| earlier(key, TestStatus::Conditional, score, days_ago);
        assert_eq!(best(&[conditional(1, 6000, 10), conditional(2, 6500, 1)]), Some(2));
        assert_eq!(best(&[conditional(1, 6500, 10), conditional(2, 6000, 1)]), Some(1));
        assert_eq!(best(&[conditional(1, 6000, 1), conditional(2, 6000, 10)]), Some(2));
    }

    #[test]
    fn open_and_failed_attempts_verify_nobody() {
        use TestStatus::{Failed, InProgress, Pending};
        assert_eq!(best(&[Pending, InProgress, Failed].map(|status| earlier(1, status, 0, 1))), None);
    }
}
