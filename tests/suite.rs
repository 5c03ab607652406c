//! Every suite of the workspace, one module a folder:
//!
//! - [`architecture`]: who may depend on whom, and what a tidy tree is;
//! - [`contract`]: one list of cases that both stores pass;
//! - [`scenario`]: use cases end to end, the same functions on both stores;
//! - [`http`]: the interface from outside, on both stores;
//! - [`migrations`]: the catalog, the histories, the orders;
//! - [`property`]: random histories against the domain;
//! - [`fault`]: what a failing store leaves behind;
//! - [`embedded`]: the private cluster's supervisor.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::allow_attributes,
    reason = "a test stops at the first surprise"
)]

mod support;

mod architecture;
mod contract;
mod embedded;
mod fault;
mod http;
mod migrations;
mod property;
mod scenario;
