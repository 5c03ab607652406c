//! Sessions, slots, planned meetings, lists.

use application_booking::ports::{ONE_LIVE_SESSION, SLOTS_OVERLAP};
use application_booking::{SessionFilter, SessionKey};
use application_kernel::{PageRequest, PageSize, StoreError, Viewer, transact};
use domain_catalog::Verification;
use domain_kernel::{CourseId, PlanId, Role, SessionId, UserId, WallTime};
use domain_mentoring::{NewScheduleItem, Session, SessionStatus};

use crate::support::people::{course, mentor, now, person, session};
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
}

pub struct Cast {
    pub stores: Stores,
    pub student: UserId,
    pub mentor: UserId,
    pub booked: (CourseId, PlanId),
}

pub async fn cast(stores: Stores) -> Cast {
    let booked = course(&stores, "Java Programming").await;
    let student = person(&stores, "asha", Role::Student).await;
    let mentor = mentor(&stores, "ravi", booked.0, Verification::Full).await;
    Cast { stores, student, mentor, booked }
}

impl Cast {
    pub fn session(&self, key: &str, first: &str, time: &str) -> Session {
        session(key, &self.student, &self.mentor, self.booked, first, time)
    }

    pub async fn add(&self, session: &Session) -> Result<(), StoreError> {
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
            ends_at: slot.ends_at,
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
