//! The OpenAPI document, its reader page, health, and what production does not have.

use std::time::Duration;

use adapter_http::{Limits, Proxies};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use domain_kernel::Role;
use serde_json::{Value, json};

use crate::support::server::{METRICS_TOKEN, Served};
use crate::support::stores::Stores;
use crate::support::world::PASSWORD;

/// Every operation of a document as (path, method, operation).
pub(super) fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object()
                .unwrap()
                .iter()
                .map(move |(method, operation)| (path.clone(), method.clone(), operation.clone()))
        })
        .collect()
}

#[test]
fn every_operation_has_a_summary_a_tag_error_codes_and_security() {
    let document = serde_json::to_value(adapter_http::openapi(true)).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let mut names = std::collections::BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        assert!(names.insert(operation["operationId"].to_string()), "{method} {path}: its name is another's");
        let name = format!("{method} {path}");
        assert!(operation["summary"].as_str().is_some_and(|text| text.len() > 5), "{name} has no summary");
        assert!(operation["tags"].as_array().is_some_and(|tags| tags.len() == 1), "{name} has no tag");
        if path.starts_with("/health") {
            continue;
        }
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        for parameter in &parameters {
            assert!(
                parameter["description"].is_string(),
                "{name} does not say what {} is",
                parameter["name"]
            );
        }
        let is_list = parameters.iter().any(|parameter| parameter["name"] == "cursor");
        assert_eq!(operation["responses"].to_string().contains("invalid_cursor"), is_list, "{name}");
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('4')), "{name} never fails?");
        for (status, response) in responses {
            if status.as_str() >= "400" {
                assert!(
                    !response["content"]["application/problem+json"].is_null(),
                    "{name} {status} is no problem"
                );
                assert!(
                    response["description"].as_str().unwrap().contains('`'),
                    "{name} {status} names no code"
                );
            }
        }
        let secured = !operation["security"].is_null();
        assert_eq!(
            responses.contains_key("401"),
            secured || path.ends_with("/tokens") || path.ends_with("/refresh"),
            "{name}"
        );
        if method == "post" && secured {
            let parameters = operation["parameters"].as_array().unwrap();
            assert!(
                parameters.iter().any(|parameter| parameter["name"] == "Idempotency-Key"),
                "{name} takes no key"
            );
        }
    }
}

#[test]
fn every_property_and_parameter_has_an_example_or_a_closed_set() {
    fn explains(schema: &Value) -> bool {
        [
            "example",
            "examples",
            "enum",
            "$ref",
            "items",
            "properties",
            "additionalProperties",
            "oneOf",
            "allOf",
            "format",
        ]
        .iter()
        .any(|key| !schema[*key].is_null())
            || schema["type"] == "boolean"
            || schema["type"] == "object"
    }
    let document = serde_json::to_value(adapter_http::openapi(true)).unwrap();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for (property, schema) in schema["properties"].as_object().into_iter().flatten() {
            assert!(explains(schema), "{name}.{property} has no example: {schema}");
        }
    }
    for (path, method, operation) in operations(&document) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let sound =
                explains(parameter) || explains(&parameter["schema"]) || parameter["name"] == "cursor";
            assert!(sound, "{method} {path}: {parameter}");
        }
    }
}

#[tokio::test]
async fn the_document_and_its_reader_page_are_served_without_the_internet() {
    let served = Served::over(Stores::memory());
    let document = served.get("/openapi.json", None).await;
    assert_eq!(document.json(), serde_json::to_value(adapter_http::openapi(true)).unwrap());
    let page = served.get("/docs/", None).await;
    assert_eq!(page.status, 200);
    let links = page.text.split(['"', '\'']).filter(|part| part.contains("://"));
    assert_eq!(links.collect::<Vec<_>>(), Vec::<&str>::new(), "the page loads nothing from elsewhere");
    assert_eq!(served.get("/docs", None).await.status, 200, "the address without a slash leads there");
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(served.get(path, None).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn production_has_nothing_under_dev() {
    let served = Served::with(Stores::memory(), false, Limits::default());
    let document = served.get("/openapi.json", None).await.json();
    assert!(!document["paths"].as_object().unwrap().keys().any(|path| path.starts_with("/dev")));
    for (method, path) in [
        ("POST", "/dev/clock"),
        ("GET", "/dev/mailbox"),
        ("POST", "/dev/gateway/x/capture"),
        ("POST", "/dev/gateway/x/fail"),
        ("POST", "/dev/gateway/x/script"),
    ] {
        let answer = served.send(method, path, None, None, None).await;
        assert_eq!((answer.status, &answer.json()["code"]), (404, &json!("no_such_path")), "{path}");
    }
}

#[tokio::test]
async fn knocking_too_often_is_refused_for_the_account_and_the_address() {
    let limits = Limits { per_address: 8, per_account: 3, ..Limits::default() };
    let served = Served::with(Stores::memory(), true, limits);
    let knock = async |name: &str| {
        let body = json!({"email": format!("{name}@example.org"), "password": PASSWORD});
        served.post("/api/v1/tokens", None, body).await
    };
    let mut answers = Vec::new();
    for name in ["asha", "ASHA", "asha", "asha", "bela", "bela", "bela", "chen", "chen"] {
        answers.push(knock(name).await.status);
    }
    assert_eq!(answers, [401, 401, 401, 429, 401, 401, 401, 401, 429]);
    let refused = knock("dora").await;
    assert_eq!(
        (refused.json()["code"].clone(), refused.header("retry-after").is_some()),
        (json!("too_many_requests"), true)
    );
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_caller_is_counted_by_itself() {
    let knocks = async |proxies: &str, callers: [&str; 4]| {
        let proxies = Proxies::parse(proxies).unwrap();
        let limits = Limits { per_address: 2, per_account: 100, proxies, ..Limits::default() };
        let served = Served::with(Stores::memory(), true, limits);
        let mut answers = Vec::new();
        for caller in callers {
            let request = reqwest::Client::new().post(format!("{}/api/v1/tokens/refresh", served.address));
            let request = request.header("X-Forwarded-For", caller).json(&json!({"refresh_token": "x"}));
            answers.push(request.send().await.unwrap().status().as_u16());
        }
        answers
    };
    let callers = ["192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2"];
    assert_eq!(knocks("127.0.0.1", callers).await, [401, 401, 429, 401]);
    // What a caller writes there itself changes nothing.
    let pretended = ["1.1.1.1, 192.0.2.1", "2.2.2.2, 192.0.2.1", "3.3.3.3, 192.0.2.1", "4.4.4.4, 192.0.2.2"];
    assert_eq!(knocks("127.0.0.0/8", pretended).await, [401, 401, 429, 401]);
    assert_eq!(knocks("", ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"]).await, [401, 401, 429, 429]);
}

#[tokio::test]
async fn the_clock_and_the_mailbox_of_demo_mode_work() {
    let served = Served::over(Stores::memory());
    served.newcomer("asha", Role::Student).await;
    let mails = served.get("/dev/mailbox?to=asha@example.org", None).await.json();
    assert_eq!(mails["items"].as_array().unwrap().len(), 1);
    assert_eq!(served.get("/dev/mailbox?to=nobody@example.org", None).await.json()["items"], json!([]));
    let moved = served.post("/dev/clock", None, json!({"advance_seconds": 86_400})).await;
    assert_eq!(moved.json(), json!({"now": "2026-11-24T08:00:00Z"}));
    let back = served.post("/dev/clock", None, json!({"advance_seconds": -1})).await;
    assert_eq!(back.status, 400);
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up_and_counted() {
    let stores = Stores::postgres().await;
    let mut other = AsyncPgConnection::establish(stores.url.as_deref().unwrap()).await.unwrap();
    let limits = Limits { deadline: Duration::from_millis(300), ..Limits::default() };
    let served = Served::with(stores, false, limits);
    other.batch_execute("BEGIN; LOCK TABLE plans IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let late = served.get("/api/v1/plans", None).await;
    assert_eq!((late.status, &late.json()["code"]), (503, &json!("deadline_exceeded")));
    assert_eq!(late.header("retry-after"), Some("1"));
    assert_eq!(late.header("x-request-id").map(str::len), Some(36));
    other.batch_execute("COMMIT").await.unwrap();
    assert_eq!(served.get("/api/v1/plans", None).await.status, 200, "the connection is as good as before");
    let counted = served.get("/metrics", Some(METRICS_TOKEN)).await.text;
    let line = r#"careernav_http_requests_total{method="GET",route="none",status="503"} 1"#;
    assert!(counted.contains(line), "{counted}");
}

#[tokio::test]
async fn every_answer_names_its_request() {
    let served = Served::over(Stores::memory());
    let mut seen = std::collections::BTreeSet::new();
    for path in ["/health/live", "/api/v1/plans", "/api/v1/me", "/nothing", "/openapi.json"] {
        let answer = served.get(path, None).await;
        let id = answer.header("x-request-id").unwrap_or_else(|| panic!("{path} has none")).to_owned();
        assert_eq!(id.len(), 36, "{path}: {id}");
        seen.insert(id);
    }
    assert_eq!(seen.len(), 5, "each has its own");
}
