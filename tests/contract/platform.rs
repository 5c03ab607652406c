//! Units of work, outbox, jobs, idempotency.

use application_kernel::{
    AuditEntry, Caller, CurrentUser, Keep, NewJob, Opening, Recorded, StoreError, StoredReply, Ticket,
    attempt, transact,
};
use domain_kernel::{Role, TimeDelta, Timestamp, UserId, days, minutes};
use serde_json::json;

use crate::support::people::{now, person};
use crate::support::stores::Stores;

crate::both_stores! {
    a_job_is_added_once_for_ever,
    a_rolled_back_unit_leaves_nothing,
    a_failed_attempt_undoes_only_itself,
    a_job_is_taken_by_one_worker_until_its_lease_ends,
    a_job_is_not_taken_before_its_time_nor_by_who_cannot_do_it,
    a_lost_lease_cannot_be_extended_nor_finished,
    a_failed_job_comes_back_and_a_dead_one_does_not,
    an_event_becomes_one_job_per_subscription_once,
    an_answer_is_replayed_for_the_same_request_only,
    an_expired_answer_is_forgotten,
    a_token_version_is_checked_inside_the_unit,
}

fn job(kind: &'static str, subject: &str, version: i64, run_at: Timestamp) -> NewJob {
    NewJob { kind, subject: subject.into(), version, run_at, payload: json!({"n": 1}) }
}

async fn schedule(stores: &Stores, job: NewJob) {
    transact(&*stores.booking, || async |tx| tx.jobs().schedule(job.clone()).await).await.unwrap();
}

async fn claim(stores: &Stores, worker: &str, at: Timestamp) -> Vec<application_kernel::LeasedJob> {
    stores.jobs.claim(worker, &["mail", "timer"], 10, at, at.plus(minutes(1))).await.unwrap()
}

async fn a_job_is_added_once_for_ever(stores: Stores) {
    schedule(&stores, job("mail", "s", 1, now())).await;
    schedule(&stores, job("mail", "s", 1, now())).await;
    let taken = claim(&stores, "w", now()).await;
    assert_eq!(taken.len(), 1);
    assert_eq!((taken[0].subject.as_str(), taken[0].version, &taken[0].payload), ("s", 1, &json!({"n": 1})));
    stores.jobs.finish("w", taken[0].id, now()).await.unwrap();
    schedule(&stores, job("mail", "s", 1, now())).await;
    assert_eq!(claim(&stores, "w", now()).await, []);
    schedule(&stores, job("mail", "s", 2, now())).await;
    assert_eq!(claim(&stores, "w", now()).await.len(), 1);
}

async fn a_rolled_back_unit_leaves_nothing(stores: Stores) {
    let outcome: Result<(), StoreError> = transact(&*stores.booking, || {
        async |tx| {
            tx.jobs().schedule(job("mail", "s", 1, now())).await?;
            Err(StoreError::Refused { constraint: "the test".into() })
        }
    })
    .await;
    assert_eq!(outcome, Err(StoreError::Refused { constraint: "the test".into() }));
    assert_eq!(claim(&stores, "w", now()).await, []);
}

async fn a_failed_attempt_undoes_only_itself(stores: Stores) {
    transact(&*stores.booking, || {
        async |tx| {
            tx.jobs().schedule(job("mail", "before", 1, now())).await?;
            let failed = attempt(tx, async |tx| {
                tx.jobs().schedule(job("mail", "inside", 1, now())).await?;
                Err::<(), _>(StoreError::Conflict)
            })
            .await?;
            assert_eq!(failed, Err(StoreError::Conflict));
            let kept =
                attempt(tx, async |tx| tx.jobs().schedule(job("mail", "kept", 1, now())).await).await?;
            kept?;
            tx.jobs().schedule(job("mail", "after", 1, now())).await
        }
    })
    .await
    .unwrap();
    let subjects: Vec<String> = claim(&stores, "w", now()).await.into_iter().map(|job| job.subject).collect();
    assert_eq!(subjects, ["before", "kept", "after"]);
}

async fn a_job_is_taken_by_one_worker_until_its_lease_ends(stores: Stores) {
    schedule(&stores, job("timer", "s", 1, now())).await;
    let first = claim(&stores, "a", now()).await;
    assert_eq!((first.len(), first[0].attempts), (1, 0), "what is only taken was not tried");
    assert!(stores.jobs.begin("a", first[0].id, now().plus(minutes(1))).await.unwrap());
    assert_eq!(claim(&stores, "b", now().plus(TimeDelta::seconds(59))).await, []);
    let again = claim(&stores, "b", now().plus(minutes(1))).await;
    assert_eq!(again[0].attempts, 1);
    assert!(!stores.jobs.begin("a", first[0].id, now().plus(minutes(9))).await.unwrap());
}

async fn a_job_is_not_taken_before_its_time_nor_by_who_cannot_do_it(stores: Stores) {
    schedule(&stores, job("timer", "s", 1, now().plus(minutes(5)))).await;
    assert_eq!(claim(&stores, "w", now().plus(minutes(4))).await, []);
    let cannot = stores.jobs.claim("w", &["mail"], 10, now().plus(minutes(5)), now().plus(minutes(6))).await;
    assert_eq!(cannot.unwrap(), []);
    assert_eq!(stores.jobs.depth(now().plus(minutes(5))).await.unwrap().due, 1);
    assert_eq!(claim(&stores, "w", now().plus(minutes(5))).await.len(), 1);
}

async fn a_lost_lease_cannot_be_extended_nor_finished(stores: Stores) {
    schedule(&stores, job("timer", "s", 1, now())).await;
    let id = claim(&stores, "a", now()).await[0].id;
    assert!(stores.jobs.extend("a", id, now().plus(minutes(2))).await.unwrap());
    let later = now().plus(minutes(2));
    assert_eq!(claim(&stores, "b", later).await.len(), 1);
    assert!(!stores.jobs.extend("a", id, later.plus(minutes(9))).await.unwrap());
    stores.jobs.finish("a", id, later).await.unwrap();
    assert_eq!(
        claim(&stores, "c", later.plus(minutes(1))).await.len(),
        1,
        "the first worker's word no longer counts"
    );
}

async fn a_failed_job_comes_back_and_a_dead_one_does_not(stores: Stores) {
    schedule(&stores, job("timer", "s", 1, now())).await;
    let id = claim(&stores, "w", now()).await[0].id;
    stores.jobs.fail("w", id, "no luck", now(), Some(now().plus(minutes(3)))).await.unwrap();
    assert_eq!(claim(&stores, "w", now().plus(minutes(2))).await, []);
    let id = claim(&stores, "w", now().plus(minutes(3))).await[0].id;
    stores.jobs.fail("w", id, "no luck", now(), None).await.unwrap();
    assert_eq!(claim(&stores, "w", now().plus(days(99))).await, []);
    assert_eq!(stores.jobs.depth(now().plus(days(99))).await.unwrap().dead, 1);
}

async fn an_event_becomes_one_job_per_subscription_once(stores: Stores) {
    let events = [
        Recorded { kind: "happened", subject: "s".into(), facts: vec![("who", "me".into())] },
        Recorded { kind: "unheard", subject: "s".into(), facts: vec![] },
        Recorded { kind: "of_a_newer_version", subject: "other".into(), facts: vec![] },
    ];
    transact(&*stores.booking, || async |tx| tx.outbox().append(&events).await).await.unwrap();
    let subscriptions = [("happened", "mail"), ("happened", "timer")];
    assert_eq!(stores.jobs.dispatch(&subscriptions, &["unheard"], now()).await.unwrap(), 2);
    assert_eq!(stores.jobs.dispatch(&subscriptions, &["unheard"], now()).await.unwrap(), 0);
    let newer = [("of_a_newer_version", "mail")];
    assert_eq!(stores.jobs.dispatch(&newer, &[], now()).await.unwrap(), 1, "an older worker left it");
    let mut taken: Vec<_> =
        claim(&stores, "w", now()).await.into_iter().map(|j| (j.kind, j.subject, j.payload)).collect();
    taken.retain(|(_, subject, _)| subject == "s");
    taken.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(
        taken,
        [
            ("mail".into(), "s".into(), json!({"who": "me"})),
            ("timer".into(), "s".into(), json!({"who": "me"}))
        ]
    );
}

fn ticket(key: &str, fingerprint: &str) -> Ticket {
    Ticket {
        by: CurrentUser { id: UserId::parse("asha").unwrap(), role: Role::Student, token_version: 0 },
        method: "POST".into(),
        route: "/api/v1/sessions".into(),
        key: key.into(),
        fingerprint: fingerprint.repeat(64),
        keep: Keep::Day,
    }
}

async fn open(stores: &Stores, ticket: &Ticket, at: Timestamp) -> Opening {
    transact(&*stores.booking, || async |tx| tx.idempotency().open(&ticket.stub(), at).await).await.unwrap()
}

async fn close(stores: &Stores, ticket: &Ticket, reply: &StoredReply) {
    transact(&*stores.booking, || {
        async |tx| {
            assert_eq!(tx.idempotency().open(&ticket.stub(), now()).await?, Opening::Fresh);
            tx.idempotency().close(&ticket.stub(), reply, now()).await
        }
    })
    .await
    .unwrap();
}

async fn an_answer_is_replayed_for_the_same_request_only(stores: Stores) {
    let reply = StoredReply { created: Some("sessions/1".into()), body: json!({"id": "1", "items": null}) };
    assert_eq!(open(&stores, &ticket("k", "a"), now()).await, Opening::Fresh);
    close(&stores, &ticket("k", "a"), &reply).await;
    assert_eq!(open(&stores, &ticket("k", "a"), now()).await, Opening::Replay(reply));
    assert_eq!(open(&stores, &ticket("k", "b"), now()).await, Opening::Mismatch);
    assert_eq!(open(&stores, &ticket("other", "a"), now()).await, Opening::Fresh);
    let elsewhere = Ticket { route: "/api/v1/other".into(), ..ticket("k", "a") };
    assert_eq!(open(&stores, &elsewhere, now()).await, Opening::Fresh);
}

async fn an_expired_answer_is_forgotten(stores: Stores) {
    let reply = StoredReply { created: None, body: json!(1) };
    close(&stores, &ticket("k", "a"), &reply).await;
    assert_eq!(open(&stores, &ticket("k", "b"), now().plus(days(1))).await, Opening::Fresh);
    let month = Ticket { keep: Keep::Month, ..ticket("m", "a") };
    close(&stores, &month, &reply).await;
    assert_eq!(open(&stores, &month, now().plus(days(29))).await, Opening::Replay(reply));
}

async fn a_token_version_is_checked_inside_the_unit(stores: Stores) {
    let id = person(&stores, "asha", Role::Student).await;
    let caller = |token_version| CurrentUser { id: id.clone(), role: Role::Student, token_version };
    for (version, current) in [(0, true), (1, false)] {
        let caller = caller(version);
        let answer = transact(&*stores.booking, || {
            async |tx| tx.is_current(&caller.actor(), caller.token_version).await
        })
        .await;
        assert_eq!(answer, Ok(current));
    }
    let entry = AuditEntry {
        at: now(),
        actor: Some(id.into()),
        action: "a",
        subject: "s".into(),
        details: vec![("k", "v".into())],
    };
    transact(&*stores.booking, || async |tx| tx.audit().append(entry.clone()).await).await.unwrap();
}
