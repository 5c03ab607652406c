//! What mentoring needs from outside; stores implement it.

use application_kernel::{Page, PageRequest, StoreError, Transaction};
use async_trait::async_trait;
use domain_kernel::{MessageId, Role, SessionId, Timestamp, UserId};
use domain_mentoring::Chat;

use crate::MessageView;

/// What mentoring needs inside a unit of work.
pub trait MentoringPorts: Transaction {
    /// What the parties of sessions write to each other.
    fn messages(&mut self) -> &mut dyn Messages;
}

application_kernel::unit_of_work! {
    /// A unit of work as mentoring sees it.
    MentoringTx over MentoringPorts
}

/// A message to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// In which session's chat.
    pub session: SessionId,
    /// Who writes.
    pub sender: UserId,
    /// As what.
    pub role: Role,
    /// What.
    pub text: String,
    /// When.
    pub sent_at: Timestamp,
}

/// What the parties of sessions write to each other.
#[async_trait]
pub trait Messages: Send {
    /// The session's chat, its session locked, taken over or not. Until the unit ends nobody else writes
    /// into it: so the keys of its messages grow in the order in which they can be read, and who has read
    /// one has missed none before it.
    async fn chat(&mut self, session: &SessionId) -> Result<Chat, StoreError>;
    /// Adds a message; answers it as the parties see it.
    async fn add(&mut self, message: &NewMessage) -> Result<MessageView, StoreError>;
}

/// Mentoring's reads. Each is one statement.
#[async_trait]
pub trait MentoringQueries: Send + Sync {
    /// What was written in the session's chat, the latest first; nothing if the reader is no party of it.
    async fn messages(
        &self,
        session: &SessionId,
        reader: &UserId,
        page: &PageRequest<MessageId>,
    ) -> Result<Option<Page<MessageView, MessageId>>, StoreError>;
}
