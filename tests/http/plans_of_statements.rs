//! How the database goes about what it is asked, once there is much of everything: it explains every statement that the
//! routes send, and none may read a large table from end to end. Statements are sent often enough for the plan that
//! PostgreSQL keeps for all parameters to be among those explained, and for a person's sessions it must keep one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

use application_identity::ports::AccessTokens;
use application_kernel::{CurrentUser, Permission};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use domain_kernel::{Labelled, Role, UserId};
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};

use crate::support::people::plan;
use crate::support::server::Served;
use crate::support::staff::Staff;
use crate::support::stores::{Stores, postgres};
use crate::support::world::World;

/// The tables that grow with every session; the bench looks at the same.
const LARGE: &str = include_str!("../../bench/large_tables.txt");

/// The bench's data at half its size: 5 000 students, 250 mentors, 15 000 sessions, 200 000 meetings. With less the planner
/// is right to read some tables whole.
const FILL: &str = include_str!("../../bench/data.sql");

/// How often each route is called: after five times PostgreSQL may keep one plan for all parameters.
const TIMES: i64 = 8;

/// A database of many sessions, changed by `then`, that explains every statement in the server's log.
async fn filled(then: &str) -> Stores {
    let stores = Stores::postgres().await;
    for skill in ["Java", "Python", "Rust", "Go", "SQL", "React", "Testing", "Design", "Networks", "Algebra"]
    {
        plan(&stores, skill, "pro", (4, 3)).await;
    }
    let url = stores.url.clone().unwrap();
    let lines = FILL.lines().filter(|line| !line.starts_with('\\') && !line.starts_with("VACUUM"));
    let fill = lines.collect::<Vec<_>>().join("\n").replace(":scale", "0.5").replace(":'password'", "'none'");
    let name = url.split('?').next().unwrap().rsplit('/').next().unwrap();
    let explain = [
        "session_preload_libraries = 'auto_explain'",
        "auto_explain.log_min_duration = 0",
        "auto_explain.log_format = 'json'",
        "auto_explain.log_nested_statements = on",
    ]
    .map(|setting| format!("ALTER DATABASE {name} SET {setting};"));
    let mut conn = AsyncPgConnection::establish(&url).await.unwrap();
    conn.batch_execute(&fill).await.unwrap();
    conn.batch_execute(then).await.unwrap();
    conn.batch_execute("ANALYZE").await.unwrap();
    conn.batch_execute(&explain.concat()).await.unwrap();
    // Those that are open already explain nothing.
    Stores::of(std::sync::Arc::new(postgres(&url)), Some(url))
}

/// The server's log from somewhere on. All databases write into it, so one test at a time explains.
struct Log {
    path: PathBuf,
    begins: u64,
    _alone: MutexGuard<'static, ()>,
}

impl Log {
    async fn from_here() -> Self {
        static ALONE: Mutex<()> = Mutex::const_new(());
        let alone = ALONE.lock().await;
        let path = crate::support::cluster::log();
        let begins = std::fs::metadata(&path).unwrap().len();
        Self { path, begins, _alone: alone }
    }

    /// The plans that stand there, with the statement of each.
    fn plans(&self) -> Vec<Value> {
        let mut log = File::open(&self.path).unwrap();
        log.seek(SeekFrom::Start(self.begins)).unwrap();
        let mut text = String::new();
        log.read_to_string(&mut text).unwrap();
        let mut found = Vec::new();
        for message in text.split(" plan:\n").skip(1) {
            let plan: String = message.lines().take_while(|line| line.starts_with('\t')).collect();
            found.push(serde_json::from_str(&plan).unwrap_or_else(|error| panic!("{error}: {plan}")));
        }
        found
    }
}

/// A token of somebody who is in the data.
fn token(world: &World, id: i64, role: Role) -> String {
    let user = CurrentUser { id: UserId::parse(id.to_string()).unwrap(), role, token_version: 0 };
    world.tokens.issue(&user, world.now()).unwrap().0
}

/// The large tables that a plan reads from end to end.
fn read_whole(node: &Value, found: &mut BTreeSet<String>) {
    let is_scan = node["Node Type"].as_str().is_some_and(|kind| kind.ends_with("Seq Scan"));
    let table = node["Relation Name"].as_str().unwrap_or_default();
    if is_scan && LARGE.lines().any(|large| large == table) {
        found.insert(table.to_owned());
    }
    for child in node["Plans"].as_array().into_iter().flatten() {
        read_whole(child, found);
    }
}

#[tokio::test]
async fn no_statement_of_a_route_reads_a_large_table_from_end_to_end() {
    let served = Served::over(filled("").await);
    let world = &served.world;
    let token = |id, role| token(world, id, role);
    let staff = Staff::join(world, "ops", Permission::ALL).await.log_in(world).await;
    let log = Log::from_here().await;
    for n in 0..TIMES {
        let (student, mentor) = (1_000_000 + n, 2_000_000 + n);
        let (student_token, mentor_token) = (token(student, Role::Student), token(mentor, Role::Mentor));
        let session = 3_000_000 + n;
        for path in [
            "/api/v1/me".to_owned(),
            "/api/v1/sessions".to_owned(),
            "/api/v1/sessions?status=COMPLETED&limit=1".to_owned(),
            format!("/api/v1/sessions/{session}"),
            format!("/api/v1/sessions/{session}/messages"),
            "/api/v1/me/payments".to_owned(),
            "/api/v1/me/documents".to_owned(),
            "/api/v1/mentors".to_owned(),
            "/api/v1/mentors?skill=java".to_owned(),
            format!("/api/v1/mentors/{mentor}"),
            "/api/v1/plans?skill=java".to_owned(),
            "/api/v1/plans/1".to_owned(),
            format!("/api/v1/plans/{}/dates?mentor_id={mentor}&date=2026-12-07&time=10:00", mentor % 10 + 1),
        ] {
            let answer = served.get(&path, Some(&student_token)).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        }
        for path in ["/api/v1/sessions", "/api/v1/me/earnings", "/api/v1/me/statements/2026-01"] {
            assert_eq!(served.get(path, Some(&mentor_token)).await.status, 200, "{path}");
        }
        let mut of_staff = vec![
            format!("/api/v1/operator/people/{student}"),
            "/api/v1/operator/people?email=student-1".to_owned(),
            format!("/api/v1/operator/sessions/{session}"),
            format!("/api/v1/operator/payouts/{}", 4_000_000 + n),
            format!("/api/v1/operator/payments/{}/journal", 4_000_000 + n),
        ];
        of_staff.extend(
            ["payouts", "refunds", "disputes", "approvals", "no-shows", "jobs", "audit", "ledger/accounts"]
                .map(|list| format!("/api/v1/operator/{list}")),
        );
        for path in of_staff {
            let answer = served.get(&path, Some(&staff)).await;
            // One session in six was never paid.
            let is_unpaid = n % 6 == 5 && path.contains("/payouts/");
            assert_eq!(answer.status, if is_unpaid { 404 } else { 200 }, "{path}: {}", answer.text);
        }
        // A student and a mentor who have nothing together yet, at an hour when nobody meets.
        let other = 2_000_000 + (n + 50) % 250;
        let body = json!({"mentor_id": other.to_string(), "plan_id": other % 10 + 1,
            "start": {"date": "2026-12-07", "time": "20:00"}});
        let requested = served.write("/api/v1/sessions", &student_token, body).await;
        assert_eq!(requested.status, 201, "{}", requested.text);
        let session = requested.header("location").unwrap().to_owned();
        let approved =
            served.write(&format!("{session}/approve"), &token(other, Role::Mentor), json!({})).await;
        assert_eq!(approved.status, 200, "{}", approved.text);
        let paid = served.write(&format!("{session}/payment"), &student_token, json!({})).await;
        assert_eq!(paid.status, 201, "{}", paid.text);
        let order = paid.json()["order"].as_str().unwrap().to_owned();
        assert_eq!(served.post(&format!("/dev/gateway/{order}/capture"), None, json!({})).await.status, 200);
        world.worker.drain().await.unwrap();
        let said = json!({"text": "Until then."});
        assert_eq!(served.write(&format!("{session}/messages"), &student_token, said).await.status, 201);
        let why = json!({"reason": "I have moved."});
        let cancelled = served.write(&format!("{session}/cancel"), &student_token, why).await;
        assert_eq!(cancelled.status, 200, "{}", cancelled.text);
        world.worker.drain().await.unwrap();
    }
    let explained = log.plans();
    let (mut statements, mut wrong) = (BTreeSet::new(), BTreeMap::new());
    for plan in &explained {
        let (mut whole, statement) = (BTreeSet::new(), plan["Query Text"].as_str().unwrap());
        read_whole(&plan["Plan"], &mut whole);
        if !whole.is_empty() {
            wrong.insert(statement, (whole, plan));
        }
        statements.insert(statement);
    }
    assert!(wrong.is_empty(), "large tables are read from end to end: {wrong:#?}");
    assert!(statements.len() > 60, "only {} statements were explained", statements.len());
}

#[tokio::test]
async fn lists_of_who_has_many_sessions_have_a_plan_that_is_kept() {
    // Two mentors have 7 500 sessions each.
    let then = "UPDATE sessions SET mentor_id = (2000000 + right(id, 1)::int % 2)::text";
    let served = Served::over(filled(then).await);
    let mentor = token(&served.world, 2_000_000, Role::Mentor);
    let log = Log::from_here().await;
    for _ in 0..TIMES {
        let read = async |path: &str| {
            let answer = served.get(path, Some(&mentor)).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text);
            answer.json()["next"].as_str().expect("more of it").to_owned()
        };
        read("/api/v1/sessions?limit=100").await;
        let next = read("/api/v1/sessions?status=COMPLETED").await;
        read(&next).await;
    }
    let explained = log.plans();
    let mut whole = BTreeSet::new();
    for plan in &explained {
        read_whole(&plan["Plan"], &mut whole);
    }
    assert!(whole.is_empty(), "read from end to end: {whole:?}");
    let text = |plan: &Value| (plan["Query Text"].to_string(), plan["Plan"].to_string());
    let last: BTreeMap<_, _> = explained.iter().map(text).collect();
    let anew: Vec<_> = last.iter().filter(|(_, plan)| plan.contains("'2000000'")).collect();
    assert!(anew.is_empty(), "planned anew for each call: {anew:#?}");
    assert!(last.len() > 2, "only {} statements were explained", last.len());
}
