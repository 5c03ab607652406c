use std::sync::Arc;

use application_kernel::{Clock, Store, StoreError, Tally, transact};

use crate::ports::QualificationTx;
use crate::skill_test;

/// Fills the tests of skills.
pub struct Seed {
    store: Arc<dyn Store<QualificationTx>>,
    clock: Arc<dyn Clock>,
}

/// What became of a seeding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seeded {
    /// Courses.
    pub courses: Tally,
    /// Questions.
    pub questions: Tally,
}

impl Seed {
    /// Fills that store.
    pub fn new(store: Arc<dyn Store<QualificationTx>>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Adds the questions that are missing, and the courses that are. What is there stays as it is, a
    /// question of the same course and text too, whatever was made of its options. Doing it again adds
    /// nothing, and any number of processes may do it at once.
    pub async fn skill_tests(&self) -> Result<Seeded, StoreError> {
        let tests = skill_test::all()
            .map_err(|reason| StoreError::Corrupt { table: "skill_test_questions", reason })?;
        transact(&*self.store, || {
            async |tx| {
                let now = self.clock.now();
                let mut seeded = Seeded::default();
                for test in &tests {
                    let course = tx.courses().place(&test.title, &test.description, now).await?;
                    seeded.courses.count(course.is_new);
                    let there = tx.questions().texts(course.id).await?;
                    let mut missing = Vec::new();
                    for question in test.bank.questions() {
                        let is_new = !there.contains(question.text());
                        seeded.questions.count(is_new);
                        if is_new {
                            missing.push(question);
                        }
                    }
                    tx.questions().add(course.id, &missing, now).await?;
                }
                Ok(seeded)
            }
        })
        .await
    }
}
