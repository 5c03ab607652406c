//! Who people are: addresses, names, passwords, pending sign-ups, families of refresh tokens, and how people stand with
//! the house.
//!
//! It must never know how a password is hashed, how a token is signed or what people book.
//! Start at [`SignUp`].

#![deny(missing_docs)]

mod email;
mod name;
mod password;
mod refresh;
mod sign_up;
mod standing;

pub use email::{Email, InvalidEmail};
pub use name::{InvalidName, PersonName};
pub use password::{Password, WeakPassword};
pub use refresh::{RefreshRefused, RefreshToken};
pub use sign_up::{SignUp, SignUpRefused};
pub use standing::{Obligations, RoleBound, Standing, StandingEvent, Suspension};
