use domain_billing::{Payment, PayoutStatus};
use domain_kernel::{Money, PlanId, SessionId, Timestamp, Zone};
use domain_mentoring::{Availability, TakenOver};

use crate::ports::Rhythm;

/// A session that was taken over, and what has to be known to give it its terms.
#[derive(Debug, Clone)]
pub struct TakenOverRows {
    /// The session and its meetings.
    pub session: TakenOver,
    /// Whether there is a course whose slug is the skill's.
    pub has_course: bool,
    /// The plan that was bought, if it is there.
    pub plan: Option<TakenOverPlan>,
    /// When the mentor can be met.
    pub availability: Availability,
    /// The mentor's zone, or the default of people who never chose one.
    pub zone: Zone,
    /// A live session of the same student, mentor and skill that has its terms.
    pub live: Option<SessionId>,
    /// The session's payment, or why it cannot be read.
    pub payment: Option<Result<Payment, String>>,
}

/// The plan of a session that was taken over.
#[derive(Debug, Clone)]
pub struct TakenOverPlan {
    /// Its key.
    pub id: PlanId,
    /// The slug of its skill.
    pub skill_slug: String,
    /// What it costs now.
    pub price: Money,
    /// How long and how often, if its numbers are any.
    pub rhythm: Option<Rhythm>,
}

/// The row of `admin_ledger` of a payment that was taken over.
#[derive(Debug, Clone)]
pub struct TakenOverLedger {
    /// What was captured.
    pub amount: Money,
    /// The platform's share, if it was split.
    pub fee: Option<Money>,
    /// The mentor's share, if it was split.
    pub payout: Option<Money>,
    /// What went back already.
    pub refunded: Money,
    /// Where the mentor's share lies.
    pub status: PayoutStatus,
    /// When the money came, if that is known.
    pub created_at: Option<Timestamp>,
    /// When the mentor was paid, if that is known.
    pub released_at: Option<Timestamp>,
    /// See [`domain_billing::Ledger`].
    pub version: i32,
}
