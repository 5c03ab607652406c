//! An operator at work: every status and body, the same on both stores.

use adapter_http::Limits;
use application_kernel::Permission;
use domain_kernel::{Role, days, minutes};
use insta::assert_json_snapshot;
use serde_json::json;

use crate::support::money::gateway_holds;
use crate::support::server::{Answer, Served};
use crate::support::staff::Staff;
use crate::support::stores::Stores;
use crate::support::world::PASSWORD;

crate::both_stores! {
    an_operators_day_is_answered_as_agreed,
    an_operators_log_in_is_throttled_apart_from_a_persons,
    what_moves_money_is_answered_again_for_thirty_days,
    a_settlement_is_where_its_answer_says_and_is_taken_back,
    an_amount_that_is_none_is_named,
}

fn agreed(name: &str, answer: &Answer) {
    insta::with_settings!({ prepend_module_to_snapshot => false }, {
        assert_json_snapshot!(name, answer.shown());
    });
}

async fn an_operators_day_is_answered_as_agreed(stores: Stores) {
    let served = Served::over(stores);
    let world = &served.world;
    served.newcomer("asha", Role::Student).await;
    let staff = Staff::join(world, "ops", &[Permission::Users, Permission::Studio]).await;
    let door = "/api/v1/operator/tokens";
    let wrong = json!({"email": staff.email, "password": PASSWORD, "code": "000000"});
    agreed("operator_log_in_refused", &served.post(door, None, wrong).await);
    let right = json!({"email": staff.email, "password": PASSWORD, "code": staff.code(world)});
    let pair = served.post(door, None, right).await;
    agreed("operator_logged_in", &pair);
    let token = pair.json()["access_token"].as_str().unwrap().to_owned();
    agreed("operator_me", &served.get("/api/v1/operator/me", Some(&token)).await);
    let people = served.get("/api/v1/operator/people?email=asha%40", Some(&token)).await;
    agreed("operator_people", &people);
    let person = format!("/api/v1/operator/people/{}", people.json()["items"][0]["id"].as_str().unwrap());
    let because = json!({"reason": "Asked students to pay outside the platform."});
    agreed("operator_suspended", &served.write(&format!("{person}/suspend"), &token, because).await);
    let log_in = json!({"email": "asha@example.org", "password": PASSWORD});
    agreed("suspended_log_in", &served.post("/api/v1/tokens", None, log_in).await);
    agreed(
        "operator_reinstated",
        &served.write(&format!("{person}/reinstate"), &token, json!({"reason": "A mistake."})).await,
    );
    let role = json!({"role": "MENTOR", "reason": "The wrong door."});
    agreed("operator_changed_role", &served.write(&format!("{person}/change-role"), &token, role).await);
    agreed("operator_audit", &served.get("/api/v1/operator/audit?action=person.suspend", Some(&token)).await);
    agreed("operator_jobs", &served.get("/api/v1/operator/jobs", Some(&token)).await);
    let body = json!({"refresh_token": pair.json()["refresh_token"]});
    assert_eq!(served.post(&format!("{door}/revoke"), None, body.clone()).await.status, 204);
    agreed("operator_logged_out", &served.post(&format!("{door}/refresh"), None, body).await);
    world.pass(minutes(15)).await;
    agreed("operator_token_lapsed", &served.get("/api/v1/operator/me", Some(&token)).await);
}

async fn an_operators_log_in_is_throttled_apart_from_a_persons(stores: Stores) {
    let limits = Limits { per_address: 100, per_account: 2, ..Limits::default() };
    let served = Served::with(stores, true, limits);
    let body = json!({"email": "ops@example.org", "password": PASSWORD, "code": "000000"});
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(served.post("/api/v1/operator/tokens", None, body.clone()).await.status);
    }
    assert_eq!(answers, [401, 401, 429]);
    let person = json!({"email": "ops@example.org", "password": PASSWORD});
    assert_eq!(served.post("/api/v1/tokens", None, person).await.status, 401);
}

async fn what_moves_money_is_answered_again_for_thirty_days(stores: Stores) {
    let served = Served::over(stores);
    let staff = Staff::join(&served.world, "ops", &[Permission::Payouts]).await;
    gateway_holds(&served.world, 1_000).await;
    let body = json!({"reference": "report-1", "amount_minor": 1000, "currency": "INR", "fee_minor": 20});
    let path = "/api/v1/operator/settlements";
    let token = staff.log_in(&served.world).await;
    let first = served.send("POST", path, Some(&token), Some("k"), Some(body.clone())).await;
    assert_eq!((first.status, first.header("idempotency-replayed")), (201, None));
    served.world.pass(days(29)).await;
    let token = staff.log_in(&served.world).await;
    let again = served.send("POST", path, Some(&token), Some("k"), Some(body)).await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.json(), first.json());
}

async fn a_settlement_is_where_its_answer_says_and_is_taken_back(stores: Stores) {
    let served = Served::over(stores);
    gateway_holds(&served.world, 1_000).await;
    let token = Staff::join(&served.world, "ops", &[Permission::Payouts]).await.log_in(&served.world).await;
    let path = "/api/v1/operator/settlements";
    let report = |reference: &str, minor: i64, currency: &str| json!({"reference": reference, "amount_minor": minor, "currency": currency, "fee_minor": 20});
    let refused = served.write(path, &token, report("r", 1_001, "INR")).await;
    assert_eq!((refused.status, &refused.json()["code"]), (422, &json!("more_than_clearing")));
    assert_eq!(
        (&refused.json()["held_minor"], &refused.json()["errors"][0]["field"]),
        (&json!(1_000), &json!("amount_minor"))
    );
    let refused = served.write(path, &token, report("r", 1, "USD")).await;
    assert_eq!(refused.status, 422, "the fee is part of the amount");
    let refused = served.write(path, &token, report("r", 20, "USD")).await;
    assert_eq!((refused.status, &refused.json()["errors"][0]["field"]), (422, &json!("currency")));
    let made = served.write(path, &token, report("7_2026#1", 1_000, "INR")).await;
    let place = made.header("location").unwrap().to_owned();
    assert_eq!((made.status, place.as_str()), (201, "/api/v1/operator/settlements/7_2026%231"));
    assert_eq!(served.get(&place, Some(&token)).await.json(), made.json());
    let taken_back = served.write(&format!("{place}/reverse"), &token, json!({"reason": "A mistake."})).await;
    assert_eq!((taken_back.status, &taken_back.json()["reversal_reason"]), (200, &json!("A mistake.")));
    assert_eq!(served.get(&place, Some(&token)).await.json(), taken_back.json());
    let unknown =
        served.write(&format!("{path}/none/reverse"), &token, json!({"reason": "A mistake."})).await;
    assert_eq!(unknown.status, 404);
}

async fn an_amount_that_is_none_is_named(stores: Stores) {
    let served = Served::over(stores);
    let token = Staff::join(&served.world, "ops", &[Permission::Refunds]).await.log_in(&served.world).await;
    for (verb, minor) in [("refund", 0), ("refund", -1), ("claw-back", 0), ("claw-back", -5)] {
        let body = json!({"amount_minor": minor, "reason": ""});
        let refused = served.write(&format!("/api/v1/operator/payments/p/{verb}"), &token, body).await;
        assert_eq!(
            (refused.status, &refused.json()["code"]),
            (400, &json!("invalid_request")),
            "{verb} {minor}"
        );
        let fields: Vec<String> = refused.json()["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["field"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(fields, ["amount_minor", "reason"]);
    }
}
