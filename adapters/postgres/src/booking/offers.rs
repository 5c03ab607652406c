use application_booking::ports::{Offer, OfferedPlan, Offers, Rhythm};
use application_kernel::StoreError;
use async_trait::async_trait;
use bigdecimal::BigDecimal;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer, Jsonb, Nullable, Numeric, Text, Varchar};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain_catalog::{Plan, PlanShape, Verification};
use domain_kernel::{CourseId, Currency, PlanId, UserId, Zone};
use domain_mentoring::Availability;
use serde_json::Value;

use crate::column::money;
use crate::error::store_error;
use crate::schema::plan_topics;
use crate::sql::sql;
use crate::store::PgTx;

/// The plan, the mentor, and between them the course by slug with the mentor's verification for exactly it.
const OFFER: &str = "
    SELECT p.id, p.skill_name, p.plan_key, p.plan_title, p.price, p.duration_weeks, p.sessions_per_week, p.is_active,
           c.id AS course_id, t.status::text AS test_status, m.available_slots, s.zone
    FROM plans p
    LEFT JOIN user_settings s ON s.user_id = $2
    LEFT JOIN (mentor_profiles m JOIN users u ON u.id = m.user_id AND u.role = 'MENTOR')
           ON m.user_id = $2 AND s.suspended_at IS NULL
    LEFT JOIN courses c ON skill_slug(c.title) = skill_slug(p.skill_name) AND c.is_active IS NOT FALSE
    LEFT JOIN mentor_course_verifications v ON v.mentor_id = m.user_id AND v.course_id = c.id AND v.is_active
    LEFT JOIN mentor_tests t ON t.id = v.test_id
    WHERE p.id = $1
    ORDER BY c.id LIMIT 1";

#[derive(QueryableByName)]
struct OfferRow {
    #[diesel(sql_type = Integer)]
    id: i32,
    #[diesel(sql_type = Varchar)]
    skill_name: String,
    #[diesel(sql_type = Varchar)]
    plan_key: String,
    #[diesel(sql_type = Varchar)]
    plan_title: String,
    #[diesel(sql_type = Numeric)]
    price: BigDecimal,
    #[diesel(sql_type = Integer)]
    duration_weeks: i32,
    #[diesel(sql_type = Integer)]
    sessions_per_week: i32,
    #[diesel(sql_type = Bool)]
    is_active: bool,
    #[diesel(sql_type = Nullable<Integer>)]
    course_id: Option<i32>,
    #[diesel(sql_type = Nullable<Text>)]
    test_status: Option<String>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    available_slots: Option<Value>,
    #[diesel(sql_type = Nullable<Varchar>)]
    zone: Option<String>,
}

/// What the mentor offers for the plan, which is nothing if they are no mentor; one statement.
pub(super) async fn find(
    conn: &mut AsyncPgConnection,
    currency: Currency,
    mentor: &UserId,
    plan: PlanId,
) -> Result<Option<Offer>, StoreError> {
    let row: Option<OfferRow> = sql(OFFER)
        .bind::<Integer, _>(plan.get())
        .bind::<Text, _>(mentor.as_str())
        .get_result(conn)
        .await
        .optional()
        .map_err(store_error)?;
    row.map_or(Ok(None), |row| offer(row, currency, mentor))
}

fn offer(row: OfferRow, currency: Currency, mentor: &UserId) -> Result<Option<Offer>, StoreError> {
    let OfferRow {
        id,
        skill_name,
        plan_key,
        plan_title,
        price,
        duration_weeks,
        sessions_per_week,
        is_active,
        course_id,
        test_status,
        available_slots,
        zone,
    } = row;
    let Ok(shape) = PlanShape::parse(duration_weeks, sessions_per_week) else {
        tracing::warn!(plan = id, "a plan whose numbers are none cannot be booked");
        return Ok(None);
    };
    let plan = Plan {
        id: PlanId::new(id),
        skill_name,
        key: plan_key,
        title: plan_title,
        price: money(&price, currency, "plans")?,
        shape,
        is_active,
    };
    let verification = match test_status.as_deref() {
        Some("PASSED") => Some(Verification::Full),
        Some("CONDITIONAL") => Some(Verification::BasicOnly),
        _ => None,
    };
    Ok(Some(Offer {
        mentor_may_teach: verification.is_some_and(|verification| verification.covers(&plan)),
        plan: OfferedPlan {
            skill_slug: plan.skill().to_string(),
            rhythm: rhythm(plan.shape),
            id: plan.id,
            key: plan.key,
            skill_name: plan.skill_name,
            price: plan.price,
            is_active: plan.is_active,
        },
        course: course_id.map(CourseId::new),
        availability: availability(available_slots.as_ref(), mentor.as_str()),
        zone: zone.and_then(|name| Zone::parse(&name).ok()).unwrap_or(Zone::KOLKATA),
    }))
}

/// The numbers of a plan, as booking knows them.
pub(super) fn rhythm(shape: PlanShape) -> Rhythm {
    Rhythm { weeks: shape.weeks(), per_week: shape.per_week() }
}

/// The offered times of a mentor's column. What cannot be read offers nothing and is logged.
pub(crate) fn availability(column: Option<&Value>, mentor: &str) -> Availability {
    let days = column.and_then(Value::as_object).into_iter().flatten().map(|(day, ranges)| {
        let ranges = ranges.as_array().map(Vec::as_slice).unwrap_or_default();
        (day.as_str(), ranges.iter().map(|range| range.as_str().unwrap_or("(not a text)")).collect())
    });
    let (availability, unreadable) = Availability::read(days);
    if !unreadable.is_empty() {
        tracing::warn!(mentor, ?unreadable, "offered times that cannot be read");
    }
    availability
}

#[async_trait]
impl Offers for PgTx {
    async fn find(&mut self, mentor: &UserId, plan: PlanId) -> Result<Option<Offer>, StoreError> {
        find(&mut self.conn, self.currency, mentor, plan).await
    }

    async fn topics(&mut self, plan: PlanId) -> Result<Vec<(u8, u8, String)>, StoreError> {
        let rows: Vec<(i32, i32, String)> = plan_topics::table
            .filter(plan_topics::plan_id.eq(plan.get()))
            .order((plan_topics::week_number, plan_topics::session_number, plan_topics::id))
            .select((plan_topics::week_number, plan_topics::session_number, plan_topics::topic_title))
            .load(&mut *self.conn)
            .await
            .map_err(store_error)?;
        let small = |number: i32| u8::try_from(number).ok();
        Ok(rows
            .into_iter()
            .filter_map(|(week, number, topic)| Some((small(week)?, small(number)?, topic)))
            .collect())
    }
}
