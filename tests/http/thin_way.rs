//! Sign up, request, approve, pay, scheduled: every status and body, the same on both stores.

use domain_catalog::Verification;
use domain_kernel::{Role, UserId};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::support::people::{course, offer_teaching};
use crate::support::server::{Answer, Served};
use crate::support::stores::Stores;

crate::both_stores! {
    the_thin_way_answers_as_agreed,
    lists_are_walked_by_their_next_link,
    the_key_of_a_write_is_needed_and_honoured,
}

/// A server with a student, a verified mentor and a plan; the tokens of the two.
async fn served(stores: Stores) -> (Served, String, String, i32) {
    let served = Served::over(stores);
    let (course, plan) = course(&served.world.stores, "Java Programming").await;
    let student = served.newcomer("asha", Role::Student).await;
    let mentor = served.newcomer("ravi", Role::Mentor).await;
    let me = served.get("/api/v1/me", Some(&mentor)).await.json();
    let id = UserId::parse(me["id"].as_str().unwrap()).unwrap();
    offer_teaching(&served.world.stores, &id, course, Verification::Full).await;
    (served, student, mentor, plan.get())
}

/// Both stores answer alike, so both are held against one snapshot.
fn agreed(name: &str, answer: &Answer) {
    insta::with_settings!({ prepend_module_to_snapshot => false }, {
        assert_json_snapshot!(name, answer.shown());
    });
}

async fn the_thin_way_answers_as_agreed(stores: Stores) {
    let (served, student, mentor, plan) = served(stores).await;
    agreed("plans", &served.get("/api/v1/plans?skill=Java%20Programming", None).await);
    agreed("plan", &served.get(&format!("/api/v1/plans/{plan}"), None).await);
    let mentors = served.get("/api/v1/mentors", None).await;
    agreed("mentors", &mentors);
    let mentor_id = mentors.json()["items"][0]["id"].as_str().unwrap().to_owned();
    agreed("mentor", &served.get(&format!("/api/v1/mentors/{mentor_id}"), None).await);
    let dates = format!("/api/v1/plans/{plan}/dates?mentor_id={mentor_id}&date=2026-11-30&time=10:00");
    agreed("dates", &served.get(&dates, None).await);
    agreed("me", &served.get("/api/v1/me", Some(&student)).await);

    let body = json!({"mentor_id": mentor_id, "plan_id": plan, "start": {"date": "2026-11-30", "time": "10:00"}, "message": "Hello"});
    let requested = served.write("/api/v1/sessions", &student, body).await;
    agreed("requested", &requested);
    let session = requested.header("location").unwrap().to_owned();
    agreed("requested_as_the_mentor_sees_it", &served.get(&session, Some(&mentor)).await);
    agreed(
        "approving_as_the_student",
        &served.write(&format!("{session}/approve"), &student, json!({})).await,
    );
    agreed("approved", &served.write(&format!("{session}/approve"), &mentor, json!({})).await);
    agreed(
        "rejecting_what_is_approved",
        &served.write(&format!("{session}/reject"), &mentor, json!({"reason": "x"})).await,
    );
    let payment = served.write(&format!("{session}/payment"), &student, json!({})).await;
    agreed("payment_started", &payment);
    let order = payment.json()["order"].as_str().unwrap().to_owned();
    agreed("captured", &served.post(&format!("/dev/gateway/{order}/capture"), None, json!({})).await);
    agreed("scheduled", &served.get(&session, Some(&student)).await);
    let written = served.write(&format!("{session}/messages"), &student, json!({"text": " Hello \n"})).await;
    agreed("message_written", &written);
    agreed("messages", &served.get(written.header("location").unwrap(), Some(&mentor)).await);
    agreed("own_sessions", &served.get("/api/v1/sessions?status=SCHEDULED", Some(&mentor)).await);
    let stranger = served.newcomer("bela", Role::Student).await;
    agreed("a_strangers_view", &served.get(&session, Some(&stranger)).await);
}

async fn lists_are_walked_by_their_next_link(stores: Stores) {
    let served = Served::over(stores);
    for skill in ["A", "B", "C", "D", "E"] {
        course(&served.world.stores, skill).await;
    }
    let mut next = Some("/api/v1/plans?limit=2".to_owned());
    let mut seen: Vec<Value> = Vec::new();
    while let Some(path) = next {
        let page = served.get(&path, None).await.json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|plan| plan["skill"].clone()));
        next = page["next"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, ["A", "B", "C", "D", "E"]);
}

async fn the_key_of_a_write_is_needed_and_honoured(stores: Stores) {
    let (served, student, _, plan) = served(stores).await;
    let mentor = served.get("/api/v1/mentors", None).await.json()["items"][0]["id"].clone();
    let body =
        json!({"mentor_id": mentor, "plan_id": plan, "start": {"date": "2026-11-30", "time": "10:00"}});
    let path = "/api/v1/sessions";
    let without = served.send("POST", path, Some(&student), None, Some(body.clone())).await;
    assert_eq!((without.status, &without.json()["code"]), (400, &json!("idempotency_key_missing")));
    let first = served.send("POST", path, Some(&student), Some("k1"), Some(body.clone())).await;
    assert_eq!((first.status, first.header("idempotency-replayed")), (201, None));
    let again = served.send("POST", path, Some(&student), Some("k1"), Some(body.clone())).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (201, Some("true")));
    assert_eq!((again.json(), again.headers.get("location")), (first.json(), first.headers.get("location")));
    let mut other = body;
    other["message"] = json!("another");
    let reused = served.send("POST", path, Some(&student), Some("k1"), Some(other)).await;
    assert_eq!((reused.status, &reused.json()["code"]), (422, &json!("idempotency_key_reused")));
}
