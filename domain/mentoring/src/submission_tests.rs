use proptest::prelude::*;

use super::*;

const INSTANT: TimeDelta = TimeDelta::microseconds(1);

fn due() -> Timestamp {
    Timestamp::EPOCH.plus(days(1_000))
}

fn id(text: &str) -> UserId {
    UserId::parse(text).unwrap()
}

fn student() -> UserId {
    id("student")
}

fn mentor() -> UserId {
    id("mentor")
}

fn assignment() -> Assignment {
    Assignment {
        id: AssignmentId::new(3),
        session: SessionId::parse("s").unwrap(),
        student: student(),
        mentor: mentor(),
        due_at: due(),
        is_active: true,
        version: 0,
    }
}

fn submit(by: &UserId, assignment: &Assignment, at: Timestamp) -> Result<Submission, SubmissionRefused> {
    let (id, policy) = (SubmissionId::new(4), SubmissionPolicy::default());
    Submission::submit(id, by, "first".into(), assignment, false, policy, at)
        .map(|(submission, _)| submission)
}

fn submitted_at(at: Timestamp) -> Submission {
    submit(&student(), &assignment(), at).unwrap()
}

fn on_time() -> Submission {
    submitted_at(due().minus(hours(1)))
}

fn late() -> Submission {
    submitted_at(due().plus(hours(1)))
}

fn reviewed(mut submission: Submission) -> Submission {
    let words = Feedback::parse("Mind the edge cases.").unwrap();
    submission.verify(&mentor(), words, &assignment(), due().plus(hours(2))).unwrap();
    submission
}

/// Replaces the file as the student of an assignment with the default rules.
fn replace(submission: &mut Submission, confirm_late: bool, at: Timestamp) -> Result<(), SubmissionRefused> {
    let policy = SubmissionPolicy::default();
    submission.replace(&student(), "second".into(), confirm_late, &assignment(), policy, at).map(|_| ())
}

#[test]
fn an_assignment_is_due_24_hours_after_it_was_set_unless_the_mentor_says_otherwise() {
    assert_eq!(SubmissionPolicy::default().default_due(due()), due().plus(hours(24)));
}

#[test]
fn what_comes_by_the_due_time_is_submitted_and_later_it_is_late() {
    assert_eq!(submitted_at(due()).status, SubmissionStatus::Submitted);
    assert_eq!(submitted_at(due().plus(INSTANT)).status, SubmissionStatus::Late);
}

#[test]
fn what_comes_more_than_7_days_late_is_refused() {
    let last = due().plus(days(7));
    assert_eq!(submitted_at(last).status, SubmissionStatus::Late);
    assert_eq!(submit(&student(), &assignment(), last.plus(INSTANT)), Err(SubmissionRefused::Closed));
}

#[test]
fn only_the_student_of_the_session_submits() {
    assert_eq!(submit(&id("other"), &assignment(), due()), Err(SubmissionRefused::NotAParty));
    assert_eq!(submit(&mentor(), &assignment(), due()), Err(SubmissionRefused::OtherSide(Side::Student)));
}

#[test]
fn nothing_is_handed_in_for_an_inactive_assignment() {
    let inactive = Assignment { is_active: false, ..assignment() };
    assert_eq!(submit(&student(), &inactive, due()), Err(SubmissionRefused::Inactive));
    let policy = SubmissionPolicy::default();
    let replaced = on_time().replace(&student(), "second".into(), true, &inactive, policy, due());
    assert_eq!(replaced, Err(SubmissionRefused::Inactive));
}

#[test]
fn an_assignment_has_one_submission() {
    let (id, policy) = (SubmissionId::new(4), SubmissionPolicy::default());
    let second = Submission::submit(id, &student(), "file".into(), &assignment(), true, policy, due());
    assert_eq!(second.map(|_| ()), Err(SubmissionRefused::AlreadySubmitted));
}

#[test]
fn a_replaced_file_is_kept_and_the_new_one_counts() {
    let mut submission = on_time();
    replace(&mut submission, false, due()).unwrap();
    let policy = SubmissionPolicy::default();
    submission.replace(&student(), "third".into(), false, &assignment(), policy, due()).unwrap();
    let kept: Vec<&str> = submission.replaced.iter().map(|version| version.file.as_str()).collect();
    assert_eq!((kept, submission.current.file.as_str()), (vec!["first", "second"], "third"));
    assert_eq!(submission.replaced[0].submitted_at, due().minus(hours(1)));
    assert_eq!(submission.current.submitted_at, due());
}

#[test]
fn only_the_student_of_the_session_replaces_the_file() {
    let mut submission = on_time();
    let policy = SubmissionPolicy::default();
    for (by, refused) in
        [(id("other"), SubmissionRefused::NotAParty), (mentor(), SubmissionRefused::OtherSide(Side::Student))]
    {
        let replaced = submission.replace(&by, "second".into(), true, &assignment(), policy, due());
        assert_eq!(replaced, Err(refused));
    }
    assert_eq!(submission, on_time());
}

#[test]
fn the_file_of_a_reviewed_submission_is_not_replaced() {
    let mut submission = reviewed(on_time());
    assert_eq!(replace(&mut submission, true, due()), Err(SubmissionRefused::Reviewed));
    assert_eq!(submission, reviewed(on_time()));
}

#[test]
fn a_timely_submission_becomes_late_only_if_the_student_confirms() {
    let mut submission = on_time();
    let after = due().plus(INSTANT);
    assert_eq!(replace(&mut submission, false, after), Err(SubmissionRefused::WouldBecomeLate));
    assert_eq!(submission, on_time());
    assert_eq!(replace(&mut submission, true, after), Ok(()));
    assert_eq!(submission.status, SubmissionStatus::Late);
}

#[test]
fn a_late_submission_is_replaced_without_confirming_again() {
    let mut submission = late();
    assert_eq!(replace(&mut submission, false, due().plus(days(7))), Ok(()));
    assert_eq!(submission.status, SubmissionStatus::Late);
}

#[test]
fn a_late_submission_is_in_time_when_it_is_replaced_by_the_due_time() {
    // Another program may have moved the due date and left the submission as it was.
    let mut submission = late();
    assert_eq!(replace(&mut submission, false, due()), Ok(()));
    assert_eq!(submission.status, SubmissionStatus::Submitted);
}

#[test]
fn no_file_is_replaced_more_than_7_days_after_the_due_time() {
    let mut submission = on_time();
    let closed = replace(&mut submission, true, due().plus(days(7)).plus(INSTANT));
    assert_eq!(closed, Err(SubmissionRefused::Closed));
    assert_eq!(submission, on_time());
}

#[test]
fn the_file_that_counts_already_replaces_nothing() {
    let mut submission = on_time();
    let policy = SubmissionPolicy::default();
    let again =
        submission.replace(&student(), "first".into(), false, &assignment(), policy, due().plus(days(1)));
    assert_eq!(again, Ok(vec![]));
    assert_eq!(submission, on_time());
}

#[test]
fn a_due_date_that_is_moved_beyond_a_late_submission_makes_it_timely() {
    let came = late().current.submitted_at;
    for (new_due, status) in [
        (came.minus(INSTANT), SubmissionStatus::Late),
        (came, SubmissionStatus::Submitted),
        (came.plus(days(1)), SubmissionStatus::Submitted),
    ] {
        let (mut assignment, mut submission) = (assignment(), late());
        let events = assignment.extend(&mentor(), new_due, Some(&mut submission)).unwrap();
        assert_eq!((submission.status, assignment.due_at), (status, new_due));
        assert_eq!(events.len(), usize::from(status == SubmissionStatus::Submitted));
    }
}

#[test]
fn a_reviewed_late_submission_stays_late_when_the_due_date_is_moved() {
    let (mut assignment, mut submission) = (assignment(), reviewed(late()));
    assert_eq!(assignment.extend(&mentor(), due().plus(days(2)), Some(&mut submission)), Ok(vec![]));
    assert_eq!((submission.status, assignment.due_at), (SubmissionStatus::Late, due().plus(days(2))));
}

#[test]
fn a_timely_submission_and_none_at_all_are_untouched_by_a_moved_due_date() {
    let (mut one, mut other, mut submission) = (assignment(), assignment(), on_time());
    assert_eq!(one.extend(&mentor(), due().plus(days(2)), Some(&mut submission)), Ok(vec![]));
    assert_eq!(submission, on_time());
    assert_eq!(other.extend(&mentor(), due().plus(days(2)), None), Ok(vec![]));
    assert_eq!(other.due_at, due().plus(days(2)));
}

#[test]
fn a_due_date_is_moved_to_a_later_time_only() {
    let (mut assignment, mut submission) = (assignment(), late());
    let earlier = assignment.extend(&mentor(), due().minus(INSTANT), Some(&mut submission));
    assert_eq!(earlier, Err(SubmissionRefused::NotLater));
    assert_eq!(assignment.extend(&mentor(), due(), Some(&mut submission)), Ok(vec![]));
    assert_eq!((assignment.due_at, submission), (due(), late()));
}

#[test]
fn only_the_mentor_of_the_session_moves_the_due_date() {
    let (mut assignment, mut submission) = (assignment(), late());
    for (by, refused) in
        [(id("other"), SubmissionRefused::NotAParty), (student(), SubmissionRefused::OtherSide(Side::Mentor))]
    {
        assert_eq!(assignment.extend(&by, due().plus(days(2)), Some(&mut submission)), Err(refused));
    }
    assert_eq!((assignment.due_at, submission), (due(), late()));
}

#[test]
fn only_the_mentor_of_the_session_reviews() {
    let mut submission = on_time();
    let words = Feedback::parse("Fine.").unwrap();
    for (by, refused) in
        [(id("other"), SubmissionRefused::NotAParty), (student(), SubmissionRefused::OtherSide(Side::Mentor))]
    {
        assert_eq!(submission.verify(&by, words.clone(), &assignment(), due()), Err(refused));
    }
    assert_eq!(submission, on_time());
}

#[test]
fn a_review_stands_repeating_it_says_nothing_new_and_another_is_refused() {
    let mut submission = reviewed(on_time());
    assert_eq!(submission.review, ReviewStatus::Verified);
    assert_eq!(submission.reviewed_at, Some(due().plus(hours(2))));
    let same = Feedback::parse("Mind the edge cases.").unwrap();
    assert_eq!(submission.verify(&mentor(), same, &assignment(), due().plus(days(1))), Ok(vec![]));
    let other = Feedback::parse("Fine.").unwrap();
    let refused = submission.verify(&mentor(), other, &assignment(), due().plus(days(1)));
    assert!(matches!(refused, Err(SubmissionRefused::Illegal(illegal)) if illegal.from == "VERIFIED"));
    assert_eq!(submission, reviewed(on_time()));
}

#[test]
fn events_name_the_submission_and_its_parties() {
    let mut submission = on_time();
    let policy = SubmissionPolicy::default();
    let events =
        submission.replace(&student(), "second".into(), false, &assignment(), policy, due()).unwrap();
    assert_eq!((events[0].kind(), events[0].subject().as_str()), ("submission_replaced", "4"));
    let facts = [("assignment_id", "3"), ("student_id", "student"), ("mentor_id", "mentor")];
    assert_eq!(events[0].facts(), facts.map(|(name, value)| (name, value.to_owned())));
}

proptest! {
    /// However often the file is replaced and the due date moved, the status says whether the file
    /// that counts came by the due date, and no version is lost.
    #[test]
    fn the_status_agrees_with_the_times_after_any_history(
        first in -2 * 24 * 60..=7 * 24 * 60i64,
        happenings in prop::collection::vec((any::<bool>(), 0..3 * 24 * 60i64), 0..8),
    ) {
        let minutes = |count| domain_kernel::minutes(count);
        let (mut assignment, policy) = (assignment(), SubmissionPolicy::default());
        let mut now = due().plus(minutes(first));
        let mut submission = submitted_at(now);
        let mut versions = 1;
        for (number, (replaces, span)) in happenings.into_iter().enumerate() {
            if replaces {
                now = now.plus(minutes(span));
                let file = format!("version {number}");
                if submission.replace(&student(), file, true, &assignment, policy, now).is_ok() {
                    versions += 1;
                } else {
                    prop_assert!(now > assignment.due_at.plus(policy.late_within));
                }
            } else {
                let later = assignment.due_at.plus(minutes(span));
                assignment.extend(&mentor(), later, Some(&mut submission)).unwrap();
            }
            let is_on_time = submission.current.submitted_at <= assignment.due_at;
            prop_assert_eq!(submission.status == SubmissionStatus::Submitted, is_on_time);
            prop_assert_eq!(submission.replaced.len() + 1, versions);
        }
    }
}
