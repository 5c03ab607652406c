use application_kernel::{
    Code, Failure, FieldError, HashingFailed, MeansCode, OperatorRefused, StoreError, TicketRefused,
    TokenNotMade,
};

application_kernel::codes! {
    INVALID_OPERATOR_CREDENTIALS = Unauthenticated "invalid_operator_credentials": "No operator has this address, this password and this code, or the code was used before. Which of them is wrong is not told.";
    OPERATOR_REFRESH_INVALID = Unauthenticated "operator_refresh_invalid": "The refresh token is unknown, has lapsed, or its log-in was ended. Log in again.";
    OPERATOR_REFRESH_REUSED = Unauthenticated "operator_refresh_reused": "The refresh token was exchanged before, so somebody has a copy. The log-in was ended; log in again.";
    OPERATOR_EXISTS = Conflict "operator_exists": "An operator with this address, or for this user, exists already.";
    NO_SUCH_USER = Rule "no_such_user": "The operator's own account as a student or mentor does not exist.";
    LAST_USERS_HOLDER = Conflict "last_users_holder": "The last operator who holds the permission users cannot lose it. Grant it to another first.";
    JOB_NOT_GIVEN_UP = Conflict "job_not_given_up": "The job was not given up: it is done, or is still to be done, so it cannot be put aside.";
    OPERATORS_BUSY = Unavailable "operators_busy": "Too many people log in at once. Try again after Retry-After seconds.";
    OPERATIONS_FAILED = Internal "operations_failed": "A password could not be hashed or a token not be written. It was logged; nothing was changed.";
}

/// Why operations refuses.
#[derive(Debug, thiserror::Error)]
pub enum OperationsError {
    /// Address, password or code are wrong.
    #[error("the address, the password or the code is wrong")]
    InvalidCredentials,
    /// The refresh token buys nothing.
    #[error("the refresh token is no longer valid")]
    RefreshInvalid,
    /// The refresh token was used before; its log-in is over.
    #[error("the refresh token was used before")]
    RefreshReused,
    /// There is such an operator.
    #[error("there is such an operator already")]
    Exists,
    /// The operator's own account is none.
    #[error("there is no such user")]
    NoSuchUser,
    /// Nobody would be left to look after people.
    #[error("the last holder of the permission users cannot lose it")]
    LastUsersHolder,
    /// The job is done, or still to be done.
    #[error("the job was not given up")]
    NotGivenUp,
    /// A secret that was made or kept is none.
    #[error("a secret of the authenticator is none: {0}")]
    BrokenSecret(String),
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

impl MeansCode for OperationsError {
    fn code(&self) -> Code {
        match self {
            Self::InvalidCredentials => INVALID_OPERATOR_CREDENTIALS,
            Self::RefreshInvalid => OPERATOR_REFRESH_INVALID,
            Self::RefreshReused => OPERATOR_REFRESH_REUSED,
            Self::Exists => OPERATOR_EXISTS,
            Self::NoSuchUser => NO_SUCH_USER,
            Self::LastUsersHolder => LAST_USERS_HOLDER,
            Self::NotGivenUp => JOB_NOT_GIVEN_UP,
            Self::Operator(refused) => refused.code(),
            Self::Ticket(refused) => refused.code(),
            Self::Hashing(HashingFailed::Busy) => OPERATORS_BUSY,
            Self::BrokenSecret(_) | Self::Hashing(HashingFailed::Broken(_)) | Self::Token(_) => {
                OPERATIONS_FAILED
            }
            Self::Store(error) => error.code(),
        }
    }
}

impl Failure for OperationsError {
    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::NoSuchUser => vec![FieldError::new("user_id", self)],
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
