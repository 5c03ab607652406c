//! Money that a student's bank wants back.

use application_billing::DisputeTold;
use application_kernel::Failure;
use domain_billing::{DisputeStep, FactOutcome, PayoutOutcome};
use domain_kernel::hours;
use domain_mentoring::SessionStatus;

use crate::both_stores;
use crate::support::money::{Cast, code};
use crate::support::stores::Stores;

both_stores! {
    a_dispute_that_is_won_frees_the_share,
    a_dispute_that_is_lost_calls_the_session_off,
    a_dispute_that_is_lost_after_the_payout_is_the_mentors_debt,
}

async fn a_dispute_that_is_won_frees_the_share(stores: Stores) {
    let cast = Cast::over(stores).await;
    let (session, payment) = cast.payable().await;
    let lost = cast.dispute(&session, DisputeTold::Ended(DisputeStep::Lose)).await;
    assert_eq!(code(lost), "not_found", "its opening is still to come");
    assert_eq!(cast.dispute(&session, DisputeTold::Opened(None)).await.unwrap(), FactOutcome::Applied);
    assert_eq!(cast.dispute(&session, DisputeTold::Opened(None)).await.unwrap(), FactOutcome::Ignored);
    let held = cast.payout(&payment).await;
    assert_eq!((held.status.as_str(), held.dispute_id.is_some()), ("PENDING", true));
    assert_eq!(code(cast.refund(&payment, Some(1)).await), "dispute_open");
    assert_eq!(cast.balance("dispute_hold:INR").await, 249_900);
    cast.booked.world.pass(hours(100)).await;
    assert_eq!(cast.payout(&payment).await.status, "PENDING");
    cast.check().await;
    assert_eq!(
        cast.dispute(&session, DisputeTold::Ended(DisputeStep::Win)).await.unwrap(),
        FactOutcome::Applied
    );
    let late = cast.dispute(&session, DisputeTold::Ended(DisputeStep::Lose)).await.unwrap();
    assert_eq!(late, FactOutcome::Ignored);
    let again = cast.dispute(&session, DisputeTold::Ended(DisputeStep::Win)).await.unwrap();
    assert_eq!(again, FactOutcome::Ignored);
    assert_eq!(cast.audited("dispute.ignored").await, 1, "only what contradicts is news");
    cast.work().await;
    assert_eq!(cast.payout(&payment).await.status, "READY");
    cast.check().await;
}

async fn a_dispute_that_is_lost_calls_the_session_off(stores: Stores) {
    let cast = Cast::over(stores).await;
    let session = cast.booked.scheduled().await;
    let payment = cast.booked.ledger(&session).await.payment;
    cast.dispute(&session, DisputeTold::Opened(None)).await.unwrap();
    let refused = cast.booked.cancel(&cast.booked.mentor, &session).await.unwrap_err();
    assert_eq!(application_kernel::MeansCode::code(&refused).name, "dispute_open");
    assert!(refused.store().is_none());
    cast.dispute(&session, DisputeTold::Ended(DisputeStep::Lose)).await.unwrap();
    assert_eq!(cast.payment_of(&session).await, "REFUNDED");
    cast.work().await;
    assert_eq!(cast.booked.status(&session).await, SessionStatus::Cancelled);
    assert!(cast.payout(&payment).await.voided_at.is_some());
    assert_eq!(cast.refunds(&payment).await, [], "the student's bank gave it back");
    assert_eq!((cast.balance("gateway_clearing:INR").await, cast.balance("escrow:INR").await), (0, 0));
    cast.check().await;
}

async fn a_dispute_that_is_lost_after_the_payout_is_the_mentors_debt(stores: Stores) {
    let cast = Cast::over(stores).await;
    let (session, payment) = cast.paid_out().await;
    cast.dispute(&session, DisputeTold::Opened(Some(100_000))).await.unwrap();
    let returned = PayoutOutcome::Returned { reason: "closed".into() };
    assert_eq!(code(cast.record(&cast.payout(&payment).await, returned).await), "dispute_open");
    cast.dispute(&session, DisputeTold::Ended(DisputeStep::Lose)).await.unwrap();
    let mentor = format!("mentor_receivable:INR:{}", cast.booked.mentor.id);
    assert_eq!(cast.balance(&mentor).await, 85_000);
    assert_eq!(cast.payout(&payment).await.clawed_back.minor, 100_000);
    assert_eq!(cast.payment_of(&session).await, "SUCCESS");
    cast.check().await;
}
