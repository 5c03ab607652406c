//! What holds for the questions that we ship, beyond what makes a question and a bank.

use std::collections::BTreeSet;

use domain_qualification::OPTIONS;

use super::*;

/// Of a hundred keys, the most that may stand at one place, and the most that may be the longest option: who knows
/// nothing must not pass by a habit.
const MOST_AT_A_PLACE: usize = 30;
const MOST_LONGEST: usize = 40;

fn tests() -> Vec<SkillTest> {
    all().unwrap_or_else(|reason| panic!("{reason}"))
}

#[test]
fn ten_courses_are_tested() {
    let titles: Vec<String> = tests().into_iter().map(|test| test.title).collect();
    let expected = [
        "Java Programming",
        "Python Programming",
        "Web Development",
        "Data Structures & Algorithms",
        "Database Management Systems",
        "Machine Learning",
        "System Design",
        "JavaScript",
        "React.js",
        "Backend Development",
    ];
    assert_eq!(titles, expected);
}

#[test]
fn no_text_is_asked_in_two_courses() {
    let all = tests();
    let mut texts = BTreeSet::new();
    for question in all.iter().flat_map(|test| test.bank.questions()) {
        assert!(texts.insert(question.text().to_lowercase()), "{:?} is asked twice", question.text());
    }
    assert!(texts.len() >= 200, "{} questions", texts.len());
}

#[test]
fn every_course_has_all_difficulties_and_kinds_and_texts_that_fit_the_columns() {
    for SkillTest { title, description, bank } in tests() {
        assert!((1..=255).contains(&title.chars().count()) && !description.is_empty(), "{title}");
        assert!(bank.questions().len() >= 20, "{title}");
        // As they were ordered, whatever a bank is content with.
        let ordered = [(Difficulty::Beginner, 8), (Difficulty::Intermediate, 7), (Difficulty::Advanced, 5)];
        for (difficulty, least) in ordered {
            let found = bank.questions().iter().filter(|q| q.difficulty() == difficulty).count();
            assert!(found >= least && difficulty.label().len() <= 20, "{title}: {difficulty}");
        }
        for kind in QuestionKind::ALL {
            let found = bank.questions().iter().filter(|q| q.kind() == *kind).count();
            assert!(found >= 1 && kind.label().len() <= 50, "{title}: {kind}");
        }
        for question in bank.questions() {
            let options: BTreeSet<String> = question.options().iter().map(|o| o.to_lowercase()).collect();
            assert!(options.len() == OPTIONS || has_code(question), "{title}: {:?}", question.text());
            assert!(question.key() < OPTIONS && question.explanation().len() > 20, "{title}: {question:?}");
        }
    }
}

/// Whether its options are code, in which upper and lower case differ.
fn has_code(question: &Question) -> bool {
    question.options().iter().all(|option| option.contains('`'))
}

#[test]
fn keys_are_spread_over_the_four_places() {
    for SkillTest { title, bank, .. } in tests() {
        let all = bank.questions().len();
        for place in 0..OPTIONS {
            let here = bank.questions().iter().filter(|question| question.key() == place).count();
            assert!(here * 100 <= all * MOST_AT_A_PLACE, "{title}: {here} of {all} keys are {place}");
            assert!(here * 100 >= all * 20, "{title}: only {here} of {all} keys are {place}");
        }
        let keys: Vec<usize> = bank.questions().iter().map(Question::key).collect();
        let run = keys.windows(4).any(|run| run.iter().all(|key| run.first() == Some(key)));
        assert!(!run, "{title}: four equal keys in a row in {keys:?}");
    }
}

#[test]
fn the_right_option_is_not_told_by_its_length() {
    for SkillTest { title, bank, .. } in tests() {
        let all = bank.questions().len();
        let lengths = |question: &Question| question.options().each_ref().map(|o| o.chars().count());
        // Those whose key compares so with every other option.
        let those = |compares: fn(usize, usize) -> bool| {
            let is_one = |question: &&Question| {
                let lengths = lengths(question);
                let of_key = lengths[question.key()];
                lengths.iter().enumerate().all(|(place, l)| place == question.key() || compares(of_key, *l))
            };
            bank.questions().iter().filter(is_one).count()
        };
        for (what, found) in [("longest", those(|key, l| key > l)), ("shortest", those(|key, l| key < l))] {
            assert!(
                found * 100 <= all * MOST_LONGEST,
                "{title}: {found} of {all} keys are the {what} option"
            );
        }
    }
}

#[test]
fn an_explanation_never_counts_on_the_order_of_the_options() {
    let refused =
        ["option a", "option b", "option c", "option d", "first option", "last option", "above option"];
    for question in tests().iter().flat_map(|test| test.bank.questions()) {
        let explanation = question.explanation().to_lowercase();
        assert!(!refused.iter().any(|words| explanation.contains(words)), "{explanation}");
    }
}

#[test]
fn a_broken_file_is_refused_with_course_and_question() {
    let [java, ..] = FILES;
    for (good, bad, reason) in [
        ("key = 1", "key = 4", "the key is a place from 0 to 3, not 4"),
        ("\"conceptual\"", "\"essay\"", "QuestionKind has no value \"essay\""),
        ("\"BEGINNER\"", "\"EASY\"", "Difficulty has no value \"EASY\""),
        ("\"BEGINNER\"", "\"ADVANCED\"", "BEGINNER needs at least 8 questions, not 7"),
    ] {
        let refused = SkillTest::parse(&java.replacen(good, bad, 1)).err().unwrap_or_default();
        assert!(refused.starts_with("Java Programming: ") && refused.contains(reason), "{refused}");
    }
    assert!(SkillTest::parse(&java.replacen("key = ", "answer = ", 1)).is_err());
}
