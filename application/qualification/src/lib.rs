//! How mentors qualify: so far the questions that skills are tested with.
//!
//! It must never know what is sold for a skill, nor give a question's key to who is tested. Start
//! at [`Seed`]; the questions themselves are in the folder `seeds`.

#![deny(missing_docs)]

pub mod ports;
mod seed;
mod skill_test;

pub use seed::{Seed, Seeded};
