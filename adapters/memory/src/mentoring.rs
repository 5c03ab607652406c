//! Mentoring: what the parties of sessions write to each other.

use application_kernel::{Page, PageRequest, Store, StoreError};
use application_mentoring::MessageView;
use application_mentoring::ports::{MentoringPorts, MentoringQueries, MentoringTx, Messages, NewMessage};
use async_trait::async_trait;
use domain_kernel::{MessageId, SessionId, UserId};
use domain_mentoring::Chat;

use crate::platform::next;
use crate::store::{MemoryStore, MemoryTx};

#[async_trait]
impl Store<MentoringTx> for MemoryStore {
    async fn begin(&self) -> Result<MentoringTx, StoreError> {
        Ok(MentoringTx::new(Box::new(self.open().await)))
    }
}

impl MentoringPorts for MemoryTx {
    fn messages(&mut self) -> &mut dyn Messages {
        self
    }
}

fn view(id: i32, message: &NewMessage) -> MessageView {
    let NewMessage { session: _, sender, role, text, sent_at } = message;
    MessageView {
        id,
        sender_id: sender.to_string(),
        sender_role: role.to_string(),
        kind: "text".to_owned(),
        text: text.clone(),
        sent_at: Some(sent_at.to_string()),
    }
}

#[async_trait]
impl Messages for MemoryTx {
    async fn chat(&mut self, session: &SessionId) -> Result<Chat, StoreError> {
        let found = self.state.sessions.get(session).ok_or(StoreError::NotFound { table: "sessions" })?;
        Ok(Chat {
            session: session.clone(),
            student: found.student.clone(),
            mentor: found.mentor.clone(),
            status: found.status,
            ended_at: found.ended_at,
        })
    }

    async fn add(&mut self, message: &NewMessage) -> Result<MessageView, StoreError> {
        if !self.state.sessions.contains_key(&message.session) {
            return Err(StoreError::Refused { constraint: "session_messages_session_id_fkey".into() });
        }
        let id = next(self.state.session_messages.keys().next_back().copied());
        self.state.session_messages.insert(id, message.clone());
        Ok(view(id, message))
    }
}

#[async_trait]
impl MentoringQueries for MemoryStore {
    async fn messages(
        &self,
        session: &SessionId,
        reader: &UserId,
        page: &PageRequest<MessageId>,
    ) -> Result<Option<Page<MessageView, MessageId>>, StoreError> {
        let state = self.state().await;
        let is_party = state.sessions.get(session).is_some_and(|found| found.side(reader).is_some());
        if !is_party {
            return Ok(None);
        }
        let of_session = state.session_messages.iter().rev().filter(|(id, message)| {
            message.session == *session && page.after.is_none_or(|after| **id < after.get())
        });
        let views = of_session.map(|(id, message)| view(*id, message)).collect();
        Ok(Some(Page::cut(views, page.size, |view: &MessageView| MessageId::new(view.id))))
    }
}
