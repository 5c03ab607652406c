//! The writes of identity and operations, each of whose calls fails once.

use std::sync::Arc;

use application_identity::{
    ChangeRole, ConfirmSignUp, HashingCost, Identity, LogIn, Passwords, Reinstate, RequestSignUp, Suspend,
};
use application_kernel::{NewJob, Permission, transact};
use application_operations::{AddOperator, DropJob, Operators, Queue, RetryJob};
use domain_identity::{Email, Password, PersonName};
use domain_kernel::{Role, minutes};

use super::decorator::{FaultyStore, Fuse};
use super::every_call::fail_each_call;
use crate::support::ids::CountedIds;
use crate::support::staff::Staff;
use crate::support::stores::Stores;
use crate::support::world::{PASSWORD, World, code_in, ticket};

async fn world() -> World {
    World::over(Stores::postgres().await)
}

fn passwords() -> Arc<Passwords> {
    Arc::new(Passwords::new(HashingCost { memory_kib: 8, passes: 1, lanes: 1 }, 2).unwrap())
}

/// Identity over the world's store, which fails where the fuse burns.
fn identity(world: &World, fuse: Arc<Fuse>) -> Identity {
    let store = FaultyStore { inner: world.stores.identity.clone(), fuse };
    let (accounts, tokens) = (world.stores.accounts.clone(), world.tokens.clone());
    Identity::new(Arc::new(store), accounts, tokens, passwords(), world.clock.clone(), Arc::new(CountedIds))
}

/// The same of the staff's use cases.
fn operators(world: &World, fuse: Arc<Fuse>) -> Operators {
    let store = FaultyStore { inner: world.stores.operations.clone(), fuse };
    let (staff, tokens) = (world.stores.staff.clone(), world.tokens.clone());
    Operators::new(Arc::new(store), staff, tokens, passwords(), world.clock.clone(), Arc::new(CountedIds))
}

#[tokio::test]
async fn every_write_of_accounts_leaves_all_or_nothing() {
    let world = world().await;
    let email = Email::parse("asha@example.org").unwrap();
    let sign_up = RequestSignUp {
        email: email.clone(),
        name: PersonName::parse("Asha Person").unwrap(),
        role: Role::Student,
        password: Password::choose(PASSWORD, &email).unwrap(),
    };
    let ask = async |fuse| identity(&world, fuse).sign_up(sign_up.clone()).await;
    fail_each_call(&world, "sign up", ask).await;
    let code = code_in(&world.mails("asha").await[0].text);
    let confirm = ConfirmSignUp { email, code };
    let confirming = async |fuse| identity(&world, fuse).confirm(confirm.clone()).await;
    fail_each_call(&world, "confirm", confirming).await;
    let log_in = || LogIn { email: "asha@example.org".into(), password: Password::typed(PASSWORD.into()) };
    let logging_in = async |fuse| identity(&world, fuse).log_in(log_in()).await;
    let pair = fail_each_call(&world, "log in", logging_in).await;
    let refreshing = async |fuse| identity(&world, fuse).refresh(&pair.refresh_token).await;
    let next = fail_each_call(&world, "refresh", refreshing).await;
    let leaving = async |fuse| identity(&world, fuse).log_out(&next.refresh_token).await;
    fail_each_call(&world, "log out", leaving).await;
}

#[tokio::test]
async fn every_decision_about_a_person_leaves_all_or_nothing() {
    let world = world().await;
    let person = world.sign_up("asha", Role::Student).await.id;
    world.log_in("asha").await;
    let by = Staff::join(&world, "ops", &[Permission::Users]).await.caller(&world).await;
    let (ticket_of, reason) = (|| ticket(&by), || "because".to_owned());
    let suspend = Suspend { ticket: ticket_of(), person: person.clone(), reason: reason() };
    let suspending = async |fuse| identity(&world, fuse).suspend(suspend.clone()).await;
    fail_each_call(&world, "suspend", suspending).await;
    let reinstate = Reinstate { ticket: ticket_of(), person: person.clone(), reason: reason() };
    let reinstating = async |fuse| identity(&world, fuse).reinstate(reinstate.clone()).await;
    fail_each_call(&world, "reinstate", reinstating).await;
    let change = ChangeRole { ticket: ticket_of(), person, role: Role::Mentor, reason: reason() };
    let changing = async |fuse| identity(&world, fuse).change_role(change.clone()).await;
    fail_each_call(&world, "change a role", changing).await;
}

#[tokio::test]
async fn every_write_of_the_staff_leaves_all_or_nothing() {
    let world = world().await;
    let email = Email::parse("ops@staff.example.org").unwrap();
    let add = || AddOperator {
        email: email.clone(),
        password: Password::typed(PASSWORD.into()),
        permissions: [Permission::Users].into(),
        user: None,
    };
    let adding = async |fuse| operators(&world, fuse).add(add()).await;
    let enrolment = fail_each_call(&world, "add an operator", adding).await;
    let staff = Staff { email: email.to_string(), enrolment };
    let log_in = staff.with_code(&staff.code(&world));
    let logging_in = async |fuse| operators(&world, fuse).log_in(log_in.clone()).await;
    let pair = fail_each_call(&world, "log in as an operator", logging_in).await;
    let refreshing = async |fuse| operators(&world, fuse).refresh(&pair.refresh_token).await;
    let next = fail_each_call(&world, "refresh as an operator", refreshing).await;
    let leaving = async |fuse| operators(&world, fuse).log_out(&next.refresh_token).await;
    fail_each_call(&world, "log out as an operator", leaving).await;
    let granting = async |fuse| operators(&world, fuse).grant(&email, &[Permission::Studio].into()).await;
    fail_each_call(&world, "grant", granting).await;
    let revoking = async |fuse| operators(&world, fuse).revoke(&email, &[Permission::Studio].into()).await;
    fail_each_call(&world, "revoke", revoking).await;
}

/// A job that was given up.
async fn dead_job(world: &World, subject: &str) -> i64 {
    let now = world.now();
    let payload = serde_json::Value::Null;
    let job = NewJob { kind: "broken", subject: subject.into(), version: 1, run_at: now, payload };
    transact(&*world.stores.booking, || async |tx| tx.jobs().schedule(job.clone()).await).await.unwrap();
    let taken = world.stores.jobs.claim("w", &["broken"], 1, now, now.plus(minutes(1))).await.unwrap();
    world.stores.jobs.fail("w", taken[0].id, "no luck", now, None).await.unwrap();
    taken[0].id
}

#[tokio::test]
async fn every_decision_about_a_job_leaves_all_or_nothing() {
    let world = world().await;
    let by = Staff::join(&world, "ops", &[Permission::Studio]).await.caller(&world).await;
    let queue = |fuse| {
        let store = FaultyStore { inner: world.stores.operations.clone(), fuse };
        Queue::new(Arc::new(store), world.clock.clone())
    };
    let retry = RetryJob { ticket: ticket(&by), job: dead_job(&world, "one").await };
    fail_each_call(&world, "retry", async |fuse| queue(fuse).retry(retry.clone()).await).await;
    let drop = DropJob { ticket: ticket(&by), job: dead_job(&world, "two").await, reason: "gone".into() };
    fail_each_call(&world, "drop", async |fuse| queue(fuse).put_aside(drop.clone()).await).await;
}
