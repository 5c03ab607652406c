use application_kernel::{
    Code, Failure, FieldError, HashingFailed, MeansCode, OperatorRefused, StoreError, TicketRefused,
};
use domain_identity::{RoleBound, WeakPassword};

use crate::ports::TokenNotMade;

application_kernel::codes! {
    INVALID_CREDENTIALS = Unauthenticated "invalid_credentials": "No account has this address and this password. Which of the two is wrong is not told.";
    INVALID_CODE = Rule "sign_up_code_invalid": "The code is wrong, was typed wrongly five times, or is older than 24 hours. Sign up again for a new one.";
    WEAK_PASSWORD = Rule "weak_password": "The password holds the address or its name, or has fewer than five different characters.";
    REFRESH_INVALID = Unauthenticated "refresh_token_invalid": "The refresh token is unknown, has lapsed, or its log-in was ended. Log in again.";
    REFRESH_REUSED = Unauthenticated "refresh_token_reused": "The refresh token was exchanged before, so somebody has a copy. The log-in was ended; log in again.";
    HASHING_BUSY = Unavailable "passwords_busy": "Too many people sign up or log in at once. Try again after Retry-After seconds.";
    ACCOUNT_SUSPENDED = Forbidden "account_suspended": "The account is suspended. Write to the operators.";
    ROLE_UNCHANGED = Conflict "role_unchanged": "The role does not permit this change.";
    ROLE_BOUND_BY_SESSION = Conflict "role_bound_by_session": "The role cannot change while a session of the person is not over.";
    ROLE_BOUND_BY_REFUND = Conflict "role_bound_by_refund": "The role cannot change while a refund to the person is in flight.";
    ROLE_BOUND_BY_MONEY = Conflict "role_bound_by_money": "A mentor's role cannot change while money is payable to them, in transit, or owed by them.";
    IDENTITY_FAILED = Internal "identity_failed": "A password could not be hashed or a token not be written. It was logged; nothing was changed.";
}

/// Why identity refuses.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Address or password are wrong.
    #[error("the address or the password is wrong")]
    InvalidCredentials,
    /// No sign-up waits for this code.
    #[error("the code is wrong or has lapsed")]
    InvalidCode,
    /// The password is well formed, and too easy to guess.
    #[error(transparent)]
    WeakPassword(#[from] WeakPassword),
    /// The refresh token buys nothing.
    #[error("the refresh token is no longer valid")]
    RefreshInvalid,
    /// The refresh token was used before; its log-in is over.
    #[error("the refresh token was used before")]
    RefreshReused,
    /// The account is suspended; told only to who knows its password or holds its token.
    #[error("the account is suspended")]
    Suspended,
    /// The role cannot change now.
    #[error(transparent)]
    Role(#[from] RoleBound),
    /// The operator may not do this.
    #[error(transparent)]
    Operator(#[from] OperatorRefused),
    /// The request was repeated with a twist.
    #[error(transparent)]
    Ticket(#[from] TicketRefused),
    /// The password could not be hashed.
    #[error(transparent)]
    Hashing(#[from] HashingFailed),
    /// The access token could not be written.
    #[error(transparent)]
    Token(#[from] TokenNotMade),
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MeansCode for IdentityError {
    fn code(&self) -> Code {
        match self {
            Self::InvalidCredentials => INVALID_CREDENTIALS,
            Self::InvalidCode => INVALID_CODE,
            Self::WeakPassword(_) => WEAK_PASSWORD,
            Self::RefreshInvalid => REFRESH_INVALID,
            Self::RefreshReused => REFRESH_REUSED,
            Self::Suspended => ACCOUNT_SUSPENDED,
            Self::Role(RoleBound::LiveSession) => ROLE_BOUND_BY_SESSION,
            Self::Role(RoleBound::RefundInFlight) => ROLE_BOUND_BY_REFUND,
            Self::Role(RoleBound::MoneyOpen) => ROLE_BOUND_BY_MONEY,
            Self::Role(RoleBound::Illegal(_)) => ROLE_UNCHANGED,
            Self::Operator(refused) => refused.code(),
            Self::Ticket(refused) => refused.code(),
            Self::Hashing(HashingFailed::Busy) => HASHING_BUSY,
            Self::Hashing(HashingFailed::Broken(_)) | Self::Token(_) => IDENTITY_FAILED,
            Self::Store(error) => error.code(),
        }
    }
}

impl Failure for IdentityError {
    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::InvalidCode => vec![FieldError::new("code", self)],
            Self::WeakPassword(_) => vec![FieldError::new("password", self)],
            _ => Vec::new(),
        }
    }

    fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}
