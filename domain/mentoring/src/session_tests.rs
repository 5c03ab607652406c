use domain_kernel::{UserId, days, hours, minutes};

use super::*;
use crate::given::{GIVEN, approved, asked, now, requested};
use crate::{Circumstances, RequestRefused};

#[test]
fn a_request_expires_after_72_hours_or_2_hours_before_its_start() {
    assert_eq!(requested("2026-11-30").expires_at, now().plus(hours(72)));
    let soon = requested("2026-11-25");
    assert_eq!(soon.expires_at, soon.starts_at().minus(hours(2)));
}

#[test]
fn each_circumstance_alone_refuses_a_request() {
    for (given, refused) in [
        (Circumstances { plan_is_active: false, ..GIVEN }, RequestRefused::PlanUnavailable),
        (Circumstances { mentor_may_teach: false, ..GIVEN }, RequestRefused::NotVerified),
        (Circumstances { has_live_session: true, ..GIVEN }, RequestRefused::LiveSession),
        (Circumstances { open_requests: 5, ..GIVEN }, RequestRefused::TooManyOpen),
    ] {
        assert_eq!(Session::request(asked("2026-11-30"), given, now()).map(|_| ()), Err(refused));
    }
    let given = Circumstances { open_requests: 4, ..GIVEN };
    assert!(Session::request(asked("2026-11-30"), given, now()).is_ok());
}

#[test]
fn an_approved_session_is_paid_within_24_hours_and_an_hour_before_its_start() {
    assert_eq!(approved("2026-11-30").pay_by, Some(now().plus(hours(24))));
    let mut soon = requested("2026-11-25");
    let mentor = soon.mentor.clone();
    soon.approve(&mentor, soon.starts_at().minus(hours(20))).unwrap();
    assert_eq!(soon.pay_by, Some(soon.starts_at().minus(hours(1))));
}

#[test]
fn nobody_but_a_party_learns_that_there_is_a_session() {
    let mut session = requested("2026-11-30");
    let (stranger, student) = (UserId::parse("stranger").unwrap(), session.student.clone());
    assert_eq!(session.approve(&stranger, now()), Err(SessionRefused::NotAParty));
    assert_eq!(session.approve(&student, now()), Err(SessionRefused::OtherSide(Side::Mentor)));
    assert_eq!(session.may_pay(&stranger, now()), Err(SessionRefused::NotAParty));
}

#[test]
fn approving_again_says_nothing_new() {
    let mut session = approved("2026-11-30");
    let before = session.clone();
    let mentor = session.mentor.clone();
    assert_eq!(session.approve(&mentor, now().plus(hours(1))), Ok(vec![]));
    assert_eq!(session, before);
}

#[test]
fn a_cancelled_session_cannot_be_paid() {
    let mut session = approved("2026-11-30");
    let student = session.student.clone();
    session.lapse(false, now().plus(hours(24))).unwrap();
    assert!(matches!(session.may_pay(&student, now()), Err(SessionRefused::Illegal(_))));
    assert!(matches!(session.capture(now()), Err(SessionRefused::Illegal(_))));
}

#[test]
fn an_unpaid_session_cannot_be_scheduled_by_any_clock() {
    let mut session = approved("2026-11-30");
    let refused = session.schedule(session.terms.first_date, now()).unwrap_err();
    assert!(matches!(refused, SessionRefused::Illegal(illegal) if illegal.from == "APPROVED"));
}

#[test]
fn the_clock_is_refused_before_its_time_and_waits_for_a_payment_under_way() {
    let mut session = requested("2026-11-30");
    assert_eq!(session.expire(now().plus(hours(72) - minutes(1))), Err(SessionRefused::NotDue));
    let mut session = approved("2026-11-30");
    let due = session.pay_by.unwrap();
    assert_eq!(session.lapse(false, due.minus(minutes(1))), Err(SessionRefused::NotDue));
    assert_eq!(session.lapse(true, due.plus(minutes(14))), Err(SessionRefused::NotDue));
    assert!(session.lapse(true, due.plus(minutes(15))).is_ok());
}

#[test]
fn a_plan_begins_on_its_day_or_on_the_offered_days_that_follow() {
    let session = approved("2026-11-30");
    assert_eq!(session.first_dates(now()), [session.terms.first_date]);
    // Friday 4 December, 12:00 in Kolkata: the next offered day is Monday.
    let friday = Timestamp::from_utc("2026-12-04T06:30:00".parse().unwrap());
    let dates: Vec<String> = session.first_dates(friday).iter().map(ToString::to_string).collect();
    assert_eq!(dates.first().map(String::as_str), Some("2026-12-07"));
    assert_eq!(dates.len(), 10);
    assert!(session.first_dates(now().plus(days(8))).iter().all(|date| *date > session.terms.first_date));
}

#[test]
fn nobody_books_themselves() {
    let mut asked = asked("2026-11-30");
    asked.mentor = asked.student.clone();
    assert_eq!(Session::request(asked, GIVEN, now()).map(|_| ()), Err(RequestRefused::Oneself));
}

#[test]
fn each_time_limit_is_over_at_its_very_end() {
    let instant = domain_kernel::TimeDelta::microseconds(1);
    let mut asked = requested("2026-11-30");
    let (mentor, student, expires_at) = (asked.mentor.clone(), asked.student.clone(), asked.expires_at);
    assert_eq!(asked.clone().approve(&mentor, expires_at), Err(SessionRefused::TooLateToApprove));
    assert!(asked.clone().approve(&mentor, expires_at.minus(instant)).is_ok());
    assert_eq!(asked.clone().expire(expires_at.minus(instant)), Err(SessionRefused::NotDue));
    assert_eq!(asked.expire(expires_at).unwrap().len(), 1);
    let approved = approved("2026-11-30");
    let due = approved.pay_by.unwrap();
    assert_eq!(approved.may_pay(&student, due.minus(instant)), Ok(()));
    assert_eq!(approved.may_pay(&student, due), Err(SessionRefused::TooLateToPay));
}

#[test]
fn a_request_is_rejected_once_and_with_the_reason() {
    let mut session = requested("2026-11-30");
    let mentor = session.mentor.clone();
    assert_eq!(session.reject(&mentor, "full".into(), now()).unwrap().len(), 1);
    assert_eq!((session.status, session.reason.as_deref()), (SessionStatus::Rejected, Some("full")));
    assert_eq!(session.reject(&mentor, "again".into(), now()), Ok(vec![]));
    assert_eq!(session.reason.as_deref(), Some("full"));
}

#[test]
fn a_session_begins_and_ends_with_its_meetings_that_are_not_called_off() {
    let (mut session, mut meetings) = crate::given::scheduled();
    meetings[1].starts_at = meetings[1].starts_at.plus(days(7));
    meetings[1].ends_at = meetings[1].ends_at.plus(days(7));
    session.follow(&meetings, now().plus(hours(1)));
    assert_eq!((session.begins_at, session.ends_at), (meetings[0].starts_at, meetings[1].ends_at));
    assert_eq!(session.updated_at, now().plus(hours(1)));
    meetings[1].cancel(now());
    session.follow(&meetings, now());
    assert_eq!(session.ends_at, meetings[0].ends_at);
}
