//! What becomes of money: refunds, payouts, claw-backs, disputes, settlements.

use application_billing::{
    ApprovalView, AskClawBack, BillingError, DecideApproval, DisputeFact, DisputeTold, HoldPayout,
    PayoutView, RecordPayout, RecordSettlement, RefundPayment, RefundView, ReleasePayout, ReleaseView,
    ResumePayout, RetryRefund,
};
use application_booking::SessionView;
use application_booking::ports::GatewaySimulator;
use application_kernel::{CurrentOperator, Failure, PageRequest, PageSize, Permission};
use domain_billing::{DisputeStep, FactKind, FactOutcome, PayoutOutcome, RefundStatus};
use domain_kernel::{Currency, Money, PaymentId, PayoutAttemptId, RefundId, hours, minutes};
use domain_mentoring::SessionStatus;

use crate::both_stores;
use crate::support::bank::Says;
use crate::support::booked::Booked;
use crate::support::staff::Staff;
use crate::support::stores::Stores;
use crate::support::world::ticket;

both_stores! {
    what_is_given_back_for_a_cancelled_session_arrives_once,
    a_gateway_that_does_not_answer_is_asked_again_under_the_same_key,
    a_refund_that_is_refused_five_times_waits_for_an_operator,
    late_second_and_wrong_captures_go_back_by_themselves,
    a_share_is_payable_after_its_hold_and_released_by_an_operator,
    a_provider_that_does_not_answer_is_asked_again_under_the_same_key,
    a_payout_that_failed_is_payable_again_and_the_next_try_is_another_one,
    a_large_payout_takes_two_operators,
    what_the_bank_sends_back_is_payable_again,
    what_was_paid_by_hand_only_is_recorded_by_hand,
    the_daily_batch_releases_what_one_operator_could,
    an_operators_refund_leaves_the_rest_payable,
    a_session_that_goes_on_keeps_some_of_its_money,
    what_was_paid_out_is_clawed_back_by_two_operators,
    an_operator_holds_a_share_and_lets_go_of_it,
    a_dispute_that_is_won_frees_the_share,
    a_dispute_that_is_lost_calls_the_session_off,
    a_dispute_that_is_lost_after_the_payout_is_the_mentors_debt,
    nobody_decides_about_their_own_money,
    each_decision_takes_its_permission,
    a_settlement_moves_what_the_gateway_held_to_the_bank,
}

/// A cast, and an operator who may decide about all money.
struct Cast {
    booked: Booked,
    ops: CurrentOperator,
    other: CurrentOperator,
}

const MONEY: [Permission; 3] = [Permission::Payouts, Permission::Refunds, Permission::Disputes];

impl Cast {
    async fn over(stores: Stores) -> Self {
        let booked = Booked::over(stores).await;
        let ops = Staff::join(&booked.world, "ops", &MONEY).await.caller(&booked.world).await;
        let other = Staff::join(&booked.world, "second", &MONEY).await.caller(&booked.world).await;
        Self { booked, ops, other }
    }

    /// A session of which every meeting took place, and whose hold is over.
    async fn payable(&self) -> (SessionView, PaymentId) {
        let session = self.booked.scheduled().await;
        for item in 1..=8 {
            self.booked.pass_to(&session, item, minutes(20)).await;
            self.booked.complete(&session, u32::try_from(item).unwrap()).await.unwrap();
        }
        self.booked.world.pass(hours(73)).await;
        let payment = self.booked.ledger(&session).await.payment;
        (session, payment)
    }

    async fn paid_out(&self) -> (SessionView, PaymentId) {
        let (session, payment) = self.payable().await;
        self.release(&payment).await.unwrap();
        self.work().await;
        assert_eq!(self.payout(&payment).await.status, "RELEASED");
        (session, payment)
    }

    async fn work(&self) {
        self.booked.world.worker.drain().await.unwrap();
    }

    async fn payout(&self, payment: &PaymentId) -> PayoutView {
        let world = &self.booked.world;
        world.stores.books.payout(payment, world.now()).await.unwrap().unwrap()
    }

    async fn refunds(&self, payment: &PaymentId) -> Vec<RefundView> {
        let page = PageRequest { size: PageSize::DEFAULT, after: None };
        self.booked.world.stores.books.refunds(None, Some(payment), &page).await.unwrap().items
    }

    async fn payment_of(&self, session: &SessionView) -> String {
        self.booked.seen(&self.booked.student, session).await.payment.unwrap().status
    }

    async fn release(&self, payment: &PaymentId) -> Result<ReleaseView, BillingError> {
        let command = ReleasePayout { ticket: ticket(&self.ops), payment: payment.clone() };
        self.booked.world.billing.release(command).await.map(|reply| reply.into_new().unwrap())
    }

    async fn refund(&self, payment: &PaymentId, amount: Option<i64>) -> Result<RefundView, BillingError> {
        let (payment, reason) = (payment.clone(), "late".to_owned());
        let command = RefundPayment { ticket: ticket(&self.ops), payment, amount_minor: amount, reason };
        self.booked.world.billing.refund(command).await.map(|reply| reply.into_new().unwrap())
    }

    async fn claw_back(
        &self,
        payment: &PaymentId,
        amount: Option<i64>,
    ) -> Result<ApprovalView, BillingError> {
        let (payment, reason) = (payment.clone(), "fraud".to_owned());
        let command = AskClawBack { ticket: ticket(&self.ops), payment, amount_minor: amount, reason };
        self.booked.world.billing.ask_claw_back(command).await.map(|reply| reply.into_new().unwrap())
    }

    async fn decide(
        &self,
        by: &CurrentOperator,
        approval: &ApprovalView,
        approves: bool,
    ) -> Result<ApprovalView, BillingError> {
        let approval = approval.id.parse_id();
        let command = DecideApproval { ticket: ticket(by), approval, approves };
        self.booked.world.billing.decide_approval(command).await.map(|reply| reply.into_new().unwrap())
    }

    async fn record(&self, view: &PayoutView, outcome: PayoutOutcome) -> Result<PayoutView, BillingError> {
        let attempt = PayoutAttemptId::parse(view.last_attempt.as_ref().unwrap().id.clone()).unwrap();
        let command = RecordPayout { ticket: ticket(&self.ops), attempt, outcome };
        self.booked.world.billing.record_by_hand(command).await.map(|reply| reply.into_new().unwrap())
    }

    async fn dispute(&self, session: &SessionView, what: DisputeTold) -> Result<FactOutcome, BillingError> {
        let payment = self.booked.seen(&self.booked.student, session).await.payment.unwrap();
        let (gateway, order) = ("simulated".to_owned(), payment.order.unwrap());
        let fact = DisputeFact { gateway, order, key: "d1".into(), what };
        self.booked.world.billing.record_dispute(&fact).await
    }

    async fn balance(&self, account: &str) -> i64 {
        let page = PageRequest { size: PageSize::parse(100).unwrap(), after: None };
        let found = self.booked.world.stores.books.balances(&page).await.unwrap().items;
        found.into_iter().find(|view| view.account == account).map_or(0, |view| view.balance_minor)
    }

    async fn check(&self) {
        self.booked.check().await;
    }
}

trait ParseId {
    fn parse_id(&self) -> domain_kernel::ApprovalId;
}

impl ParseId for String {
    fn parse_id(&self) -> domain_kernel::ApprovalId {
        domain_kernel::ApprovalId::parse(self.clone()).unwrap()
    }
}

fn code<V: std::fmt::Debug>(outcome: Result<V, BillingError>) -> &'static str {
    use application_kernel::MeansCode;
    outcome.unwrap_err().code().name
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
    cast.booked.world.pass(hours(24)).await;
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
    let retry = RetryRefund { ticket: ticket(&cast.ops), refund: id };
    cast.booked.world.billing.retry_refund(retry.clone()).await.unwrap();
    cast.work().await;
    assert_eq!(cast.refunds(&payment).await[0].status, "PROCESSED");
    assert_eq!(cast.payment_of(&session).await, "REFUNDED");
    let retry = RetryRefund { ticket: ticket(&cast.ops), ..retry };
    let again = cast.booked.world.billing.retry_refund(retry).await.unwrap().into_new().unwrap();
    assert_eq!(again.status, RefundStatus::Processed.to_string(), "what stands is answered");
    cast.check().await;
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

async fn an_operators_refund_leaves_the_rest_payable(stores: Stores) {
    let cast = Cast::over(stores).await;
    let (session, payment) = cast.payable().await;
    assert_eq!(code(cast.refund(&payment, Some(249_901)).await), "more_than_left");
    assert_eq!(code(cast.refund(&payment, Some(0)).await), "nothing_left");
    assert_eq!(code(cast.refund(&payment, Some(-1)).await), "more_than_left");
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
    assert_eq!(code(cast.release(&payment).await), "payout_under_way");
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

async fn an_operator_holds_a_share_and_lets_go_of_it(stores: Stores) {
    let cast = Cast::over(stores).await;
    let (_, payment) = cast.payable().await;
    let billing = &cast.booked.world.billing;
    let hold = HoldPayout { ticket: ticket(&cast.ops), payment: payment.clone(), reason: "a look".into() };
    let held = billing.hold(hold).await.unwrap().into_new().unwrap();
    assert_eq!((held.status.as_str(), held.held_reason.as_deref()), ("PENDING", Some("a look")));
    cast.booked.world.pass(hours(100)).await;
    assert_eq!(cast.payout(&payment).await.status, "PENDING");
    cast.check().await;
    let resume = ResumePayout { ticket: ticket(&cast.ops), payment: payment.clone() };
    billing.resume(resume).await.unwrap();
    cast.work().await;
    assert_eq!(cast.payout(&payment).await.status, "READY");
    cast.check().await;
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

async fn a_settlement_moves_what_the_gateway_held_to_the_bank(stores: Stores) {
    let cast = Cast::over(stores).await;
    cast.booked.scheduled().await;
    let inr = |minor| Money::parse(minor, Currency::parse("INR").unwrap()).unwrap();
    let settle = async |amount| {
        let (reference, ticket) = ("setl_1".to_owned(), ticket(&cast.ops));
        let command = RecordSettlement { ticket, reference, amount: inr(amount), fee: inr(5_000) };
        cast.booked.world.billing.record_settlement(command).await
    };
    settle(249_900).await.unwrap();
    assert_eq!(cast.balance("gateway_clearing:INR").await, 0);
    assert_eq!(cast.balance("bank:INR").await, 244_900);
    assert_eq!(cast.balance("gateway_fees:INR").await, 5_000);
    assert_eq!(code(settle(10_000).await), "already_settled");
    cast.check().await;
}
