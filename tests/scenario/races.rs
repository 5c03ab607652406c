//! What happens at the same time, on PostgreSQL, fifty rounds each.

use std::sync::Arc;

use application_booking::{
    BookingError, CancelSession, RejectSession, SessionView, StartPayment, WithdrawSession,
};
use application_kernel::{AdjustableClock, CurrentUser, Kind, Mailbox, MeansCode, Reply};
use domain_billing::{FactKind, FactOutcome};
use domain_kernel::{Role, hours, minutes};
use domain_mentoring::SessionStatus;

use crate::support::booked::{Booked, id};
use crate::support::people::{course, inr, mentor};
use crate::support::stores::{Stores, postgres};
use crate::support::world::{World, ticket};

const ROUNDS: usize = 50;

async fn booked() -> Booked {
    Booked::over(Stores::postgres().await).await
}

/// How one side of a race ended.
fn won<V>(outcome: Result<Reply<V>, BookingError>) -> bool {
    match outcome {
        Ok(_) => true,
        Err(error) => {
            let code = error.code();
            assert_eq!(code.kind, Kind::Conflict, "{error:?}");
            assert_eq!(code.name, "illegal_transition", "{error:?}");
            false
        }
    }
}

async fn withdraw(booked: &Booked, session: &SessionView) -> Result<Reply<SessionView>, BookingError> {
    let command = WithdrawSession { ticket: ticket(&booked.student), session: id(session) };
    booked.world.booking.withdraw(command).await
}

async fn cancel(
    booked: &Booked,
    by: &CurrentUser,
    session: &SessionView,
) -> Result<Reply<SessionView>, BookingError> {
    let command = CancelSession { ticket: ticket(by), session: id(session), reason: None };
    booked.world.booking.cancel(command).await
}

/// Ends the session, however it stands.
async fn over(booked: &Booked, session: &SessionView) {
    match booked.status(session).await {
        SessionStatus::Pending => drop(withdraw(booked, session).await.unwrap()),
        SessionStatus::Approved | SessionStatus::Paid | SessionStatus::Scheduled => {
            cancel(booked, &booked.mentor, session).await.unwrap();
        }
        SessionStatus::Completed | SessionStatus::Rejected | SessionStatus::Cancelled => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_approve_reject_and_withdraw_one_wins_and_one_notice_goes_out() {
    let booked = booked().await;
    let told = ["will teach you", "was declined", "was taken back"];
    for _ in 0..ROUNDS {
        let session = booked.request().await;
        let reject =
            RejectSession { ticket: ticket(&booked.mentor), session: id(&session), reason: "no".into() };
        let (approved, rejected, withdrawn) = tokio::join!(
            booked.world.booking.approve(booked.approval(&session)),
            booked.world.booking.reject(reject),
            withdraw(&booked, &session),
        );
        let wins = [won(approved), won(rejected), won(withdrawn)];
        assert_eq!(wins.iter().filter(|won| **won).count(), 1, "{wins:?}");
        over(&booked, &session).await;
    }
    let mails = [booked.world.mails("asha").await, booked.world.mails("ravi").await].concat();
    let notices =
        mails.iter().filter(|mail| told.iter().any(|subject| mail.subject.contains(subject))).count();
    // The mailbox keeps the newest hundred of each person.
    assert!(notices <= ROUNDS, "{notices} notices of {ROUNDS} decisions");
    booked.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn three_students_are_never_booked_for_one_hour_nor_are_twenty() {
    let booked = booked().await;
    let mut students = Vec::new();
    for index in 0..20 {
        students.push(booked.world.sign_up(&format!("student{index}"), Role::Student).await);
    }
    for _ in 0..ROUNDS {
        let mut sessions = Vec::new();
        for student in &students {
            let asked = application_booking::RequestSession { ticket: ticket(student), ..booked.asked() };
            sessions.push(booked.world.booking.request(asked).await.unwrap().into_new().unwrap());
        }
        let approvals = sessions.iter().map(|session| {
            let (booking, approval) = (booked.world.booking.clone(), booked.approval(session));
            tokio::spawn(async move { booking.approve(approval).await })
        });
        let mut approved = 0;
        for approval in approvals.collect::<Vec<_>>() {
            match approval.await.unwrap() {
                Ok(_) => approved += 1,
                Err(error) => assert_eq!(error.code().name, "slot_taken", "{error:?}"),
            }
        }
        assert_eq!(approved, 1);
        for session in &sessions {
            booked
                .world
                .booking
                .cancel_as_operator(booked.calling_off(&id(session), "the round is over"))
                .await
                .unwrap();
        }
    }
    booked.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn four_payments_at_once_are_one() {
    let booked = booked().await;
    for _ in 0..ROUNDS {
        let session = booked.request().await;
        booked.approve(&session).await;
        let pay = || {
            let command = StartPayment { ticket: ticket(&booked.student), session: id(&session) };
            booked.world.booking.start_payment(command)
        };
        let (a, b, c, d) = tokio::join!(pay(), pay(), pay(), pay());
        let views = [a, b, c, d].map(|reply| reply.unwrap().into_new().unwrap());
        assert!(views.iter().all(|view| view.id == views[0].id), "{views:?}");
        let paid = booked.start_payment(&session).await;
        let facts = [0, 1, 2, 3].map(|n| {
            let fact = booked.fact(&paid, FactKind::Captured);
            domain_billing::GatewayFact { event: format!("{} {n}", fact.event), ..fact }
        });
        let booking = &booked.world.booking;
        let (a, b, c, d) = tokio::join!(
            booking.record_gateway_fact(&facts[0]),
            booking.record_gateway_fact(&facts[1]),
            booking.record_gateway_fact(&facts[2]),
            booking.record_gateway_fact(&facts[3]),
        );
        let mut outcomes = [a, b, c, d].map(Result::unwrap);
        outcomes.sort_unstable();
        let ignored = FactOutcome::Ignored;
        assert_eq!(outcomes, [FactOutcome::Applied, ignored, ignored, ignored]);
        over(&booked, &session).await;
    }
    booked.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_capture_and_a_cancellation_end_in_one_of_two_ways() {
    let booked = booked().await;
    for _ in 0..ROUNDS {
        let session = booked.request().await;
        booked.approve(&session).await;
        let payment = booked.start_payment(&session).await;
        let fact = booked.fact(&payment, FactKind::Captured);
        let (captured, cancelled) = tokio::join!(
            booked.world.booking.record_gateway_fact(&fact),
            cancel(&booked, &booked.student, &session),
        );
        cancelled.unwrap();
        assert_eq!(booked.status(&session).await, SessionStatus::Cancelled);
        match captured.unwrap() {
            // The money came first and goes back.
            FactOutcome::Applied => assert_eq!(booked.ledger(&session).await.refunded, inr(249_900)),
            outcome => assert_eq!(outcome, FactOutcome::Late),
        }
    }
    booked.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_capture_and_the_end_of_the_time_to_pay_end_in_one_of_two_ways() {
    let booked = booked().await;
    for _ in 0..ROUNDS {
        let session = booked.request_later().await;
        booked.approve(&session).await;
        let payment = booked.start_payment(&session).await;
        let fact = booked.fact(&payment, FactKind::Captured);
        booked.world.clock.advance(hours(24));
        let key = id(&session);
        let (captured, lapsed) = tokio::join!(
            booked.world.booking.record_gateway_fact(&fact),
            booked.world.booking.lapse_unpaid(&key),
        );
        lapsed.unwrap();
        let expected = match captured.unwrap() {
            FactOutcome::Applied => SessionStatus::Scheduled,
            FactOutcome::Late => SessionStatus::Cancelled,
            outcome => panic!("{outcome}"),
        };
        assert_eq!(booked.status(&session).await, expected);
        over(&booked, &session).await;
    }
    booked.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_completed_meeting_is_paid_for_whether_the_cancellation_comes_before_or_after() {
    let booked = booked().await;
    for _ in 0..ROUNDS {
        let session = booked.request_later().await;
        booked.approve(&session).await;
        let payment = booked.start_payment(&session).await;
        booked.tell(&payment, FactKind::Captured).await;
        booked.pass_to(&session, 1, minutes(15)).await;
        let (completed, cancelled) =
            tokio::join!(booked.complete(&session, 1), cancel(&booked, &booked.mentor, &session));
        cancelled.unwrap();
        let refunded = booked.ledger(&session).await.refunded;
        match completed {
            Ok(_) => assert_eq!(refunded, inr(249_900 - 31_237)),
            Err(error) => {
                assert_eq!(error.code().kind, Kind::Conflict, "{error:?}");
                assert_eq!(refunded, inr(249_900));
            }
        }
    }
    booked.check().await;
}

/// A second server and worker on the same database, whose clock shows the same.
fn beside(booked: &Booked) -> World {
    let url = booked.world.stores.url.clone().unwrap();
    let world = World::over(Stores::of(Arc::new(postgres(&url)), Some(url)));
    world.clock.advance(booked.world.now().since(world.now()));
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_workers_do_each_timer_once() {
    let booked = booked().await;
    let other = beside(&booked);
    for _ in 0..ROUNDS {
        let session = booked.request_later().await;
        booked.world.clock.advance(hours(72));
        other.clock.advance(hours(72));
        let (one, two) = tokio::join!(booked.world.worker.drain(), other.worker.drain());
        one.unwrap();
        two.unwrap();
        booked.world.worker.drain().await.unwrap();
        let seen = booked.seen(&booked.student, &session).await;
        assert_eq!((seen.status.as_str(), seen.ended_by.as_deref()), ("CANCELLED", Some("clock")));
    }
    let told = [&booked.world, &other].map(|world| {
        world
            .mailbox
            .read(Some("asha@example.org"))
            .iter()
            .filter(|mail| mail.subject.contains("has expired"))
            .count()
    });
    assert_eq!(told[0] + told[1], ROUNDS, "{told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_servers_on_one_database_answer_one_key_once() {
    let booked = booked().await;
    let other = beside(&booked);
    for _ in 0..ROUNDS {
        let asked = booked.asked();
        let (one, two) =
            tokio::join!(booked.world.booking.request(asked.clone()), other.booking.request(asked.clone()));
        let outcomes = [one, two].map(|outcome| match outcome {
            Ok(reply) => (reply.created.clone(), !reply.is_replayed()),
            Err(error) => {
                assert_eq!(error.code().name, "idempotency_key_in_flight", "{error:?}");
                (None, false)
            }
        });
        assert_eq!(outcomes.iter().filter(|(_, made)| *made).count(), 1, "{outcomes:?}");
        let made: Vec<&String> = outcomes.iter().filter_map(|(created, _)| created.as_ref()).collect();
        assert!(made.iter().all(|path| *path == made[0]), "{outcomes:?}");
        let again = booked.world.booking.request(asked).await.unwrap();
        assert!(again.is_replayed());
        let session = made[0].strip_prefix("sessions/").unwrap();
        let key = domain_kernel::SessionId::parse(session).unwrap();
        booked.world.booking.cancel_as_operator(booked.calling_off(&key, "the round is over")).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sessions_of_crossed_parties_do_not_wait_for_each_other_for_ever() {
    // A mentor of one skill learns another: each is a party of the other's session, at the same hours.
    let booked = booked().await;
    let (course, plan) = course(&booked.world.stores, "Cooking").await;
    let cook = mentor(&booked.world.stores, "cook", course, domain_catalog::Verification::Full).await;
    let cook = CurrentUser { id: cook, role: Role::Mentor, token_version: 0 };
    for _ in 0..ROUNDS {
        let java = booked.request().await;
        let cooking = application_booking::RequestSession { mentor: cook.id.clone(), plan, ..booked.asked() };
        let cooking = booked.world.booking.request(cooking).await.unwrap().into_new().unwrap();
        let by_cook = application_booking::ApproveSession { ticket: ticket(&cook), session: id(&cooking) };
        let (one, two) = tokio::join!(
            booked.world.booking.approve(booked.approval(&java)),
            booked.world.booking.approve(by_cook),
        );
        let approved = [one, two].into_iter().flatten().count();
        assert_eq!(approved, 1, "the student has one hour only");
        for session in [&java, &cooking] {
            booked
                .world
                .booking
                .cancel_as_operator(booked.calling_off(&id(session), "the round is over"))
                .await
                .unwrap();
        }
    }
    booked.check().await;
}
