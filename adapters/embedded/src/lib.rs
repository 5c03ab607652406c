//! A private `PostgreSQL` cluster in a folder, so that `cargo run` and `cargo test` need no database of yours.
//!
//! It finds the server's binaries, makes the data folder, starts the server on a unix socket only, starts it again
//! when it dies, puts right what a kill left behind, and stops it without leaving a process.
//!
//! Start reading at [`Cluster`]; then `supervisor`, the thread that owns the server.
//!
//! | module | what it knows |
//! |---|---|
//! | `cluster` | the public face: start, address, stop |
//! | `binaries` | where the system keeps `initdb` and `postgres` |
//! | `account` | which user the server runs as; root is refused by `PostgreSQL` |
//! | `folder` | what lies where in the folder, the lock, the socket's place |
//! | `data` | making the data folder, the check of its version |
//! | `postmaster` | the command line, waiting for "ready" |
//! | `processes` | which running processes belong to a data folder, and ending them |
//! | `supervisor` | the thread that starts, watches, restarts and stops the server |
//! | `database` | creating databases in the running cluster |
//!
//! What it must never know: the schema, migrations, configuration, any other crate of this workspace.

mod account;
mod binaries;
mod cluster;
mod data;
mod database;
mod error;
mod folder;
mod postmaster;
mod processes;
mod supervisor;

pub use binaries::Binaries;
pub use cluster::{Cluster, Options};
pub use error::EmbeddedError;
