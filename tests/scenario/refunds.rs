//! Money that goes back: by itself, by operators, after the payout.

use application_billing::{AskClawBack, RetryRefund};
use application_booking::ports::GatewaySimulator;
use application_kernel::{PageRequest, PageSize};
use domain_billing::{FactKind, FactOutcome, RefundOutcome, RefundStatus};
use domain_kernel::{RefundId, hours, minutes};
use domain_mentoring::SessionStatus;

use crate::both_stores;
use crate::support::bank::Says;
use crate::support::money::{Cast, code};
use crate::support::stores::Stores;
use crate::support::world::ticket;

both_stores! {
    what_is_given_back_for_a_cancelled_session_arrives_once,
    a_gateway_that_does_not_answer_is_asked_again_under_the_same_key,
    a_refund_that_is_refused_five_times_waits_for_an_operator,
    a_gateway_that_refuses_is_left_alone_for_longer_each_time,
    money_that_the_books_cannot_hold_waits_for_operators,
    another_claw_back_than_the_one_that_waits_is_refused,
    late_second_and_wrong_captures_go_back_by_themselves,
    an_operators_refund_leaves_the_rest_payable,
    a_session_that_goes_on_keeps_some_of_its_money,
    what_was_paid_out_is_clawed_back_by_two_operators,
}

async fn what_is_given_back_for_a_cancelled_session_arrives_once(stores: Stores) {
    let cast = Cast::over(stores).await;
    let session = cast.booked.scheduled().await;
    cast.booked.cancel(&cast.booked.mentor, &session).await.unwrap();
    let payment = cast.booked.ledger(&session).await.payment;
    cast.work().await;
    let refunds = cast.refunds(&payment).await;
    assert_eq!((refunds.len(), refunds[0].status.as_str(), refunds[0].tries), (1, "PROCESSED", 1));
    let done: Vec<i64> = cast.booked.world.bank.done().into_values().collect();
    assert_eq!(done, [249_900]);
    assert_eq!(cast.payment_of(&session).await, "REFUNDED");
    let id = RefundId::parse(refunds[0].id.clone()).unwrap();
    cast.booked.world.billing.send_refund(&id).await.unwrap();
    assert_eq!(cast.booked.world.bank.asked().len(), 1, "what arrived is not asked for again");
    assert_eq!(cast.balance("gateway_clearing:INR").await, 0);
    cast.check().await;
}

async fn a_gateway_that_does_not_answer_is_asked_again_under_the_same_key(stores: Stores) {
    let cast = Cast::over(stores).await;
    let session = cast.booked.scheduled().await;
    let bank = &cast.booked.world.bank;
    bank.will_say(&[Says::Silent, Says::DoneAndSilent, Says::Later]);
    cast.booked.cancel(&cast.booked.mentor, &session).await.unwrap();
    cast.booked.world.pass(minutes(10)).await;
    let payment = cast.booked.ledger(&session).await.payment;
    assert_eq!(cast.refunds(&payment).await[0].status, "SUBMITTED");
    cast.check().await;
    for _ in 0..5 {
        cast.booked.world.pass(hours(2)).await;
    }
    assert_eq!(cast.refunds(&payment).await[0].status, "PROCESSED");
    let asked = bank.asked();
    assert!(asked.len() >= 4 && asked.iter().all(|key| *key == asked[0]), "{asked:?}");
    assert_eq!(bank.done().len(), 1);
    cast.check().await;
}

async fn a_refund_that_is_refused_five_times_waits_for_an_operator(stores: Stores) {
    let cast = Cast::over(stores).await;
    let session = cast.booked.scheduled().await;
    let bank = &cast.booked.world.bank;
    bank.will_say(&[Says::No; 5]);
    cast.booked.cancel(&cast.booked.mentor, &session).await.unwrap();
    let payment = cast.booked.ledger(&session).await.payment;
    cast.work().await;
    for _ in 0..5 {
        cast.booked.world.pass(hours(6)).await;
    }
    let refund = cast.refunds(&payment).await.remove(0);
    assert_eq!((refund.status.as_str(), refund.tries), ("FAILED", 5));
    let mut keys = bank.asked();
    keys.dedup();
    assert_eq!((keys.len(), bank.done().len()), (5, 0), "a key for each try");
    assert_eq!(cast.payment_of(&session).await, "SUCCESS");
    assert_eq!(
        cast.booked.status(&session).await,
        SessionStatus::Cancelled,
        "a failed refund reopens nothing"
    );
    cast.check().await;
    let id = RefundId::parse(refund.id).unwrap();
    let retry = RetryRefund { ticket: ticket(&cast.ops), refund: id.clone() };
    cast.booked.world.billing.retry_refund(retry.clone()).await.unwrap();
    cast.work().await;
    assert_eq!(cast.refunds(&payment).await[0].status, "PROCESSED");
    assert_eq!(cast.payment_of(&session).await, "REFUNDED");
    let retry = RetryRefund { ticket: ticket(&cast.ops), ..retry };
    let again = cast.booked.world.billing.retry_refund(retry).await.unwrap().into_new().unwrap();
    assert_eq!(again.status, RefundStatus::Processed.to_string(), "what stands is answered");
    let stale = RefundOutcome::Failed { reason: "no".into() };
    cast.booked.world.billing.record_refund(&id, &keys[0], &stale).await.unwrap();
    assert_eq!(cast.refunds(&payment).await[0].status, "PROCESSED");
    assert_eq!(cast.audited("refund.ignored").await, 1, "what is said of an old try is recorded and ignored");
    cast.check().await;
}

async fn a_gateway_that_refuses_is_left_alone_for_longer_each_time(stores: Stores) {
    let cast = Cast::over(stores).await;
    let session = cast.booked.scheduled().await;
    let (world, bank) = (&cast.booked.world, &cast.booked.world.bank);
    bank.will_say(&[Says::No; 4]);
    cast.booked.cancel(&cast.booked.mentor, &session).await.unwrap();
    let payment = cast.booked.ledger(&session).await.payment;
    cast.work().await;
    for (asked, pause) in [(1, minutes(1)), (2, minutes(10)), (3, hours(1)), (4, hours(6))] {
        let refund = cast.refunds(&payment).await.remove(0);
        assert_eq!((refund.status.as_str(), refund.tries), ("REQUESTED", asked));
        assert_eq!(refund.failure.as_deref(), Some("the card was closed"));
        world.pass(pause - minutes(1) / 2).await;
        let count = usize::try_from(asked).unwrap();
        assert_eq!(bank.asked().len(), count, "it is left alone");
        world.pass(minutes(1) / 2).await;
        assert_eq!(bank.asked().len(), count + 1);
    }
    let refund = cast.refunds(&payment).await.remove(0);
    assert_eq!((refund.status.as_str(), refund.tries, refund.failure), ("PROCESSED", 5, None));
    cast.check().await;
}

async fn money_that_the_books_cannot_hold_waits_for_operators(stores: Stores) {
    let cast = Cast::over(stores).await;
    let booked = &cast.booked;
    let session = booked.scheduled().await;
    let order = booked.seen(&booked.student, &session).await.payment.unwrap().order.unwrap();
    let huge =
        booked.world.gateway.fact(&order, "9", FactKind::Captured, Some((10_000_000_000, "INR".into())));
    let told = booked.world.booking.record_gateway_fact(&huge.unwrap()).await.unwrap();
    assert_eq!(told, FactOutcome::Unreadable);
    for _ in 0..10 {
        booked.world.pass(hours(1)).await;
    }
    let page = PageRequest { size: PageSize::DEFAULT, after: None };
    let dead = booked.world.stores.staff.dead_jobs(&page).await.unwrap().items;
    let seen: Vec<_> =
        dead.iter().map(|job| (job.kind.as_str(), job.last_error.as_deref().unwrap())).collect();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(seen[0].0 == "gateway_fact" && seen[0].1.contains("10000000000 INR"), "{seen:?}");
    cast.check().await;
}

async fn another_claw_back_than_the_one_that_waits_is_refused(stores: Stores) {
    let cast = Cast::over(stores).await;
    let (_, payment) = cast.paid_out().await;
    let asked = cast.claw_back(&payment, Some(100_000)).await.unwrap();
    assert_eq!(cast.claw_back(&payment, Some(100_000)).await.unwrap(), asked, "the same is answered");
    assert_eq!(code(cast.claw_back(&payment, Some(50_000)).await), "approval_waiting");
    let (payment, reason) = (payment.clone(), "another".to_owned());
    let command = AskClawBack { ticket: ticket(&cast.ops), payment, amount_minor: Some(100_000), reason };
    assert_eq!(code(cast.booked.world.billing.ask_claw_back(command).await), "approval_waiting");
    assert_eq!(cast.audited("payment.ask_claw_back").await, 1);
}

async fn late_second_and_wrong_captures_go_back_by_themselves(stores: Stores) {
    let cast = Cast::over(stores).await;
    let booked = &cast.booked;
    let session = booked.scheduled().await;
    let seen = booked.seen(&booked.student, &session).await.payment.unwrap();
    let order = seen.order.clone().unwrap();
    let payment = booked.ledger(&session).await.payment;
    let fact =
        |attempt, amount| booked.world.gateway.fact(&order, attempt, FactKind::Captured, amount).unwrap();
    let tell = async |attempt, amount| {
        booked.world.booking.record_gateway_fact(&fact(attempt, amount)).await.unwrap()
    };
    assert_eq!(tell("2", None).await, FactOutcome::Second);
    assert_eq!(tell("3", Some((99, "INR".into()))).await, FactOutcome::Mismatch);
    assert_eq!(tell("4", Some((99, "USD".into()))).await, FactOutcome::Mismatch);
    assert_eq!(tell("5", Some((99, "JPY".into()))).await, FactOutcome::Unreadable);
    cast.check().await;
    cast.work().await;
    let mut back: Vec<(String, i64, String)> = cast
        .refunds(&payment)
        .await
        .into_iter()
        .map(|refund| (refund.cause, refund.amount.minor, refund.status))
        .collect();
    back.sort();
    let expected = [("mismatch", 99), ("mismatch", 99), ("second", 249_900)];
    assert_eq!(back, expected.map(|(cause, minor)| (cause.to_owned(), minor, "PROCESSED".to_owned())));
    assert_eq!(cast.payment_of(&session).await, "SUCCESS", "what pays for the session stays");
    assert_eq!(cast.balance("gateway_clearing:INR").await, 249_900);
    cast.check().await;
}

async fn an_operators_refund_leaves_the_rest_payable(stores: Stores) {
    let cast = Cast::over(stores).await;
    let (session, payment) = cast.payable().await;
    assert_eq!(code(cast.refund(&payment, Some(249_901)).await), "more_than_left");
    assert_eq!(code(cast.refund(&payment, Some(0)).await), "nothing_left");
    assert_eq!(code(cast.refund(&payment, Some(-1)).await), "nothing_left");
    let refund = cast.refund(&payment, Some(49_900)).await.unwrap();
    assert_eq!((refund.cause.as_str(), refund.source.as_str()), ("operator", "escrow"));
    assert_eq!(refund.asked_by, Some(cast.ops.id.to_string()));
    assert_eq!(cast.payout(&payment).await.status, "PENDING", "held while it changes");
    cast.check().await;
    cast.work().await;
    let ready = cast.payout(&payment).await;
    assert_eq!((ready.status.as_str(), ready.payout.minor, ready.fee.minor), ("READY", 170_000, 30_000));
    assert_eq!(cast.payment_of(&session).await, "SUCCESS");
    cast.check().await;
    cast.refund(&payment, None).await.unwrap();
    cast.work().await;
    let voided = cast.payout(&payment).await;
    assert_eq!((voided.status.as_str(), voided.voided_at.is_some()), ("PENDING", true));
    assert_eq!(cast.payment_of(&session).await, "REFUNDED");
    assert_eq!(code(cast.refund(&payment, None).await), "nothing_left");
    assert_eq!(code(cast.release(&payment).await), "nothing_left");
    cast.check().await;
}

async fn a_session_that_goes_on_keeps_some_of_its_money(stores: Stores) {
    let cast = Cast::over(stores).await;
    let session = cast.booked.scheduled().await;
    let payment = cast.booked.ledger(&session).await.payment;
    assert_eq!(code(cast.refund(&payment, None).await), "session_live");
    cast.refund(&payment, Some(100_000)).await.unwrap();
    cast.booked.cancel(&cast.booked.student, &session).await.unwrap();
    cast.work().await;
    let back: i64 = cast.refunds(&payment).await.iter().map(|refund| refund.amount.minor).sum();
    assert_eq!(back, 249_900, "what went back before counts");
    assert_eq!(cast.payment_of(&session).await, "REFUNDED");
    cast.check().await;
}

async fn what_was_paid_out_is_clawed_back_by_two_operators(stores: Stores) {
    let cast = Cast::over(stores).await;
    let (session, payment) = cast.payable().await;
    assert_eq!(code(cast.claw_back(&payment, None).await), "not_paid_out");
    cast.release(&payment).await.unwrap();
    assert_eq!(code(cast.refund(&payment, Some(1)).await), "payout_in_flight");
    cast.work().await;
    assert_eq!(code(cast.refund(&payment, Some(1)).await), "paid_out");
    let asked = cast.claw_back(&payment, Some(100_000)).await.unwrap();
    assert_eq!(cast.refunds(&payment).await, [], "nothing moves before the second operator");
    assert_eq!(code(cast.decide(&cast.ops, &asked, true).await), "same_operator");
    cast.decide(&cast.other, &asked, true).await.unwrap();
    cast.work().await;
    let refund = cast.refunds(&payment).await.remove(0);
    assert_eq!((refund.source.as_str(), refund.status.as_str()), ("claw_back", "PROCESSED"));
    assert_eq!(refund.reason.as_deref(), Some("fraud"));
    let view = cast.payout(&payment).await;
    assert_eq!((view.status.as_str(), view.clawed_back.minor), ("RELEASED", 100_000));
    let mentor = format!("mentor_receivable:INR:{}", cast.booked.mentor.id);
    assert_eq!(cast.balance(&mentor).await, 85_000);
    assert_eq!(cast.balance("platform_revenue:INR").await, 37_485 - 15_000);
    cast.check().await;
    let rest = cast.claw_back(&payment, None).await.unwrap();
    assert_eq!(rest.amount.minor, 149_900);
    cast.decide(&cast.other, &rest, true).await.unwrap();
    cast.work().await;
    assert_eq!(cast.payment_of(&session).await, "REFUNDED");
    cast.check().await;
}
