//! The program as a user runs it: real processes, killed in every way.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::allow_attributes,
    reason = "a test stops at the first surprise"
)]

mod beginnings;
mod commands;
mod deaths;
mod documented;
mod given;
mod migrate_commands;
mod migrating;
mod running;
mod taken_over;
mod telemetry;
mod tls;
mod up;
