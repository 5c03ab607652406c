//! What gateways pay us out.

use application_billing::{RecordSettlement, ReverseSettlement};
use application_kernel::{Failure, MeansCode};
use domain_kernel::{Currency, Money};

use crate::both_stores;
use crate::support::money::{Cast, code};
use crate::support::stores::Stores;
use crate::support::world::ticket;

both_stores! {
    a_settlement_moves_what_the_gateway_held_to_the_bank,
    a_settlement_is_at_most_what_the_gateway_holds_and_a_mistake_is_taken_back_once,
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

async fn a_settlement_is_at_most_what_the_gateway_holds_and_a_mistake_is_taken_back_once(stores: Stores) {
    let cast = Cast::over(stores).await;
    cast.booked.scheduled().await;
    let billing = &cast.booked.world.billing;
    let settle = async |reference: &str, amount, currency: &str| {
        let money = |minor| Money::parse(minor, Currency::parse(currency).unwrap()).unwrap();
        let (reference, ticket) = (reference.to_owned(), ticket(&cast.ops));
        let command = RecordSettlement { ticket, reference, amount: money(amount), fee: money(100) };
        billing.record_settlement(command).await
    };
    let error = settle("s1", 249_901, "INR").await.unwrap_err();
    assert_eq!(error.extensions(), [("held_minor", 249_900.into())]);
    assert_eq!((error.code().name, error.fields()[0].field.as_str()), ("more_than_clearing", "amount_minor"));
    let error = settle("s1", 100, "USD").await.unwrap_err();
    assert_eq!((error.code().name, error.fields()[0].field.as_str()), ("more_than_clearing", "currency"));
    settle("s1", 100_000, "INR").await.unwrap();
    assert_eq!(code(settle("s2", 149_901, "INR").await), "more_than_clearing");
    cast.check().await;
    let reverse = async |reference: &str| {
        let (reference, reason) = (reference.to_owned(), "a digit too many".to_owned());
        let command = ReverseSettlement { ticket: ticket(&cast.ops), reference, reason };
        billing.reverse_settlement(command).await.map(|reply| reply.into_new().unwrap())
    };
    let back = reverse("s1").await.unwrap();
    assert_eq!(back.reversal_reason.as_deref(), Some("a digit too many"));
    assert_eq!(reverse("s1").await.unwrap(), back, "it is taken back once");
    assert_eq!(cast.audited("settlement.reverse").await, 1);
    assert_eq!(code(reverse("s9").await), "not_found");
    for account in ["bank:INR", "gateway_fees:INR"] {
        assert_eq!(cast.balance(account).await, 0);
    }
    assert_eq!(cast.balance("gateway_clearing:INR").await, 249_900);
    assert_eq!(code(settle("s1", 100, "INR").await), "already_settled");
    settle("s1 again", 249_900, "INR").await.unwrap();
    cast.check().await;
}
