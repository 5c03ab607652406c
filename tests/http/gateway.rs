//! The simulated gateway, as demo mode is told it.

use domain_catalog::Verification;
use domain_kernel::{Role, UserId, hours, minutes};
use serde_json::{Value, json};

use crate::support::people::{course, offer_teaching};
use crate::support::server::Served;
use crate::support::stores::Stores;

crate::both_stores! {
    a_script_lets_things_happen_one_after_the_other,
    every_wrong_field_of_a_script_is_named,
    what_is_told_at_once_is_in_the_gateways_own_books,
}

/// The order of a payment that a student has just started.
async fn order(served: &Served) -> (Booked<'_>, String) {
    let (course, plan) = course(&served.world.stores, "Java Programming").await;
    let student = served.newcomer("asha", Role::Student).await;
    let mentor = served.newcomer("ravi", Role::Mentor).await;
    let me = served.get("/api/v1/me", Some(&mentor)).await.json();
    let id = UserId::parse(me["id"].as_str().unwrap()).unwrap();
    offer_teaching(&served.world.stores, &id, course, Verification::Full).await;
    let body = json!({"mentor_id": id.as_str(), "plan_id": plan.get(), "start": {"date": "2026-11-30", "time": "10:00"}});
    let requested = served.write("/api/v1/sessions", &student, body).await;
    let session = requested.header("location").unwrap().to_owned();
    assert_eq!(served.write(&format!("{session}/approve"), &mentor, json!({})).await.status, 200);
    let payment = served.write(&format!("{session}/payment"), &student, json!({})).await.json();
    (Booked { served, session }, payment["order"].as_str().unwrap().to_owned())
}

/// A session that waits for its payment.
struct Booked<'a> {
    served: &'a Served,
    session: String,
}

impl Booked<'_> {
    async fn paid(&self) -> String {
        // The clock has moved, and tokens do not live long.
        let student = self.served.log_in("asha").await;
        let seen = self.served.get(&self.session, Some(&student)).await.json();
        seen["payment"]["status"].as_str().unwrap().to_owned()
    }
}

async fn a_script_lets_things_happen_one_after_the_other(stores: Stores) {
    let served = Served::over(stores);
    let (booked, order) = order(&served).await;
    let steps = json!({"steps": [
        {"do": "authorise", "copies": 2},
        {"do": "capture", "after_minutes": 10, "copies": 0},
        {"do": "answer_nothing", "call": "facts", "times": 2},
        {"do": "refund", "answer": "late", "late_minutes": 600},
    ]});
    let told = served.post(&format!("/dev/gateway/{order}/script"), None, steps).await;
    assert_eq!((told.status, told.json()), (200, json!({"messages": 2})), "the capture's is lost");
    served.world.worker.drain().await.unwrap();
    assert_eq!(booked.paid().await, "PROCESSING");
    served.world.pass(minutes(15)).await;
    assert_eq!(booked.paid().await, "PROCESSING", "the gateway did not answer");
    served.world.pass(hours(1)).await;
    assert_eq!(booked.paid().await, "SUCCESS");
    let nobodys = served.post("/dev/gateway/sim_x_1_INR/script", None, json!({"steps": [{"do": "capture"}]}));
    let nobodys = nobodys.await;
    assert_eq!((nobodys.status, &nobodys.json()["code"]), (404, &json!("unknown_order")));
}

async fn every_wrong_field_of_a_script_is_named(stores: Stores) {
    let served = Served::over(stores);
    let wrong = async |body: Value| -> Vec<String> {
        let answer = served.post("/dev/gateway/sim_p_1_INR/script", None, body).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
        let errors = answer.json()["errors"].clone();
        errors.as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(wrong(json!({"steps": []})).await, ["steps"]);
    let steps = json!([
        {"do": "capture", "copies": 6, "message_after_minutes": 4_321, "attempt": ""},
        {"do": "vanish"},
        {"do": "refund", "answer": "perhaps"},
        {"do": "payout", "answer": "late"},
        {"do": "fail_after_success", "call": "order", "times": 21},
        {"do": "capture", "amount_minor": 0},
        {"do": "capture", "amount_minor": -1},
    ]);
    let expected = [
        "steps[0].attempt",
        "steps[0].message_after_minutes",
        "steps[0].copies",
        "steps[1].do",
        "steps[2].answer",
        "steps[3].late_minutes",
        "steps[4].times",
        "steps[4].call",
        "steps[5].amount_minor",
        "steps[6].amount_minor",
    ];
    assert_eq!(wrong(json!({"steps": steps})).await, expected);
}

async fn what_is_told_at_once_is_in_the_gateways_own_books(stores: Stores) {
    let served = Served::over(stores);
    let (booked, order) = order(&served).await;
    for (what, body) in [
        ("capture", json!({})),
        ("capture", json!({"attempt": "2"})),
        ("dispute", json!({"event": "opened", "amount_minor": 900})),
    ] {
        let told = served.post(&format!("/dev/gateway/{order}/{what}"), None, body).await;
        assert_eq!(told.status, 200, "{}", told.text);
    }
    assert_eq!(booked.paid().await, "SUCCESS");
    let held = served.world.gateway.position(&order).await.unwrap().held;
    assert_eq!(held.values().copied().collect::<Vec<_>>(), [2 * 249_900 - 900]);
}
