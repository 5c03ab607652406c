//! Sessions: a student books a plan of meetings with a mentor. Their statuses, their dates, who
//! may do what when.
//!
//! It must never know how money moves (only the price that was agreed), who people are beyond
//! their identifiers, or how anything is stored. Start at [`Session`], whose methods are the
//! rows of the lifecycle, and at [`SessionStatus`] for the table itself.

#![deny(missing_docs)]

mod actions;
mod availability;
mod dates;
mod event;
mod schedule;
mod session;
mod status;
mod submission;
mod submission_status;
mod terms;

pub use actions::{Action, DueTimes, allowed_actions};
pub use availability::{Availability, WeekdaySet};
pub use dates::{DatesRefused, MeetingDay, meeting_days};
pub use event::{Parties, SessionEvent};
pub use schedule::{NewScheduleItem, ScheduleStatus, ScheduleStep};
pub use session::{Circumstances, RequestRefused, Session, SessionRefused, SessionRequest, Side};
pub use status::{SessionStatus, SessionStep};
pub use submission::{
    Assignment, Submission, SubmissionEvent, SubmissionHappening, SubmissionPolicy, SubmissionRefused,
    SubmittedFile,
};
pub use submission_status::{SubmissionStatus, SubmissionStep};
pub use terms::{Policy, Slot, Terms};
