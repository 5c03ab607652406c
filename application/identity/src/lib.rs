//! Identity: signing up, confirming, logging in, staying logged in, logging out.
//!
//! It must never know HTTP, SQL, how an access token is written, or what people do once they are
//! in. Nothing it answers tells whether an address has an account. Start at [`Identity`]; what it
//! needs from outside is in [`ports`].

#![deny(missing_docs)]

mod command;
mod error;
mod identity;
mod log_in;
mod mails;
mod passwords;
pub mod ports;
mod sign_up;
mod view;

pub use command::{ConfirmSignUp, LogIn, RequestSignUp};
pub use error::{CODES, IdentityError};
pub use identity::Identity;
pub use passwords::{HashingCost, HashingFailed, InvalidCost, Passwords, Verdict};
pub use view::{MeView, TokenPair};
