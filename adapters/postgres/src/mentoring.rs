//! Mentoring's ports: `session_messages`.

use application_kernel::{Page, PageRequest, Store, StoreError};
use application_mentoring::MessageView;
use application_mentoring::ports::{MentoringPorts, MentoringQueries, MentoringTx, Messages, NewMessage};
use async_trait::async_trait;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain_kernel::{Labelled, MessageId, Role, SessionId, Timestamp, UserId};
use domain_mentoring::{Chat, ended_at};

use crate::column::PgSessionStatus;
use crate::error::{corrupt, missing, store_error};
use crate::schema::{session_messages, sessions};
use crate::store::{PgStore, PgTx};

/// What a party writes; other programs also wrote `zoom_link` and `file`.
const TEXT: &str = "text";

#[async_trait]
impl Store<MentoringTx> for PgStore {
    async fn begin(&self) -> Result<MentoringTx, StoreError> {
        Ok(MentoringTx::new(Box::new(self.transaction().await?)))
    }
}

impl MentoringPorts for PgTx {
    fn messages(&mut self) -> &mut dyn Messages {
        self
    }
}

/// A row of `session_messages` as it is read. Rows that were taken over may lack role and time.
#[derive(Queryable, Selectable)]
#[diesel(table_name = session_messages)]
struct MessageRow {
    id: i32,
    sender_id: String,
    #[diesel(select_expression = session_messages::sender_role.nullable())]
    sender_role: Option<String>,
    content: String,
    message_type: String,
    created_at: Option<NaiveDateTime>,
}

impl MessageRow {
    fn view(self, mentor: &str) -> MessageView {
        let Self { id, sender_id, sender_role, content, message_type, created_at } = self;
        // As adoption fills it: the mentor's id means MENTOR, any other STUDENT.
        let role = if sender_id == mentor { Role::Mentor } else { Role::Student };
        MessageView {
            id,
            sender_id,
            sender_role: sender_role.unwrap_or_else(|| role.to_string()),
            kind: message_type,
            text: content,
            sent_at: created_at.map(|at| Timestamp::from_utc(at).to_string()),
        }
    }
}

/// A row of `session_messages` as it is written.
#[derive(Insertable)]
#[diesel(table_name = session_messages)]
struct NewMessageRow<'a> {
    session_id: &'a str,
    sender_id: &'a str,
    sender_role: &'static str,
    content: &'a str,
    message_type: &'static str,
    created_at: NaiveDateTime,
}

#[async_trait]
impl Messages for PgTx {
    async fn chat(&mut self, session: &SessionId) -> Result<Chat, StoreError> {
        type Row =
            (String, String, PgSessionStatus, Option<NaiveDateTime>, Option<NaiveDateTime>, NaiveDateTime);
        let (student, mentor, status, completed_at, end_time, scheduled_at): Row = sessions::table
            .find(session.as_str())
            .select((
                sessions::student_id,
                sessions::mentor_id,
                sessions::status,
                sessions::completed_at,
                sessions::end_time,
                sessions::scheduled_at,
            ))
            .for_no_key_update()
            .first(&mut *self.conn)
            .await
            .map_err(missing("sessions"))?;
        let user = |id| UserId::parse(id).map_err(|error| corrupt("sessions", session.as_str())(&error));
        Ok(Chat {
            session: session.clone(),
            student: user(student)?,
            mentor: user(mentor)?,
            status: status.0,
            ended_at: Some(ended_at(
                completed_at.map(Timestamp::from_utc),
                end_time.map(Timestamp::from_utc),
                Timestamp::from_utc(scheduled_at),
            )),
        })
    }

    async fn add(&mut self, message: &NewMessage) -> Result<MessageView, StoreError> {
        let NewMessage { session, sender, role, text, sent_at } = message;
        let row = NewMessageRow {
            session_id: session.as_str(),
            sender_id: sender.as_str(),
            sender_role: role.label(),
            content: text,
            message_type: TEXT,
            created_at: sent_at.naive(),
        };
        let id = diesel::insert_into(session_messages::table)
            .values(row)
            .returning(session_messages::id)
            .get_result(&mut *self.conn)
            .await
            .map_err(store_error)?;
        Ok(MessageView {
            id,
            sender_id: sender.to_string(),
            sender_role: role.to_string(),
            kind: TEXT.to_owned(),
            text: text.clone(),
            sent_at: Some(sent_at.to_string()),
        })
    }
}

#[async_trait]
impl MentoringQueries for PgStore {
    async fn messages(
        &self,
        session: &SessionId,
        reader: &UserId,
        page: &PageRequest<MessageId>,
    ) -> Result<Option<Page<MessageView, MessageId>>, StoreError> {
        let me = reader.as_str();
        let until = page.after.map_or(i32::MAX, |id| id.get().saturating_sub(1));
        let of_session = session_messages::session_id.eq(sessions::id);
        // The session is in every row, so that one without messages has one and a stranger's has none.
        let rows: Vec<(String, Option<MessageRow>)> = sessions::table
            .left_join(session_messages::table.on(of_session.and(session_messages::id.le(until))))
            .filter(sessions::id.eq(session.as_str()))
            .filter(sessions::student_id.eq(me).or(sessions::mentor_id.eq(me)))
            .order(session_messages::id.desc())
            .limit(page.limit())
            .select((sessions::mentor_id, Option::<MessageRow>::as_select()))
            .load(&mut *self.conn().await?)
            .await
            .map_err(store_error)?;
        if rows.is_empty() {
            return Ok(None);
        }
        let views = rows.into_iter().filter_map(|(mentor, row)| Some(row?.view(&mentor))).collect();
        Ok(Some(Page::cut(views, page.size, |view: &MessageView| MessageId::new(view.id))))
    }
}
