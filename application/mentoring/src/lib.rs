//! What happens between the parties of a session beside their meetings: so far their chat.
//!
//! It must never know how a session comes about, is paid or ends, nor HTTP or SQL. Start at
//! [`Mentoring`]; what it needs from outside is in [`ports`].

#![deny(missing_docs)]

mod chat;
mod error;
pub mod ports;
mod view;

pub use chat::{Mentoring, SendMessage};
pub use error::{CODES, MentoringError};
pub use view::MessageView;
