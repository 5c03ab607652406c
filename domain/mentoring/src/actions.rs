use domain_kernel::{Timestamp, labelled};

use crate::{SessionStatus, Side};

labelled! {
    /// What a party can ask for, each a route.
    pub enum Action {
        /// `POST /sessions/{id}/approve`
        Approve = "approve",
        /// `POST /sessions/{id}/reject`
        Reject = "reject",
        /// `POST /sessions/{id}/payment`
        Pay = "pay",
    }
}

/// The times that open and close actions; none of them is known of a taken-over session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DueTimes {
    /// The mentor answers before this.
    pub answer_by: Option<Timestamp>,
    /// The student pays before this.
    pub pay_by: Option<Timestamp>,
}

/// What the side may do now, as far as status, side and time tell. Guards that need other rows
/// (a slot that was taken meanwhile) are found out by trying.
pub fn allowed_actions(status: SessionStatus, side: Side, now: Timestamp, due: DueTimes) -> Vec<Action> {
    let before = |due: Option<Timestamp>| due.is_some_and(|due| now < due);
    match (status, side) {
        (SessionStatus::Pending, Side::Mentor) if before(due.answer_by) => {
            vec![Action::Approve, Action::Reject]
        }
        (SessionStatus::Pending, Side::Mentor) if due.answer_by.is_some() => vec![Action::Reject],
        (SessionStatus::Approved, Side::Student) if before(due.pay_by) => vec![Action::Pay],
        _ => vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain_kernel::hours;

    #[test]
    fn actions_follow_status_side_and_time() {
        use Action::{Approve, Pay, Reject};
        use SessionStatus::{Approved, Paid, Pending};
        let now = Timestamp::EPOCH;
        let soon = DueTimes { answer_by: Some(now.plus(hours(1))), pay_by: Some(now.plus(hours(1))) };
        let past = DueTimes { answer_by: Some(now), pay_by: Some(now) };
        let taken_over = DueTimes::default();
        for (status, side, due, expected) in [
            (Pending, Side::Mentor, soon, vec![Approve, Reject]),
            (Pending, Side::Mentor, past, vec![Reject]),
            (Pending, Side::Mentor, taken_over, vec![]),
            (Pending, Side::Student, soon, vec![]),
            (Approved, Side::Student, soon, vec![Pay]),
            (Approved, Side::Student, past, vec![]),
            (Approved, Side::Mentor, soon, vec![]),
            (Paid, Side::Student, soon, vec![]),
        ] {
            assert_eq!(allowed_actions(status, side, now, due), expected, "{status} {side:?}");
        }
    }
}
