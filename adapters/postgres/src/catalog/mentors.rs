use application_catalog::{MentorFilter, MentorKey, MentorView, OfferedView, TaughtCourseView, rating_shown};
use application_kernel::{Page, PageRequest, StoreError};
use bigdecimal::{BigDecimal, ToPrimitive};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Jsonb, Nullable, Numeric, Text, Varchar};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain_catalog::Verification;
use domain_kernel::{UserId, Zone, display_name};
use serde::Deserialize;
use serde_json::Value;

use crate::booking::availability;
use crate::error::{corrupt, store_error};
use crate::sql::{most_rows, sql};

/// What the world may see of those mentors whom `$which` chooses, with the courses as one JSON array. It names each
/// column, so that one that is added stays unseen.
///
/// A statement for each way of asking has the plan that suits it. Who is shown is one question that the planner can
/// turn into neither joins nor a hash table of everybody (`OFFSET 0`), and whose answer it takes to be yes as often as
/// no: so it walks the index of ratings and stops when the page is full.
///
/// A list ends within where the largest page does: see [`most_rows`].
macro_rules! mentors {
    ($which:literal, $course:literal, $most:expr, $page:literal) => {
        concat!(
            "
    SELECT m.id, m.user_id, m.bio, m.expertise_areas, m.rating, m.total_reviews, m.available_slots,
           (SELECT name FROM users u WHERE u.id = m.user_id) AS name,
           (SELECT zone FROM user_settings s WHERE s.user_id = m.user_id) AS zone,
           (SELECT jsonb_agg(jsonb_build_object('id', c.id, 'title', c.title, 'test', t.status) ORDER BY c.id)
            FROM mentor_course_verifications v
            JOIN courses c ON c.id = v.course_id AND c.is_active IS NOT FALSE
            JOIN mentor_tests t ON t.id = v.test_id AND t.status IN ('PASSED', 'CONDITIONAL')
            WHERE v.mentor_id = m.user_id AND v.is_active) AS courses
    FROM (
        SELECT m.*, coalesce(m.rating, 0) AS best FROM mentor_profiles m
        WHERE ",
            $which,
            " AND EXISTS (
            SELECT FROM users u
            JOIN mentor_course_verifications v ON v.mentor_id = u.id AND v.is_active
            JOIN mentor_tests t ON t.id = v.test_id AND t.status IN ('PASSED', 'CONDITIONAL')
            LEFT JOIN user_settings s ON s.user_id = u.id
            WHERE u.id = m.user_id AND u.role = 'MENTOR' AND s.suspended_at IS NULL
              AND ",
            $course,
            " OFFSET 0)
        ",
            $most,
            ") m ",
            $page
        )
    };
}

/// $1 is the person.
const ONE: &str = mentors!(
    "m.user_id = $1",
    "EXISTS (SELECT FROM courses c WHERE c.id = v.course_id AND c.is_active IS NOT FALSE)",
    "",
    ""
);

/// The best rated first. $1 (in hundredths) and $2 are the rating and profile to go on after, $3 the limit.
const ALL: &str = mentors!(
    "(coalesce(m.rating, 0), m.id) < ($1::numeric / 100, $2)",
    "EXISTS (SELECT FROM courses c WHERE c.id = v.course_id AND c.is_active IS NOT FALSE)",
    concat!("ORDER BY best DESC, m.id DESC", most_rows!()),
    "ORDER BY m.best DESC, m.id DESC LIMIT $3"
);

/// The same of those who teach the skill with the slug $4.
const OF_SKILL: &str = mentors!(
    "(coalesce(m.rating, 0), m.id) < ($1::numeric / 100, $2)",
    "v.course_id = ANY (ARRAY(SELECT id FROM courses WHERE skill_slug(title) = $4 AND is_active IS NOT FALSE))",
    concat!("ORDER BY best DESC, m.id DESC", most_rows!()),
    "ORDER BY m.best DESC, m.id DESC LIMIT $3"
);

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
    let after = page.after.unwrap_or(MentorKey::START);
    let all = |text| {
        sql(text)
            .bind::<BigInt, _>(after.hundredths)
            .bind::<Integer, _>(after.profile)
            .bind::<BigInt, _>(page.limit())
    };
    let rows: Vec<MentorRow> = match &filter.skill {
        Some(skill) => all(OF_SKILL).bind::<Text, _>(skill.as_str()).load(conn).await,
        None => all(ALL).load(conn).await,
    }
    .map_err(store_error)?;
    let keyed = rows
        .into_iter()
        .map(|row| {
            let key = MentorKey { hundredths: row.rating.as_ref().map_or(0, hundredths), profile: row.id };
            Ok((key, view(row)?))
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    let Page { items, next } = Page::cut(keyed, page.size, |(key, _)| *key);
    Ok(Page { items: items.into_iter().map(|(_, view)| view).collect(), next })
}

pub(super) async fn find(
    conn: &mut AsyncPgConnection,
    id: &UserId,
) -> Result<Option<MentorView>, StoreError> {
    let row: Option<MentorRow> =
        sql(ONE).bind::<Text, _>(id.as_str()).get_result(conn).await.optional().map_err(store_error)?;
    row.map(view).transpose()
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
        name: display_name(&name),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_end_within_where_the_largest_page_does() {
        for list in [ALL, OF_SKILL] {
            assert!(list.contains(concat!("m.id DESC", most_rows!(), ") m")), "{list}");
        }
    }
}
