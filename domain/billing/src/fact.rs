use domain_kernel::labelled;

use crate::Payment;

labelled! {
    /// What a gateway can tell of an order.
    pub enum FactKind {
        /// The student consented; the money is on its way.
        Authorised = "authorised",
        /// The money came.
        Captured = "captured",
        /// The attempt failed.
        Failed = "failed",
    }
}

/// What a gateway told us, verified to come from it. The same fact may come many times, late
/// and out of order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayFact {
    /// The gateway, such as `simulated`.
    pub gateway: String,
    /// The gateway's key of this message; a repetition has the same.
    pub event: String,
    /// The gateway's key of the order.
    pub order: String,
    /// The gateway's key of the student's attempt.
    pub attempt: String,
    /// What happened.
    pub kind: FactKind,
    /// How much, in minor units, as the gateway says it.
    pub amount_minor: i64,
    /// In which currency, as the gateway says it.
    pub currency: String,
}

impl GatewayFact {
    /// What a gateway must have told of a payment that was taken over: that its money came.
    pub fn taken_over(payment: &Payment) -> Self {
        Self {
            gateway: payment.gateway.clone(),
            event: format!("taken over: {}", payment.id),
            order: payment.order.clone().unwrap_or_default(),
            attempt: payment.captured_by.clone().unwrap_or_else(|| payment.id.to_string()),
            kind: FactKind::Captured,
            amount_minor: payment.amount.minor(),
            currency: payment.amount.currency().to_string(),
        }
    }
}

/// What was made of an earlier fact about the same payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// See [`GatewayFact::event`].
    pub event: String,
    /// See [`GatewayFact::attempt`].
    pub attempt: String,
    /// What had happened.
    pub kind: FactKind,
    /// What was made of it.
    pub outcome: FactOutcome,
}

labelled! {
    /// What we made of a fact.
    pub enum FactOutcome {
        /// The payment changed as the fact says.
        Applied = "applied",
        /// The money came after the session was called off: it is to go back.
        Late = "late",
        /// The money came a second time: that is to go back.
        Second = "second",
        /// Order, amount or currency differ: it is to go back.
        Mismatch = "mismatch",
        /// An amount or a currency came that we cannot hold: an operator has to look.
        Unreadable = "unreadable",
        /// It said nothing new.
        Ignored = "ignored",
    }
}
