use serde::{Deserialize, Serialize};

/// One step of what a simulated gateway does with an order.
///
/// Steps follow each other: each happens so long after the one before. What concerns refunds, payouts and answers is set
/// at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScriptStep {
    /// Something happens to an attempt of the student.
    Happens {
        /// What.
        what: Happens,
        /// Which attempt, such as `1`. An attempt is authorised, fails and brings money once each.
        attempt: String,
        /// How many minutes after the step before.
        after_minutes: u32,
        /// How much in minor units, if that is not the order's amount.
        amount_minor: Option<i64>,
        /// In which currency, if that is not the order's.
        currency: Option<String>,
        /// How it is told.
        post: Post,
    },
    /// The messages of all steps are sent in the opposite order.
    Reorder,
    /// How the gateway gives back for the next keys that it was not asked with before.
    Refunds {
        /// What becomes of it.
        answer: Answer,
        /// For how many keys.
        times: u32,
    },
    /// How the provider pays for the next keys that it was not asked with before.
    Payouts {
        /// What becomes of it.
        answer: Answer,
        /// For how many keys.
        times: u32,
    },
    /// The gateway does not answer the next calls.
    Silence {
        /// Which calls.
        call: Call,
        /// How many.
        times: u32,
        /// Whether it does what it is asked for, though it does not say so.
        does: bool,
    },
}

/// What happens to an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happens {
    /// The student consents.
    Authorised,
    /// The money comes.
    Captured,
    /// It fails.
    Failed,
    /// What is left of its money is taken back: a dispute that is opened and lost at once.
    Reversed,
}

/// How a message travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Post {
    /// How many minutes after the event it is sent.
    pub delay_minutes: u32,
    /// How often it is sent; never for 0.
    pub copies: u32,
}

impl Post {
    /// Once, at once.
    pub const PROMPT: Self = Self { delay_minutes: 0, copies: 1 };
    /// Never.
    pub const LOST: Self = Self { delay_minutes: 0, copies: 0 };
}

/// What becomes of money that is to leave the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It has left.
    Done,
    /// The gateway refuses.
    Refused,
    /// It leaves so many minutes later; that is told by a message, and by asking again.
    Late(u32),
    /// It never leaves, and the gateway never says so.
    Never,
}

/// What a gateway is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// To make an order.
    Order,
    /// What it knows of one.
    Facts,
    /// To give back.
    Refund,
    /// To pay a mentor.
    Payout,
}
