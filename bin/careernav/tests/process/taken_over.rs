//! Sessions of the former system, and what the doctor says of them.

use rustix::process::Signal;
use serde_json::{Value, json};
use tokio_postgres::NoTls;

use crate::given::Given;
use crate::running::Running;

async fn execute(given: &Given, script: &str) {
    let (client, connection) = tokio_postgres::connect(&given.url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(script).await.unwrap();
}

/// A request of the first demo student to the first demo mentor for the first plan, whose start lies so many days ahead.
fn session(key: &str, days: u32) -> String {
    format!(
        "INSERT INTO sessions (id, student_id, mentor_id, course_id, plan_id, session_type, scheduled_at, skill_name)
         SELECT '{key}', (SELECT id FROM users WHERE role = 'STUDENT' ORDER BY email LIMIT 1),
                (SELECT id FROM users WHERE role = 'MENTOR' ORDER BY email LIMIT 1), 1, p.id, 'Basic Plan',
                date_trunc('week', CURRENT_TIMESTAMP) + interval '{days} days 4 hours 30 minutes', p.skill_name
         FROM plans p ORDER BY p.duration_weeks * p.sessions_per_week, p.id LIMIT 1;"
    )
}

#[tokio::test]
async fn a_session_that_was_taken_over_is_listed_tried_enrolled_and_then_ours() {
    let given = Given::database().await;
    given.prints(&["migrate", "deploy"], 0);
    given.prints(&["seed"], 0);
    assert!(given.prints(&["legacy", "list"], 0).contains("no session is taken over"));
    assert!(given.prints(&["doctor"], 0).contains("no rows contradict themselves"));
    execute(&given, &session("old-1", 14)).await;
    let listed: Value = serde_json::from_str(&given.prints(&["legacy", "list", "--json"], 0)).unwrap();
    assert_eq!((listed[0]["id"].as_str(), listed[0]["status"].as_str()), (Some("old-1"), Some("PENDING")));
    let tried = given.prints(&["legacy", "enrol", "old-1", "--dry-run"], 0);
    assert!(tried.contains("would be enrolled") && tried.contains("session_request_expiry"), "{tried}");
    assert!(given.prints(&["legacy", "enrol", "old-1"], 0).contains("is enrolled"));
    assert!(given.prints(&["legacy", "enrol", "old-1"], 0).contains("nothing was changed"));

    execute(&given, &session("old-2", 14)).await;
    execute(&given, "UPDATE sessions SET skill_name = 'Juggling' WHERE id = 'old-2'").await;
    let refused = given.prints(&["legacy", "enrol", "old-2"], 2);
    assert!(refused.contains("there is no course for the skill"), "{refused}");
    given.prints(&["legacy", "enrol", "nobody"], 1);
    let found = given.prints(&["doctor"], 2);
    assert!(found.contains("ODD    1 sessions have a skill without a course\n         old-2"), "{found}");
    execute(
        &given,
        "ALTER TABLE course_enrollments DISABLE TRIGGER course_enrollments_status_changes;
         UPDATE course_enrollments SET course_status = 'COMPLETED' WHERE (student_id, mentor_id, skill_name) =
             (SELECT student_id, mentor_id, skill_name FROM sessions WHERE id = 'old-1');
         ALTER TABLE course_enrollments ENABLE TRIGGER course_enrollments_status_changes",
    )
    .await;
    assert!(given.prints(&["doctor"], 2).contains("COMPLETED, should be PAYMENT_PENDING"));
    assert!(given.prints(&["doctor", "--fix"], 2).contains("1 courses were recorded anew"));
    assert!(!given.prints(&["doctor"], 2).contains("should be PAYMENT_PENDING"));
}

#[tokio::test]
async fn a_restart_in_demo_mode_does_not_set_the_clock_back_behind_what_was_written() {
    let given = Given::database().await;
    given.prints(&["migrate", "deploy"], 0);
    execute(
        &given,
        "INSERT INTO audit_events (at, action, subject, details)
         VALUES (CURRENT_TIMESTAMP + interval '30 days', 'test', 'test', '{}')",
    )
    .await;
    let server = Running::serve(given.command(&["serve", "--port", "0"]));
    let (status, clock) = server.post("/dev/clock", &json!({"advance_seconds": 0})).await;
    assert_eq!(status, 200);
    let shown: chrono::DateTime<chrono::Utc> = clock["now"].as_str().unwrap().parse().unwrap();
    assert!((shown - chrono::Utc::now()).num_days() >= 29, "{shown}");
    server.signal(Signal::TERM);
    assert_eq!(server.end(), Some(0));
}
