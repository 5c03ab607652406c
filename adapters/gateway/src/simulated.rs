use application_billing::ports::{PayoutOrder, PayoutProvider, ProviderDown, RefundGateway, RefundOrder};
use application_booking::ports::{GatewayDown, GatewaySimulator, OrderRequest, PaymentGateway};
use async_trait::async_trait;
use domain_billing::{FactKind, GatewayFact, PayoutOutcome, RefundOutcome};
use domain_kernel::Labelled;

const NAME: &str = "simulated";

/// A gateway without money. It keeps no state: an order's key says what it was made for, so it
/// survives restarts and the same key always means the same order.
#[derive(Debug, Clone, Copy, Default)]
pub struct SimulatedGateway;

#[async_trait]
impl PaymentGateway for SimulatedGateway {
    fn name(&self) -> String {
        NAME.to_owned()
    }

    async fn order(&self, request: OrderRequest) -> Result<String, GatewayDown> {
        let OrderRequest { payment, amount } = request;
        Ok(format!("sim_{payment}_{}_{}", amount.minor(), amount.currency()))
    }
}

#[async_trait]
impl RefundGateway for SimulatedGateway {
    async fn refund(&self, _: RefundOrder) -> Result<Option<RefundOutcome>, ProviderDown> {
        Ok(Some(RefundOutcome::Processed))
    }
}

#[async_trait]
impl PayoutProvider for SimulatedGateway {
    fn name(&self) -> String {
        NAME.to_owned()
    }

    async fn pay(&self, order: PayoutOrder) -> Result<Option<PayoutOutcome>, ProviderDown> {
        Ok(Some(PayoutOutcome::Paid { reference: format!("sim_payout_{}", order.key) }))
    }

    fn is_told(&self) -> bool {
        false
    }
}

impl GatewaySimulator for SimulatedGateway {
    fn fact(
        &self,
        order: &str,
        attempt: &str,
        kind: FactKind,
        amount: Option<(i64, String)>,
    ) -> Option<GatewayFact> {
        let mut parts = order.strip_prefix("sim_")?.rsplitn(3, '_');
        let currency = parts.next()?.to_owned();
        let minor = parts.next()?.parse().ok()?;
        let payment = parts.next()?;
        let own = (minor, currency);
        let (amount_minor, currency) = amount.unwrap_or_else(|| own.clone());
        // An attempt brings one amount; telling the same fact again is a repetition.
        let attempt = if (amount_minor, &currency) == (own.0, &own.1) {
            format!("sim_pay_{payment}_{attempt}")
        } else {
            format!("sim_pay_{payment}_{attempt}_{amount_minor}_{currency}")
        };
        Some(GatewayFact {
            gateway: NAME.to_owned(),
            event: format!("{attempt}:{}", kind.label()),
            order: order.to_owned(),
            attempt,
            kind,
            amount_minor,
            currency,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain_kernel::{Currency, Money, PaymentId};

    #[tokio::test]
    async fn an_order_can_be_told_to_be_captured() {
        let amount = Money::parse(249_900, Currency::parse("INR").unwrap()).unwrap();
        let payment = PaymentId::parse("01936f5e_x").unwrap();
        let order = SimulatedGateway.order(OrderRequest { payment, amount }).await.unwrap();
        let fact = SimulatedGateway.fact(&order, "1", FactKind::Captured, None).unwrap();
        assert_eq!((fact.amount_minor, fact.currency.as_str(), fact.order), (249_900, "INR", order));
        assert_eq!(SimulatedGateway.fact("order_of_somebody_else", "1", FactKind::Captured, None), None);
    }
}
