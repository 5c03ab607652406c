//! Whatever a gateway does with money that is to leave it, it leaves once.

use application_booking::{Answer, Call, ScriptStep};
use domain_kernel::minutes;

use crate::both_stores;
use crate::support::gateway::AtGateway;
use crate::support::stores::Stores;

both_stores! {
    a_refund_that_arrives_late_is_told_or_found,
    a_refund_that_never_arrives_stays_asked_for,
    a_refund_that_is_refused_is_asked_for_under_another_key,
    a_refund_that_is_refused_five_times_stays_at_the_gateway,
    a_refund_that_is_done_without_an_answer_is_done_once,
    a_payout_that_arrives_late_is_told_or_found,
    a_payout_that_never_arrives_is_overdue,
    a_payout_that_is_refused_is_payable_again,
    a_payout_that_is_done_without_an_answer_is_done_once,
    more_than_was_left_is_not_given_back,
}

fn refunds(answer: Answer, times: u32) -> ScriptStep {
    ScriptStep::Refunds { answer, times }
}

fn payouts(answer: Answer, times: u32) -> ScriptStep {
    ScriptStep::Payouts { answer, times }
}

/// A paid session that the mentor calls off, at a gateway that was told this.
async fn called_off(stores: Stores, steps: &[ScriptStep]) -> AtGateway {
    let at = AtGateway::scheduled(stores).await;
    at.script(steps).await;
    at.cast.booked.cancel(&at.cast.booked.mentor, &at.session).await.unwrap();
    at.cast.work().await;
    at
}

/// A payable share that an operator releases, at a provider that was told this.
async fn released(stores: Stores, steps: &[ScriptStep]) -> AtGateway {
    let at = AtGateway::payable(stores).await;
    at.script(steps).await;
    at.cast.release(&at.payment).await.unwrap();
    at.cast.work().await;
    at
}

impl AtGateway {
    /// Where the only refund stands, and how many keys it took.
    async fn refund(&self) -> (String, i32) {
        let refunds = self.cast.refunds(&self.payment).await;
        assert_eq!(refunds.len(), 1);
        (refunds[0].status.clone(), refunds[0].tries)
    }

    async fn payout_status(&self) -> String {
        self.cast.payout(&self.payment).await.status
    }

    async fn paid_out(&self) -> i64 {
        self.theirs().await.paid_out.get("INR").copied().unwrap_or_default()
    }
}

async fn a_refund_that_arrives_late_is_told_or_found(stores: Stores) {
    let at = called_off(stores, &[refunds(Answer::Late(30 * 60), 1)]).await;
    at.pass_hours(29).await;
    assert_eq!((at.refund().await.0.as_str(), at.held().await), ("SUBMITTED", 249_900));
    at.check().await;
    at.pass_hours(1).await;
    assert_eq!((at.refund().await.0.as_str(), at.held().await), ("PROCESSED", 0));
    assert_eq!(at.paid().await, "REFUNDED");
    at.check().await;
}

async fn a_refund_that_never_arrives_stays_asked_for(stores: Stores) {
    let at = called_off(stores, &[refunds(Answer::Never, 1)]).await;
    at.pass_hours(100).await;
    assert_eq!((at.refund().await, at.held().await), (("SUBMITTED".to_owned(), 1), 249_900));
    assert_eq!(at.paid().await, "SUCCESS");
    at.check().await;
}

async fn a_refund_that_is_refused_is_asked_for_under_another_key(stores: Stores) {
    let at = called_off(stores, &[refunds(Answer::Refused, 2)]).await;
    at.pass(minutes(1)).await;
    at.pass(minutes(10)).await;
    assert_eq!((at.refund().await, at.held().await), (("PROCESSED".to_owned(), 3), 0));
    at.check().await;
}

async fn a_refund_that_is_refused_five_times_stays_at_the_gateway(stores: Stores) {
    let at = called_off(stores, &[refunds(Answer::Refused, 9)]).await;
    at.pass_hours(30).await;
    assert_eq!((at.refund().await, at.held().await), (("FAILED".to_owned(), 5), 249_900));
    at.check().await;
}

async fn a_refund_that_is_done_without_an_answer_is_done_once(stores: Stores) {
    let silence = |times, does| ScriptStep::Silence { call: Call::Refund, times, does };
    let at = called_off(stores, &[silence(2, false), silence(2, true)]).await;
    assert_eq!((at.refund().await.0.as_str(), at.held().await), ("SUBMITTED", 249_900));
    for _ in 0..8 {
        at.pass(minutes(2)).await;
    }
    assert_eq!((at.refund().await, at.held().await), (("PROCESSED".to_owned(), 1), 0));
    at.check().await;
}

async fn a_payout_that_arrives_late_is_told_or_found(stores: Stores) {
    let at = released(stores, &[payouts(Answer::Late(50 * 60), 1)]).await;
    at.pass_hours(49).await;
    assert_eq!((at.payout_status().await.as_str(), at.paid_out().await), ("PROCESSING", 0));
    assert!(at.cast.payout(&at.payment).await.overdue);
    at.pass_hours(1).await;
    assert_eq!((at.payout_status().await.as_str(), at.paid_out().await), ("RELEASED", 212_415));
    at.check().await;
}

async fn a_payout_that_never_arrives_is_overdue(stores: Stores) {
    let at = released(stores, &[payouts(Answer::Never, 1)]).await;
    at.pass_hours(100).await;
    assert_eq!((at.payout_status().await.as_str(), at.paid_out().await), ("PROCESSING", 0));
    assert!(at.cast.payout(&at.payment).await.overdue);
    at.check().await;
}

async fn a_payout_that_is_refused_is_payable_again(stores: Stores) {
    let at = released(stores, &[payouts(Answer::Refused, 1)]).await;
    assert_eq!((at.payout_status().await.as_str(), at.paid_out().await), ("READY", 0));
    at.check().await;
    at.cast.release(&at.payment).await.unwrap();
    at.cast.work().await;
    assert_eq!((at.payout_status().await.as_str(), at.paid_out().await), ("RELEASED", 212_415));
    at.check().await;
}

async fn a_payout_that_is_done_without_an_answer_is_done_once(stores: Stores) {
    let silence = |times, does| ScriptStep::Silence { call: Call::Payout, times, does };
    let at = released(stores, &[silence(1, false), silence(2, true)]).await;
    assert_eq!((at.payout_status().await.as_str(), at.paid_out().await), ("PROCESSING", 0));
    for _ in 0..8 {
        at.pass(minutes(2)).await;
    }
    assert_eq!((at.payout_status().await.as_str(), at.paid_out().await), ("RELEASED", 212_415));
    at.check().await;
}

async fn more_than_was_left_is_not_given_back(stores: Stores) {
    use application_billing::ports::{RefundGateway, RefundOrder};
    use domain_billing::RefundOutcome;
    let at = AtGateway::scheduled(stores).await;
    let gateway = &at.cast.booked.world.gateway;
    let asked = |key: &str, minor, order| RefundOrder {
        key: key.into(),
        order,
        attempt: format!("sim_pay_{}_1", at.payment),
        amount: crate::support::people::inr(minor),
    };
    let order = at.order().await;
    let first = gateway.refund(asked("a", 200_000, order.clone())).await.unwrap();
    assert_eq!(first, Some(RefundOutcome::Processed));
    let again = gateway.refund(asked("a", 200_000, order.clone())).await.unwrap();
    assert_eq!((again, at.held().await), (Some(RefundOutcome::Processed), 49_900), "a key gives back once");
    let more = gateway.refund(asked("b", 49_901, order)).await.unwrap();
    assert!(matches!(more, Some(RefundOutcome::Failed { .. })), "{more:?}");
}
