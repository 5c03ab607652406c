use domain_kernel::{Lifecycle, Timestamp, labelled};

use crate::chat::chat_is_open;
use crate::{Meeting, SessionStatus, SessionStep, Side, Terms};

labelled! {
    /// What a party can ask for, each a route.
    pub enum Action {
        /// `POST /sessions/{id}/approve`
        Approve = "approve",
        /// `POST /sessions/{id}/reject`
        Reject = "reject",
        /// `POST /sessions/{id}/withdraw`
        Withdraw = "withdraw",
        /// `POST /sessions/{id}/payment`
        Pay = "pay",
        /// `POST /sessions/{id}/cancel`
        Cancel = "cancel",
        /// `POST /sessions/{id}/messages`
        SendMessage = "send_message",
    }
}

labelled! {
    /// What a party can ask for of one meeting, each a route under `/sessions/{id}/meetings/{item}`.
    pub enum MeetingAction {
        /// `…/complete`
        Complete = "complete",
        /// `…/no-show`
        ReportNoShow = "report_no_show",
        /// `…/move`
        ProposeMove = "propose_move",
        /// `…/move/accept`
        AcceptMove = "accept_move",
        /// `…/move/decline`
        DeclineMove = "decline_move",
    }
}

/// The times that open and close actions; of a taken-over session only its end is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DueTimes {
    /// The mentor answers before this.
    pub answer_by: Option<Timestamp>,
    /// The student pays before this.
    pub pay_by: Option<Timestamp>,
    /// When the session ended, if it has.
    pub ended_at: Option<Timestamp>,
}

/// What the side may do now, as far as status, side and time tell. Guards that need other rows
/// (a slot that was taken meanwhile) are found out by trying.
pub fn allowed_actions(status: SessionStatus, side: Side, now: Timestamp, due: DueTimes) -> Vec<Action> {
    // Nothing but chat works in a session that was taken over.
    let mut actions =
        due.answer_by.map_or(vec![], |answer_by| transitions(status, side, now, answer_by, due));
    if chat_is_open(status, due.ended_at, now).is_ok() {
        actions.push(Action::SendMessage);
    }
    actions
}

fn transitions(
    status: SessionStatus,
    side: Side,
    now: Timestamp,
    answer_by: Timestamp,
    due: DueTimes,
) -> Vec<Action> {
    let mut actions = match (status, side) {
        (SessionStatus::Pending, Side::Mentor) if now < answer_by => vec![Action::Approve, Action::Reject],
        (SessionStatus::Pending, Side::Mentor) => vec![Action::Reject],
        (SessionStatus::Pending, Side::Student) => vec![Action::Withdraw],
        (SessionStatus::Approved, Side::Student) if due.pay_by.is_some_and(|due| now < due) => {
            vec![Action::Pay]
        }
        _ => vec![],
    };
    if status.on(SessionStep::Cancel).is_ok() {
        actions.push(Action::Cancel);
    }
    actions
}

/// What the side may do to a meeting now. It is what the meeting itself permits, tried on a copy.
pub fn meeting_actions(
    meeting: &Meeting,
    status: SessionStatus,
    side: Side,
    terms: &Terms,
    now: Timestamp,
) -> Vec<MeetingAction> {
    let permits = |step| status.on(step).is_ok();
    let tried = |action: &MeetingAction| {
        let mut meeting = meeting.clone();
        match action {
            MeetingAction::Complete => {
                side == Side::Mentor
                    && permits(SessionStep::Complete)
                    && meeting.complete(terms, now) == Ok(true)
            }
            MeetingAction::ReportNoShow => {
                side == Side::Student
                    && permits(SessionStep::ReportNoShow)
                    && meeting.report_no_show(None, &terms.policy, now) == Ok(true)
            }
            MeetingAction::ProposeMove => {
                permits(SessionStep::MoveItem) && meeting.may_be_moved(&terms.policy, now)
            }
            MeetingAction::AcceptMove => {
                permits(SessionStep::MoveItem)
                    && meeting.proposal.is_some_and(|proposal| {
                        let (date, time) = terms.zone.local(proposal.starts_at);
                        meeting.accept(side, date, time, terms, now).is_ok()
                    })
            }
            MeetingAction::DeclineMove => permits(SessionStep::MoveItem) && meeting.decline().is_ok(),
        }
    };
    <MeetingAction as domain_kernel::Labelled>::ALL.iter().copied().filter(tried).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain_kernel::hours;

    #[test]
    fn actions_follow_status_side_and_time() {
        use Action::{Approve, Cancel, Pay, Reject, SendMessage, Withdraw};
        use SessionStatus::{Approved, Completed, Paid, Pending};
        let now = Timestamp::EPOCH;
        let later = Some(now.plus(hours(1)));
        let soon = DueTimes { answer_by: later, pay_by: later, ended_at: None };
        let past = DueTimes { answer_by: Some(now), pay_by: Some(now), ended_at: Some(now) };
        let long_past = DueTimes { ended_at: Some(now.minus(domain_kernel::days(30))), ..past };
        let taken_over = DueTimes::default();
        for (status, side, due, expected) in [
            (Pending, Side::Mentor, soon, vec![Approve, Reject]),
            (Pending, Side::Mentor, past, vec![Reject]),
            (Pending, Side::Mentor, taken_over, vec![]),
            (Pending, Side::Student, soon, vec![Withdraw]),
            (Approved, Side::Student, soon, vec![Pay, Cancel]),
            (Approved, Side::Student, past, vec![Cancel]),
            (Approved, Side::Mentor, soon, vec![Cancel]),
            (Approved, Side::Mentor, taken_over, vec![]),
            (Paid, Side::Student, soon, vec![Cancel, SendMessage]),
            (Paid, Side::Mentor, taken_over, vec![SendMessage]),
            (Completed, Side::Student, past, vec![SendMessage]),
            (Completed, Side::Student, long_past, vec![]),
        ] {
            assert_eq!(allowed_actions(status, side, now, due), expected, "{status} {side:?}");
        }
    }

    #[test]
    fn a_meeting_shows_what_it_permits() {
        use MeetingAction::{AcceptMove, Complete, DeclineMove, ProposeMove, ReportNoShow};
        let (session, meetings) = crate::given::scheduled();
        let mut meeting = meetings[0].clone();
        let shown =
            |meeting: &Meeting, side, at| meeting_actions(meeting, session.status, side, &session.terms, at);
        let (early, late) = (meeting.starts_at.minus(hours(48)), meeting.ends_at);
        assert_eq!(shown(&meeting, Side::Student, early), [ProposeMove]);
        assert_eq!(shown(&meeting, Side::Mentor, late), [Complete]);
        assert_eq!(shown(&meeting, Side::Student, late), [ReportNoShow]);
        let (date, time) = ("2026-12-03".parse().unwrap(), session.terms.time);
        meeting.propose(Side::Student, date, time, &session.terms, early).unwrap();
        assert_eq!(shown(&meeting, Side::Student, early), [ProposeMove, DeclineMove]);
        assert_eq!(shown(&meeting, Side::Mentor, early), [ProposeMove, AcceptMove, DeclineMove]);
        let completed =
            meeting_actions(&meeting, SessionStatus::Cancelled, Side::Mentor, &session.terms, late);
        assert_eq!(completed, []);
    }
}
