use domain_kernel::Labelled;
use domain_qualification::{Difficulty, Question, QuestionBank, QuestionDraft, QuestionKind};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The courses' files.
const FILES: [&str; 10] = include!("../../../seeds/files.rs");

/// What a course is tested with.
pub(crate) struct SkillTest {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) bank: QuestionBank,
}

/// Every test there is. The reason of a failure names course and question.
pub(crate) fn all() -> Result<Vec<SkillTest>, String> {
    FILES.into_iter().map(SkillTest::parse).collect()
}

/// A course's file, as far as it concerns the test.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CourseFile {
    title: String,
    description: String,
    #[serde(rename = "topics")]
    _topics: IgnoredAny,
    questions: Vec<QuestionEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuestionEntry {
    difficulty: String,
    r#type: String,
    text: String,
    options: Vec<String>,
    key: usize,
    explanation: String,
}

impl SkillTest {
    fn parse(file: &str) -> Result<Self, String> {
        let CourseFile { title, description, _topics: _, questions } =
            toml::from_str(file).map_err(|error| error.to_string())?;
        let questions = questions
            .into_iter()
            .map(QuestionEntry::parse)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|reason| format!("{title}: {reason}"))?;
        let bank = QuestionBank::parse(questions).map_err(|error| format!("{title}: {error}"))?;
        Ok(Self { title, description, bank })
    }
}

impl QuestionEntry {
    fn parse(self) -> Result<Question, String> {
        let Self { difficulty, r#type, text, options, key, explanation } = self;
        let asked = text.clone();
        let about = |reason: &dyn std::fmt::Display| format!("{asked:?}: {reason}");
        let draft = QuestionDraft {
            text,
            options,
            key,
            kind: QuestionKind::from_label(&r#type).map_err(|error| about(&error))?,
            difficulty: Difficulty::from_label(&difficulty).map_err(|error| about(&error))?,
            explanation,
        };
        Question::parse(draft).map_err(|error| about(&error))
    }
}

#[cfg(test)]
mod tests;
