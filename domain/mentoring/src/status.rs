use domain_kernel::{Lifecycle, labelled};

use crate::Side;

labelled! {
    /// Where a session stands.
    pub enum SessionStatus {
        /// Asked for; the mentor has not answered.
        Pending = "PENDING",
        /// The mentor holds the slots; the student has not paid.
        Approved = "APPROVED",
        /// Paid; the meetings are not planned yet.
        Paid = "PAID",
        /// The meetings are planned.
        Scheduled = "SCHEDULED",
        /// Every meeting that was not cancelled has taken place.
        Completed = "COMPLETED",
        /// The mentor said no.
        Rejected = "REJECTED",
        /// Called off, or nobody acted in time.
        Cancelled = "CANCELLED",
    }
}

labelled! {
    /// What can happen to a session.
    pub enum SessionStep {
        /// The mentor says yes.
        Approve = "approve",
        /// The mentor says no.
        Reject = "reject",
        /// The student takes the request back.
        Withdraw = "withdraw",
        /// The mentor did not answer in time.
        Expire = "expire",
        /// A party or an operator calls it off.
        Cancel = "cancel",
        /// The student did not pay in time.
        Lapse = "lapse",
        /// The gateway holds the student's money for us.
        Capture = "capture",
        /// The meetings are planned.
        Schedule = "schedule",
        /// A meeting is moved by agreement.
        MoveItem = "move_item",
        /// The student reports that the mentor did not come.
        ReportNoShow = "report_no_show",
        /// All meetings have taken place.
        Complete = "complete",
    }
}

impl SessionStep {
    /// Whether somebody on that side takes it by a request of theirs; an operator, where there is no side. What the
    /// clock and the gateway do is for nobody.
    pub fn is_for(self, side: Option<Side>) -> bool {
        match self {
            Self::Approve | Self::Reject | Self::Complete => side == Some(Side::Mentor),
            Self::Withdraw => side != Some(Side::Mentor),
            Self::Cancel => true,
            Self::MoveItem => side.is_some(),
            Self::ReportNoShow => side == Some(Side::Student),
            Self::Expire | Self::Lapse | Self::Capture | Self::Schedule => false,
        }
    }
}

impl Lifecycle for SessionStatus {
    type Event = SessionStep;
    const INITIAL: &'static [Self] = &[Self::Pending];
    const TRANSITIONS: &'static [(Self, SessionStep, Self)] = &[
        (Self::Pending, SessionStep::Approve, Self::Approved),
        (Self::Pending, SessionStep::Reject, Self::Rejected),
        (Self::Pending, SessionStep::Withdraw, Self::Cancelled),
        (Self::Pending, SessionStep::Expire, Self::Cancelled),
        (Self::Approved, SessionStep::Cancel, Self::Cancelled),
        (Self::Approved, SessionStep::Lapse, Self::Cancelled),
        (Self::Approved, SessionStep::Capture, Self::Paid),
        (Self::Paid, SessionStep::Schedule, Self::Scheduled),
        (Self::Paid, SessionStep::Cancel, Self::Cancelled),
        (Self::Scheduled, SessionStep::MoveItem, Self::Scheduled),
        (Self::Scheduled, SessionStep::ReportNoShow, Self::Scheduled),
        (Self::Scheduled, SessionStep::Complete, Self::Completed),
        (Self::Scheduled, SessionStep::Cancel, Self::Cancelled),
        // The last meeting can be reported after the mentor completed it, and with it the session.
        (Self::Completed, SessionStep::ReportNoShow, Self::Completed),
    ];
}

impl SessionStatus {
    /// Whether the session is still going somewhere: it is neither final nor refused.
    pub fn is_live(self) -> bool {
        !self.is_terminal()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain_kernel::{broken_laws, matrix};

    #[test]
    fn the_machine_is_lawful() {
        assert_eq!(broken_laws::<SessionStatus>(), Vec::<String>::new());
    }

    #[test]
    fn the_matrix_is_the_one_that_was_agreed() {
        insta::assert_snapshot!(matrix::<SessionStatus>());
    }

    #[test]
    fn each_step_is_for_whom_it_is_for() {
        let (student, mentor, operator) = (Some(Side::Student), Some(Side::Mentor), None);
        let may = |step: SessionStep| [student, mentor, operator].map(|side| step.is_for(side));
        for (step, who) in [
            (SessionStep::Approve, [false, true, false]),
            (SessionStep::Reject, [false, true, false]),
            (SessionStep::Complete, [false, true, false]),
            (SessionStep::Withdraw, [true, false, true]),
            (SessionStep::Cancel, [true, true, true]),
            (SessionStep::MoveItem, [true, true, false]),
            (SessionStep::ReportNoShow, [true, false, false]),
            (SessionStep::Expire, [false, false, false]),
            (SessionStep::Lapse, [false, false, false]),
            (SessionStep::Capture, [false, false, false]),
            (SessionStep::Schedule, [false, false, false]),
        ] {
            assert_eq!(may(step), who, "{step}");
        }
    }

    #[test]
    fn a_session_is_live_until_it_has_ended() {
        use domain_kernel::Labelled;
        let over: Vec<&str> = SessionStatus::ALL
            .iter()
            .filter(|status| !status.is_live())
            .map(|status| status.label())
            .collect();
        assert_eq!(over, ["COMPLETED", "REJECTED", "CANCELLED"]);
    }
}
