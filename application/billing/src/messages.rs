use application_kernel::NewJob;
use domain_billing::{DisputeStep, PayoutOutcome, RefundOutcome};
use domain_kernel::{InvalidId, PayoutAttemptId, RefundId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{DisputeFact, DisputeTold};

/// Takes in what a gateway said of a dispute.
pub(crate) const GATEWAY_DISPUTE: &str = "gateway_dispute";
/// Takes in what a gateway said of a refund.
pub(crate) const GATEWAY_REFUND: &str = "gateway_refund";
/// Takes in what a provider said of a payout.
pub(crate) const PROVIDER_PAYOUT: &str = "provider_payout";

/// What is told of a dispute, as it travels.
#[derive(Debug, Serialize, Deserialize)]
struct DisputeMessage {
    gateway: String,
    order: String,
    key: String,
    what: DisputeWord,
    amount_minor: Option<i64>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DisputeWord {
    Opened,
    Reversed,
    Won,
    Lost,
}

/// What is told of money that leaves, as it travels: its reference, or why it does not.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Left {
    Done(String),
    Failed(String),
    Returned(String),
}

fn message(
    kind: &'static str,
    subject: String,
    copy: i64,
    run_at: Timestamp,
    told: impl Serialize,
) -> NewJob {
    let payload = serde_json::to_value(told).unwrap_or(Value::Null);
    NewJob { kind, subject, version: copy, run_at, payload }
}

/// The job that takes in what a gateway said of a dispute. `copy` tells apart how often it said it.
pub fn dispute_message(fact: &DisputeFact, copy: i64, run_at: Timestamp) -> NewJob {
    let DisputeFact { gateway, order, key, what } = fact.clone();
    let (what, amount_minor) = match what {
        DisputeTold::Opened(minor) => (DisputeWord::Opened, minor),
        DisputeTold::Reversed(minor) => (DisputeWord::Reversed, minor),
        DisputeTold::Ended(DisputeStep::Win) => (DisputeWord::Won, None),
        DisputeTold::Ended(DisputeStep::Lose) => (DisputeWord::Lost, None),
    };
    let ends = matches!(what, DisputeWord::Won | DisputeWord::Lost);
    let subject = format!("{gateway}:{key}:{}", if ends { "ended" } else { "opened" });
    let told = DisputeMessage { gateway, order, key, what, amount_minor };
    message(GATEWAY_DISPUTE, subject, copy, run_at, told)
}

/// The job that takes in what a gateway said of the refund that it was asked for under this key.
pub fn refund_message(key: &str, told: &RefundOutcome, copy: i64, run_at: Timestamp) -> NewJob {
    let told = match told {
        RefundOutcome::Processed => Left::Done(String::new()),
        RefundOutcome::Failed { reason } => Left::Failed(reason.clone()),
    };
    message(GATEWAY_REFUND, key.to_owned(), copy, run_at, told)
}

/// The job that takes in what a provider said of the payout that it was asked for under this key.
pub fn payout_message(key: &PayoutAttemptId, told: &PayoutOutcome, copy: i64, run_at: Timestamp) -> NewJob {
    let told = match told.clone() {
        PayoutOutcome::Paid { reference } => Left::Done(reference),
        PayoutOutcome::Failed { reason } => Left::Failed(reason),
        PayoutOutcome::Returned { reason } => Left::Returned(reason),
    };
    message(PROVIDER_PAYOUT, key.to_string(), copy, run_at, told)
}

/// Reads what [`dispute_message`] wrote.
pub(crate) fn read_dispute(payload: &Value) -> Result<DisputeFact, serde_json::Error> {
    let DisputeMessage { gateway, order, key, what, amount_minor } = serde_json::from_value(payload.clone())?;
    let what = match what {
        DisputeWord::Opened => DisputeTold::Opened(amount_minor),
        DisputeWord::Reversed => DisputeTold::Reversed(amount_minor),
        DisputeWord::Won => DisputeTold::Ended(DisputeStep::Win),
        DisputeWord::Lost => DisputeTold::Ended(DisputeStep::Lose),
    };
    Ok(DisputeFact { gateway, order, key, what })
}

/// Reads what [`refund_message`] wrote.
pub(crate) fn read_refund(payload: &Value) -> Result<RefundOutcome, serde_json::Error> {
    Ok(match serde_json::from_value(payload.clone())? {
        Left::Done(_) => RefundOutcome::Processed,
        Left::Failed(reason) | Left::Returned(reason) => RefundOutcome::Failed { reason },
    })
}

/// The refund whose key this is.
pub(crate) fn refund_of(key: &str) -> Result<RefundId, InvalidId> {
    let (id, _) = key.rsplit_once('-').ok_or(InvalidId)?;
    RefundId::parse(id)
}

/// Reads what [`payout_message`] wrote.
pub(crate) fn read_payout(payload: &Value) -> Result<PayoutOutcome, serde_json::Error> {
    Ok(match serde_json::from_value(payload.clone())? {
        Left::Done(reference) => PayoutOutcome::Paid { reference },
        Left::Failed(reason) => PayoutOutcome::Failed { reason },
        Left::Returned(reason) => PayoutOutcome::Returned { reason },
    })
}
