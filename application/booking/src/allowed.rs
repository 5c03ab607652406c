use domain_billing::{LedgerRefused, PaymentRefused};
use domain_kernel::{IllegalTransition, Labelled};
use domain_mentoring::{
    MeetingRefused, ScheduleStatus, ScheduleStep, SessionRefused, SessionStatus, SessionStep, Side,
};

use crate::BookingError;

impl BookingError {
    /// The refusal as a party gets it, or an operator where there is no side: of what the status permits only what
    /// they may do themselves.
    pub(crate) fn seen_by(mut self, side: Option<Side>) -> Self {
        if let Self::Session(SessionRefused::Illegal(illegal))
        | Self::Meeting(MeetingRefused::Illegal(illegal))
        | Self::Ledger(LedgerRefused::Illegal(illegal))
        | Self::Payment(PaymentRefused::Illegal(illegal)) = &mut self
        {
            let IllegalTransition { machine, allowed, .. } = illegal;
            allowed.retain(|step| may(machine, step, side));
        }
        self
    }
}

/// Whether the step is one that this caller takes. Money moves by gateways and clocks.
fn may(machine: &str, step: &str, side: Option<Side>) -> bool {
    match machine {
        _ if machine == SessionStatus::NAME => {
            SessionStep::from_label(step).is_ok_and(|step| step.is_for(side))
        }
        _ if machine == ScheduleStatus::NAME => {
            ScheduleStep::from_label(step).is_ok_and(|step| step.is_for(side))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain_kernel::Lifecycle;

    fn allowed(status: SessionStatus, side: Option<Side>) -> Vec<&'static str> {
        // No session begins anew, so that this is refused in every status.
        let refused = status.on(SessionStep::Approve).err().or(status.on(SessionStep::Capture).err());
        match BookingError::from(SessionRefused::from(refused.unwrap())).seen_by(side) {
            BookingError::Session(SessionRefused::Illegal(illegal)) => illegal.allowed,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_refusal_lists_only_what_this_caller_may_do() {
        use SessionStatus::{Approved, Completed, Pending, Scheduled};
        for (status, side, expected) in [
            (Pending, Some(Side::Student), vec!["withdraw"]),
            (Pending, Some(Side::Mentor), vec!["approve", "reject"]),
            (Pending, None, vec!["withdraw"]),
            (Approved, Some(Side::Student), vec!["cancel"]),
            (Scheduled, Some(Side::Student), vec!["cancel", "move_item", "report_no_show"]),
            (Scheduled, Some(Side::Mentor), vec!["cancel", "complete", "move_item"]),
            (Scheduled, None, vec!["cancel"]),
        ] {
            let mut found = allowed(status, side);
            found.sort_unstable();
            assert_eq!(found, expected, "{status} {side:?}");
        }
        assert!(!allowed(Completed, Some(Side::Mentor)).contains(&"report_no_show"));
    }
}
