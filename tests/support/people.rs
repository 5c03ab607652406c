//! People, plans and sessions for tests, made through the ports as the services make them.

use std::collections::BTreeMap;

use application_catalog::ports::{MentorDetails, NewPlan};
use application_identity::ports::NewAccount;
use application_kernel::{StoreError, transact};
use domain_catalog::{PlanShape, Verification};
use domain_identity::{Email, PersonName};
use domain_kernel::{
    BasisPoints, CourseId, Currency, Date, Money, PlanId, Role, SessionId, Timestamp, UserId, WallTime, Zone,
    days,
};
use domain_mentoring::{Availability, Circumstances, Policy, Session, SessionRequest, Terms};

use super::stores::Stores;

/// Monday 23 November 2026, 08:00 UTC.
pub fn now() -> Timestamp {
    Timestamp::from_utc("2026-11-23T08:00:00".parse().unwrap())
}

pub fn inr(minor: i64) -> Money {
    Money::parse(minor, Currency::parse("INR").unwrap()).unwrap()
}

pub fn policy() -> Policy {
    Policy::with_fee(BasisPoints::parse(1500).unwrap())
}

/// An account with that key; its address is `key@example.org`, its name `Key Person`.
pub async fn person(stores: &Stores, key: &str, role: Role) -> UserId {
    let account = NewAccount {
        id: UserId::parse(key).unwrap(),
        email: Email::parse(&format!("{key}@example.org")).unwrap(),
        name: PersonName::parse(&format!("{key} Person")).unwrap(),
        role,
        password_hash: "$argon2id$none".into(),
        created_at: now().to_millis(),
    };
    transact(&*stores.identity, || async |tx| tx.accounts().add(&account).await).await.unwrap();
    account.id
}

/// A course, and for it a plan `standard` of 4 weeks with two meetings each.
pub async fn course(stores: &Stores, title: &str) -> (CourseId, PlanId) {
    plan(stores, title, "standard", (4, 2)).await
}

/// A course, and for it a plan of that key and shape.
pub async fn plan(stores: &Stores, title: &str, key: &str, shape: (i32, i32)) -> (CourseId, PlanId) {
    let plan = NewPlan {
        skill_name: title.into(),
        key: key.into(),
        title: key.to_uppercase(),
        description: format!("{title}, {key}"),
        price: inr(249_900),
        shape: PlanShape::parse(shape.0, shape.1).unwrap(),
        topics: vec![(1, 1, "The first meeting".into())],
    };
    transact(&*stores.catalog, || {
        async |tx| {
            let course = tx.seeding().course(title, "A course", now()).await?;
            let plan = tx.seeding().plan(&plan, now()).await?;
            Ok::<_, StoreError>((course.id, plan.id))
        }
    })
    .await
    .unwrap()
}

/// A mentor who offers every weekday from 09:00 to 18:00 in Kolkata and is verified for the course.
pub async fn mentor(stores: &Stores, key: &str, course: CourseId, verification: Verification) -> UserId {
    let id = person(stores, key, Role::Mentor).await;
    offer_teaching(stores, &id, course, verification).await;
    id
}

/// Lets a mentor offer those hours and verifies them for the course.
pub async fn offer_teaching(stores: &Stores, id: &UserId, course: CourseId, verification: Verification) {
    let weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday"];
    let details = MentorDetails {
        mentor: id.clone(),
        bio: "Teaches".into(),
        expertise: vec!["Teaching".into()],
        available: weekdays.map(|day| (day.to_owned(), vec!["09:00-18:00".to_owned()])).to_vec(),
        zone: Zone::KOLKATA,
    };
    transact(&*stores.catalog, || {
        async |tx| {
            tx.seeding().describe(&details, now()).await?;
            tx.seeding().verify(id, course, verification, now()).await
        }
    })
    .await
    .unwrap();
}

/// A requested session of those two, that begins on that day at that time.
pub fn session(
    key: &str,
    student: &UserId,
    mentor: &UserId,
    booked: (CourseId, PlanId),
    first: &str,
    time: &str,
) -> Session {
    let offered = BTreeMap::from([
        ("monday", vec!["00:00-24:00"]),
        ("tuesday", vec!["00:00-24:00"]),
        ("thursday", vec!["00:00-24:00"]),
    ]);
    let (availability, _) = Availability::read(offered);
    let time = WallTime::parse(time).unwrap();
    let asked = SessionRequest {
        id: SessionId::parse(key).unwrap(),
        student: student.clone(),
        mentor: mentor.clone(),
        course: booked.0,
        plan: booked.1,
        plan_key: "standard".into(),
        skill_name: "Java Programming".into(),
        skill_slug: "java-programming".into(),
        message: Some("Hello".into()),
        terms: Terms {
            price: inr(249_900),
            policy: policy(),
            zone: Zone::KOLKATA,
            first_date: first.parse::<Date>().unwrap(),
            time,
            offered: availability.weekdays_at(time, 60),
            weeks: 2,
            per_week: 2,
        },
    };
    let given = Circumstances {
        plan_is_active: true,
        mentor_may_teach: true,
        has_live_session: false,
        open_requests: 0,
    };
    Session::request(asked, given, now().minus(days(1))).unwrap().0
}
