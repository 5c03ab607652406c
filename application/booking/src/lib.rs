//! Booking: from a student's request to planned meetings, and the payment between.
//!
//! It changes sessions and payments together, because they do. It must never know HTTP, SQL or a
//! gateway's wire format. Start at [`Booking`]; what it needs from outside is in [`ports`].

#![deny(missing_docs)]

mod allowed;
mod booking;
mod command;
mod courses;
mod ending;
mod error;
mod fact;
mod jobs;
mod legacy;
mod meetings;
mod messages;
mod moves;
mod no_shows;
mod notice;
mod operator;
mod operator_view;
mod pay;
mod plan;
pub mod ports;
mod reconcile;
mod record;
mod simulation;
mod suspension;
mod timers;
mod view;

pub use booking::Booking;
pub use command::{
    AnswerMove, ApproveSession, AskDates, CancelAsOperator, CancelSession, CompleteMeeting, DecideNoShow,
    ProposeMove, RejectSession, ReportNoShow, RequestSession, SessionFilter, SessionKey, StartPayment,
    WithdrawSession,
};
pub use courses::CourseOnRecord;
pub use error::{BookingError, CODES, UNKNOWN_ORDER};
pub use jobs::{BookingJobs, handle_booking};
pub use legacy::{
    EnrolledView, Enrolling, TakenOverLedger, TakenOverPlan, TakenOverRows, TakenOverView, TimerView,
};
pub use messages::fact_message;
pub use notice::{Notices, mail_notices};
pub use operator_view::{
    NoShowKey, NoShowView, OperatorItemView, OperatorPaymentView, OperatorSessionView, ReportView, SplitView,
};
pub use simulation::{Answer, Call, Happens, Post, ScriptStep};
pub use view::{
    DatesView, ItemView, MeetingContext, PartyView, PaymentView, PlanRef, ProposalView, SessionView, seen_by,
};
