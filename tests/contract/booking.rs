//! Sessions, slots, payments, offers.

use application_booking::ports::{ONE_LIVE_SESSION, SLOTS_OVERLAP};
use application_booking::{SessionFilter, SessionKey};
use application_kernel::{PageRequest, PageSize, StoreError, Viewer, transact};
use domain_billing::{FactKind, FactOutcome, GatewayFact, Ledger, Payment};
use domain_catalog::Verification;
use domain_kernel::{CourseId, PaymentId, PlanId, Role, SessionId, UserId, WallTime};
use domain_mentoring::{NewScheduleItem, Session, SessionStatus};

use crate::support::people::{course, inr, mentor, now, person, plan, policy, session};
use crate::support::stores::Stores;

crate::both_stores! {
    a_session_is_read_as_it_was_written,
    a_session_that_somebody_else_changed_is_not_saved,
    a_missing_session_is_named_by_its_table,
    two_live_sessions_of_one_skill_are_refused_until_one_has_ended,
    overlapping_slots_of_one_person_are_refused_and_touching_ones_are_not,
    open_requests_are_counted,
    planned_meetings_are_seen_with_their_topics,
    a_stranger_sees_no_session,
    own_sessions_are_listed_by_start_in_pages,
    own_sessions_are_filtered_by_status,
    a_payment_is_read_as_it_was_written,
    a_session_has_one_payment,
    a_fact_is_remembered_once,
    an_offer_joins_by_slug_and_never_by_pattern,
    a_conditional_verification_covers_basic_plans_only,
    a_mentor_without_readable_times_offers_nothing,
}

struct Cast {
    stores: Stores,
    student: UserId,
    mentor: UserId,
    booked: (CourseId, PlanId),
}

async fn cast(stores: Stores) -> Cast {
    let booked = course(&stores, "Java Programming").await;
    let student = person(&stores, "asha", Role::Student).await;
    let mentor = mentor(&stores, "ravi", booked.0, Verification::Full).await;
    Cast { stores, student, mentor, booked }
}

impl Cast {
    fn session(&self, key: &str, first: &str, time: &str) -> Session {
        session(key, &self.student, &self.mentor, self.booked, first, time)
    }

    async fn add(&self, session: &Session) -> Result<(), StoreError> {
        transact(&*self.stores.booking, || async |tx| tx.sessions().add(session).await).await
    }

    async fn get(&self, id: &SessionId) -> Result<Session, StoreError> {
        transact(&*self.stores.booking, || async |tx| tx.sessions().get(id).await).await
    }

    async fn save(&self, session: &Session) -> Result<Session, StoreError> {
        transact(&*self.stores.booking, || {
            async |tx| {
                let mut session = session.clone();
                tx.sessions().save(&mut session).await?;
                Ok(session)
            }
        })
        .await
    }

    async fn hold(&self, session: &Session) -> Result<(), StoreError> {
        transact(&*self.stores.booking, || async |tx| tx.sessions().hold(session, &session.slots()).await)
            .await
    }

    fn viewer(&self) -> Viewer {
        Viewer { user: self.student.clone(), now: now() }
    }
}

async fn a_session_is_read_as_it_was_written(stores: Stores) {
    let cast = cast(stores).await;
    let mut written = cast.session("s1", "2026-11-30", "10:00");
    cast.add(&written).await.unwrap();
    assert_eq!(cast.get(&written.id).await.unwrap(), written);
    written.approve(&cast.mentor, now()).unwrap();
    written.reason = Some("a reason".into());
    let saved = cast.save(&written).await.unwrap();
    assert_eq!(saved.version, 1);
    assert_eq!(cast.get(&written.id).await.unwrap(), saved);
}

async fn a_session_that_somebody_else_changed_is_not_saved(stores: Stores) {
    let cast = cast(stores).await;
    let stale = cast.session("s1", "2026-11-30", "10:00");
    cast.add(&stale).await.unwrap();
    cast.save(&stale).await.unwrap();
    assert_eq!(cast.save(&stale).await, Err(StoreError::Conflict));
}

async fn a_missing_session_is_named_by_its_table(stores: Stores) {
    let cast = cast(stores).await;
    let id = SessionId::parse("none").unwrap();
    assert_eq!(cast.get(&id).await, Err(StoreError::NotFound { table: "sessions" }));
}

async fn two_live_sessions_of_one_skill_are_refused_until_one_has_ended(stores: Stores) {
    let cast = cast(stores).await;
    let mut first = cast.session("s1", "2026-11-30", "10:00");
    cast.add(&first).await.unwrap();
    let second = cast.session("s2", "2026-11-30", "15:00");
    let refused = StoreError::Duplicate { constraint: ONE_LIVE_SESSION.into() };
    assert_eq!(cast.add(&second).await, Err(refused));
    first.reject(&cast.mentor, "no".into(), now()).unwrap();
    cast.save(&first).await.unwrap();
    assert_eq!(cast.add(&second).await, Ok(()));
}

async fn overlapping_slots_of_one_person_are_refused_and_touching_ones_are_not(stores: Stores) {
    let mut cast = cast(stores).await;
    let first = cast.session("s1", "2026-11-30", "10:00");
    cast.add(&first).await.unwrap();
    cast.hold(&first).await.unwrap();
    cast.hold(&first).await.unwrap();
    // Another student of the same mentor.
    cast.student = person(&cast.stores, "bela", Role::Student).await;
    let overlapping = cast.session("s2", "2026-11-30", "10:59");
    cast.add(&overlapping).await.unwrap();
    assert_eq!(
        cast.hold(&overlapping).await,
        Err(StoreError::Duplicate { constraint: SLOTS_OVERLAP.into() })
    );
    cast.student = person(&cast.stores, "chen", Role::Student).await;
    let touching = cast.session("s3", "2026-11-30", "11:00");
    cast.add(&touching).await.unwrap();
    assert_eq!(cast.hold(&touching).await, Ok(()));
    transact(&*cast.stores.booking, || async |tx| tx.sessions().free(&first.id).await).await.unwrap();
    transact(&*cast.stores.booking, || async |tx| tx.sessions().free(&touching.id).await).await.unwrap();
    assert_eq!(cast.hold(&overlapping).await, Ok(()));
}

async fn open_requests_are_counted(stores: Stores) {
    let cast = cast(stores).await;
    let count = async || {
        transact(&*cast.stores.booking, || async |tx| tx.sessions().open_requests(&cast.student).await).await
    };
    assert_eq!(count().await, Ok(0));
    let mut session = cast.session("s1", "2026-11-30", "10:00");
    cast.add(&session).await.unwrap();
    assert_eq!(count().await, Ok(1));
    session.approve(&cast.mentor, now()).unwrap();
    cast.save(&session).await.unwrap();
    assert_eq!(count().await, Ok(0));
}

async fn planned_meetings_are_seen_with_their_topics(stores: Stores) {
    let cast = cast(stores).await;
    let session = cast.session("s1", "2026-11-30", "10:00");
    cast.add(&session).await.unwrap();
    let agreed =
        cast.stores.sessions.session(&session.id, &cast.viewer()).await.unwrap().unwrap().items.unwrap();
    assert_eq!(agreed.len(), 4);
    assert_eq!((agreed[0].topic.as_deref(), agreed[0].status.as_deref()), (None, None));
    let items: Vec<NewScheduleItem> = session
        .slots()
        .iter()
        .map(|slot| NewScheduleItem {
            item: slot.item,
            week: slot.day.week,
            number: slot.day.number,
            topic: format!("Topic {}", slot.item),
            starts_at: slot.starts_at,
            wall_time: WallTime::parse("10:00").unwrap(),
        })
        .collect();
    transact(&*cast.stores.booking, || async |tx| tx.sessions().plan(&session, &items).await).await.unwrap();
    let planned =
        cast.stores.sessions.session(&session.id, &cast.viewer()).await.unwrap().unwrap().items.unwrap();
    let shown: Vec<String> = planned
        .iter()
        .map(|item| {
            let (topic, status) = (item.topic.as_deref().unwrap(), item.status.as_deref().unwrap());
            format!("{}.{} {topic} {status} {} {}", item.week, item.number, item.local_date, item.local_time)
        })
        .collect();
    assert_eq!(
        shown,
        [
            "1.1 Topic 1 LOCKED 2026-11-30 10:00",
            "1.2 Topic 2 LOCKED 2026-12-01 10:00",
            "2.1 Topic 3 LOCKED 2026-12-07 10:00",
            "2.2 Topic 4 LOCKED 2026-12-08 10:00",
        ]
    );
    for (planned, agreed) in planned.iter().zip(&agreed) {
        assert_eq!(planned.starts_at, agreed.starts_at);
    }
}

async fn a_stranger_sees_no_session(stores: Stores) {
    let cast = cast(stores).await;
    let session = cast.session("s1", "2026-11-30", "10:00");
    cast.add(&session).await.unwrap();
    let stranger = Viewer { user: person(&cast.stores, "bela", Role::Student).await, now: now() };
    assert_eq!(cast.stores.sessions.session(&session.id, &stranger).await, Ok(None));
    let everything = PageRequest { size: PageSize::DEFAULT, after: None };
    let listed =
        cast.stores.sessions.sessions(&stranger, &SessionFilter::default(), &everything).await.unwrap();
    assert_eq!(listed.items, []);
}

/// Sessions of the cast's student with so many mentors, each in its own skill.
async fn many(cast: &Cast, count: usize) -> Vec<Session> {
    let mut all = Vec::new();
    for index in 0..count {
        let mut session =
            cast.session(&format!("s{index}"), "2026-11-30", &format!("{:02}:00", 9 + index / 2));
        session.skill_slug = format!("skill-{index}");
        cast.add(&session).await.unwrap();
        all.push(session);
    }
    all
}

async fn own_sessions_are_listed_by_start_in_pages(stores: Stores) {
    let cast = cast(stores).await;
    let all = many(&cast, 5).await;
    let mut seen = Vec::new();
    let mut after: Option<SessionKey> = None;
    loop {
        let page = PageRequest { size: PageSize::parse(2).unwrap(), after };
        let page =
            cast.stores.sessions.sessions(&cast.viewer(), &SessionFilter::default(), &page).await.unwrap();
        assert!(page.items.iter().all(|view| view.items.is_none()));
        seen.extend(page.items.into_iter().map(|view| view.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let expected: Vec<String> = all.iter().map(|session| session.id.to_string()).collect();
    assert_eq!(seen, expected);
}

async fn own_sessions_are_filtered_by_status(stores: Stores) {
    let cast = cast(stores).await;
    let mut all = many(&cast, 3).await;
    all[1].approve(&cast.mentor, now()).unwrap();
    cast.save(&all[1]).await.unwrap();
    let filter = SessionFilter { status: Some(SessionStatus::Approved) };
    let everything = PageRequest { size: PageSize::DEFAULT, after: None };
    let viewer = Viewer { user: cast.mentor.clone(), now: now() };
    let listed = cast.stores.sessions.sessions(&viewer, &filter, &everything).await.unwrap();
    let ids: Vec<&str> = listed.items.iter().map(|view| view.id.as_str()).collect();
    assert_eq!(ids, ["s1"]);
    assert_eq!(
        (listed.items[0].side.as_str(), listed.items[0].student.name.as_str()),
        ("mentor", "asha Person")
    );
}

fn payment(key: &str, session: &Session) -> Payment {
    Payment::start(
        PaymentId::parse(key).unwrap(),
        session.id.clone(),
        inr(249_900),
        "simulated".into(),
        now(),
    )
    .0
}

async fn a_payment_is_read_as_it_was_written(stores: Stores) {
    let cast = cast(stores).await;
    let session = cast.session("s1", "2026-11-30", "10:00");
    cast.add(&session).await.unwrap();
    let mut payment = payment("p1", &session);
    transact(&*cast.stores.booking, || async |tx| tx.payments().add(&payment).await).await.unwrap();
    payment.place("order".into(), now()).unwrap();
    payment.record(&fact("e1"), true, now());
    let saved = transact(&*cast.stores.booking, || {
        async |tx| {
            let mut payment = payment.clone();
            tx.payments().save(&mut payment).await?;
            Ok::<_, StoreError>(payment)
        }
    })
    .await
    .unwrap();
    let read = transact(&*cast.stores.booking, || {
        async |tx| {
            let by_key = tx.payments().get(&saved.id).await?;
            let by_session = tx.payments().of_session(&session.id).await?;
            let by_order = tx.payments().by_order("simulated", "order").await?;
            assert_eq!(by_order, Some((saved.id.clone(), session.id.clone())));
            assert_eq!(tx.payments().by_order("other", "order").await?, None);
            assert_eq!(by_session.as_ref(), Some(&by_key));
            Ok::<_, StoreError>(by_key)
        }
    })
    .await
    .unwrap();
    assert_eq!(read, saved);
    let stale =
        transact(&*cast.stores.booking, || async |tx| tx.payments().save(&mut payment.clone()).await).await;
    assert_eq!(stale, Err(StoreError::Conflict));
    let ledger = Ledger::of_capture(
        saved.id.clone(),
        session.id.clone(),
        cast.mentor.clone(),
        saved.amount,
        policy().fee,
        now(),
    );
    transact(&*cast.stores.booking, || async |tx| tx.payments().split(&ledger).await).await.unwrap();
    let again = transact(&*cast.stores.booking, || async |tx| tx.payments().split(&ledger).await).await;
    assert!(matches!(again, Err(StoreError::Duplicate { .. })), "a payment is split once: {again:?}");
}

async fn a_session_has_one_payment(stores: Stores) {
    let cast = cast(stores).await;
    let session = cast.session("s1", "2026-11-30", "10:00");
    cast.add(&session).await.unwrap();
    let add = async |payment: Payment| {
        transact(&*cast.stores.booking, || async |tx| tx.payments().add(&payment).await).await
    };
    add(payment("p1", &session)).await.unwrap();
    let second = add(payment("p2", &session)).await;
    assert_eq!(second, Err(StoreError::Duplicate { constraint: "payments_session_id_key".into() }));
}

fn fact(event: &str) -> GatewayFact {
    GatewayFact {
        gateway: "simulated".into(),
        event: event.into(),
        order: "order".into(),
        attempt: "attempt".into(),
        kind: FactKind::Captured,
        amount_minor: 249_900,
        currency: "INR".into(),
    }
}

async fn a_fact_is_remembered_once(stores: Stores) {
    let cast = cast(stores).await;
    let session = cast.session("s1", "2026-11-30", "10:00");
    cast.add(&session).await.unwrap();
    let payment = payment("p1", &session);
    transact(&*cast.stores.booking, || {
        async |tx| {
            tx.payments().add(&payment).await?;
            assert!(!tx.payments().has_seen(&fact("e1")).await?);
            tx.payments().remember(&payment.id, &fact("e1"), FactOutcome::Applied, now()).await?;
            assert!(tx.payments().has_seen(&fact("e1")).await?);
            assert!(!tx.payments().has_seen(&fact("e2")).await?);
            Ok::<_, StoreError>(())
        }
    })
    .await
    .unwrap();
    let again = transact(&*cast.stores.booking, || {
        async |tx| tx.payments().remember(&payment.id, &fact("e1"), FactOutcome::Applied, now()).await
    })
    .await;
    assert!(matches!(again, Err(StoreError::Duplicate { .. })), "{again:?}");
}

async fn an_offer_joins_by_slug_and_never_by_pattern(stores: Stores) {
    let (java, _) = course(&stores, "Java").await;
    let (_, script_plan) = course(&stores, "JavaScript").await;
    let ravi = mentor(&stores, "ravi", java, Verification::Full).await;
    let offer = stores.sessions.offer(&ravi, script_plan).await.unwrap().unwrap();
    assert!(!offer.mentor_may_teach(), "Java is not JavaScript");
    let (react, _) = course(&stores, "React.js").await;
    let meera = mentor(&stores, "meera", react, Verification::Full).await;
    let (_, same) = plan(&stores, "REACT JS", "basic", (1, 1)).await;
    let offer = stores.sessions.offer(&meera, same).await.unwrap().unwrap();
    assert!(offer.mentor_may_teach(), "React.js and REACT JS are one skill");
    let missing = stores.sessions.offer(&meera, PlanId::new(9999)).await.unwrap();
    assert_eq!(missing, None);
    let nobody = UserId::parse("nobody").unwrap();
    assert_eq!(stores.sessions.offer(&nobody, same).await.unwrap(), None);
}

async fn a_conditional_verification_covers_basic_plans_only(stores: Stores) {
    let (java, standard) = course(&stores, "Java").await;
    let (_, basic) = plan(&stores, "Java", "BASIC", (1, 1)).await;
    let ravi = mentor(&stores, "ravi", java, Verification::BasicOnly).await;
    for (plan, may) in [(standard, false), (basic, true)] {
        let offer = stores.sessions.offer(&ravi, plan).await.unwrap().unwrap();
        assert_eq!((offer.course, offer.mentor_may_teach()), (Some(java), may));
    }
}

async fn a_mentor_without_readable_times_offers_nothing(stores: Stores) {
    let (_, plan) = course(&stores, "Java").await;
    let ravi = person(&stores, "ravi", Role::Mentor).await;
    let offer = stores.sessions.offer(&ravi, plan).await.unwrap().unwrap();
    assert_eq!(offer.availability.ranges(), []);
    assert!(!offer.mentor_may_teach());
}
