use std::sync::Arc;

use application_kernel::{Clock, Store, StoreError, Tally, transact};
use domain_kernel::{CourseId, Currency, Timestamp, UserId, Zone};

use crate::demo_mentors::{DemoMentor, MENTORS};
use crate::offer::{self, Offer};
use crate::ports::{CatalogTx, MentorDetails};

/// Fills the catalog.
pub struct Seed {
    store: Arc<dyn Store<CatalogTx>>,
    clock: Arc<dyn Clock>,
    currency: Currency,
}

/// What became of a seeding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seeded {
    /// Courses.
    pub courses: Tally,
    /// Plans.
    pub plans: Tally,
    /// Mentors whose profiles are described.
    pub mentors: Tally,
    /// Verifications.
    pub verifications: Tally,
}

impl Seed {
    /// Fills that store; prices are in `currency`.
    pub fn new(store: Arc<dyn Store<CatalogTx>>, clock: Arc<dyn Clock>, currency: Currency) -> Self {
        Self { store, clock, currency }
    }

    /// Adds the courses and plans that are missing: ten courses, three plans for each. What is there
    /// stays as it is. Doing it again adds nothing, and any number of processes may do it at once.
    pub async fn plans(&self) -> Result<Seeded, StoreError> {
        self.demo(&[]).await
    }

    /// The same, and these mentors, who have signed up before: described, and verified in full for one
    /// course and for the basic plans of another.
    pub async fn demo(&self, mentors: &[UserId]) -> Result<Seeded, StoreError> {
        let offers =
            offer::all(self.currency).map_err(|reason| StoreError::Corrupt { table: "plans", reason })?;
        transact(&*self.store, || {
            async |tx| {
                let now = self.clock.now();
                let mut seeded = Seeded::default();
                let courses = sell(tx, &offers, now, &mut seeded).await?;
                for (mentor, profile) in mentors.iter().zip(MENTORS.iter().cycle()) {
                    let details = profile.details(mentor);
                    seeded.mentors.count(tx.seeding().describe(&details, now).await?);
                    for (title, verification) in profile.teaches {
                        let course = courses.iter().find(|(of, _)| *of == title);
                        let (_, course) = course.ok_or(StoreError::NotFound { table: "courses" })?;
                        let is_new = tx.seeding().verify(mentor, *course, verification, now).await?;
                        seeded.verifications.count(is_new);
                    }
                }
                Ok(seeded)
            }
        })
        .await
    }
}

/// Puts the offers into the catalog; answers the courses by title.
async fn sell<'a>(
    tx: &mut CatalogTx,
    offers: &'a [Offer],
    now: Timestamp,
    seeded: &mut Seeded,
) -> Result<Vec<(&'a str, CourseId)>, StoreError> {
    let mut courses = Vec::new();
    for Offer { title, description, plans } in offers {
        let course = tx.seeding().course(title, description, now).await?;
        seeded.courses.count(course.is_new);
        courses.push((title.as_str(), course.id));
        for plan in plans {
            seeded.plans.count(tx.seeding().plan(plan, now).await?.is_new);
        }
    }
    Ok(courses)
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
    fn demo_mentors_teach_courses_that_are_sold() {
        let offers = offer::all(Currency::parse("INR").unwrap()).unwrap();
        for (title, _) in MENTORS.iter().flat_map(|mentor| mentor.teaches) {
            assert!(offers.iter().any(|offer| offer.title == title), "{title}");
        }
    }
}
