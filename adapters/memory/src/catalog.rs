//! The catalog: plans, courses, mentors and what they are verified for.

use application_catalog::ports::{CatalogPorts, CatalogQueries, CatalogTx, MentorDetails, NewPlan, Seeding};
use application_catalog::{
    MentorFilter, MentorKey, MentorView, OfferedView, PlanDetail, PlanFilter, PlanView, TaughtCourseView,
    TopicView, rating_shown,
};
use application_kernel::{Page, PageRequest, Placed, Store, StoreError};
use async_trait::async_trait;
use domain_catalog::{Plan, SkillSlug, Verification};
use domain_kernel::{CourseId, Id, PlanId, Role, Timestamp, UserId, display_name};
use domain_mentoring::Availability;

use crate::identity::UserSettings;
use crate::platform::next;
use crate::store::{MemoryStore, MemoryTx, State};

/// A skill that is taught.
#[derive(Debug, Clone)]
pub(crate) struct Course {
    title: String,
    #[expect(dead_code, reason = "shown by no view yet")]
    description: String,
}

/// A plan with what only the catalog shows of it.
#[derive(Debug, Clone)]
pub(crate) struct PlanRow {
    pub(crate) plan: Plan,
    description: String,
}

/// What the world may see of a mentor, as far as it is filled in.
#[derive(Debug, Clone)]
pub(crate) struct MentorProfile {
    user: UserId,
    bio: Option<String>,
    expertise: Vec<String>,
    rating_hundredths: i64,
    total_reviews: i32,
    available: Vec<(String, Vec<String>)>,
}

impl MentorProfile {
    /// The profile that signing up makes.
    pub(crate) fn empty(user: UserId) -> Self {
        Self {
            user,
            bio: None,
            expertise: Vec::new(),
            rating_hundredths: 0,
            total_reviews: 0,
            available: Vec::new(),
        }
    }

    /// The offered times. What cannot be read offers nothing.
    pub(crate) fn availability(&self) -> Availability {
        let days = self
            .available
            .iter()
            .map(|(day, ranges)| (day.as_str(), ranges.iter().map(String::as_str).collect()));
        Availability::read(days).0
    }
}

#[async_trait]
impl Store<CatalogTx> for MemoryStore {
    async fn begin(&self) -> Result<CatalogTx, StoreError> {
        Ok(CatalogTx::new(Box::new(self.open().await)))
    }
}

impl CatalogPorts for MemoryTx {
    fn seeding(&mut self) -> &mut dyn Seeding {
        self
    }
}

impl State {
    pub(crate) fn mentor_profile(&self, mentor: &UserId) -> Option<&MentorProfile> {
        self.mentor_profiles.values().find(|profile| profile.user == *mentor)
    }

    /// The first course of exactly this skill.
    pub(crate) fn course_of(&self, skill: &SkillSlug) -> Option<CourseId> {
        self.courses.iter().find(|(_, course)| SkillSlug::of(&course.title) == *skill).map(|(id, _)| *id)
    }

    /// The course of that skill, added if there is none.
    pub(crate) fn place_course(&mut self, title: &str, description: &str) -> Placed<CourseId> {
        if let Some(id) = self.course_of(&SkillSlug::of(title)) {
            return Placed { id, is_new: false };
        }
        let id = CourseId::new(next(self.courses.keys().next_back().map(Id::get)));
        self.courses.insert(id, Course { title: title.to_owned(), description: description.to_owned() });
        Placed { id, is_new: true }
    }

    /// What the plan's meetings are about, in order: week, number, topic.
    pub(crate) fn topics(&self, plan: PlanId) -> impl Iterator<Item = (u8, u8, &str)> {
        self.plan_topics
            .iter()
            .filter(move |((of, _, _), _)| *of == plan)
            .map(|((_, week, number), topic)| (*week, *number, topic.as_str()))
    }

    /// What the mentor is verified for, by course.
    fn taught<'a>(
        &'a self,
        mentor: &'a UserId,
    ) -> impl Iterator<Item = (CourseId, &'a Course, Verification)> {
        self.verifications.iter().filter(move |((who, _), _)| who == mentor).filter_map(
            |((_, course), verification)| Some((*course, self.courses.get(course)?, *verification)),
        )
    }

    /// The mentor as the world sees them; nothing before the first verification.
    fn mentor_view(&self, profile: &MentorProfile) -> Option<MentorView> {
        let MentorProfile { user, bio, expertise, rating_hundredths, total_reviews, available: _ } = profile;
        let courses: Vec<TaughtCourseView> = self
            .taught(user)
            .map(|(id, course, verification)| TaughtCourseView {
                id: id.get(),
                title: course.title.clone(),
                verification: verification.to_string(),
            })
            .collect();
        let person = self.users.get(user).filter(|person| person.role == Role::Mentor)?;
        if courses.is_empty() || self.is_suspended(user) {
            return None;
        }
        let offered = profile
            .availability()
            .ranges()
            .iter()
            .map(|(day, from, to)| OfferedView::new(*day, *from, *to))
            .collect();
        Some(MentorView {
            id: user.to_string(),
            name: display_name(&person.name),
            bio: bio.clone(),
            expertise: expertise.clone(),
            rating: rating_shown(*rating_hundredths, *total_reviews),
            total_reviews: *total_reviews,
            courses,
            offered,
            zone: self.zone(user).to_string(),
        })
    }
}

fn plan_view(row: &PlanRow) -> PlanView {
    let PlanRow { plan, description } = row;
    PlanView {
        id: plan.id.get(),
        skill: plan.skill_name.clone(),
        skill_slug: plan.skill().to_string(),
        key: plan.key.clone(),
        title: plan.title.clone(),
        price: plan.price.into(),
        weeks: plan.shape.weeks().into(),
        per_week: plan.shape.per_week().into(),
        meetings: i32::from(plan.shape.weeks()) * i32::from(plan.shape.per_week()),
        description: Some(description.clone()),
    }
}

#[async_trait]
impl CatalogQueries for MemoryStore {
    async fn plans(
        &self,
        filter: &PlanFilter,
        page: &PageRequest<PlanId>,
    ) -> Result<Page<PlanView, PlanId>, StoreError> {
        let state = self.state().await;
        let found = state
            .plans
            .values()
            .filter(|row| row.plan.is_active)
            .filter(|row| filter.skill.as_ref().is_none_or(|skill| row.plan.skill() == *skill))
            .filter(|row| page.after.is_none_or(|after| row.plan.id > after))
            .take(page.read());
        let Page { items, next } = Page::cut(found.collect(), page.size, |row: &&PlanRow| row.plan.id);
        Ok(Page { items: items.into_iter().map(plan_view).collect(), next })
    }

    async fn plan(&self, id: PlanId) -> Result<Option<PlanDetail>, StoreError> {
        let state = self.state().await;
        let topics = || {
            let topic = |(week, number, title): (u8, u8, &str)| TopicView {
                week: week.into(),
                number: number.into(),
                title: title.to_owned(),
            };
            state.topics(id).map(topic).collect()
        };
        let found = state.plans.get(&id).filter(|row| row.plan.is_active);
        Ok(found.map(|row| PlanDetail { plan: plan_view(row), topics: topics() }))
    }

    async fn mentors(
        &self,
        filter: &MentorFilter,
        page: &PageRequest<MentorKey>,
    ) -> Result<Page<MentorView, MentorKey>, StoreError> {
        let state = self.state().await;
        let teaches = |profile: &MentorProfile| {
            filter.skill.as_ref().is_none_or(|skill| {
                state.taught(&profile.user).any(|(_, course, _)| SkillSlug::of(&course.title) == *skill)
            })
        };
        let after = page.after.unwrap_or(MentorKey::START);
        let mut found: Vec<(MentorKey, MentorView)> = state
            .mentor_profiles
            .iter()
            .filter(|(_, profile)| teaches(profile))
            .filter_map(|(id, profile)| {
                let key = MentorKey { hundredths: profile.rating_hundredths, profile: *id };
                Some((key, state.mentor_view(profile)?))
            })
            .filter(|(key, _)| *key < after)
            .collect();
        found.sort_by_key(|(key, _)| std::cmp::Reverse(*key));
        let Page { items, next } = Page::cut(found, page.size, |(key, _)| *key);
        Ok(Page { items: items.into_iter().map(|(_, view)| view).collect(), next })
    }

    async fn mentor(&self, id: &UserId) -> Result<Option<MentorView>, StoreError> {
        let state = self.state().await;
        Ok(state.mentor_profile(id).and_then(|profile| state.mentor_view(profile)))
    }
}

#[async_trait]
impl Seeding for MemoryTx {
    async fn course(
        &mut self,
        title: &str,
        description: &str,
        _: Timestamp,
    ) -> Result<Placed<CourseId>, StoreError> {
        Ok(self.state.place_course(title, description))
    }

    async fn plan(&mut self, plan: &NewPlan, _: Timestamp) -> Result<Placed<PlanId>, StoreError> {
        let NewPlan { skill_name, key, title, description, price, shape, topics } = plan;
        let skill = SkillSlug::of(skill_name);
        let is_it = |row: &&PlanRow| row.plan.skill() == skill && row.plan.key.eq_ignore_ascii_case(key);
        if let Some(row) = self.state.plans.values().find(is_it) {
            return Ok(Placed { id: row.plan.id, is_new: false });
        }
        let id = PlanId::new(next(self.state.plans.keys().next_back().map(Id::get)));
        let plan = Plan {
            id,
            skill_name: skill_name.clone(),
            key: key.clone(),
            title: title.clone(),
            price: *price,
            shape: *shape,
            is_active: true,
        };
        self.state.plans.insert(id, PlanRow { plan, description: description.clone() });
        for (week, number, topic) in topics {
            self.state.plan_topics.insert((id, *week, *number), topic.clone());
        }
        Ok(Placed { id, is_new: true })
    }

    async fn describe(&mut self, details: &MentorDetails, _: Timestamp) -> Result<bool, StoreError> {
        let MentorDetails { mentor, bio, expertise, available, zone } = details;
        let profile = self
            .state
            .mentor_profiles
            .values_mut()
            .find(|profile| profile.user == *mentor)
            .ok_or(StoreError::NotFound { table: "mentor_profiles" })?;
        if profile.bio.is_some() {
            return Ok(false);
        }
        profile.bio = Some(bio.clone());
        profile.expertise.clone_from(expertise);
        profile.available.clone_from(available);
        let unset = UserSettings::new(*zone);
        self.state.user_settings.entry(mentor.clone()).or_insert(unset).zone = *zone;
        Ok(true)
    }

    async fn verify(
        &mut self,
        mentor: &UserId,
        course: CourseId,
        verification: Verification,
        _: Timestamp,
    ) -> Result<bool, StoreError> {
        if !self.state.courses.contains_key(&course) {
            return Err(StoreError::NotFound { table: "courses" });
        }
        if self.state.mentor_profile(mentor).is_none() {
            return Err(StoreError::Refused { constraint: "mentor_tests_mentor_id_fkey".into() });
        }
        let key = (mentor.clone(), course);
        let is_new = !self.state.verifications.contains_key(&key);
        self.state.verifications.entry(key).or_insert(verification);
        Ok(is_new)
    }
}

#[cfg(test)]
mod tests;
