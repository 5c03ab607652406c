//! An operator at work: every status and body, the same on both stores.

use adapter_http::Limits;
use application_kernel::Permission;
use domain_kernel::{Role, days, minutes};
use insta::assert_json_snapshot;
use serde_json::json;

use crate::support::server::{Answer, Served};
use crate::support::staff::Staff;
use crate::support::stores::Stores;
use crate::support::world::PASSWORD;

crate::both_stores! {
    an_operators_day_is_answered_as_agreed,
    an_operators_log_in_is_throttled_apart_from_a_persons,
    what_moves_money_is_answered_again_for_thirty_days,
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
