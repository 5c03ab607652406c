//! The catalog: what is sold and who teaches it, for anybody to read.
//!
//! It only reads, apart from [`Seed`], which fills an empty catalog. It must never know sessions,
//! accounts or anything personal beyond what mentors show the world. Start at
//! [`ports::CatalogQueries`]; what is shown is in `view.rs`.

#![deny(missing_docs)]

mod demo_mentors;
mod offer;
pub mod ports;
mod query;
mod seed;
mod view;

pub use query::{MentorFilter, MentorKey, PlanFilter};
pub use seed::{Seed, Seeded};
pub use view::{MentorView, OfferedView, PlanDetail, PlanView, TaughtCourseView, TopicView, rating_shown};
