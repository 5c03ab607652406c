use application_billing::ports::{PayoutOrder, PayoutProvider, ProviderDown};
use async_trait::async_trait;
use domain_billing::{BY_HAND, PayoutOutcome};

/// Operators pay mentors by hand, from the bank's own pages, and record the reference.
#[derive(Debug, Clone, Copy, Default)]
pub struct ManualPayouts;

#[async_trait]
impl PayoutProvider for ManualPayouts {
    fn name(&self) -> String {
        BY_HAND.to_owned()
    }

    async fn pay(&self, _: PayoutOrder) -> Result<Option<PayoutOutcome>, ProviderDown> {
        Ok(None)
    }

    fn is_told(&self) -> bool {
        true
    }
}
