use domain_kernel::{IllegalTransition, Money};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

crate::codes! {
    ILLEGAL_TRANSITION = Conflict "illegal_transition": "The present status does not permit this; `from`, `event` and `allowed` tell what it does, the last as far as the caller may do it.";
    PAYOUT_UNDER_WAY = Conflict "payout_under_way": "The mentor's share has left escrow; `from`, `event` and `allowed` tell where it stands.";
    DISPUTE_OPEN = Conflict "dispute_open": "A dispute about the payment is open. Wait until it is won or lost.";
    AMOUNT_OUT_OF_RANGE = Internal "amount_out_of_range": "An amount left its range. It was logged; nothing was changed.";
}

/// What a client can act on when a status does not permit a change.
pub fn transition(illegal: &IllegalTransition) -> Vec<(&'static str, Value)> {
    let IllegalTransition { machine, from, event, allowed } = illegal;
    vec![
        ("machine", (*machine).into()),
        ("from", (*from).into()),
        ("event", (*event).into()),
        ("allowed", allowed.clone().into()),
    ]
}

/// An amount of money, as every context shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MoneyView {
    /// In minor units: 249900 is 2499.00.
    #[schema(example = 249_900)]
    pub minor: i64,
    /// ISO 4217.
    #[schema(example = "INR")]
    pub currency: String,
}

impl From<Money> for MoneyView {
    fn from(money: Money) -> Self {
        Self { minor: money.minor(), currency: money.currency().code().to_owned() }
    }
}
