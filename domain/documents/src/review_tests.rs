use domain_kernel::{CoverLetterId, DomainEvent, ResumeId, TimeDelta, days};

use super::*;

const INSTANT: TimeDelta = TimeDelta::microseconds(1);

const GIVEN: ReviewCircumstances =
    ReviewCircumstances { has_running_session: true, last_completed_at: None, has_pending_review: false };

fn now() -> Timestamp {
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

fn resume() -> Document {
    let current = Snapshot { title: Some("For banks".into()), version: 3, content: "{}".into() };
    Document { key: DocumentKey::Resume(ResumeId::new(5)), owner: student(), current }
}

fn ask(by: UserId, given: ReviewCircumstances) -> Result<Review, AskRefused> {
    let asked = ReviewRequest { id: ReviewId::new(9), by, mentor: mentor() };
    Review::ask(asked, &resume(), given, ReviewPolicy::default(), now()).map(|(review, _)| review)
}

fn pending() -> Review {
    ask(student(), GIVEN).unwrap()
}

fn words(text: &str) -> Feedback {
    Feedback::parse(text).unwrap()
}

fn stars(count: i32) -> Rating {
    Rating::parse(count).unwrap()
}

fn verified() -> Review {
    let mut review = pending();
    review.verify(&mentor(), words("Name your results."), stars(4), now().plus(days(1))).unwrap();
    review
}

#[test]
fn only_the_owner_asks_for_a_review_of_a_document() {
    assert_eq!(ask(id("other"), GIVEN), Err(AskRefused::NotTheOwner));
    // Not even its would-be reviewer.
    assert_eq!(ask(mentor(), GIVEN), Err(AskRefused::NotTheOwner));
}

#[test]
fn a_mentor_without_a_session_with_the_student_is_not_asked() {
    let given = ReviewCircumstances { has_running_session: false, ..GIVEN };
    assert_eq!(ask(student(), given), Err(AskRefused::NoSession));
}

#[test]
fn a_mentor_is_asked_within_30_days_after_completion_to_the_microsecond() {
    let completed = |at| {
        let given = ReviewCircumstances { has_running_session: false, last_completed_at: Some(at), ..GIVEN };
        ask(student(), given).map(|_| ())
    };
    assert_eq!(completed(now().minus(days(30))), Err(AskRefused::NoSession));
    assert_eq!(completed(now().minus(days(30)).plus(INSTANT)), Ok(()));
}

#[test]
fn a_running_session_counts_however_long_ago_another_one_was_completed() {
    let given = ReviewCircumstances { last_completed_at: Some(now().minus(days(300))), ..GIVEN };
    assert!(ask(student(), given).is_ok());
}

#[test]
fn a_document_has_one_pending_review_at_a_time() {
    let given = ReviewCircumstances { has_pending_review: true, ..GIVEN };
    assert_eq!(ask(student(), given), Err(AskRefused::PendingReview));
}

#[test]
fn a_review_is_about_the_document_as_it_was_when_asked_for() {
    let review = pending();
    assert_eq!((review.status, review.snapshot), (ReviewStatus::Pending, resume().current));
    assert_eq!((review.feedback, review.rating, review.reviewed_at), (None, None, None));
}

#[test]
fn the_mentor_verifies_with_words_and_stars() {
    let review = verified();
    assert_eq!(review.status, ReviewStatus::Verified);
    assert_eq!((review.feedback, review.rating), (Some(words("Name your results.")), Some(stars(4))));
    assert_eq!(review.reviewed_at, Some(now().plus(days(1))));
}

#[test]
fn only_the_assigned_mentor_verifies() {
    let mut review = pending();
    let by_other = review.verify(&id("other"), words("Well done."), stars(5), now());
    assert_eq!(by_other, Err(ReviewRefused::NotAParty));
    let by_student = review.verify(&student(), words("Well done."), stars(5), now());
    assert_eq!(by_student, Err(ReviewRefused::ForTheMentor));
    assert_eq!(review, pending());
}

#[test]
fn the_same_review_again_says_nothing_new_and_another_is_refused() {
    let mut review = verified();
    let again = review.verify(&mentor(), words("Name your results."), stars(4), now().plus(days(2)));
    assert_eq!(again, Ok(vec![]));
    for (text, count) in [("Name your results.", 5), ("Better.", 4)] {
        let other = review.verify(&mentor(), words(text), stars(count), now().plus(days(2)));
        assert!(matches!(other, Err(ReviewRefused::Illegal(illegal)) if illegal.from == "VERIFIED"));
    }
    assert_eq!(review, verified());
}

#[test]
fn only_the_student_withdraws() {
    assert_eq!(pending().withdraw(&id("other")), Err(ReviewRefused::NotAParty));
    assert_eq!(pending().withdraw(&mentor()), Err(ReviewRefused::ForTheStudent));
    assert_eq!(pending().withdraw(&student()).unwrap().what, ReviewHappening::Withdrawn);
}

#[test]
fn a_verified_review_is_neither_withdrawn_nor_expired() {
    assert_eq!(verified().withdraw(&student()), Err(ReviewRefused::Given));
    assert_eq!(verified().expire(now().plus(days(99))), Err(ReviewRefused::Given));
}

#[test]
fn a_review_expires_after_14_days_without_an_answer() {
    let due = now().plus(days(14));
    assert_eq!(pending().expire(due.minus(INSTANT)), Err(ReviewRefused::NotDue));
    assert_eq!(pending().expire(due).unwrap().what, ReviewHappening::Expired);
}

#[test]
fn reviews_of_resumes_and_of_letters_with_one_key_are_told_apart() {
    let of_resume = pending().withdraw(&student()).unwrap();
    let letter = Review { document: DocumentKey::CoverLetter(CoverLetterId::new(5)), ..pending() };
    let of_letter = letter.withdraw(&student()).unwrap();
    assert_eq!(of_resume.subject(), of_letter.subject());
    let kinds = (of_resume.kind(), of_letter.kind());
    assert_eq!(kinds, ("resume_review_withdrawn", "cover_letter_review_withdrawn"));
    let facts = [("document_id", "5"), ("student_id", "student"), ("mentor_id", "mentor")];
    assert_eq!(of_resume.facts(), facts.map(|(name, value)| (name, value.to_owned())));
}
