//! The scripts, what they build, and how the migrator keeps its two histories.

mod adopt;
mod catalog;
mod comparison;
mod contradictions;
mod deploy;
mod differences;
mod failure;
mod folders;
mod former;
mod legacy;
mod lifecycles;
mod lint;
mod orders;
mod people_decide;
pub mod sql;
mod status;
mod undo;
mod verify;
