//! Sessions without a row in `session_terms`: they were taken over from the former system.

use application_booking::ports::Payments;
use application_booking::{SessionKey, TakenOverLedger, TakenOverPlan, TakenOverRows, TakenOverView};
use application_kernel::{Page, PageRequest, StoreError};
use bigdecimal::BigDecimal;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Jsonb, Nullable, Numeric, Text, Timestamp as SqlTimestamp};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain_billing::{Payment, PayoutStatus};
use domain_catalog::PlanShape;
use domain_kernel::{CourseId, Labelled, PlanId, ScheduleItemId, SessionId, Timestamp, UserId, Zone};
use domain_mentoring::{ScheduleStatus, SessionStatus, TakenOver, TakenOverMeeting};
use serde_json::Value;

use super::offers;
use crate::column::{PgSessionStatus, money};
use crate::error::{corrupt, store_error};
use crate::schema::sessions;
use crate::sql::sql;
use crate::store::PgTx;

/// The session $1 with what stands around it.
const SESSION: &str = "
    SELECT s.id, s.student_id, s.mentor_id, s.course_id, s.session_type, s.scheduled_at, s.status::text AS status,
           s.student_message, s.created_at, s.updated_at, s.completed_at, s.skill_name,
           skill_slug(s.skill_name) AS skill_slug, s.version,
           EXISTS (SELECT FROM courses c WHERE skill_slug(c.title) = skill_slug(s.skill_name)) AS has_course,
           p.id AS plan_id, skill_slug(p.skill_name) AS plan_slug, p.price, p.duration_weeks, p.sessions_per_week,
           m.available_slots, u.zone,
           (SELECT t.session_id FROM session_terms t
            WHERE t.student_id = s.student_id AND t.mentor_id = s.mentor_id
              AND t.skill_slug = skill_slug(s.skill_name) AND t.is_live) AS live
    FROM sessions s
    LEFT JOIN plans p ON p.id = s.plan_id
    LEFT JOIN mentor_profiles m ON m.user_id = s.mentor_id
    LEFT JOIN user_settings u ON u.user_id = s.mentor_id
    WHERE s.id = $1 AND NOT EXISTS (SELECT FROM session_terms t WHERE t.session_id = s.id)
    FOR NO KEY UPDATE OF s";

const MEETINGS: &str = "
    SELECT id, week_number, session_number, status::text AS status, scheduled_date, scheduled_time, updated_at, version
    FROM session_schedule WHERE session_id = $1 ORDER BY id FOR NO KEY UPDATE";

const SPLIT: &str = "
    SELECT l.amount, l.platform_fee, l.mentor_payout_amount, l.payout_status::text AS status, l.created_at, l.payout_released_at, l.version,
           (SELECT refunded_minor FROM ledger_terms r WHERE r.payment_id = l.payment_id) AS refunded
    FROM admin_ledger l WHERE l.payment_id = $1 AND l.session_id = $2 FOR NO KEY UPDATE";

/// $1 and $2 the place to go on after, $3 the limit.
const LISTED: &str = "
    SELECT s.id, s.student_id, s.mentor_id, s.skill_name, s.status::text AS status, s.scheduled_at,
           i.items, i.completed, p.amount::text || ' ' || p.currency AS amount, p.status::text AS payment,
           l.payout_status::text AS payout
    FROM sessions s
    LEFT JOIN payments p ON p.session_id = s.id
    LEFT JOIN admin_ledger l ON l.payment_id = p.id
    CROSS JOIN LATERAL (
        SELECT count(*) AS items, count(*) FILTER (WHERE x.status = 'COMPLETED') AS completed
        FROM session_schedule x WHERE x.session_id = s.id
    ) i
    WHERE NOT EXISTS (SELECT FROM session_terms t WHERE t.session_id = s.id)
      AND ($1 IS NULL OR (s.scheduled_at, s.id) > ($1, $2))
    ORDER BY s.scheduled_at, s.id LIMIT $3";

#[derive(QueryableByName)]
struct FoundRow {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    student_id: String,
    #[diesel(sql_type = Text)]
    mentor_id: String,
    #[diesel(sql_type = Integer)]
    course_id: i32,
    #[diesel(sql_type = Text)]
    session_type: String,
    #[diesel(sql_type = SqlTimestamp)]
    scheduled_at: NaiveDateTime,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Nullable<Text>)]
    student_message: Option<String>,
    #[diesel(sql_type = Nullable<SqlTimestamp>)]
    created_at: Option<NaiveDateTime>,
    #[diesel(sql_type = Nullable<SqlTimestamp>)]
    updated_at: Option<NaiveDateTime>,
    #[diesel(sql_type = Nullable<SqlTimestamp>)]
    completed_at: Option<NaiveDateTime>,
    #[diesel(sql_type = Text)]
    skill_name: String,
    #[diesel(sql_type = Text)]
    skill_slug: String,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Bool)]
    has_course: bool,
    #[diesel(sql_type = Nullable<Integer>)]
    plan_id: Option<i32>,
    #[diesel(sql_type = Nullable<Text>)]
    plan_slug: Option<String>,
    #[diesel(sql_type = Nullable<Numeric>)]
    price: Option<BigDecimal>,
    #[diesel(sql_type = Nullable<Integer>)]
    duration_weeks: Option<i32>,
    #[diesel(sql_type = Nullable<Integer>)]
    sessions_per_week: Option<i32>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    available_slots: Option<Value>,
    #[diesel(sql_type = Nullable<Text>)]
    zone: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    live: Option<String>,
}

#[derive(QueryableByName)]
struct FoundMeeting {
    #[diesel(sql_type = Integer)]
    id: i32,
    #[diesel(sql_type = Integer)]
    week_number: i32,
    #[diesel(sql_type = Integer)]
    session_number: i32,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = SqlTimestamp)]
    scheduled_date: NaiveDateTime,
    #[diesel(sql_type = Text)]
    scheduled_time: String,
    #[diesel(sql_type = Nullable<SqlTimestamp>)]
    updated_at: Option<NaiveDateTime>,
    #[diesel(sql_type = Integer)]
    version: i32,
}

#[derive(QueryableByName)]
struct SplitRow {
    #[diesel(sql_type = Numeric)]
    amount: BigDecimal,
    #[diesel(sql_type = Nullable<Numeric>)]
    platform_fee: Option<BigDecimal>,
    #[diesel(sql_type = Nullable<Numeric>)]
    mentor_payout_amount: Option<BigDecimal>,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Nullable<SqlTimestamp>)]
    created_at: Option<NaiveDateTime>,
    #[diesel(sql_type = Nullable<SqlTimestamp>)]
    payout_released_at: Option<NaiveDateTime>,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Nullable<BigInt>)]
    refunded: Option<i64>,
}

#[derive(QueryableByName)]
struct ListedRow {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    student_id: String,
    #[diesel(sql_type = Text)]
    mentor_id: String,
    #[diesel(sql_type = Text)]
    skill_name: String,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = SqlTimestamp)]
    scheduled_at: NaiveDateTime,
    #[diesel(sql_type = BigInt)]
    items: i64,
    #[diesel(sql_type = BigInt)]
    completed: i64,
    #[diesel(sql_type = Nullable<Text>)]
    amount: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    payment: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    payout: Option<String>,
}

/// The session, locked with its payment and its meetings, in the order of all locks.
pub(super) async fn locked(tx: &mut PgTx, id: &SessionId) -> Result<Option<TakenOverRows>, StoreError> {
    let row: Option<FoundRow> = sql(SESSION)
        .bind::<Text, _>(id.as_str())
        .get_result(&mut *tx.conn)
        .await
        .optional()
        .map_err(store_error)?;
    let Some(row) = row else { return Ok(None) };
    let payment = match Payments::of_session(tx, id).await {
        Ok(payment) => payment.map(Ok),
        Err(StoreError::Corrupt { reason, .. }) => Some(Err(reason)),
        Err(error) => return Err(error),
    };
    let meetings: Vec<FoundMeeting> =
        sql(MEETINGS).bind::<Text, _>(id.as_str()).load(&mut *tx.conn).await.map_err(store_error)?;
    let meetings = meetings.into_iter().map(meeting).collect::<Result<_, StoreError>>()?;
    let broken = corrupt("sessions", &row.id);
    let price = row.price.map(|price| money(&price, tx.currency, "plans")).transpose()?;
    let plan = match (row.plan_id, row.plan_slug, price, row.duration_weeks, row.sessions_per_week) {
        (Some(plan), Some(skill_slug), Some(price), Some(weeks), Some(per_week)) => Some(TakenOverPlan {
            id: PlanId::new(plan),
            skill_slug,
            price,
            rhythm: PlanShape::parse(weeks, per_week).ok().map(offers::rhythm),
        }),
        _ => None,
    };
    Ok(Some(TakenOverRows {
        has_course: row.has_course,
        plan,
        availability: offers::availability(row.available_slots.as_ref(), &row.mentor_id),
        zone: row.zone.and_then(|name| Zone::parse(&name).ok()).unwrap_or(Zone::KOLKATA),
        live: row.live.map(SessionId::parse).transpose().map_err(|error| broken(&error))?,
        payment,
        session: TakenOver {
            id: id.clone(),
            student: UserId::parse(row.student_id).map_err(|error| broken(&error))?,
            mentor: UserId::parse(row.mentor_id).map_err(|error| broken(&error))?,
            course: CourseId::new(row.course_id),
            plan_key: row.session_type,
            skill_name: row.skill_name,
            skill_slug: row.skill_slug,
            status: SessionStatus::from_label(&row.status).map_err(|error| broken(&error))?,
            message: row.student_message,
            starts_at: Timestamp::from_utc(row.scheduled_at),
            created_at: row.created_at.map(Timestamp::from_utc),
            updated_at: row.updated_at.map(Timestamp::from_utc),
            completed_at: row.completed_at.map(Timestamp::from_utc),
            version: row.version,
            meetings,
        },
    }))
}

fn meeting(row: FoundMeeting) -> Result<TakenOverMeeting, StoreError> {
    let FoundMeeting {
        id,
        week_number,
        session_number,
        status,
        scheduled_date,
        scheduled_time,
        updated_at,
        version,
    } = row;
    let broken = corrupt("session_schedule", &id.to_string());
    Ok(TakenOverMeeting {
        id: ScheduleItemId::new(id),
        week: week_number,
        number: session_number,
        status: ScheduleStatus::from_label(&status).map_err(|error| broken(&error))?,
        starts_at: Timestamp::from_utc(scheduled_date),
        time: scheduled_time,
        updated_at: updated_at.map(Timestamp::from_utc),
        version,
    })
}

/// Closes the session, unless it has changed since it was read.
pub(super) async fn close(
    conn: &mut AsyncPgConnection,
    session: &TakenOver,
    status: SessionStatus,
    now: Timestamp,
) -> Result<(), StoreError> {
    let unchanged = sessions::id.eq(session.id.as_str()).and(sessions::version.eq(session.version));
    let closed = diesel::update(sessions::table.filter(unchanged))
        .set((
            sessions::status.eq(PgSessionStatus(status)),
            sessions::updated_at.eq(now.naive()),
            sessions::version.eq(session.version + 1),
        ))
        .execute(conn)
        .await
        .map_err(store_error)?;
    if closed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// The split of a payment, as far as it was made.
pub(super) async fn split(
    conn: &mut AsyncPgConnection,
    payment: &Payment,
) -> Result<Option<TakenOverLedger>, StoreError> {
    let row: Option<SplitRow> = sql(SPLIT)
        .bind::<Text, _>(payment.id.as_str())
        .bind::<Text, _>(payment.session.as_str())
        .get_result(conn)
        .await
        .optional()
        .map_err(store_error)?;
    let Some(row) = row else { return Ok(None) };
    let SplitRow {
        amount,
        platform_fee,
        mentor_payout_amount,
        status,
        created_at,
        payout_released_at,
        version,
        refunded,
    } = row;
    let broken = corrupt("admin_ledger", payment.id.as_str());
    let currency = payment.amount.currency();
    let part = |part: Option<BigDecimal>| part.map(|part| money(&part, currency, "admin_ledger")).transpose();
    Ok(Some(TakenOverLedger {
        amount: money(&amount, currency, "admin_ledger")?,
        fee: part(platform_fee)?,
        payout: part(mentor_payout_amount)?,
        refunded: domain_kernel::Money::parse(refunded.unwrap_or(0), currency)
            .map_err(|error| broken(&error))?,
        status: PayoutStatus::from_label(&status).map_err(|error| broken(&error))?,
        created_at: created_at.map(Timestamp::from_utc),
        released_at: payout_released_at.map(Timestamp::from_utc),
        version,
    }))
}

/// A page of them, by start.
pub(super) async fn listed(
    conn: &mut AsyncPgConnection,
    page: &PageRequest<SessionKey>,
) -> Result<Page<TakenOverView, SessionKey>, StoreError> {
    let after = page.after.as_ref();
    let rows: Vec<ListedRow> = sql(LISTED)
        .bind::<Nullable<SqlTimestamp>, _>(after.map(|key| key.starts_at.naive()))
        .bind::<Nullable<Text>, _>(after.map(|key| key.id.as_str()))
        .bind::<BigInt, _>(page.limit())
        .load(conn)
        .await
        .map_err(store_error)?;
    let keyed = rows
        .into_iter()
        .map(|row| {
            let id =
                SessionId::parse(row.id.clone()).map_err(|error| corrupt("sessions", &row.id)(&error))?;
            let starts_at = Timestamp::from_utc(row.scheduled_at);
            Ok((SessionKey { starts_at, id }, view(row)))
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    let Page { items, next } = Page::cut(keyed, page.size, |(key, _)| key.clone());
    Ok(Page { items: items.into_iter().map(|(_, view)| view).collect(), next })
}

fn view(row: ListedRow) -> TakenOverView {
    let ListedRow {
        id,
        student_id,
        mentor_id,
        skill_name,
        status,
        scheduled_at,
        items,
        completed,
        amount,
        payment,
        payout,
    } = row;
    TakenOverView {
        id,
        student_id,
        mentor_id,
        skill: skill_name,
        status,
        starts_at: Timestamp::from_utc(scheduled_at).to_string(),
        items,
        items_completed: completed,
        amount,
        payment,
        payout,
    }
}
