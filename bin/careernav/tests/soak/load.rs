//! Clients that book, pay and call off without end, and remember what they were told.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

/// The accounts that demo mode has.
const STUDENTS: [&str; 2] = ["asha@demo.careernav.example", "arjun@demo.careernav.example"];
const MENTORS: [&str; 2] = ["ravi@demo.careernav.example", "meera@demo.careernav.example"];
const PASSWORD: &str = "learning together";

/// How far each session had come when a client was last told, by key.
#[derive(Default)]
pub struct Acknowledged(Mutex<BTreeMap<String, (u8, &'static str)>>);

/// Sessions only ever come further.
fn rank(status: &str) -> u8 {
    match status {
        "PENDING" => 0,
        "APPROVED" => 1,
        "PAID" | "SCHEDULED" => 2,
        _ => 3,
    }
}

impl Acknowledged {
    fn told(&self, session: &Value, student: &'static str) -> Option<()> {
        let (id, status) = (session["id"].as_str()?, session["status"].as_str()?);
        let mut all = self.0.lock().unwrap();
        let come = all.entry(id.to_owned()).or_insert((0, student));
        come.0 = come.0.max(rank(status));
        Some(())
    }

    /// Every session is there and has come at least as far as its client was told.
    pub async fn check(&self, address: &str) {
        let client = Client::new();
        let mut tokens = BTreeMap::new();
        for student in STUDENTS {
            tokens.insert(student, log_in(&client, address, student).await.expect("a log-in"));
        }
        let all = self.0.lock().unwrap().clone();
        assert!(all.len() > 10, "only {} sessions were made", all.len());
        assert!(all.values().any(|(come, _)| *come == 3), "no session was paid and called off");
        for (id, (come, student)) in all {
            let asked = client.get(format!("{address}/api/v1/sessions/{id}")).bearer_auth(&tokens[student]);
            let answer = asked.send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK, "session {id} is lost");
            let session: Value = answer.json().await.unwrap();
            let status = session["status"].as_str().unwrap();
            assert!(rank(status) >= come, "session {id} is {status} again");
        }
    }
}

/// Some clients that work until the server is gone.
pub struct Load {
    clients: Vec<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
    done: Arc<AtomicU32>,
}

impl Load {
    pub fn begin(address: &str, acknowledged: &Arc<Acknowledged>) -> Self {
        let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        let pairs = STUDENTS.into_iter().flat_map(|student| MENTORS.map(|mentor| (student, mentor)));
        let clients = pairs.enumerate().map(|(place, (student, mentor))| {
            let (address, acknowledged) = (address.to_owned(), acknowledged.clone());
            let (stop, done) = (stop.clone(), done.clone());
            tokio::spawn(async move {
                let client = Client::builder().timeout(Duration::from_secs(5)).build().unwrap();
                while !stop.load(Ordering::Relaxed) {
                    let one = One {
                        client: &client,
                        address: &address,
                        student,
                        mentor,
                        acknowledged: &acknowledged,
                    };
                    match one.round(place).await {
                        Some(()) => drop(done.fetch_add(1, Ordering::Relaxed)),
                        // The server is gone or coming back.
                        None => tokio::time::sleep(Duration::from_millis(20)).await,
                    }
                }
            })
        });
        Self { clients: clients.collect(), stop, done }
    }

    /// Waits until so many sessions more were carried through.
    pub async fn until(&self, sessions: u32) {
        let wanted = self.done.load(Ordering::Relaxed) + sessions;
        let reached = async {
            while self.done.load(Ordering::Relaxed) < wanted {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(2), reached).await.expect("the clients get on");
    }

    pub async fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        for client in self.clients {
            client.await.unwrap();
        }
    }
}

async fn log_in(client: &Client, address: &str, email: &str) -> Option<String> {
    let body = json!({"email": email, "password": PASSWORD});
    let answer = client.post(format!("{address}/api/v1/tokens")).json(&body).send().await.ok()?;
    let tokens: Value = answer.json().await.ok()?;
    tokens["access_token"].as_str().map(str::to_owned)
}

struct One<'a> {
    client: &'a Client,
    address: &'a str,
    student: &'static str,
    mentor: &'static str,
    acknowledged: &'a Acknowledged,
}

impl One<'_> {
    /// Books, pays and calls off one session after another, from log-in to refund.
    async fn round(&self, place: usize) -> Option<()> {
        let student = log_in(self.client, self.address, self.student).await?;
        let mentor = log_in(self.client, self.address, self.mentor).await?;
        let me = self.read("/api/v1/me", &mentor).await?["id"].as_str()?.to_owned();
        self.tidy_up(&student, &me).await?;
        let plan = self.read("/api/v1/plans", &student).await?["items"][0]["id"].clone();
        let day = chrono::Utc::now().date_naive() + chrono::Days::new(14);
        let hours = ["10:00", "11:00", "15:00", "16:00"];
        // Whatever the mentor offers in that week.
        for ahead in 0..7 {
            let date = day + chrono::Days::new(ahead);
            for time in [hours[place % 4], hours[(place + 1) % 4]] {
                let start = json!({"date": date, "time": time});
                let body = json!({"mentor_id": me, "plan_id": plan, "start": start});
                let asked = self.write("/api/v1/sessions", &student, body).await?;
                if asked["id"].is_string() {
                    self.acknowledged.told(&asked, self.student)?;
                    return self.carry_through(&asked, &student, &mentor).await;
                }
            }
        }
        None
    }

    /// What a death left half done is called off.
    async fn tidy_up(&self, student: &str, mentor: &str) -> Option<()> {
        // By status: of those that have ended there are soon more than fit a page.
        for (status, verb) in
            [("PENDING", "withdraw"), ("APPROVED", "cancel"), ("PAID", "cancel"), ("SCHEDULED", "cancel")]
        {
            let path = format!("/api/v1/sessions?status={status}&limit=100");
            let sessions = self.read(&path, student).await?;
            for session in sessions["items"].as_array()? {
                if session["mentor"]["id"] == mentor {
                    self.step(session["id"].as_str()?, verb, student).await?;
                }
            }
        }
        Some(())
    }

    async fn carry_through(&self, session: &Value, student: &str, mentor: &str) -> Option<()> {
        let id = session["id"].as_str()?;
        self.step(id, "approve", mentor).await?;
        let payment = self.write(&format!("/api/v1/sessions/{id}/payment"), student, json!({})).await?;
        if let Some(order) = payment["order"].as_str() {
            let capture = format!("{}/dev/gateway/{order}/capture", self.address);
            self.client.post(capture).json(&json!({})).send().await.ok()?;
        }
        self.acknowledged
            .told(&self.read(&format!("/api/v1/sessions/{id}"), student).await?, self.student)?;
        self.step(id, "cancel", mentor).await
    }

    async fn step(&self, id: &str, verb: &str, token: &str) -> Option<()> {
        let session = self.write(&format!("/api/v1/sessions/{id}/{verb}"), token, json!({})).await?;
        // A refusal is no session: another client, or the clock, was quicker.
        let _ = self.acknowledged.told(&session, self.student);
        Some(())
    }

    async fn read(&self, path: &str, token: &str) -> Option<Value> {
        let asked = self.client.get(format!("{}{path}", self.address)).bearer_auth(token);
        asked.send().await.ok()?.json().await.ok()
    }

    async fn write(&self, path: &str, token: &str, body: Value) -> Option<Value> {
        let asked = self.client.post(format!("{}{path}", self.address)).bearer_auth(token);
        let keyed = asked.header("Idempotency-Key", uuid::Uuid::now_v7().to_string()).json(&body);
        keyed.send().await.ok()?.json().await.ok()
    }
}
