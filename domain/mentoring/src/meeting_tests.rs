use domain_kernel::{TimeDelta, days, hours, minutes};

use super::*;
use crate::given::{now, scheduled};

const TICK: TimeDelta = TimeDelta::microseconds(1);

fn first() -> (Terms, Meeting) {
    let (session, meetings) = scheduled();
    (session.terms, meetings.into_iter().next().unwrap())
}

/// A meeting whose day has begun.
fn upcoming() -> (Terms, Meeting) {
    let (terms, mut meeting) = first();
    assert_eq!(meeting.begin_day(&terms, terms.day_of(meeting.starts_at)), Ok(true));
    (terms, meeting)
}

fn at(date: &str, time: &str) -> (Date, WallTime) {
    (date.parse().unwrap(), WallTime::parse(time).unwrap())
}

#[test]
fn a_day_begins_at_local_midnight_and_not_before() {
    let (terms, mut meeting) = first();
    // Midnight of 30 November in Kolkata.
    let midnight = Timestamp::from_utc("2026-11-29T18:30:00".parse().unwrap());
    assert_eq!(meeting.begin_day(&terms, midnight.minus(TICK)), Ok(false));
    assert_eq!(meeting.begin_day(&terms, midnight), Ok(true));
    assert_eq!(meeting.status, ScheduleStatus::Upcoming);
    assert_eq!(meeting.begin_day(&terms, midnight), Ok(false));
}

#[test]
fn a_mentor_completes_from_a_quarter_of_an_hour_after_the_start() {
    let (terms, mut meeting) = upcoming();
    let from = meeting.starts_at.plus(minutes(15));
    assert_eq!(meeting.complete(&terms, from.minus(TICK)), Err(MeetingRefused::TooEarly(from)));
    assert_eq!(meeting.complete(&terms, from), Ok(true));
    assert_eq!((meeting.status, meeting.completed_at), (ScheduleStatus::Completed, Some(from)));
    assert_eq!(meeting.complete(&terms, from.plus(hours(1))), Ok(false));
    assert_eq!(meeting.completed_at, Some(from));
}

#[test]
fn a_late_timer_of_the_day_does_not_keep_a_meeting_from_being_completed() {
    let (terms, mut meeting) = first();
    assert_eq!(meeting.complete(&terms, meeting.ends_at), Ok(true));
}

#[test]
fn a_meeting_completes_itself_a_day_after_its_end() {
    let (terms, mut meeting) = upcoming();
    let due = meeting.ends_at.plus(hours(24));
    assert_eq!(meeting.auto_complete(&terms, due.minus(TICK)), Ok(false));
    assert_eq!(meeting.auto_complete(&terms, due), Ok(true));
    assert_eq!(meeting.auto_complete(&terms, due), Ok(false));
}

#[test]
fn a_reported_meeting_is_completed_by_nobody_until_an_operator_decides() {
    let (terms, mut meeting) = upcoming();
    let late = meeting.ends_at.plus(hours(24));
    assert_eq!(meeting.report_no_show(None, &terms.policy, meeting.ends_at), Ok(true));
    assert_eq!(meeting.auto_complete(&terms, late), Ok(false));
    assert_eq!(meeting.complete(&terms, late), Err(MeetingRefused::Reported));
    assert_eq!(meeting.decide(false, late), Ok(true));
    assert_eq!(meeting.auto_complete(&terms, late), Ok(true));
    assert!(meeting.counts());
}

#[test]
fn a_no_show_is_reported_from_ten_minutes_after_the_start_to_a_day_after_the_end() {
    let (terms, meeting) = upcoming();
    let report = |at| meeting.clone().report_no_show(None, &terms.policy, at);
    let (from, until) = (meeting.starts_at.plus(minutes(10)), meeting.ends_at.plus(hours(24)));
    assert_eq!(report(from.minus(TICK)), Err(MeetingRefused::TooEarly(from)));
    assert_eq!(report(from), Ok(true));
    assert_eq!(report(until), Ok(true));
    assert_eq!(report(until.plus(TICK)), Err(MeetingRefused::TooLate(until)));
}

#[test]
fn a_no_show_is_reported_once() {
    let (terms, mut meeting) = upcoming();
    assert_eq!(meeting.report_no_show(Some("nobody came".into()), &terms.policy, meeting.ends_at), Ok(true));
    let reported = meeting.clone();
    assert_eq!(meeting.report_no_show(None, &terms.policy, meeting.ends_at), Ok(false));
    assert_eq!(meeting, reported);
}

#[test]
fn an_upheld_no_show_calls_off_an_open_meeting_and_leaves_a_completed_one() {
    let (terms, open) = upcoming();
    let late = open.ends_at.plus(hours(1));
    let upheld = |mut meeting: Meeting| {
        meeting.report_no_show(None, &terms.policy, late).unwrap();
        meeting.decide(true, late).unwrap();
        meeting
    };
    let mut completed = open.clone();
    completed.complete(&terms, late).unwrap();
    let (open, completed) = (upheld(open), upheld(completed));
    assert_eq!((open.cancelled_at, open.counts()), (Some(late), false));
    assert_eq!((completed.cancelled_at, completed.counts()), (None, false));
    assert_eq!(completed.status, ScheduleStatus::Completed);
}

#[test]
fn a_report_is_decided_once_and_only_if_there_is_one() {
    let (terms, mut meeting) = upcoming();
    assert_eq!(meeting.decide(true, now()), Err(MeetingRefused::NotReported));
    meeting.report_no_show(None, &terms.policy, meeting.ends_at).unwrap();
    assert_eq!(meeting.decide(true, now()), Ok(true));
    assert_eq!(meeting.decide(true, now()), Ok(false));
    assert_eq!(meeting.decide(false, now()), Err(MeetingRefused::Decided(now())));
}

#[test]
fn one_party_proposes_and_the_other_accepts() {
    let (terms, mut meeting) = first();
    let (date, time) = at("2026-12-02", "18:30");
    assert_eq!(meeting.accept(Side::Mentor, date, time, &terms, now()), Err(MeetingRefused::NoProposal));
    meeting.propose(Side::Student, date, time, &terms, now()).unwrap();
    assert_eq!(meeting.accept(Side::Student, date, time, &terms, now()), Err(MeetingRefused::OwnProposal));
    meeting.accept(Side::Mentor, date, time, &terms, now()).unwrap();
    assert_eq!(meeting.starts_at.to_string(), "2026-12-02T13:00:00Z");
    assert_eq!(meeting.ends_at, meeting.starts_at.plus(hours(1)));
    assert_eq!((meeting.wall_time, meeting.moves, meeting.proposal), (time, 1, None));
}

#[test]
fn a_later_proposal_replaces_the_one_before_and_either_party_may_drop_it() {
    let (terms, mut meeting) = first();
    let (date, time) = at("2026-12-02", "18:30");
    meeting.propose(Side::Student, date, time, &terms, now()).unwrap();
    meeting.propose(Side::Mentor, date, time, &terms, now()).unwrap();
    assert_eq!(meeting.proposal.map(|proposal| proposal.by), Some(Side::Mentor));
    assert_eq!(meeting.decline(), Ok(()));
    assert_eq!(meeting.decline(), Err(MeetingRefused::NoProposal));
}

#[test]
fn a_meeting_is_moved_to_a_time_a_day_ahead_when_proposed_and_when_accepted() {
    let (terms, mut meeting) = first();
    let (date, time) = at("2026-11-26", "10:00");
    let to = terms.zone.instant(date, time);
    let last = to.minus(hours(24));
    let propose = |meeting: &mut Meeting, now| meeting.propose(Side::Student, date, time, &terms, now);
    assert_eq!(propose(&mut meeting, last.plus(TICK)), Err(MeetingRefused::MoveTooNear));
    assert_eq!(propose(&mut meeting, last), Ok(()));
    assert_eq!(
        meeting.accept(Side::Mentor, date, time, &terms, last.plus(TICK)),
        Err(MeetingRefused::MoveTooNear)
    );
    assert_eq!(meeting.accept(Side::Mentor, date, time, &terms, last), Ok(()));
}

#[test]
fn a_meeting_is_moved_twice_at_most() {
    let (terms, mut meeting) = first();
    for day in ["2026-12-02", "2026-12-03"] {
        let (date, time) = at(day, "10:00");
        meeting.propose(Side::Student, date, time, &terms, now()).unwrap();
        meeting.accept(Side::Mentor, date, time, &terms, now()).unwrap();
    }
    let (date, time) = at("2026-12-04", "10:00");
    assert_eq!(meeting.propose(Side::Student, date, time, &terms, now()), Err(MeetingRefused::TooManyMoves));
}

#[test]
fn a_meeting_that_has_begun_is_not_moved() {
    let (terms, meeting) = upcoming();
    let (date, time) = at("2026-12-03", "10:00");
    let propose = |now| meeting.clone().propose(Side::Student, date, time, &terms, now);
    assert_eq!(propose(meeting.starts_at), Err(MeetingRefused::TooLate(meeting.starts_at)));
    assert_eq!(propose(meeting.starts_at.minus(TICK)), Ok(()));
}

#[test]
fn an_upcoming_meeting_that_is_moved_to_a_later_day_is_locked_again() {
    let (terms, mut meeting) = upcoming();
    let (date, time) = at("2026-12-03", "10:00");
    let morning = meeting.starts_at.minus(hours(1));
    meeting.propose(Side::Mentor, date, time, &terms, morning).unwrap();
    meeting.accept(Side::Student, date, time, &terms, morning).unwrap();
    assert_eq!(meeting.status, ScheduleStatus::Locked);
    assert_eq!(meeting.begin_day(&terms, morning), Ok(false));
}

#[test]
fn nothing_happens_to_a_meeting_that_was_called_off() {
    let (terms, mut meeting) = upcoming();
    meeting.cancel(now());
    let (date, time) = at("2026-12-03", "10:00");
    let later = meeting.ends_at.plus(days(2));
    assert_eq!(meeting.complete(&terms, later), Err(MeetingRefused::CalledOff));
    assert_eq!(meeting.auto_complete(&terms, later), Ok(false));
    assert_eq!(meeting.report_no_show(None, &terms.policy, meeting.ends_at), Err(MeetingRefused::CalledOff));
    assert_eq!(meeting.propose(Side::Student, date, time, &terms, now()), Err(MeetingRefused::CalledOff));
}

#[test]
fn each_reminder_goes_out_once_in_its_time() {
    let (_, mut meeting) = first();
    let start = meeting.starts_at;
    assert!(!meeting.remind(false, start.minus(hours(24)).minus(TICK)));
    assert!(meeting.remind(false, start.minus(hours(24))));
    assert!(!meeting.remind(false, start.minus(hours(23))));
    assert!(!meeting.remind(true, start.minus(hours(1)).minus(TICK)));
    assert!(meeting.remind(true, start.minus(hours(1))));
    assert!(!meeting.remind(true, start.minus(hours(1))));
    let (_, mut late) = first();
    assert!(!late.remind(false, start.minus(hours(1))), "the last one is due now");
    assert!(!late.remind(true, start), "it has begun");
}

#[test]
fn a_moved_meeting_is_reminded_of_anew_and_a_cancelled_one_is_not() {
    let (terms, mut meeting) = first();
    let reminded = meeting.starts_at.minus(hours(24));
    assert!(meeting.remind(false, reminded));
    let (date, time) = at("2026-12-03", "10:00");
    meeting.propose(Side::Mentor, date, time, &terms, reminded).unwrap();
    meeting.accept(Side::Student, date, time, &terms, reminded).unwrap();
    assert!(meeting.remind(false, meeting.starts_at.minus(hours(24))));
    meeting.cancel(now());
    assert!(!meeting.remind(true, meeting.starts_at.minus(hours(1))));
}

#[test]
fn a_meeting_is_moved_to_another_time_at_most_90_days_ahead() {
    let (terms, meeting) = first();
    let propose = |date: &str, now| {
        let (date, time) = at(date, "10:00");
        meeting.clone().propose(Side::Student, date, time, &terms, now)
    };
    assert_eq!(propose("2026-11-30", now()), Err(MeetingRefused::NotMoved));
    assert_eq!(propose("9999-12-31", now()), Err(MeetingRefused::MoveTooFar));
    let (date, time) = at("2027-02-21", "10:00");
    let last = terms.zone.instant(date, time).minus(days(90));
    assert!(last < meeting.starts_at);
    assert_eq!(propose("2027-02-21", last), Ok(()));
    assert_eq!(propose("2027-02-21", last.minus(TICK)), Err(MeetingRefused::MoveTooFar));
}

#[test]
fn a_party_accepts_the_time_that_it_has_seen_only() {
    let (terms, mut meeting) = first();
    let (date, time) = at("2026-12-02", "17:00");
    let (_, night) = at("2026-12-02", "03:00");
    meeting.propose(Side::Student, date, time, &terms, now()).unwrap();
    meeting.propose(Side::Student, date, night, &terms, now()).unwrap();
    assert_eq!(meeting.accept(Side::Mentor, date, time, &terms, now()), Err(MeetingRefused::OtherProposal));
    assert_eq!(meeting.accept(Side::Mentor, date, night, &terms, now()), Ok(()));
}
