use application_kernel::{Code, Failure, MeansCode, StoreError, TicketRefused};
use domain_mentoring::ChatRefused;
use serde_json::Value;

application_kernel::codes! {
    CHAT_CLOSED = Conflict "chat_closed": "The parties write while their session is PAID or SCHEDULED, and until 30 days after it is COMPLETED (`not_after`). They read for ever.";
}

/// Why mentoring refuses.
#[derive(Debug, thiserror::Error)]
pub enum MentoringError {
    /// Nothing can be written into the chat.
    #[error(transparent)]
    Chat(#[from] ChatRefused),
    /// The request was repeated with a twist.
    #[error(transparent)]
    Ticket(#[from] TicketRefused),
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MeansCode for MentoringError {
    fn code(&self) -> Code {
        match self {
            Self::Chat(ChatRefused::NotAParty) => application_kernel::NOT_FOUND,
            Self::Chat(ChatRefused::Closed(_) | ChatRefused::TooLate(_)) => CHAT_CLOSED,
            Self::Ticket(refused) => refused.code(),
            Self::Store(error) => error.code(),
        }
    }
}

impl Failure for MentoringError {
    fn extensions(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Chat(ChatRefused::TooLate(until)) => vec![("not_after", until.to_string().into())],
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
