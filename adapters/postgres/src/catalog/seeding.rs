use application_catalog::ports::{MentorDetails, NewPlan, Seeding};
use application_kernel::{Placed, StoreError};
use async_trait::async_trait;
use bigdecimal::BigDecimal;
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain_catalog::{SkillSlug, Verification};
use domain_kernel::{CourseId, PlanId, Timestamp, UserId, days};
use serde_json::{Map, Value};

use super::plans::skill_slug;
use crate::column::numeric;
use crate::error::{missing, store_error};
use crate::schema::{
    courses, mentor_course_verifications, mentor_profiles, mentor_tests, plan_topics, plans, user_settings,
};
use crate::sql::snippet;
use crate::sql_types::TestStatus;
use crate::store::PgTx;

diesel::define_sql_function! {
    fn lower(text: Text) -> Text;
}

#[async_trait]
impl Seeding for PgTx {
    async fn course(
        &mut self,
        title: &str,
        description: &str,
        now: Timestamp,
    ) -> Result<Placed<CourseId>, StoreError> {
        place_course(&mut self.conn, title, description, now).await
    }

    async fn plan(&mut self, plan: &NewPlan, now: Timestamp) -> Result<Placed<PlanId>, StoreError> {
        let NewPlan { skill_name, key, title, description, price, shape, topics } = plan;
        if let Some(id) = plan_of(&mut self.conn, skill_name, key).await? {
            return Ok(Placed { id, is_new: false });
        }
        let added: Option<i32> = diesel::insert_into(plans::table)
            .values((
                plans::skill_name.eq(skill_name),
                plans::plan_key.eq(key),
                plans::plan_title.eq(title),
                plans::price.eq(numeric(*price)),
                plans::duration_weeks.eq(i32::from(shape.weeks())),
                plans::sessions_per_week.eq(i32::from(shape.per_week())),
                plans::description.eq(description),
                plans::is_active.eq(true),
                plans::created_at.eq(now.naive()),
                plans::updated_at.eq(now.naive()),
            ))
            .on_conflict((plans::skill_name, plans::plan_key))
            .do_nothing()
            .returning(plans::id)
            .get_result(&mut *self.conn)
            .await
            .optional()
            .map_err(store_error)?;
        let Some(id) = added else {
            // Another process has added it since.
            let id = plan_of(&mut self.conn, skill_name, key).await?;
            return id.map(|id| Placed { id, is_new: false }).ok_or(StoreError::NotFound { table: "plans" });
        };
        let rows: Vec<_> = topics
            .iter()
            .map(|(week, number, topic)| {
                (
                    plan_topics::plan_id.eq(id),
                    plan_topics::week_number.eq(i32::from(*week)),
                    plan_topics::session_number.eq(i32::from(*number)),
                    plan_topics::topic_title.eq(topic),
                    plan_topics::created_at.eq(now.naive()),
                )
            })
            .collect();
        diesel::insert_into(plan_topics::table)
            .values(rows)
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        Ok(Placed { id: PlanId::new(id), is_new: true })
    }

    async fn describe(&mut self, details: &MentorDetails, now: Timestamp) -> Result<bool, StoreError> {
        let MentorDetails { mentor, bio, expertise, available, zone } = details;
        let described: Option<String> = mentor_profiles::table
            .filter(mentor_profiles::user_id.eq(mentor.as_str()))
            .select(mentor_profiles::bio)
            .for_update()
            .first(&mut *self.conn)
            .await
            .map_err(missing("mentor_profiles"))?;
        if described.is_some() {
            return Ok(false);
        }
        let slots = available.iter().map(|(day, ranges)| (day.clone(), Value::from(ranges.clone())));
        diesel::update(mentor_profiles::table.filter(mentor_profiles::user_id.eq(mentor.as_str())))
            .set((
                mentor_profiles::bio.eq(bio),
                mentor_profiles::expertise_areas.eq(expertise),
                mentor_profiles::available_slots.eq(Value::Object(slots.collect::<Map<_, _>>())),
                mentor_profiles::updated_at.eq(now.naive()),
            ))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        let zone = user_settings::zone.eq(zone.name());
        let updated_at = user_settings::updated_at.eq(now.naive());
        diesel::insert_into(user_settings::table)
            .values((user_settings::user_id.eq(mentor.as_str()), zone, updated_at))
            .on_conflict(user_settings::user_id)
            .do_update()
            .set((zone, updated_at))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        Ok(true)
    }

    async fn verify(
        &mut self,
        mentor: &UserId,
        course: CourseId,
        verification: Verification,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let title: String = courses::table
            .find(course.get())
            .select(courses::title)
            .first(&mut *self.conn)
            .await
            .map_err(missing("courses"))?;
        let verified = mentor_course_verifications::table
            .filter(mentor_course_verifications::mentor_id.eq(mentor.as_str()))
            .filter(mentor_course_verifications::course_id.eq(course.get()));
        let tested = mentor_tests::table
            .filter(mentor_tests::mentor_id.eq(mentor.as_str()))
            .filter(mentor_tests::course_name.eq(&title));
        let is_there: bool = diesel::select(exists(verified).or(exists(tested)))
            .get_result(&mut *self.conn)
            .await
            .map_err(store_error)?;
        if is_there {
            return Ok(false);
        }
        let (status, score, retry) = match verification {
            Verification::Full => ("'PASSED'", 85, None),
            Verification::BasicOnly => ("'CONDITIONAL'", 65, Some(now.plus(days(1)))),
        };
        let score = BigDecimal::from(score);
        let test: i32 = diesel::insert_into(mentor_tests::table)
            .values((
                mentor_tests::mentor_id.eq(mentor.as_str()),
                mentor_tests::course_name.eq(&title),
                mentor_tests::score.eq(&score),
                mentor_tests::status.eq(snippet::<TestStatus>(status)),
                mentor_tests::attempted_at.eq(now.naive()),
                mentor_tests::completed_at.eq(now.naive()),
                mentor_tests::retry_available_after.eq(retry.map(Timestamp::naive)),
            ))
            .returning(mentor_tests::id)
            .get_result(&mut *self.conn)
            .await
            .map_err(store_error)?;
        diesel::insert_into(mentor_course_verifications::table)
            .values((
                mentor_course_verifications::mentor_id.eq(mentor.as_str()),
                mentor_course_verifications::course_id.eq(course.get()),
                mentor_course_verifications::test_id.eq(test),
                mentor_course_verifications::verified_at.eq(now.naive()),
                mentor_course_verifications::verification_score.eq(&score),
                mentor_course_verifications::is_active.eq(true),
            ))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        Ok(true)
    }
}

/// The course of that skill, added if there is none.
pub(crate) async fn place_course(
    conn: &mut AsyncPgConnection,
    title: &str,
    description: &str,
    now: Timestamp,
) -> Result<Placed<CourseId>, StoreError> {
    if let Some(id) = course_of(conn, title).await? {
        return Ok(Placed { id, is_new: false });
    }
    let added: Option<i32> = diesel::insert_into(courses::table)
        .values((
            courses::title.eq(title),
            courses::description.eq(description),
            courses::is_active.eq(true),
            courses::created_at.eq(now.naive()),
            courses::updated_at.eq(now.naive()),
        ))
        .on_conflict(courses::title)
        .do_nothing()
        .returning(courses::id)
        .get_result(conn)
        .await
        .optional()
        .map_err(store_error)?;
    if let Some(id) = added {
        return Ok(Placed { id: CourseId::new(id), is_new: true });
    }
    // Another process has added it since.
    let id = course_of(conn, title).await?.ok_or(StoreError::NotFound { table: "courses" })?;
    Ok(Placed { id, is_new: false })
}

/// Of the courses with that title's slug the first that is active; one that does not say is.
async fn course_of(conn: &mut AsyncPgConnection, title: &str) -> Result<Option<CourseId>, StoreError> {
    let found: Option<i32> = courses::table
        .filter(skill_slug(courses::title).eq(SkillSlug::of(title).as_str()))
        .order((courses::is_active.is_distinct_from(false).desc(), courses::id))
        .select(courses::id)
        .first(conn)
        .await
        .optional()
        .map_err(store_error)?;
    Ok(found.map(CourseId::new))
}

async fn plan_of(conn: &mut AsyncPgConnection, skill: &str, key: &str) -> Result<Option<PlanId>, StoreError> {
    let found: Option<i32> = plans::table
        .filter(skill_slug(plans::skill_name).eq(SkillSlug::of(skill).as_str()))
        .filter(lower(plans::plan_key).eq(key.to_lowercase()))
        .order(plans::id)
        .select(plans::id)
        .first(conn)
        .await
        .optional()
        .map_err(store_error)?;
    Ok(found.map(PlanId::new))
}
