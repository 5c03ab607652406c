use domain_billing::{FactKind, GatewayFact};
use domain_kernel::Labelled;

/// The simulated gateway's name.
pub(crate) const NAME: &str = "simulated";

/// What an order's key says: for which payment it was made, and for how much. So the same key always means the same
/// order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OrderKey {
    pub(crate) payment: String,
    pub(crate) minor: i64,
    pub(crate) currency: String,
}

impl OrderKey {
    /// The key of a payment's order.
    pub(crate) fn written(payment: &str, minor: i64, currency: &str) -> String {
        format!("sim_{payment}_{minor}_{currency}")
    }

    /// Reads a key; nothing if this gateway makes no such keys.
    pub(crate) fn parse(order: &str) -> Option<Self> {
        let mut parts = order.strip_prefix("sim_")?.rsplitn(3, '_');
        let currency = parts.next()?.to_owned();
        let minor = parts.next()?.parse().ok()?;
        let payment = parts.next()?.to_owned();
        Some(Self { payment, minor, currency })
    }

    /// The key of a student's attempt.
    pub(crate) fn attempt(&self, name: &str) -> String {
        format!("sim_pay_{}_{name}", self.payment)
    }
}

/// The fact that the gateway tells of an attempt.
pub(crate) fn fact(
    order: &str,
    attempt: String,
    kind: FactKind,
    amount_minor: i64,
    currency: String,
) -> GatewayFact {
    GatewayFact {
        gateway: NAME.to_owned(),
        event: format!("{attempt}:{}", kind.label()),
        order: order.to_owned(),
        attempt,
        kind,
        amount_minor,
        currency,
    }
}
