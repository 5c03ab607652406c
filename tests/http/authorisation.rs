//! Who may do what: every documented route by every kind of caller. A route without a row here fails, and so does a row
//! without a route. A new route's row is one line in [`rows`].

use std::collections::BTreeSet;

use application_kernel::Permission;
use domain_catalog::Verification;
use domain_kernel::{Labelled, Role, UserId};
use serde_json::{Value, json};

use super::decisions::{MONEY, dead_job, money};
use crate::support::people::{course, offer_teaching};
use crate::support::server::Served;
use crate::support::staff::Staff;
use crate::support::stores::Stores;

crate::both_stores! {
    every_route_lets_in_whom_it_should_and_nobody_else,
    a_revoked_token_opens_nothing,
}

/// For whom a route is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum For {
    /// Everybody, logged in or not.
    Anybody,
    /// Students and mentors, each their own.
    People,
    /// Whoever it was issued to; to others it does not exist.
    ItsOwner,
    /// The two parties of the session; to others it does not exist.
    Parties,
    /// The session's student; its mentor is told that it is not theirs to do.
    ItsStudent,
    /// The session's mentor; its student likewise.
    ItsMentor,
    /// Students, whoever they are.
    Students,
    /// Every operator.
    Operators,
    /// Operators with the permission.
    Holders(Permission),
}

/// A row: method, path, for whom, and a body that is well formed.
type Row = (&'static str, &'static str, For, Value);

/// One line for each documented route.
fn rows() -> Vec<Row> {
    use For::*;
    use Permission::*;
    let (none, decision) = (json!({}), json!({"reason": "because"}));
    let because = decision.clone();
    let email = json!({"email": "x@example.org"});
    let sign_up = json!({"email": "x@example.org", "name": "X", "password": "correct horse battery"});
    let request =
        json!({"mentor_id": "nobody", "plan_id": 1, "start": {"date": "2026-11-30", "time": "10:00"}});
    let role = json!({"role": "MENTOR", "reason": "because"});
    let refresh = json!({"refresh_token": "none"});
    let give_back = json!({"amount_minor": 1, "reason": "because"});
    let settlement = json!({"reference": "s1", "amount_minor": 100, "fee_minor": 1, "currency": "INR"});
    let slot = json!({"date": "2026-12-01", "time": "10:00"});
    vec![
        ("GET", "/health/live", Anybody, none.clone()),
        ("GET", "/health/ready", Anybody, none.clone()),
        ("POST", "/api/v1/sign-ups/student", Anybody, sign_up.clone()),
        ("POST", "/api/v1/sign-ups/mentor", Anybody, sign_up),
        ("POST", "/api/v1/sign-ups/confirm", Anybody, email.clone()),
        ("POST", "/api/v1/tokens", Anybody, email.clone()),
        ("POST", "/api/v1/tokens/refresh", Anybody, json!({})),
        ("POST", "/api/v1/tokens/revoke", Anybody, refresh.clone()),
        ("GET", "/api/v1/me", People, none.clone()),
        ("GET", "/api/v1/me/payments", People, none.clone()),
        ("GET", "/api/v1/me/earnings", People, none.clone()),
        ("GET", "/api/v1/me/documents", People, none.clone()),
        ("GET", "/api/v1/me/documents/{number}", ItsOwner, none.clone()),
        ("GET", "/api/v1/me/statements/{month}", People, none.clone()),
        ("GET", "/api/v1/plans", Anybody, none.clone()),
        ("GET", "/api/v1/plans/{id}", Anybody, none.clone()),
        ("GET", "/api/v1/plans/{id}/dates", Anybody, none.clone()),
        ("GET", "/api/v1/mentors", Anybody, none.clone()),
        ("GET", "/api/v1/mentors/{id}", Anybody, none.clone()),
        ("POST", "/api/v1/sessions", Students, request),
        ("GET", "/api/v1/sessions", People, none.clone()),
        ("GET", "/api/v1/sessions/{id}", Parties, none.clone()),
        ("POST", "/api/v1/sessions/{id}/approve", ItsMentor, none.clone()),
        ("POST", "/api/v1/sessions/{id}/reject", ItsMentor, decision.clone()),
        ("POST", "/api/v1/sessions/{id}/payment", ItsStudent, none.clone()),
        ("POST", "/api/v1/sessions/{id}/withdraw", ItsStudent, none.clone()),
        ("POST", "/api/v1/sessions/{id}/meetings/{item}/complete", ItsMentor, none.clone()),
        ("POST", "/api/v1/sessions/{id}/meetings/{item}/no-show", ItsStudent, none.clone()),
        ("POST", "/api/v1/sessions/{id}/meetings/{item}/move", Parties, slot.clone()),
        ("POST", "/api/v1/sessions/{id}/meetings/{item}/move/accept", Parties, slot),
        ("POST", "/api/v1/sessions/{id}/meetings/{item}/move/decline", Parties, none.clone()),
        ("POST", "/api/v1/sessions/{id}/messages", Parties, json!({"text": "Hello"})),
        ("GET", "/api/v1/sessions/{id}/messages", Parties, none.clone()),
        ("POST", "/api/v1/sessions/{id}/cancel", Parties, none.clone()),
        ("POST", "/api/v1/operator/tokens", Anybody, email),
        ("POST", "/api/v1/operator/tokens/refresh", Anybody, json!({})),
        ("POST", "/api/v1/operator/tokens/revoke", Anybody, refresh),
        ("GET", "/api/v1/operator/me", Operators, none.clone()),
        ("GET", "/api/v1/operator/people", Holders(Users), none.clone()),
        ("GET", "/api/v1/operator/people/{id}", Holders(Users), none.clone()),
        ("POST", "/api/v1/operator/people/{id}/suspend", Holders(Users), decision.clone()),
        ("POST", "/api/v1/operator/people/{id}/reinstate", Holders(Users), decision.clone()),
        ("POST", "/api/v1/operator/people/{id}/change-role", Holders(Users), role),
        ("GET", "/api/v1/operator/no-shows", Holders(Disputes), none.clone()),
        ("GET", "/api/v1/operator/sessions/{id}", Holders(Disputes), none.clone()),
        (
            "POST",
            "/api/v1/operator/sessions/{id}/items/{item}/decide-no-show",
            Holders(Disputes),
            json!({"upheld": true, "reason": "because"}),
        ),
        ("POST", "/api/v1/operator/sessions/{id}/cancel", Holders(Refunds), decision.clone()),
        ("GET", "/api/v1/operator/jobs", Holders(Studio), none.clone()),
        ("POST", "/api/v1/operator/jobs/{id}/retry", Holders(Studio), none.clone()),
        ("POST", "/api/v1/operator/jobs/{id}/drop", Holders(Studio), decision.clone()),
        ("GET", "/api/v1/operator/audit", Holders(Users), none.clone()),
        ("GET", "/api/v1/operator/payouts", Holders(Payouts), none.clone()),
        ("GET", "/api/v1/operator/payouts/{id}", Holders(Payouts), none.clone()),
        ("POST", "/api/v1/operator/payouts/{id}/release", Holders(Payouts), none.clone()),
        ("POST", "/api/v1/operator/payouts/{id}/hold", Holders(Payouts), decision.clone()),
        ("POST", "/api/v1/operator/payouts/{id}/resume", Holders(Payouts), none.clone()),
        ("POST", "/api/v1/operator/payout-attempts/{id}/paid", Holders(Payouts), json!({"reference": "UTR"})),
        ("POST", "/api/v1/operator/payout-attempts/{id}/failed", Holders(Payouts), decision.clone()),
        ("POST", "/api/v1/operator/payout-attempts/{id}/returned", Holders(Payouts), decision),
        ("GET", "/api/v1/operator/refunds", Holders(Refunds), none.clone()),
        ("POST", "/api/v1/operator/refunds/{id}/retry", Holders(Refunds), none.clone()),
        ("POST", "/api/v1/operator/payments/{id}/refund", Holders(Refunds), give_back.clone()),
        ("POST", "/api/v1/operator/payments/{id}/claw-back", Holders(Refunds), give_back),
        ("GET", "/api/v1/operator/payments/{id}/journal", Holders(Payouts), none.clone()),
        ("GET", "/api/v1/operator/approvals", Operators, none.clone()),
        ("POST", "/api/v1/operator/approvals/{id}/approve", Operators, none.clone()),
        ("POST", "/api/v1/operator/approvals/{id}/decline", Operators, none.clone()),
        ("GET", "/api/v1/operator/disputes", Holders(Disputes), none.clone()),
        ("GET", "/api/v1/operator/ledger/accounts", Holders(Payouts), none.clone()),
        ("GET", "/api/v1/operator/ledger/verify", Holders(Payouts), none.clone()),
        ("POST", "/api/v1/operator/settlements", Holders(Payouts), settlement),
        ("GET", "/api/v1/operator/settlements/{reference}", Holders(Payouts), none.clone()),
        ("POST", "/api/v1/operator/settlements/{reference}/reverse", Holders(Payouts), because),
        ("POST", "/dev/clock", Anybody, json!({"advance_seconds": 0})),
        ("GET", "/dev/mailbox", Anybody, none.clone()),
        ("POST", "/dev/gateway/{order}/capture", Anybody, none.clone()),
        ("POST", "/dev/gateway/{order}/fail", Anybody, none),
        ("POST", "/dev/gateway/{order}/dispute", Anybody, json!({"event": "opened"})),
        ("POST", "/dev/gateway/{order}/script", Anybody, json!({"steps": [{"do": "capture"}]})),
    ]
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// The student whose session it is.
    Owner,
    /// The mentor whose session it is.
    OwnMentor,
    OtherStudent,
    OtherMentor,
    Anonymous,
    /// An operator with every permission but the route's.
    Without,
    /// An operator with the route's permission and no other.
    With,
}

const CALLERS: [By; 7] =
    [By::Owner, By::OwnMentor, By::OtherStudent, By::OtherMentor, By::Anonymous, By::Without, By::With];

/// The refusal that is due; nothing where the caller is let in.
fn refusal(route: For, by: By) -> Option<(u16, &'static str)> {
    let is_operator = matches!(by, By::With | By::Without);
    match (route, by) {
        (For::Anybody, _) | (For::Holders(_), By::With) => None,
        (_, By::Anonymous) => Some((401, "unauthenticated")),
        (For::Operators, _) if is_operator => None,
        (For::Holders(_), By::Without) => Some((403, "permission_missing")),
        (For::Operators | For::Holders(_), _) => Some((403, "operators_only")),
        (_, _) if is_operator => Some((403, "people_only")),
        (For::People, _) | (For::Students, By::Owner | By::OtherStudent) | (For::ItsOwner, By::Owner) => None,
        (For::Students, _) => Some((403, "students_only")),
        (For::ItsOwner, _) | (_, By::OtherStudent | By::OtherMentor) => Some((404, "not_found")),
        (For::Parties, _) | (For::ItsStudent, By::Owner) | (For::ItsMentor, By::OwnMentor) => None,
        (_, _) => Some((403, "other_side_decides")),
    }
}

struct Cast {
    served: Served,
    tokens: Vec<String>,
    session: String,
    mentor: String,
    person: String,
    job: i64,
    payment: String,
}

impl Cast {
    async fn over(stores: Stores) -> Self {
        let served = Served::over(stores);
        let (course, plan) = course(&served.world.stores, "Java Programming").await;
        let mut tokens = Vec::new();
        for (name, role) in [
            ("asha", Role::Student),
            ("ravi", Role::Mentor),
            ("bela", Role::Student),
            ("meera", Role::Mentor),
        ] {
            tokens.push(served.newcomer(name, role).await);
        }
        let me = async |token: &str| {
            served.get("/api/v1/me", Some(token)).await.json()["id"].as_str().unwrap().to_owned()
        };
        let mentor = me(&tokens[1]).await;
        offer_teaching(&served.world.stores, &UserId::parse(&mentor).unwrap(), course, Verification::Full)
            .await;
        let body = json!({"mentor_id": mentor, "plan_id": plan.get(), "start": {"date": "2026-11-30", "time": "10:00"}});
        let requested = served.write("/api/v1/sessions", &tokens[0], body).await;
        assert_eq!(requested.status, 201, "{}", requested.text);
        let session = requested.json()["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/sessions/{session}");
        assert_eq!(served.write(&format!("{path}/approve"), &tokens[1], json!({})).await.status, 200);
        let started = served.write(&format!("{path}/payment"), &tokens[0], json!({})).await.json();
        let payment = started["id"].as_str().unwrap().to_owned();
        let capture = format!("/dev/gateway/{}/capture", started["order"].as_str().unwrap());
        assert_eq!(served.post(&capture, None, json!({})).await.status, 200);
        // The student's receipt.
        served.world.worker.drain().await.unwrap();
        served.newcomer("chen", Role::Student).await;
        let person = me(&served.log_in("chen").await).await;
        let job = dead_job(&served).await;
        money(&served, &payment).await;
        Self { served, tokens, session, mentor, person, job, payment }
    }

    /// The path with what its parameters stand for.
    fn path(&self, template: &str) -> String {
        let id = match template {
            _ if template.starts_with("/api/v1/sessions/") => self.session.as_str(),
            _ if template.starts_with("/api/v1/operator/sessions/") => self.session.as_str(),
            _ if template.starts_with("/api/v1/mentors/") => self.mentor.as_str(),
            _ if template.starts_with("/api/v1/operator/people/") => self.person.as_str(),
            _ if template.starts_with("/api/v1/operator/jobs/") => &self.job.to_string(),
            _ if template.starts_with("/api/v1/operator/pay")
                && !template.starts_with("/api/v1/operator/payout-") =>
            {
                self.payment.as_str()
            }
            _ if template.starts_with("/api/v1/operator/") => MONEY,
            _ => "1",
        };
        template
            .replace("{reference}", "s1")
            .replace("{id}", id)
            .replace("{item}", "1")
            .replace("{order}", "none")
            .replace("{month}", "2026-11")
            .replace("{number}", "RCP-2026-000001")
    }

    async fn token(&self, by: By, route: For) -> Option<String> {
        let needed = if let For::Holders(permission) = route { Some(permission) } else { None };
        let held = |with: bool| -> Vec<Permission> {
            Permission::ALL.iter().copied().filter(|held| (needed == Some(*held)) == with).collect()
        };
        Some(match by {
            By::Owner => self.tokens[0].clone(),
            By::OwnMentor => self.tokens[1].clone(),
            By::OtherStudent => self.tokens[2].clone(),
            By::OtherMentor => self.tokens[3].clone(),
            By::Anonymous => return None,
            By::With | By::Without => {
                use application_kernel::Ids;
                let name = crate::support::ids::CountedIds.text();
                let staff = Staff::join(&self.served.world, &name, &held(by == By::With)).await;
                staff.log_in(&self.served.world).await
            }
        })
    }
}

/// What the document says of every route: method, path, and who is let in, as far as it says.
fn documented() -> Vec<(String, String, Value)> {
    let document = serde_json::to_value(adapter_http::openapi(true)).unwrap();
    let paths = document["paths"].as_object().unwrap().clone();
    let of = |(path, item): (String, Value)| {
        let operations = item.as_object().unwrap().clone();
        operations.into_iter().map(move |(method, operation)| {
            (method.to_uppercase(), path.clone(), operation["security"].clone())
        })
    };
    paths.into_iter().flat_map(of).collect()
}

#[test]
fn every_documented_route_has_one_row_that_says_what_the_document_says() {
    let rows = rows();
    let known: BTreeSet<(String, String)> =
        rows.iter().map(|(method, path, ..)| ((*method).to_owned(), (*path).to_owned())).collect();
    let routes: BTreeSet<(String, String)> =
        documented().into_iter().map(|(method, path, _)| (method, path)).collect();
    let missing: Vec<_> = routes.difference(&known).collect();
    assert!(missing.is_empty(), "add a line to rows() for each of {missing:?}");
    let gone: Vec<_> = known.difference(&routes).collect();
    assert!(gone.is_empty(), "these rows are of no route: {gone:?}");
    assert_eq!(rows.len(), known.len(), "a route has two rows");
    for (method, path, security) in documented() {
        let (.., route, _) = rows.iter().find(|row| (row.0, row.1) == (&method, &path)).unwrap();
        let said = match route {
            For::Anybody => Value::Null,
            For::Operators => json!([{"operator_token": []}]),
            For::Holders(permission) => json!([{"operator_token": [permission.label()]}]),
            _ => json!([{"access_token": []}]),
        };
        assert_eq!(security, said, "{method} {path} is documented for others than its row says");
    }
}

async fn every_route_lets_in_whom_it_should_and_nobody_else(stores: Stores) {
    let cast = Cast::over(stores).await;
    let mut asked = 0;
    for (method, template, route, body) in rows() {
        for by in CALLERS {
            let token = cast.token(by, route).await;
            let key = format!("{by:?}");
            let body = (method != "GET").then(|| body.clone());
            let answer =
                cast.served.send(method, &cast.path(template), token.as_deref(), Some(&key), body).await;
            let what = format!("{method} {template} by {by:?}: {} {}", answer.status, answer.text);
            match refusal(route, by) {
                Some((status, code)) => {
                    assert_eq!((answer.status, &answer.json()["code"]), (status, &json!(code)), "{what}");
                }
                // Whoever is let in may still ask for what is not there, or too late; but is not turned away.
                None if route == For::Anybody => assert_ne!(answer.status, 403, "{what}"),
                None => {
                    // Who proposed a move does not accept it: that is not about who they are.
                    let own = answer.status == 403 && answer.json()["code"] == "own_proposal";
                    // What two operators decide takes the permission of what is decided.
                    let by_kind = route == For::Operators && answer.json()["code"] == "permission_missing";
                    assert!(own || by_kind || ![401, 403, 404].contains(&answer.status), "{what}");
                    let elsewhere = answer.status == 503 && answer.json()["code"] == "needs_postgres";
                    assert!(elsewhere || answer.status < 500, "{what}");
                }
            }
            asked += 1;
        }
    }
    assert_eq!(asked, documented().len() * CALLERS.len());
}

async fn a_revoked_token_opens_nothing(stores: Stores) {
    let cast = Cast::over(stores).await;
    let (served, world) = (&cast.served, &cast.served.world);
    let staff = Staff::join(world, "ops", &[Permission::Users]).await;
    let by = staff.log_in(world).await;
    let theirs = served.log_in("chen").await;
    assert_eq!(served.get("/api/v1/me", Some(&theirs)).await.status, 200);
    let suspend = format!("/api/v1/operator/people/{}/suspend", cast.person);
    assert_eq!(served.write(&suspend, &by, json!({"reason": "because"})).await.status, 200);
    // The server hears of it by itself; what is waited for is that, and not a time.
    let refused = until(async || served.get("/api/v1/me", Some(&theirs)).await, |status| status == 401).await;
    assert_eq!(refused["code"], "token_revoked");
    assert_eq!(served.get("/api/v1/me", Some(&cast.tokens[0])).await.status, 200, "and of nobody else");
    let keeper = Staff::join(world, "keeper", &[Permission::Users]).await;
    let email = domain_identity::Email::parse(&staff.email).unwrap();
    world.operators.revoke(&email, &[Permission::Users].into()).await.unwrap();
    let refused =
        until(async || served.get("/api/v1/operator/me", Some(&by)).await, |status| status == 401).await;
    assert_eq!(refused["code"], "token_revoked");
    assert_eq!(served.get("/api/v1/operator/me", Some(&keeper.log_in(world).await)).await.status, 200);
}

/// Asks again and again until the status is the one that is waited for, at most ten seconds.
async fn until(ask: impl AsyncFn() -> crate::support::server::Answer, comes: impl Fn(u16) -> bool) -> Value {
    let waited = async {
        loop {
            let answer = ask().await;
            if comes(answer.status) {
                return answer.json();
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), waited).await.expect("within ten seconds")
}
