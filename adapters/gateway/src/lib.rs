//! Payment gateways and what pays mentors. Only the simulated gateway so far, which does as it is told, and payouts by
//! hand.
//!
//! It must never know sessions or decide what a fact means. Start at [`SimulatedGateway`].

mod manual;
mod simulated;

pub use manual::ManualPayouts;
pub use simulated::SimulatedGateway;
