//! Seeding courses, plans and skill tests: what is missing is added, what is there is left alone.

use std::collections::BTreeSet;
use std::sync::Arc;

use application_catalog::PlanFilter;
use application_kernel::{PageRequest, PageSize, StoreError, Tally, transact};
use domain_catalog::SkillSlug;
use domain_kernel::{CourseId, Currency};
use domain_qualification::{Difficulty, Question, QuestionDraft, QuestionKind};

use crate::migrations::sql::{execute, lines};
use crate::support::people::{now, plan};
use crate::support::stores::Stores;
use crate::support::world::StandingClock;

crate::both_stores! {
    plans_are_seeded_with_a_topic_for_every_meeting,
    a_plan_of_the_same_skill_and_key_is_left_alone,
    skill_tests_are_seeded_once,
    a_course_of_the_same_skill_gets_the_questions,
    a_question_that_is_there_is_counted_and_not_added,
    two_seedings_at_once_add_everything_once,
    an_unknown_course_has_no_questions,
}

/// How many questions the ten courses have in all.
const QUESTIONS: u32 = 212;

fn questions(stores: &Stores) -> application_qualification::Seed {
    application_qualification::Seed::new(stores.qualification.clone(), Arc::new(StandingClock::at(now())))
}

fn plans(stores: &Stores) -> application_catalog::Seed {
    let clock = Arc::new(StandingClock::at(now()));
    application_catalog::Seed::new(stores.catalog.clone(), clock, Currency::parse("INR").unwrap())
}

fn tally(added: u32, there: u32) -> Tally {
    Tally { added, there }
}

async fn course_of(stores: &Stores, title: &str) -> CourseId {
    let place = || {
        async |tx: &mut application_qualification::ports::QualificationTx| {
            tx.courses().place(title, "A course", now()).await
        }
    };
    transact(&*stores.qualification, place).await.unwrap().id
}

async fn texts(stores: &Stores, course: CourseId) -> Result<BTreeSet<String>, StoreError> {
    transact(&*stores.qualification, || async |tx| tx.questions().texts(course).await).await
}

async fn add(stores: &Stores, course: CourseId, question: &Question) {
    transact(&*stores.qualification, || async |tx| tx.questions().add(course, &[question], now()).await)
        .await
        .unwrap();
}

fn question(text: &str) -> Question {
    let draft = QuestionDraft {
        text: text.into(),
        options: ["one", "two", "three", "four"].map(str::to_owned).to_vec(),
        key: 3,
        kind: QuestionKind::Scenario,
        difficulty: Difficulty::Advanced,
        explanation: "Somebody else wrote it.".into(),
    };
    Question::parse(draft).unwrap()
}

async fn plans_are_seeded_with_a_topic_for_every_meeting(stores: Stores) {
    let seed = plans(&stores);
    let first = seed.plans().await.unwrap();
    assert_eq!((first.courses, first.plans), (tally(10, 0), tally(30, 0)));
    let again = seed.plans().await.unwrap();
    assert_eq!((again.courses, again.plans), (tally(0, 10), tally(0, 30)));
    let page = PageRequest { size: PageSize::parse(100).unwrap(), after: None };
    let sold = stores.offers.plans(&PlanFilter::default(), &page).await.unwrap().items;
    assert_eq!(sold.len(), 30);
    for plan in sold {
        let detail = stores.offers.plan(domain_kernel::PlanId::new(plan.id)).await.unwrap().unwrap();
        assert_eq!(i32::try_from(detail.topics.len()), Ok(plan.meetings), "{} {}", plan.skill, plan.key);
    }
}

async fn a_plan_of_the_same_skill_and_key_is_left_alone(stores: Stores) {
    let (_, own) = plan(&stores, "REACT JS", "BASIC", (2, 1)).await;
    let seeded = plans(&stores).plans().await.unwrap();
    assert_eq!((seeded.courses, seeded.plans), (tally(9, 1), tally(29, 1)));
    let shown = stores.offers.plan(own).await.unwrap().unwrap();
    assert_eq!((shown.plan.skill.as_str(), shown.plan.weeks, shown.topics.len()), ("REACT JS", 2, 1));
    let filter = PlanFilter { skill: Some(SkillSlug::of("React.js")) };
    let page = PageRequest { size: PageSize::parse(20).unwrap(), after: None };
    let keys: Vec<String> =
        stores.offers.plans(&filter, &page).await.unwrap().items.into_iter().map(|plan| plan.key).collect();
    assert_eq!(keys, ["BASIC", "standard", "pro"]);
}

async fn skill_tests_are_seeded_once(stores: Stores) {
    let seed = questions(&stores);
    let first = seed.skill_tests().await.unwrap();
    assert_eq!((first.courses, first.questions), (tally(10, 0), tally(QUESTIONS, 0)));
    let again = seed.skill_tests().await.unwrap();
    assert_eq!((again.courses, again.questions), (tally(0, 10), tally(0, QUESTIONS)));
    let java = course_of(&stores, "Java Programming").await;
    assert!(texts(&stores, java).await.unwrap().len() >= 20);
}

async fn a_course_of_the_same_skill_gets_the_questions(stores: Stores) {
    let own = course_of(&stores, "React JS").await;
    assert_eq!(questions(&stores).skill_tests().await.unwrap().courses, tally(9, 1));
    assert!(texts(&stores, own).await.unwrap().len() >= 20);
    assert_eq!(course_of(&stores, "React.js").await, own);
}

async fn a_question_that_is_there_is_counted_and_not_added(stores: Stores) {
    let (java, react) = (course_of(&stores, "Java Programming").await, course_of(&stores, "React.js").await);
    let known = "What are the props of a component?";
    add(&stores, react, &question(known)).await;
    // The same text in another course is another question, and one of somebody's own is nobody's business.
    add(&stores, java, &question(known)).await;
    add(&stores, react, &question("What do we call it here?")).await;
    let seeded = questions(&stores).skill_tests().await.unwrap();
    assert_eq!((seeded.courses, seeded.questions), (tally(8, 2), tally(QUESTIONS - 1, 1)));
    let texts = texts(&stores, react).await.unwrap();
    assert!(texts.contains(known) && texts.contains("What do we call it here?"));
}

async fn two_seedings_at_once_add_everything_once(stores: Stores) {
    let (first, second) = (plans(&stores), plans(&stores));
    let (first, second) = tokio::join!(first.plans(), second.plans());
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.courses.added + second.courses.added, 10);
    assert_eq!(first.plans.added + second.plans.added, 30);
    // The courses are there, so it is not their constraint that keeps the questions single.
    let (first, second) = (questions(&stores), questions(&stores));
    let (first, second) = tokio::join!(first.skill_tests(), second.skill_tests());
    assert_eq!(first.unwrap().questions.added + second.unwrap().questions.added, QUESTIONS);
}

async fn an_unknown_course_has_no_questions(stores: Stores) {
    let unknown = texts(&stores, CourseId::new(999)).await;
    assert_eq!(unknown, Err(StoreError::NotFound { table: "courses" }));
}

#[tokio::test]
async fn on_a_live_database_only_what_is_missing_is_added_and_nothing_is_changed() {
    let stores = Stores::postgres().await;
    let url = stores.url.clone().unwrap();
    plans(&stores).plans().await.unwrap();
    questions(&stores).skill_tests().await.unwrap();
    execute(
        &url,
        "DELETE FROM skill_test_questions WHERE id IN (3, 50, 120);
         UPDATE skill_test_questions SET explanation = 'Edited', correct_answer = 0, options = '[\"a\", \"b\"]' WHERE id = 7;
         UPDATE courses SET description = 'Edited', is_active = false WHERE title = 'JavaScript';
         UPDATE plans SET price = 1, plan_title = 'Edited', is_active = false WHERE id = 5;
         DELETE FROM plan_topics WHERE plan_id = 5;
         UPDATE plans SET plan_key = 'gold' WHERE id = 9;",
    )
    .await;
    let rows = || async {
        let questions =
            "SELECT to_jsonb(q)::text AS line FROM skill_test_questions q WHERE id <= 212 ORDER BY id";
        let courses = "SELECT to_jsonb(c)::text AS line FROM courses c ORDER BY id";
        let plans = "SELECT to_jsonb(p)::text || coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.id)::text, '') AS line
             FROM plans p LEFT JOIN plan_topics t ON t.plan_id = p.id WHERE p.id <= 30 GROUP BY p.id ORDER BY p.id";
        (lines(&url, questions).await, lines(&url, courses).await, lines(&url, plans).await)
    };
    let before = rows().await;
    let again = questions(&stores).skill_tests().await.unwrap();
    assert_eq!((again.courses, again.questions), (tally(0, 10), tally(3, QUESTIONS - 3)));
    let again = plans(&stores).plans().await.unwrap();
    assert_eq!((again.courses, again.plans), (tally(0, 10), tally(1, 29)));
    assert_eq!(rows().await, before);
}

#[tokio::test]
async fn questions_are_stored_as_other_programs_read_them() {
    let stores = Stores::postgres().await;
    let url = stores.url.clone().unwrap();
    let course = course_of(&stores, "Java").await;
    add(&stores, course, &question("What is asked?")).await;
    let row = lines(&url, "SELECT (to_jsonb(q) - 'id')::text AS line FROM skill_test_questions q").await;
    let row: serde_json::Value = serde_json::from_str(&row[0]).unwrap();
    let expected = serde_json::json!({
        "course_id": course.get(),
        "question_text": "What is asked?",
        "options": ["one", "two", "three", "four"],
        "correct_answer": 3,
        "question_type": "scenario",
        "difficulty": "ADVANCED",
        "explanation": "Somebody else wrote it.",
        "points": 1,
        "created_at": "2026-11-23T08:00:00",
        "updated_at": "2026-11-23T08:00:00",
    });
    assert_eq!(row, expected);
}

#[tokio::test]
async fn a_seeding_that_is_refused_leaves_nothing() {
    let stores = Stores::postgres().await;
    let url = stores.url.clone().unwrap();
    // The courses come in their order, so nearly all have been added when the last one is refused.
    execute(&url, "ALTER TABLE courses ADD CONSTRAINT no_backend CHECK (title NOT LIKE 'Backend%')").await;
    let refused = StoreError::Refused { constraint: "no_backend".into() };
    assert_eq!(questions(&stores).skill_tests().await, Err(refused.clone()));
    assert_eq!(plans(&stores).plans().await, Err(refused));
    let left = "SELECT 'a row' AS line FROM courses UNION ALL SELECT 'a row' FROM skill_test_questions
        UNION ALL SELECT 'a row' FROM plans";
    assert_eq!(lines(&url, left).await, Vec::<String>::new());
}
