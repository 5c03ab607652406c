use domain_kernel::Money;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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
