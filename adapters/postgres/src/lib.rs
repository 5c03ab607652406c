//! The stores on PostgreSQL: a module per context, named as the application crate is.
//!
//! A module writes only its own context's tables; its reads may join any. Rows are private and
//! become aggregates or views here. It must never decide anything: rules are the domain's.
//! Start at [`PgStore`]; a unit of work is a [`PgTx`], which is every context's ports at once.

// diesel's `table!` expands to code that these lints were not written for.
mod schema;
mod sql_types;

mod about;
mod billing;
mod booking;
mod catalog;
mod column;
mod contradictions;
mod error;
mod identity;
mod jobs;
mod journal;
mod lent;
mod measures;
mod mentoring;
mod operations;
mod platform;
mod qualification;
mod revocations;
mod sql;
mod store;

pub use about::About;
pub use contradictions::Contradiction;
pub use store::{PgOptions, PgStore, PgTx};
