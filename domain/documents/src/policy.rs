use domain_kernel::{TimeDelta, days};

/// The rules of the house on reviews. Configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReviewPolicy {
    /// How long after a COMPLETED session its mentor may still be asked. 30 days.
    pub ask_within: TimeDelta,
    /// A review that the mentor did not give within this time is withdrawn. 14 days.
    pub answer_within: TimeDelta,
}

impl Default for ReviewPolicy {
    fn default() -> Self {
        Self { ask_within: days(30), answer_within: days(14) }
    }
}
