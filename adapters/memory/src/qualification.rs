//! Qualification: the questions of skill tests.

use std::collections::BTreeSet;

use application_kernel::{Placed, Store, StoreError};
use application_qualification::ports::{Courses, QualificationPorts, QualificationTx, Questions};
use async_trait::async_trait;
use domain_kernel::{CourseId, Timestamp};
use domain_qualification::Question;

use crate::platform::next;
use crate::store::{MemoryStore, MemoryTx};

/// A question and whose it is.
#[derive(Debug, Clone)]
pub(crate) struct TestQuestion {
    course: CourseId,
    question: Question,
}

#[async_trait]
impl Store<QualificationTx> for MemoryStore {
    async fn begin(&self) -> Result<QualificationTx, StoreError> {
        Ok(QualificationTx::new(Box::new(self.open().await)))
    }
}

impl QualificationPorts for MemoryTx {
    fn courses(&mut self) -> &mut dyn Courses {
        self
    }

    fn questions(&mut self) -> &mut dyn Questions {
        self
    }
}

#[async_trait]
impl Courses for MemoryTx {
    async fn place(
        &mut self,
        title: &str,
        description: &str,
        _: Timestamp,
    ) -> Result<Placed<CourseId>, StoreError> {
        Ok(self.state.place_course(title, description))
    }
}

#[async_trait]
impl Questions for MemoryTx {
    async fn texts(&mut self, course: CourseId) -> Result<BTreeSet<String>, StoreError> {
        if !self.state.courses.contains_key(&course) {
            return Err(StoreError::NotFound { table: "courses" });
        }
        let of_course = self.state.skill_test_questions.values().filter(|row| row.course == course);
        Ok(of_course.map(|row| row.question.text().to_owned()).collect())
    }

    async fn add(
        &mut self,
        course: CourseId,
        questions: &[&Question],
        _: Timestamp,
    ) -> Result<(), StoreError> {
        if !questions.is_empty() && !self.state.courses.contains_key(&course) {
            return Err(StoreError::Refused { constraint: "skill_test_questions_course_id_fkey".into() });
        }
        for question in questions {
            let id = next(self.state.skill_test_questions.keys().next_back().copied());
            let row = TestQuestion { course, question: (*question).clone() };
            self.state.skill_test_questions.insert(id, row);
        }
        Ok(())
    }
}
