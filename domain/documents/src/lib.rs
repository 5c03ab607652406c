//! What students write about themselves (resumes, cover letters) and how mentors review it.
//!
//! It must never know sessions beyond whether the two have one, how documents are made or look, or
//! how anything is stored. Start at [`Review`], whose methods are the rows of the lifecycle of
//! [`ReviewStatus`](domain_kernel::ReviewStatus).

#![deny(missing_docs)]

mod document;
mod event;
mod policy;
mod rating;
mod review;

pub use document::{Document, DocumentKey, DocumentKind, DocumentRefused, Snapshot};
pub use event::{ReviewEvent, ReviewHappening};
pub use policy::ReviewPolicy;
pub use rating::{InvalidRating, Rating};
pub use review::{AskRefused, Review, ReviewCircumstances, ReviewRefused, ReviewRequest};
