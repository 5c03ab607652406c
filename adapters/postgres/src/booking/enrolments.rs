use application_kernel::StoreError;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamp as SqlTimestamp};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain_kernel::{Labelled, Timestamp};
use domain_mentoring::{CourseStatus, Enrolment, Session};

use crate::error::{corrupt, store_error};

/// What the sessions of $1 and $2 for the skill $3 say: those that are neither called off nor rejected and whose money
/// is kept. Sessions without terms were taken over and do not count.
const FACTS: &str = "
    SELECT count(*) AS paid,
           count(*) FILTER (WHERE m.meetings = 0) AS unplanned,
           coalesce(sum(m.held), 0)::bigint AS meetings,
           coalesce(sum(m.completed), 0)::bigint AS completed,
           (SELECT course_status::text FROM course_enrollments
            WHERE student_id = $1 AND mentor_id = $2 AND skill_slug(skill_name) = $3 ORDER BY id LIMIT 1) AS stored
    FROM session_terms t
    JOIN sessions s ON s.id = t.session_id
    JOIN admin_ledger l ON l.session_id = s.id
    JOIN ledger_terms r ON r.payment_id = l.payment_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS meetings,
               count(*) FILTER (WHERE x.cancelled_at IS NULL) AS held,
               count(*) FILTER (WHERE x.completed_at IS NOT NULL) AS completed
        FROM session_item_terms x WHERE x.session_id = s.id
    ) m
    WHERE t.student_id = $1 AND t.mentor_id = $2 AND t.skill_slug = $3
      AND s.status IN ('PAID', 'SCHEDULED', 'COMPLETED') AND l.amount * 100 > r.refunded_minor + r.clawed_minor";

/// Written where there is such a row, whatever the skill is called there, and added otherwise.
const ENROL: &str = r#"
    WITH changed AS (
        UPDATE course_enrollments SET course_status = $5::"CourseStatus", updated_at = $6, last_status_calculated_at = $6
        WHERE student_id = $1 AND mentor_id = $2 AND skill_slug(skill_name) = $3
        RETURNING id
    )
    INSERT INTO course_enrollments
        (id, student_id, mentor_id, skill_name, course_status, created_at, updated_at, last_status_calculated_at)
    SELECT $7, $1, $2, $4, $5::"CourseStatus", $6, $6, $6 WHERE NOT EXISTS (SELECT FROM changed)
    ON CONFLICT (student_id, mentor_id, skill_name) DO UPDATE
    SET course_status = excluded.course_status, updated_at = excluded.updated_at,
        last_status_calculated_at = excluded.last_status_calculated_at"#;

#[derive(QueryableByName)]
struct FactsRow {
    #[diesel(sql_type = BigInt)]
    paid: i64,
    #[diesel(sql_type = BigInt)]
    unplanned: i64,
    #[diesel(sql_type = BigInt)]
    meetings: i64,
    #[diesel(sql_type = BigInt)]
    completed: i64,
    #[diesel(sql_type = Nullable<Text>)]
    stored: Option<String>,
}

pub(super) async fn facts(
    conn: &mut AsyncPgConnection,
    session: &Session,
) -> Result<(Enrolment, Option<CourseStatus>), StoreError> {
    let FactsRow { paid, unplanned, meetings, completed, stored } = diesel::sql_query(FACTS)
        .bind::<Text, _>(session.student.as_str())
        .bind::<Text, _>(session.mentor.as_str())
        .bind::<Text, _>(&session.skill_slug)
        .get_result(conn)
        .await
        .map_err(store_error)?;
    let broken = corrupt("course_enrollments", session.id.as_str());
    let count = |value: i64| u32::try_from(value).map_err(|error| broken(&error));
    let facts = Enrolment {
        paid: count(paid)?,
        unplanned: count(unplanned)?,
        meetings: count(meetings)?,
        completed: count(completed)?,
    };
    let stored =
        stored.map(|label| CourseStatus::from_label(&label)).transpose().map_err(|error| broken(&error))?;
    Ok((facts, stored))
}

pub(super) async fn save(
    conn: &mut AsyncPgConnection,
    id: &str,
    session: &Session,
    status: CourseStatus,
    now: Timestamp,
) -> Result<(), StoreError> {
    diesel::sql_query(ENROL)
        .bind::<Text, _>(session.student.as_str())
        .bind::<Text, _>(session.mentor.as_str())
        .bind::<Text, _>(&session.skill_slug)
        .bind::<Text, _>(&session.skill_name)
        .bind::<Text, _>(status.label())
        .bind::<SqlTimestamp, _>(now.naive())
        .bind::<Text, _>(id)
        .execute(conn)
        .await
        .map_err(store_error)?;
    Ok(())
}
