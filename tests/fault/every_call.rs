use std::fmt::Debug;
use std::sync::Arc;

use application_booking::{
    AnswerMove, Booking, BookingJobs, CancelSession, CompleteMeeting, ProposeMove, RejectSession,
    ReportNoShow, SessionView, StartPayment, WithdrawSession,
};
use application_kernel::{JobHandler, LeasedJob, StoreError};
use application_mentoring::{Mentoring, SendMessage};
use domain_billing::{FactKind, FactOutcome, PayoutStatus};
use domain_kernel::{SessionId, WallTime, days, hours, minutes};
use domain_mentoring::SessionStatus;

use super::decorator::{FaultyStore, Fuse};
use crate::support::booked::{Booked, id};
use crate::support::digest::digest;
use crate::support::ids::CountedIds;
use crate::support::people::policy;
use crate::support::stores::Stores;
use crate::support::taken_over::TakenOverSession;
use crate::support::world::{World, ticket};

/// More calls than any use case makes.
const MANY: u32 = 80;

fn down() -> StoreError {
    StoreError::Unavailable { reason: "the test".into() }
}

async fn booked() -> Booked {
    Booked::over(Stores::postgres().await).await
}

/// Booking over the world's store, which fails where the fuse burns.
fn faulty(booked: &Booked, fuse: &Arc<Fuse>) -> Booking {
    let stores = &booked.world.stores;
    let store = FaultyStore { inner: stores.booking.clone(), fuse: fuse.clone() };
    let gateway = booked.world.gateway.clone();
    Booking::new(
        Arc::new(store),
        stores.sessions.clone(),
        gateway,
        booked.world.clock.clone(),
        Arc::new(CountedIds),
        policy(),
    )
}

/// Fails the first call, then the second … until all succeed. Each failure leaves the database as it was.
async fn fail_each<V, E: Debug>(
    booked: &Booked,
    what: &str,
    run: impl AsyncFn(Booking) -> Result<V, E>,
) -> V {
    fail_each_call(&booked.world, what, async |fuse| run(faulty(booked, &fuse)).await).await
}

/// The same of any context, over whose store the test puts the fuse.
pub async fn fail_each_call<V, E: Debug>(
    world: &World,
    what: &str,
    run: impl AsyncFn(Arc<Fuse>) -> Result<V, E>,
) -> V {
    let url = world.stores.url.as_deref().unwrap();
    for n in 1..MANY {
        let fuse = Fuse::at(n, down());
        let before = digest(url).await;
        match run(fuse.clone()).await {
            Err(error) => {
                assert!(fuse.has_burnt(), "{what}: {error:?}");
                assert_eq!(digest(url).await, before, "{what}: call {n} left something behind");
            }
            Ok(value) if !fuse.has_burnt() => {
                assert!(n > 3, "{what} makes calls");
                assert_ne!(digest(url).await, before, "{what} does something");
                return value;
            }
            // It is done although a call failed: what is left is for a job.
            Ok(_) => assert_eq!(what, "start_payment", "call {n}"),
        }
    }
    panic!("{what} never succeeds");
}

#[tokio::test]
async fn every_write_of_booking_leaves_all_or_nothing() {
    let booked = booked().await;
    let (student, mentor) = (&booked.student, &booked.mentor);

    let asked = booked.asked();
    let reply = fail_each(&booked, "request", async |booking| booking.request(asked.clone()).await).await;
    let session = reply.into_new().unwrap();
    let reject = RejectSession { ticket: ticket(mentor), session: id(&session), reason: "no".into() };
    fail_each(&booked, "reject", async |booking| booking.reject(reject.clone()).await).await;

    let session = booked.request().await;
    let withdraw = WithdrawSession { ticket: ticket(student), session: id(&session) };
    fail_each(&booked, "withdraw", async |booking| booking.withdraw(withdraw.clone()).await).await;

    let session = booked.request().await;
    let approve = booked.approval(&session);
    fail_each(&booked, "approve", async |booking| booking.approve(approve.clone()).await).await;
    let cancel = CancelSession { ticket: ticket(student), session: id(&session), reason: None };
    fail_each(&booked, "cancel an approved one", async |booking| booking.cancel(cancel.clone()).await).await;

    let session = booked.request().await;
    booked.approve(&session).await;
    let pay = StartPayment { ticket: ticket(student), session: id(&session) };
    let url = booked.world.stores.url.as_deref().unwrap();
    for n in 1..MANY {
        let fuse = Fuse::at(n, down());
        let before = digest(url).await;
        let outcome = faulty(&booked, &fuse).start_payment(pay.clone()).await;
        match outcome {
            Err(_) => assert_eq!(digest(url).await, before, "start_payment: call {n} left something behind"),
            Ok(_) if fuse.has_burnt() => {}
            Ok(_) => break,
        }
    }
    let payment = booked.start_payment(&session).await;
    assert!(payment.order.is_some(), "the order was made in the end");

    let fact = booked.fact(&payment, FactKind::Captured);
    let capture = async |booking: Booking| booking.record_gateway_fact(&fact).await;
    assert_eq!(fail_each(&booked, "capture", capture).await, FactOutcome::Applied);
    meetings(&booked, &session).await;
    let cancel = CancelSession { ticket: ticket(mentor), session: id(&session), reason: None };
    fail_each(&booked, "cancel a scheduled one", async |booking| booking.cancel(cancel.clone()).await).await;
    booked.check().await;
}

/// The writes of planned meetings.
async fn meetings(booked: &Booked, session: &SessionView) {
    let (student, mentor) = (&booked.student, &booked.mentor);
    let (date, time) = ("2026-12-03".parse().unwrap(), WallTime::parse("18:00").unwrap());
    let propose = ProposeMove { ticket: ticket(student), session: id(session), item: 8, date, time };
    fail_each(booked, "propose a move", async |booking| booking.propose_move(propose.clone()).await).await;
    let decline = AnswerMove { ticket: ticket(mentor), session: id(session), item: 8, accepts: None };
    fail_each(booked, "decline a move", async |booking| booking.answer_move(decline.clone()).await).await;
    let again = ProposeMove { ticket: ticket(student), ..propose };
    booked.world.booking.propose_move(again).await.unwrap();
    let accept = AnswerMove { ticket: ticket(mentor), accepts: Some((date, time)), ..decline };
    fail_each(booked, "accept a move", async |booking| booking.answer_move(accept.clone()).await).await;

    booked.pass_to(session, 1, minutes(20)).await;
    let complete = CompleteMeeting { ticket: ticket(mentor), session: id(session), item: 1 };
    fail_each(booked, "complete a meeting", async |booking| booking.complete_meeting(complete.clone()).await)
        .await;
    let report = ReportNoShow { ticket: ticket(student), session: id(session), item: 1, note: None };
    fail_each(booked, "report a no-show", async |booking| booking.report_no_show(report.clone()).await).await;
    let decision = booked.decision(session, 1, true);
    let decide = async |booking: Booking| booking.decide_no_show(decision.clone()).await;
    fail_each(booked, "decide a no-show", decide).await;
}

#[tokio::test]
async fn every_tick_of_bookings_clock_leaves_all_or_nothing() {
    let booked = booked().await;
    let session = booked.request().await;
    application_kernel::AdjustableClock::advance(&*booked.world.clock, hours(72));
    let key = id(&session);
    fail_each(&booked, "expire", async |booking| booking.expire_request(&key).await).await;
    let session = booked.request_later().await;
    booked.approve(&session).await;
    application_kernel::AdjustableClock::advance(&*booked.world.clock, hours(24));
    let key = id(&session);
    fail_each(&booked, "lapse", async |booking| booking.lapse_unpaid(&key).await).await;
    let session = booked.request_later().await;
    let calling_off = booked.calling_off(&id(&session), "found wrong");
    let cancel = async |booking: Booking| booking.cancel_as_operator(calling_off.clone()).await;
    fail_each(&booked, "cancel as an operator", cancel).await;
    booked.check().await;
}

/// The timer of that kind, set for a meeting at its present time or for the session.
fn timer(kind: &str, session: &SessionView, item: Option<usize>) -> LeasedJob {
    let starts_at = |item: usize| {
        let starts_at = &session.items.as_ref().unwrap()[item - 1].starts_at;
        starts_at.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_micros()
    };
    LeasedJob {
        id: 1,
        kind: kind.to_owned(),
        subject: item.map_or_else(|| session.id.clone(), |item| format!("{}:{item}", session.id)),
        version: item.map_or(0, starts_at),
        payload: serde_json::Value::Null,
        attempts: 0,
    }
}

#[tokio::test]
async fn every_tick_of_a_meetings_clock_leaves_all_or_nothing() {
    let booked = booked().await;
    let session = booked.scheduled().await;
    let tick = async |what: &str, job: LeasedJob| {
        fail_each(&booked, what, async |booking| BookingJobs::new(Arc::new(booking)).handle(&job).await)
            .await;
    };
    let advance = |span| application_kernel::AdjustableClock::advance(&*booked.world.clock, span);
    // From Monday 23 November, 08:00, to a day, an hour before, and the day of the first meeting at 04:30.
    advance(days(6));
    tick("remind a day ahead", timer("meeting_reminder_day", &session, Some(1))).await;
    advance(hours(19) + minutes(30));
    tick("remind an hour ahead", timer("meeting_reminder_hour", &session, Some(1))).await;
    tick("begin a day", timer("meeting_day_begins", &session, Some(1))).await;
    advance(hours(26));
    tick("complete a meeting by the clock", timer("meeting_auto_complete", &session, Some(1))).await;
    booked.world.pass(days(30)).await;
    assert_eq!(booked.status(&session).await, SessionStatus::Completed);
    booked.check().await;
}

#[tokio::test]
async fn the_end_of_a_hold_leaves_all_or_nothing() {
    let booked = booked().await;
    let session = booked.scheduled().await;
    booked.pass_to(&session, 1, minutes(20)).await;
    booked.complete(&session, 1).await.unwrap();
    booked.cancel(&booked.mentor, &session).await.unwrap();
    application_kernel::AdjustableClock::advance(&*booked.world.clock, hours(72));
    let hold = timer("payout_hold", &session, None);
    fail_each(&booked, "end a hold", async |booking| BookingJobs::new(Arc::new(booking)).handle(&hold).await)
        .await;
    assert_eq!(booked.ledger(&session).await.status, PayoutStatus::Ready);
}

#[tokio::test]
async fn enrolling_and_closing_what_was_taken_over_leave_all_or_nothing() {
    let booked = booked().await;
    for (key, status) in [("s-1", "SCHEDULED"), ("s-2", "CANCELLED"), ("s-3", "COMPLETED")] {
        let session = TakenOverSession::sound(key, status);
        session.write(&booked).await;
        let key = session.id();
        let what = format!("enrol a {status} one");
        fail_each(&booked, &what, async |booking| booking.enrol(&key, false).await).await;
    }
    booked.check().await;
    let session = TakenOverSession::sound("s-4", "APPROVED");
    session.write(&booked).await;
    let calling_off = booked.calling_off(&session.id(), "found wrong");
    let close = async |booking: Booking| booking.cancel_as_operator(calling_off.clone()).await;
    fail_each(&booked, "close one that was taken over", close).await;
    let recompute =
        async |booking: Booking| booking.recompute_course(&SessionId::parse("s-1").unwrap()).await;
    fail_each(&booked, "record a course anew", recompute).await;
}

#[tokio::test]
async fn a_payment_is_taken_and_the_session_planned_whichever_statement_fails() {
    let booked = booked().await;
    let url = booked.world.stores.url.as_deref().unwrap();
    for n in 1..MANY {
        let session = booked.request_later().await;
        booked.approve(&session).await;
        let payment = booked.start_payment(&session).await;
        let fact = booked.fact(&payment, FactKind::Captured);
        // Refused by a rule of the database, not by its being down: the planning alone may fail.
        let fuse = Fuse::at(n, StoreError::Refused { constraint: "the test".into() });
        let before = digest(url).await;
        match faulty(&booked, &fuse).record_gateway_fact(&fact).await {
            Err(_) => {
                assert_eq!(digest(url).await, before, "call {n} left something behind");
                assert_eq!(booked.status(&session).await, SessionStatus::Approved);
                booked.cancel(&booked.mentor, &session).await.unwrap();
            }
            Ok(outcome) => {
                assert_eq!(outcome, FactOutcome::Applied);
                booked.world.pass(minutes(2)).await;
                assert_eq!(booked.status(&session).await, SessionStatus::Scheduled, "call {n}");
                booked.cancel(&booked.mentor, &session).await.unwrap();
                if !fuse.has_burnt() {
                    booked.check().await;
                    return;
                }
            }
        }
    }
    panic!("a capture never succeeds");
}

#[tokio::test]
async fn writing_to_the_other_party_leaves_all_or_nothing() {
    let booked = booked().await;
    let session = id(&booked.scheduled().await);
    let (store, clock) = (booked.world.stores.mentoring.clone(), booked.world.clock.clone());
    let asked = SendMessage { ticket: ticket(&booked.student), session, text: "Hello".into() };
    let write = async |fuse| {
        let store = FaultyStore { inner: store.clone(), fuse };
        Mentoring::new(Arc::new(store), clock.clone()).send_message(asked.clone()).await
    };
    fail_each_call(&booked.world, "send_message", write).await;
}
