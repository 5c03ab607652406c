//! The store that forgets: every repository and query over plain maps, for tests and for a server
//! without a database.
//!
//! It keeps the promises of the ports as PostgreSQL does: all or nothing, versions, the named
//! constraints, the order of lists. It must never know HTTP, and no rule of a domain lives here.
//! Start at [`MemoryStore`]; each context has a module with the name it has in the other layers.

mod billing;
mod booking;
mod catalog;
mod identity;
mod jobs;
mod journal;
mod measures;
mod mentoring;
mod operations;
mod platform;
mod qualification;
mod revocations;
#[cfg(test)]
mod stand_ins;
mod store;

pub use store::{MemoryStore, MemoryTx};
