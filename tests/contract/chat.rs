//! What the parties of sessions write to each other.

use application_kernel::{Page, PageRequest, PageSize, StoreError, transact};
use application_mentoring::MessageView;
use application_mentoring::ports::NewMessage;
use domain_kernel::{MessageId, Role, SessionId, UserId, minutes};
use domain_mentoring::{Chat, SessionStatus};

use super::booking::{Cast, cast};
use super::round_trips::{some, text};
use crate::support::people::{now, person};
use crate::support::stores::Stores;

crate::both_stores! {
    a_chat_says_whose_it_is_and_where_the_session_stands,
    the_chat_of_no_session_is_named_by_its_table,
    messages_are_read_the_latest_first_in_pages,
    a_session_without_messages_has_an_empty_chat_and_a_stranger_none,
    a_message_of_another_session_is_not_among_them,
    any_text_comes_back_as_it_was,
    a_message_of_no_session_is_refused,
}

async fn chat(stores: &Stores, session: &str) -> Result<Chat, StoreError> {
    let id = SessionId::parse(session).unwrap();
    transact(&*stores.mentoring, || async |tx| tx.messages().chat(&id).await).await
}

async fn add(stores: &Stores, message: &NewMessage) -> Result<MessageView, StoreError> {
    transact(&*stores.mentoring, || async |tx| tx.messages().add(message).await).await
}

async fn read(
    cast: &Cast,
    session: &str,
    reader: &UserId,
    size: i64,
    after: Option<MessageId>,
) -> Option<Page<MessageView, MessageId>> {
    let page = PageRequest { size: PageSize::parse(size).unwrap(), after };
    cast.stores.chats.messages(&SessionId::parse(session).unwrap(), reader, &page).await.unwrap()
}

impl Cast {
    fn message(&self, session: &str, text: &str) -> NewMessage {
        NewMessage {
            session: SessionId::parse(session).unwrap(),
            sender: self.mentor.clone(),
            role: Role::Mentor,
            text: text.to_owned(),
            sent_at: now(),
        }
    }
}

/// The cast with two sessions, `s1` and `s2`.
async fn with_sessions(stores: Stores) -> Cast {
    let cast = cast(stores).await;
    cast.add(&cast.session("s1", "2026-11-30", "10:00")).await.unwrap();
    let mut other = cast.session("s2", "2026-11-30", "15:00");
    other.skill_slug = "another".into();
    cast.add(&other).await.unwrap();
    cast
}

async fn a_chat_says_whose_it_is_and_where_the_session_stands(stores: Stores) {
    let cast = with_sessions(stores).await;
    let chat = chat(&cast.stores, "s1").await.unwrap();
    assert_eq!((&chat.student, &chat.mentor), (&cast.student, &cast.mentor));
    assert_eq!((chat.session.as_str(), chat.status), ("s1", SessionStatus::Pending));
}

async fn the_chat_of_no_session_is_named_by_its_table(stores: Stores) {
    assert_eq!(chat(&stores, "none").await, Err(StoreError::NotFound { table: "sessions" }));
}

async fn messages_are_read_the_latest_first_in_pages(stores: Stores) {
    let cast = with_sessions(stores).await;
    for n in 1..=5_i64 {
        let message = NewMessage { sent_at: now().plus(minutes(n)), ..cast.message("s1", &n.to_string()) };
        add(&cast.stores, &message).await.unwrap();
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = read(&cast, "s1", &cast.student, 2, after).await.unwrap();
        assert!(page.items.len() <= 2);
        seen.extend(page.items.iter().map(|view| view.text.clone()));
        // What is written meanwhile comes before the first page, so it moves nothing.
        add(&cast.stores, &cast.message("s1", "meanwhile")).await.unwrap();
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["5", "4", "3", "2", "1"]);
}

async fn a_session_without_messages_has_an_empty_chat_and_a_stranger_none(stores: Stores) {
    let cast = with_sessions(stores).await;
    let stranger = person(&cast.stores, "bela", Role::Student).await;
    for reader in [&cast.student, &cast.mentor] {
        let page = read(&cast, "s1", reader, 20, None).await;
        assert_eq!(page, Some(Page { items: vec![], next: None }));
    }
    add(&cast.stores, &cast.message("s1", "Hello")).await.unwrap();
    assert_eq!(read(&cast, "s1", &stranger, 20, None).await, None);
    assert_eq!(read(&cast, "none", &cast.student, 20, None).await, None);
}

async fn a_message_of_another_session_is_not_among_them(stores: Stores) {
    let cast = with_sessions(stores).await;
    for (session, text) in [("s1", "one"), ("s2", "other"), ("s1", "two")] {
        add(&cast.stores, &cast.message(session, text)).await.unwrap();
    }
    let page = read(&cast, "s1", &cast.student, 20, None).await.unwrap();
    let texts: Vec<&str> = page.items.iter().map(|view| view.text.as_str()).collect();
    assert_eq!((texts, page.next), (vec!["two", "one"], None));
}

async fn any_text_comes_back_as_it_was(stores: Stores) {
    let cast = with_sessions(stores).await;
    for written in some(&text()) {
        let message =
            NewMessage { sender: cast.student.clone(), role: Role::Student, ..cast.message("s1", &written) };
        let answered = add(&cast.stores, &message).await.unwrap();
        let shown = read(&cast, "s1", &cast.mentor, 1, None).await.unwrap().items;
        assert_eq!(shown, std::slice::from_ref(&answered));
        let expected = MessageView {
            id: answered.id,
            sender_id: cast.student.to_string(),
            sender_role: "STUDENT".into(),
            kind: "text".into(),
            text: written,
            sent_at: Some("2026-11-23T08:00:00Z".into()),
        };
        assert_eq!(answered, expected);
    }
}

async fn a_message_of_no_session_is_refused(stores: Stores) {
    let cast = cast(stores).await;
    let refused = StoreError::Refused { constraint: "session_messages_session_id_fkey".into() };
    assert_eq!(add(&cast.stores, &cast.message("none", "Hello")).await, Err(refused));
}
