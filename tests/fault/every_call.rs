use std::sync::Arc;

use application_booking::{
    AnswerMove, Booking, BookingError, CancelSession, CompleteMeeting, ProposeMove, RejectSession,
    ReportNoShow, SessionView, StartPayment, WithdrawSession,
};
use application_kernel::StoreError;
use domain_billing::{FactKind, FactOutcome};
use domain_kernel::{WallTime, hours, minutes};
use domain_mentoring::SessionStatus;

use super::decorator::{FaultyStore, Fuse};
use crate::support::booked::{Booked, id, operator};
use crate::support::digest::digest;
use crate::support::ids::CountedIds;
use crate::support::people::policy;
use crate::support::stores::Stores;
use crate::support::world::ticket;

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
async fn fail_each<V>(
    booked: &Booked,
    what: &str,
    run: impl AsyncFn(Booking) -> Result<V, BookingError>,
) -> V {
    let url = booked.world.stores.url.as_deref().unwrap();
    for n in 1..MANY {
        let fuse = Fuse::at(n, down());
        let before = digest(url).await;
        match run(faulty(booked, &fuse)).await {
            Err(error) => {
                assert!(fuse.has_burnt(), "{what}: {error:?}");
                assert_eq!(digest(url).await, before, "{what}: call {n} left something behind");
            }
            Ok(value) if !fuse.has_burnt() => {
                assert!(n > 5, "{what} makes calls");
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
    let (key, by) = (id(session), operator());
    let decide = async |booking: Booking| booking.decide_no_show(&by, &key, 1, true).await;
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
    let (key, by) = (id(&session), operator());
    let cancel = async |booking: Booking| booking.cancel_as_operator(&by, &key, "found wrong").await;
    fail_each(&booked, "cancel as an operator", cancel).await;
    booked.check().await;
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
