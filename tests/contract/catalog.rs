//! Plans and mentors, for anybody.

use application_catalog::{MentorFilter, PlanFilter};
use application_kernel::{PageRequest, PageSize};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use domain_catalog::{SkillSlug, Verification};
use domain_kernel::{PlanId, Role, UserId};

use crate::support::people::{course, mentor, person, plan};
use crate::support::stores::Stores;

crate::both_stores! {
    plans_of_a_skill_are_listed_by_slug_and_never_by_pattern,
    plans_are_listed_in_pages,
    a_plan_is_shown_with_its_topics,
    only_verified_mentors_are_listed,
    a_mentor_shows_a_short_name_courses_and_times,
    seeding_again_adds_nothing,
}

fn page<K>(size: i64, after: Option<K>) -> PageRequest<K> {
    PageRequest { size: PageSize::parse(size).unwrap(), after }
}

async fn plans_of_a_skill_are_listed_by_slug_and_never_by_pattern(stores: Stores) {
    course(&stores, "Java").await;
    course(&stores, "JavaScript").await;
    for (asked, found) in
        [("Java", vec!["Java"]), ("java", vec!["Java"]), ("Jav", vec![]), ("javascript", vec!["JavaScript"])]
    {
        let filter = PlanFilter { skill: Some(SkillSlug::of(asked)) };
        let plans = stores.offers.plans(&filter, &page(20, None)).await.unwrap();
        let skills: Vec<&str> = plans.items.iter().map(|plan| plan.skill.as_str()).collect();
        assert_eq!(skills, found, "{asked}");
    }
}

async fn plans_are_listed_in_pages(stores: Stores) {
    for key in ["basic", "standard", "pro"] {
        plan(&stores, "Java", key, (2, 1)).await;
    }
    let first = stores.offers.plans(&PlanFilter::default(), &page(2, None)).await.unwrap();
    assert_eq!(first.items.len(), 2);
    let second = stores.offers.plans(&PlanFilter::default(), &page(2, first.next)).await.unwrap();
    let keys: Vec<&str> = first.items.iter().chain(&second.items).map(|plan| plan.key.as_str()).collect();
    assert_eq!((keys, second.next), (vec!["basic", "standard", "pro"], None));
}

async fn a_plan_is_shown_with_its_topics(stores: Stores) {
    let (_, id) = plan(&stores, "Java", "basic", (2, 1)).await;
    let shown = stores.offers.plan(id).await.unwrap().unwrap();
    assert_eq!(
        (shown.plan.price.minor, shown.plan.price.currency.as_str(), shown.plan.meetings),
        (249_900, "INR", 2)
    );
    let topics: Vec<(i32, i32, &str)> =
        shown.topics.iter().map(|t| (t.week, t.number, t.title.as_str())).collect();
    assert_eq!(topics, [(1, 1, "The first meeting")]);
    assert_eq!(stores.offers.plan(PlanId::new(999)).await.unwrap(), None);
}

async fn only_verified_mentors_are_listed(stores: Stores) {
    let (java, _) = course(&stores, "Java").await;
    let (script, _) = course(&stores, "JavaScript").await;
    mentor(&stores, "ravi", java, Verification::Full).await;
    mentor(&stores, "meera", script, Verification::BasicOnly).await;
    person(&stores, "unverified", Role::Mentor).await;
    let everybody = stores.offers.mentors(&MentorFilter::default(), &page(20, None)).await.unwrap();
    let ids: Vec<&str> = everybody.items.iter().map(|mentor| mentor.id.as_str()).collect();
    assert_eq!(ids, ["meera", "ravi"], "nobody has rated them: the newest first");
    let java = MentorFilter { skill: Some(SkillSlug::of("Java")) };
    let of_java = stores.offers.mentors(&java, &page(20, None)).await.unwrap();
    assert_eq!(of_java.items.iter().map(|mentor| mentor.id.as_str()).collect::<Vec<_>>(), ["ravi"]);
    let unverified = UserId::parse("unverified").unwrap();
    assert_eq!(stores.offers.mentor(&unverified).await.unwrap(), None);
}

async fn a_mentor_shows_a_short_name_courses_and_times(stores: Stores) {
    let (java, _) = course(&stores, "Java").await;
    let ravi = mentor(&stores, "ravi", java, Verification::BasicOnly).await;
    let shown = stores.offers.mentor(&ravi).await.unwrap().unwrap();
    assert_eq!(
        (shown.name.as_str(), shown.zone.as_str(), shown.rating.as_deref()),
        ("ravi P.", "Asia/Kolkata", None)
    );
    let courses: Vec<(&str, &str)> =
        shown.courses.iter().map(|course| (course.title.as_str(), course.verification.as_str())).collect();
    assert_eq!(courses, [("Java", "BASIC_ONLY")]);
    let offered: Vec<String> =
        shown.offered.iter().map(|o| format!("{} {}-{}", o.weekday, o.from, o.to)).collect();
    assert_eq!((offered.len(), offered[0].as_str()), (5, "monday 09:00-18:00"));
}

async fn seeding_again_adds_nothing(stores: Stores) {
    let first = plan(&stores, "Java", "basic", (2, 1)).await;
    assert_eq!(plan(&stores, "Java", "basic", (2, 1)).await, first);
    let plans = stores.offers.plans(&PlanFilter::default(), &page(20, None)).await.unwrap();
    assert_eq!(plans.items.len(), 1);
    assert_eq!(stores.offers.plan(first.1).await.unwrap().unwrap().topics.len(), 1);
}

/// Nothing of ours rates mentors yet; the former system did.
#[tokio::test]
async fn mentors_are_listed_by_rating_page_by_page() {
    let stores = Stores::postgres().await;
    let (java, _) = course(&stores, "Java").await;
    let (script, _) = course(&stores, "JavaScript").await;
    let mut conn = AsyncPgConnection::establish(stores.url.as_deref().unwrap()).await.unwrap();
    for (name, course, rating) in [
        ("a", java, "4.50"),
        ("b", script, "4.9"),
        ("c", java, "NULL"),
        ("d", java, "4.50"),
        ("e", java, "5"),
    ] {
        mentor(&stores, name, course, Verification::Full).await;
        let rate = format!("UPDATE mentor_profiles SET rating = {rating} WHERE user_id = '{name}'");
        conn.batch_execute(&rate).await.unwrap();
    }
    for (skill, expected) in
        [(None, ["e", "b", "d", "a", "c"].as_slice()), (Some("java"), &["e", "d", "a", "c"])]
    {
        let filter = MentorFilter { skill: skill.map(SkillSlug::of) };
        let (mut listed, mut after) = (Vec::new(), None);
        loop {
            let found = stores.offers.mentors(&filter, &page(1, after)).await.unwrap();
            listed.extend(found.items.into_iter().map(|mentor| mentor.id));
            after = found.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(listed, expected);
    }
}
