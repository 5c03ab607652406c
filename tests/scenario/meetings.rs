//! What happens to planned meetings: clocks, completion, moves, no-shows.

use application_booking::{AnswerMove, ProposeMove};
use application_kernel::{CurrentUser, Failure, MeansCode};
use domain_billing::PayoutStatus;
use domain_kernel::{Role, WallTime, days, hours, minutes};
use domain_mentoring::SessionStatus;

use crate::support::booked::{Booked, id};
use crate::support::people::inr;
use crate::support::stores::Stores;
use crate::support::world::ticket;

crate::both_stores! {
    a_clock_does_not_complete_a_whole_plan_an_hour_after_its_first_meeting,
    a_meetings_day_begins_at_local_midnight,
    the_parties_are_reminded_a_day_and_an_hour_ahead_once,
    a_month_of_downtime_is_caught_up_each_thing_once,
    only_the_student_reports_and_only_the_mentor_completes,
    a_moved_meeting_follows_its_new_time_and_forgets_the_old_one,
    a_meeting_is_not_moved_to_where_another_one_is,
    an_upheld_no_show_gives_its_share_back,
    a_dismissed_no_show_completes_the_meeting,
    a_no_show_at_the_last_meeting_holds_the_payout,
    a_cancellation_does_not_decide_about_a_reported_no_show,
    a_plan_to_which_the_mentor_never_came_is_cancelled_and_goes_back,
}

fn statuses(session: &application_booking::SessionView) -> Vec<String> {
    session.items.as_ref().unwrap().iter().map(|item| item.status.clone().unwrap()).collect()
}

async fn a_clock_does_not_complete_a_whole_plan_an_hour_after_its_first_meeting(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.scheduled().await;
    booked.pass_to(&session, 1, hours(2)).await;
    assert_eq!(booked.status(&session).await, SessionStatus::Scheduled);
    booked.pass_to(&session, 1, hours(25)).await;
    let seen = booked.seen(&booked.student, &session).await;
    assert_eq!(seen.status, "SCHEDULED");
    assert_eq!(
        statuses(&seen),
        ["COMPLETED", "UPCOMING", "LOCKED", "LOCKED", "LOCKED", "LOCKED", "LOCKED", "LOCKED"]
    );
    booked.check().await;
}

async fn a_meetings_day_begins_at_local_midnight(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.scheduled().await;
    // 10:00 in Kolkata: its day begins ten hours before.
    booked.pass_to(&session, 1, -hours(10) - minutes(1)).await;
    assert_eq!(statuses(&booked.seen(&booked.student, &session).await)[0], "LOCKED");
    booked.pass_to(&session, 1, -hours(10)).await;
    assert_eq!(statuses(&booked.seen(&booked.student, &session).await)[..2], ["UPCOMING", "LOCKED"]);
}

async fn the_parties_are_reminded_a_day_and_an_hour_ahead_once(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.scheduled().await;
    let reminders = async |who| {
        let mails = booked.world.mails(who).await;
        mails.iter().filter(|mail| mail.text.contains("Meeting 1 of")).count()
    };
    booked.pass_to(&session, 1, -hours(24) - minutes(1)).await;
    assert_eq!((reminders("asha").await, reminders("ravi").await), (0, 0));
    booked.pass_to(&session, 1, -hours(24)).await;
    assert_eq!((reminders("asha").await, reminders("ravi").await), (1, 1));
    booked.pass_to(&session, 1, -hours(1)).await;
    booked.pass_to(&session, 1, -minutes(1)).await;
    assert_eq!((reminders("asha").await, reminders("ravi").await), (2, 2));
}

async fn a_month_of_downtime_is_caught_up_each_thing_once(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.scheduled().await;
    booked.world.pass(days(40)).await;
    booked.world.pass(days(4)).await;
    let seen = booked.seen(&booked.student, &session).await;
    assert_eq!(seen.status, "COMPLETED");
    assert!(statuses(&seen).iter().all(|status| status == "COMPLETED"));
    assert_eq!(booked.ledger(&session).await.status, PayoutStatus::Ready);
    let mails = booked.world.mails("asha").await;
    assert_eq!(mails.iter().filter(|mail| mail.subject == "Java Programming is complete").count(), 1);
    assert_eq!(mails.iter().filter(|mail| mail.subject.contains("is near")).count(), 0, "they are over");
    booked.check().await;
}

async fn only_the_student_reports_and_only_the_mentor_completes(stores: Stores) {
    let mut booked = Booked::over(stores).await;
    let session = booked.scheduled().await;
    booked.pass_to(&session, 1, minutes(20)).await;
    std::mem::swap(&mut booked.student, &mut booked.mentor);
    assert_eq!(booked.complete(&session, 1).await.unwrap_err().code().name, "other_side_decides");
    assert_eq!(booked.report(&session, 1).await.unwrap_err().code().name, "other_side_decides");
    let stranger = booked.world.sign_up("bela", Role::Student).await;
    let (student, mentor) = (booked.student.clone(), booked.mentor.clone());
    (booked.student, booked.mentor) = (stranger.clone(), stranger);
    assert_eq!(booked.complete(&session, 1).await.unwrap_err().code().name, "not_found");
    assert_eq!(booked.report(&session, 1).await.unwrap_err().code().name, "not_found");
    (booked.student, booked.mentor) = (mentor, student);
    assert_eq!(booked.complete(&session, 9).await.unwrap_err().code().name, "no_such_meeting");
    let early = booked.complete(&session, 2).await.unwrap_err();
    assert_eq!(early.code().name, "too_early");
    assert_eq!(early.extensions(), [("not_before", "2026-12-01T04:45:00Z".into())]);
}

fn proposal(
    by: &CurrentUser,
    session: &application_booking::SessionView,
    date: &str,
    time: &str,
) -> ProposeMove {
    let (date, time) = (date.parse().unwrap(), WallTime::parse(time).unwrap());
    ProposeMove { ticket: ticket(by), session: id(session), item: 1, date, time }
}

/// Accepts that time, or drops the proposal.
fn answer(
    by: &CurrentUser,
    session: &application_booking::SessionView,
    accepts: Option<(&str, &str)>,
) -> AnswerMove {
    let accepts = accepts.map(|(date, time)| (date.parse().unwrap(), WallTime::parse(time).unwrap()));
    AnswerMove { ticket: ticket(by), session: id(session), item: 1, accepts }
}

async fn a_moved_meeting_follows_its_new_time_and_forgets_the_old_one(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.scheduled().await;
    let booking = &booked.world.booking;
    let proposed =
        booking.propose_move(proposal(&booked.student, &session, "2026-12-05", "18:00")).await.unwrap();
    let shown = proposed.into_new().unwrap().items.unwrap().remove(0).proposal.unwrap();
    assert_eq!(
        (shown.by.as_str(), shown.local_date.as_str(), shown.local_time.as_str()),
        ("student", "2026-12-05", "18:00")
    );
    let refused = booking
        .answer_move(answer(&booked.student, &session, Some(("2026-12-05", "18:00"))))
        .await
        .unwrap_err();
    assert_eq!(refused.code().name, "own_proposal");
    let moved = booking
        .answer_move(answer(&booked.mentor, &session, Some(("2026-12-05", "18:00"))))
        .await
        .unwrap()
        .into_new()
        .unwrap();
    assert_eq!(moved.items.as_ref().unwrap()[0].local_date, "2026-12-05");
    assert_eq!(moved.starts_at, "2026-12-01T04:30:00Z", "the second meeting is the first now");
    // Nothing happens at the old time.
    booked.pass_to(&session, 2, -hours(2)).await;
    assert_eq!(statuses(&booked.seen(&booked.student, &session).await)[0], "LOCKED");
    booked.pass_to(&session, 1, hours(1)).await;
    assert_eq!(statuses(&booked.seen(&booked.student, &session).await)[0], "UPCOMING");
    booked.pass_to(&session, 1, hours(25)).await;
    assert_eq!(statuses(&booked.seen(&booked.student, &session).await)[0], "COMPLETED");
    booked.check().await;
}

async fn a_meeting_is_not_moved_to_where_another_one_is(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.scheduled().await;
    let booking = &booked.world.booking;
    // Half an hour into the second meeting.
    booking.propose_move(proposal(&booked.mentor, &session, "2026-12-01", "10:30")).await.unwrap();
    let refused = booking
        .answer_move(answer(&booked.student, &session, Some(("2026-12-01", "10:30"))))
        .await
        .unwrap_err();
    assert_eq!(refused.code().name, "slot_taken");
    let declined =
        booking.answer_move(answer(&booked.student, &session, None)).await.unwrap().into_new().unwrap();
    let first = declined.items.unwrap().remove(0);
    assert_eq!((first.local_date.as_str(), first.proposal), ("2026-11-30", None));
    let refused = booking.answer_move(answer(&booked.student, &session, None)).await.unwrap_err();
    assert_eq!(refused.code().name, "no_proposal");
}

async fn an_upheld_no_show_gives_its_share_back(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.scheduled().await;
    booked.pass_to(&session, 1, minutes(10)).await;
    booked.report(&session, 1).await.unwrap();
    booked.pass_to(&session, 1, minutes(20)).await;
    assert_eq!(booked.complete(&session, 1).await.unwrap_err().code().name, "no_show_open");
    booked.pass_to(&session, 1, hours(30)).await;
    assert_eq!(statuses(&booked.seen(&booked.student, &session).await)[0], "UPCOMING", "held");
    booked.decide(&session, 1, true).await.unwrap();
    let seen = booked.seen(&booked.student, &session).await;
    let first = &seen.items.as_ref().unwrap()[0];
    assert_eq!((first.cancelled, first.no_show.as_deref()), (true, Some("upheld")));
    assert_eq!(booked.ledger(&session).await.refunded, inr(31_237));
    assert_eq!(seen.status, "SCHEDULED");
    booked.pass_to(&session, 8, hours(26)).await;
    assert_eq!(booked.status(&session).await, SessionStatus::Completed);
    let ledger = booked.ledger(&session).await;
    assert_eq!(ledger.refunded.plus(ledger.fee).unwrap().plus(ledger.payout).unwrap(), inr(249_900));
    booked.check().await;
}

async fn a_dismissed_no_show_completes_the_meeting(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.scheduled().await;
    booked.pass_to(&session, 1, hours(1)).await;
    booked.report(&session, 1).await.unwrap();
    booked.pass_to(&session, 1, hours(40)).await;
    booked.decide(&session, 1, false).await.unwrap();
    assert_eq!(statuses(&booked.seen(&booked.student, &session).await)[0], "COMPLETED");
    assert_eq!(booked.ledger(&session).await.refunded, inr(0));
    let again = booked.decide(&session, 1, true).await.unwrap_err();
    assert_eq!(again.code().name, "too_late");
    booked.check().await;
}

async fn a_no_show_at_the_last_meeting_holds_the_payout(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.scheduled().await;
    booked.pass_to(&session, 8, minutes(15)).await;
    booked.complete(&session, 8).await.unwrap();
    // The seventh completed itself: the session is over.
    booked.pass_to(&session, 8, hours(3)).await;
    assert_eq!(booked.status(&session).await, SessionStatus::Completed);
    booked.report(&session, 8).await.unwrap();
    booked.world.pass(hours(100)).await;
    assert_eq!(booked.ledger(&session).await.status, PayoutStatus::Pending, "held");
    booked.decide(&session, 8, true).await.unwrap();
    booked.world.pass(minutes(1)).await;
    let ledger = booked.ledger(&session).await;
    assert_eq!((ledger.status, ledger.refunded), (PayoutStatus::Ready, inr(31_237)));
    assert_eq!(booked.status(&session).await, SessionStatus::Completed, "the status stays");
    booked.check().await;
}

async fn a_plan_to_which_the_mentor_never_came_is_cancelled_and_goes_back(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.scheduled().await;
    for item in 1..=8_u32 {
        booked.pass_to(&session, usize::try_from(item).unwrap(), hours(1)).await;
        booked.report(&session, item).await.unwrap();
        booked.decide(&session, item, true).await.unwrap();
    }
    assert_eq!(booked.status(&session).await, SessionStatus::Cancelled);
    assert_eq!(booked.ledger(&session).await.refunded, inr(249_900));
    booked.check().await;
}

async fn a_cancellation_does_not_decide_about_a_reported_no_show(stores: Stores) {
    let booked = Booked::over(stores).await;
    let mut session = booked.scheduled().await;
    for upheld in [true, false] {
        booked.pass_to(&session, 1, minutes(10)).await;
        booked.report(&session, 1).await.unwrap();
        booked.pass_to(&session, 2, hours(2)).await;
        booked.complete(&session, 2).await.unwrap();
        booked.cancel(&booked.student, &session).await.unwrap();
        // Two of eight are kept: what has taken place and what may have.
        assert_eq!(booked.ledger(&session).await.refunded, inr(249_900 - 62_475));
        booked.world.pass(hours(100)).await;
        assert_eq!(booked.ledger(&session).await.status, PayoutStatus::Pending, "held");
        booked.decide(&session, 1, upheld).await.unwrap();
        booked.world.pass(minutes(1)).await;
        let ledger = booked.ledger(&session).await;
        let back = if upheld { 249_900 - 62_475 + 31_237 } else { 249_900 - 62_475 };
        assert_eq!((ledger.status, ledger.refunded), (PayoutStatus::Ready, inr(back)));
        assert_eq!(booked.status(&session).await, SessionStatus::Cancelled);
        booked.check().await;
        session = booked.request_later().await;
        booked.approve(&session).await;
        let payment = booked.start_payment(&session).await;
        booked.tell(&payment, domain_billing::FactKind::Captured).await;
    }
}
