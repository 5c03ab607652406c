//! The house's laws over `cargo metadata` and the tree.

mod crates;
mod tree;
