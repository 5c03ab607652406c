use application_kernel::NewJob;
use domain_billing::{FactKind, GatewayFact};
use domain_kernel::{Labelled, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Takes in what a gateway said.
pub(crate) const GATEWAY_FACT: &str = "gateway_fact";

/// A fact as it travels.
#[derive(Debug, Serialize, Deserialize)]
struct Message {
    gateway: String,
    event: String,
    order: String,
    attempt: String,
    kind: String,
    amount_minor: i64,
    currency: String,
}

/// The job that takes in what a gateway said, once it is verified to come from it. `copy` tells apart how often the
/// gateway said it: the same copy is taken in once.
pub fn fact_message(fact: &GatewayFact, copy: i64, run_at: Timestamp) -> NewJob {
    let GatewayFact { gateway, event, order, attempt, kind, amount_minor, currency } = fact.clone();
    let subject = format!("{gateway}:{event}");
    let kind = kind.label().to_owned();
    let message = Message { gateway, event, order, attempt, kind, amount_minor, currency };
    let payload = serde_json::to_value(message).unwrap_or(Value::Null);
    NewJob { kind: GATEWAY_FACT, subject, version: copy, run_at, payload }
}

/// Reads what [`fact_message`] wrote.
pub(crate) fn read_fact(payload: &Value) -> Option<GatewayFact> {
    let Message { gateway, event, order, attempt, kind, amount_minor, currency } =
        serde_json::from_value(payload.clone()).ok()?;
    let kind = FactKind::from_label(&kind).ok()?;
    Some(GatewayFact { gateway, event, order, attempt, kind, amount_minor, currency })
}
