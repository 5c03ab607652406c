use std::ops::Bound;

use application_booking::SessionView;
use application_booking::ports::Sessions;
use application_kernel::{StoreError, Viewer};
use async_trait::async_trait;
use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::{count_star, exists};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain_kernel::{
    BasisPoints, CourseId, Currency, Money, PlanId, SessionId, Timestamp, UserId, WallTime, Zone,
};
use domain_mentoring::{NewScheduleItem, Session, SessionStatus, Slot, Terms, WeekdaySet};
use serde_json::Value;

use super::policy::{self, PolicyJson};
use super::views;
use super::waiting;
use crate::column::{PgScheduleStatus, PgSessionStatus};
use crate::error::{corrupt, missing, store_error};
use crate::schema::{session_item_terms, session_schedule, session_terms, sessions, slot_holds, users};
use crate::store::PgTx;

/// A row of `sessions`, as far as booking writes it. Left alone: `zoom_link`, `zoom_link_expires_at`,
/// `reminder_sent` and `completed_at`, whose use cases come later.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
pub(super) struct SessionRow {
    pub(super) id: String,
    pub(super) student_id: String,
    pub(super) mentor_id: String,
    pub(super) course_id: i32,
    pub(super) session_type: String,
    pub(super) scheduled_at: NaiveDateTime,
    pub(super) end_time: Option<NaiveDateTime>,
    pub(super) status: PgSessionStatus,
    pub(super) student_message: Option<String>,
    pub(super) created_at: Option<NaiveDateTime>,
    pub(super) updated_at: Option<NaiveDateTime>,
    pub(super) skill_id: Option<String>,
    pub(super) skill_name: String,
    pub(super) plan_id: Option<i32>,
    pub(super) version: i32,
}

/// A row of `session_terms`.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = session_terms, treat_none_as_null = true)]
pub(super) struct TermsRow {
    pub(super) session_id: String,
    pub(super) student_id: String,
    pub(super) mentor_id: String,
    pub(super) skill_slug: String,
    pub(super) is_live: bool,
    pub(super) price_minor: i64,
    pub(super) currency: String,
    pub(super) fee_basis_points: i16,
    pub(super) zone: String,
    pub(super) first_date: NaiveDate,
    pub(super) wall_minute: i16,
    pub(super) offered_weekdays: i16,
    pub(super) weeks: i16,
    pub(super) per_week: i16,
    pub(super) policy: Value,
    pub(super) expires_at: NaiveDateTime,
    pub(super) pay_by: Option<NaiveDateTime>,
    pub(super) reason: Option<String>,
}

impl From<&Session> for SessionRow {
    fn from(session: &Session) -> Self {
        let Session {
            id,
            student,
            mentor,
            course,
            plan,
            plan_key,
            skill_name,
            skill_slug,
            status,
            message,
            terms: _,
            expires_at: _,
            pay_by: _,
            reason: _,
            created_at,
            updated_at,
            version,
        } = session;
        Self {
            id: id.to_string(),
            student_id: student.to_string(),
            mentor_id: mentor.to_string(),
            course_id: course.get(),
            session_type: plan_key.clone(),
            scheduled_at: session.starts_at().naive(),
            end_time: Some(session.ends_at().naive()),
            status: PgSessionStatus(*status),
            student_message: message.clone(),
            created_at: Some(created_at.naive()),
            updated_at: Some(updated_at.naive()),
            skill_id: Some(skill_slug.clone()),
            skill_name: skill_name.clone(),
            plan_id: Some(plan.get()),
            version: *version,
        }
    }
}

impl From<&Session> for TermsRow {
    fn from(session: &Session) -> Self {
        let Terms { price, policy, zone, first_date, time, offered, weeks, per_week } = &session.terms;
        Self {
            session_id: session.id.to_string(),
            student_id: session.student.to_string(),
            mentor_id: session.mentor.to_string(),
            skill_slug: session.skill_slug.clone(),
            is_live: session.status.is_live(),
            price_minor: price.minor(),
            currency: price.currency().to_string(),
            // At most 10 000, 1439, 127 and 52: all fit.
            fee_basis_points: policy.fee.get().cast_signed(),
            zone: zone.to_string(),
            first_date: *first_date,
            wall_minute: i16::try_from(time.minute_of_day()).unwrap_or_default(),
            offered_weekdays: offered.bits().into(),
            weeks: (*weeks).into(),
            per_week: (*per_week).into(),
            policy: serde_json::json!(PolicyJson::from(policy)),
            expires_at: session.expires_at.naive(),
            pay_by: session.pay_by.map(Timestamp::naive),
            reason: session.reason.clone(),
        }
    }
}

/// The session of its two rows.
pub(super) fn session(row: SessionRow, terms: TermsRow) -> Result<Session, StoreError> {
    let broken = corrupt("sessions", &row.id);
    let SessionRow {
        id,
        student_id,
        mentor_id,
        course_id,
        session_type,
        scheduled_at: _,
        end_time: _,
        status,
        student_message,
        created_at,
        updated_at,
        skill_id: _,
        skill_name,
        plan_id,
        version,
    } = row;
    let created_at = created_at.ok_or_else(|| broken(&"no created_at"))?;
    let agreed = terms_of(&id, &terms)?;
    let TermsRow { skill_slug, expires_at, pay_by, reason, .. } = terms;
    Ok(Session {
        id: SessionId::parse(id).map_err(|e| broken(&e))?,
        student: UserId::parse(student_id).map_err(|e| broken(&e))?,
        mentor: UserId::parse(mentor_id).map_err(|e| broken(&e))?,
        course: CourseId::new(course_id),
        plan: PlanId::new(plan_id.ok_or_else(|| broken(&"no plan"))?),
        plan_key: session_type,
        skill_name,
        skill_slug,
        status: status.0,
        message: student_message,
        terms: agreed,
        expires_at: Timestamp::from_utc(expires_at),
        pay_by: pay_by.map(Timestamp::from_utc),
        reason,
        created_at: Timestamp::from_utc(created_at),
        updated_at: Timestamp::from_utc(updated_at.unwrap_or(created_at)),
        version,
    })
}

/// What was agreed.
pub(super) fn terms_of(session: &str, row: &TermsRow) -> Result<Terms, StoreError> {
    let broken = corrupt("session_terms", session);
    let TermsRow {
        session_id: _,
        student_id: _,
        mentor_id: _,
        skill_slug: _,
        is_live: _,
        price_minor,
        currency,
        fee_basis_points,
        zone,
        first_date,
        wall_minute,
        offered_weekdays,
        weeks,
        per_week,
        policy,
        expires_at: _,
        pay_by: _,
        reason: _,
    } = row;
    let small = |value: i16| u8::try_from(value).map_err(|error| broken(&error));
    let currency = Currency::parse(currency).map_err(|error| broken(&error))?;
    let fee = BasisPoints::parse(fee_basis_points.cast_unsigned()).map_err(|error| broken(&error))?;
    let minute = u32::try_from(*wall_minute).map_err(|error| broken(&error))?;
    Ok(Terms {
        price: Money::parse(*price_minor, currency).map_err(|error| broken(&error))?,
        policy: policy::read(policy.clone(), fee, session)?,
        zone: Zone::parse(zone).map_err(|error| broken(&error))?,
        first_date: *first_date,
        time: WallTime::from_minute(minute).map_err(|error| broken(&error))?,
        offered: WeekdaySet::from_bits(small(*offered_weekdays)?),
        weeks: small(*weeks)?,
        per_week: small(*per_week)?,
    })
}

#[async_trait]
impl Sessions for PgTx {
    async fn get(&mut self, id: &SessionId) -> Result<Session, StoreError> {
        let (row, terms) = sessions::table
            .inner_join(session_terms::table.on(session_terms::session_id.eq(sessions::id)))
            .filter(sessions::id.eq(id.as_str()))
            .select((SessionRow::as_select(), TermsRow::as_select()))
            .for_update()
            .first(&mut *self.conn)
            .await
            .map_err(missing("sessions"))?;
        session(row, terms)
    }

    async fn add(&mut self, session: &Session) -> Result<(), StoreError> {
        diesel::insert_into(sessions::table)
            .values(SessionRow::from(session))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        diesel::insert_into(session_terms::table)
            .values(TermsRow::from(session))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn save(&mut self, session: &mut Session) -> Result<(), StoreError> {
        // Everything else about a session is fixed when it is requested.
        let SessionRow { id, scheduled_at, end_time, status, updated_at, version, .. } =
            SessionRow::from(&*session);
        let unchanged = sessions::table.filter(sessions::id.eq(id).and(sessions::version.eq(version)));
        let saved = diesel::update(unchanged)
            .set((
                sessions::scheduled_at.eq(scheduled_at),
                sessions::end_time.eq(end_time),
                sessions::status.eq(status),
                sessions::updated_at.eq(updated_at),
                sessions::version.eq(version + 1),
            ))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        if saved != 1 {
            return Err(StoreError::Conflict);
        }
        diesel::update(session_terms::table.find(session.id.as_str()))
            .set(TermsRow::from(&*session))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        session.version += 1;
        Ok(())
    }

    async fn open_requests(&mut self, student: &UserId) -> Result<u32, StoreError> {
        users::table
            .find(student.as_str())
            .select(users::id)
            .for_update()
            .first::<String>(&mut *self.conn)
            .await
            .map_err(missing("users"))?;
        let open = sessions::table
            .inner_join(session_terms::table.on(session_terms::session_id.eq(sessions::id)))
            .filter(sessions::student_id.eq(student.as_str()))
            .filter(sessions::status.eq(PgSessionStatus(SessionStatus::Pending)))
            .select(count_star())
            .first::<i64>(&mut *self.conn)
            .await
            .map_err(store_error)?;
        Ok(u32::try_from(open).unwrap_or(u32::MAX))
    }

    async fn waiting_for(&mut self, mentor: &UserId) -> Result<Vec<SessionId>, StoreError> {
        waiting::waiting_for(&mut self.conn, mentor).await
    }

    async fn has_live(
        &mut self,
        student: &UserId,
        mentor: &UserId,
        skill_slug: &str,
    ) -> Result<bool, StoreError> {
        let live = session_terms::table
            .filter(session_terms::student_id.eq(student.as_str()))
            .filter(session_terms::mentor_id.eq(mentor.as_str()))
            .filter(session_terms::skill_slug.eq(skill_slug))
            .filter(session_terms::is_live);
        diesel::select(exists(live)).get_result(&mut *self.conn).await.map_err(store_error)
    }

    async fn hold(&mut self, session: &Session, slots: &[Slot]) -> Result<(), StoreError> {
        self.free(&session.id).await?;
        // In the order of the users, so that two approvals wait for each other in one direction only.
        let mut parties = [session.student.as_str(), session.mentor.as_str()];
        parties.sort_unstable();
        let rows: Vec<_> = parties
            .iter()
            .flat_map(|user| slots.iter().map(move |slot| (user, slot)))
            .map(|(user, slot)| {
                let during = (Bound::Included(slot.starts_at.naive()), Bound::Excluded(slot.ends_at.naive()));
                (
                    slot_holds::user_id.eq(*user),
                    slot_holds::session_id.eq(session.id.as_str()),
                    slot_holds::item.eq(i32::try_from(slot.item).unwrap_or(i32::MAX)),
                    slot_holds::during.eq(during),
                )
            })
            .collect();
        diesel::insert_into(slot_holds::table)
            .values(rows)
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn free(&mut self, id: &SessionId) -> Result<(), StoreError> {
        diesel::delete(slot_holds::table.filter(slot_holds::session_id.eq(id.as_str())))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn plan(&mut self, session: &Session, items: &[NewScheduleItem]) -> Result<(), StoreError> {
        let now = session.updated_at.naive();
        let rows: Vec<_> = items
            .iter()
            .map(|NewScheduleItem { item: _, week, number, topic, starts_at, wall_time }| {
                (
                    session_schedule::session_id.eq(session.id.as_str()),
                    session_schedule::week_number.eq(i32::from(*week)),
                    session_schedule::session_number.eq(i32::from(*number)),
                    session_schedule::topic_title.eq(topic),
                    session_schedule::scheduled_date.eq(starts_at.naive()),
                    session_schedule::scheduled_time.eq(wall_time.with_seconds()),
                    session_schedule::status.eq(PgScheduleStatus(domain_mentoring::ScheduleStatus::Locked)),
                    session_schedule::created_at.eq(now),
                    session_schedule::updated_at.eq(now),
                )
            })
            .collect();
        let keys: Vec<(i32, NaiveDateTime)> = diesel::insert_into(session_schedule::table)
            .values(rows)
            .returning((session_schedule::id, session_schedule::scheduled_date))
            .get_results(&mut *self.conn)
            .await
            .map_err(store_error)?;
        let terms: Vec<_> = items
            .iter()
            .filter_map(|item| {
                let (key, _) = keys.iter().find(|(_, at)| *at == item.starts_at.naive())?;
                let ends_at = item.starts_at.plus(session.terms.policy.item);
                Some((
                    session_item_terms::schedule_id.eq(*key),
                    session_item_terms::session_id.eq(session.id.as_str()),
                    session_item_terms::item.eq(i32::try_from(item.item).unwrap_or(i32::MAX)),
                    session_item_terms::ends_at.eq(ends_at.naive()),
                ))
            })
            .collect();
        diesel::insert_into(session_item_terms::table)
            .values(terms)
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn view(&mut self, id: &SessionId, viewer: &Viewer) -> Result<SessionView, StoreError> {
        views::session(&mut self.conn, id, viewer).await?.ok_or(StoreError::NotFound { table: "sessions" })
    }
}
