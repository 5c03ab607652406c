use super::*;
use crate::given::{now, scheduled};
use domain_kernel::{days, hours};

/// The session of `given`, as the former system would have left it: two meetings in one week.
fn taken_over(status: SessionStatus) -> (TakenOver, Terms) {
    let (session, meetings) = scheduled();
    let is_planned = matches!(status, SessionStatus::Scheduled | SessionStatus::Completed);
    let meetings = meetings.into_iter().filter(|_| is_planned).map(|meeting| TakenOverMeeting {
        id: meeting.id,
        week: meeting.week.into(),
        number: meeting.number.into(),
        status: ScheduleStatus::Upcoming,
        starts_at: meeting.starts_at,
        time: "10:00:00".into(),
        updated_at: None,
        version: 0,
    });
    let taken_over = TakenOver {
        id: session.id,
        student: session.student,
        mentor: session.mentor,
        course: session.course,
        plan_key: "Basic Plan - 2 sessions/week".into(),
        skill_name: session.skill_name,
        skill_slug: session.skill_slug,
        status,
        message: None,
        starts_at: session.begins_at,
        created_at: Some(now().minus(days(3))),
        updated_at: None,
        completed_at: None,
        version: 0,
        meetings: meetings.collect(),
    };
    (taken_over, session.terms)
}

fn refused(taken_over: &TakenOver, terms: &Terms, at: Timestamp) -> Vec<Contradiction> {
    taken_over.enrolled(PlanId::new(1), terms.clone(), at).unwrap_err()
}

#[test]
fn a_scheduled_one_becomes_one_of_ours_with_its_meetings_where_they_were() {
    let (taken_over, terms) = taken_over(SessionStatus::Scheduled);
    let (session, meetings) = taken_over.enrolled(PlanId::new(1), terms, now()).unwrap();
    let (ours, our_meetings) = scheduled();
    assert_eq!((session.begins_at, session.ends_at), (ours.begins_at, ours.ends_at));
    let places = |meetings: &[Meeting]| -> Vec<_> {
        meetings.iter().map(|m| (m.item, m.week, m.number, m.starts_at, m.ends_at, m.wall_time)).collect()
    };
    assert_eq!(places(&meetings), places(&our_meetings));
    assert!(meetings.iter().all(Meeting::is_open));
}

#[test]
fn what_it_waits_for_begins_to_count_when_it_is_enrolled() {
    let (taken_over, terms) = taken_over(SessionStatus::Pending);
    let (session, _) = taken_over.enrolled(PlanId::new(1), terms.clone(), now()).unwrap();
    assert_eq!((session.expires_at, session.pay_by), (now().plus(hours(72)), None));
    let approved = TakenOver { status: SessionStatus::Approved, ..taken_over.clone() };
    let (session, _) = approved.enrolled(PlanId::new(1), terms.clone(), now()).unwrap();
    assert_eq!(session.pay_by, Some(now().plus(hours(24))));
    let late = taken_over.starts_at.minus(hours(1));
    assert_eq!(refused(&taken_over, &terms, late), [Contradiction::TooLateToAnswer(taken_over.starts_at)]);
    assert_eq!(refused(&approved, &terms, late), [Contradiction::TooLateToPay(taken_over.starts_at)]);
}

#[test]
fn reminders_that_were_due_before_are_not_sent_late() {
    let (taken_over, terms) = taken_over(SessionStatus::Scheduled);
    let at = taken_over.begins_at().minus(hours(2));
    let (_, meetings) = taken_over.enrolled(PlanId::new(1), terms, at).unwrap();
    assert_eq!(meetings[0].reminded, Reminders { day: true, hour: false });
    assert_eq!(meetings[1].reminded, Reminders::default());
}

#[test]
fn every_contradiction_is_told_and_not_only_the_first() {
    let (mut taken_over, terms) = taken_over(SessionStatus::Completed);
    taken_over.student = taken_over.mentor.clone();
    taken_over.created_at = None;
    taken_over.meetings[0].time = "half past ten".into();
    taken_over.meetings[1].week = 7;
    taken_over.meetings[1].status = ScheduleStatus::Completed;
    let starts_at = taken_over.meetings[1].starts_at;
    assert_eq!(
        refused(&taken_over, &terms, now()),
        [
            Contradiction::Oneself,
            Contradiction::Undated,
            Contradiction::Open(1),
            Contradiction::Unfinished,
            Contradiction::Time { week: 1, number: 1, time: "half past ten".into() },
            Contradiction::Outside { week: 7, number: 2 },
            Contradiction::Early { week: 7, number: 2, starts_at },
        ]
    );
}

#[test]
fn a_status_and_its_meetings_must_agree() {
    let (mut scheduled, terms) = taken_over(SessionStatus::Scheduled);
    let late = scheduled.begins_at().plus(days(9));
    for meeting in &mut scheduled.meetings {
        meeting.status = ScheduleStatus::Completed;
    }
    assert_eq!(refused(&scheduled, &terms, late), [Contradiction::Over]);
    let paid = TakenOver { status: SessionStatus::Paid, ..scheduled.clone() };
    assert_eq!(refused(&paid, &terms, late), [Contradiction::Planned(SessionStatus::Paid, 2)]);
    scheduled.meetings.pop();
    scheduled.meetings[0].status = ScheduleStatus::Locked;
    assert_eq!(refused(&scheduled, &terms, now()), [Contradiction::Count { planned: 1, sold: 2 }]);
}

#[test]
fn open_meetings_of_one_session_do_not_overlap() {
    let (mut scheduled, terms) = taken_over(SessionStatus::Scheduled);
    let first = scheduled.meetings[0].starts_at;
    scheduled.meetings[1].starts_at = first.plus(domain_kernel::minutes(30));
    assert_eq!(
        refused(&scheduled, &terms, now()),
        [Contradiction::Overlap(first, scheduled.meetings[1].starts_at)]
    );
}

#[test]
fn a_clock_time_has_hours_minutes_and_perhaps_seconds() {
    for text in ["10:00", "10:00:00", "23:59:59"] {
        assert!(is_clock_time(text), "{text}");
    }
    for text in ["", "10", "10:00 AM", "24:00:00", "10:00:60", "10:00:5", "१०:००"] {
        assert!(!is_clock_time(text), "{text}");
    }
}
