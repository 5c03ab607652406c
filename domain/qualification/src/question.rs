use crate::{Difficulty, QuestionKind};

/// How many options a question has.
pub const OPTIONS: usize = 4;

/// The most characters of a question's text, and of its explanation.
const LONGEST_TEXT: usize = 1000;

/// The most characters of an option.
const LONGEST_OPTION: usize = 255;

/// A question of a skill's test: four options, one of them right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    text: String,
    options: [String; OPTIONS],
    key: usize,
    kind: QuestionKind,
    difficulty: Difficulty,
    explanation: String,
}

/// What somebody wrote down and which may be a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionDraft {
    /// What is asked.
    pub text: String,
    /// What can be answered.
    pub options: Vec<String>,
    /// The place of the right option, from 0.
    pub key: usize,
    /// What it looks at.
    pub kind: QuestionKind,
    /// How much it asks.
    pub difficulty: Difficulty,
    /// Why the right option is right.
    pub explanation: String,
}

/// Why a draft is no question.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidQuestion {
    /// A text is empty or endless.
    #[error("the {part} has 1 to {longest} characters, not {found}")]
    Length {
        /// Which text.
        part: &'static str,
        /// How long it may be.
        longest: usize,
        /// How long it is.
        found: usize,
    },
    /// The options are too few or too many.
    #[error("a question has {OPTIONS} options, not {0}")]
    Options(usize),
    /// Two options say the same.
    #[error("the option {0:?} is there twice")]
    Repeated(String),
    /// An option speaks of the others, whose order is nobody's promise.
    #[error("the option {0:?} does not stand by itself")]
    Dependent(String),
    /// No option is at the key's place.
    #[error("the key is a place from 0 to 3, not {0}")]
    Key(usize),
}

impl Question {
    /// Reads a draft. Space around its texts is dropped.
    pub fn parse(draft: QuestionDraft) -> Result<Self, InvalidQuestion> {
        let QuestionDraft { text, options, key, kind, difficulty, explanation } = draft;
        let text = bounded("text", &text, LONGEST_TEXT)?;
        let explanation = bounded("explanation", &explanation, LONGEST_TEXT)?;
        let options = options
            .iter()
            .map(|option| bounded("option", option, LONGEST_OPTION))
            .collect::<Result<Vec<_>, _>>()?;
        let options: [String; OPTIONS] =
            options.try_into().map_err(|found: Vec<_>| InvalidQuestion::Options(found.len()))?;
        for (place, option) in options.iter().enumerate() {
            if options.iter().skip(place + 1).any(|other| other == option) {
                return Err(InvalidQuestion::Repeated(option.clone()));
            }
            if option.to_lowercase().contains(" of the above") {
                return Err(InvalidQuestion::Dependent(option.clone()));
            }
        }
        if key >= OPTIONS {
            return Err(InvalidQuestion::Key(key));
        }
        Ok(Self { text, options, key, kind, difficulty, explanation })
    }

    /// What is asked. Within a course no two questions have the same text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What can be answered: four different texts.
    pub fn options(&self) -> &[String; OPTIONS] {
        &self.options
    }

    /// The place of the right option, 0 to 3. For graders only.
    pub fn key(&self) -> usize {
        self.key
    }

    /// What it looks at.
    pub fn kind(&self) -> QuestionKind {
        self.kind
    }

    /// How much it asks.
    pub fn difficulty(&self) -> Difficulty {
        self.difficulty
    }

    /// Why the right option is right. For those who have answered.
    pub fn explanation(&self) -> &str {
        &self.explanation
    }
}

fn bounded(part: &'static str, text: &str, longest: usize) -> Result<String, InvalidQuestion> {
    let text = text.trim();
    let found = text.chars().count();
    if (1..=longest).contains(&found) {
        Ok(text.to_owned())
    } else {
        Err(InvalidQuestion::Length { part, longest, found })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(options: &[&str], key: usize) -> QuestionDraft {
        QuestionDraft {
            text: " What is asked? ".into(),
            options: options.iter().map(|option| (*option).to_owned()).collect(),
            key,
            kind: QuestionKind::Practical,
            difficulty: Difficulty::Beginner,
            explanation: "Because.".into(),
        }
    }

    #[test]
    fn four_different_options_and_a_key_are_a_question() {
        let question = Question::parse(draft(&["a", " b", "c", "d"], 3)).unwrap();
        assert_eq!((question.text(), question.key()), ("What is asked?", 3));
        assert_eq!(question.options(), &["a", "b", "c", "d"]);
    }

    #[test]
    fn other_numbers_of_options_are_refused() {
        assert_eq!(Question::parse(draft(&["a", "b", "c"], 0)), Err(InvalidQuestion::Options(3)));
        assert_eq!(Question::parse(draft(&["a", "b", "c", "d", "e"], 0)), Err(InvalidQuestion::Options(5)));
    }

    #[test]
    fn an_option_is_there_once_and_stands_by_itself() {
        let twice = draft(&["a", "b", "c", "b "], 0);
        assert_eq!(Question::parse(twice), Err(InvalidQuestion::Repeated("b".into())));
        for lazy in ["All of the above", "None of the above"] {
            let dependent = draft(&["a", "b", "c", lazy], 0);
            assert_eq!(Question::parse(dependent), Err(InvalidQuestion::Dependent(lazy.into())));
        }
    }

    #[test]
    fn the_key_is_one_of_the_options() {
        assert_eq!(Question::parse(draft(&["a", "b", "c", "d"], 4)), Err(InvalidQuestion::Key(4)));
    }

    #[test]
    fn empty_and_endless_texts_are_refused() {
        let empty = InvalidQuestion::Length { part: "option", longest: 255, found: 0 };
        assert_eq!(Question::parse(draft(&["a", " ", "c", "d"], 0)), Err(empty));
        let endless = QuestionDraft { text: "x".repeat(1001), ..draft(&["a", "b", "c", "d"], 0) };
        let refused = InvalidQuestion::Length { part: "text", longest: 1000, found: 1001 };
        assert_eq!(Question::parse(endless), Err(refused));
        let unexplained = QuestionDraft { explanation: "\n".into(), ..draft(&["a", "b", "c", "d"], 0) };
        let refused = InvalidQuestion::Length { part: "explanation", longest: 1000, found: 0 };
        assert_eq!(Question::parse(unexplained), Err(refused));
    }
}
