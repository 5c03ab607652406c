//! Sessions that were taken over, and giving one its terms.

use application_booking::{EnrolledView, Enrolling, SessionView};
use application_kernel::{PageRequest, PageSize, StoreError, Viewer};
use domain_billing::{FactKind, FactOutcome, PayoutStatus};
use domain_kernel::{SessionId, days, hours, minutes};
use domain_mentoring::{CourseStatus, SessionStatus};

use super::sql;
use crate::support::booked::Booked;
use crate::support::digest::digest;
use crate::support::stores::Stores;
use crate::support::taken_over::TakenOverSession;

async fn booked() -> Booked {
    Booked::over(Stores::postgres().await).await
}

fn url(booked: &Booked) -> &str {
    booked.world.stores.url.as_deref().unwrap()
}

async fn enrol(booked: &Booked, id: &str) -> Enrolling {
    booked.world.booking.enrol(&SessionId::parse(id).unwrap(), false).await.unwrap()
}

async fn enrolled(booked: &Booked, session: &TakenOverSession<'_>) -> (EnrolledView, SessionView) {
    session.write(booked).await;
    match enrol(booked, session.key).await {
        Enrolling::Enrolled(view) => (*view, seen(booked, session.key).await),
        other => panic!("{other:?}"),
    }
}

async fn refusals(booked: &Booked, id: &str) -> Vec<String> {
    let before = digest(url(booked)).await;
    let outcome = enrol(booked, id).await;
    assert_eq!(digest(url(booked)).await, before, "a refusal writes nothing");
    match outcome {
        Enrolling::Refused { reasons } => reasons,
        other => panic!("{other:?}"),
    }
}

async fn seen(booked: &Booked, id: &str) -> SessionView {
    let viewer = Viewer { user: booked.student.id.clone(), now: booked.world.now() };
    let id = SessionId::parse(id).unwrap();
    booked.world.stores.sessions.session(&id, &viewer).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_scheduled_session_that_is_enrolled_is_one_of_ours() {
    let booked = booked().await;
    let (view, session) = enrolled(&booked, &TakenOverSession::sound("s-1", "SCHEDULED")).await;
    assert_eq!((view.price.as_str(), view.fee_basis_points, view.held), ("1999.00 INR", 2000, 8));
    assert_eq!(
        (view.first_date.as_str(), view.time.as_str(), view.zone.as_str()),
        ("2026-11-30", "10:00", "Asia/Kolkata")
    );
    assert_eq!(view.timers.len(), 8 * 4);
    assert_eq!(view.course, (None, "ONGOING".to_owned()));
    assert_eq!(session.ends_at.as_deref(), Some("2026-12-22T05:30:00Z"), "from its meetings");
    booked.check().await;

    booked.pass_to(&session, 1, minutes(20)).await;
    let items = seen(&booked, "s-1").await.items.unwrap();
    assert_eq!(items[0].status.as_deref(), Some("UPCOMING"), "its day has begun");
    assert_eq!(booked.mailbox_subjects("asha").await[0], "Java  Programming: a meeting is near");
    booked.complete(&session, 1).await.unwrap();
    let cancelled = booked.cancel(&booked.mentor, &session).await.unwrap();
    assert_eq!(cancelled.status, "CANCELLED");
    let ledger = booked.ledger(&session).await;
    // An eighth of 1999.00 is earned; a fifth of that is the platform's.
    assert_eq!(
        (ledger.refunded.minor(), ledger.fee.minor(), ledger.payout.minor()),
        (174_913, 4_997, 19_990)
    );
    booked.check().await;
}

#[tokio::test]
async fn a_request_that_is_enrolled_is_answered_paid_and_planned_as_any_other() {
    let booked = booked().await;
    let (_, session) = enrolled(&booked, &TakenOverSession::sound("s-1", "PENDING")).await;
    assert_eq!(session.answer_by.as_deref(), Some("2026-11-26T08:00:00Z"), "72 hours from now on");
    booked.approve(&session).await;
    let payment = booked.start_payment(&session).await;
    assert_eq!(booked.tell(&payment, FactKind::Captured).await, FactOutcome::Applied);
    assert_eq!(booked.status(&session).await, SessionStatus::Scheduled);
    booked.check().await;
}

#[tokio::test]
async fn a_request_that_is_enrolled_expires_as_any_other() {
    let booked = booked().await;
    let (_, session) = enrolled(&booked, &TakenOverSession::sound("s-1", "PENDING")).await;
    booked.world.pass(hours(72)).await;
    assert_eq!(booked.status(&session).await, SessionStatus::Cancelled);
    booked.check().await;
}

#[tokio::test]
async fn an_approved_session_that_is_enrolled_is_held_and_lapses_unless_it_is_paid() {
    let booked = booked().await;
    let (view, session) = enrolled(&booked, &TakenOverSession::sound("s-1", "APPROVED")).await;
    assert_eq!((view.held, view.timers.len()), (8, 1));
    booked.world.pass(hours(24)).await;
    assert_eq!(booked.status(&session).await, SessionStatus::Cancelled);
    booked.check().await;
}

#[tokio::test]
async fn a_paid_session_that_is_enrolled_is_planned_at_once_or_on_the_days_that_follow() {
    for passed in [0, 14] {
        let booked = booked().await;
        let sound = TakenOverSession::sound("s-1", "PAID");
        let begins_at = sound.begins_at.minus(days(passed));
        let (view, session) = enrolled(&booked, &TakenOverSession { begins_at, ..sound }).await;
        assert_eq!(view.held, if passed == 0 { 8 } else { 0 });
        booked.world.pass(minutes(1)).await;
        let session = booked.seen(&booked.student, &session).await;
        assert_eq!((session.status.as_str(), session.items.unwrap().len()), ("SCHEDULED", 8));
        let first = if passed == 0 { "2026-11-30T04:30:00Z" } else { "2026-11-24T04:30:00Z" };
        assert_eq!(session.starts_at, first);
        booked.check().await;
    }
}

#[tokio::test]
async fn a_completed_session_that_is_enrolled_makes_its_mentors_share_payable() {
    let booked = booked().await;
    let (_, session) = enrolled(&booked, &TakenOverSession::sound("s-1", "COMPLETED")).await;
    assert_eq!(booked.course(&session).await, Some(CourseStatus::Completed));
    booked.world.pass(hours(71)).await;
    assert_eq!(booked.ledger(&session).await.status, PayoutStatus::Pending);
    booked.world.pass(hours(1)).await;
    assert_eq!(booked.ledger(&session).await.status, PayoutStatus::Ready);
    booked.check().await;
}

#[tokio::test]
async fn a_meeting_that_is_long_over_does_not_complete_itself_before_somebody_could_object() {
    let booked = booked().await;
    let sound = TakenOverSession::sound("s-1", "SCHEDULED");
    let begins_at = sound.begins_at.minus(days(14));
    let meetings = vec!["COMPLETED", "UPCOMING", "LOCKED", "LOCKED", "LOCKED", "LOCKED", "LOCKED", "LOCKED"];
    let (view, session) = enrolled(&booked, &TakenOverSession { begins_at, meetings, ..sound }).await;
    assert_eq!(view.held, 5, "what is over holds nothing");
    let completed = async || {
        let items = seen(&booked, "s-1").await.items.unwrap();
        items.iter().filter(|item| item.status.as_deref() == Some("COMPLETED")).count()
    };
    booked.world.pass(hours(23)).await;
    assert_eq!(completed().await, 1);
    booked.world.pass(hours(1)).await;
    assert_eq!(completed().await, 3);
    booked.world.pass(days(30)).await;
    assert_eq!(booked.status(&session).await, SessionStatus::Completed);
    booked.check().await;
}

#[tokio::test]
async fn what_is_over_is_enrolled_without_any_timer() {
    let booked = booked().await;
    for (key, status) in [("s-1", "REJECTED"), ("s-2", "CANCELLED")] {
        let (view, session) = enrolled(&booked, &TakenOverSession::sound(key, status)).await;
        assert_eq!((view.timers.len(), view.held), (0, 0));
        assert_eq!(session.allowed_actions, Vec::<String>::new());
    }
    booked.check().await;
}

#[tokio::test]
async fn a_dry_run_says_the_same_and_leaves_nothing() {
    let booked = booked().await;
    let session = TakenOverSession::sound("s-1", "SCHEDULED");
    session.write(&booked).await;
    let before = digest(url(&booked)).await;
    let tried = booked.world.booking.enrol(&session.id(), true).await.unwrap();
    assert_eq!(digest(url(&booked)).await, before);
    assert_eq!(tried, enrol(&booked, "s-1").await);
}

#[tokio::test]
async fn enrolling_again_changes_nothing() {
    let booked = booked().await;
    enrolled(&booked, &TakenOverSession::sound("s-1", "SCHEDULED")).await;
    let before = digest(url(&booked)).await;
    assert_eq!(enrol(&booked, "s-1").await, Enrolling::EnrolledBefore);
    assert_eq!(digest(url(&booked)).await, before);
    let nobody = booked.world.booking.enrol(&SessionId::parse("none").unwrap(), false).await.unwrap_err();
    assert!(matches!(nobody, application_booking::BookingError::Store(StoreError::NotFound { .. })));
}

#[tokio::test]
async fn everything_that_contradicts_itself_is_told_at_once() {
    let booked = booked().await;
    let session = TakenOverSession {
        meetings: vec!["LOCKED", "LOCKED", "COMPLETED"],
        payment: Some("PENDING"),
        payout: None,
        ..TakenOverSession::sound("s-1", "SCHEDULED")
    };
    session.write(&booked).await;
    sql::execute(
        url(&booked),
        "UPDATE sessions SET skill_name = 'Juggling';
         UPDATE session_schedule SET scheduled_time = 'ten o''clock' WHERE week_number = 1 AND session_number = 1;
         UPDATE session_schedule SET session_number = 9 WHERE week_number = 1 AND session_number = 2",
    )
    .await;
    assert_eq!(
        refusals(&booked, "s-1").await,
        [
            "there is no course for the skill \"Juggling\"",
            "its plan is of another skill than \"Juggling\"",
            "it is SCHEDULED, but its payment is PENDING",
            "3 meetings are planned, but its plan has 8",
            "the time \"ten o'clock\" of meeting 1 of week 1 cannot be read",
            "meeting 9 of week 1 is outside of its plan",
            "meeting 1 of week 2 is COMPLETED, but begins only at 2026-12-07T04:30:00Z",
        ]
    );
}

#[tokio::test]
async fn money_that_contradicts_itself_is_refused() {
    let sound = || TakenOverSession::sound("s-1", "SCHEDULED");
    let odd = "UPDATE admin_ledger SET platform_fee = 1.00";
    let half = "UPDATE admin_ledger SET platform_fee = NULL";
    let other = "UPDATE admin_ledger SET amount = 99.00, platform_fee = NULL, mentor_payout_amount = NULL";
    for (session, altered, reason) in [
        (
            TakenOverSession { payment: None, payout: None, ..sound() },
            "",
            "it is SCHEDULED, but has no payment",
        ),
        (TakenOverSession { payout: None, ..sound() }, "", "its payment has no row in admin_ledger"),
        (
            TakenOverSession { payout: Some("READY"), ..sound() },
            "",
            "it is SCHEDULED, but the mentor's share is READY already",
        ),
        (sound(), odd, "admin_ledger splits 1999.00 INR into 1599.20 INR and 1.00 INR"),
        (sound(), half, "its row in admin_ledger is split by half"),
        (sound(), other, "1999.00 INR were paid, but admin_ledger has 99.00 INR"),
        (
            sound(),
            "UPDATE payments SET currency = 'rupees'",
            "its payment cannot be read: p-s-1: a currency is three capital letters and has two decimals",
        ),
        (
            TakenOverSession { payment: Some("SUCCESS"), ..TakenOverSession::sound("s-1", "CANCELLED") },
            "INSERT INTO admin_ledger (payment_id, session_id, mentor_id, amount) SELECT id, session_id, 'ravi', amount FROM payments",
            "it is CANCELLED, but 1999.00 INR that were paid for it were not given back",
        ),
        (
            TakenOverSession { payment: Some("PENDING"), ..TakenOverSession::sound("s-1", "APPROVED") },
            "",
            "its payment was begun with the gateway mock; ours is simulated",
        ),
    ] {
        let booked = booked().await;
        session.write(&booked).await;
        sql::execute(url(&booked), altered).await;
        assert_eq!(refusals(&booked, "s-1").await, [reason]);
    }
}

#[tokio::test]
async fn a_split_that_was_not_made_is_made_with_the_configured_fee() {
    let booked = booked().await;
    let session = TakenOverSession::sound("s-1", "SCHEDULED");
    session.write(&booked).await;
    sql::execute(url(&booked), "UPDATE admin_ledger SET platform_fee = NULL, mentor_payout_amount = NULL")
        .await;
    assert!(matches!(enrol(&booked, "s-1").await, Enrolling::Enrolled(_)));
    let ledger = booked.ledger(&seen(&booked, "s-1").await).await;
    assert_eq!((ledger.fee.minor(), ledger.payout.minor()), (29_985, 169_915));
    booked.check().await;
}

#[tokio::test]
async fn hours_that_another_session_holds_are_refused_by_its_name() {
    let booked = booked().await;
    let held = booked.scheduled().await;
    TakenOverSession::sound("s-1", "SCHEDULED").write(&booked).await;
    assert_eq!(
        refusals(&booked, "s-1").await,
        [
            format!("session {} of the same student, mentor and skill is live", held.id),
            format!("session {} holds hours of its student or its mentor that overlap", held.id),
        ]
    );
    booked.cancel(&booked.student, &held).await.unwrap();
    assert!(matches!(enrol(&booked, "s-1").await, Enrolling::Enrolled(_)));
    booked.check().await;
}

#[tokio::test]
async fn a_clock_time_that_disagrees_with_the_instant_is_corrected() {
    let booked = booked().await;
    TakenOverSession::sound("s-1", "SCHEDULED").write(&booked).await;
    sql::execute(
        url(&booked),
        "UPDATE session_schedule SET scheduled_time = '04:30:00' WHERE week_number = 1",
    )
    .await;
    assert!(matches!(enrol(&booked, "s-1").await, Enrolling::Enrolled(_)));
    let times =
        sql::lines(url(&booked), "SELECT DISTINCT scheduled_time::text AS line FROM session_schedule").await;
    assert_eq!(times, ["10:00:00"]);
    let session = seen(&booked, "s-1").await;
    booked.pass_to(&session, 1, minutes(20)).await;
    booked.complete(&session, 1).await.unwrap();
}

#[tokio::test]
async fn the_list_shows_page_after_page_what_is_not_enrolled() {
    let booked = booked().await;
    for (key, status) in
        [("s-3", "CANCELLED"), ("s-1", "SCHEDULED"), ("s-2", "COMPLETED"), ("s-4", "REJECTED")]
    {
        TakenOverSession::sound(key, status).write(&booked).await;
    }
    assert!(matches!(enrol(&booked, "s-4").await, Enrolling::Enrolled(_)));
    let (mut after, mut shown) = (None, Vec::new());
    loop {
        let page = PageRequest { size: PageSize::parse(2).unwrap(), after };
        let found = booked.world.stores.sessions.taken_over(&page).await.unwrap();
        shown.extend(found.items);
        after = found.next;
        if after.is_none() {
            break;
        }
    }
    let keys: Vec<&str> = shown.iter().map(|view| view.id.as_str()).collect();
    assert_eq!(keys, ["s-2", "s-1", "s-3"], "by start, then by key");
    let view = &shown[1];
    assert_eq!((view.items, view.items_completed, view.status.as_str()), (8, 0, "SCHEDULED"));
    assert_eq!((view.amount.as_deref(), view.payout.as_deref()), (Some("1999.00 INR"), Some("PENDING")));
}

#[tokio::test]
async fn nothing_was_ever_taken_over_into_memory() {
    let booked = Booked::over(Stores::memory()).await;
    let missing = booked.world.booking.enrol(&SessionId::parse("s-1").unwrap(), false).await.unwrap_err();
    assert!(matches!(missing, application_booking::BookingError::Store(StoreError::NeedsPostgres { .. })));
}

#[tokio::test]
async fn an_operator_closes_a_session_that_was_taken_over_and_is_told_what_to_settle_by_hand() {
    let booked = booked().await;
    for (key, status) in [("s-1", "SCHEDULED"), ("s-2", "PENDING"), ("s-3", "COMPLETED"), ("s-4", "APPROVED")]
    {
        TakenOverSession::sound(key, status).write(&booked).await;
    }
    let before = sql::lines(url(&booked), "SELECT p::text AS line FROM payments p ORDER BY id").await;
    let close = async |key: &str| {
        let calling_off = booked.calling_off(&SessionId::parse(key).unwrap(), "the mentor has left");
        booked.world.booking.cancel_as_operator(calling_off).await.map(|reply| reply.into_new().unwrap())
    };
    let view = close("s-1").await.unwrap();
    assert_eq!((view.status.as_str(), view.taken_over, view.split), ("CANCELLED", true, None));
    assert_eq!(view.settle_by_hand.map(|amount| amount.minor), Some(199_900));
    assert_eq!(view.items.len(), 8);
    for key in ["s-2", "s-4"] {
        let view = close(key).await.unwrap();
        assert_eq!((view.status.as_str(), view.settle_by_hand), ("CANCELLED", None));
    }
    close("s-1").await.unwrap();
    let refused = close("s-3").await.unwrap_err();
    assert_eq!(application_kernel::MeansCode::code(&refused).name, "illegal_transition");
    let audited = "SELECT subject || ' ' || (details ->> 'reason') || coalesce(' ' || (details ->> 'payment'), '') AS line
                   FROM audit_events WHERE action = 'session.cancel' ORDER BY id";
    assert_eq!(
        sql::lines(url(&booked), audited).await,
        ["s-1 the mentor has left 1999.00 INR SUCCESS", "s-2 the mentor has left", "s-4 the mentor has left"]
    );
    assert_eq!(sql::lines(url(&booked), "SELECT p::text AS line FROM payments p ORDER BY id").await, before);
}
