use application_catalog::{MentorFilter, MentorKey, MentorView, OfferedView, TaughtCourseView, rating_shown};
use application_kernel::{Page, PageRequest, StoreError};
use bigdecimal::{BigDecimal, ToPrimitive};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Jsonb, Nullable, Numeric, Text, Varchar};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain_catalog::{SkillSlug, Verification};
use domain_identity::PersonName;
use domain_kernel::{UserId, Zone};
use serde::Deserialize;
use serde_json::Value;

use crate::booking::availability;
use crate::error::{corrupt, store_error};
use crate::sql::sql;

/// What the world may see of a mentor, with the courses as one JSON array. It names each column, so that one
/// that is added stays unseen. $1 is the skill by slug, $2 the profile to go on after, $3 one person, $4 the limit.
const MENTORS: &str = "
    SELECT m.id, m.user_id, u.name, m.bio, m.expertise_areas, m.rating, m.total_reviews, m.available_slots, s.zone,
           taught.courses
    FROM mentor_profiles m
    JOIN users u ON u.id = m.user_id AND u.role = 'MENTOR'
    LEFT JOIN user_settings s ON s.user_id = m.user_id
    CROSS JOIN LATERAL (
        SELECT jsonb_agg(jsonb_build_object('id', c.id, 'title', c.title, 'test', t.status) ORDER BY c.id) AS courses,
               bool_or(skill_slug(c.title) = $1) AS has_skill
        FROM mentor_course_verifications v
        JOIN courses c ON c.id = v.course_id AND c.is_active IS NOT FALSE
        JOIN mentor_tests t ON t.id = v.test_id AND t.status IN ('PASSED', 'CONDITIONAL')
        WHERE v.mentor_id = m.user_id AND v.is_active
    ) taught
    WHERE taught.courses IS NOT NULL AND s.suspended_at IS NULL
      AND ($1 IS NULL OR taught.has_skill)
      AND ($2 IS NULL OR m.id > $2)
      AND ($3 IS NULL OR m.user_id = $3)
    ORDER BY m.id LIMIT $4";

#[derive(QueryableByName)]
struct MentorRow {
    #[diesel(sql_type = Integer)]
    id: i32,
    #[diesel(sql_type = Varchar)]
    user_id: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<Text>)]
    bio: Option<String>,
    #[diesel(sql_type = Nullable<Array<Nullable<Text>>>)]
    expertise_areas: Option<Vec<Option<String>>>,
    #[diesel(sql_type = Nullable<Numeric>)]
    rating: Option<BigDecimal>,
    #[diesel(sql_type = Nullable<Integer>)]
    total_reviews: Option<i32>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    available_slots: Option<Value>,
    #[diesel(sql_type = Nullable<Varchar>)]
    zone: Option<String>,
    #[diesel(sql_type = Jsonb)]
    courses: Value,
}

#[derive(Deserialize)]
struct CourseJson {
    id: i32,
    title: String,
    test: String,
}

pub(super) async fn list(
    conn: &mut AsyncPgConnection,
    filter: &MentorFilter,
    page: &PageRequest<MentorKey>,
) -> Result<Page<MentorView, MentorKey>, StoreError> {
    let most = page.limit();
    let skill = filter.skill.as_ref().map(SkillSlug::as_str);
    let rows = rows(conn, skill, page.after, None, most).await?;
    let keyed = rows
        .into_iter()
        .map(|row| Ok((MentorKey(row.id), view(row)?)))
        .collect::<Result<Vec<_>, StoreError>>()?;
    let Page { items, next } = Page::cut(keyed, page.size, |(key, _)| *key);
    Ok(Page { items: items.into_iter().map(|(_, view)| view).collect(), next })
}

pub(super) async fn find(
    conn: &mut AsyncPgConnection,
    id: &UserId,
) -> Result<Option<MentorView>, StoreError> {
    rows(conn, None, None, Some(id), 1).await?.pop().map(view).transpose()
}

async fn rows(
    conn: &mut AsyncPgConnection,
    skill: Option<&str>,
    after: Option<MentorKey>,
    person: Option<&UserId>,
    most: i64,
) -> Result<Vec<MentorRow>, StoreError> {
    sql(MENTORS)
        .bind::<Nullable<Text>, _>(skill)
        .bind::<Nullable<Integer>, _>(after.map(|MentorKey(key)| key))
        .bind::<Nullable<Text>, _>(person.map(UserId::as_str))
        .bind::<BigInt, _>(most)
        .load(conn)
        .await
        .map_err(store_error)
}

fn view(row: MentorRow) -> Result<MentorView, StoreError> {
    let MentorRow {
        id: _,
        user_id,
        name,
        bio,
        expertise_areas,
        rating,
        total_reviews,
        available_slots,
        zone,
        courses,
    } = row;
    let courses: Vec<CourseJson> =
        serde_json::from_value(courses).map_err(|error| corrupt("courses", &user_id)(&error))?;
    let total_reviews = total_reviews.unwrap_or(0);
    Ok(MentorView {
        name: PersonName::display(&name),
        bio,
        expertise: expertise_areas.into_iter().flatten().flatten().collect(),
        rating: rating.and_then(|rating| rating_shown(hundredths(&rating), total_reviews)),
        total_reviews,
        courses: courses
            .into_iter()
            .map(|CourseJson { id, title, test }| {
                let verification =
                    if test == "PASSED" { Verification::Full } else { Verification::BasicOnly };
                TaughtCourseView { id, title, verification: verification.to_string() }
            })
            .collect(),
        offered: availability(available_slots.as_ref(), &user_id)
            .ranges()
            .iter()
            .map(|(day, from, to)| OfferedView::new(*day, *from, *to))
            .collect(),
        // A zone that chrono does not know is the default, as booking has it.
        zone: zone.and_then(|name| Zone::parse(&name).ok()).unwrap_or(Zone::KOLKATA).to_string(),
        id: user_id,
    })
}

/// `numeric(3,2)` in hundredths, which always fit.
fn hundredths(rating: &BigDecimal) -> i64 {
    let (digits, _) = rating.with_scale(2).into_bigint_and_exponent();
    digits.to_i64().unwrap_or(0)
}
