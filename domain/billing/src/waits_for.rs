use domain_kernel::Timestamp;

use crate::Ledger;

/// For what a share in escrow waits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WaitsFor {
    /// The meetings.
    #[error("the session goes on")]
    Session,
    /// The end of its hold.
    #[error("it is held until {0}")]
    Hold(Timestamp),
    /// An operator, who gave this reason.
    #[error("an operator holds it: {0}")]
    Operator(String),
    /// The end of a dispute.
    #[error("a dispute is open")]
    Dispute,
    /// The decision about a no-show.
    #[error("a reported no-show is not decided")]
    NoShow,
}

impl Ledger {
    /// For what a share in escrow waits. What nothing here says is a no-show's decision, which the session knows.
    pub(crate) fn waits_for(&self, now: Timestamp) -> WaitsFor {
        match (&self.held, self.hold_until) {
            (Some(reason), _) => WaitsFor::Operator(reason.clone()),
            _ if self.dispute.is_some() => WaitsFor::Dispute,
            (None, None) => WaitsFor::Session,
            (None, Some(until)) if now < until => WaitsFor::Hold(until),
            (None, Some(_)) => WaitsFor::NoShow,
        }
    }
}
