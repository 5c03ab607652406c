//! Skills, the plans that are sold for them, and how much of a skill a mentor may teach.
//!
//! It must never know sessions, money flows or who is asking. Start at [`SkillSlug`]: two names
//! are the same skill exactly when their slugs are equal.

#![deny(missing_docs)]

mod plan;
mod slug;
mod verification;

pub use plan::{InvalidPlan, Plan, PlanShape};
pub use slug::SkillSlug;
pub use verification::Verification;
