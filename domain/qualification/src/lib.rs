//! How a mentor qualifies for a course: by a test, attempt by attempt, of questions from a bank.
//!
//! It must never know what a verification allows (the catalog does), which questions are drawn or
//! in which order (it is given them), or how anything is stored. Start at [`Attempt`], whose
//! methods are the rows of the lifecycle, at [`TestStatus`] for the table itself, and at
//! [`Question`] for what may be asked.

#![deny(missing_docs)]

mod attempt;
mod bank;
mod difficulty;
mod event;
mod history;
mod paper;
mod policy;
mod question;
mod status;

pub use attempt::{Attempt, AttemptRefused, AttemptRequest, TestResult};
pub use bank::{InvalidBank, QuestionBank};
pub use difficulty::{Difficulty, QuestionKind};
pub use event::{TestEvent, TestHappening};
pub use history::{Earlier, TestRefused, best_attempt};
pub use paper::{OpenQuestion, Paper, PaperQuestion, TopicResult};
pub use policy::TestPolicy;
pub use question::{InvalidQuestion, OPTIONS, Question, QuestionDraft};
pub use status::{TestStatus, TestStep};
