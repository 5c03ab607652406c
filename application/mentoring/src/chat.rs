use std::sync::Arc;

use application_kernel::{Clock, Reply, Store, Ticket, once};
use domain_kernel::SessionId;

use crate::ports::{MentoringTx, NewMessage};
use crate::{MentoringError, MessageView};

/// What the parties of a session do beside their meetings.
pub struct Mentoring {
    store: Arc<dyn Store<MentoringTx>>,
    clock: Arc<dyn Clock>,
}

/// A party writes to the other.
#[derive(Debug, Clone)]
pub struct SendMessage {
    /// Who writes.
    pub ticket: Ticket,
    /// In which session's chat.
    pub session: SessionId,
    /// What, 1 to 4000 characters.
    pub text: String,
}

impl Mentoring {
    /// Mentoring over these ports.
    pub fn new(store: Arc<dyn Store<MentoringTx>>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// A party writes into the session's chat, taken over or not, while it is open.
    pub async fn send_message(&self, cmd: SendMessage) -> Result<Reply<MessageView>, MentoringError> {
        let by = &cmd.ticket.by.id;
        once(&*self.store, &*self.clock, &cmd.ticket, || {
            async |tx| {
                let chat = tx.messages().chat(&cmd.session).await?;
                // Asked when the session is locked: who waited for the lock did not write before.
                let now = self.clock.now();
                let side = chat.write(by, now)?;
                let message = NewMessage {
                    session: cmd.session.clone(),
                    sender: by.clone(),
                    role: side.role(),
                    text: cmd.text.clone(),
                    sent_at: now,
                };
                let view = tx.messages().add(&message).await?;
                Ok(Reply::created(format!("sessions/{}/messages", cmd.session), view))
            }
        })
        .await
    }
}
