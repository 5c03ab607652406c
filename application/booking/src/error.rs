use application_kernel::{
    AMOUNT_OUT_OF_RANGE, Code, DISPUTE_OPEN, Failure, FieldError, ILLEGAL_TRANSITION, MeansCode,
    OperatorRefused, PAYOUT_UNDER_WAY, StoreError, TicketRefused, transition,
};
use domain_billing::{LedgerRefused, PaymentRefused};
use domain_kernel::InvalidMoney;
use domain_mentoring::{DatesRefused, MeetingRefused, RequestRefused, SessionRefused};
use serde_json::Value;

use crate::ports::GatewayDown;

application_kernel::codes! {
    STUDENTS_ONLY = Forbidden "students_only": "Only students book and pay. Log in as a student.";
    OWN_MENTOR = Rule "own_mentor": "Nobody books themselves.";
    PLAN_UNAVAILABLE = Rule "plan_unavailable": "The plan does not exist, is not sold any more, or its skill has no course.";
    MENTOR_NOT_VERIFIED = Rule "mentor_not_verified": "The mentor does not exist or is not verified for exactly this plan's skill; a conditional verification covers basic plans only.";
    START_TOO_SOON = Rule "start_too_soon": "Choose a start at least 24 hours ahead.";
    START_TOO_FAR = Rule "start_too_far": "Choose a start at most 90 days ahead.";
    NOT_OFFERED = Rule "time_not_offered": "The mentor does not offer that weekday and time; see the mentor's offered times.";
    TOO_FEW_DAYS = Rule "too_few_offered_days": "The plan meets more often a week than the mentor offers days at that time.";
    LIVE_SESSION = Conflict "live_session_exists": "There is already a live session of the same student, mentor and skill.";
    TOO_MANY_OPEN = Rule "too_many_open_requests": "Five requests wait for an answer already.";
    OTHER_SIDE = Forbidden "other_side_decides": "You are a party of this session, but this is for the other party to do.";
    TOO_LATE_TO_APPROVE = Conflict "too_late_to_approve": "The request has expired, or its start is less than 2 hours away.";
    TOO_LATE_TO_PAY = Conflict "too_late_to_pay": "The time to pay is over.";
    NOT_DUE = Conflict "not_due": "A timer came before its time; nothing was changed.";
    MEETINGS_OPEN = Conflict "meetings_open": "A session is complete when every meeting that is not cancelled has taken place, and at least one has.";
    NO_SHOW_OPEN = Conflict "no_show_open": "A reported no-show waits for an operator's decision.";
    NO_MEETING = NotFound "no_such_meeting": "The session has no meeting with this number, or its meetings are not planned yet.";
    MEETING_CALLED_OFF = Conflict "meeting_called_off": "The meeting was called off.";
    TOO_EARLY = Conflict "too_early": "It is too early for this: a meeting is completed from 15 minutes after its start, a no-show reported from 10 minutes after it. `not_before` tells from when on.";
    TOO_LATE = Conflict "too_late": "It is too late for this: a meeting is moved before it begins, a no-show reported until 24 hours after its end, a report decided once. `not_after` or `decided_at` tells when that was.";
    MOVE_TOO_NEAR = Rule "move_too_near": "Choose a new time at least 24 hours ahead.";
    MOVE_TOO_FAR = Rule "move_too_far": "Choose a new time at most 90 days ahead.";
    NOT_MOVED = Rule "not_moved": "The meeting begins at that time already.";
    OTHER_PROPOSAL = Conflict "other_proposal": "Another time is proposed by now than the one that was to be accepted. Read the session again.";
    TOO_MANY_MOVES = Rule "too_many_moves": "A meeting is moved at most twice.";
    NO_PROPOSAL = Conflict "no_proposal": "No other time is proposed for the meeting.";
    OWN_PROPOSAL = Forbidden "own_proposal": "The other party answers a proposal.";
    NOT_REPORTED = Conflict "no_show_not_reported": "There is no report to decide about.";
    SLOT_TAKEN = Conflict "slot_taken": "One of the plan's meetings overlaps another meeting of the mentor or the student.";
    UNKNOWN_ORDER = NotFound "unknown_order": "No payment has this order.";
    OTHER_ORDER = Conflict "order_placed_already": "The payment has another order at the gateway.";
    GATEWAY_UNAVAILABLE = Unavailable "gateway_unavailable": "The payment gateway does not answer. Nothing was charged; try again.";
}

/// Why booking refuses.
#[derive(Debug, thiserror::Error)]
pub enum BookingError {
    /// Mentors do not book.
    #[error("only students book and pay")]
    StudentsOnly,
    /// The request breaks a rule.
    #[error(transparent)]
    Request(#[from] RequestRefused),
    /// The session refuses the change.
    #[error(transparent)]
    Session(#[from] SessionRefused),
    /// The meeting refuses the change.
    #[error(transparent)]
    Meeting(#[from] MeetingRefused),
    /// The session has no such meeting.
    #[error("no such meeting")]
    NoMeeting,
    /// The money refuses to move.
    #[error(transparent)]
    Ledger(#[from] LedgerRefused),
    /// The payment refuses the change.
    #[error(transparent)]
    Payment(#[from] PaymentRefused),
    /// A slot is held by another session.
    #[error("a slot of the plan is taken")]
    SlotTaken,
    /// The gateway speaks of an order that is not ours.
    #[error("no payment has this order")]
    UnknownOrder,
    /// The gateway cannot be reached.
    #[error(transparent)]
    Gateway(#[from] GatewayDown),
    /// An amount left its range.
    #[error(transparent)]
    Money(#[from] InvalidMoney),
    /// The operator may not do it.
    #[error(transparent)]
    Operator(#[from] OperatorRefused),
    /// The request was repeated with a twist.
    #[error(transparent)]
    Ticket(#[from] TicketRefused),
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MeansCode for BookingError {
    fn code(&self) -> Code {
        match self {
            Self::StudentsOnly => STUDENTS_ONLY,
            Self::Request(refused) => match refused {
                RequestRefused::Oneself => OWN_MENTOR,
                RequestRefused::PlanUnavailable => PLAN_UNAVAILABLE,
                RequestRefused::NotVerified => MENTOR_NOT_VERIFIED,
                RequestRefused::TooSoon => START_TOO_SOON,
                RequestRefused::TooFar => START_TOO_FAR,
                RequestRefused::Dates(DatesRefused::DayNotOffered) => NOT_OFFERED,
                RequestRefused::Dates(DatesRefused::TooFewDays) => TOO_FEW_DAYS,
                RequestRefused::LiveSession => LIVE_SESSION,
                RequestRefused::TooManyOpen => TOO_MANY_OPEN,
            },
            Self::Session(refused) => match refused {
                SessionRefused::NotAParty => application_kernel::NOT_FOUND,
                SessionRefused::OtherSide(_) => OTHER_SIDE,
                SessionRefused::Illegal(_) => ILLEGAL_TRANSITION,
                SessionRefused::TooLateToApprove => TOO_LATE_TO_APPROVE,
                SessionRefused::TooLateToPay => TOO_LATE_TO_PAY,
                SessionRefused::NotDue => NOT_DUE,
                SessionRefused::MeetingsOpen => MEETINGS_OPEN,
                SessionRefused::NoShowOpen => NO_SHOW_OPEN,
            },
            Self::Meeting(refused) => match refused {
                MeetingRefused::Illegal(_) => ILLEGAL_TRANSITION,
                MeetingRefused::CalledOff => MEETING_CALLED_OFF,
                MeetingRefused::TooEarly(_) => TOO_EARLY,
                MeetingRefused::TooLate(_) | MeetingRefused::Decided(_) => TOO_LATE,
                MeetingRefused::Reported => NO_SHOW_OPEN,
                MeetingRefused::MoveTooNear => MOVE_TOO_NEAR,
                MeetingRefused::MoveTooFar => MOVE_TOO_FAR,
                MeetingRefused::NotMoved => NOT_MOVED,
                MeetingRefused::OtherProposal => OTHER_PROPOSAL,
                MeetingRefused::TooManyMoves => TOO_MANY_MOVES,
                MeetingRefused::NoProposal => NO_PROPOSAL,
                MeetingRefused::OwnProposal => OWN_PROPOSAL,
                MeetingRefused::NotReported => NOT_REPORTED,
            },
            Self::NoMeeting => NO_MEETING,
            Self::Ledger(refused) => match refused {
                LedgerRefused::Disputed => DISPUTE_OPEN,
                LedgerRefused::Illegal(_)
                | LedgerRefused::Held
                | LedgerRefused::Nothing
                | LedgerRefused::TooMuch(_)
                | LedgerRefused::NotPayable(_)
                | LedgerRefused::InFlight
                | LedgerRefused::PaidOut
                | LedgerRefused::ClawedBack => PAYOUT_UNDER_WAY,
                LedgerRefused::Money(_) => AMOUNT_OUT_OF_RANGE,
            },
            Self::Payment(PaymentRefused::Illegal(_)) => ILLEGAL_TRANSITION,
            Self::Payment(PaymentRefused::OtherOrder) => OTHER_ORDER,
            Self::SlotTaken => SLOT_TAKEN,
            Self::UnknownOrder => UNKNOWN_ORDER,
            Self::Gateway(_) => GATEWAY_UNAVAILABLE,
            Self::Money(_) => AMOUNT_OUT_OF_RANGE,
            Self::Operator(refused) => refused.code(),
            Self::Ticket(refused) => refused.code(),
            Self::Store(error) => error.code(),
        }
    }
}

impl Failure for BookingError {
    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Request(refused) => {
                let field = match refused {
                    RequestRefused::PlanUnavailable => "plan_id",
                    RequestRefused::Oneself | RequestRefused::NotVerified => "mentor_id",
                    RequestRefused::TooSoon | RequestRefused::TooFar | RequestRefused::Dates(_) => "start",
                    RequestRefused::LiveSession | RequestRefused::TooManyOpen => return Vec::new(),
                };
                vec![FieldError::new(field, refused)]
            }
            _ => Vec::new(),
        }
    }

    fn extensions(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Session(SessionRefused::Illegal(illegal))
            | Self::Meeting(MeetingRefused::Illegal(illegal))
            | Self::Ledger(LedgerRefused::Illegal(illegal))
            | Self::Payment(PaymentRefused::Illegal(illegal)) => transition(illegal),
            Self::Meeting(MeetingRefused::TooEarly(from)) => vec![("not_before", from.to_string().into())],
            Self::Meeting(MeetingRefused::TooLate(until)) => vec![("not_after", until.to_string().into())],
            Self::Meeting(MeetingRefused::Decided(at)) => vec![("decided_at", at.to_string().into())],
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
