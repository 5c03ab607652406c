//! Billing: what becomes of money that came. Refunds are sent, payouts released, disputes taken in, and the books
//! proven.
//!
//! It must never know HTTP, SQL or a gateway's wire format, nor what a session's meetings are: that money came and what
//! of it was earned is booking's to say. Start at [`Billing`]; what it needs from outside is in [`ports`].

#![deny(missing_docs)]

mod approvals;
mod backfill;
mod billing;
mod command;
mod disputes;
mod documents;
mod documents_ports;
mod error;
mod jobs;
mod messages;
mod payouts;
pub mod ports;
mod refunds;
mod report;
mod settlements;
mod sheet;
mod sheets;
mod statement;
mod view;

pub use approvals::decidable;
pub use billing::{Billing, BillingPolicy};
pub use command::{
    AskClawBack, DecideApproval, HoldPayout, RecordPayout, RecordSettlement, RefundPayment, ReleasePayout,
    ResumePayout, RetryRefund, ReverseSettlement,
};
pub use disputes::{DisputeFact, DisputeTold};
pub use documents::{DocumentView, Issued, NamedView, NewDocument, Particulars};
pub use error::{BillingError, CODES};
pub use jobs::{BillingJobs, handle_billing};
pub use messages::{dispute_message, payout_message, refund_message};
pub use report::{BackfillView, BalanceView, EntryView, FindingView, LineView, SettlementView};
pub use statement::{
    EarningView, MOST_LINES, Month, Movement, OwnPaymentView, StatementLineView, StatementTotalsView,
    StatementView,
};
pub use view::{ApprovalView, AttemptView, DisputeView, PayoutView, RefundView, ReleaseView};
