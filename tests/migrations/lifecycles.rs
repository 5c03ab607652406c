//! The database has the edges that the code has, and refuses every other one.

use std::collections::BTreeSet;

use diesel::sql_types::Text;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use domain_billing::{PaymentStatus, PayoutStatus};
use domain_kernel::{Lifecycle, ReviewStatus, Role};
use domain_mentoring::{CourseStatus, ScheduleStatus, SessionStatus, SubmissionStatus};
use domain_qualification::TestStatus;

use crate::support::cluster::migrated_database;

#[derive(diesel::QueryableByName, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    #[diesel(sql_type = Text)]
    machine: String,
    #[diesel(sql_type = Text)]
    from_status: String,
    #[diesel(sql_type = Text)]
    to_status: String,
}

fn edges<M: Lifecycle>() -> Vec<Edge> {
    let changes = M::TRANSITIONS.iter().filter(|(from, _, to)| from != to);
    let edge = |from: M, to: M| Edge {
        machine: M::NAME.to_owned(),
        from_status: from.label().to_owned(),
        to_status: to.label().to_owned(),
    };
    changes.map(|(from, _, to)| edge(*from, *to)).collect()
}

fn in_code() -> BTreeSet<Edge> {
    [
        edges::<Role>(),
        edges::<SessionStatus>(),
        edges::<PaymentStatus>(),
        edges::<PayoutStatus>(),
        edges::<ScheduleStatus>(),
        edges::<TestStatus>(),
        edges::<ReviewStatus>(),
        edges::<SubmissionStatus>(),
        edges::<CourseStatus>(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[tokio::test]
async fn the_nine_machines_have_the_same_edges_in_code_and_database() {
    let mut conn = AsyncPgConnection::establish(&migrated_database().await).await.unwrap();
    let query = diesel::sql_query("SELECT machine, from_status, to_status FROM status_transitions");
    let in_database: BTreeSet<Edge> = query.load(&mut conn).await.unwrap().into_iter().collect();
    assert_eq!(in_database, in_code());
}

#[derive(diesel::QueryableByName)]
struct Unguarded {
    #[diesel(sql_type = Text)]
    what: String,
}

/// Of the columns with such a type two are no lifecycles: what a sign-up asks for, and what a rater was.
#[tokio::test]
async fn every_column_of_a_lifecycle_has_its_trigger() {
    let mut conn = AsyncPgConnection::establish(&migrated_database().await).await.unwrap();
    let query = diesel::sql_query(
        "SELECT c.relname || '.' || a.attname AS what
         FROM pg_attribute a
         JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'
         JOIN pg_type t ON t.oid = a.atttypid AND t.typtype = 'e'
         WHERE c.relnamespace = 'public'::regnamespace AND c.relname NOT IN ('sign_ups', 'career_nav_ratings')
           AND NOT EXISTS (
               SELECT FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid AND p.proname = 'check_transition'
               WHERE g.tgrelid = c.oid AND a.attnum = ANY (g.tgattr::int2[])
                 AND strpos(encode(g.tgargs, 'escape'), t.typname || '\\000' || a.attname || '\\000') = 1)",
    );
    let unguarded: Vec<Unguarded> = query.load(&mut conn).await.unwrap();
    let unguarded: Vec<String> = unguarded.into_iter().map(|found| found.what).collect();
    assert_eq!(unguarded, Vec::<String>::new());
}

/// A session, SCHEDULED, with its payment, as another program would write it.
const SCHEDULED: &str = "
    INSERT INTO users (id, email, name, role, \"updatedAt\") VALUES
        ('s', 's@example.org', 'S', 'STUDENT', now()), ('m', 'm@example.org', 'M', 'MENTOR', now());
    INSERT INTO courses (id, title) VALUES (1, 'Java');
    INSERT INTO sessions (id, student_id, mentor_id, course_id, session_type, scheduled_at, status, skill_name)
        VALUES ('x', 's', 'm', 1, 'basic', now(), 'SCHEDULED', 'Java');
    INSERT INTO payments (id, session_id, amount, status, completed_at) VALUES ('p', 'x', 100, 'SUCCESS', now());";

async fn refused(conn: &mut AsyncPgConnection, statement: &str) -> String {
    diesel::sql_query(statement).execute(conn).await.expect_err(statement).to_string()
}

async fn scheduled() -> AsyncPgConnection {
    let mut conn = AsyncPgConnection::establish(&migrated_database().await).await.unwrap();
    conn.batch_execute(SCHEDULED).await.unwrap();
    conn
}

#[tokio::test]
async fn a_final_session_is_reopened_by_no_statement_and_no_shared_link() {
    let mut conn = scheduled().await;
    let complete = "UPDATE sessions SET status = 'COMPLETED'";
    assert!(refused(&mut conn, complete).await.contains("SessionStatus COMPLETED needs completed_at"));
    diesel::sql_query("UPDATE sessions SET status = 'COMPLETED', completed_at = now()")
        .execute(&mut conn)
        .await
        .unwrap();
    diesel::sql_query("UPDATE sessions SET zoom_link = 'https://meet.example.org/x'")
        .execute(&mut conn)
        .await
        .unwrap();
    for status in ["SCHEDULED", "PENDING", "CANCELLED"] {
        let statement =
            format!("UPDATE sessions SET status = '{status}', zoom_link = 'https://meet.example.org/y'");
        let told = refused(&mut conn, &statement).await;
        assert!(told.contains(&format!("SessionStatus does not go from COMPLETED to {status}")), "{told}");
    }
}

#[tokio::test]
async fn a_session_cannot_be_deleted_with_its_payment() {
    let mut conn = scheduled().await;
    for table in ["sessions", "payments", "users", "courses"] {
        let told = refused(&mut conn, &format!("DELETE FROM {table}")).await;
        assert!(told.contains(&format!("rows of {table} are never changed or deleted")), "{told}");
    }
}

#[tokio::test]
async fn a_payment_does_not_succeed_without_saying_when_and_by_what() {
    let mut conn = scheduled().await;
    for statement in [
        "UPDATE payments SET status = 'FAILED'",
        "UPDATE session_schedule SET status = 'COMPLETED' WHERE false",
    ] {
        let outcome = diesel::sql_query(statement).execute(&mut conn).await;
        assert_eq!(outcome.is_err(), statement.contains("payments"), "{outcome:?}");
    }
    conn.batch_execute(
        "INSERT INTO sessions (id, student_id, mentor_id, course_id, session_type, scheduled_at, status, skill_name)
             VALUES ('y', 's', 'm', 1, 'basic', now(), 'APPROVED', 'Java');
         INSERT INTO payments (id, session_id, amount) VALUES ('q', 'y', 100)",
    )
    .await
    .unwrap();
    let told = refused(&mut conn, "UPDATE payments SET status = 'SUCCESS' WHERE id = 'q'").await;
    assert!(told.contains("PaymentStatus SUCCESS needs completed_at"), "{told}");
}
