use application_kernel::{PageRequest, PageSize, transact};
use domain_kernel::SessionId;
use domain_mentoring::{CourseStatus, Enrolment};

use crate::record::audited;
use crate::{Booking, BookingError};

/// The course of a student, a mentor and a skill, as the sessions and the record of it say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CourseOnRecord {
    /// The first by key of its sessions that have terms.
    pub session: SessionId,
    /// Who learns.
    pub student: String,
    /// Who teaches.
    pub mentor: String,
    /// The skill's slug.
    pub skill: String,
    /// What its sessions say.
    pub facts: Enrolment,
    /// Where it is recorded to stand.
    pub stored: Option<CourseStatus>,
}

impl Booking {
    /// The courses that are not recorded where their sessions say. Sessions that were taken over and not enrolled
    /// say nothing.
    pub async fn stale_courses(&self) -> Result<Vec<CourseOnRecord>, BookingError> {
        let mut page = PageRequest { size: PageSize::MOST, after: None };
        let mut stale = Vec::new();
        loop {
            let found = self.queries.courses(&page).await?;
            stale.extend(
                found.items.into_iter().filter(|course| course.stored != Some(course.facts.status())),
            );
            page.after = found.next;
            if page.after.is_none() {
                return Ok(stale);
            }
        }
    }

    /// Records where the course of that session stands.
    pub async fn recompute_course(&self, id: &SessionId) -> Result<(), BookingError> {
        transact(&*self.store, || {
            async |tx| {
                let session = tx.sessions().get(id).await?;
                let now = self.clock.now();
                let (facts, stored) = tx.sessions().enrolment(&session).await?;
                self.recalculate_course(tx, &session, now).await?;
                let mut details = vec![("course", facts.status().to_string())];
                details.extend(stored.map(|stored| ("before", stored.to_string())));
                let entry = audited(None, "course.recompute", session.id.to_string(), details, now);
                Ok(tx.audit().append(entry).await?)
            }
        })
        .await
    }
}
