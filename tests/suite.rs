//! Every suite of the workspace, one module a folder:
//!
//! - [`migrations`]: the catalog, the histories, the orders;
//! - [`embedded`]: the private cluster's supervisor;
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::allow_attributes,
    reason = "a test stops at the first surprise"
)]

mod support;

mod embedded;
mod migrations;
