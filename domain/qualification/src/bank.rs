use std::collections::BTreeSet;

use domain_kernel::Labelled;

use crate::{Difficulty, Question, QuestionKind};

/// The questions of one skill: enough of each difficulty, of every kind, none twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionBank(Vec<Question>);

/// Why some questions are no bank.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBank {
    /// A difficulty has too few questions.
    #[error("{difficulty} needs at least {} questions, not {found}", .difficulty.needed())]
    TooFew {
        /// Which.
        difficulty: Difficulty,
        /// How many it has.
        found: usize,
    },
    /// A kind has no question.
    #[error("no question is {0}")]
    NoneOf(QuestionKind),
    /// A question is there twice.
    #[error("{0:?} is asked twice")]
    Repeated(String),
}

impl QuestionBank {
    /// Reads the questions of a skill.
    pub fn parse(questions: Vec<Question>) -> Result<Self, InvalidBank> {
        let mut texts = BTreeSet::new();
        if let Some(twice) = questions.iter().find(|question| !texts.insert(question.text())) {
            return Err(InvalidBank::Repeated(twice.text().to_owned()));
        }
        for difficulty in Difficulty::ALL.iter().copied() {
            let found = questions.iter().filter(|question| question.difficulty() == difficulty).count();
            if found < difficulty.needed() {
                return Err(InvalidBank::TooFew { difficulty, found });
            }
        }
        for kind in QuestionKind::ALL.iter().copied() {
            if !questions.iter().any(|question| question.kind() == kind) {
                return Err(InvalidBank::NoneOf(kind));
            }
        }
        Ok(Self(questions))
    }

    /// The questions, in the order in which they were written.
    pub fn questions(&self) -> &[Question] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::QuestionDraft;

    fn question(number: usize, difficulty: Difficulty, kind: QuestionKind) -> Question {
        let draft = QuestionDraft {
            text: format!("Question {number}"),
            options: ["a", "b", "c", "d"].map(str::to_owned).to_vec(),
            key: 0,
            kind,
            difficulty,
            explanation: "Because.".into(),
        };
        Question::parse(draft).unwrap()
    }

    /// As many questions as are needed, their kinds in turn.
    fn enough() -> Vec<Question> {
        let difficulties = Difficulty::ALL.iter().flat_map(|d| std::iter::repeat_n(*d, d.needed()));
        let kinds = QuestionKind::ALL.iter().cycle();
        difficulties.zip(kinds).enumerate().map(|(number, (d, t))| question(number, d, *t)).collect()
    }

    #[test]
    fn twenty_questions_are_enough() {
        assert_eq!(QuestionBank::parse(enough()).unwrap().questions().len(), 20);
    }

    #[test]
    fn a_missing_question_is_missed() {
        for (place, question) in enough().iter().enumerate() {
            let mut questions = enough();
            questions.remove(place);
            let difficulty = question.difficulty();
            let too_few = InvalidBank::TooFew { difficulty, found: difficulty.needed() - 1 };
            assert_eq!(QuestionBank::parse(questions), Err(too_few));
        }
    }

    #[test]
    fn every_kind_is_asked_for() {
        let difficulties = enough().into_iter().map(|question| question.difficulty()).enumerate();
        let practical =
            difficulties.map(|(number, d)| question(number, d, QuestionKind::Practical)).collect();
        assert_eq!(QuestionBank::parse(practical), Err(InvalidBank::NoneOf(QuestionKind::Conceptual)));
    }

    #[test]
    fn nothing_is_asked_twice() {
        let mut questions = enough();
        questions.push(question(7, Difficulty::Advanced, QuestionKind::Scenario));
        assert_eq!(QuestionBank::parse(questions), Err(InvalidBank::Repeated("Question 7".into())));
    }
}
