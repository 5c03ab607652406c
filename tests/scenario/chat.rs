//! What the parties of a session write to each other.

use application_kernel::{CurrentUser, Page, PageRequest, PageSize, Store, UnitOfWork};
use application_kernel::{Failure, MeansCode};
use application_mentoring::ports::MentoringTx;
use application_mentoring::{MentoringError, MessageView, SendMessage};
use domain_billing::FactKind;
use domain_kernel::{MessageId, Role, SessionId, days, hours};
use domain_mentoring::SessionStatus;

use crate::migrations::sql::{execute, lines};
use crate::support::booked::{Booked, id};
use crate::support::stores::Stores;
use crate::support::taken_over::TakenOverSession;
use crate::support::world::ticket;

crate::both_stores! {
    the_parties_of_a_paid_session_write_to_each_other,
    nothing_is_written_before_the_payment,
    nothing_is_written_in_what_was_called_off_and_what_was_written_is_read,
    the_chat_stays_open_for_thirty_days_after_the_last_meeting,
    a_repeated_message_is_written_once,
    to_a_stranger_there_is_no_chat,
}

fn message(by: &CurrentUser, session: &SessionId, text: &str) -> SendMessage {
    SendMessage { ticket: ticket(by), session: session.clone(), text: text.to_owned() }
}

async fn write(
    booked: &Booked,
    by: &CurrentUser,
    session: &SessionId,
    text: &str,
) -> Result<MessageView, MentoringError> {
    let reply = booked.world.mentoring.send_message(message(by, session, text)).await?;
    Ok(reply.into_new().unwrap())
}

async fn read(
    booked: &Booked,
    by: &CurrentUser,
    session: &SessionId,
) -> Option<Page<MessageView, MessageId>> {
    let page = PageRequest { size: PageSize::DEFAULT, after: None };
    booked.world.stores.chats.messages(session, &by.id, &page).await.unwrap()
}

/// The texts as somebody reads them, the latest first.
async fn texts(booked: &Booked, by: &CurrentUser, session: &SessionId) -> Vec<String> {
    read(booked, by, session).await.unwrap().items.into_iter().map(|view| view.text).collect()
}

fn code(refused: Result<MessageView, MentoringError>) -> &'static str {
    refused.unwrap_err().code().name
}

async fn the_parties_of_a_paid_session_write_to_each_other(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.scheduled().await;
    for party in [&booked.student, &booked.mentor] {
        let actions = booked.seen(party, &session).await.allowed_actions;
        assert!(actions.contains(&"send_message".to_owned()), "{actions:?}");
    }
    let session = id(&session);
    let asked = write(&booked, &booked.student, &session, "Could we begin with recursion?").await.unwrap();
    let answered = write(&booked, &booked.mentor, &session, "Of course.").await.unwrap();
    assert_eq!((asked.sender_role.as_str(), answered.sender_role.as_str()), ("STUDENT", "MENTOR"));
    assert!(asked.id < answered.id);
    for party in [&booked.student, &booked.mentor] {
        let page = read(&booked, party, &session).await.unwrap();
        assert_eq!(page, Page { items: vec![answered.clone(), asked.clone()], next: None });
    }
    booked.check().await;
}

async fn nothing_is_written_before_the_payment(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.request().await;
    assert_eq!(code(write(&booked, &booked.student, &id(&session), "Hello?").await), "chat_closed");
    booked.approve(&session).await;
    assert_eq!(code(write(&booked, &booked.mentor, &id(&session), "Hello!").await), "chat_closed");
    assert!(
        !booked.seen(&booked.mentor, &session).await.allowed_actions.contains(&"send_message".to_owned())
    );
    assert_eq!(texts(&booked, &booked.student, &id(&session)).await, Vec::<String>::new());
    let payment = booked.start_payment(&session).await;
    booked.tell(&payment, FactKind::Captured).await;
    write(&booked, &booked.student, &id(&session), "Now?").await.unwrap();
}

async fn nothing_is_written_in_what_was_called_off_and_what_was_written_is_read(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.scheduled().await;
    write(&booked, &booked.student, &id(&session), "I have to move away.").await.unwrap();
    booked.cancel(&booked.student, &session).await.unwrap();
    assert_eq!(code(write(&booked, &booked.mentor, &id(&session), "A pity.").await), "chat_closed");
    assert_eq!(texts(&booked, &booked.mentor, &id(&session)).await, ["I have to move away."]);
}

async fn the_chat_stays_open_for_thirty_days_after_the_last_meeting(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.scheduled().await;
    // Nobody completes anything by hand: the last meeting does so a day after its end.
    booked.pass_to(&session, 8, hours(25)).await;
    assert_eq!(booked.status(&session).await, SessionStatus::Completed);
    booked.world.pass(days(30) - hours(1)).await;
    write(&booked, &booked.student, &id(&session), "Thank you.").await.unwrap();
    booked.world.pass(hours(1)).await;
    let refused = write(&booked, &booked.student, &id(&session), "Again.").await.unwrap_err();
    assert_eq!((refused.code().name, refused.extensions()[0].0), ("chat_closed", "not_after"));
    assert!(
        !booked.seen(&booked.student, &session).await.allowed_actions.contains(&"send_message".to_owned())
    );
    booked.world.pass(days(1000)).await;
    assert_eq!(texts(&booked, &booked.student, &id(&session)).await, ["Thank you."]);
}

async fn a_repeated_message_is_written_once(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = id(&booked.scheduled().await);
    let asked = message(&booked.student, &session, "Hello");
    let first = booked.world.mentoring.send_message(asked.clone()).await.unwrap();
    let again = booked.world.mentoring.send_message(asked).await.unwrap();
    assert_eq!((first.is_replayed(), again.is_replayed()), (false, true));
    assert_eq!(serde_json::json!(first.answer), serde_json::json!(again.answer));
    // The same words under another key are said twice.
    write(&booked, &booked.student, &session, "Hello").await.unwrap();
    assert_eq!(texts(&booked, &booked.mentor, &session).await, ["Hello", "Hello"]);
}

async fn to_a_stranger_there_is_no_chat(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = id(&booked.scheduled().await);
    let bela = booked.world.sign_up("bela", Role::Student).await;
    assert_eq!(code(write(&booked, &bela, &session, "Let me in.").await), "not_found");
    assert_eq!(read(&booked, &bela, &session).await, None);
    let none = SessionId::parse("none").unwrap();
    assert_eq!(code(write(&booked, &booked.student, &none, "Hello").await), "not_found");
}

#[tokio::test]
async fn chat_works_in_sessions_that_were_taken_over() {
    let booked = Booked::over(Stores::postgres().await).await;
    let url = booked.world.stores.url.clone().unwrap();
    for (key, status) in [("s-1", "SCHEDULED"), ("s-2", "COMPLETED"), ("s-3", "CANCELLED")] {
        TakenOverSession::sound(key, status).write(&booked).await;
    }
    // As a database may have it that is looser than ours.
    execute(
        &url,
        &format!(
            "ALTER TABLE session_messages ALTER sender_role DROP NOT NULL;
             INSERT INTO session_messages (session_id, sender_id, sender_role, content, message_type, created_at)
             VALUES ('s-1', '{}', NULL, 'https://meet.example.org', 'zoom_link', NULL),
                    ('s-1', '{}', NULL, 'Thanks', 'text', '2026-10-01')",
            booked.mentor.id, booked.student.id
        ),
    )
    .await;
    let session = SessionId::parse("s-1").unwrap();
    let viewer = application_kernel::Viewer { user: booked.mentor.id.clone(), now: booked.world.now() };
    let seen = booked.world.stores.sessions.session(&session, &viewer).await.unwrap().unwrap();
    assert_eq!(seen.allowed_actions, ["send_message"]);
    let before = lines(&url, "SELECT to_jsonb(s)::text AS line FROM sessions s ORDER BY id").await;
    write(&booked, &booked.mentor, &session, "See you.").await.unwrap();
    assert_eq!(lines(&url, "SELECT to_jsonb(s)::text AS line FROM sessions s ORDER BY id").await, before);
    let shown: Vec<(String, String, String)> = read(&booked, &booked.student, &session)
        .await
        .unwrap()
        .items
        .into_iter()
        .map(|view| (view.sender_role, view.kind, view.text))
        .collect();
    let row = |role: &str, kind: &str, text: &str| (role.to_owned(), kind.to_owned(), text.to_owned());
    assert_eq!(
        shown,
        [
            row("MENTOR", "text", "See you."),
            row("STUDENT", "text", "Thanks"),
            row("MENTOR", "zoom_link", "https://meet.example.org"),
        ]
    );
    // One ended long ago, the other was called off.
    for over in ["s-2", "s-3"] {
        let over = SessionId::parse(over).unwrap();
        assert_eq!(code(write(&booked, &booked.student, &over, "Hello").await), "chat_closed", "{over}");
        assert!(read(&booked, &booked.student, &over).await.is_some());
    }
}

#[tokio::test]
async fn who_has_read_a_message_has_missed_none_before_it() {
    let booked = Booked::over(Stores::postgres().await).await;
    let url = booked.world.stores.url.clone().unwrap();
    let session = id(&booked.scheduled().await);
    // One has its key and is not there yet …
    let store: &dyn Store<MentoringTx> = &*booked.world.stores.mentoring;
    let mut slow = store.begin().await.unwrap();
    slow.messages().chat(&session).await.unwrap();
    let first = application_mentoring::ports::NewMessage {
        session: session.clone(),
        sender: booked.student.id.clone(),
        role: Role::Student,
        text: "first".into(),
        sent_at: booked.world.now(),
    };
    slow.messages().add(&first).await.unwrap();
    // … when the other is written: it waits for the first.
    let (mentoring, second) = (booked.world.mentoring.clone(), message(&booked.mentor, &session, "second"));
    let writing = tokio::spawn(async move { mentoring.send_message(second).await.map(|_| ()) });
    let locked = "SELECT 'waits' AS line FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    while lines(&url, locked).await.is_empty() {
        assert!(!writing.is_finished(), "the second overtook the first");
    }
    assert_eq!(texts(&booked, &booked.student, &session).await, Vec::<String>::new());
    slow.end().commit().await.unwrap();
    writing.await.unwrap().unwrap();
    assert_eq!(texts(&booked, &booked.student, &session).await, ["second", "first"]);
}
