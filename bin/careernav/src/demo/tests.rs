use std::ffi::OsString;

use adapter_memory::MemoryStore;
use application_booking::ports::BookingTx;
use application_kernel::{AdjustableClock, NewJob, Store, StoreError, UnitOfWork, attempt, transact};
use domain_billing::PaymentStatus;
use domain_kernel::hours;
use domain_mentoring::SessionStatus;
use serde_json::Value;

use super::past::Past;
use super::*;
use crate::compose;
use crate::layers::{CommandLine, Layers};

struct AlwaysReady;

#[async_trait::async_trait]
impl adapter_http::Readiness for AlwaysReady {
    async fn missing(&self) -> Option<String> {
        None
    }
}

/// A backend in demo mode over that store, where passwords cost next to nothing.
fn parts(store: &MemoryStore) -> Parts {
    let flags = [
        ("mode", "demo"),
        ("auth.argon2_memory_kib", "8"),
        ("auth.argon2_passes", "1"),
        ("gateway.books", ""),
    ];
    let flags = flags.map(|(key, value)| (key, value.to_owned())).to_vec();
    let line = CommandLine { file: None, implied: vec![], flags };
    let settings =
        Layers::read(&line, std::iter::empty::<(OsString, OsString)>()).unwrap().settings().unwrap();
    let secret = "a secret that only this test knows".to_owned().into();
    compose::parts(std::sync::Arc::new(store.clone()), &settings, &secret, Arc::new(AlwaysReady)).unwrap()
}

#[tokio::test]
async fn whenever_it_is_told_every_status_and_a_no_show_are_there_and_nothing_is_left_out() {
    for day in 0..7 {
        let store = MemoryStore::new();
        let parts = parts(&store);
        parts.demo_clock.as_ref().unwrap().advance(hours(day * 27));
        let said = seed(&parts).await.unwrap();
        assert!(!said.contains("left out"), "day {day}: {said}");
        let (sessions, payments) = said.split_once("; payments: ").unwrap();
        for status in SessionStatus::ALL {
            assert!(sessions.contains(&format!(" {status}")), "day {day}: no session is {status}: {said}");
        }
        for status in PaymentStatus::ALL {
            assert!(payments.contains(&format!(" {status}")), "day {day}: no payment is {status}: {said}");
        }
        let page = PageRequest { size: PageSize::MOST, after: None };
        assert_eq!(parts.api.sessions.no_shows(&page).await.unwrap().items.len(), 1, "day {day}");
        let now = parts.api.clock.now();
        let (events, jobs) = store.left().await;
        assert_eq!(events, []);
        assert!(!jobs.is_empty() && jobs.iter().all(|job| job.run_at > now), "day {day}: a past job is left");
    }
}

#[tokio::test]
async fn told_again_it_adds_nothing() {
    let store = MemoryStore::new();
    let parts = parts(&store);
    let first = seed(&parts).await.unwrap();
    let before = store.left().await;
    let again = seed(&parts).await.unwrap();
    assert!(first.contains("sessions: 15 added, 0 already there"), "{first}");
    assert!(again.contains("people: 0 added, 7 already there"), "{again}");
    assert!(again.contains("sessions: 0 added, 15 already there"), "{again}");
    assert!(again.contains("payments: 0 added, 10 already there"), "{again}");
    // What stands between brackets: how many there are in each status.
    let statuses =
        |said: &str| said.split(['(', ')']).skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(statuses(&first), statuses(&again));
    assert_eq!(statuses(&first).len(), 2, "{first}");
    assert_eq!(store.left().await, before);
}

#[tokio::test]
async fn what_others_have_to_do_is_not_done_for_them() {
    let store = MemoryStore::new();
    let parts = parts(&store);
    let now = parts.api.clock.now();
    let job = |kind, subject: &str, run_at| NewJob {
        kind,
        subject: subject.to_owned(),
        version: 1,
        run_at,
        payload: Value::Null,
    };
    // One that has been due for long, and one that a story passes on its way.
    let theirs = [
        job("session_request_expiry", "somebody else's", now.minus(days(40))),
        job("payout_batch", "all", now.minus(days(1))),
    ];
    let booking: &dyn Store<BookingTx> = &store;
    transact(booking, || async |tx| tx.jobs().schedule_all(theirs.to_vec()).await).await.unwrap();
    seed(&parts).await.unwrap();
    let (_, left) = store.left().await;
    assert!(theirs.iter().all(|job| left.contains(job)), "{left:?}");
    // Nobody is mailed about what is long past, either.
    assert!(
        left.iter().all(|job| job.kind != application_kernel::SEND_MAIL && !job.kind.starts_with("notice"))
    );
}

#[tokio::test]
async fn what_a_mentor_has_no_time_for_is_left_out_until_there_is() {
    let store = MemoryStore::new();
    let parts = parts(&store);
    // The plans are sold and nobody teaches yet: `seed` itself lets mentors teach, so the story is told too early here.
    let now = parts.api.clock.now();
    let stage = parts.stage.as_ref().unwrap();
    let sold = Seed::new(stage.catalog.clone(), Arc::new(PastClock::at(now)), stage.currency);
    sold.plans().await.unwrap();
    let mut cast = BTreeMap::new();
    for person in PEOPLE {
        cast.insert(nick(person.0), people::come(&parts, person, now).await.unwrap().0);
    }
    let before = store.left().await;
    for story in &STORIES {
        let refused = tell(&parts, story, &cast, now).await;
        assert!(matches!(refused, Err(Untold::Refused(_))), "{refused:?}");
    }
    assert_eq!(store.left().await, before, "a story that is refused leaves nothing");
    let said = seed(&parts).await.unwrap();
    assert!(said.contains("sessions: 15 added"), "{said}");
}

#[tokio::test]
async fn a_past_lasts_as_a_whole_or_not_at_all() {
    let job = |subject: &str| NewJob {
        kind: "try",
        subject: subject.to_owned(),
        version: 1,
        run_at: Timestamp::EPOCH,
        payload: Value::Null,
    };
    let store = MemoryStore::new();
    for is_kept in [false, true] {
        let past = Past::within(&store).await.unwrap();
        let units: &dyn Store<BookingTx> = &past;
        let kept: Result<(), StoreError> = transact(units, || {
            async |tx| {
                tx.jobs().schedule(job("kept")).await?;
                let undone: Result<(), StoreError> = attempt(tx, async |tx: &mut BookingTx| {
                    tx.jobs().schedule(job("undone")).await?;
                    Err(StoreError::Conflict)
                })
                .await?;
                assert_eq!(undone, Err(StoreError::Conflict));
                Ok(())
            }
        })
        .await;
        kept.unwrap();
        let mut given_up = units.begin().await.unwrap();
        given_up.jobs().schedule(job("given up")).await.unwrap();
        given_up.end().rollback().await;
        if is_kept {
            past.keep().await.unwrap();
            assert!(matches!(units.begin().await.err(), Some(StoreError::Unavailable { .. })));
        }
        drop(past);
        let left: Vec<String> = store.left().await.1.into_iter().map(|job| job.subject).collect();
        assert_eq!(left, if is_kept { vec!["kept".to_owned()] } else { vec![] });
    }
}
