use application_booking::ports::Sessions;
use application_booking::{OperatorSessionView, SessionView, TakenOverRows};
use application_kernel::{StoreError, Viewer};
use async_trait::async_trait;
use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain_kernel::{
    BasisPoints, CourseId, Currency, Labelled, Money, PlanId, SessionId, Timestamp, UserId, WallTime, Zone,
};
use domain_mentoring::{
    CourseStatus, Ender, Enrolment, Meeting, NewScheduleItem, Session, SessionStatus, Slot, TakenOver, Terms,
    WeekdaySet,
};
use serde_json::Value;

use super::policy::{self, PolicyJson};
use super::{enrolments, holds, meetings, operator_views, taken_over, views, waiting};
use crate::column::PgSessionStatus;
use crate::error::{corrupt, missing, store_error};
use crate::schema::{session_terms, sessions};
use crate::store::PgTx;

/// A row of `sessions`, as far as booking writes it. Left alone: `zoom_link` and `zoom_link_expires_at`, whose use cases
/// come later, and `reminder_sent`, since each meeting has its own reminders.
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
    pub(super) completed_at: Option<NaiveDateTime>,
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
    pub(super) ended_by: Option<String>,
    pub(super) ended_at: Option<NaiveDateTime>,
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
            ended_by: _,
            ended_at,
            begins_at,
            ends_at,
            created_at,
            updated_at,
            version,
        } = session;
        let is_complete = *status == SessionStatus::Completed;
        Self {
            id: id.to_string(),
            student_id: student.to_string(),
            mentor_id: mentor.to_string(),
            course_id: course.get(),
            session_type: plan_key.clone(),
            scheduled_at: begins_at.naive(),
            end_time: Some(ends_at.naive()),
            status: PgSessionStatus(*status),
            student_message: message.clone(),
            created_at: Some(created_at.naive()),
            updated_at: Some(updated_at.naive()),
            completed_at: ended_at.filter(|_| is_complete).map(Timestamp::naive),
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
            ended_by: session.ended_by.map(|by| by.label().to_owned()),
            ended_at: session.ended_at.map(Timestamp::naive),
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
        scheduled_at,
        end_time,
        status,
        student_message,
        created_at,
        updated_at,
        completed_at: _,
        skill_id: _,
        skill_name,
        plan_id,
        version,
    } = row;
    let created_at = created_at.ok_or_else(|| broken(&"no created_at"))?;
    let agreed = terms_of(&id, &terms)?;
    let TermsRow { skill_slug, expires_at, pay_by, reason, ended_by, ended_at, .. } = terms;
    let ended_by = ended_by.map(|by| Ender::from_label(&by)).transpose().map_err(|e| broken(&e))?;
    let begins_at = Timestamp::from_utc(scheduled_at);
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
        ended_by,
        ended_at: ended_at.map(Timestamp::from_utc),
        begins_at,
        ends_at: end_time.map_or(begins_at, Timestamp::from_utc),
        created_at: Timestamp::from_utc(created_at),
        updated_at: Timestamp::from_utc(updated_at.unwrap_or(created_at)),
        version,
    })
}

/// Of what was agreed, that which every view shows.
pub(super) fn price_and_zone(
    session: &str,
    price_minor: i64,
    currency: &str,
    zone: &str,
) -> Result<(Money, Zone), StoreError> {
    let broken = corrupt("session_terms", session);
    let currency = Currency::parse(currency).map_err(|error| broken(&error))?;
    let price = Money::parse(price_minor, currency).map_err(|error| broken(&error))?;
    Ok((price, Zone::parse(zone).map_err(|error| broken(&error))?))
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
        ended_by: _,
        ended_at: _,
    } = row;
    let small = |value: i16| u8::try_from(value).map_err(|error| broken(&error));
    let (price, zone) = price_and_zone(session, *price_minor, currency, zone)?;
    let fee = BasisPoints::parse(fee_basis_points.cast_unsigned()).map_err(|error| broken(&error))?;
    let minute = u32::try_from(*wall_minute).map_err(|error| broken(&error))?;
    Ok(Terms {
        price,
        policy: policy::read(policy.clone(), fee, session)?,
        zone,
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
            // Not FOR UPDATE: rows that refer to the session may be added meanwhile.
            .for_no_key_update()
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
        let SessionRow { id, scheduled_at, end_time, status, updated_at, completed_at, version, .. } =
            SessionRow::from(&*session);
        let unchanged = sessions::table.filter(sessions::id.eq(id).and(sessions::version.eq(version)));
        let saved = diesel::update(unchanged)
            .set((
                sessions::scheduled_at.eq(scheduled_at),
                sessions::end_time.eq(end_time),
                sessions::status.eq(status),
                sessions::updated_at.eq(updated_at),
                sessions::completed_at.eq(completed_at),
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
        waiting::open_requests(&mut self.conn, student).await
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
        waiting::has_live(&mut self.conn, student, mentor, skill_slug).await
    }

    async fn hold(&mut self, session: &Session, slots: &[Slot]) -> Result<(), StoreError> {
        holds::free(&mut self.conn, &session.id).await?;
        let held: Vec<holds::Held> =
            slots.iter().map(|slot| (slot.item, slot.starts_at, slot.ends_at)).collect();
        holds::add(&mut self.conn, session, &held).await
    }

    async fn hold_again(&mut self, session: &Session, meeting: &Meeting) -> Result<(), StoreError> {
        holds::free_one(&mut self.conn, &session.id, meeting.item).await?;
        let held = (meeting.item, meeting.starts_at, meeting.ends_at);
        holds::add(&mut self.conn, session, &[held]).await
    }

    async fn free(&mut self, id: &SessionId) -> Result<(), StoreError> {
        holds::free(&mut self.conn, id).await
    }

    async fn plan(
        &mut self,
        session: &Session,
        items: &[NewScheduleItem],
    ) -> Result<Vec<Meeting>, StoreError> {
        meetings::plan(&mut self.conn, session, items).await
    }

    async fn meetings(&mut self, id: &SessionId) -> Result<Vec<Meeting>, StoreError> {
        meetings::locked(&mut self.conn, id).await
    }

    async fn save_meetings(&mut self, meetings: &mut [Meeting], now: Timestamp) -> Result<(), StoreError> {
        meetings::save(&mut self.conn, meetings, now).await
    }

    async fn enrolment(
        &mut self,
        session: &Session,
    ) -> Result<(Enrolment, Option<CourseStatus>), StoreError> {
        enrolments::facts(&mut self.conn, session).await
    }

    async fn enrol(
        &mut self,
        id: &str,
        session: &Session,
        status: CourseStatus,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        enrolments::save(&mut self.conn, id, session, status, now).await
    }

    async fn taken_over(&mut self, id: &SessionId) -> Result<Option<TakenOverRows>, StoreError> {
        taken_over::locked(self, id).await
    }

    async fn in_the_way(&mut self, session: &Session, of: &[Slot]) -> Result<Vec<SessionId>, StoreError> {
        holds::in_the_way(&mut self.conn, session, of).await
    }

    async fn take_in(&mut self, session: &Session, meetings: &[Meeting]) -> Result<(), StoreError> {
        diesel::insert_into(session_terms::table)
            .values(TermsRow::from(session))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        meetings::take_in(&mut self.conn, meetings).await
    }

    async fn close_taken_over(
        &mut self,
        session: &TakenOver,
        status: SessionStatus,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        taken_over::close(&mut self.conn, session, status, now).await
    }

    async fn operator_view(&mut self, id: &SessionId) -> Result<Option<OperatorSessionView>, StoreError> {
        operator_views::session(&mut self.conn, id).await
    }

    async fn view(&mut self, id: &SessionId, viewer: &Viewer) -> Result<SessionView, StoreError> {
        views::session(&mut self.conn, id, viewer).await?.ok_or(StoreError::NotFound { table: "sessions" })
    }
}
