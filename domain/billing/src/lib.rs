//! Payments and what of them becomes the mentor's.
//!
//! It must never know a gateway's wire format, sessions beyond their identifier, or a database.
//! Start at [`Payment`], the order for a session's price, and at [`Ledger`], which says where the
//! mentor's share lies.

#![deny(missing_docs)]

mod approval;
mod dispute;
mod document;
mod fact;
mod ledger;
mod payment;
mod payout;
mod payout_status;
mod refund;
mod status;
mod waits_for;

pub use approval::{Approval, ApprovalKind, ApprovalRefused, ApprovalStatus};
pub use dispute::{Dispute, DisputeStatus, DisputeStep};
pub use document::{
    DOCUMENT_ZONE, DocumentKind, DocumentNumber, Due, InvalidNumber, Posted, Series, documents_due,
};
pub use fact::{FactKind, FactOutcome, GatewayFact, Told};
pub use ledger::{Ledger, LedgerEvent, LedgerHappening, LedgerRefused};
pub use payment::{Payment, PaymentEvent, PaymentRefused};
pub use payout::{AttemptStatus, BY_HAND, PayoutAttempt, PayoutOutcome};
pub use payout_status::{PayoutStatus, PayoutStep};
pub use refund::{
    Refund, RefundCause, RefundEvent, RefundHappening, RefundOutcome, RefundSource, RefundStatus, RefundStep,
};
pub use status::{PaymentStatus, PaymentStep};
pub use waits_for::WaitsFor;
