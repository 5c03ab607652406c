//! Identity: signing up, confirming, logging in, staying logged in, logging out.
//!
//! It must never know HTTP, SQL, how an access token is written, or what people do once they are
//! in. Nothing it answers tells whether an address has an account. Start at [`Identity`]; what it
//! needs from outside is in [`ports`].

#![deny(missing_docs)]

mod argon;
mod command;
mod error;
mod identity;
mod log_in;
mod mails;
mod passwords;
pub mod ports;
mod sign_up;
mod standing;
mod view;

pub use command::{ChangeRole, ConfirmSignUp, LogIn, PeopleFilter, Reinstate, RequestSignUp, Suspend};
pub use error::{CODES, IdentityError};
pub use identity::Identity;
pub use passwords::{HashingCost, InvalidCost, Passwords};
pub use view::{MeView, PersonView, SuspensionView};

pub use application_kernel::{HashingFailed, TokenPair, Verdict};
