//! The program: command line, configuration, composition, and the life of a server.
//!
//! It knows every crate and holds no rule. Start at [`run`]; ports meet adapters in [`compose`],
//! a server's life from start to stop is in `serve.rs`.

#![deny(missing_docs)]

mod address;
pub mod ambient;
mod booking;
mod cli;
pub mod compose;
mod contexts;
mod demo;
mod doctor;
mod gateway;
pub mod generate;
mod guards;
mod layers;
mod ledger;
mod legacy;
mod logging;
mod migrate;
mod migrations;
mod operators;
mod output;
mod place;
mod secret;
mod seed;
mod serve;
pub mod settings;
mod working;

pub use cli::run;
