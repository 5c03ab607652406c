use domain_kernel::{DomainEvent, Labelled, TimeDelta, days, hours, minutes};

use super::*;

const INSTANT: TimeDelta = TimeDelta::microseconds(1);

fn now() -> Timestamp {
    Timestamp::EPOCH.plus(days(1_000))
}

fn id(text: &str) -> UserId {
    UserId::parse(text).unwrap()
}

fn mentor() -> UserId {
    id("mentor")
}

/// Question 1 to `count`, the odd ones on loops and the even ones on types; the key is option 2.
fn questions(count: i32) -> Vec<PaperQuestion> {
    (1..=count)
        .map(|number| PaperQuestion {
            id: TestQuestionId::new(number),
            topic: if number % 2 == 1 { "loops" } else { "types" }.into(),
            text: format!("question {number}"),
            options: ["a", "b", "c", "d"].map(str::to_owned).to_vec(),
            key: 2,
        })
        .collect()
}

fn asked() -> AttemptRequest {
    AttemptRequest {
        id: TestAttemptId::new(7),
        by: mentor(),
        role: Role::Mentor,
        course: CourseId::new(1),
        course_is_active: true,
        questions: questions(20),
    }
}

fn create(asked: AttemptRequest, earlier: &[Earlier]) -> Result<Attempt, TestRefused> {
    Attempt::create(asked, earlier, TestPolicy::default(), now()).map(|(attempt, _)| attempt)
}

fn pending() -> Attempt {
    create(asked(), &[]).unwrap()
}

fn begun() -> Attempt {
    let mut attempt = pending();
    attempt.begin(&mentor(), now()).unwrap();
    attempt
}

/// Under way, the first so many questions answered rightly and the others not at all.
fn answered(right: i32) -> Attempt {
    let mut attempt = begun();
    for number in 1..=right {
        attempt.answer(&mentor(), TestQuestionId::new(number), 2, now()).unwrap();
    }
    attempt
}

/// Submitted ten minutes after it was begun.
fn graded(right: i32) -> Attempt {
    let mut attempt = answered(right);
    attempt.submit(&mentor(), now().plus(minutes(10))).unwrap();
    attempt
}

#[test]
fn a_mentor_gets_a_test_of_twenty_questions_that_waits_to_be_begun() {
    let attempt = create(AttemptRequest { questions: questions(25), ..asked() }, &[]).unwrap();
    assert_eq!((attempt.status, attempt.paper.total()), (TestStatus::Pending, 20));
    assert_eq!((attempt.deadline, attempt.score()), (None, BasisPoints::NONE));
}

#[test]
fn a_student_gets_no_test() {
    let asked = AttemptRequest { role: Role::Student, ..asked() };
    assert_eq!(create(asked, &[]), Err(TestRefused::NotAMentor));
}

#[test]
fn an_inactive_course_is_not_tested() {
    let asked = AttemptRequest { course_is_active: false, ..asked() };
    assert_eq!(create(asked, &[]), Err(TestRefused::CourseInactive));
}

#[test]
fn a_course_with_nineteen_questions_is_not_tested() {
    let asked = AttemptRequest { questions: questions(19), ..asked() };
    assert_eq!(create(asked, &[]), Err(TestRefused::TooFewQuestions));
}

#[test]
fn a_question_that_is_drawn_twice_counts_once() {
    let mut twice = questions(19);
    twice.extend(questions(1));
    assert_eq!(
        create(AttemptRequest { questions: twice, ..asked() }, &[]),
        Err(TestRefused::TooFewQuestions)
    );
}

#[test]
fn what_the_earlier_attempts_forbid_is_not_created() {
    assert_eq!(create(asked(), &[begun().as_earlier()]), Err(TestRefused::OpenAttempt));
    assert_eq!(create(asked(), &[graded(15).as_earlier()]), Err(TestRefused::AlreadyPassed));
    let until = now().plus(minutes(10)).plus(days(7));
    assert_eq!(create(asked(), &[graded(0).as_earlier()]), Err(TestRefused::CoolingDown { until }));
}

#[test]
fn only_the_owner_learns_that_there_is_an_attempt() {
    let (mut waiting, mut running, graded, other) = (pending(), begun(), graded(20), id("other"));
    let refused = || AttemptRefused::NotTheOwner;
    assert_eq!(waiting.begin(&other, now()), Err(refused()));
    assert_eq!(running.answer(&other, TestQuestionId::new(1), 0, now()), Err(refused()));
    assert_eq!(running.submit(&other, now()), Err(refused()));
    assert_eq!(running.questions(&other), Err(refused()));
    assert_eq!(graded.result(&other), Err(refused()));
    assert_eq!((waiting, running), (pending(), begun()));
}

#[test]
fn an_attempt_is_begun_within_24_hours_to_the_microsecond() {
    let mut attempt = pending();
    assert_eq!(attempt.begin(&mentor(), now().plus(hours(24))), Err(AttemptRefused::TooLateToBegin));
    assert_eq!(attempt, pending());
    assert!(attempt.begin(&mentor(), now().plus(hours(24) - INSTANT)).is_ok());
}

#[test]
fn thirty_minutes_run_from_the_beginning() {
    let mut attempt = pending();
    attempt.begin(&mentor(), now().plus(hours(3))).unwrap();
    assert_eq!(attempt.deadline, Some(now().plus(hours(3)).plus(minutes(30))));
}

#[test]
fn beginning_again_gives_no_more_time() {
    let mut attempt = begun();
    assert_eq!(attempt.begin(&mentor(), now().plus(minutes(20))), Ok(vec![]));
    assert_eq!(attempt, begun());
}

#[test]
fn a_graded_attempt_is_not_begun_again() {
    assert!(matches!(graded(20).begin(&mentor(), now()), Err(AttemptRefused::Illegal(_))));
}

#[test]
fn questions_are_shown_while_the_test_is_under_way_only() {
    assert_eq!(pending().questions(&mentor()), Err(AttemptRefused::NotUnderWay));
    assert_eq!(graded(20).questions(&mentor()), Err(AttemptRefused::NotUnderWay));
    let attempt = answered(1);
    let shown = attempt.questions(&mentor()).unwrap();
    assert_eq!(shown.len(), 20);
    assert_eq!((shown[0].text, shown[0].options.len(), shown[0].answer), ("question 1", 4, Some(2)));
    assert_eq!(shown[1].answer, None);
}

#[test]
fn shown_questions_and_results_do_not_depend_on_the_keys_of_unanswered_questions() {
    // Two tests that differ in their keys only look alike to who has not answered, so no key is
    // in what is shown.
    let with_key = |key| {
        let questions = questions(20).into_iter().map(|question| PaperQuestion { key, ..question });
        let mut attempt = create(AttemptRequest { questions: questions.collect(), ..asked() }, &[]).unwrap();
        attempt.begin(&mentor(), now()).unwrap();
        let shown = format!("{:?}", attempt.questions(&mentor()).unwrap());
        attempt.submit(&mentor(), now()).unwrap();
        (shown, attempt.result(&mentor()).unwrap())
    };
    assert_eq!(with_key(0), with_key(3));
}

#[test]
fn the_last_answer_counts() {
    let mut attempt = answered(15);
    attempt.answer(&mentor(), TestQuestionId::new(1), 0, now()).unwrap();
    attempt.submit(&mentor(), now()).unwrap();
    assert_eq!((attempt.paper.correct(), attempt.status), (14, TestStatus::Conditional));
}

#[test]
fn an_answer_is_taken_before_the_deadline_to_the_microsecond() {
    let mut attempt = begun();
    let deadline = attempt.deadline.unwrap();
    let late = attempt.answer(&mentor(), TestQuestionId::new(1), 2, deadline);
    assert_eq!(late, Err(AttemptRefused::TooLateToAnswer));
    assert_eq!(attempt, begun());
    assert!(attempt.answer(&mentor(), TestQuestionId::new(1), 2, deadline.minus(INSTANT)).is_ok());
}

#[test]
fn nothing_is_answered_before_the_beginning_or_after_grading() {
    for mut attempt in [pending(), graded(0)] {
        let refused = attempt.answer(&mentor(), TestQuestionId::new(1), 2, now());
        assert!(matches!(refused, Err(AttemptRefused::Illegal(_))));
    }
}

#[test]
fn only_a_question_of_the_test_and_an_option_of_the_question_are_answered() {
    let mut attempt = begun();
    let unknown = attempt.answer(&mentor(), TestQuestionId::new(21), 0, now());
    assert_eq!(unknown, Err(AttemptRefused::UnknownQuestion));
    let none = attempt.answer(&mentor(), TestQuestionId::new(1), 4, now());
    assert_eq!(none, Err(AttemptRefused::NoSuchOption));
    assert_eq!(attempt, begun());
}

#[test]
fn right_answers_decide_the_result_and_when_to_try_again() {
    let completed = now().plus(minutes(10));
    for (right, status, retry_at) in [
        (20, TestStatus::Passed, None),
        (15, TestStatus::Passed, None),
        (14, TestStatus::Conditional, Some(completed.plus(hours(24)))),
        (12, TestStatus::Conditional, Some(completed.plus(hours(24)))),
        (11, TestStatus::Failed, Some(completed.plus(days(7)))),
        (0, TestStatus::Failed, Some(completed.plus(days(7)))),
    ] {
        let attempt = graded(right);
        assert_eq!((attempt.status, attempt.retry_at), (status, retry_at), "{right}");
        assert_eq!(attempt.completed_at, Some(completed));
        assert_eq!(i32::from(attempt.score().get()), right * 500);
    }
}

#[test]
fn a_failed_mentor_tries_again_exactly_7_days_after_completion() {
    let failed = graded(0);
    let until = failed.completed_at.unwrap().plus(days(7));
    let again = |at| Attempt::create(asked(), &[failed.as_earlier()], TestPolicy::default(), at);
    assert_eq!(again(until.minus(INSTANT)).unwrap_err(), TestRefused::CoolingDown { until });
    assert!(again(until).is_ok());
}

#[test]
fn an_attempt_has_no_score_while_it_is_under_way() {
    assert_eq!(answered(15).score(), BasisPoints::NONE);
    assert_eq!(graded(15).score().get(), 7500);
}

#[test]
fn submitting_again_says_nothing_new() {
    let mut attempt = graded(20);
    assert_eq!(attempt.submit(&mentor(), now().plus(hours(1))), Ok(vec![]));
    assert_eq!(attempt, graded(20));
}

#[test]
fn an_attempt_that_has_not_begun_is_neither_submitted_nor_timed_out() {
    assert!(matches!(pending().submit(&mentor(), now()), Err(AttemptRefused::Illegal(_))));
    assert!(matches!(pending().time_out(now().plus(days(9))), Err(AttemptRefused::Illegal(_))));
}

#[test]
fn the_clock_grades_what_was_answered_at_the_deadline_and_not_before() {
    let mut attempt = answered(15);
    let deadline = attempt.deadline.unwrap();
    assert_eq!(attempt.time_out(deadline.minus(INSTANT)), Err(AttemptRefused::NotDue));
    let events = attempt.time_out(deadline).unwrap();
    assert_eq!(events[0].what, TestHappening::Graded(TestStatus::Passed));
    assert!(matches!(attempt.time_out(deadline), Err(AttemptRefused::Illegal(_))));
}

#[test]
fn a_late_clock_or_a_late_submission_lengthens_no_cool_down() {
    let deadline = begun().deadline.unwrap();
    let (mut by_clock, mut by_mentor) = (begun(), begun());
    by_clock.time_out(deadline.plus(days(1))).unwrap();
    by_mentor.submit(&mentor(), deadline.plus(days(1))).unwrap();
    for attempt in [by_clock, by_mentor] {
        assert_eq!(attempt.completed_at, Some(deadline));
        assert_eq!(attempt.retry_at, Some(deadline.plus(days(7))));
    }
}

#[test]
fn an_attempt_that_was_not_begun_is_removed_after_24_hours() {
    let attempt = pending();
    assert_eq!(attempt.remove(now().plus(hours(24) - INSTANT)), Err(AttemptRefused::NotDue));
    assert_eq!(attempt.remove(now().plus(hours(24))).unwrap().what, TestHappening::Removed);
}

#[test]
fn an_attempt_that_was_begun_is_never_removed() {
    for attempt in [begun(), graded(0), graded(12), graded(20)] {
        assert_eq!(attempt.remove(now().plus(days(9))), Err(AttemptRefused::HasBegun));
    }
}

#[test]
fn a_result_is_right_and_wrong_by_topic_once_it_is_graded() {
    assert_eq!(begun().result(&mentor()), Err(AttemptRefused::NotGraded));
    let result = graded(13).result(&mentor()).unwrap();
    let topics: Vec<(&str, u32, u32)> =
        result.topics.iter().map(|topic| (topic.topic.as_str(), topic.right, topic.wrong)).collect();
    assert_eq!(topics, [("loops", 7, 3), ("types", 6, 4)]);
    assert_eq!((result.correct, result.total), (13, 20));
}

#[test]
fn the_rules_of_the_creation_bind_the_attempt() {
    let policy = TestPolicy { pass_percent: 10, answer_within: minutes(5), ..TestPolicy::default() };
    let (mut attempt, _) = Attempt::create(asked(), &[], policy, now()).unwrap();
    attempt.begin(&mentor(), now()).unwrap();
    assert_eq!(attempt.deadline, Some(now().plus(minutes(5))));
    attempt.answer(&mentor(), TestQuestionId::new(1), 2, now()).unwrap();
    attempt.answer(&mentor(), TestQuestionId::new(2), 2, now()).unwrap();
    attempt.submit(&mentor(), now()).unwrap();
    assert_eq!(attempt.status, TestStatus::Passed);
}

#[test]
fn events_name_the_attempt_its_mentor_and_the_result() {
    let mut attempt = answered(20);
    let event = attempt.submit(&mentor(), now()).unwrap().remove(0);
    assert_eq!((event.kind(), event.subject().as_str()), ("test_graded", "7"));
    let facts = [("mentor_id", "mentor"), ("course_id", "1"), ("status", TestStatus::Passed.label())];
    assert_eq!(event.facts(), facts.map(|(name, value)| (name, value.to_owned())));
}
