use std::sync::Arc;

use application_kernel::{Clock, Store, StoreError, transact};
use domain_catalog::{PlanShape, Verification};
use domain_kernel::{Currency, Money, UserId, Zone};

use crate::demo::{COURSES, DemoCourse, DemoMentor, MENTORS, PLANS};
use crate::ports::{CatalogTx, MentorDetails, NewPlan};

/// Fills the catalog.
pub struct Seed {
    store: Arc<dyn Store<CatalogTx>>,
    clock: Arc<dyn Clock>,
    currency: Currency,
}

/// How much a seeding added; nothing where it was there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seeded {
    /// Courses.
    pub courses: u32,
    /// Plans.
    pub plans: u32,
    /// Mentors whose profiles were described.
    pub mentors: u32,
    /// Verifications.
    pub verifications: u32,
}

impl Seed {
    /// Fills that store; prices are in `currency`.
    pub fn new(store: Arc<dyn Store<CatalogTx>>, clock: Arc<dyn Clock>, currency: Currency) -> Self {
        Self { store, clock, currency }
    }

    /// A small catalog to try things with: three courses with three plans each, taught by these
    /// mentors, who have signed up before. Each is verified in full for one course and for the
    /// basic plans of the next. Doing it again changes nothing.
    pub async fn demo(&self, mentors: &[UserId]) -> Result<Seeded, StoreError> {
        let plans = COURSES
            .iter()
            .map(|course| plans(course, self.currency))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|reason| StoreError::Corrupt { table: "plans", reason })?;
        transact(&*self.store, || {
            async |tx| {
                let now = self.clock.now();
                let mut seeded = Seeded::default();
                let mut courses = Vec::new();
                for (course, plans) in COURSES.iter().zip(&plans) {
                    let placed = tx.seeding().course(course.title, course.description, now).await?;
                    seeded.courses += u32::from(placed.is_new);
                    courses.push(placed.id);
                    for plan in plans {
                        seeded.plans += u32::from(tx.seeding().plan(plan, now).await?.is_new);
                    }
                }
                for (index, (mentor, profile)) in mentors.iter().zip(MENTORS.iter().cycle()).enumerate() {
                    let details = profile.details(mentor);
                    seeded.mentors += u32::from(tx.seeding().describe(&details, now).await?);
                    let taught = courses.iter().cycle().skip(index);
                    for (course, verification) in taught.zip([Verification::Full, Verification::BasicOnly]) {
                        let is_new = tx.seeding().verify(mentor, *course, verification, now).await?;
                        seeded.verifications += u32::from(is_new);
                    }
                }
                Ok(seeded)
            }
        })
        .await
    }
}

/// The course's three plans; each covers the syllabus from its beginning.
fn plans(course: &DemoCourse, currency: Currency) -> Result<Vec<NewPlan>, String> {
    PLANS
        .iter()
        .map(|plan| {
            let shape = PlanShape::parse(plan.weeks, plan.per_week).map_err(|error| error.to_string())?;
            let meetings =
                (1..=shape.weeks()).flat_map(|week| (1..=shape.per_week()).map(move |number| (week, number)));
            Ok(NewPlan {
                skill_name: course.title.to_owned(),
                key: plan.key.to_owned(),
                title: plan.title.to_owned(),
                description: plan.description.to_owned(),
                price: Money::parse(plan.price_minor, currency).map_err(|error| error.to_string())?,
                shape,
                topics: meetings
                    .zip(course.syllabus)
                    .map(|((week, number), topic)| (week, number, (*topic).to_owned()))
                    .collect(),
            })
        })
        .collect()
}

impl DemoMentor {
    fn details(&self, mentor: &UserId) -> MentorDetails {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        MentorDetails {
            mentor: mentor.clone(),
            bio: self.bio.to_owned(),
            expertise: texts(self.expertise),
            available: self
                .available
                .iter()
                .map(|(day, ranges)| ((*day).to_owned(), texts(ranges)))
                .collect(),
            zone: Zone::KOLKATA,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_meeting_of_every_demo_plan_has_a_topic() {
        for course in COURSES {
            for plan in plans(course, Currency::parse("INR").unwrap()).unwrap() {
                assert_eq!(plan.topics.len(), plan.shape.items() as usize, "{} {}", course.title, plan.key);
            }
        }
    }
}
