//! Whatever is sent to whatever route: never a 5xx, always a problem.

use application_kernel::Permission;
use domain_kernel::{Labelled, Role};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::money::gateway_holds;
use crate::support::server::{Answer, Served};
use crate::support::staff::Staff;
use crate::support::stores::Stores;

crate::both_stores! {
    bad_input_is_a_problem_on_every_route,
    wrong_fields_are_all_named,
    what_the_document_refuses_is_refused_and_what_it_takes_is_taken,
    what_is_not_there_and_not_served_is_a_problem,
    head_answers_as_get_does_but_for_the_body,
    too_large_a_body_is_refused,
    tokens_that_are_none_are_refused,
}

/// Checks that an answer is no failure of ours and, if it is an error, a problem.
fn is_sound(answer: &Answer, what: &str) {
    // What a store says that cannot do this is its documented answer.
    let elsewhere = answer.status == 503 && answer.json()["code"] == "needs_postgres";
    assert!(elsewhere || answer.status < 500, "{what}: {} {}", answer.status, answer.text);
    if answer.status >= 400 {
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json"),
            "{what}: {}",
            answer.text
        );
        let problem = answer.json();
        assert_eq!(problem["status"], answer.status, "{what}");
        assert!(
            problem["code"].is_string() && problem["type"].is_string() && problem["title"].is_string(),
            "{what}"
        );
    }
}

/// Checks that the operation's document names the answer's status and, if it is a problem, its code.
fn is_documented(answer: &Answer, operation: &Value, what: &str) {
    let documented = &operation["responses"][answer.status.to_string()];
    assert!(!documented.is_null(), "{what}: {} is not documented", answer.status);
    if answer.status >= 400 {
        let code = answer.json()["code"].as_str().unwrap().to_owned();
        let names = documented["description"].as_str().unwrap();
        assert!(names.contains(&format!("`{code}`")), "{what}: {code} is not among {names}");
    }
}

/// Bodies that are wrong in different ways.
fn bodies() -> Vec<String> {
    let long = "x".repeat(5_000);
    let mut bodies: Vec<String> =
        ["", "{", "null", "[]", "\"text\"", "1e999", "{\"unknown\": 1}", "\u{0}", "{\"email\":"]
            .map(str::to_owned)
            .to_vec();
    for value in [
        json!(null),
        json!(-1),
        json!(2_147_483_648_i64),
        json!(1.5),
        json!(""),
        json!("\u{0}"),
        json!("'; DROP TABLE users; --"),
        json!(long),
        json!([]),
        json!({}),
    ] {
        bodies.push(
            json!({"mentor_id": value, "plan_id": value, "start": {"date": value, "time": value}, "message": value}).to_string(),
        );
        bodies.push(
            json!({"mentor_id": value, "plan_id": 1, "start": {"date": "2026-11-30", "time": "10:00"}})
                .to_string(),
        );
        bodies.push(json!({"email": value, "name": value, "password": value}).to_string());
        bodies.push(json!({"email": value, "password": value}).to_string());
        bodies.push(json!({"email": value, "code": value}).to_string());
        bodies.push(json!({"refresh_token": value}).to_string());
        bodies.push(json!({"reason": value}).to_string());
        bodies.push(json!({"text": value}).to_string());
        bodies.push(json!({"role": value, "reason": "x"}).to_string());
        bodies.push(json!({"email": value, "password": value, "code": value}).to_string());
        bodies.push(json!({"advance_seconds": value}).to_string());
        bodies.push(json!({"amount_minor": value, "currency": value}).to_string());
    }
    bodies
}

const SEGMENTS: [&str; 8] =
    ["1", "-1", "999999999999", "%00", "%F0%9F%92%A9", "..%2f", "%FF", "x%27%20OR%201=1"];
const QUERIES: [&str; 11] = [
    "?limit=0",
    "?limit=101",
    "?limit=x",
    "?limit=99999999999999999999",
    "?cursor=zz",
    "?cursor=5b5d",
    "?status=NONE&to=%00",
    "?unknown=1",
    "?email=%00&role=x&suspended=x",
    "?from=x&to=2026-02-30T00:00:00Z&actor=%00",
    "?skill=%00&mentor_id=%00&date=x&time=y",
];

async fn bad_input_is_a_problem_on_every_route(stores: Stores) {
    let served = Served::over(stores);
    let person = served.newcomer("asha", Role::Student).await;
    let operator = Staff::join(&served.world, "ops", Permission::ALL).await.log_in(&served.world).await;
    let document = served.get("/openapi.json", None).await.json();
    let mut asked = 0;
    for (template, item) in document["paths"].as_object().unwrap() {
        let token = if template.starts_with("/api/v1/operator/") { &operator } else { &person };
        let paths: Vec<String> = match template.split_once('{') {
            None => vec![template.clone()],
            Some((before, after)) => {
                let rest = after.split_once('}').unwrap().1;
                SEGMENTS.iter().map(|segment| format!("{before}{segment}{rest}")).collect()
            }
        };
        for path in paths {
            for (name, operation) in item.as_object().unwrap() {
                let method = name.to_uppercase();
                if method == "GET" {
                    for query in QUERIES {
                        let answer = served.get(&format!("{path}{query}"), Some(token)).await;
                        let what = format!("GET {path}{query}");
                        is_sound(&answer, &what);
                        is_documented(&answer, operation, &what);
                        asked += 1;
                    }
                    continue;
                }
                for (index, body) in bodies().into_iter().enumerate() {
                    let key = format!("{path}-{index}").replace(|c: char| !c.is_ascii_graphic(), "_");
                    let answer =
                        served.send_text(&method, &path, Some(token), Some(&key), Some(body.clone())).await;
                    let what = format!("{method} {path} {body:.200}");
                    is_sound(&answer, &what);
                    is_documented(&answer, operation, &what);
                    asked += 1;
                }
            }
        }
    }
    assert!(asked > 1_000, "only {asked} requests were sent");
}

async fn wrong_fields_are_all_named(stores: Stores) {
    let served = Served::over(stores);
    let token = served.newcomer("asha", Role::Student).await;
    let body = json!({"mentor_id": "", "plan_id": 1, "start": {"date": "30.11.2026", "time": "10"}, "message": "x".repeat(2001)});
    let answer = served.write("/api/v1/sessions", &token, body).await;
    assert_eq!((answer.status, &answer.json()["code"]), (400, &json!("invalid_request")));
    let problem = answer.json();
    let fields: Vec<&Value> =
        problem["errors"].as_array().unwrap().iter().map(|error| &error["field"]).collect();
    assert_eq!(fields, ["mentor_id", "start.date", "start.time", "message"]);
    let body = json!({"email": "none", "name": " ", "password": "short"});
    let problem = served.post("/api/v1/sign-ups/student", None, body).await.json();
    assert_eq!(problem["errors"].as_array().unwrap().len(), 2, "{problem}");
}

async fn what_the_document_refuses_is_refused_and_what_it_takes_is_taken(stores: Stores) {
    let served = Served::over(stores);
    let token = served.newcomer("asha", Role::Student).await;
    let operator = Staff::join(&served.world, "ops", Permission::ALL).await.log_in(&served.world).await;
    let refused = |answer: &Answer| (answer.status, answer.json()["code"].as_str().unwrap().to_owned());

    // A whole number is one however it is written, a fraction is none.
    let start = json!({"date": "2026-11-30", "time": "10:00"});
    for (plan, expected) in
        [(json!(7.0), (422, "plan_unavailable".to_owned())), (json!(7.5), (400, "invalid_body".to_owned()))]
    {
        let body = json!({"mentor_id": "nobody", "plan_id": plan, "start": start});
        assert_eq!(refused(&served.write("/api/v1/sessions", &token, body).await), expected, "{plan}");
    }

    // Lengths are those of the text as it was sent; white space alone is no text.
    let cancel = "/api/v1/sessions/none/cancel";
    for (reason, status) in [
        ("x".repeat(500), 404),
        ("x".repeat(501), 400),
        (format!(" {} ", "x".repeat(499)), 400),
        (" \t\u{3000}".to_owned(), 400),
        ("\u{7f}".to_owned(), 400),
        ("two\nlines".to_owned(), 404),
    ] {
        let answer = served.write(cancel, &token, json!({"reason": reason})).await;
        assert_eq!(answer.status, status, "{reason:?}");
    }

    // Too long a token is none, for logging out as well.
    for path in ["/api/v1/tokens/revoke", "/api/v1/tokens/refresh", "/api/v1/operator/tokens/revoke"] {
        let answer = served.post(path, None, json!({"refresh_token": "x".repeat(256)})).await;
        assert_eq!(refused(&answer), (400, "invalid_request".to_owned()), "{path}");
    }

    // A password that is well formed but easy to guess breaks a rule; it is no malformed request.
    for password in ["aaaabbbbcccc", "my name is asha"] {
        let body = json!({"email": "asha@example.org", "name": "Asha", "password": password});
        let answer = served.post("/api/v1/sign-ups/student", None, body).await;
        assert_eq!(refused(&answer), (422, "weak_password".to_owned()), "{password}");
        assert_eq!(answer.json()["errors"][0]["field"], "password");
    }

    // Every form of RFC 3339 is an instant; a filter that is no key is a wrong field and no missing thing.
    for (query, status) in [
        ("audit?from=2026-11-24T00:00:00Z", 200),
        ("audit?from=2026-11-24T05:30:00.25%2B05:30", 200),
        ("audit?from=2026-11-24", 400),
        ("refunds?payment_id=none", 200),
        ("refunds?payment_id=%01", 400),
    ] {
        let answer = served.get(&format!("/api/v1/operator/{query}"), Some(&operator)).await;
        assert_eq!(answer.status, status, "{query}: {}", answer.text);
    }

    // A key stands in the answer's header, whatever visible characters it has, and leads to what was made.
    let settlement = |reference: &str| json!({"reference": reference, "amount_minor": 10, "fee_minor": 1, "currency": "INR"});
    let settlements = "/api/v1/operator/settlements";
    for reference in ["a/b", "a b", "\u{e9}", "a\r\nb", ""] {
        let answer = served.write(settlements, &operator, settlement(reference)).await;
        assert_eq!(refused(&answer), (400, "invalid_request".to_owned()), "{reference:?}");
    }
    let body = json!({"reference": "r", "amount_minor": 0, "fee_minor": -1, "currency": "rupees"});
    let wrong = served.write(settlements, &operator, body).await.json();
    let fields: Vec<&str> =
        wrong["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["currency", "amount_minor", "fee_minor"], "each by its own name");
    gateway_holds(&served.world, 10).await;
    let made = served.write(settlements, &operator, settlement("50%?#1")).await;
    assert_eq!(
        (made.status, made.header("location")),
        (201, Some("/api/v1/operator/settlements/50%25%3F%231"))
    );
    assert_eq!(served.get(made.header("location").unwrap(), Some(&operator)).await.status, 200);

    // The fee is part of the amount: both are sound, together they break a rule.
    let settlement = json!({"reference": "r", "amount_minor": 10, "fee_minor": 11, "currency": "INR"});
    let answer = served.write(settlements, &operator, settlement).await;
    assert_eq!(refused(&answer), (422, "fee_above_amount".to_owned()));
}

async fn what_is_not_there_and_not_served_is_a_problem(stores: Stores) {
    let served = Served::over(stores);
    let token = served.newcomer("asha", Role::Student).await;
    for path in ["/", "/nothing", "/api/v1", "/api/v1/nothing", "/api/v1/sessions/", "/api/v2/plans"] {
        let answer = served.get(path, None).await;
        assert_eq!((answer.status, &answer.json()["code"]), (404, &json!("no_such_path")), "{path}");
    }
    for (path, code) in [("/api/v1/plans/1", "not_found"), ("/api/v1/mentors/x", "not_found")] {
        let answer = served.get(path, None).await;
        assert_eq!((answer.status, &answer.json()["code"]), (404, &json!(code)), "{path}");
    }
    for path in ["/api/v1/plans/x", "/api/v1/plans/99999999999", "/api/v1/plans/-/dates"] {
        let answer = served.get(path, None).await;
        let problem = answer.json();
        assert_eq!((answer.status, &problem["code"]), (400, &json!("invalid_parameter")), "{path}");
        assert_eq!(problem["errors"][0]["field"], "path", "{path}");
    }
    let complete = "/api/v1/sessions/none/meetings/first/complete";
    assert_eq!(served.write(complete, &token, json!({})).await.status, 400);
    let approve = served.write("/api/v1/sessions/none/approve", &token, json!({})).await;
    assert_eq!((approve.status, &approve.json()["code"]), (404, &json!("not_found")));
    let deleted = served.send("DELETE", "/api/v1/sessions/1", Some(&token), None, None).await;
    assert_eq!((deleted.status, deleted.header("allow")), (405, Some("GET, HEAD")));
    let put = served.send("PUT", "/api/v1/sessions", Some(&token), None, Some(json!({}))).await;
    assert_eq!(
        (put.status, put.header("allow"), &put.json()["code"]),
        (405, Some("GET, HEAD, POST"), &json!("method_not_allowed"))
    );
}

async fn head_answers_as_get_does_but_for_the_body(stores: Stores) {
    let served = Served::over(stores);
    for path in ["/health/live", "/api/v1/plans/1", "/api/v1/sessions"] {
        let got = served.get(path, None).await;
        let head = served.send("HEAD", path, None, None, None).await;
        assert_eq!(head.status, got.status, "{path}");
        for name in ["content-type", "content-length", "cache-control"] {
            assert_eq!(head.header(name), got.header(name), "{name} of {path}");
        }
    }
    // A client leaves out whatever follows, so what is sent is read off the wire.
    let place = served.address.strip_prefix("http://").unwrap();
    let mut wire = tokio::net::TcpStream::connect(place).await.unwrap();
    wire.write_all(b"HEAD /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut sent = String::new();
    wire.read_to_string(&mut sent).await.unwrap();
    assert!(sent.starts_with("HTTP/1.1 200 OK\r\n") && sent.ends_with("\r\n\r\n"), "{sent}");
    let none = served.send("HEAD", "/api/v1/tokens", None, None, None).await;
    assert_eq!((none.status, none.header("allow")), (405, Some("POST")));
}

async fn too_large_a_body_is_refused(stores: Stores) {
    let served = Served::over(stores);
    let body = json!({"refresh_token": "x".repeat(1 << 20)});
    let answer = served.post("/api/v1/tokens/refresh", None, body).await;
    assert_eq!((answer.status, &answer.json()["code"]), (413, &json!("body_too_large")));
}

async fn tokens_that_are_none_are_refused(stores: Stores) {
    let served = Served::over(stores);
    for token in [None, Some("x"), Some("a.b.c"), Some("")] {
        let answer = served.get("/api/v1/sessions", token).await;
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some("Bearer")), "{token:?}");
        assert_eq!(answer.json()["code"], "unauthenticated");
    }
}
