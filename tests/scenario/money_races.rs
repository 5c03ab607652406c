//! Money that is moved at the same time, on PostgreSQL, fifty rounds each.

use application_billing::{BillingError, RefundPayment, ReleasePayout};
use application_booking::ports::GatewaySimulator;
use application_kernel::{Kind, MeansCode};
use domain_billing::{FactKind, FactOutcome, GatewayFact};
use domain_kernel::{PaymentId, hours, minutes};

use crate::support::money::Cast;
use crate::support::stores::Stores;
use crate::support::world::ticket;

const ROUNDS: usize = 50;

impl Cast {
    /// A session that the student called off half an hour before its first meeting, whose hold is over: one of eight
    /// meetings is paid for.
    async fn soon_payable(&self) -> PaymentId {
        let booked = &self.booked;
        let session = booked.request_later().await;
        booked.approve(&session).await;
        let payment = booked.start_payment(&session).await;
        booked.tell(&payment, FactKind::Captured).await;
        booked.pass_to(&session, 1, minutes(-30)).await;
        booked.cancel(&booked.student, &session).await.unwrap();
        booked.world.pass(hours(73)).await;
        booked.ledger(&session).await.payment
    }
}

/// Whether it was done; what is refused contradicts the present state.
fn won<V: std::fmt::Debug>(outcome: Result<V, BillingError>) -> bool {
    match outcome {
        Ok(_) => true,
        Err(error) => {
            let kind = error.code().kind;
            assert!(matches!(kind, Kind::Conflict | Kind::Rule), "{error:?}");
            false
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_releases_one_pays() {
    let cast = Cast::over(Stores::postgres().await).await;
    for round in 1..=ROUNDS {
        let payment = cast.soon_payable().await;
        let release = |by| {
            let command = ReleasePayout { ticket: ticket(by), payment: payment.clone() };
            cast.booked.world.billing.release(command)
        };
        let (a, b) = tokio::join!(release(&cast.ops), release(&cast.other));
        assert!(won(a) && won(b), "what is on its way is what was asked for");
        cast.work().await;
        let paid = cast.payout(&payment).await;
        assert_eq!((paid.status.as_str(), paid.last_attempt.unwrap().number), ("RELEASED", 1));
        let done = cast.booked.world.bank.done();
        assert_eq!(done.values().filter(|minor| **minor == paid.payout.minor).count(), round);
    }
    cast.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_payout_and_a_refund_one_comes_first() {
    let cast = Cast::over(Stores::postgres().await).await;
    let mut ends = std::collections::BTreeSet::new();
    for _ in 0..ROUNDS {
        let payment = cast.soon_payable().await;
        let refund = RefundPayment {
            ticket: ticket(&cast.other),
            payment: payment.clone(),
            amount_minor: None,
            reason: "late".into(),
        };
        let release = ReleasePayout { ticket: ticket(&cast.ops), payment: payment.clone() };
        let billing = &cast.booked.world.billing;
        let (released, refunded) = tokio::join!(billing.release(release), billing.refund(refund));
        let (released, refunded) = (won(released), won(refunded));
        assert!(released != refunded, "both or none: {released}");
        ends.insert(released);
        cast.work().await;
        let view = cast.payout(&payment).await;
        let paid = view.released_at.is_some();
        assert_eq!((paid, view.voided_at.is_some()), (released, refunded), "{view:?}");
    }
    cast.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn operators_who_refund_at_once_never_give_back_more_than_there_is() {
    let cast = Cast::over(Stores::postgres().await).await;
    for _ in 0..ROUNDS {
        let payment = cast.soon_payable().await;
        let left = cast.payout(&payment).await;
        let most = left.fee.minor + left.payout.minor;
        let refund = |by| {
            let command = RefundPayment {
                ticket: ticket(by),
                payment: payment.clone(),
                amount_minor: Some(most / 2 + 1),
                reason: "late".into(),
            };
            cast.booked.world.billing.refund(command)
        };
        let (a, b) = tokio::join!(refund(&cast.ops), refund(&cast.other));
        assert_eq!([won(a), won(b)].iter().filter(|won| **won).count(), 1);
    }
    cast.work().await;
    cast.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_message_a_return_and_a_reconciliation_of_one_capture_are_one() {
    let cast = Cast::over(Stores::postgres().await).await;
    let booked = &cast.booked;
    for _ in 0..ROUNDS {
        let session = booked.request_later().await;
        booked.approve(&session).await;
        let payment = booked.start_payment(&session).await;
        let captured =
            booked.world.gateway.fact(payment.order.as_ref().unwrap(), "1", FactKind::Captured, None);
        // Each bringer names the message in its own way.
        let tell = |by: &str| {
            let fact = GatewayFact { event: format!("{by} of {}", payment.id), ..captured.clone().unwrap() };
            async move { booked.world.booking.record_gateway_fact(&fact).await.unwrap() }
        };
        let (message, back, reconciled) =
            tokio::join!(tell("message"), tell("return"), tell("reconciliation"));
        let mut outcomes = [message, back, reconciled];
        outcomes.sort_by_key(|outcome| *outcome == FactOutcome::Ignored);
        assert_eq!(outcomes, [FactOutcome::Applied, FactOutcome::Ignored, FactOutcome::Ignored]);
        booked.cancel(&booked.mentor, &session).await.unwrap();
        booked.world.pass(hours(1)).await;
    }
    cast.check().await;
}
