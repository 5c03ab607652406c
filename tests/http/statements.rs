//! How many statements each route sends: a read is one, whatever it finds.

use std::sync::Arc;

use application_kernel::{Permission, transact};
use application_mentoring::ports::NewMessage;
use domain_kernel::{Role, SessionId, UserId};
use serde_json::json;

use crate::support::booked::Booked;
use crate::support::people::{course, mentor};
use crate::support::server::Served;
use crate::support::staff::Staff;
use crate::support::stores::{Stores, postgres};

/// A server on PostgreSQL whose statements are counted, with so many mentors and plans.
async fn served(count: usize) -> (Served, Arc<adapter_postgres::PgStore>) {
    let url = crate::support::cluster::migrated_database().await;
    let store = Arc::new(postgres(&url));
    let stores = Stores::of(store.clone(), Some(url));
    for index in 0..count {
        let (course, _) = course(&stores, &format!("Skill {index}")).await;
        mentor(&stores, &format!("mentor-{index}"), course, domain_catalog::Verification::Full).await;
    }
    (Served::over(stores), store)
}

#[tokio::test]
async fn every_read_is_one_statement_however_much_it_finds() {
    for count in [1, 12] {
        let (served, store) = served(count).await;
        let token = served.newcomer("asha", Role::Student).await;
        for index in 0..count.min(5) {
            let body = json!({"mentor_id": format!("mentor-{index}"), "plan_id": index + 1, "start": {"date": "2026-11-30", "time": "10:00"}});
            let requested = served.write("/api/v1/sessions", &token, body).await;
            assert_eq!(requested.status, 201, "{}", requested.text);
        }
        let sessions = served.get("/api/v1/sessions", Some(&token)).await.json();
        let session = sessions["items"][0]["id"].as_str().unwrap().to_owned();
        let message = NewMessage {
            session: SessionId::parse(session.clone()).unwrap(),
            sender: UserId::parse("mentor-0").unwrap(),
            role: Role::Mentor,
            text: "Hello".into(),
            sent_at: served.world.now(),
        };
        for _ in 0..count {
            transact(&*served.world.stores.mentoring, || async |tx| tx.messages().add(&message).await)
                .await
                .unwrap();
        }
        for path in [
            "/api/v1/plans".to_owned(),
            "/api/v1/plans/1".to_owned(),
            "/api/v1/plans/1/dates?mentor_id=mentor-0&date=2026-11-30&time=10:00".to_owned(),
            "/api/v1/mentors".to_owned(),
            "/api/v1/mentors/mentor-0".to_owned(),
            "/api/v1/me".to_owned(),
            "/api/v1/sessions".to_owned(),
            format!("/api/v1/sessions/{session}"),
            format!("/api/v1/sessions/{session}/messages"),
        ] {
            let before = store.statements();
            let answer = served.get(&path, Some(&token)).await;
            assert_eq!((answer.status, store.statements() - before), (200, 1), "{path} with {count}");
        }
        let staff = Staff::join(&served.world, "ops", &[Permission::Disputes]).await;
        let by = staff.log_in(&served.world).await;
        for path in ["/api/v1/operator/no-shows".to_owned(), format!("/api/v1/operator/sessions/{session}")] {
            let before = store.statements();
            let answer = served.get(&path, Some(&by)).await;
            assert_eq!((answer.status, store.statements() - before), (200, 1), "{path} with {count}");
        }
    }
}

#[tokio::test]
async fn a_write_sends_as_many_statements_however_much_there_is() {
    let mut counts = Vec::new();
    for others in [0, 8] {
        let url = crate::support::cluster::migrated_database().await;
        let store = Arc::new(postgres(&url));
        let booked = Booked::over(Stores::of(store.clone(), Some(url))).await;
        for index in 0..others {
            course(&booked.world.stores, &format!("Skill {index}")).await;
        }
        let mut sent = Vec::new();
        let before = store.statements();
        let session = booked.request().await;
        sent.push(store.statements() - before);
        let before = store.statements();
        booked.approve(&session).await;
        sent.push(store.statements() - before);
        counts.push(sent);
    }
    assert_eq!(counts[0], counts[1]);
}
