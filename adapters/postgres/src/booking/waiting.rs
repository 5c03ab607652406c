use application_kernel::StoreError;
use diesel::dsl::{count_star, exists};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain_kernel::{SessionId, UserId};
use domain_mentoring::SessionStatus;

use crate::column::PgSessionStatus;
use crate::error::{corrupt, missing, store_error};
use crate::schema::{session_terms, sessions, users};

/// The requests that wait for the mentor's answer; those that were taken over are not ours to answer.
pub(super) async fn waiting_for(
    conn: &mut AsyncPgConnection,
    mentor: &UserId,
) -> Result<Vec<SessionId>, StoreError> {
    let ids: Vec<String> = sessions::table
        .inner_join(session_terms::table)
        .filter(sessions::mentor_id.eq(mentor.as_str()))
        .filter(sessions::status.eq(PgSessionStatus(SessionStatus::Pending)))
        .order(sessions::id)
        .select(sessions::id)
        .load(conn)
        .await
        .map_err(store_error)?;
    ids.into_iter()
        .map(|id| SessionId::parse(id.clone()).map_err(|error| corrupt("sessions", &id)(&error)))
        .collect()
}

/// How many requests of the student wait for an answer; the student is locked.
pub(super) async fn open_requests(conn: &mut AsyncPgConnection, student: &UserId) -> Result<u32, StoreError> {
    users::table
        .find(student.as_str())
        .select(users::id)
        .for_no_key_update()
        .first::<String>(&mut *conn)
        .await
        .map_err(missing("users"))?;
    let open = sessions::table
        .inner_join(session_terms::table.on(session_terms::session_id.eq(sessions::id)))
        .filter(sessions::student_id.eq(student.as_str()))
        .filter(sessions::status.eq(PgSessionStatus(SessionStatus::Pending)))
        .select(count_star())
        .first::<i64>(conn)
        .await
        .map_err(store_error)?;
    Ok(u32::try_from(open).unwrap_or(u32::MAX))
}

/// Whether the two have a live session for the skill.
pub(super) async fn has_live(
    conn: &mut AsyncPgConnection,
    student: &UserId,
    mentor: &UserId,
    skill_slug: &str,
) -> Result<bool, StoreError> {
    let live = session_terms::table
        .filter(session_terms::student_id.eq(student.as_str()))
        .filter(session_terms::mentor_id.eq(mentor.as_str()))
        .filter(session_terms::skill_slug.eq(skill_slug))
        .filter(session_terms::is_live);
    diesel::select(exists(live)).get_result(conn).await.map_err(store_error)
}
