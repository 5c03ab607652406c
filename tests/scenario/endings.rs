//! How sessions end, what is earned and what goes back.

use application_booking::{StartPayment, WithdrawSession};
use application_kernel::{AdjustableClock, MeansCode};
use domain_billing::{FactKind, FactOutcome, PayoutStatus};
use domain_kernel::{TimeDelta, hours, minutes};
use domain_mentoring::{CourseStatus, SessionStatus};

use crate::support::booked::{Booked, id};
use crate::support::people::inr;
use crate::support::stores::Stores;
use crate::support::world::ticket;

crate::both_stores! {
    a_withdrawn_request_is_over_and_its_mentor_is_told,
    an_approved_session_that_is_cancelled_frees_its_slots,
    money_that_comes_after_a_cancellation_is_late,
    a_cancelled_plan_keeps_what_has_taken_place_and_gives_back_the_rest,
    a_student_who_cancels_late_pays_the_next_meeting,
    what_was_earned_becomes_payable_when_its_hold_is_over,
    a_plan_that_was_not_begun_goes_back_in_whole,
    a_session_completes_with_its_last_meeting_and_its_share_is_payable_after_the_hold,
    cancelling_again_says_nothing_new,
    an_operator_cancels_whatever_is_open,
    a_completed_course_is_resumed_by_a_new_plan,
    an_order_is_not_handed_out_after_the_time_to_pay,
}

async fn a_withdrawn_request_is_over_and_its_mentor_is_told(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.request().await;
    let withdraw = |by| WithdrawSession { ticket: ticket(by), session: id(&session) };
    let refused = booked.world.booking.withdraw(withdraw(&booked.mentor)).await.unwrap_err();
    assert_eq!(refused.code().name, "other_side_decides");
    let over = booked.world.booking.withdraw(withdraw(&booked.student)).await.unwrap().into_new().unwrap();
    assert_eq!((over.status.as_str(), over.ended_by.as_deref()), ("CANCELLED", Some("student")));
    assert_eq!(over.allowed_actions, Vec::<String>::new());
    assert_eq!(
        booked.world.mails("ravi").await[0].subject,
        "The request for Java Programming was taken back"
    );
    booked.world.pass(hours(100)).await;
    assert!(!booked.world.mails("asha").await.iter().any(|mail| mail.subject.contains("has expired")));
    booked.check().await;
}

async fn an_approved_session_that_is_cancelled_frees_its_slots(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.request().await;
    booked.approve(&session).await;
    let over = booked.cancel(&booked.mentor, &session).await.unwrap();
    assert_eq!((over.status.as_str(), over.reason.as_deref()), ("CANCELLED", Some("plans changed")));
    let again = booked.request().await;
    assert_eq!(booked.approve(&again).await.status, "APPROVED", "the slots are free again");
    booked.check().await;
}

async fn money_that_comes_after_a_cancellation_is_late(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.request().await;
    booked.approve(&session).await;
    let payment = booked.start_payment(&session).await;
    booked.cancel(&booked.student, &session).await.unwrap();
    assert_eq!(booked.tell(&payment, FactKind::Captured).await, FactOutcome::Late);
    assert_eq!(booked.status(&session).await, SessionStatus::Cancelled);
}

async fn a_cancelled_plan_keeps_what_has_taken_place_and_gives_back_the_rest(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.scheduled().await;
    for item in 1..=3 {
        booked.pass_to(&session, item, minutes(15)).await;
        booked.complete(&session, u32::try_from(item).unwrap()).await.unwrap();
    }
    assert_eq!(booked.course(&session).await, Some(CourseStatus::Ongoing));
    let over = booked.cancel(&booked.mentor, &session).await.unwrap();
    assert_eq!(over.status, "CANCELLED");
    // Of 2499.00, three of eight meetings: 937.12 is kept and 1561.88 goes back.
    assert_eq!(over.payment.unwrap().refunded.unwrap().minor, 156_188);
    let ledger = booked.ledger(&session).await;
    assert_eq!((ledger.refunded, ledger.fee, ledger.payout), (inr(156_188), inr(14_056), inr(79_656)));
    let items = over.items.unwrap();
    assert_eq!(items.iter().filter(|item| item.cancelled).count(), 5);
    assert_eq!(items.iter().filter(|item| item.status.as_deref() == Some("COMPLETED")).count(), 3);
    assert_eq!(booked.course(&session).await, Some(CourseStatus::PaymentPending));
    let again = booked.request_later().await;
    assert_eq!(booked.approve(&again).await.status, "APPROVED", "the slots are free again");
    booked.check().await;
}

async fn a_student_who_cancels_late_pays_the_next_meeting(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.scheduled().await;
    booked.pass_to(&session, 1, -hours(23)).await;
    booked.cancel(&booked.student, &session).await.unwrap();
    let ledger = booked.ledger(&session).await;
    // One of eight: 312.37 is kept.
    assert_eq!(ledger.refunded, inr(249_900 - 31_237));
    booked.check().await;
}

async fn what_was_earned_becomes_payable_when_its_hold_is_over(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.scheduled().await;
    booked.pass_to(&session, 1, minutes(15)).await;
    booked.complete(&session, 1).await.unwrap();
    booked.cancel(&booked.mentor, &session).await.unwrap();
    booked.world.pass(hours(72) - minutes(1)).await;
    assert_eq!(booked.ledger(&session).await.status, PayoutStatus::Pending);
    booked.world.pass(minutes(1)).await;
    assert_eq!(booked.ledger(&session).await.status, PayoutStatus::Ready);
}

async fn a_plan_that_was_not_begun_goes_back_in_whole(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.scheduled().await;
    booked.cancel(&booked.student, &session).await.unwrap();
    let ledger = booked.ledger(&session).await;
    assert_eq!((ledger.refunded, ledger.fee, ledger.payout), (inr(249_900), inr(0), inr(0)));
    assert!(ledger.voided_at.is_some());
    booked.world.pass(hours(24 * 60)).await;
    assert_eq!(booked.ledger(&session).await.status, PayoutStatus::Pending, "nothing is ever paid out");
    booked.check().await;
}

async fn a_session_completes_with_its_last_meeting_and_its_share_is_payable_after_the_hold(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.scheduled().await;
    for item in 1..=8 {
        booked.pass_to(&session, item, minutes(15)).await;
        let seen = booked.complete(&session, u32::try_from(item).unwrap()).await.unwrap();
        assert_eq!(seen.status, if item == 8 { "COMPLETED" } else { "SCHEDULED" });
    }
    assert_eq!(booked.course(&session).await, Some(CourseStatus::Completed));
    assert_eq!(booked.world.mails("asha").await[0].subject, "Java Programming is complete");
    booked.world.pass(hours(72) - TimeDelta::microseconds(1)).await;
    assert_eq!(booked.ledger(&session).await.status, PayoutStatus::Pending);
    booked.world.pass(TimeDelta::microseconds(1)).await;
    assert_eq!(booked.ledger(&session).await.status, PayoutStatus::Ready);
    let refused = booked.cancel(&booked.student, &session).await.unwrap_err();
    assert_eq!(refused.code().name, "illegal_transition");
    booked.check().await;
}

async fn cancelling_again_says_nothing_new(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.scheduled().await;
    let over = booked.cancel(&booked.student, &session).await.unwrap();
    assert_eq!(booked.cancel(&booked.student, &session).await.unwrap(), over);
    let mails = booked.world.mails("ravi").await;
    assert_eq!(mails.iter().filter(|mail| mail.subject.contains("called off")).count(), 1);
}

async fn an_operator_cancels_whatever_is_open(stores: Stores) {
    let booked = Booked::over(stores).await;
    for stage in 0..3 {
        let session = booked.request().await;
        if stage > 0 {
            booked.approve(&session).await;
        }
        if stage > 1 {
            let payment = booked.start_payment(&session).await;
            booked.tell(&payment, FactKind::Captured).await;
        }
        booked
            .world
            .booking
            .cancel_as_operator(booked.calling_off(&id(&session), "found wrong"))
            .await
            .unwrap();
        let seen = booked.seen(&booked.student, &session).await;
        assert_eq!((seen.status.as_str(), seen.ended_by.as_deref()), ("CANCELLED", Some("operator")));
        assert_eq!(seen.reason.as_deref(), Some("found wrong"));
    }
    booked.check().await;
}

async fn a_completed_course_is_resumed_by_a_new_plan(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.scheduled().await;
    booked.pass_to(&session, 8, hours(26)).await;
    assert_eq!(booked.course(&session).await, Some(CourseStatus::Completed));
    let next = booked.request_later().await;
    assert_eq!(booked.course(&next).await, Some(CourseStatus::Completed));
    booked.approve(&next).await;
    let payment = booked.start_payment(&next).await;
    booked.tell(&payment, FactKind::Captured).await;
    assert_eq!(booked.course(&next).await, Some(CourseStatus::Ongoing));
    booked.cancel(&booked.mentor, &next).await.unwrap();
    assert_eq!(booked.course(&next).await, Some(CourseStatus::Completed));
    booked.check().await;
}

async fn an_order_is_not_handed_out_after_the_time_to_pay(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.request().await;
    booked.approve(&session).await;
    booked.start_payment(&session).await;
    // The clock's own timer has not run yet.
    booked.world.clock.advance(hours(24));
    let again = StartPayment { ticket: ticket(&booked.student), session: id(&session) };
    let refused = booked.world.booking.start_payment(again.clone()).await.unwrap_err();
    assert_eq!(refused.code().name, "too_late_to_pay");
    booked.world.pass(hours(1)).await;
    let refused = booked.world.booking.start_payment(again).await.unwrap_err();
    assert_eq!(refused.code().name, "illegal_transition");
}
