//! What the tests of sessions and meetings start from.

use domain_kernel::{
    BasisPoints, CourseId, Currency, Money, PlanId, ScheduleItemId, SessionId, Timestamp, UserId, WallTime,
    Zone,
};

use crate::{
    Circumstances, Meeting, Policy, Reminders, ScheduleStatus, Session, SessionRequest, Terms, WeekdaySet,
};

/// Monday 23 November 2026, 08:00 UTC, which is 13:30 in Kolkata.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_utc("2026-11-23T08:00:00".parse().unwrap())
}

pub(crate) fn asked(first: &str) -> SessionRequest {
    SessionRequest {
        id: SessionId::parse("s").unwrap(),
        student: UserId::parse("student").unwrap(),
        mentor: UserId::parse("mentor").unwrap(),
        course: CourseId::new(1),
        plan: PlanId::new(1),
        plan_key: "basic".into(),
        skill_name: "Java".into(),
        skill_slug: "java".into(),
        message: None,
        terms: Terms {
            price: Money::parse(100, Currency::parse("INR").unwrap()).unwrap(),
            policy: Policy::with_fee(BasisPoints::parse(1500).unwrap()),
            zone: Zone::KOLKATA,
            first_date: first.parse().unwrap(),
            time: WallTime::parse("10:00").unwrap(),
            // Monday to Friday.
            offered: WeekdaySet::from_bits(0b1_1111),
            weeks: 1,
            per_week: 2,
        },
    }
}

pub(crate) const GIVEN: Circumstances =
    Circumstances { plan_is_active: true, mentor_may_teach: true, has_live_session: false, open_requests: 0 };

pub(crate) fn requested(first: &str) -> Session {
    Session::request(asked(first), GIVEN, now()).unwrap().0
}

pub(crate) fn approved(first: &str) -> Session {
    let mut session = requested(first);
    let mentor = session.mentor.clone();
    session.approve(&mentor, now()).unwrap();
    session
}

/// A paid session whose two meetings, on Monday 30 November and Tuesday 1 December at 10:00 in Kolkata, are planned.
pub(crate) fn scheduled() -> (Session, Vec<Meeting>) {
    let mut session = approved("2026-11-30");
    session.capture(now()).unwrap();
    session.schedule(session.terms.first_date, now()).unwrap();
    let meetings = (1..).zip(session.slots()).map(|(key, slot)| Meeting {
        id: ScheduleItemId::new(key),
        session: session.id.clone(),
        item: slot.item,
        week: slot.day.week,
        number: slot.day.number,
        status: ScheduleStatus::Locked,
        starts_at: slot.starts_at,
        ends_at: slot.ends_at,
        wall_time: session.terms.time,
        moves: 0,
        proposal: None,
        report: None,
        reminded: Reminders::default(),
        completed_at: None,
        cancelled_at: None,
        version: 0,
    });
    let meetings = meetings.collect();
    (session, meetings)
}
