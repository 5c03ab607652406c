//! What every domain crate speaks: identifiers, money, time, lifecycles, events.
//!
//! It must never know a context (no session, no plan beyond the marker of its identifier), a
//! database, a clock or a wire format. Start at [`Lifecycle`] for how statuses change and at
//! [`Money`] for how amounts are counted.

#![deny(missing_docs)]

mod event;
mod id;
mod journal;
mod label;
mod lifecycle;
mod money;
mod name;
mod review;
mod role;
mod time;

pub use event::{DomainEvent, Fact};
pub use id::{
    Approval, ApprovalId, Assignment, AssignmentId, Course, CourseId, CoverLetter, CoverLetterId, Dispute,
    DisputeId, Entity, Id, InvalidId, LedgerRow, LedgerRowId, Message, MessageId, Operator, OperatorId,
    Payment, PaymentId, PayoutAttempt, PayoutAttemptId, Plan, PlanId, Refund, RefundId, Resume, ResumeId,
    Review, ReviewId, ScheduleItem, ScheduleItemId, Session, SessionId, Submission, SubmissionId,
    TestAttempt, TestAttemptId, TestQuestion, TestQuestionId, User, UserId,
};
pub use journal::{Account, AccountClass, AccountKind, EntryKind, JournalEntry, JournalLine};
pub use label::{Labelled, UnknownLabel};
pub use lifecycle::{IllegalTransition, Lifecycle, broken_laws, matrix, mermaid};
pub use money::{BasisPoints, Currency, InvalidMoney, MOST_MINOR, Money, OTHER_DECIMALS};
pub use name::display_name;
pub use review::{Feedback, InvalidFeedback, ReviewStatus, ReviewStep};
pub use role::{Role, RoleStep};
pub use time::{
    Date, Datelike, InvalidTime, TimeDelta, Timestamp, UnknownZone, WallTime, Weekday, Zone, days, hours,
    minutes,
};
