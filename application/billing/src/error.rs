use application_kernel::{
    AMOUNT_OUT_OF_RANGE, Code, DISPUTE_OPEN, Failure, FieldError, ILLEGAL_TRANSITION, MeansCode,
    OperatorRefused, PAYOUT_UNDER_WAY, StoreError, TicketRefused, transition,
};
use domain_billing::{ApprovalRefused, AttemptStatus, LedgerRefused, WaitsFor};
use domain_kernel::{ApprovalId, IllegalTransition, InvalidMoney, Money};
use serde_json::Value;

use crate::ports::ProviderDown;

application_kernel::codes! {
    PAYOUT_HELD = Conflict "payout_held": "The mentor's share is not payable yet. `waits_for` tells for what: `session` (it goes on), `hold` (until `not_before`), `operator` (who gave `held_reason`; the audit of the payment tells who), `dispute` or `no_show` (a decision).";
    NOTHING_LEFT = Conflict "nothing_left": "Nothing is left of the payment to give back or to pay out.";
    MORE_THAN_LEFT = Rule "more_than_left": "The amount is more than what is left of the payment; `left_minor` tells how much that is.";
    PAYOUT_IN_FLIGHT = Conflict "payout_in_flight": "The mentor's share is being paid out. Wait until that has succeeded or failed.";
    CLAWED_BACK = Conflict "clawed_back": "Some of this payout was clawed back, so the mentor owes that and the share cannot become payable again. The books keep it as paid: pay what came back to the mentor once more from the bank's own pages, less what the mentor owes.";
    PAID_OUT = Conflict "paid_out": "The mentor was paid. What is to go back has to be clawed back.";
    SESSION_LIVE = Conflict "session_live": "The session goes on, and nothing would be left to pay for it. Call it off instead.";
    APPROVAL_WAITING = Conflict "approval_waiting": "A claw-back of this payment with another amount or reason waits for a second operator; `approval_id` names it. Have it decided, or take it back, before you ask anew.";
    APPROVAL_LAPSED = Conflict "approval_lapsed": "There is nothing left to decide: what it asked for was done otherwise meanwhile.";
    SAME_OPERATOR = Forbidden "same_operator": "Whoever asks for something does not approve it.";
    APPROVAL_DECIDED = Conflict "approval_decided": "It was decided otherwise already.";
    APPROVAL_OUTDATED = Conflict "approval_outdated": "The amount has changed since it was asked. Decline it and ask anew.";
    NOT_PAID_OUT = Conflict "not_paid_out": "The mentor was not paid yet. Refund it instead.";
    NOT_BY_HAND = Conflict "not_by_hand": "The provider tells what became of this payout; only what was paid by hand, or by a provider that is not the configured one any more, is recorded by hand.";
    PAYOUT_OUT_OF_STEP = Conflict "payout_out_of_step": "This cannot follow where the payout stands: it is an older try, or it has ended otherwise, or with another reference.";
    REFERENCE_TAKEN = Conflict "reference_taken": "Another payout was recorded with this reference of the bank. One transfer that paid several shares is recorded with a reference of each, such as the transfer's and a number.";
    FEE_ABOVE_AMOUNT = Rule "fee_above_amount": "The fee is part of the amount and cannot be more.";
    MORE_THAN_CLEARING = Rule "more_than_clearing": "The gateway does not hold that much for us in this currency; `held_minor` tells how much it does. Look at the report's amount and currency.";
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
    /// The bank's reference is another payout's.
    #[error("another payout has this reference")]
    ReferenceTaken,
    /// Something else of the kind waits for the second operator.
    #[error("another claw-back of this payment waits for a second operator")]
    ApprovalWaiting(ApprovalId),
    /// A gateway kept more than it held.
    #[error("the fee is part of the amount")]
    FeeAboveAmount,
    /// The gateway holds less than it is said to have paid us out; nothing if it never held that currency.
    #[error("the gateway holds {} for us", .0.map_or_else(|| "nothing in this currency".to_owned(), |held| held.to_string()))]
    MoreThanClearing(Option<Money>),
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
                LedgerRefused::Held | LedgerRefused::NotPayable(_) => PAYOUT_HELD,
                LedgerRefused::Nothing => NOTHING_LEFT,
                LedgerRefused::TooMuch(_) => MORE_THAN_LEFT,
                LedgerRefused::Disputed => DISPUTE_OPEN,
                LedgerRefused::InFlight => PAYOUT_IN_FLIGHT,
                LedgerRefused::PaidOut => PAID_OUT,
                LedgerRefused::ClawedBack => CLAWED_BACK,
            },
            Self::Illegal(_) => ILLEGAL_TRANSITION,
            Self::SessionLive => SESSION_LIVE,
            Self::Approval(ApprovalRefused::SameOperator) => SAME_OPERATOR,
            Self::Approval(ApprovalRefused::Decided) => APPROVAL_DECIDED,
            Self::Approval(ApprovalRefused::Lapsed) => APPROVAL_LAPSED,
            Self::ApprovalWaiting(_) => APPROVAL_WAITING,
            Self::ApprovalOutdated => APPROVAL_OUTDATED,
            Self::NotPaidOut => NOT_PAID_OUT,
            Self::NotByHand => NOT_BY_HAND,
            Self::OutOfStep(_) => PAYOUT_OUT_OF_STEP,
            Self::ReferenceTaken => REFERENCE_TAKEN,
            Self::FeeAboveAmount => FEE_ABOVE_AMOUNT,
            Self::MoreThanClearing(_) => MORE_THAN_CLEARING,
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

/// For what a share waits, as a client reads it.
fn waits(what: &WaitsFor) -> Vec<(&'static str, Value)> {
    match what {
        WaitsFor::Session => vec![("waits_for", "session".into())],
        WaitsFor::Hold(until) => {
            vec![("waits_for", "hold".into()), ("not_before", until.to_string().into())]
        }
        WaitsFor::Operator(reason) => {
            vec![("waits_for", "operator".into()), ("held_reason", reason.as_str().into())]
        }
        WaitsFor::Dispute => vec![("waits_for", "dispute".into())],
        WaitsFor::NoShow => vec![("waits_for", "no_show".into())],
    }
}

impl Failure for BillingError {
    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::FeeAboveAmount => vec![FieldError::new("fee_minor", self)],
            Self::MoreThanClearing(held) => {
                let field = if held.is_some() { "amount_minor" } else { "currency" };
                vec![FieldError::new(field, self)]
            }
            _ => Vec::new(),
        }
    }

    fn extensions(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Illegal(illegal) | Self::Ledger(LedgerRefused::Illegal(illegal)) => transition(illegal),
            Self::Ledger(LedgerRefused::TooMuch(left)) => vec![("left_minor", left.minor().into())],
            Self::Ledger(LedgerRefused::NotPayable(what)) => waits(what),
            Self::ApprovalWaiting(approval) => vec![("approval_id", approval.as_str().into())],
            Self::MoreThanClearing(held) => {
                vec![("held_minor", held.map_or(0, Money::minor).into())]
            }
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
