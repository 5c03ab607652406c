use application_booking::CourseOnRecord;
use application_kernel::{Page, PageRequest, StoreError};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamp as SqlTimestamp};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain_kernel::{Labelled, SessionId, Timestamp};
use domain_mentoring::{CourseStatus, Enrolment, Session};

use crate::error::{corrupt, store_error};
use crate::sql::sql;

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
    JOIN payments p ON p.session_id = s.id
    JOIN admin_ledger l ON l.payment_id = p.id
    JOIN ledger_terms r ON r.payment_id = l.payment_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS meetings,
               count(*) FILTER (WHERE x.cancelled_at IS NULL) AS held,
               count(*) FILTER (WHERE x.completed_at IS NOT NULL) AS completed
        FROM session_item_terms x WHERE x.session_id = s.id
    ) m
    WHERE t.student_id = $1 AND t.mentor_id = $2 AND t.skill_slug = $3
      AND s.status IN ('PAID', 'SCHEDULED', 'COMPLETED') AND l.amount * 100 > r.refunded_minor + r.clawed_minor";

/// The same of every course whose first session by key comes after $1, at most $2.
const LISTED: &str = "
    WITH courses AS (
        SELECT student_id, mentor_id, skill_slug, min(session_id) AS session_id FROM session_terms
        GROUP BY student_id, mentor_id, skill_slug HAVING $1 IS NULL OR min(session_id) > $1
        ORDER BY 4 LIMIT $2
    )
    SELECT c.session_id, c.student_id, c.mentor_id, c.skill_slug, f.paid, f.unplanned, f.meetings, f.completed,
           (SELECT course_status::text FROM course_enrollments e
            WHERE e.student_id = c.student_id AND e.mentor_id = c.mentor_id AND skill_slug(e.skill_name) = c.skill_slug
            ORDER BY e.id LIMIT 1) AS stored
    FROM courses c
    CROSS JOIN LATERAL (
        SELECT count(*) AS paid,
               count(*) FILTER (WHERE m.meetings = 0) AS unplanned,
               coalesce(sum(m.held), 0)::bigint AS meetings,
               coalesce(sum(m.completed), 0)::bigint AS completed
        FROM session_terms t
        JOIN sessions s ON s.id = t.session_id
        JOIN payments p ON p.session_id = s.id
    JOIN admin_ledger l ON l.payment_id = p.id
        JOIN ledger_terms r ON r.payment_id = l.payment_id
        CROSS JOIN LATERAL (
            SELECT count(*) AS meetings,
                   count(*) FILTER (WHERE x.cancelled_at IS NULL) AS held,
                   count(*) FILTER (WHERE x.completed_at IS NOT NULL) AS completed
            FROM session_item_terms x WHERE x.session_id = s.id
        ) m
        WHERE t.student_id = c.student_id AND t.mentor_id = c.mentor_id AND t.skill_slug = c.skill_slug
          AND s.status IN ('PAID', 'SCHEDULED', 'COMPLETED') AND l.amount * 100 > r.refunded_minor
    ) f
    ORDER BY c.session_id";

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

#[derive(QueryableByName)]
struct CourseRow {
    #[diesel(sql_type = Text)]
    session_id: String,
    #[diesel(sql_type = Text)]
    student_id: String,
    #[diesel(sql_type = Text)]
    mentor_id: String,
    #[diesel(sql_type = Text)]
    skill_slug: String,
    #[diesel(embed)]
    facts: FactsRow,
}

pub(super) async fn facts(
    conn: &mut AsyncPgConnection,
    session: &Session,
) -> Result<(Enrolment, Option<CourseStatus>), StoreError> {
    let row: FactsRow = sql(FACTS)
        .bind::<Text, _>(session.student.as_str())
        .bind::<Text, _>(session.mentor.as_str())
        .bind::<Text, _>(&session.skill_slug)
        .get_result(conn)
        .await
        .map_err(store_error)?;
    read(row, session.id.as_str())
}

/// A page of all courses.
pub(super) async fn listed(
    conn: &mut AsyncPgConnection,
    page: &PageRequest<SessionId>,
) -> Result<Page<CourseOnRecord, SessionId>, StoreError> {
    let rows: Vec<CourseRow> = sql(LISTED)
        .bind::<Nullable<Text>, _>(page.after.as_ref().map(SessionId::as_str))
        .bind::<BigInt, _>(page.limit())
        .load(conn)
        .await
        .map_err(store_error)?;
    let courses = rows.into_iter().map(|row| {
        let CourseRow { session_id, student_id, mentor_id, skill_slug, facts } = row;
        let (facts, stored) = read(facts, &session_id)?;
        let session = SessionId::parse(session_id.clone())
            .map_err(|error| corrupt("session_terms", &session_id)(&error))?;
        Ok(CourseOnRecord {
            session,
            student: student_id,
            mentor: mentor_id,
            skill: skill_slug,
            facts,
            stored,
        })
    });
    let courses = courses.collect::<Result<Vec<_>, StoreError>>()?;
    Ok(Page::cut(courses, page.size, |course| course.session.clone()))
}

fn read(row: FactsRow, key: &str) -> Result<(Enrolment, Option<CourseStatus>), StoreError> {
    let FactsRow { paid, unplanned, meetings, completed, stored } = row;
    let broken = corrupt("course_enrollments", key);
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
    sql(ENROL)
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
