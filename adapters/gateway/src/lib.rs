//! Payment gateways. Only the simulated one so far: it does as it is told, and nothing else.
//!
//! It must never know sessions or decide what a fact means. Start at [`SimulatedGateway`].

mod simulated;

pub use simulated::SimulatedGateway;
