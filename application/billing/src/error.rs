use application_kernel::{
    AMOUNT_OUT_OF_RANGE, Code, DISPUTE_OPEN, Failure, ILLEGAL_TRANSITION, MeansCode, OperatorRefused,
    PAYOUT_UNDER_WAY, StoreError, TicketRefused, transition,
};
use domain_billing::{ApprovalRefused, AttemptStatus, LedgerRefused};
use domain_kernel::{IllegalTransition, InvalidMoney};
use serde_json::Value;

use crate::ports::ProviderDown;

application_kernel::codes! {
    PAYOUT_HELD = Conflict "payout_held": "The mentor's share is held: the session goes on, its hold is not over, or an operator, a dispute or a no-show report holds it.";
    NOTHING_LEFT = Conflict "nothing_left": "Nothing is left of the payment to give back or to pay out.";
    MORE_THAN_LEFT = Rule "more_than_left": "The amount is more than what is left of the payment; `left_minor` tells how much that is.";
    PAYOUT_IN_FLIGHT = Conflict "payout_in_flight": "The mentor's share is being paid out. Wait until that has succeeded or failed.";
    PAID_OUT = Conflict "paid_out": "The mentor was paid. What is to go back has to be clawed back.";
    SESSION_LIVE = Conflict "session_live": "The session goes on, and nothing would be left to pay for it. Call it off instead.";
    SAME_OPERATOR = Forbidden "same_operator": "Whoever asks for something does not approve it.";
    APPROVAL_DECIDED = Conflict "approval_decided": "It was decided otherwise already.";
    APPROVAL_OUTDATED = Conflict "approval_outdated": "The amount has changed since it was asked. Decline it and ask anew.";
    NOT_PAID_OUT = Conflict "not_paid_out": "The mentor was not paid yet. Refund it instead.";
    NOT_BY_HAND = Conflict "not_by_hand": "The provider tells what became of this payout; only what was paid by hand is recorded by hand.";
    PAYOUT_OUT_OF_STEP = Conflict "payout_out_of_step": "This cannot follow where the payout stands: it is an older try, or it has ended otherwise.";
    ALREADY_SETTLED = Conflict "already_settled": "That settlement report was recorded already, with other amounts or by an earlier request.";
    STATEMENT_TOO_LONG = Rule "statement_too_long": "The month has more than 1000 lines, which is more than a statement has. Read `/me/earnings` page by page.";
    PRINTER_BUSY = Unavailable "printer_busy": "Too many pages are being printed. Ask again after Retry-After seconds, or for `application/json`.";
    NOT_PRINTED = Internal "not_printed": "The page could not be printed. It was logged; `application/json` and `text/csv` do not need it.";
    PROVIDER_UNAVAILABLE = Unavailable "provider_unavailable": "The provider does not answer. It is asked again under the same key, so nothing is paid twice.";
}

/// Why billing refuses.
#[derive(Debug, thiserror::Error)]
pub enum BillingError {
    /// The money refuses to move.
    #[error(transparent)]
    Ledger(#[from] LedgerRefused),
    /// A status does not permit it.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
    /// A refund would leave a session that goes on without money.
    #[error("the session goes on, and nothing would be left to pay for it")]
    SessionLive,
    /// It is not for this operator to approve, or no longer.
    #[error(transparent)]
    Approval(#[from] ApprovalRefused),
    /// The amount that was asked is no longer the one.
    #[error("the amount has changed since it was asked")]
    ApprovalOutdated,
    /// There is nothing to claw back.
    #[error("the mentor was not paid yet")]
    NotPaidOut,
    /// The provider tells.
    #[error("the provider tells what became of this payout")]
    NotByHand,
    /// What is said of a payout cannot follow where it stands.
    #[error("the payout is {0}, and this cannot follow")]
    OutOfStep(AttemptStatus),
    /// The report was recorded before.
    #[error("this settlement report was recorded already")]
    AlreadySettled,
    /// A month has more lines than a statement.
    #[error("the month has more lines than a statement")]
    StatementTooLong,
    /// An amount left its range.
    #[error(transparent)]
    Money(#[from] InvalidMoney),
    /// The operator may not do this.
    #[error(transparent)]
    Operator(#[from] OperatorRefused),
    /// The provider cannot be reached.
    #[error(transparent)]
    Provider(#[from] ProviderDown),
    /// The request was repeated with a twist.
    #[error(transparent)]
    Ticket(#[from] TicketRefused),
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MeansCode for BillingError {
    fn code(&self) -> Code {
        match self {
            Self::Ledger(refused) => match refused {
                LedgerRefused::Illegal(_) => PAYOUT_UNDER_WAY,
                LedgerRefused::Money(_) => AMOUNT_OUT_OF_RANGE,
                LedgerRefused::Held => PAYOUT_HELD,
                LedgerRefused::Nothing => NOTHING_LEFT,
                LedgerRefused::TooMuch(_) => MORE_THAN_LEFT,
                LedgerRefused::Disputed => DISPUTE_OPEN,
                LedgerRefused::InFlight => PAYOUT_IN_FLIGHT,
                LedgerRefused::PaidOut => PAID_OUT,
            },
            Self::Illegal(_) => ILLEGAL_TRANSITION,
            Self::SessionLive => SESSION_LIVE,
            Self::Approval(ApprovalRefused::SameOperator) => SAME_OPERATOR,
            Self::Approval(ApprovalRefused::Decided) => APPROVAL_DECIDED,
            Self::ApprovalOutdated => APPROVAL_OUTDATED,
            Self::NotPaidOut => NOT_PAID_OUT,
            Self::NotByHand => NOT_BY_HAND,
            Self::OutOfStep(_) => PAYOUT_OUT_OF_STEP,
            Self::AlreadySettled => ALREADY_SETTLED,
            Self::StatementTooLong => STATEMENT_TOO_LONG,
            Self::Money(_) => AMOUNT_OUT_OF_RANGE,
            Self::Operator(refused) => refused.code(),
            Self::Provider(_) => PROVIDER_UNAVAILABLE,
            Self::Ticket(refused) => refused.code(),
            Self::Store(error) => error.code(),
        }
    }
}

impl Failure for BillingError {
    fn extensions(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Illegal(illegal) | Self::Ledger(LedgerRefused::Illegal(illegal)) => transition(illegal),
            Self::Ledger(LedgerRefused::TooMuch(left)) => vec![("left_minor", left.minor().into())],
            _ => Vec::new(),
        }
    }

    fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}
