//! Sessions: a student books a plan of meetings with a mentor. Their statuses, their dates, who
//! may do what when.
//!
//! It must never know how money moves (only the price that was agreed), who people are beyond
//! their identifiers, or how anything is stored. Start at [`Session`], whose methods are the
//! rows of the lifecycle, and at [`SessionStatus`] for the table itself.

#![deny(missing_docs)]

mod actions;
mod availability;
mod chat;
mod dates;
mod ending;
mod enrolment;
mod event;
#[cfg(test)]
mod given;
mod meeting;
mod request;
mod schedule;
mod session;
mod status;
mod submission;
mod submission_status;
mod taken_over;
mod terms;

pub use actions::{Action, DueTimes, MeetingAction, allowed_actions, meeting_actions};
pub use availability::{Availability, WeekdaySet};
pub use chat::{Chat, ChatRefused, ended_at};
pub use dates::{DatesRefused, MeetingDay, meeting_days};
pub use ending::CalledOff;
pub use enrolment::{CourseStatus, CourseStep, Enrolment};
pub use event::{Happening, Parties, SessionEvent};
pub use meeting::{FIRST_REMINDER, LAST_REMINDER, Meeting, MeetingRefused, NoShow, Proposal, Reminders};
pub use request::{Circumstances, RequestRefused, SessionRequest};
pub use schedule::{NewScheduleItem, ScheduleStatus, ScheduleStep};
pub use session::{Canceller, Ender, Session, SessionRefused, Side};
pub use status::{SessionStatus, SessionStep};
pub use submission::{
    Assignment, Submission, SubmissionEvent, SubmissionHappening, SubmissionPolicy, SubmissionRefused,
    SubmittedFile,
};
pub use submission_status::{SubmissionStatus, SubmissionStep};
pub use taken_over::{Contradiction, TakenOver, TakenOverMeeting};
pub use terms::{Policy, Slot, Terms};
