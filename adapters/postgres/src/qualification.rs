//! Qualification's ports: `skill_test_questions`.

use std::collections::BTreeSet;

use application_kernel::{Placed, Store, StoreError};
use application_qualification::ports::{Courses, QualificationPorts, QualificationTx, Questions};
use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain_kernel::{CourseId, Labelled, Timestamp};
use domain_qualification::Question;
use serde_json::Value;

use crate::catalog::place_course;
use crate::error::{missing, store_error};
use crate::schema::{courses, skill_test_questions};
use crate::store::{PgStore, PgTx};

#[async_trait]
impl Store<QualificationTx> for PgStore {
    async fn begin(&self) -> Result<QualificationTx, StoreError> {
        Ok(QualificationTx::new(Box::new(self.transaction().await?)))
    }
}

impl QualificationPorts for PgTx {
    fn courses(&mut self) -> &mut dyn Courses {
        self
    }

    fn questions(&mut self) -> &mut dyn Questions {
        self
    }
}

#[async_trait]
impl Courses for PgTx {
    async fn place(
        &mut self,
        title: &str,
        description: &str,
        now: Timestamp,
    ) -> Result<Placed<CourseId>, StoreError> {
        place_course(&mut self.conn, title, description, now).await
    }
}

/// A row of `skill_test_questions` as it is written; `points` keeps its default.
#[derive(Insertable)]
#[diesel(table_name = skill_test_questions)]
struct QuestionRow<'a> {
    course_id: i32,
    question_text: &'a str,
    options: Value,
    correct_answer: i32,
    question_type: &'static str,
    difficulty: &'static str,
    explanation: &'a str,
    created_at: chrono::NaiveDateTime,
    updated_at: chrono::NaiveDateTime,
}

impl<'a> QuestionRow<'a> {
    fn new(course: CourseId, question: &'a Question, now: Timestamp) -> Result<Self, StoreError> {
        let key = i32::try_from(question.key());
        Ok(Self {
            course_id: course.get(),
            question_text: question.text(),
            options: question.options().iter().map(String::as_str).collect(),
            correct_answer: key.map_err(|error| StoreError::Corrupt {
                table: "skill_test_questions",
                reason: error.to_string(),
            })?,
            question_type: question.kind().label(),
            difficulty: question.difficulty().label(),
            explanation: question.explanation(),
            created_at: now.naive(),
            updated_at: now.naive(),
        })
    }
}

#[async_trait]
impl Questions for PgTx {
    async fn texts(&mut self, course: CourseId) -> Result<BTreeSet<String>, StoreError> {
        // No constraint holds a question's identity, so whoever adds some takes the course's lock first. It is one that
        // rows which refer to the course do not wait for. The next statement sees what its last holder left.
        let _: i32 = courses::table
            .find(course.get())
            .select(courses::id)
            .for_no_key_update()
            .first(&mut *self.conn)
            .await
            .map_err(missing("courses"))?;
        let texts: Vec<String> = skill_test_questions::table
            .filter(skill_test_questions::course_id.eq(course.get()))
            .select(skill_test_questions::question_text)
            .load(&mut *self.conn)
            .await
            .map_err(store_error)?;
        Ok(texts.into_iter().collect())
    }

    async fn add(
        &mut self,
        course: CourseId,
        questions: &[&Question],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if questions.is_empty() {
            return Ok(());
        }
        let rows = questions.iter().map(|question| QuestionRow::new(course, question, now));
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        diesel::insert_into(skill_test_questions::table)
            .values(rows)
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        Ok(())
    }
}
