use std::sync::Arc;

use application_catalog::ports::CatalogQueries;
use application_catalog::{MentorFilter, PlanFilter, Seed, Seeded};
use application_kernel::{PageRequest, PageSize, Tally};
use domain_catalog::SkillSlug;
use domain_kernel::{Currency, PlanId, Role, UserId};

use crate::stand_ins::House;

async fn seeded() -> (House, UserId, Seed) {
    let house = House::new();
    let mentor = UserId::parse(house.person("ravi@example.org", Role::Mentor).await.id).unwrap();
    house.person("idle@example.org", Role::Mentor).await;
    let seed = Seed::new(Arc::new(house.store.clone()), house.clock.clone(), Currency::parse("INR").unwrap());
    let added = seed.demo(std::slice::from_ref(&mentor)).await.unwrap();
    assert_eq!(added, tallies(|rows| Tally { added: rows, there: 0 }));
    (house, mentor, seed)
}

/// What seeding counts in all, as added or as there.
fn tallies(tally: fn(u32) -> Tally) -> Seeded {
    Seeded { courses: tally(10), plans: tally(30), mentors: tally(1), verifications: tally(2) }
}

fn page<K>(size: i64) -> PageRequest<K> {
    PageRequest { size: PageSize::parse(size).unwrap(), after: None }
}

#[tokio::test]
async fn seeding_again_adds_nothing() {
    let (_, mentor, seed) = seeded().await;
    assert_eq!(seed.demo(&[mentor]).await.unwrap(), tallies(|rows| Tally { added: 0, there: rows }));
}

#[tokio::test]
async fn plans_are_listed_by_key_and_by_skill() {
    let (house, ..) = seeded().await;
    let store = &house.store;
    let first = CatalogQueries::plans(store, &PlanFilter::default(), &page(5)).await.unwrap();
    assert_eq!(first.items.iter().map(|plan| plan.id).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    let after = PageRequest { after: first.next, ..page(5) };
    let second = CatalogQueries::plans(store, &PlanFilter::default(), &after).await.unwrap();
    assert_eq!(second.items.iter().map(|plan| plan.id).collect::<Vec<_>>(), [6, 7, 8, 9, 10]);
    let rest = PageRequest { after: second.next, ..page(100) };
    let third = CatalogQueries::plans(store, &PlanFilter::default(), &rest).await.unwrap();
    assert_eq!((third.items.len(), third.next), (20, None));
    let react = PlanFilter { skill: Some(SkillSlug::of("react js")) };
    let found = CatalogQueries::plans(store, &react, &page(100)).await.unwrap().items;
    assert!(found.len() == 3 && found.iter().all(|plan| plan.skill == "React.js"));
    let detail = CatalogQueries::plan(store, PlanId::new(3)).await.unwrap().unwrap();
    assert_eq!((detail.plan.meetings, detail.topics.len()), (12, 12));
    assert_eq!(CatalogQueries::plan(store, PlanId::new(99)).await.unwrap(), None);
}

#[tokio::test]
async fn only_verified_mentors_are_listed_and_only_with_what_the_world_may_see() {
    let (house, mentor, _) = seeded().await;
    let store = &house.store;
    let listed = CatalogQueries::mentors(store, &MentorFilter::default(), &page(20)).await.unwrap();
    let [ravi] = listed.items.as_slice() else { panic!("one mentor is verified: {listed:?}") };
    assert_eq!((ravi.name.as_str(), ravi.rating.as_deref()), ("Asha V.", None));
    let courses: Vec<_> = ravi.courses.iter().map(|course| course.verification.as_str()).collect();
    assert_eq!(courses, ["FULL", "BASIC_ONLY"]);
    assert_eq!(CatalogQueries::mentor(store, &mentor).await.unwrap().as_ref(), Some(ravi));
    let told = serde_json::to_string(ravi).unwrap();
    assert!(!told.contains("Devi") && !told.contains("ravi@example.org"), "{told}");
    for (skill, found) in [("Python programming", 1), ("React.js", 0)] {
        let filter = MentorFilter { skill: Some(SkillSlug::of(skill)) };
        let listed = CatalogQueries::mentors(store, &filter, &page(20)).await.unwrap();
        assert_eq!(listed.items.len(), found, "{skill}");
    }
}
