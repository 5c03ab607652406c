//! Random histories against the domain alone.

mod money;
mod world;
