//! Booking: from a student's request to planned meetings, and the payment between.
//!
//! It changes sessions and payments together, because they do. It must never know HTTP, SQL or a
//! gateway's wire format. Start at [`Booking`]; what it needs from outside is in [`ports`].

#![deny(missing_docs)]

mod booking;
mod command;
mod error;
mod fact;
mod jobs;
mod notice;
mod pay;
mod plan;
pub mod ports;
mod suspension;
mod view;

pub use booking::Booking;
pub use command::{
    ApproveSession, AskDates, RejectSession, RequestSession, SessionFilter, SessionKey, StartPayment,
};
pub use error::{BookingError, CODES, UNKNOWN_ORDER};
pub use jobs::{BookingJobs, handle_booking};
pub use notice::{Notices, mail_notices};
pub use view::{DatesView, ItemView, PartyView, PaymentView, PlanRef, SessionView, seen_by};
