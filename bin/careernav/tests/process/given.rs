//! On a database that somebody else runs.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use adapter_embedded::{Binaries, Cluster, Options};
use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::running::{Process, Running, careernav, eventually, folder, said};

/// An empty database in a cluster of the test's own, which stops with it.
pub struct Given {
    pub url: String,
    _cluster: Cluster,
    pub folder: TempDir,
}

impl Given {
    pub async fn database() -> Self {
        let folder = folder();
        let options = Options::throwaway(folder.path().join("cluster"));
        let binaries = Binaries::find().expect("PostgreSQL's server binaries");
        let starting = tokio::task::spawn_blocking(move || Cluster::start(&binaries, &options));
        let cluster = starting.await.unwrap().unwrap();
        cluster.create_database("given").await.unwrap();
        Self { url: cluster.url("given"), _cluster: cluster, folder }
    }

    /// A command on it, in demo mode.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = careernav(self.folder.path());
        command.args(arguments).args(["--mode", "demo"]).env("DATABASE_URL", &self.url);
        command
    }

    /// What the command prints; it must end with that exit code.
    pub fn prints(&self, arguments: &[&str], expected: i32) -> String {
        let (shown, error, code) = said(&mut self.command(arguments));
        assert_eq!(code, Some(expected), "{arguments:?}: {shown}{error}");
        shown
    }

    fn has_due_jobs(&self) -> bool {
        let healthy = self.prints(&["doctor"], 0);
        let line = healthy.lines().find(|line| line.contains("jobs are due")).expect("a line on jobs");
        !line.contains(" 0 jobs are due")
    }
}

#[tokio::test]
async fn migrations_are_pending_are_deployed_and_are_in_step() {
    let given = Given::database().await;
    let states = |expected| {
        let shown = given.prints(&["migrate", "status", "--json"], expected);
        let status: Value = serde_json::from_str(&shown).expect("JSON");
        let entries = status["migrations"].as_array().expect("the migrations").clone();
        assert!(!entries.is_empty(), "{shown}");
        entries.into_iter().map(|entry| entry["state"].clone()).collect::<Vec<_>>()
    };
    assert!(states(10).iter().all(|state| state == "pending"));
    given.prints(&["serve", "--migrations", "check", "--port", "0"], 10);
    let events = given.prints(&["migrate", "deploy", "--json"], 0);
    assert!(!events.is_empty() && events.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    assert!(states(0).iter().all(|state| state == "applied"));
    given.prints(&["doctor"], 0);
}

#[tokio::test]
async fn two_servers_share_a_database_and_a_worker_does_the_jobs() {
    let given = Given::database().await;
    given.prints(&["migrate", "deploy"], 0);
    assert!(given.prints(&["seed"], 0).contains("people: 7 added"));
    let first = Running::serve(given.command(&["serve", "--no-worker", "--port", "0"]));
    assert!(!given.has_due_jobs());
    let newcomer = json!({"email": "new@example.org", "name": "New Comer", "password": "learning together"});
    assert_eq!(first.post("/api/v1/sign-ups/student", &newcomer).await.0, 202);
    assert!(given.has_due_jobs(), "nobody has done the mail yet");
    let worker = Process::start(given.command(&["worker"]));
    eventually("the worker does the job", || (!given.has_due_jobs()).then_some(()));
    let second = Running::serve(given.command(&["serve", "--port", "0"]));
    assert_eq!(first.mentor().await, second.mentor().await);
    for server in [first, second] {
        assert_eq!(server.get("/health/ready").await.0, 200);
        assert!(server.log_in("asha@demo.careernav.example").await.is_some());
        server.signal(Signal::TERM);
        assert_eq!(server.end(), Some(0));
    }
    worker.signal(Signal::TERM);
    assert_eq!(worker.end(), Some(0));
}

/// Adds an operator, whose password comes by the standard input.
fn add(given: &Given, arguments: &[&str]) -> Output {
    let mut command = given.command(&["operator", "add"]);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut adding = command.spawn().unwrap();
    adding.stdin.take().unwrap().write_all(b"correct horse battery\n").unwrap();
    adding.wait_with_output().unwrap()
}

#[tokio::test]
async fn the_staff_is_looked_after_on_the_command_line() {
    let given = Given::database().await;
    let added = add(&given, &["Ops@example.org", "--permission", "users"]);
    let shown = String::from_utf8(added.stdout).unwrap();
    assert!(
        added.status.success() && shown.contains("otpauth://totp/CareerNav:ops%40example.org?"),
        "{shown}"
    );
    let code = |word: &&str| word.len() == 23 && word.matches('-').count() == 3;
    let codes: Vec<&str> = shown.split_whitespace().filter(code).collect();
    assert_eq!(codes.len(), 10, "{shown}");
    for (arguments, why) in [
        (&["ops@example.org"][..], "there is such an operator already"),
        (&["other@example.org", "--permission", "everything"], "is none of payouts, refunds"),
        (&["other@example.org", "--user", "nobody"], "there is no such user"),
        (&["no address"], "an e-mail address is written"),
    ] {
        let refused = add(&given, arguments);
        let error = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success() && error.contains(why), "{arguments:?}: {error}");
    }
    let revoke = ["operator", "revoke", "ops@example.org", "--permission", "users"];
    given.prints(&revoke, 1);
    assert!(add(&given, &["next@example.org", "--permission", "users"]).status.success());
    assert!(given.prints(&revoke, 0).contains("may now: nothing"));
    assert!(
        given
            .prints(&["operator", "grant", "ops@example.org", "--permission", "studio"], 0)
            .contains("studio")
    );
    let listed = given.prints(&["operator", "list"], 0);
    assert!(
        listed.contains("next@example.org  users  10 backup codes") && listed.contains("  studio  "),
        "{listed}"
    );
    let server = Running::serve(given.command(&["serve", "--port", "0"]));
    let body = json!({"email": "ops@example.org", "password": "correct horse battery", "code": codes[0]});
    for status in [200, 401] {
        assert_eq!(server.post("/api/v1/operator/tokens", &body).await.0, status);
    }
    server.signal(Signal::TERM);
    assert_eq!(server.end(), Some(0));
}

#[tokio::test]
async fn two_processes_seed_a_database_in_use_at_once_and_add_everything_once() {
    let given = Given::database().await;
    given.prints(&["migrate", "deploy"], 0);
    given.prints(&["seed", "plans"], 0);
    let server = Running::serve(given.command(&["serve", "--port", "0"]));
    let seeding = || given.prints(&["seed", "skill-tests"], 0);
    let both = std::thread::scope(|scope| {
        let others = scope.spawn(seeding);
        [seeding(), others.join().unwrap()]
    });
    // "courses: …; questions: 212 added, 0 already there"
    let questions = both.each_ref().map(|said| {
        let counts = said.split_once("questions: ").expect("a count of questions").1;
        counts.split(' ').filter_map(|word| word.parse::<u32>().ok()).collect::<Vec<_>>()
    });
    let [[added, there], [also_added, also_there]] = questions.map(|counts| [counts[0], counts[1]]);
    assert_eq!(
        added + also_added,
        there + also_there,
        "each question is added by one and found by the other"
    );
    assert!(added.min(also_added) == 0 && added.max(also_added) >= 200, "{both:?}");
    assert_eq!(server.get("/health/ready").await.0, 200);
    server.signal(Signal::TERM);
    assert_eq!(server.end(), Some(0));
}

#[tokio::test]
async fn every_request_is_a_line_of_the_log_under_the_id_that_its_answer_names() {
    let given = Given::database().await;
    let mut command = given.command(&["serve", "--port", "0"]);
    command.env("CAREERNAV__HTTP__TRUSTED_PROXIES", "127.0.0.1");
    let running = Running::serve(command);
    let ask = async |request: reqwest::RequestBuilder| {
        let answer = request.send().await.unwrap();
        answer.headers()["x-request-id"].to_str().unwrap().to_owned()
    };
    let request = reqwest::Client::new().get(format!("{}/api/v1/plans/none?x=1", running.address));
    let direct = ask(request.try_clone().unwrap()).await;
    let id = ask(request.header("X-Forwarded-For", "192.0.2.7")).await;
    assert_eq!(running.logs(&direct)["span"].get("client.address"), None);
    let line = running.logs(&id);
    assert_eq!((&line["fields"]["status"], &line["level"]), (&400.into(), &"INFO".into()));
    assert_eq!(line["span"]["request_id"], id.as_str());
    for (name, value) in [
        ("http.request.method", "GET"),
        ("http.route", "/api/v1/plans/{id}"),
        ("url.path", "/api/v1/plans/none"),
        ("url.query", "x=1"),
        ("network.peer.address", "127.0.0.1"),
        ("client.address", "192.0.2.7"),
        ("otel.name", "GET /api/v1/plans/{id}"),
    ] {
        assert_eq!(line["span"][name], value, "{name}");
    }
    assert_eq!(running.interrupt(), Some(0));
}

/// How many rows of the table demo people have.
async fn sessions(given: &Given) -> i64 {
    let (client, connection) = tokio_postgres::connect(&given.url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let counted = client.query_one("SELECT count(*) FROM sessions", &[]).await;
    counted.map_or(0, |row| row.get(0))
}

#[tokio::test]
async fn demo_stories_that_were_broken_off_are_told_the_next_time_by_any_number_of_processes_and_each_once() {
    let given = Given::database().await;
    given.prints(&["migrate", "deploy"], 0);
    let server = Running::serve(given.command(&["serve", "--port", "0"]));
    let mut first = Process::start(given.command(&["seed", "demo"]));
    while sessions(&given).await < 3 && !first.has_ended() {}
    first.signal(Signal::KILL);
    first.end();
    let told = sessions(&given).await;
    assert!((3..15).contains(&told), "it was killed in the middle: {told} sessions");
    given.prints(&["ledger", "verify"], 0);
    let seeding = || given.prints(&["seed", "demo"], 0);
    let all =
        std::thread::scope(|scope| [(); 4].map(|()| scope.spawn(seeding)).map(|other| other.join().unwrap()));
    let added = all.each_ref().map(|said| {
        assert!(!said.contains("left out"), "{said}");
        let counts = said.split_once("; sessions: ").expect("a count of sessions").1;
        counts.split(' ').next().and_then(|word| word.parse::<i64>().ok()).expect("a number")
    });
    assert_eq!((told + added.iter().sum::<i64>(), sessions(&given).await), (15, 15), "{all:?}");
    let again = seeding();
    assert!(
        again.contains("people: 0 added, 7 already there")
            && again.contains("sessions: 0 added, 15 already there"),
        "{again}"
    );
    given.prints(&["ledger", "verify"], 0);
    given.prints(&["doctor"], 0);
    server.signal(Signal::TERM);
    assert_eq!(server.end(), Some(0));
}
