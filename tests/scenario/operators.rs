//! What operators are, how they log in, what they decide and about whom not.

use std::collections::BTreeSet;

use application_identity::{ChangeRole, LogIn, Reinstate, Suspend};
use application_kernel::{
    CurrentOperator, CurrentUser, Failure, LeasedJob, MeansCode, NewJob, PageRequest, PageSize, Permission,
    StoreError, transact,
};
use application_operations::ports::OperatorAccess;
use application_operations::{AuditFilter, DropJob, RetryJob};
use domain_billing::FactKind;
use domain_identity::{Email, Password};
use domain_kernel::{Role, hours, minutes};
use domain_mentoring::SessionStatus;
use serde_json::json;

use crate::support::booked::Booked;
use crate::support::staff::Staff;
use crate::support::stores::Stores;
use crate::support::world::{PASSWORD, World, ticket};

crate::both_stores! {
    an_operator_logs_in_with_the_authenticator_and_a_code_is_good_once,
    a_backup_code_is_good_once,
    what_is_wrong_with_a_log_in_is_not_told,
    an_operators_refresh_token_is_exchanged_once_and_reuse_ends_the_log_in,
    a_change_of_permissions_ends_the_log_ins,
    the_last_holder_of_users_keeps_it,
    a_suspended_person_is_out_until_reinstated,
    a_suspended_mentor_is_neither_listed_nor_bookable_and_waiting_requests_are_rejected,
    a_role_changes_when_nothing_binds_to_it_and_every_token_is_revoked,
    a_live_session_binds_both_parties_to_their_role,
    money_on_its_way_back_binds_a_student,
    nobody_decides_about_themselves_or_without_the_permission,
    a_job_that_was_given_up_is_tried_again_or_put_aside,
    what_operators_do_is_audited_as_theirs,
}

fn code<T: std::fmt::Debug, E: Failure>(outcome: Result<T, E>) -> &'static str {
    outcome.expect_err("refused").code().name
}

async fn an_operator_logs_in_with_the_authenticator_and_a_code_is_good_once(stores: Stores) {
    let world = World::over(stores);
    let staff = Staff::join(&world, "ops", &[Permission::Users]).await;
    let login = staff.with_code(&staff.code(&world));
    let pair = world.operators.log_in(login.clone()).await.unwrap();
    assert_eq!((pair.token_type.as_str(), pair.expires_in), ("Bearer", 900));
    let caller = OperatorAccess::verify(&*world.tokens, &pair.access_token, world.now()).unwrap();
    assert_eq!(caller.permissions, BTreeSet::from([Permission::Users]));
    assert_eq!(
        code(world.operators.log_in(login).await),
        "invalid_operator_credentials",
        "a code is no second key"
    );
    // Half a minute later the code before is still on some authenticators, and was used.
    let used = staff.code(&world);
    world.pass(minutes(1) / 2).await;
    assert_eq!(code(world.operators.log_in(staff.with_code(&used)).await), "invalid_operator_credentials");
    assert!(world.operators.log_in(staff.with_code(&staff.code(&world))).await.is_ok());
    assert!(
        staff.enrolment.uri.starts_with("otpauth://totp/CareerNav:ops%40staff.example.org?"),
        "{}",
        staff.enrolment.uri
    );
    assert!(!format!("{:?}", staff.enrolment.secret).contains(staff.enrolment.secret.reveal()));
}

async fn a_backup_code_is_good_once(stores: Stores) {
    let world = World::over(stores);
    let staff = Staff::join(&world, "ops", &[]).await;
    let distinct: BTreeSet<&String> = staff.enrolment.backup_codes.iter().collect();
    assert_eq!(distinct.len(), 10);
    let typed = staff.enrolment.backup_codes[3].to_uppercase().replace('-', " ");
    let pair = world.operators.log_in(staff.with_code(&typed)).await.unwrap();
    assert_eq!(code(world.operators.log_in(staff.with_code(&typed)).await), "invalid_operator_credentials");
    let caller = OperatorAccess::verify(&*world.tokens, &pair.access_token, world.now()).unwrap();
    assert_eq!(world.operators.me(&caller).await.unwrap().backup_codes_left, 9);
}

async fn what_is_wrong_with_a_log_in_is_not_told(stores: Stores) {
    let world = World::over(stores);
    let staff = Staff::join(&world, "ops", &[]).await;
    let right = staff.with_code(&staff.code(&world));
    let mut answers = Vec::new();
    for (email, password, typed) in [
        ("nobody@staff.example.org", PASSWORD, right.code.as_str()),
        (&staff.email, "another password", right.code.as_str()),
        (&staff.email, PASSWORD, "000000"),
        (&staff.email, PASSWORD, "aaaaa-aaaaa-aaaaa-aaaaa"),
        ("a\0b@staff.example.org", PASSWORD, right.code.as_str()),
    ] {
        let mut login = staff.with_code(typed);
        (login.email, login.password) = (email.to_owned(), Password::typed(password.to_owned()));
        answers.push(world.operators.log_in(login).await.unwrap_err().to_string());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    // A person is no operator, nor an operator a person.
    world.sign_up("asha", Role::Student).await;
    let mut person = staff.with_code(&right.code);
    person.email = "asha@example.org".into();
    assert_eq!(code(world.operators.log_in(person).await), "invalid_operator_credentials");
    let operator = LogIn { email: staff.email.clone(), password: Password::typed(PASSWORD.into()) };
    assert_eq!(code(world.identity.log_in(operator).await), "invalid_credentials");
    assert!(world.operators.log_in(right).await.is_ok(), "wrong tries use up nothing");
}

async fn an_operators_refresh_token_is_exchanged_once_and_reuse_ends_the_log_in(stores: Stores) {
    let world = World::over(stores);
    let staff = Staff::join(&world, "ops", &[]).await;
    let first = world.operators.log_in(staff.with_code(&staff.code(&world))).await.unwrap().refresh_token;
    let second = world.operators.refresh(&first).await.unwrap().refresh_token;
    assert_eq!(code(world.operators.refresh(&first).await), "operator_refresh_reused");
    assert_eq!(code(world.operators.refresh(&second).await), "operator_refresh_invalid");
    assert_eq!(code(world.operators.refresh("unknown").await), "operator_refresh_invalid");
    world.pass(minutes(1)).await;
    let third = world.operators.log_in(staff.with_code(&staff.code(&world))).await.unwrap().refresh_token;
    world.operators.log_out(&third).await.unwrap();
    world.operators.log_out(&third).await.unwrap();
    assert_eq!(code(world.operators.refresh(&third).await), "operator_refresh_invalid");
    world.pass(minutes(1)).await;
    let fourth = world.operators.log_in(staff.with_code(&staff.code(&world))).await.unwrap().refresh_token;
    world.pass(hours(12)).await;
    assert_eq!(
        code(world.operators.refresh(&fourth).await),
        "operator_refresh_invalid",
        "a day's work is over"
    );
}

async fn a_change_of_permissions_ends_the_log_ins(stores: Stores) {
    let world = World::over(stores);
    let person = world.sign_up("asha", Role::Student).await;
    let keeper = Staff::join(&world, "keeper", &[Permission::Users]).await;
    let staff = Staff::join(&world, "ops", &[Permission::Users]).await;
    let pair = world.operators.log_in(staff.with_code(&staff.code(&world))).await.unwrap();
    let caller = OperatorAccess::verify(&*world.tokens, &pair.access_token, world.now()).unwrap();
    let email = Email::parse(&staff.email).unwrap();
    let held = world.operators.grant(&email, &[Permission::Studio].into()).await.unwrap();
    assert_eq!(held, [Permission::Users, Permission::Studio].into());
    assert_eq!(code(world.operators.refresh(&pair.refresh_token).await), "operator_refresh_invalid");
    assert_eq!(code(world.identity.suspend(suspension(&caller, &person)).await), "token_revoked");
    let same = world.operators.grant(&email, &[Permission::Studio].into()).await.unwrap();
    assert_eq!(same, held, "what is held already changes nothing");
    let unknown = Email::parse("nobody@staff.example.org").unwrap();
    assert_eq!(code(world.operators.grant(&unknown, &[Permission::Studio].into()).await), "not_found");
    assert!(keeper.caller(&world).await.may(Permission::Users).is_ok());
}

async fn the_last_holder_of_users_keeps_it(stores: Stores) {
    let world = World::over(stores);
    let users: BTreeSet<Permission> = [Permission::Users].into();
    let (one, other) = (
        Staff::join(&world, "one", &[Permission::Users, Permission::Content]).await,
        Staff::join(&world, "other", &[Permission::Users]).await,
    );
    let (one, other) = (Email::parse(&one.email).unwrap(), Email::parse(&other.email).unwrap());
    assert_eq!(world.operators.revoke(&other, &users).await.unwrap(), [].into());
    assert_eq!(code(world.operators.revoke(&one, &users).await), "last_users_holder");
    let content = [Permission::Content].into();
    assert_eq!(world.operators.revoke(&one, &content).await.unwrap(), users, "everything else can go");
}

fn suspension(by: &CurrentOperator, person: &CurrentUser) -> Suspend {
    Suspend { ticket: ticket(by), person: person.id.clone(), reason: "Asked for money.".into() }
}

async fn log_in(world: &World, name: &str) -> Result<String, &'static str> {
    let email = format!("{name}@example.org");
    let cmd = LogIn { email, password: Password::typed(PASSWORD.into()) };
    world.identity.log_in(cmd).await.map(|pair| pair.refresh_token).map_err(|error| error.code().name)
}

async fn a_suspended_person_is_out_until_reinstated(stores: Stores) {
    let world = World::over(stores);
    let asha = world.sign_up("asha", Role::Student).await;
    let open = log_in(&world, "asha").await.unwrap();
    let by = Staff::join(&world, "ops", &[Permission::Users]).await.caller(&world).await;
    let view = world.identity.suspend(suspension(&by, &asha)).await.unwrap().into_new().unwrap();
    assert_eq!(view.suspension.map(|given| given.reason).as_deref(), Some("Asked for money."));
    assert_eq!(log_in(&world, "asha").await, Err("account_suspended"));
    let typed = LogIn { email: "asha@example.org".into(), password: Password::typed("not the one".into()) };
    assert_eq!(
        code(world.identity.log_in(typed).await),
        "invalid_credentials",
        "only who knows the password is told"
    );
    assert_eq!(code(world.identity.refresh(&open).await), "refresh_token_invalid");
    let reinstated = Reinstate { ticket: ticket(&by), person: asha.id.clone(), reason: "A mistake.".into() };
    assert_eq!(world.identity.reinstate(reinstated).await.unwrap().into_new().unwrap().suspension, None);
    assert!(log_in(&world, "asha").await.is_ok());
    assert_eq!(
        code(world.identity.refresh(&open).await),
        "refresh_token_invalid",
        "the old log-in stays over"
    );
}

async fn a_suspended_mentor_is_neither_listed_nor_bookable_and_waiting_requests_are_rejected(stores: Stores) {
    let booked = Booked::over(stores).await;
    let world = &booked.world;
    let session = booked.request().await;
    let by = Staff::join(world, "ops", &[Permission::Users]).await.caller(world).await;
    world.identity.suspend(suspension(&by, &booked.mentor)).await.unwrap();
    let refused = world.booking.approve(booked.approval(&session)).await;
    assert_eq!(code(refused), "token_revoked");
    world.worker.drain().await.unwrap();
    assert_eq!(booked.status(&session).await, SessionStatus::Rejected);
    assert_eq!(world.mails("asha").await[0].subject, "Your request for Java Programming was declined");
    assert_eq!(world.stores.offers.mentor(&booked.mentor.id).await, Ok(None));
    assert_eq!(code(world.booking.request(booked.asked()).await), "mentor_not_verified");
    let back = Reinstate { ticket: ticket(&by), person: booked.mentor.id.clone(), reason: "Cleared.".into() };
    world.identity.reinstate(back).await.unwrap();
    assert!(world.stores.offers.mentor(&booked.mentor.id).await.unwrap().is_some());
    assert!(world.booking.request(booked.asked()).await.is_ok());
}

fn change(by: &CurrentOperator, person: &CurrentUser, role: Role) -> ChangeRole {
    ChangeRole { ticket: ticket(by), person: person.id.clone(), role, reason: "The wrong door.".into() }
}

async fn a_role_changes_when_nothing_binds_to_it_and_every_token_is_revoked(stores: Stores) {
    let world = World::over(stores);
    let asha = world.sign_up("asha", Role::Student).await;
    let open = log_in(&world, "asha").await.unwrap();
    let by = Staff::join(&world, "ops", &[Permission::Users]).await.caller(&world).await;
    let changed = world.identity.change_role(change(&by, &asha, Role::Mentor)).await.unwrap();
    assert_eq!(changed.into_new().unwrap().role, "MENTOR");
    assert_eq!(code(world.identity.refresh(&open).await), "refresh_token_invalid");
    let current = transact(&*world.stores.booking, || {
        async |tx| tx.is_current(&asha.id.clone().into(), asha.token_version).await
    });
    assert_eq!(current.await, Ok::<_, StoreError>(false));
    let back = world.identity.change_role(change(&by, &asha, Role::Student)).await.unwrap();
    assert_eq!(back.into_new().unwrap().role, "STUDENT");
    assert!(log_in(&world, "asha").await.is_ok());
}

async fn a_live_session_binds_both_parties_to_their_role(stores: Stores) {
    let booked = Booked::over(stores).await;
    let world = &booked.world;
    let by = Staff::join(world, "ops", &[Permission::Users]).await.caller(world).await;
    booked.request().await;
    for (person, role) in [(&booked.student, Role::Mentor), (&booked.mentor, Role::Student)] {
        assert_eq!(
            code(world.identity.change_role(change(&by, person, role)).await),
            "role_bound_by_session"
        );
    }
    // Unanswered, it expires.
    world.pass(hours(72)).await;
    let later = Staff::join(world, "later", &[Permission::Users]).await.caller(world).await;
    for (person, role) in [(&booked.student, Role::Mentor), (&booked.mentor, Role::Student)] {
        world.identity.change_role(change(&later, person, role)).await.unwrap();
    }
}

async fn money_on_its_way_back_binds_a_student(stores: Stores) {
    let booked = Booked::over(stores).await;
    let world = &booked.world;
    let session = booked.request().await;
    booked.approve(&session).await;
    let payment = booked.start_payment(&session).await;
    world.pass(hours(25)).await;
    assert_eq!(booked.status(&session).await, SessionStatus::Cancelled);
    booked.tell(&payment, FactKind::Captured).await;
    let by = Staff::join(world, "ops", &[Permission::Users]).await.caller(world).await;
    let refused = world.identity.change_role(change(&by, &booked.student, Role::Mentor)).await;
    assert_eq!(code(refused), "role_bound_by_refund");
    assert!(world.identity.change_role(change(&by, &booked.mentor, Role::Student)).await.is_ok());
}

async fn nobody_decides_about_themselves_or_without_the_permission(stores: Stores) {
    let world = World::over(stores);
    let (asha, ravi) =
        (world.sign_up("asha", Role::Student).await, world.sign_up("ravi", Role::Mentor).await);
    let own = Staff::join_as(&world, "own", &[Permission::Users], Some(&asha.id)).await.caller(&world).await;
    assert_eq!(code(world.identity.change_role(change(&own, &asha, Role::Mentor)).await), "own_affair");
    assert_eq!(code(world.identity.suspend(suspension(&own, &asha)).await), "own_affair");
    assert!(world.identity.suspend(suspension(&own, &ravi)).await.is_ok());
    let others = [
        Permission::Payouts,
        Permission::Refunds,
        Permission::Disputes,
        Permission::Content,
        Permission::Studio,
    ];
    let without = Staff::join(&world, "without", &others).await.caller(&world).await;
    assert_eq!(code(world.identity.suspend(suspension(&without, &asha)).await), "permission_missing");
    assert_eq!(
        code(world.queue.retry(RetryJob { ticket: ticket(&own), job: 1 }).await),
        "permission_missing"
    );
}

async fn give_up(world: &World, subject: &str) -> LeasedJob {
    let now = world.now();
    let job = NewJob {
        kind: "broken",
        subject: subject.into(),
        version: 1,
        run_at: now,
        payload: json!({"code": "1"}),
    };
    transact(&*world.stores.booking, || async |tx| tx.jobs().schedule(job.clone()).await).await.unwrap();
    let jobs = world.stores.jobs.claim("w", &["broken"], 1, now, now.plus(minutes(1))).await.unwrap();
    world.stores.jobs.fail("w", jobs[0].id, "no luck", now, None).await.unwrap();
    jobs[0].clone()
}

async fn a_job_that_was_given_up_is_tried_again_or_put_aside(stores: Stores) {
    let world = World::over(stores);
    let by = Staff::join(&world, "ops", &[Permission::Studio]).await.caller(&world).await;
    let (first, second) = (give_up(&world, "first").await, give_up(&world, "second").await);
    let dead = async || {
        let page = PageRequest { size: PageSize::DEFAULT, after: None };
        let found = world.stores.staff.dead_jobs(&page).await.unwrap().items;
        found.into_iter().map(|job| job.subject).collect::<Vec<_>>()
    };
    assert_eq!(dead().await, ["first", "second"]);
    let retried =
        world.queue.retry(RetryJob { ticket: ticket(&by), job: first.id }).await.unwrap().into_new().unwrap();
    assert_eq!((retried.dead_at, retried.attempts), (None, 0));
    assert_eq!(retried.last_error.as_deref(), Some("no luck"));
    assert_eq!(dead().await, ["second"]);
    let drop = || DropJob { ticket: ticket(&by), job: second.id, reason: "No such mailbox.".into() };
    world.queue.put_aside(drop()).await.unwrap();
    world.queue.put_aside(drop()).await.unwrap();
    let waits = DropJob { ticket: ticket(&by), job: first.id, reason: "No such mailbox.".into() };
    assert_eq!(code(world.queue.put_aside(waits.clone()).await), "job_not_given_up");
    assert_eq!(dead().await, Vec::<String>::new());
    let now = world.now();
    let due = world.stores.jobs.claim("w", &["broken"], 9, now, now.plus(minutes(1))).await.unwrap();
    assert_eq!(
        due.iter().map(|job| (job.subject.as_str(), job.attempts)).collect::<Vec<_>>(),
        [("first", 0)]
    );
    world.stores.jobs.finish("w", first.id, now).await.unwrap();
    let done = DropJob { ticket: ticket(&by), ..waits };
    assert_eq!(code(world.queue.put_aside(done).await), "job_not_given_up");
    assert_eq!(world.stores.jobs.depth(now).await.unwrap().dead, 0);
    assert_eq!(code(world.queue.retry(RetryJob { ticket: ticket(&by), job: 4711 }).await), "not_found");
}

async fn what_operators_do_is_audited_as_theirs(stores: Stores) {
    let world = World::over(stores);
    let asha = world.sign_up("asha", Role::Student).await;
    let by = Staff::join(&world, "ops", &[Permission::Users, Permission::Studio]).await.caller(&world).await;
    let key = suspension(&by, &asha);
    world.identity.suspend(key.clone()).await.unwrap();
    assert!(world.identity.suspend(key).await.unwrap().is_replayed(), "the same key again does nothing");
    let job = give_up(&world, "x").await;
    world
        .queue
        .put_aside(DropJob { ticket: ticket(&by), job: job.id, reason: "Over.".into() })
        .await
        .unwrap();
    let filter = AuditFilter { actor: Some(by.id.to_string()), ..AuditFilter::default() };
    let page = PageRequest { size: PageSize::DEFAULT, after: None };
    let entries = world.stores.staff.audit(&filter, &page).await.unwrap().items;
    let seen: Vec<_> = entries.iter().map(|entry| (entry.action.as_str(), entry.subject.clone())).collect();
    assert_eq!(
        seen,
        [
            ("job.drop", job.id.to_string()),
            ("person.suspend", asha.id.to_string()),
            ("operator.log_in", by.id.to_string())
        ]
    );
    assert!(entries.iter().all(|entry| entry.actor.as_ref().is_some_and(|actor| actor.kind == "operator")));
    assert_eq!(entries[0].details, json!({"kind": "broken", "subject": "x", "reason": "Over."}));
    assert_eq!(entries[1].details, json!({"reason": "Asked for money."}));
}
