//! What mentors offer for plans.

use domain_catalog::Verification;
use domain_kernel::{PlanId, Role, UserId};

use crate::support::people::{course, mentor, person, plan};
use crate::support::stores::Stores;

crate::both_stores! {
    an_offer_joins_by_slug_and_never_by_pattern,
    a_conditional_verification_covers_basic_plans_only,
    a_mentor_without_readable_times_offers_nothing,
    a_mentor_whose_role_was_changed_offers_nothing,
}

async fn an_offer_joins_by_slug_and_never_by_pattern(stores: Stores) {
    let (java, _) = course(&stores, "Java").await;
    let (_, script_plan) = course(&stores, "JavaScript").await;
    let ravi = mentor(&stores, "ravi", java, Verification::Full).await;
    let offer = stores.sessions.offer(&ravi, script_plan).await.unwrap().unwrap();
    assert!(!offer.mentor_may_teach, "Java is not JavaScript");
    let (react, _) = course(&stores, "React.js").await;
    let meera = mentor(&stores, "meera", react, Verification::Full).await;
    let (_, same) = plan(&stores, "REACT JS", "basic", (1, 1)).await;
    let offer = stores.sessions.offer(&meera, same).await.unwrap().unwrap();
    assert!(offer.mentor_may_teach, "React.js and REACT JS are one skill");
    let missing = stores.sessions.offer(&meera, PlanId::new(9999)).await.unwrap();
    assert_eq!(missing, None);
    let nobody = UserId::parse("nobody").unwrap();
    let offer = stores.sessions.offer(&nobody, same).await.unwrap().unwrap();
    assert_eq!((offer.mentor_may_teach, offer.availability.ranges().len()), (false, 0));
}

async fn a_conditional_verification_covers_basic_plans_only(stores: Stores) {
    let (java, standard) = course(&stores, "Java").await;
    let (_, basic) = plan(&stores, "Java", "BASIC", (1, 1)).await;
    let ravi = mentor(&stores, "ravi", java, Verification::BasicOnly).await;
    for (plan, may) in [(standard, false), (basic, true)] {
        let offer = stores.sessions.offer(&ravi, plan).await.unwrap().unwrap();
        assert_eq!((offer.course, offer.mentor_may_teach), (Some(java), may));
    }
}

async fn a_mentor_without_readable_times_offers_nothing(stores: Stores) {
    let (_, plan) = course(&stores, "Java").await;
    let ravi = person(&stores, "ravi", Role::Mentor).await;
    let offer = stores.sessions.offer(&ravi, plan).await.unwrap().unwrap();
    assert_eq!(offer.availability.ranges(), []);
    assert!(!offer.mentor_may_teach);
}

async fn a_mentor_whose_role_was_changed_offers_nothing(stores: Stores) {
    let (_, plan) = course(&stores, "Java").await;
    let student = person(&stores, "asha", Role::Student).await;
    let offer = stores.sessions.offer(&student, plan).await.unwrap().unwrap();
    assert_eq!((offer.mentor_may_teach, offer.availability.ranges().len()), (false, 0));
}
