//! What qualification needs from outside; stores implement it.

use std::collections::BTreeSet;

use application_kernel::{Placed, StoreError, Transaction};
use async_trait::async_trait;
use domain_kernel::{CourseId, Timestamp};
use domain_qualification::Question;

/// What qualification needs inside a unit of work.
pub trait QualificationPorts: Transaction {
    /// The courses, which are the catalog's.
    fn courses(&mut self) -> &mut dyn Courses;
    /// The questions of skill tests.
    fn questions(&mut self) -> &mut dyn Questions;
}

application_kernel::unit_of_work! {
    /// A unit of work as qualification sees it.
    QualificationTx over QualificationPorts
}

/// The catalog's courses, as far as they are tested.
#[async_trait]
pub trait Courses: Send {
    /// The course of that skill. One whose title has the same slug is it, and stays as it is; if there
    /// is none, one is added.
    async fn place(
        &mut self,
        title: &str,
        description: &str,
        now: Timestamp,
    ) -> Result<Placed<CourseId>, StoreError>;
}

/// The questions of skill tests. What makes a question is its course and its text.
#[async_trait]
pub trait Questions: Send {
    /// The texts of the course's questions, whoever wrote them. Until the unit ends nobody else who
    /// asks this for the course gets an answer, so what is missing now is missing still when it is
    /// added. `NotFound(courses)` for an unknown course.
    async fn texts(&mut self, course: CourseId) -> Result<BTreeSet<String>, StoreError>;
    /// Adds questions to a course.
    async fn add(
        &mut self,
        course: CourseId,
        questions: &[&Question],
        now: Timestamp,
    ) -> Result<(), StoreError>;
}
