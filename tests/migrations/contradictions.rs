//! What `careernav doctor` finds in rows that contradict themselves, and what it may record anew.

use super::sql;
use crate::support::booked::Booked;
use crate::support::digest::digest;
use crate::support::stores::{Stores, postgres};
use crate::support::taken_over::TakenOverSession;

async fn booked() -> Booked {
    Booked::over(Stores::postgres().await).await
}

fn url(booked: &Booked) -> &str {
    booked.world.stores.url.as_deref().unwrap()
}

/// Each kind of contradiction with the keys of its rows; asking changes nothing.
async fn found(booked: &Booked) -> Vec<(&'static str, Vec<String>)> {
    let before = digest(url(booked)).await;
    let found = postgres(url(booked)).contradictions(booked.world.now()).await.unwrap();
    assert_eq!(digest(url(booked)).await, before);
    found.into_iter().map(|found| (found.what, found.keys)).collect()
}

fn only(what: &'static str, key: &str) -> Vec<(&'static str, Vec<String>)> {
    vec![(what, vec![key.to_owned()])]
}

#[tokio::test]
async fn rows_that_are_sound_and_rows_of_ours_contradict_nothing() {
    let booked = booked().await;
    let session = booked.scheduled().await;
    booked.cancel(&booked.student, &session).await.unwrap();
    for (key, status) in
        [("s-1", "SCHEDULED"), ("s-2", "COMPLETED"), ("s-3", "CANCELLED"), ("s-4", "REJECTED")]
    {
        TakenOverSession::sound(key, status).write(&booked).await;
    }
    assert_eq!(found(&booked).await, []);
}

type Case = (TakenOverSession<'static>, &'static str, &'static str, &'static str);

/// Each case: a session that is altered, what is found of it, and the key of the row.
async fn assert_found(cases: Vec<Case>) {
    for (session, altered, what, key) in cases {
        let booked = booked().await;
        session.write(&booked).await;
        let all = "ALTER TABLE session_schedule DISABLE TRIGGER session_schedule_status_changes;";
        sql::execute(url(&booked), &format!("{all}{altered}")).await;
        assert_eq!(found(&booked).await, only(what, key), "{what}");
    }
}

fn sound(status: &'static str) -> TakenOverSession<'static> {
    TakenOverSession::sound("s-1", status)
}

#[tokio::test]
async fn every_contradiction_of_a_session_is_found_by_its_key() {
    assert_found(vec![
        (
            TakenOverSession {
                meetings: vec!["COMPLETED"; 8],
                begins_at: sound("COMPLETED").begins_at,
                ..sound("SCHEDULED")
            },
            "",
            "sessions are SCHEDULED although every meeting has taken place",
            "s-1",
        ),
        (
            sound("COMPLETED"),
            "UPDATE session_schedule SET status = 'LOCKED' WHERE week_number = 1 AND session_number = 1",
            "sessions are COMPLETED although a meeting has not taken place",
            "s-1",
        ),
        (
            sound("COMPLETED"),
            "UPDATE sessions SET completed_at = NULL",
            "sessions are COMPLETED without completed_at",
            "s-1",
        ),
        (
            TakenOverSession { meetings: vec!["LOCKED"], ..sound("APPROVED") },
            "",
            "sessions have meetings before they are SCHEDULED, or although they were REJECTED",
            "s-1",
        ),
        (
            TakenOverSession { payment: None, payout: None, ..sound("PAID") },
            "",
            "sessions are PAID, SCHEDULED or COMPLETED without a payment that succeeded",
            "s-1",
        ),
        (
            TakenOverSession { payment: Some("SUCCESS"), payout: Some("PENDING"), ..sound("CANCELLED") },
            "",
            "sessions are not paid, or CANCELLED, although their payment is a SUCCESS",
            "s-1",
        ),
        (
            sound("PAID"),
            "UPDATE sessions SET created_at = NULL",
            "sessions have a student who is the mentor, or do not say when they were requested",
            "s-1",
        ),
        (
            sound("PAID"),
            "UPDATE sessions SET plan_id = NULL",
            "sessions have no plan, or one of another skill",
            "s-1",
        ),
    ])
    .await;
}

#[tokio::test]
async fn every_contradiction_of_a_meeting_or_of_money_is_found_by_its_key() {
    let place = "s-1 week 1 meeting 1";
    assert_found(vec![
        (
            sound("SCHEDULED"),
            "UPDATE session_schedule SET scheduled_time = '25:00' WHERE week_number = 1 AND session_number = 1",
            "meetings have a clock time that cannot be read",
            place,
        ),
        (
            sound("SCHEDULED"),
            "UPDATE session_schedule SET session_number = 3 WHERE week_number = 1 AND session_number = 1",
            "meetings lie outside of their plan's weeks, or of a week's meetings",
            "s-1 week 1 meeting 3",
        ),
        (
            sound("SCHEDULED"),
            "ALTER TABLE session_schedule DISABLE TRIGGER ALL;
             UPDATE session_schedule SET status = 'COMPLETED' WHERE week_number = 1 AND session_number = 1",
            "meetings are COMPLETED before they begin",
            place,
        ),
        (
            TakenOverSession { payout: None, ..sound("PAID") },
            "",
            "payments are a SUCCESS without a row in admin_ledger",
            "p-s-1",
        ),
        (
            TakenOverSession { payment: Some("REFUNDED"), ..sound("CANCELLED") },
            "UPDATE payments SET gateway_payment_id = NULL",
            "payments are a SUCCESS or REFUNDED without the gateway's key",
            "p-s-1",
        ),
        (
            sound("PAID"),
            "UPDATE payments SET completed_at = NULL",
            "payments are a SUCCESS without completed_at",
            "p-s-1",
        ),
        (
            sound("PAID"),
            "UPDATE admin_ledger SET platform_fee = 0",
            "rows of admin_ledger do not add up to their payment",
            "p-s-1",
        ),
        (
            TakenOverSession { payout: Some("RELEASED"), ..sound("COMPLETED") },
            "",
            "rows of admin_ledger are RELEASED without payout_released_at, or paid out before the session is COMPLETED",
            "p-s-1",
        ),
    ])
    .await;
}

#[tokio::test]
async fn what_brings_other_contradictions_along_is_found_too() {
    let booked = booked().await;
    TakenOverSession { meetings: vec![], ..TakenOverSession::sound("s-1", "SCHEDULED") }.write(&booked).await;
    TakenOverSession::sound("s-2", "PENDING").write(&booked).await;
    sql::execute(url(&booked), "UPDATE sessions SET skill_name = 'Juggling'").await;
    let found: Vec<_> =
        found(&booked).await.into_iter().map(|(what, keys)| format!("{what}: {}", keys.join(" "))).collect();
    assert_eq!(
        found,
        [
            "sessions are SCHEDULED without meetings: s-1",
            "sessions have a skill without a course: s-1 s-2",
            "sessions have no plan, or one of another skill: s-1 s-2",
            "sessions are live although another of the same student, mentor and skill is: s-1 s-2",
            "sessions have more or fewer meetings than their plan: s-1",
        ]
    );
}

#[tokio::test]
async fn contradictions_of_mentors_reviews_and_courses_are_found() {
    let booked = booked().await;
    TakenOverSession::sound("s-1", "COMPLETED").write(&booked).await;
    sql::execute(
        url(&booked),
        "INSERT INTO course_enrollments (id, student_id, mentor_id, skill_name, course_status)
             SELECT 'e-1', student_id, mentor_id, 'JAVA programming', 'ONGOING' FROM sessions;
         ALTER TABLE mentor_tests DISABLE TRIGGER mentor_tests_status_changes;
         UPDATE mentor_tests SET status = 'FAILED', completed_at = NULL;
         INSERT INTO plans (skill_name, plan_key, plan_title, price, duration_weeks, sessions_per_week)
             VALUES ('Juggling', 'basic', 'Basic', 1, 1, 1);
         INSERT INTO resumes (student_id, resume_data) SELECT student_id, '{}' FROM sessions;
         INSERT INTO resume_review_requests (resume_id, student_id, mentor_id, status)
             SELECT r.id, s.student_id, s.mentor_id, 'VERIFIED' FROM resumes r, sessions s",
    )
    .await;
    let found: Vec<&str> = found(&booked).await.into_iter().map(|(what, _)| what).collect();
    assert_eq!(
        found,
        [
            "plans have a skill without a course",
            "verifications rest on no PASSED or CONDITIONAL test of that mentor in that course",
            "tests were graded without completed_at, or have to be waited for without retry_available_after",
            "reviews of resumes are VERIFIED without feedback, rating or time",
            "courses do not stand where their sessions, all of them taken over, say",
        ]
    );
}

#[tokio::test]
async fn only_courses_of_sessions_with_terms_are_recorded_anew() {
    let booked = booked().await;
    let session = booked.scheduled().await;
    TakenOverSession::sound("s-1", "COMPLETED").write(&booked).await;
    sql::execute(
        url(&booked),
        "ALTER TABLE course_enrollments DISABLE TRIGGER course_enrollments_status_changes;
         UPDATE course_enrollments SET course_status = 'PAYMENT_PENDING';
         ALTER TABLE course_enrollments ENABLE TRIGGER course_enrollments_status_changes",
    )
    .await;
    let stale = booked.world.booking.stale_courses().await.unwrap();
    let keys: Vec<String> = stale.iter().map(|course| course.session.to_string()).collect();
    assert_eq!(keys, [session.id]);
    booked.world.booking.recompute_course(&stale[0].session).await.unwrap();
    assert_eq!(booked.world.booking.stale_courses().await.unwrap(), []);
    booked.check().await;
}

async fn courses_stand_where_their_sessions_say(stores: Stores) {
    let booked = Booked::over(stores).await;
    booked.scheduled().await;
    assert_eq!(booked.world.booking.stale_courses().await.unwrap(), []);
}

crate::both_stores!(courses_stand_where_their_sessions_say);
