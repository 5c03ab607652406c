use application_booking::ports::Sessions;
use application_booking::{OperatorSessionView, SessionView, TakenOverRows};
use application_kernel::{StoreError, Viewer};
use async_trait::async_trait;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain_kernel::{CourseId, Labelled, PlanId, SessionId, Timestamp, UserId};
use domain_mentoring::{
    CourseStatus, Ender, Enrolment, Meeting, NewScheduleItem, Session, SessionStatus, Slot, TakenOver,
};

use super::terms::{ShownTermsRow, TermsRow};
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
    let TermsRow { shown, rules } = terms;
    let agreed = rules.terms(&shown)?;
    let ShownTermsRow { expires_at, pay_by, reason, ended_by, ended_at, .. } = shown;
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
        skill_slug: rules.skill_slug,
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
