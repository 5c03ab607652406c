use application_kernel::NewJob;
use serde::Serialize;

/// A session that was taken over and not enrolled, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TakenOverView {
    /// Its key.
    pub id: String,
    /// Who learns.
    pub student_id: String,
    /// Who teaches.
    pub mentor_id: String,
    /// The skill by name.
    pub skill: String,
    /// Where it stands.
    pub status: String,
    /// When it says to begin.
    pub starts_at: String,
    /// How many meetings are planned.
    pub items: i64,
    /// How many of them are said to have taken place.
    pub items_completed: i64,
    /// The payment's amount and currency as they stand there, if there is one.
    pub amount: Option<String>,
    /// Where the payment stands.
    pub payment: Option<String>,
    /// Where the mentor's share lies, if the payment was split.
    pub payout: Option<String>,
}

/// What came of enrolling a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Enrolling {
    /// It has its terms now.
    Enrolled(Box<EnrolledView>),
    /// It had them already, or never was taken over. Nothing was changed.
    EnrolledBefore,
    /// Its rows contradict themselves or others. Nothing was changed.
    Refused {
        /// Everything that speaks against it, a sentence each.
        reasons: Vec<String>,
    },
}

/// The terms that a session was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EnrolledView {
    /// Its key.
    pub id: String,
    /// Where it stands.
    pub status: String,
    /// The price.
    pub price: String,
    /// The platform's share in hundredths of a percent.
    pub fee_basis_points: u16,
    /// The zone in which its days and times are meant.
    pub zone: String,
    /// The day of the first meeting.
    pub first_date: String,
    /// When a meeting begins on the wall clock.
    pub time: String,
    /// How long a meeting lasts, in minutes.
    pub item_minutes: i64,
    /// Meetings of the plan.
    pub items: u32,
    /// Meetings whose hours are held for both parties.
    pub held: usize,
    /// The timers that were set, each with its time.
    pub timers: Vec<TimerView>,
    /// How the captured payment is split, if there is one.
    pub split: Option<String>,
    /// Where the course of the two stood before, and stands now.
    pub course: (Option<String>, String),
}

/// A timer that was set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimerView {
    /// What it does.
    pub kind: String,
    /// To what.
    pub subject: String,
    /// When.
    pub run_at: String,
}

impl TimerView {
    pub(super) fn of(job: &NewJob) -> Self {
        let NewJob { kind, subject, run_at, .. } = job;
        Self { kind: (*kind).to_owned(), subject: subject.clone(), run_at: run_at.to_string() }
    }
}
