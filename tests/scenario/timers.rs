//! What clocks do.

use domain_billing::{FactKind, FactOutcome};
use domain_kernel::{hours, minutes};
use domain_mentoring::SessionStatus;

use crate::support::booked::Booked;
use crate::support::stores::Stores;

crate::both_stores! {
    a_request_expires_when_nobody_answers,
    an_answered_request_does_not_expire,
    an_unpaid_session_lapses_and_frees_its_slots,
    a_paid_session_does_not_lapse,
    a_payment_under_way_is_waited_for_a_quarter_of_an_hour,
    a_day_of_downtime_is_caught_up_once,
}

async fn a_request_expires_when_nobody_answers(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.request().await;
    booked.world.pass(hours(72) - minutes(1)).await;
    assert_eq!(booked.status(&session).await, SessionStatus::Pending);
    booked.world.pass(minutes(1)).await;
    assert_eq!(booked.status(&session).await, SessionStatus::Cancelled);
    let mails = booked.world.mails("asha").await;
    assert_eq!(mails[0].subject, "Your request for Java Programming has expired");
}

async fn an_answered_request_does_not_expire(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.request().await;
    booked.world.pass(hours(60)).await;
    booked.approve(&session).await;
    booked.world.pass(hours(12)).await;
    assert_eq!(booked.status(&session).await, SessionStatus::Approved);
}

async fn an_unpaid_session_lapses_and_frees_its_slots(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.request().await;
    booked.approve(&session).await;
    booked.world.pass(hours(24) - minutes(1)).await;
    assert_eq!(booked.status(&session).await, SessionStatus::Approved);
    booked.world.pass(minutes(1)).await;
    assert_eq!(booked.status(&session).await, SessionStatus::Cancelled);
    let again = booked.request().await;
    assert_eq!(booked.approve(&again).await.status, "APPROVED", "the slots are free again");
}

async fn a_paid_session_does_not_lapse(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.request().await;
    booked.approve(&session).await;
    let payment = booked.start_payment(&session).await;
    booked.tell(&payment, FactKind::Captured).await;
    booked.world.pass(hours(25)).await;
    assert_eq!(booked.status(&session).await, SessionStatus::Scheduled);
}

async fn a_payment_under_way_is_waited_for_a_quarter_of_an_hour(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.request().await;
    booked.approve(&session).await;
    let payment = booked.start_payment(&session).await;
    assert_eq!(booked.tell(&payment, FactKind::Authorised).await, FactOutcome::Applied);
    booked.world.pass(hours(24)).await;
    assert_eq!(booked.status(&session).await, SessionStatus::Approved);
    booked.world.pass(minutes(14)).await;
    assert_eq!(booked.status(&session).await, SessionStatus::Approved);
    booked.world.pass(minutes(1)).await;
    assert_eq!(booked.status(&session).await, SessionStatus::Cancelled);
}

async fn a_day_of_downtime_is_caught_up_once(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.request().await;
    booked.world.pass(hours(96)).await;
    booked.world.pass(hours(96)).await;
    assert_eq!(booked.status(&session).await, SessionStatus::Cancelled);
    let mails = booked.world.mails("asha").await;
    assert_eq!(mails.iter().filter(|mail| mail.subject.contains("has expired")).count(), 1);
}
