//! Operations: the staff's accounts and log-in, and what they look after that is no other context's: jobs that were
//! given up, and the record of who did what.
//!
//! It has no domain crate (ADR 14). What operators decide about people, sessions or money is a use case of the context
//! that owns these; it takes a `Ticket<CurrentOperator>`. It must never know HTTP, SQL or how a token is written. Start
//! at [`Operators`]; what it needs from outside is in [`ports`].

#![deny(missing_docs)]

mod codes;
mod command;
mod error;
mod log_in;
mod operators;
pub mod ports;
mod queue;
mod view;

pub use codes::{Enrolment, TotpSecret};
pub use command::{AddOperator, DropJob, OperatorLogIn, RetryJob};
pub use error::{CODES, OperationsError};
pub use operators::Operators;
pub use queue::Queue;
pub use view::{ActorView, AuditFilter, AuditView, DeadJobView, OperatorView};
