//! From a request to planned meetings.

use std::sync::Arc;

use application_booking::ports::{GatewayDown, MockPaymentGateway};
use application_booking::{AskDates, Booking, StartPayment};
use application_kernel::{AdjustableClock, Kind, MeansCode};
use domain_billing::{FactKind, FactOutcome, GatewayFact};
use domain_kernel::{UserId, WallTime, days, hours};
use domain_mentoring::SessionStatus;

use serde_json::json;

use crate::support::booked::{Booked, id};
use crate::support::ids::CountedIds;
use crate::support::people::policy;
use crate::support::stores::Stores;
use crate::support::world::{World, ticket};

crate::both_stores! {
    a_student_sees_the_dates_before_asking,
    a_request_that_is_approved_and_paid_is_scheduled,
    the_parties_are_mailed,
    the_same_capture_again_changes_nothing,
    a_capture_of_another_amount_leaves_the_session_waiting,
    a_failed_attempt_can_be_followed_by_another,
    a_capture_after_the_time_to_pay_goes_back_and_leaves_the_session,
    a_repeated_request_makes_one_session,
    approving_again_answers_with_the_approval,
    a_plan_whose_first_day_has_passed_begins_on_the_next_free_day,
    a_gateway_that_is_down_leaves_the_order_to_the_job,
}

async fn a_student_sees_the_dates_before_asking(stores: Stores) {
    let booked = Booked::over(stores).await;
    let ask = AskDates {
        mentor: booked.mentor.id.clone(),
        plan: booked.plan,
        first_date: "2026-12-03".parse().unwrap(),
        time: WallTime::parse("10:00").unwrap(),
    };
    let dates = booked.world.booking.dates(ask.clone()).await.unwrap();
    let days: Vec<&str> = dates.items.iter().map(|item| item.local_date.as_str()).collect();
    // Thursday and Friday of each week that begins on a Thursday.
    assert_eq!(
        days,
        [
            "2026-12-03",
            "2026-12-04",
            "2026-12-10",
            "2026-12-11",
            "2026-12-17",
            "2026-12-18",
            "2026-12-24",
            "2026-12-25"
        ]
    );
    assert_eq!(
        (dates.zone.as_str(), dates.items[0].starts_at.as_str()),
        ("Asia/Kolkata", "2026-12-03T04:30:00Z")
    );
    let weekend = AskDates { first_date: "2026-12-05".parse().unwrap(), ..ask.clone() };
    assert_eq!(booked.world.booking.dates(weekend).await.unwrap_err().code().name, "time_not_offered");
    let nobody = AskDates { mentor: UserId::parse("nobody").unwrap(), ..ask };
    assert_eq!(booked.world.booking.dates(nobody).await.unwrap_err().code().name, "mentor_not_verified");
}

async fn a_request_that_is_approved_and_paid_is_scheduled(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.request().await;
    assert_eq!((session.status.as_str(), session.mentor.name.as_str()), ("PENDING", "ravi P."));
    assert_eq!(session.allowed_actions, ["withdraw"]);
    assert_eq!(booked.seen(&booked.mentor, &session).await.allowed_actions, ["approve", "reject"]);

    let approved = booked.approve(&session).await;
    assert_eq!((approved.status.as_str(), approved.student.name.as_str()), ("APPROVED", "asha Person"));
    assert_eq!(approved.pay_by.as_deref(), Some("2026-11-24T08:00:00Z"));
    assert_eq!(booked.seen(&booked.student, &session).await.allowed_actions, ["pay", "cancel"]);

    let payment = booked.start_payment(&session).await;
    assert_eq!((payment.status.as_str(), payment.amount.minor), ("PENDING", 249_900));
    assert_eq!(booked.tell(&payment, FactKind::Captured).await, FactOutcome::Applied);

    let scheduled = booked.seen(&booked.student, &session).await;
    assert_eq!(scheduled.status, "SCHEDULED");
    assert_eq!(scheduled.payment.unwrap().status, "SUCCESS");
    let items = scheduled.items.unwrap();
    assert_eq!((items.len(), items[0].topic.as_deref()), (8, Some("The first meeting")));
    assert_eq!(items[1].topic.as_deref(), Some("Java Programming 2"));
    assert!(
        items.iter().all(|item| item.status.as_deref() == Some("LOCKED")),
        "no meeting is born completed"
    );
}

async fn the_parties_are_mailed(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.request().await;
    let to_mentor = booked.world.mails("ravi").await;
    assert_eq!(to_mentor[0].subject, "A request for Java Programming");
    booked.approve(&session).await;
    let to_student = booked.world.mails("asha").await;
    assert_eq!(to_student[0].subject, "ravi Person will teach you Java Programming");
    let payment = booked.start_payment(&session).await;
    booked.tell(&payment, FactKind::Captured).await;
    for party in ["asha", "ravi"] {
        let mails = booked.world.mails(party).await;
        let begins = mails.iter().filter(|mail| mail.subject == "Java Programming begins on 2026-11-30");
        assert_eq!(begins.count(), 1, "{party}");
    }
}

async fn the_same_capture_again_changes_nothing(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.request().await;
    booked.approve(&session).await;
    let payment = booked.start_payment(&session).await;
    booked.tell(&payment, FactKind::Captured).await;
    let before = booked.seen(&booked.student, &session).await;
    assert_eq!(booked.tell(&payment, FactKind::Captured).await, FactOutcome::Ignored);
    let other_message =
        GatewayFact { event: "told again".into(), ..booked.fact(&payment, FactKind::Captured) };
    assert_eq!(booked.world.booking.record_gateway_fact(&other_message).await.unwrap(), FactOutcome::Ignored);
    let second = GatewayFact { event: "second".into(), attempt: "second".into(), ..other_message };
    assert_eq!(booked.world.booking.record_gateway_fact(&second).await.unwrap(), FactOutcome::Second);
    assert_eq!(booked.seen(&booked.student, &session).await, before);
}

async fn a_capture_of_another_amount_leaves_the_session_waiting(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.request().await;
    booked.approve(&session).await;
    let payment = booked.start_payment(&session).await;
    let wrong = GatewayFact {
        amount_minor: 1,
        event: "wrong".into(),
        attempt: "wrong".into(),
        ..booked.fact(&payment, FactKind::Captured)
    };
    assert_eq!(booked.world.booking.record_gateway_fact(&wrong).await.unwrap(), FactOutcome::Mismatch);
    assert_eq!(booked.status(&session).await, SessionStatus::Approved);
    assert_eq!(booked.tell(&payment, FactKind::Captured).await, FactOutcome::Applied);
    let unknown = GatewayFact { order: "unknown".into(), event: "unknown".into(), ..wrong };
    let refused = booked.world.booking.record_gateway_fact(&unknown).await.unwrap_err();
    assert_eq!(refused.code().name, "unknown_order");
}

async fn a_failed_attempt_can_be_followed_by_another(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.request().await;
    booked.approve(&session).await;
    let payment = booked.start_payment(&session).await;
    assert_eq!(booked.tell(&payment, FactKind::Failed).await, FactOutcome::Applied);
    assert_eq!(booked.status(&session).await, SessionStatus::Approved);
    let again = booked.start_payment(&session).await;
    assert_eq!(
        (again.id.as_str(), again.status.as_str(), &again.order),
        (payment.id.as_str(), "PENDING", &payment.order)
    );
    assert_eq!(booked.tell(&again, FactKind::Captured).await, FactOutcome::Applied);
    assert_eq!(booked.status(&session).await, SessionStatus::Scheduled);
}

async fn a_capture_after_the_time_to_pay_goes_back_and_leaves_the_session(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.request().await;
    booked.approve(&session).await;
    let payment = booked.start_payment(&session).await;
    booked.world.pass(hours(24)).await;
    assert_eq!(booked.status(&session).await, SessionStatus::Cancelled);
    assert_eq!(booked.tell(&payment, FactKind::Captured).await, FactOutcome::Late);
    let seen = booked.seen(&booked.student, &session).await;
    assert_eq!((seen.status.as_str(), seen.payment.unwrap().status.as_str()), ("CANCELLED", "SUCCESS"));
}

async fn a_repeated_request_makes_one_session(stores: Stores) {
    let booked = Booked::over(stores).await;
    let asked = booked.asked();
    let first = booked.world.booking.request(asked.clone()).await.unwrap();
    let second = booked.world.booking.request(asked.clone()).await.unwrap();
    assert_eq!((first.is_replayed(), second.is_replayed()), (false, true));
    assert_eq!(first.created, second.created);
    assert_eq!(json!(first.answer), json!(second.answer));
    let mut other = asked.clone();
    other.ticket.fingerprint = "e".repeat(64);
    let refused = booked.world.booking.request(other).await.unwrap_err();
    assert_eq!((refused.code().name, refused.code().kind), ("idempotency_key_reused", Kind::Rule));
    let mut fresh = asked;
    fresh.ticket.key = "another".into();
    let refused = booked.world.booking.request(fresh).await.unwrap_err();
    assert_eq!(refused.code().name, "live_session_exists");
}

async fn approving_again_answers_with_the_approval(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.request().await;
    let first = booked.approve(&session).await;
    let again = booked.world.booking.approve(booked.approval(&session)).await.unwrap();
    assert_eq!(again.into_new(), Some(first));
    let approvals = booked.world.mails("asha").await;
    assert_eq!(approvals.iter().filter(|mail| mail.subject.contains("will teach you")).count(), 1);
    // Paying twice is one payment too.
    let payment = booked.start_payment(&session).await;
    assert_eq!(booked.start_payment(&session).await, payment);
    booked.tell(&payment, FactKind::Captured).await;
    let command = StartPayment { ticket: ticket(&booked.student), session: id(&session) };
    let paid = booked.world.booking.start_payment(command).await.unwrap().into_new().unwrap();
    assert_eq!((paid.id, paid.status.as_str()), (payment.id, "SUCCESS"));
}

async fn a_plan_whose_first_day_has_passed_begins_on_the_next_free_day(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.request().await;
    booked.approve(&session).await;
    let payment = booked.start_payment(&session).await;
    // The worker is down, so nothing lapses; the capture comes a day after the start.
    booked.world.clock.advance(days(8));
    assert_eq!(booked.tell(&payment, FactKind::Captured).await, FactOutcome::Applied);
    let seen = booked.seen(&booked.student, &session).await;
    // It is Tuesday 1 December, 13:30 in Kolkata: the plan begins on Wednesday.
    assert_eq!((seen.status.as_str(), seen.starts_at.as_str()), ("SCHEDULED", "2026-12-02T04:30:00Z"));
    assert_eq!(seen.items.unwrap()[0].local_date, "2026-12-02");
}

async fn a_gateway_that_is_down_leaves_the_order_to_the_job(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.request().await;
    booked.approve(&session).await;
    let mut down = MockPaymentGateway::new();
    down.expect_name().return_const("simulated");
    down.expect_order().times(1).returning(|_| Err(GatewayDown { reason: "the test says so".into() }));
    let World { stores, clock, .. } = &booked.world;
    let (store, queries) = (stores.booking.clone(), stores.sessions.clone());
    let booking = Booking::new(store, queries, Arc::new(down), clock.clone(), Arc::new(CountedIds), policy());
    let command = StartPayment { ticket: ticket(&booked.student), session: id(&session) };
    let started = booking.start_payment(command).await.unwrap().into_new().unwrap();
    assert_eq!((started.status.as_str(), started.order), ("PENDING", None));
    booked.world.worker.drain().await.unwrap();
    let payment = booked.seen(&booked.student, &session).await.payment.unwrap();
    assert_eq!(payment.id, started.id);
    assert_eq!(booked.tell(&payment, FactKind::Captured).await, FactOutcome::Applied);
    assert_eq!(
        booked.seen(&booked.mentor, &session).await.payment.unwrap().order,
        None,
        "the order is the student's"
    );
}
