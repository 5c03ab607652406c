//! Mail: to the log, and to a mailbox that developers read.
//!
//! It must never know why a mail is sent. Start at [`LogMailer`].

mod log;

pub use log::LogMailer;
