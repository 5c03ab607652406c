use domain_kernel::{TimeDelta, Timestamp};

/// The only source of "now".
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait Clock: Send + Sync {
    /// The current instant.
    fn now(&self) -> Timestamp;
}

/// A clock that can be moved: the test clock of demo mode.
pub trait AdjustableClock: Clock {
    /// Moves the clock; a negative span moves it back.
    fn advance(&self, span: TimeDelta);
}

/// The only source of new identifiers and of randomness.
pub trait Ids: Send + Sync {
    /// A new text identifier, a UUID version 7.
    fn text(&self) -> String;
    /// A new secret of 256 random bits, 64 lower-case hexadecimal digits.
    fn secret(&self) -> String;
    /// A new code for people to type: eight decimal digits.
    fn code(&self) -> String;
}
