//! The HTTP interface: routes, request shapes, problems, the OpenAPI document and its reader page.
//!
//! A module per context, named as the application crate is. A handler turns a request into a
//! command or a query and an answer into JSON; it must never hold a rule, nor know a store.
//! Start at `routes.rs` for what there is and at [`Problem`] for how it fails.

mod accept;
mod booking;
mod catalog;
mod client;
mod codes;
mod dev;
mod document;
mod extract;
mod fields;
mod health;
mod identity;
mod meetings;
mod mentoring;
mod metrics;
mod operations;
mod page;
mod permission;
mod problem;
mod reader;
mod reply;
mod revoked;
mod routes;
mod script;
mod server;
mod span;
mod state;
mod statements;
mod table;
mod throttle;
mod tokens;
mod unknown;
mod unreadable;
mod whole;

pub use client::{NoProxy, Proxies};
pub use codes::{codes, status_of};
pub use metrics::Metrics;
pub use problem::Problem;
pub use routes::openapi;
pub use server::{Handle, Listening, ServeError, listen};
pub use state::{Api, Demo, Limits, Readiness};
pub use tokens::JwtTokens;
