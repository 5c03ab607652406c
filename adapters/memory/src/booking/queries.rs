use std::collections::BTreeSet;

use application_booking::ports::{BookingQueries, NoticeFacts, Offer};
use application_booking::{
    CourseOnRecord, NoShowKey, NoShowView, OperatorSessionView, SessionFilter, SessionKey, SessionView,
    TakenOverView,
};
use application_kernel::{Page, PageRequest, StoreError, Viewer};
use async_trait::async_trait;
use domain_kernel::{PlanId, SessionId, UserId};
use domain_mentoring::Session;

use super::NOTHING_TAKEN_OVER;
use crate::store::MemoryStore;

#[async_trait]
impl BookingQueries for MemoryStore {
    async fn sessions(
        &self,
        viewer: &Viewer,
        filter: &SessionFilter,
        page: &PageRequest<SessionKey>,
    ) -> Result<Page<SessionView, SessionKey>, StoreError> {
        let state = self.state().await;
        let after = page.after.as_ref().map(|key| (key.starts_at, &key.id));
        let mut found: Vec<&Session> = state
            .sessions
            .values()
            .filter(|session| session.side(&viewer.user).is_some())
            .filter(|session| filter.status.is_none_or(|status| session.status == status))
            .filter(|session| after.is_none_or(|after| (session.begins_at, &session.id) > after))
            .collect();
        found.sort_by_key(|session| (session.begins_at, session.id.clone()));
        let key = |session: &&Session| SessionKey { starts_at: session.begins_at, id: session.id.clone() };
        let Page { items, next } = Page::cut(found, page.size, key);
        let views = items.into_iter().filter_map(|session| state.session_summary(session, viewer));
        Ok(Page { items: views.collect(), next })
    }

    async fn session(&self, id: &SessionId, viewer: &Viewer) -> Result<Option<SessionView>, StoreError> {
        Ok(self.state().await.session_view(id, viewer))
    }

    async fn offer(&self, mentor: &UserId, plan: PlanId) -> Result<Option<Offer>, StoreError> {
        Ok(self.state().await.offer(mentor, plan))
    }

    async fn taken_over(
        &self,
        _: &PageRequest<SessionKey>,
    ) -> Result<Page<TakenOverView, SessionKey>, StoreError> {
        Err(NOTHING_TAKEN_OVER)
    }

    async fn courses(
        &self,
        page: &PageRequest<SessionId>,
    ) -> Result<Page<CourseOnRecord, SessionId>, StoreError> {
        let state = self.state().await;
        // By key, so that the first of each course comes first.
        let mut known = BTreeSet::new();
        let firsts = state.sessions.values().filter(|session| {
            known.insert((session.student.clone(), session.mentor.clone(), session.skill_slug.clone()))
        });
        let asked = firsts.filter(|session| page.after.as_ref().is_none_or(|after| session.id > *after));
        let found = asked.map(|session| {
            let key = (session.student.clone(), session.mentor.clone(), session.skill_slug.clone());
            CourseOnRecord {
                session: session.id.clone(),
                student: session.student.to_string(),
                mentor: session.mentor.to_string(),
                skill: session.skill_slug.clone(),
                facts: state.enrolment(session),
                stored: state.course_enrollments.get(&key).copied(),
            }
        });
        Ok(Page::cut(found.collect(), page.size, |course| course.session.clone()))
    }

    async fn no_shows(
        &self,
        page: &PageRequest<NoShowKey>,
    ) -> Result<Page<NoShowView, NoShowKey>, StoreError> {
        let state = self.state().await;
        let mut waiting: Vec<(NoShowKey, NoShowView)> =
            state.session_schedule.values().filter_map(|planned| state.no_show(planned)).collect();
        let place = |key: &NoShowKey| (key.reported_at, key.meeting);
        let after = page.after.as_ref().map(place);
        waiting.retain(|(key, _)| after.is_none_or(|after| place(key) > after));
        waiting.sort_by_key(|(key, _)| place(key));
        let Page { items, next } = Page::cut(waiting, page.size, |(key, _)| key.clone());
        Ok(Page { items: items.into_iter().map(|(_, view)| view).collect(), next })
    }

    async fn operator_session(&self, id: &SessionId) -> Result<Option<OperatorSessionView>, StoreError> {
        Ok(self.state().await.operator_session(id))
    }

    async fn notice(&self, id: &SessionId) -> Result<Option<NoticeFacts>, StoreError> {
        let state = self.state().await;
        let person = |id: &UserId| state.users.get(id).map(|user| (user.name.clone(), user.email.clone()));
        Ok(state.sessions.get(id).and_then(|session| {
            Some(NoticeFacts {
                student: person(&session.student)?,
                mentor: person(&session.mentor)?,
                session: session.clone(),
            })
        }))
    }
}
