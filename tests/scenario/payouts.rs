//! Money that goes to mentors, and who decides about it.

use application_billing::{
    BillingPolicy, HoldPayout, RecordPayout, RefundPayment, ReleasePayout, ResumePayout, handle_billing,
};
use application_kernel::{AdjustableClock, Failure, MeansCode, PageRequest, PageSize, Permission};
use domain_billing::{ApprovalKind, ApprovalStatus, PayoutOutcome};
use domain_kernel::{Labelled, PayoutAttemptId, TimeDelta, hours};

use crate::both_stores;
use crate::support::bank::Says;
use crate::support::money::{Cast, MONEY, code};
use crate::support::staff::Staff;
use crate::support::stores::Stores;
use crate::support::world::{BILLING, ticket};

both_stores! {
    a_share_is_payable_after_its_hold_and_released_by_an_operator,
    a_provider_that_does_not_answer_is_asked_again_under_the_same_key,
    a_payout_that_failed_is_payable_again_and_the_next_try_is_another_one,
    a_large_payout_takes_two_operators,
    what_the_bank_sends_back_is_payable_again,
    what_was_paid_by_hand_only_is_recorded_by_hand,
    a_payout_is_asked_about_again_when_its_provider_is_back,
    what_another_provider_was_asked_for_may_be_recorded_by_hand,
    the_daily_batch_releases_what_one_operator_could,
    a_batch_that_was_planned_releases_nothing_once_it_is_off_or_at_another_hour,
    an_operator_holds_a_share_and_lets_go_of_it,
    nobody_decides_about_their_own_money,
    each_decision_takes_its_permission,
    a_reference_belongs_to_one_payout_and_a_payout_has_one,
    what_came_back_after_a_claw_back_stays_paid_and_says_why,
    a_share_in_escrow_says_for_what_it_waits,
    an_approval_lapses_when_its_payout_is_released_otherwise,
}

async fn a_share_is_payable_after_its_hold_and_released_by_an_operator(stores: Stores) {
    let cast = Cast::over(stores).await;
    let (_, payment) = cast.payable().await;
    let ready = cast.payout(&payment).await;
    assert_eq!((ready.status.as_str(), ready.payout.minor, ready.fee.minor), ("READY", 212_415, 37_485));
    assert_eq!(cast.balance("platform_revenue:INR").await, 37_485);
    let released = cast.release(&payment).await.unwrap();
    assert_eq!((released.payout.status.as_str(), released.approval), ("PROCESSING", None));
    let again = cast.release(&payment).await.unwrap();
    assert_eq!(again.payout.last_attempt, released.payout.last_attempt, "what is on its way is answered");
    cast.check().await;
    cast.work().await;
    let paid = cast.payout(&payment).await;
    assert_eq!(paid.status, "RELEASED");
    let attempt = paid.last_attempt.unwrap();
    assert_eq!((attempt.status.as_str(), attempt.number), ("PAID", 1));
    assert_eq!(cast.booked.world.bank.done().into_iter().collect::<Vec<_>>(), [(attempt.id, 212_415)]);
    assert_eq!(cast.balance("bank:INR").await, -212_415, "until the gateway settles");
    cast.check().await;
}

async fn a_provider_that_does_not_answer_is_asked_again_under_the_same_key(stores: Stores) {
    let cast = Cast::over(stores).await;
    let (_, payment) = cast.payable().await;
    let bank = &cast.booked.world.bank;
    bank.will_say(&[Says::DoneAndSilent, Says::Later]);
    cast.release(&payment).await.unwrap();
    cast.work().await;
    assert_eq!(cast.payout(&payment).await.status, "PROCESSING");
    assert!(!cast.payout(&payment).await.overdue);
    bank.will_say(&[Says::Later; 40]);
    cast.booked.world.pass(hours(25)).await;
    assert!(cast.payout(&payment).await.overdue, "an operator is to look");
    for _ in 0..60 {
        cast.booked.world.pass(hours(1)).await;
    }
    assert_eq!(cast.payout(&payment).await.status, "RELEASED");
    let asked = bank.asked();
    assert!(asked.len() > 2 && asked.iter().all(|key| *key == asked[0]), "{asked:?}");
    assert_eq!(bank.done().len(), 1);
    cast.check().await;
}

async fn a_payout_that_failed_is_payable_again_and_the_next_try_is_another_one(stores: Stores) {
    let cast = Cast::over(stores).await;
    let (_, payment) = cast.payable().await;
    cast.booked.world.bank.will_say(&[Says::No]);
    let first = cast.release(&payment).await.unwrap().payout.last_attempt.unwrap();
    cast.work().await;
    let failed = cast.payout(&payment).await;
    assert_eq!((failed.status.as_str(), failed.last_attempt.unwrap().status.as_str()), ("READY", "FAILED"));
    cast.check().await;
    let second = cast.release(&payment).await.unwrap().payout.last_attempt.unwrap();
    assert_eq!((second.number, second.id == first.id), (2, false));
    let stale = PayoutOutcome::Paid { reference: "late".into() };
    let old = PayoutAttemptId::parse(first.id).unwrap();
    cast.booked.world.billing.record_payout(&old, &stale).await.unwrap();
    assert_eq!(cast.payout(&payment).await.status, "PROCESSING", "what is said of an old try is ignored");
    assert_eq!(cast.audited("payout.ignored").await, 1, "and recorded");
    cast.work().await;
    assert_eq!(cast.payout(&payment).await.status, "RELEASED");
    cast.check().await;
}

async fn a_large_payout_takes_two_operators(stores: Stores) {
    let cast = Cast::over(stores).await;
    let (_, payment) = cast.payable().await;
    let world = &cast.booked.world;
    // The same books under a house that finds a smaller amount large.
    let policy = application_billing::BillingPolicy { second_approver_from_minor: 212_415, batch_hour: None };
    let billing = world.billing_under(policy);
    let release = async || {
        let command = ReleasePayout { ticket: ticket(&cast.ops), payment: payment.clone() };
        billing.release(command).await.unwrap().into_new().unwrap()
    };
    let asked = release().await.approval.unwrap();
    assert_eq!(
        (asked.kind.as_str(), asked.amount.minor, asked.status.as_str()),
        ("payout", 212_415, "WAITING")
    );
    assert_eq!(release().await.approval, Some(asked.clone()), "asking again answers with what waits");
    assert_eq!(cast.payout(&payment).await.status, "READY");
    assert_eq!(code(cast.decide(&cast.ops, &asked, true).await), "same_operator");
    let declined = cast.decide(&cast.ops, &asked, false).await.unwrap();
    assert_eq!(declined.status, "DECLINED");
    assert_eq!(code(cast.decide(&cast.other, &asked, true).await), "approval_decided");
    let asked = release().await.approval.unwrap();
    let approved = cast.decide(&cast.other, &asked, true).await.unwrap();
    assert_eq!(
        (approved.status.as_str(), approved.decided_by),
        ("APPROVED", Some(cast.other.id.to_string()))
    );
    assert_eq!(cast.payout(&payment).await.status, "PROCESSING");
    cast.work().await;
    assert_eq!(cast.payout(&payment).await.status, "RELEASED");
    cast.check().await;
}

async fn what_the_bank_sends_back_is_payable_again(stores: Stores) {
    let cast = Cast::over(stores).await;
    let (_, payment) = cast.paid_out().await;
    let returned = PayoutOutcome::Returned { reason: "no such account".into() };
    let view = cast.record(&cast.payout(&payment).await, returned).await.unwrap();
    assert_eq!((view.status.as_str(), view.released_at), ("READY", None));
    assert_eq!(cast.balance("bank:INR").await, 0);
    cast.check().await;
    cast.release(&payment).await.unwrap();
    cast.work().await;
    assert_eq!(cast.payout(&payment).await.last_attempt.unwrap().number, 2);
    cast.check().await;
}

async fn what_was_paid_by_hand_only_is_recorded_by_hand(stores: Stores) {
    let cast = Cast::over(stores).await;
    let (_, payment) = cast.payable().await;
    let by_bank = cast.release(&payment).await.unwrap().payout;
    let paid = || PayoutOutcome::Paid { reference: "UTR 7".into() };
    assert_eq!(code(cast.record(&by_bank, paid()).await), "not_by_hand");
    cast.work().await;
    let returned = PayoutOutcome::Returned { reason: "closed".into() };
    cast.record(&cast.payout(&payment).await, returned).await.unwrap();

    let billing = cast.booked.world.billing_by_hand();
    let command = ReleasePayout { ticket: ticket(&cast.ops), payment: payment.clone() };
    let by_hand = billing.release(command).await.unwrap().into_new().unwrap().payout;
    cast.work().await;
    assert_eq!(cast.payout(&payment).await.status, "PROCESSING", "nobody but an operator knows");
    let view = cast.record(&by_hand, paid()).await.unwrap();
    assert_eq!(view.status, "RELEASED");
    assert_eq!(view.last_attempt.clone().unwrap().reference.as_deref(), Some("UTR 7"));
    assert_eq!(cast.record(&by_hand, paid()).await.unwrap(), view, "recording it again changes nothing");
    let failed = PayoutOutcome::Failed { reason: "no such account".into() };
    assert_eq!(code(cast.record(&by_hand, failed).await), "payout_out_of_step");
    assert_eq!(code(cast.record(&by_bank, paid()).await), "not_by_hand");
    cast.check().await;
}

async fn a_payout_is_asked_about_again_when_its_provider_is_back(stores: Stores) {
    let cast = Cast::over(stores).await;
    let (_, payment) = cast.payable().await;
    let world = &cast.booked.world;
    world.bank.will_say(&[Says::Later]);
    cast.release(&payment).await.unwrap();
    cast.work().await;
    let by_hand = std::sync::Arc::new(world.billing_by_hand());
    let worker = handle_billing(world.another_worker(), by_hand);
    for _ in 0..3 {
        world.clock.advance(hours(1));
        worker.drain().await.unwrap();
    }
    assert_eq!(world.bank.asked().len(), 1, "nobody else is asked");
    assert_eq!(cast.payout(&payment).await.status, "PROCESSING");
    world.pass(hours(1)).await;
    assert_eq!(cast.payout(&payment).await.status, "RELEASED");
    assert_eq!(world.bank.done().len(), 1);
    cast.check().await;
}

async fn what_another_provider_was_asked_for_may_be_recorded_by_hand(stores: Stores) {
    let cast = Cast::over(stores).await;
    let (_, payment) = cast.payable().await;
    let world = &cast.booked.world;
    world.bank.will_say(&[Says::Later]);
    let on_its_way = cast.release(&payment).await.unwrap().payout;
    cast.work().await;
    let paid = || PayoutOutcome::Paid { reference: "UTR 9".into() };
    assert_eq!(code(cast.record(&on_its_way, paid()).await), "not_by_hand");
    let attempt = PayoutAttemptId::parse(on_its_way.last_attempt.unwrap().id).unwrap();
    let command = RecordPayout { ticket: ticket(&cast.ops), attempt, outcome: paid() };
    world.billing_by_hand().record_by_hand(command).await.unwrap();
    let view = cast.payout(&payment).await;
    assert_eq!(
        (view.status.as_str(), view.last_attempt.unwrap().reference.as_deref()),
        ("RELEASED", Some("UTR 9"))
    );
    world.pass(hours(2)).await;
    assert_eq!(world.bank.asked().len(), 1, "what is known is not asked about");
    cast.check().await;
}

async fn a_batch_that_was_planned_releases_nothing_once_it_is_off_or_at_another_hour(stores: Stores) {
    let cast = Cast::over(stores).await;
    cast.booked.world.billing.plan_batch().await.unwrap();
    let (_, payment) = cast.payable().await;
    let world = &cast.booked.world;
    let under = |batch_hour| {
        let policy = BillingPolicy { batch_hour, ..BILLING };
        handle_billing(world.another_worker(), std::sync::Arc::new(world.billing_under(policy)))
    };
    // The next batch at three was planned while there were batches.
    let off = under(None);
    world.clock.advance(hours(24));
    off.drain().await.unwrap();
    assert_eq!(cast.payout(&payment).await.status, "READY", "they are off");
    world.billing.plan_batch().await.unwrap();
    let four = under(Some(4));
    let since_midnight = world.now().micros().rem_euclid(86_400_000_000);
    let to_three = (27 * 3_600_000_000 - since_midnight) % 86_400_000_000;
    world.clock.advance(TimeDelta::microseconds(to_three));
    four.drain().await.unwrap();
    assert_eq!(cast.payout(&payment).await.status, "READY", "it is at four now");
    world.clock.advance(hours(1));
    four.drain().await.unwrap();
    assert_eq!(cast.payout(&payment).await.status, "RELEASED");
    cast.check().await;
}

async fn the_daily_batch_releases_what_one_operator_could(stores: Stores) {
    let cast = Cast::over(stores).await;
    cast.booked.world.billing.plan_batch().await.unwrap();
    cast.booked.world.billing.plan_batch().await.unwrap();
    let (_, payment) = cast.payable().await;
    assert_eq!(cast.payout(&payment).await.status, "READY");
    cast.booked.world.pass(hours(24)).await;
    let paid = cast.payout(&payment).await;
    assert_eq!((paid.status.as_str(), paid.last_attempt.unwrap().started_by), ("RELEASED", None));
    cast.check().await;
}

async fn an_operator_holds_a_share_and_lets_go_of_it(stores: Stores) {
    let cast = Cast::over(stores).await;
    let (_, payment) = cast.payable().await;
    let billing = &cast.booked.world.billing;
    let hold = HoldPayout { ticket: ticket(&cast.ops), payment: payment.clone(), reason: "a look".into() };
    let stopped = billing.hold(hold).await.unwrap().into_new().unwrap();
    assert_eq!((stopped.status.as_str(), stopped.held_reason.as_deref()), ("PENDING", Some("a look")));
    cast.booked.world.pass(hours(100)).await;
    assert_eq!(cast.payout(&payment).await.status, "PENDING");
    cast.check().await;
    let resume = ResumePayout { ticket: ticket(&cast.ops), payment: payment.clone() };
    billing.resume(resume).await.unwrap();
    cast.work().await;
    assert_eq!(cast.payout(&payment).await.status, "READY");
    cast.check().await;
}

async fn nobody_decides_about_their_own_money(stores: Stores) {
    let cast = Cast::over(stores).await;
    let (_, payment) = cast.payable().await;
    let world = &cast.booked.world;
    for (name, person) in [("mentor-ops", &cast.booked.mentor.id), ("student-ops", &cast.booked.student.id)] {
        let own = Staff::join_as(world, name, &MONEY, Some(person)).await.caller(world).await;
        let release = ReleasePayout { ticket: ticket(&own), payment: payment.clone() };
        assert_eq!(code(world.billing.release(release).await), "own_affair");
        let (payment, reason) = (payment.clone(), "mine".to_owned());
        let refund = RefundPayment { ticket: ticket(&own), payment, amount_minor: None, reason };
        assert_eq!(code(world.billing.refund(refund).await), "own_affair");
    }
}

async fn each_decision_takes_its_permission(stores: Stores) {
    let cast = Cast::over(stores).await;
    let (_, payment) = cast.payable().await;
    let world = &cast.booked.world;
    let looks = Staff::join(world, "looks", &[Permission::Users]).await.caller(world).await;
    let release = ReleasePayout { ticket: ticket(&looks), payment: payment.clone() };
    assert_eq!(code(world.billing.release(release).await), "permission_missing");
    let reason = "x".to_owned();
    let refund = RefundPayment { ticket: ticket(&looks), payment, amount_minor: None, reason };
    assert_eq!(code(world.billing.refund(refund).await), "permission_missing");
}

async fn a_reference_belongs_to_one_payout_and_a_payout_has_one(stores: Stores) {
    let cast = Cast::over(stores).await;
    let billing = cast.booked.world.billing_by_hand();
    let mut paid = Vec::new();
    for _ in 0..2 {
        let (_, payment) = cast.payable().await;
        let command = ReleasePayout { ticket: ticket(&cast.ops), payment };
        paid.push(billing.release(command).await.unwrap().into_new().unwrap().payout);
    }
    let told = |reference: &str| PayoutOutcome::Paid { reference: reference.into() };
    cast.record(&paid[0], told("UTR 7")).await.unwrap();
    assert_eq!(code(cast.record(&paid[0], told("UTR 8")).await), "payout_out_of_step");
    assert_eq!(code(cast.record(&paid[1], told("UTR 7")).await), "reference_taken");
    assert_eq!(cast.record(&paid[0], told("UTR 7")).await.unwrap().status, "RELEASED");
    assert_eq!(cast.record(&paid[1], told("UTR 7-2")).await.unwrap().status, "RELEASED");
    cast.check().await;
}

async fn what_came_back_after_a_claw_back_stays_paid_and_says_why(stores: Stores) {
    let cast = Cast::over(stores).await;
    let (_, payment) = cast.paid_out().await;
    let asked = cast.claw_back(&payment, Some(1_000)).await.unwrap();
    cast.decide(&cast.other, &asked, true).await.unwrap();
    let returned = PayoutOutcome::Returned { reason: "closed".into() };
    assert_eq!(code(cast.record(&cast.payout(&payment).await, returned).await), "clawed_back");
    assert_eq!(cast.payout(&payment).await.status, "RELEASED");
    cast.check().await;
}

async fn a_share_in_escrow_says_for_what_it_waits(stores: Stores) {
    let cast = Cast::over(stores).await;
    let (_, paid) = cast.paid_out().await;
    assert_eq!(code(cast.release(&paid).await), "paid_out");
    let session = cast.booked.scheduled().await;
    let payment = cast.booked.ledger(&session).await.payment;
    let error = cast.release(&payment).await.unwrap_err();
    assert_eq!(
        (error.code().name, error.extensions()),
        ("payout_held", vec![("waits_for", "session".into())])
    );
    let hold = HoldPayout { ticket: ticket(&cast.ops), payment: payment.clone(), reason: "a look".into() };
    cast.booked.world.billing.hold(hold).await.unwrap();
    let error = cast.release(&payment).await.unwrap_err();
    assert_eq!(error.to_string(), "the share is not payable yet: an operator holds it: a look");
    assert_eq!(error.extensions(), [("waits_for", "operator".into()), ("held_reason", "a look".into())]);
}

async fn an_approval_lapses_when_its_payout_is_released_otherwise(stores: Stores) {
    let cast = Cast::over(stores).await;
    let (_, payment) = cast.payable().await;
    let policy = BillingPolicy { second_approver_from_minor: 1, batch_hour: None };
    let release = ReleasePayout { ticket: ticket(&cast.ops), payment: payment.clone() };
    let careful = cast.booked.world.billing_under(policy);
    let asked = careful.release(release).await.unwrap().into_new().unwrap().approval.unwrap();
    cast.release(&payment).await.unwrap();
    for approves in [true, false] {
        assert_eq!(code(cast.decide(&cast.other, &asked, approves).await), "approval_lapsed");
    }
    let page = PageRequest { size: PageSize::DEFAULT, after: None };
    let lapsed = Some(ApprovalStatus::Lapsed);
    let found = cast.booked.world.stores.books.approvals(ApprovalKind::ALL, lapsed, &page).await.unwrap();
    assert_eq!(found.items.iter().map(|view| &view.id).collect::<Vec<_>>(), [&asked.id]);
    assert_eq!((&found.items[0].decided_by, found.items[0].decided_at.is_some()), (&None, true));
    cast.work().await;
    cast.check().await;
}
