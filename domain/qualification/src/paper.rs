use std::collections::{BTreeMap, BTreeSet};

use domain_kernel::TestQuestionId;

/// A question as it stood when the attempt was created, so that a later change of the bank
/// changes no running test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperQuestion {
    /// The question of the bank.
    pub id: TestQuestionId,
    /// What it is about; results are told by topic.
    pub topic: String,
    /// What is asked.
    pub text: String,
    /// What can be answered.
    pub options: Vec<String>,
    /// Which of the options is right, from 0. It never leaves the domain but to the store.
    pub key: u8,
}

/// A question as the mentor sees it: without the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenQuestion<'a> {
    /// The question of the bank.
    pub id: TestQuestionId,
    /// What is asked.
    pub text: &'a str,
    /// What can be answered.
    pub options: &'a [String],
    /// What the mentor answered last, from 0.
    pub answer: Option<u8>,
}

/// How a mentor did in a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicResult {
    /// The topic.
    pub topic: String,
    /// Right answers.
    pub right: u32,
    /// Wrong answers, missing ones included.
    pub wrong: u32,
}

/// The questions of an attempt and what was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// The questions, in the order in which they are asked.
    pub questions: Vec<PaperQuestion>,
    /// The last answer to each question that has one: an option, from 0.
    pub answers: BTreeMap<TestQuestionId, u8>,
}

impl Paper {
    /// The first `count` different ones of the questions, or nothing if there are fewer. A question
    /// that comes twice counts once: it could be answered once only.
    pub(crate) fn draw(mut questions: Vec<PaperQuestion>, count: u32) -> Option<Self> {
        let count = usize::try_from(count).ok()?;
        let mut drawn = BTreeSet::new();
        questions.retain(|question| drawn.insert(question.id));
        questions.truncate(count);
        (questions.len() == count).then_some(Self { questions, answers: BTreeMap::new() })
    }

    /// The question, if it is one of these.
    pub(crate) fn question(&self, id: TestQuestionId) -> Option<&PaperQuestion> {
        self.questions.iter().find(|question| question.id == id)
    }

    /// The questions as the mentor sees them.
    pub(crate) fn open(&self) -> impl Iterator<Item = OpenQuestion<'_>> {
        self.questions.iter().map(|question| OpenQuestion {
            id: question.id,
            text: &question.text,
            options: &question.options,
            answer: self.answers.get(&question.id).copied(),
        })
    }

    /// How many questions there are.
    pub fn total(&self) -> u32 {
        u32::try_from(self.questions.len()).unwrap_or(u32::MAX)
    }

    /// How many answers are right.
    pub fn correct(&self) -> u32 {
        self.topics().iter().map(|topic| topic.right).sum()
    }

    /// Right and wrong by topic, in the order of the topics' names.
    pub(crate) fn topics(&self) -> Vec<TopicResult> {
        let mut topics: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
        for question in &self.questions {
            let (right, wrong) = topics.entry(&question.topic).or_default();
            if self.answers.get(&question.id) == Some(&question.key) {
                *right += 1;
            } else {
                *wrong += 1;
            }
        }
        topics
            .into_iter()
            .map(|(topic, (right, wrong))| TopicResult { topic: topic.to_owned(), right, wrong })
            .collect()
    }
}
