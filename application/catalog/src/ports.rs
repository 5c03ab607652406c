//! What the catalog needs from outside; stores implement it.

use application_kernel::{Page, PageRequest, Placed, StoreError, Transaction};
use async_trait::async_trait;
use domain_catalog::{PlanShape, Verification};
use domain_kernel::{CourseId, Money, PlanId, Timestamp, UserId, Zone};

use crate::{MentorFilter, MentorKey, MentorView, PlanDetail, PlanFilter, PlanView};

/// The catalog's reads, for anybody. Each is one statement.
#[async_trait]
pub trait CatalogQueries: Send + Sync {
    /// The active plans, by key. One whose numbers are none, so that it could never be booked, is
    /// left out.
    async fn plans(
        &self,
        filter: &PlanFilter,
        page: &PageRequest<PlanId>,
    ) -> Result<Page<PlanView, PlanId>, StoreError>;
    /// One active plan with the topics of its meetings.
    async fn plan(&self, id: PlanId) -> Result<Option<PlanDetail>, StoreError>;
    /// The people who are mentors and have at least one active verification for an active course,
    /// the best rated first, of equals the newest.
    async fn mentors(
        &self,
        filter: &MentorFilter,
        page: &PageRequest<MentorKey>,
    ) -> Result<Page<MentorView, MentorKey>, StoreError>;
    /// One of those mentors.
    async fn mentor(&self, id: &UserId) -> Result<Option<MentorView>, StoreError>;
}

/// What the catalog needs inside a unit of work.
pub trait CatalogPorts: Transaction {
    /// Fills the catalog.
    fn seeding(&mut self) -> &mut dyn Seeding;
}

application_kernel::unit_of_work! {
    /// A unit of work as the catalog sees it.
    CatalogTx over CatalogPorts
}

/// A plan to be put into the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPlan {
    /// The skill by name; the plan can be booked if a course has the same slug.
    pub skill_name: String,
    /// The plan's key within the skill, such as `basic`.
    pub key: String,
    /// The name that people read.
    pub title: String,
    /// What people read of it.
    pub description: String,
    /// What the student pays for all of it.
    pub price: Money,
    /// How long and how often.
    pub shape: PlanShape,
    /// What the meetings are about: week from 1, meeting within the week from 1, topic.
    pub topics: Vec<(u8, u8, String)>,
}

/// What a mentor's profile shows, beyond what signing up made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MentorDetails {
    /// Whose profile.
    pub mentor: UserId,
    /// A few sentences.
    pub bio: String,
    /// What the mentor knows, in a few words each.
    pub expertise: Vec<String>,
    /// Lower-case weekday, and its ranges as `HH:MM-HH:MM` on the mentor's wall clock.
    pub available: Vec<(String, Vec<String>)>,
    /// The mentor's zone.
    pub zone: Zone,
}

/// Fills the catalog. What is there already is left as it is, so filling again changes nothing.
#[async_trait]
pub trait Seeding: Send {
    /// The course of that skill: one whose title has the same slug, otherwise a new one. Of several it is
    /// the first that is active.
    async fn course(
        &mut self,
        title: &str,
        description: &str,
        now: Timestamp,
    ) -> Result<Placed<CourseId>, StoreError>;
    /// The plan of that skill, by slug, and key, in any case; otherwise a new one with its topics.
    async fn plan(&mut self, plan: &NewPlan, now: Timestamp) -> Result<Placed<PlanId>, StoreError>;
    /// Describes a mentor whose profile has no bio yet, and answers whether it did.
    /// `NotFound(mentor_profiles)` for one who has no profile.
    async fn describe(&mut self, mentor: &MentorDetails, now: Timestamp) -> Result<bool, StoreError>;
    /// Verifies a mentor for a course: a passed test for `Full`, a conditional one for `BasicOnly`.
    /// Answers whether it did: not if the mentor has a verification or a test for it already.
    /// `NotFound(courses)` for an unknown course.
    async fn verify(
        &mut self,
        mentor: &UserId,
        course: CourseId,
        verification: Verification,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
}
