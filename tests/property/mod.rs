//! Random histories against the domain alone.

mod laws;
mod money;
mod payouts;
mod world;
