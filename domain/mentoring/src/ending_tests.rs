use domain_kernel::{TimeDelta, UserId, hours};

use super::*;
use crate::given::{approved, now, requested, scheduled};

fn student(session: &Session) -> Canceller {
    Canceller::Party(session.student.clone())
}

fn mentor(session: &Session) -> Canceller {
    Canceller::Party(session.mentor.clone())
}

fn complete(session: &Session, meeting: &mut Meeting) {
    assert_eq!(meeting.complete(&session.terms, meeting.ends_at), Ok(true));
}

#[test]
fn a_request_is_withdrawn_by_its_student_or_an_operator_only() {
    let mut session = requested("2026-11-30");
    assert_eq!(session.withdraw(&mentor(&session), now()), Err(SessionRefused::OtherSide(Side::Student)));
    let stranger = Canceller::Party(UserId::parse("stranger").unwrap());
    assert_eq!(session.withdraw(&stranger, now()), Err(SessionRefused::NotAParty));
    let mut same = session.clone();
    assert!(same.withdraw(&Canceller::Operator, now()).is_ok());
    assert_eq!(session.withdraw(&student(&session), now()).unwrap().len(), 1);
    assert_eq!((session.status, session.ended_by), (SessionStatus::Cancelled, Some(Ender::Student)));
    assert_eq!(session.withdraw(&student(&session), now()), Ok(vec![]));
}

#[test]
fn an_approved_session_is_cancelled_by_either_party_or_an_operator() {
    for by in [student, mentor, |_: &Session| Canceller::Operator] {
        let mut session = approved("2026-11-30");
        let who = by(&session);
        let called_off = session.cancel(&who, Some("why".into()), &mut [], now()).unwrap();
        assert_eq!((called_off.events.len(), called_off.earned), (1, None));
        assert_eq!((session.status, session.reason.as_deref()), (SessionStatus::Cancelled, Some("why")));
    }
    let mut session = approved("2026-11-30");
    let stranger = Canceller::Party(UserId::parse("stranger").unwrap());
    assert_eq!(session.cancel(&stranger, None, &mut [], now()), Err(SessionRefused::NotAParty));
}

#[test]
fn a_request_is_not_cancelled_but_withdrawn() {
    let mut session = requested("2026-11-30");
    let refused = session.cancel(&student(&session), None, &mut [], now());
    assert!(matches!(refused, Err(SessionRefused::Illegal(illegal)) if illegal.from == "PENDING"));
}

#[test]
fn a_paid_session_without_meetings_is_called_off_for_nothing() {
    let mut session = approved("2026-11-30");
    session.capture(now()).unwrap();
    assert_eq!(session.cancel(&student(&session), None, &mut [], now()).unwrap().earned, Some(0));
}

#[test]
fn the_mentor_earns_what_has_taken_place() {
    let (mut session, mut meetings) = scheduled();
    complete(&session, &mut meetings[0]);
    let soon = meetings[1].starts_at.minus(hours(1));
    let called_off = session.cancel(&mentor(&session), None, &mut meetings, soon).unwrap();
    assert_eq!(called_off.earned, Some(1));
    assert_eq!(meetings[0].cancelled_at, None);
    assert!(meetings[1].cancelled_at.is_some());
}

#[test]
fn a_student_who_cancels_within_the_notice_pays_the_next_meeting() {
    let (session, meetings) = scheduled();
    let earned = |by: &Canceller, at| {
        session.clone().cancel(by, None, &mut meetings.clone(), at).unwrap().earned.unwrap()
    };
    let last = meetings[0].starts_at.minus(hours(24));
    assert_eq!(earned(&student(&session), last), 0);
    assert_eq!(earned(&student(&session), last.plus(TimeDelta::microseconds(1))), 1);
    for by in [mentor(&session), Canceller::Operator] {
        assert_eq!(earned(&by, meetings[0].starts_at), 0);
    }
}

#[test]
fn a_reported_no_show_is_still_an_operators_to_decide_after_a_cancellation() {
    let (mut session, mut meetings) = scheduled();
    let late = meetings[0].ends_at;
    meetings[0].report_no_show(None, &session.terms.policy, late).unwrap();
    meetings[1].starts_at = late.plus(hours(48));
    let called_off = session.cancel(&student(&session), None, &mut meetings, late).unwrap();
    assert_eq!(called_off.earned, Some(1), "its price is kept until then");
    assert!(meetings[0].is_reported() && meetings[0].cancelled_at.is_none());
    assert!(meetings[1].cancelled_at.is_some());
    assert_eq!(meetings[0].decide(true, late), Ok(true));
    assert_eq!(meetings[0].cancelled_at, Some(late));
}

#[test]
fn a_session_is_complete_when_every_meeting_that_is_not_cancelled_has_taken_place() {
    let (mut session, mut meetings) = scheduled();
    let late = meetings[1].ends_at;
    assert_eq!(session.complete(&meetings, late), Err(SessionRefused::MeetingsOpen));
    complete(&session, &mut meetings[0]);
    assert_eq!(session.complete(&meetings, late), Err(SessionRefused::MeetingsOpen));
    assert_eq!(session.close(&meetings, late), Ok(vec![]));
    complete(&session, &mut meetings[1]);
    assert_eq!(session.close(&meetings, late).unwrap().len(), 1);
    assert_eq!((session.status, session.ended_at), (SessionStatus::Completed, Some(late)));
}

#[test]
fn a_session_is_not_complete_while_a_no_show_is_open() {
    let (mut session, mut meetings) = scheduled();
    for meeting in &mut meetings {
        complete(&session, meeting);
    }
    let late = meetings[1].ends_at;
    meetings[1].report_no_show(None, &session.terms.policy, late).unwrap();
    assert_eq!(session.complete(&meetings, late), Err(SessionRefused::NoShowOpen));
    assert_eq!(session.close(&meetings, late), Ok(vec![]));
    meetings[1].decide(true, late).unwrap();
    assert_eq!(session.close(&meetings, late).unwrap().len(), 1);
    assert_eq!(session.status, SessionStatus::Completed);
}

#[test]
fn a_session_whose_meetings_were_all_cancelled_is_cancelled_and_not_complete() {
    let (mut session, mut meetings) = scheduled();
    let late = meetings[1].ends_at;
    for meeting in &mut meetings {
        meeting.report_no_show(None, &session.terms.policy, late).unwrap();
        meeting.decide(true, late).unwrap();
    }
    assert_eq!(session.complete(&meetings, late), Err(SessionRefused::MeetingsOpen));
    assert_eq!(session.close(&meetings, late).unwrap().len(), 1);
    assert_eq!((session.status, session.ended_by), (SessionStatus::Cancelled, Some(Ender::Operator)));
}

#[test]
fn only_a_planned_session_whose_meetings_are_all_over_is_closed() {
    let (mut session, mut meetings) = scheduled();
    assert_eq!(session.close(&[], now()), Ok(vec![]), "no meetings are none that are over");
    assert_eq!(session.close(&meetings, now()), Ok(vec![]));
    for meeting in &mut meetings {
        complete(&session, meeting);
    }
    let mut paid = approved("2026-11-30");
    paid.capture(now()).unwrap();
    assert_eq!(paid.close(&meetings, now()), Ok(vec![]), "it is not planned");
    assert_eq!(session.close(&meetings, now()).unwrap().len(), 1);
}
