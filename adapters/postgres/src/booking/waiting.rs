use application_kernel::StoreError;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain_kernel::{SessionId, UserId};
use domain_mentoring::SessionStatus;

use crate::column::PgSessionStatus;
use crate::error::{corrupt, store_error};
use crate::schema::{session_terms, sessions};

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
