use std::ops::Bound;

use application_kernel::StoreError;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text, Timestamp as SqlTimestamp};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain_kernel::{SessionId, Timestamp};
use domain_mentoring::{Session, Slot};

use crate::error::{corrupt, store_error};
use crate::schema::slot_holds;
use crate::sql::sql;

/// Keeps these advisory locks apart from those of other programs.
const LOCK_SEED: i64 = 0x736c_6f74;

/// One of a session's meetings as it is held: its number, its begin, its end.
pub(super) type Held = (u32, Timestamp, Timestamp);

#[derive(QueryableByName)]
struct Holder {
    #[diesel(sql_type = Text)]
    session_id: String,
}

/// Holds these for both parties. Whoever holds slots of a person waits for the others who do, always in the same order:
/// two overlapping insertions would otherwise wait for each other, each holding what the other needs.
pub(super) async fn add(
    conn: &mut AsyncPgConnection,
    session: &Session,
    held: &[Held],
) -> Result<(), StoreError> {
    let mut parties = [session.student.as_str(), session.mentor.as_str()];
    parties.sort_unstable();
    sql("SELECT pg_advisory_xact_lock(hashtextextended(person, $2))
         FROM unnest($1::text[]) WITH ORDINALITY AS parties (person, place) ORDER BY place")
    .bind::<Array<Text>, _>(parties.to_vec())
    .bind::<BigInt, _>(LOCK_SEED)
    .execute(conn)
    .await
    .map_err(store_error)?;
    let rows: Vec<_> = parties
        .iter()
        .flat_map(|user| held.iter().map(move |held| (user, held)))
        .map(|(user, (item, starts_at, ends_at))| {
            let during = (Bound::Included(starts_at.naive()), Bound::Excluded(ends_at.naive()));
            (
                slot_holds::user_id.eq(*user),
                slot_holds::session_id.eq(session.id.as_str()),
                slot_holds::item.eq(number(*item)),
                slot_holds::during.eq(during),
            )
        })
        .collect();
    diesel::insert_into(slot_holds::table).values(rows).execute(conn).await.map_err(store_error)?;
    Ok(())
}

/// Frees every slot that the session holds.
pub(super) async fn free(conn: &mut AsyncPgConnection, id: &SessionId) -> Result<(), StoreError> {
    diesel::delete(slot_holds::table.filter(slot_holds::session_id.eq(id.as_str())))
        .execute(conn)
        .await
        .map_err(store_error)?;
    Ok(())
}

/// Frees the slots of one of the session's meetings.
pub(super) async fn free_one(
    conn: &mut AsyncPgConnection,
    id: &SessionId,
    item: u32,
) -> Result<(), StoreError> {
    let held = slot_holds::session_id.eq(id.as_str()).and(slot_holds::item.eq(number(item)));
    diesel::delete(slot_holds::table.filter(held)).execute(conn).await.map_err(store_error)?;
    Ok(())
}

/// The other sessions that hold hours of either party which overlap one of these.
pub(super) async fn in_the_way(
    conn: &mut AsyncPgConnection,
    session: &Session,
    of: &[Slot],
) -> Result<Vec<SessionId>, StoreError> {
    let found: Vec<Holder> = sql("SELECT DISTINCT h.session_id FROM slot_holds h
         JOIN unnest($4::timestamp[], $5::timestamp[]) AS asked (starts_at, ends_at)
           ON h.during && tsrange(asked.starts_at, asked.ends_at)
         WHERE h.user_id IN ($1, $2) AND h.session_id <> $3 ORDER BY h.session_id")
    .bind::<Text, _>(session.student.as_str())
    .bind::<Text, _>(session.mentor.as_str())
    .bind::<Text, _>(session.id.as_str())
    .bind::<Array<SqlTimestamp>, _>(of.iter().map(|slot| slot.starts_at.naive()).collect::<Vec<_>>())
    .bind::<Array<SqlTimestamp>, _>(of.iter().map(|slot| slot.ends_at.naive()).collect::<Vec<_>>())
    .load(conn)
    .await
    .map_err(store_error)?;
    found
        .into_iter()
        .map(|Holder { session_id }| {
            SessionId::parse(session_id.clone()).map_err(|error| corrupt("slot_holds", &session_id)(&error))
        })
        .collect()
}

fn number(item: u32) -> i32 {
    i32::try_from(item).unwrap_or(i32::MAX)
}
