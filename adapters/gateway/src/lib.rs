//! Payment gateways and what pays mentors. Only the simulated gateway so far, which does as it is told, and payouts by
//! hand.
//!
//! It must never know sessions or decide what a fact means. Start at [`SimulatedGateway`].

mod books;
mod leaving;
mod lines;
mod manual;
mod order;
mod script;
mod simulated;
mod state;
mod story;

pub use manual::ManualPayouts;
pub use simulated::SimulatedGateway;
pub use state::Position;
pub use story::Habit;
