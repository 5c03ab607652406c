//! The scripts, what they build, and how the migrator keeps its two histories.

mod catalog;
mod deploy;
mod failure;
mod folders;
mod lifecycles;
mod orders;
mod sql;
mod status;
