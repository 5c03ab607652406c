//! A server on a port of its own, and a client that speaks to it.

use std::sync::Arc;

use adapter_http::{Api, Demo, Limits, Metrics, Readiness};
use adapter_pdf::PdfPrinter;
use async_trait::async_trait;
use domain_kernel::Role;
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use super::stores::Stores;
use super::world::{PASSWORD, World, code_in};

struct AlwaysReady;

#[async_trait]
impl Readiness for AlwaysReady {
    async fn missing(&self) -> Option<String> {
        None
    }
}

/// What opens `/metrics`.
pub const METRICS_TOKEN: &str = "the token of the metrics";

/// A running server over a world.
pub struct Served {
    pub world: Arc<World>,
    pub address: String,
    client: Client,
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The text for a snapshot, with what differs from run to run replaced.
    pub fn shown_text(&self) -> String {
        mask_text(&self.text)
    }

    /// Status and body for a snapshot, with what differs from run to run replaced.
    pub fn shown(&self) -> Value {
        let mut shown = serde_json::Map::new();
        shown.insert("status".into(), self.status.into());
        for name in ["location", "retry-after", "www-authenticate", "allow", "idempotency-replayed"] {
            if let Some(value) = self.header(name) {
                shown.insert(name.into(), mask(&json!(value)));
            }
        }
        shown.insert("body".into(), if self.text.is_empty() { Value::Null } else { mask(&self.json()) });
        Value::Object(shown)
    }
}

/// Replaces identifiers and tokens that are made anew in each run.
fn mask(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(mask_text(text)),
        Value::Array(items) => items.iter().map(mask).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| {
                let secret = ["access_token", "refresh_token"].contains(&name.as_str());
                (name.clone(), if secret { json!("(token)") } else { mask(value) })
            })
            .collect(),
        plain => plain.clone(),
    }
}

fn mask_text(text: &str) -> String {
    let is_uuid = |part: &str| {
        part.len() == 36
            && part.split('-').map(str::len).eq([8, 4, 4, 4, 12])
            && part.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
    };
    let boundary = |c: char| !(c.is_ascii_alphanumeric() || c == '-');
    text.split_inclusive(boundary)
        .map(|piece| {
            let word = piece.trim_end_matches(boundary);
            if is_uuid(word) { piece.replace(word, "(id)") } else { piece.to_owned() }
        })
        .collect()
}

impl Served {
    /// A server in demo mode whose doors are not throttled.
    pub fn over(stores: Stores) -> Self {
        let free = Limits { per_address: 1_000_000, per_account: 1_000_000, ..Limits::default() };
        Self::with(stores, true, free)
    }

    pub fn with(stores: Stores, demo: bool, limits: Limits) -> Self {
        let world = Arc::new(World::over(stores));
        let demo = demo.then(|| Demo {
            clock: world.clock.clone(),
            mailbox: world.mailbox.clone(),
            gateway: world.gateway.clone(),
            jobs: world.stores.jobs.clone(),
        });
        let api = Api {
            booking: world.booking.clone(),
            sessions: world.stores.sessions.clone(),
            mentoring: world.mentoring.clone(),
            chats: world.stores.chats.clone(),
            billing: world.billing.clone(),
            books: world.stores.books.clone(),
            statements: world.stores.statements.clone(),
            printer: Arc::new(PdfPrinter::new(2).unwrap()),
            catalog: world.stores.offers.clone(),
            identity: world.identity.clone(),
            tokens: world.tokens.clone(),
            people: world.stores.accounts.clone(),
            operators: world.operators.clone(),
            operator_tokens: world.tokens.clone(),
            operations: world.stores.staff.clone(),
            queue: world.queue.clone(),
            revocations: world.stores.revocations.clone(),
            clock: world.clock.clone(),
            readiness: Arc::new(AlwaysReady),
            demo,
            metrics: Some(Metrics {
                token: METRICS_TOKEN.to_owned().into(),
                measures: world.stores.measures.clone(),
            }),
            limits,
        };
        let listening = adapter_http::listen("127.0.0.1:0", 1, api).unwrap();
        let address = format!("http://{}", listening.address());
        tokio::spawn(listening.serve());
        Self { world, address, client: Client::new() }
    }

    /// Sends a request; `token` logs in, `key` is the Idempotency-Key.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        key: Option<&str>,
        body: Option<Value>,
    ) -> Answer {
        let body = body.map(|body| body.to_string());
        self.send_text(method, path, token, key, body).await
    }

    pub async fn send_text(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        key: Option<&str>,
        body: Option<String>,
    ) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.client.request(method, format!("{}{path}", self.address));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body);
        }
        read(request.send().await.unwrap()).await
    }

    pub async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        self.send("GET", path, token, None, None).await
    }

    /// A read in the form that `accept` asks for.
    pub async fn get_as(&self, path: &str, token: &str, accept: &str) -> Answer {
        let request = self.client.get(format!("{}{path}", self.address));
        read(request.bearer_auth(token).header("Accept", accept).send().await.unwrap()).await
    }

    pub async fn post(&self, path: &str, token: Option<&str>, body: Value) -> Answer {
        self.send("POST", path, token, None, Some(body)).await
    }

    /// A write with a key of its own.
    pub async fn write(&self, path: &str, token: &str, body: Value) -> Answer {
        use application_kernel::Ids;
        let key = super::ids::CountedIds.text();
        self.send("POST", path, Some(token), Some(&key), Some(body)).await
    }

    /// Signs somebody up, confirms and logs in, all over HTTP. Answers the access token.
    pub async fn newcomer(&self, name: &str, role: Role) -> String {
        let door = if role == Role::Student { "student" } else { "mentor" };
        let email = format!("{name}@example.org");
        let body = json!({"email": email, "name": format!("{name} Person"), "password": PASSWORD});
        assert_eq!(self.post(&format!("/api/v1/sign-ups/{door}"), None, body).await.status, 202);
        let code = code_in(&self.world.mails(name).await[0].text);
        let confirmed =
            self.post("/api/v1/sign-ups/confirm", None, json!({"email": email, "code": code})).await;
        assert_eq!(confirmed.status, 201, "{}", confirmed.text);
        self.log_in(name).await
    }

    pub async fn log_in(&self, name: &str) -> String {
        let body = json!({"email": format!("{name}@example.org"), "password": PASSWORD});
        let answer = self.post("/api/v1/tokens", None, body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }
}

async fn read(response: Response) -> Answer {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await.unwrap().to_vec();
    Answer { status, headers, text: String::from_utf8_lossy(&bytes).into_owned(), bytes }
}
