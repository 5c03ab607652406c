//! What every application crate speaks: the unit of work, the platform ports that each unit of
//! work offers (outbox, jobs, audit, idempotency, journal), failures, pages, and the worker.
//!
//! It must never know a context, a database or HTTP. Start at [`transact`] for a write, at
//! [`once`] for a write that a client may repeat, and at [`Worker`] for what happens later.

#![deny(missing_docs)]

mod ambient;
mod audit;
mod caller;
mod failure;
#[cfg(feature = "fault")]
pub mod fault;
mod hashing;
mod idempotency;
mod jobs;
mod journal;
mod mail;
mod measures;
mod money;
mod outbox;
mod page;
mod schema;
mod seeding;
mod store;
mod tokens;
mod worker;

pub use ambient::{AdjustableClock, Clock, Ids};
pub use audit::{Audit, AuditEntry};
pub use caller::{
    Actor, Caller, CurrentOperator, CurrentUser, OperatorRefused, Permission, Viewer, permission_labels,
};
pub use failure::{Code, Failure, FieldError, Kind, MeansCode};
pub use hashing::{HashingFailed, PasswordHashing, Verdict};
pub use idempotency::{
    Answer, Idempotency, KEY_IN_FLIGHT, Keep, Opening, Reply, StoredReply, TOKEN_REVOKED, Ticket,
    TicketRefused, once,
};
pub use jobs::{JobQueue, Jobs, LeasedJob, NewJob, QueueDepth};
pub use journal::{Journal, NOT_OVERDRAWN, POSTED_ONCE};
pub use mail::{Mail, MailHandler, Mailbox, Mailer, MailerDown, SEND_MAIL, StoredMail, mail_job};
pub use measures::{Measure, Measures};
pub use money::{
    AMOUNT_OUT_OF_RANGE, DISPUTE_OPEN, ILLEGAL_TRANSITION, MoneyView, PAYOUT_UNDER_WAY, transition,
};
pub use outbox::{Outbox, Recorded, record};
pub use page::{Cursor, INVALID_CURSOR, Page, PageRequest, PageSize};
pub use schema::{currency_code, labels, labels_or_null};
pub use seeding::{Placed, Tally};
pub use store::{NOT_FOUND, Store, StoreError, Transaction, UnitOfWork, attempt, transact};
pub use tokens::{ACCESS_LIFETIME, Raised, Revocations, TokenNotMade, TokenPair, fingerprint};
pub use worker::{JobFailed, JobHandler, Worker, WorkerPace};

/// Every code that this crate can answer with.
pub const CODES: &[&[Code]] = &[store::CODES, idempotency::CODES, page::CODES, caller::CODES, money::CODES];
