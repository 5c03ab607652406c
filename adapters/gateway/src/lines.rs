use application_booking::{Answer, Call};
use serde::{Deserialize, Serialize};

/// What the books consist of. Times are microseconds since 1970; what has one that lies ahead is still to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub(crate) enum Line {
    /// An order was made.
    Order { order: String, made: Made },
    /// The next calls are not answered.
    Silence { order: String, call: Call, times: u32, does: bool },
    /// One of them was not.
    Silent { order: String, call: Call },
    /// How the next refunds or payouts go.
    Answers { order: String, call: Call, answer: Answer, times: u32 },
    /// Something happened to an attempt.
    Attempt { order: String, event: Event },
    /// What is left of an attempt's money is taken back.
    Reversal { order: String, attempt: String, at: i64 },
    /// A student's bank wants money back, or has decided.
    Dispute { order: String, key: String, step: Step, minor: i64, at: i64 },
    /// Money was asked to go back under this key.
    Refund { order: String, key: String, attempt: String, leaving: Leaving },
    /// A mentor was asked to be paid under this key.
    Payout { order: String, key: String, leaving: Leaving },
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Made {
    pub(crate) payment: String,
    pub(crate) minor: i64,
    pub(crate) currency: String,
    pub(crate) at: i64,
}

/// What happened to an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) attempt: String,
    /// As facts name it.
    pub(crate) kind: String,
    pub(crate) minor: i64,
    pub(crate) currency: String,
    pub(crate) at: i64,
}

/// What happened to a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    Opened,
    Won,
    Lost,
}

/// Money that is to leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Leaving {
    pub(crate) minor: i64,
    pub(crate) currency: String,
    pub(crate) asked_at: i64,
    /// When it leaves; never if there is none.
    pub(crate) at: Option<i64>,
    /// Why it does not.
    pub(crate) refused: Option<String>,
}

impl Line {
    /// The order that it is about.
    pub(crate) fn order(&self) -> &str {
        match self {
            Self::Order { order, .. }
            | Self::Silence { order, .. }
            | Self::Silent { order, .. }
            | Self::Answers { order, .. }
            | Self::Attempt { order, .. }
            | Self::Reversal { order, .. }
            | Self::Dispute { order, .. }
            | Self::Refund { order, .. }
            | Self::Payout { order, .. } => order,
        }
    }
}
