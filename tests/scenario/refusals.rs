//! Each guard of the thin way.

use application_booking::{ApproveSession, RejectSession, RequestSession, StartPayment};
use application_kernel::{AdjustableClock, CurrentUser, Failure, Kind, MeansCode};
use domain_catalog::Verification;
use domain_kernel::{Role, WallTime, days, hours};
use domain_mentoring::SessionStatus;

use crate::support::booked::{Booked, id};
use crate::support::people::{course, mentor, plan};
use crate::support::stores::Stores;
use crate::support::world::ticket;

crate::both_stores! {
    a_mentor_does_not_book,
    only_a_mentor_verified_for_exactly_that_skill_is_booked,
    a_start_lies_24_hours_to_90_days_ahead,
    a_start_is_on_an_offered_weekday_and_time,
    a_student_has_at_most_five_open_requests,
    only_the_owning_mentor_answers,
    a_rejected_request_is_over,
    an_approval_comes_before_the_expiry_and_two_hours_before_the_start,
    a_mentor_is_not_booked_twice_for_one_hour,
    only_the_student_pays_and_only_in_time,
    a_revoked_token_changes_nothing,
}

/// The code with which a request is refused.
async fn refused(booked: &Booked, asked: RequestSession) -> &'static str {
    booked.world.booking.request(asked).await.unwrap_err().code().name
}

async fn a_mentor_does_not_book(stores: Stores) {
    let booked = Booked::over(stores).await;
    let asked = RequestSession { ticket: ticket(&booked.mentor), ..booked.asked() };
    assert_eq!(refused(&booked, asked).await, "students_only");
    // Even one whose role was changed meanwhile does not book themselves.
    let both = CurrentUser { role: Role::Student, ..booked.mentor.clone() };
    assert_eq!(
        refused(&booked, RequestSession { ticket: ticket(&both), ..booked.asked() }).await,
        "own_mentor"
    );
}

async fn only_a_mentor_verified_for_exactly_that_skill_is_booked(stores: Stores) {
    let booked = Booked::over(stores).await;
    let stores = &booked.world.stores;
    let (_, script) = course(stores, "JavaScript").await;
    assert_eq!(
        refused(&booked, RequestSession { plan: script, ..booked.asked() }).await,
        "mentor_not_verified"
    );
    let (java, basic) = plan(stores, "Java Programming", "basic", (1, 1)).await;
    let conditional = mentor(stores, "meera", java, Verification::BasicOnly).await;
    let standard = RequestSession { mentor: conditional.clone(), ..booked.asked() };
    assert_eq!(refused(&booked, standard).await, "mentor_not_verified");
    let basic = RequestSession { mentor: conditional, plan: basic, ..booked.asked() };
    assert_eq!(booked.world.booking.request(basic).await.unwrap().into_new().unwrap().status, "PENDING");
}

async fn a_start_lies_24_hours_to_90_days_ahead(stores: Stores) {
    let booked = Booked::over(stores).await;
    // It is Monday, 13:30 in Kolkata.
    for (date, time, code) in [
        ("2026-11-24", "13:00", "start_too_soon"),
        ("2026-11-23", "15:00", "start_too_soon"),
        ("2020-11-23", "15:00", "start_too_soon"),
        ("2027-02-22", "10:00", "start_too_far"),
    ] {
        let (first_date, time) = (date.parse().unwrap(), WallTime::parse(time).unwrap());
        assert_eq!(
            refused(&booked, RequestSession { first_date, time, ..booked.asked() }).await,
            code,
            "{date}"
        );
    }
    let (first_date, time) = ("2026-11-24".parse().unwrap(), WallTime::parse("13:30").unwrap());
    let exactly = RequestSession { first_date, time, ..booked.asked() };
    assert_eq!(booked.world.booking.request(exactly).await.unwrap().into_new().unwrap().status, "PENDING");
}

async fn a_start_is_on_an_offered_weekday_and_time(stores: Stores) {
    let booked = Booked::over(stores).await;
    for (date, time) in [("2026-11-28", "10:00"), ("2026-11-30", "08:59"), ("2026-11-30", "17:01")] {
        let (first_date, time) = (date.parse().unwrap(), WallTime::parse(time).unwrap());
        assert_eq!(
            refused(&booked, RequestSession { first_date, time, ..booked.asked() }).await,
            "time_not_offered"
        );
    }
}

async fn a_student_has_at_most_five_open_requests(stores: Stores) {
    let booked = Booked::over(stores).await;
    for skill in ["A", "B", "C", "D", "E", "F"] {
        let (course, plan) = course(&booked.world.stores, skill).await;
        let mentor = mentor(&booked.world.stores, &format!("m-{skill}"), course, Verification::Full).await;
        let asked = RequestSession { mentor, plan, ..booked.asked() };
        if skill == "F" {
            assert_eq!(refused(&booked, asked).await, "too_many_open_requests");
        } else {
            booked.world.booking.request(asked).await.unwrap();
        }
    }
}

async fn only_the_owning_mentor_answers(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.request().await;
    let stranger = booked.world.sign_up("bela", Role::Mentor).await;
    for (by, code, kind) in
        [(&booked.student, "other_side_decides", Kind::Forbidden), (&stranger, "not_found", Kind::NotFound)]
    {
        let approve = ApproveSession { ticket: ticket(by), session: id(&session) };
        let refused = booked.world.booking.approve(approve).await.unwrap_err().code();
        assert_eq!((refused.name, refused.kind), (code, kind));
        let reject = RejectSession { ticket: ticket(by), session: id(&session), reason: "no".into() };
        assert_eq!(booked.world.booking.reject(reject).await.unwrap_err().code().name, code);
    }
    assert_eq!(booked.status(&session).await, SessionStatus::Pending);
}

async fn a_rejected_request_is_over(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.request().await;
    let reject =
        RejectSession { ticket: ticket(&booked.mentor), session: id(&session), reason: "Away".into() };
    let rejected = booked.world.booking.reject(reject).await.unwrap().into_new().unwrap();
    assert_eq!((rejected.status.as_str(), rejected.reason.as_deref()), ("REJECTED", Some("Away")));
    let refused = booked.world.booking.approve(booked.approval(&session)).await.unwrap_err();
    assert_eq!(refused.code().name, "illegal_transition");
    let extensions = serde_json::to_value(refused.extensions()).unwrap();
    assert_eq!(
        extensions,
        serde_json::json!([
            ["machine", "SessionStatus"],
            ["from", "REJECTED"],
            ["event", "approve"],
            ["allowed", []]
        ])
    );
    assert_eq!(booked.world.mails("asha").await[0].subject, "Your request for Java Programming was declined");
    assert_eq!(booked.request().await.status, "PENDING", "the student can ask again");
}

async fn an_approval_comes_before_the_expiry_and_two_hours_before_the_start(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.request().await;
    // The worker is down: the request is still PENDING when its time is over.
    booked.world.clock.advance(hours(72));
    let refused = booked.world.booking.approve(booked.approval(&session)).await.unwrap_err();
    assert_eq!(refused.code().name, "too_late_to_approve");
    assert_eq!(booked.seen(&booked.mentor, &session).await.allowed_actions, ["reject"]);
}

async fn a_mentor_is_not_booked_twice_for_one_hour(stores: Stores) {
    let booked = Booked::over(stores).await;
    let first = booked.request().await;
    booked.approve(&first).await;
    let others = [
        booked.world.sign_up("bela", Role::Student).await,
        booked.world.sign_up("chen", Role::Student).await,
    ];
    for student in &others {
        let asked = RequestSession { ticket: ticket(student), ..booked.asked() };
        let session = booked.world.booking.request(asked).await.unwrap().into_new().unwrap();
        let refused = booked.world.booking.approve(booked.approval(&session)).await.unwrap_err();
        assert_eq!((refused.code().name, refused.code().kind), ("slot_taken", Kind::Conflict));
    }
}

async fn only_the_student_pays_and_only_in_time(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.request().await;
    let pay = async |by: &CurrentUser| {
        let command = StartPayment { ticket: ticket(by), session: id(&session) };
        booked
            .world
            .booking
            .start_payment(command)
            .await
            .map(|reply| reply.into_new().unwrap().status)
            .map_err(|e| e.code().name)
    };
    assert_eq!(pay(&booked.student).await, Err("illegal_transition"));
    booked.approve(&session).await;
    assert_eq!(pay(&booked.mentor).await, Err("other_side_decides"));
    let stranger = booked.world.sign_up("bela", Role::Student).await;
    assert_eq!(pay(&stranger).await, Err("not_found"));
    booked.world.clock.advance(days(1));
    assert_eq!(pay(&booked.student).await, Err("too_late_to_pay"));
}

async fn a_revoked_token_changes_nothing(stores: Stores) {
    let booked = Booked::over(stores).await;
    let old = CurrentUser { token_version: 7, ..booked.student.clone() };
    let asked = RequestSession { ticket: ticket(&old), ..booked.asked() };
    assert_eq!(refused(&booked, asked).await, "token_revoked");
}
