//! What the document gives a reader: an example of everything, every code, which texts are taken. And the reader's page.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::document::operations;
use crate::support::server::Served;
use crate::support::stores::Stores;

fn document() -> Value {
    serde_json::to_value(adapter_http::openapi(true)).unwrap()
}

/// Follows a `$ref`, if it is one.
fn found<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let Some(place) = value["$ref"].as_str() else { return value };
    document.pointer(place.trim_start_matches('#')).unwrap_or_else(|| panic!("{place} leads nowhere"))
}

/// The example that a schema makes up from those of its parts, as the reader's page does.
fn example(document: &Value, schema: &Value) -> Result<Value, String> {
    let schema = found(document, schema);
    let given = schema.get("example").or_else(|| schema["examples"].get(0)).or_else(|| schema["enum"].get(0));
    if let Some(given) = given {
        return Ok(given.clone());
    }
    for several in ["oneOf", "anyOf", "allOf"] {
        if let Some(parts) = schema[several].as_array() {
            let part = parts.iter().find(|part| part["type"] != "null").ok_or("nothing but null")?;
            return example(document, part);
        }
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or_default();
    match kind {
        "object" => {
            let mut members = Map::new();
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                let value = example(document, property).map_err(|why| format!("{name}: {why}"))?;
                members.insert(name.clone(), value);
            }
            Ok(Value::Object(members))
        }
        "array" => Ok(json!([example(document, &schema["items"])?])),
        "boolean" => Ok(json!(true)),
        "string" if schema["format"] == "binary" => Ok(json!("a file")),
        _ => Err(format!("no example: {schema}")),
    }
}

#[test]
fn every_operation_has_an_example_of_all_that_it_takes_and_answers() {
    let document = document();
    let mut seen = 0;
    for (path, method, operation) in operations(&document) {
        let mut shown = 0;
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            // A cursor comes from the page before.
            if parameter["name"] == "cursor" {
                continue;
            }
            let given = parameter.get("example").cloned().ok_or(String::new());
            let made = given.or_else(|_| example(&document, &parameter["schema"]));
            assert!(made.is_ok(), "{method} {path}, {}: {made:?}", parameter["name"]);
            shown += 1;
        }
        let answers = operation["responses"].as_object().unwrap();
        let answers = answers.iter().filter(|(status, _)| status.starts_with('2')).map(|(_, answer)| answer);
        let bodies: Vec<&Value> = answers.chain([&operation["requestBody"]]).collect();
        for (kind, media) in bodies.iter().filter_map(|body| body["content"].as_object()).flatten() {
            // The rows and the print of what JSON shows.
            if kind != "application/json" {
                continue;
            }
            let given = !media["examples"].is_null();
            let made = example(&document, &media["schema"]);
            assert!(given || made.is_ok(), "{method} {path}: {made:?}");
            shown += 1;
        }
        assert!(shown > 0 || path.ends_with("/revoke"), "{method} {path} shows nothing");
        seen += 1;
    }
    assert!(seen > 70, "only {seen} operations were read");
}

#[test]
fn every_code_of_every_operation_is_known_stands_beside_its_status_and_is_shown() {
    let document = document();
    let errors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors.md");
    let errors = std::fs::read_to_string(errors).unwrap();
    let known = adapter_http::codes();
    let mut named = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        for (status, answer) in operation["responses"].as_object().unwrap() {
            let problem = &answer["content"]["application/problem+json"];
            if problem.is_null() {
                assert!(status.starts_with('2') || path.starts_with("/health"), "{method} {path} {status}");
                continue;
            }
            let codes: Vec<&str> =
                answer["description"].as_str().unwrap().split('`').skip(1).step_by(2).collect();
            assert!(!codes.is_empty(), "{method} {path} {status} names no code");
            for name in codes {
                let code = known.iter().find(|code| code.name == name);
                let code = code.unwrap_or_else(|| panic!("{method} {path} {status}: nobody knows {name}"));
                assert_eq!(adapter_http::status_of(*code).to_string(), *status, "{method} {path}: {name}");
                assert!(
                    errors.contains(&format!("| `{name}` | {status} |")),
                    "{name} is not in docs/errors.md"
                );
                let shown = &found(&document, &problem["examples"][name])["value"];
                assert_eq!((&shown["code"], shown["status"].to_string()), (&json!(name), status.clone()));
                named.insert(name.to_owned());
            }
        }
    }
    let elsewhere = [
        // What is answered where no operation is.
        "method_not_allowed",
        "no_such_path",
        // What `careernav operator` says.
        "last_users_holder",
        "no_such_user",
        "operator_exists",
        // What jobs run into, and keep in the log.
        "meetings_open",
        "not_due",
        "order_placed_already",
        "provider_unavailable",
    ];
    for code in known.iter().filter(|code| !elsewhere.contains(&code.name)) {
        assert!(named.contains(code.name), "no operation names {}", code.name);
    }
}

#[test]
fn every_text_that_is_taken_says_which_are_taken() {
    fn look(document: &Value, schema: &Value, place: &str) {
        let schema = found(document, schema);
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            look(document, property, &format!("{place}.{name}"));
        }
        for part in ["items", "oneOf"].iter().filter_map(|part| schema.get(*part)) {
            for part in part.as_array().map_or(std::slice::from_ref(part), Vec::as_slice) {
                look(document, part, place);
            }
        }
        if schema["type"] == "string" || schema["type"][0] == "string" {
            let says = ["enum", "pattern", "format"].iter().any(|word| !schema[*word].is_null());
            // What is only looked for can be any text, and so can what names something in a path.
            let any = ["skill", "to"].iter().any(|name| place.ends_with(&format!("query {name}")));
            assert!(says || any, "{place}: {schema}");
        }
        if schema["type"] == "object" {
            assert_eq!(schema["additionalProperties"], false, "{place} takes what nobody knows");
        }
    }
    let document = document();
    for (path, method, operation) in operations(&document) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            if parameter["in"] != "path" {
                let name =
                    format!("{method} {path}, {} {}", parameter["in"], parameter["name"]).replace('"', "");
                look(&document, &parameter["schema"], &name);
            }
        }
        for media in operation["requestBody"]["content"].as_object().into_iter().flat_map(Map::values) {
            look(&document, &media["schema"], &format!("{method} {path}, body"));
        }
    }
}

#[tokio::test]
async fn the_reader_page_is_served_whole_and_kept_to_this_server() {
    let served = Served::over(Stores::memory());
    let page = served.get("/docs/", None).await;
    assert!(page.text.contains("<title>CareerNav"), "{}", page.text);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'self'") && !policy.contains("http"), "{policy}");
    let parts: Vec<&str> = page.text.split('"').filter(|text| text.contains('.')).collect();
    assert!(parts.contains(&"swagger-ui-bundle.js"), "{parts:?}");
    for part in parts {
        let answer = served.get(&format!("/docs/{part}"), None).await;
        assert_eq!(answer.status, 200, "{part}");
        let loads = ["url(http", "url(//", "url(\"http", "@import", "importScripts"];
        if let Some(loaded) = loads.iter().find(|word| answer.text.contains(**word)) {
            panic!("{part} loads something by {loaded}");
        }
    }
    let settings = served.get("/docs/swagger-initializer.js", None).await.text;
    assert!(settings.contains(r#""validatorUrl": "none""#), "another server would be asked: {settings}");
    assert!(!settings.contains("://"), "{settings}");
}
