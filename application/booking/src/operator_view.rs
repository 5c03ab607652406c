use application_kernel::{MoneyView, labels, labels_or_null};
use domain_billing::{Ledger, Payment, PaymentStatus, PayoutStatus};
use domain_kernel::{ScheduleItemId, Timestamp};
use domain_mentoring::{Ender, Meeting, ScheduleStatus, Session, SessionStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{PartyView, PlanRef};

/// A reported no-show that waits for an operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NoShowView {
    /// The session.
    #[schema(example = "01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e5f")]
    pub session_id: String,
    /// The meeting's number, from 1.
    #[schema(example = 1)]
    pub item: u32,
    /// Where the session stands.
    #[schema(schema_with = labels::<SessionStatus>)]
    pub session_status: String,
    /// The skill by name.
    #[schema(example = "Java Programming")]
    pub skill: String,
    /// Who reported.
    pub student: PartyView,
    /// Who is said not to have come.
    pub mentor: PartyView,
    /// When the meeting began.
    #[schema(format = DateTime, example = "2026-12-07T04:30:00Z")]
    pub starts_at: String,
    /// When it ended.
    #[schema(format = DateTime, example = "2026-12-07T05:30:00Z")]
    pub ends_at: String,
    /// When it was reported.
    #[schema(format = DateTime, example = "2026-12-07T05:00:00Z")]
    pub reported_at: String,
    /// What the student wrote.
    #[schema(example = "Nobody came, and nobody answered.")]
    pub note: Option<String>,
}

/// What the queue of reports is ordered by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoShowKey {
    /// When it was reported.
    pub reported_at: Timestamp,
    /// Tells reports apart that came at once.
    pub meeting: ScheduleItemId,
}

/// A session as operators see it: everything that a decision about it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OperatorSessionView {
    /// Its key.
    #[schema(example = "01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e5f")]
    pub id: String,
    /// Where it stands.
    #[schema(schema_with = labels::<SessionStatus>)]
    pub status: String,
    /// Whether it was taken over from the former system and has no terms: no timer, payout or rule touches it.
    #[schema(example = false)]
    pub taken_over: bool,
    /// Who learns and pays.
    pub student: PartyView,
    /// Who teaches.
    pub mentor: PartyView,
    /// The skill by name.
    #[schema(example = "Java Programming")]
    pub skill: String,
    /// The plan that was bought; nothing if it is gone.
    pub plan: Option<PlanRef>,
    /// The agreed price; nothing for a session that was taken over.
    pub price: Option<MoneyView>,
    /// What the student wrote.
    #[schema(example = "I would like to prepare for interviews.")]
    pub message: Option<String>,
    /// Why it was rejected or called off.
    #[schema(example = "I am away that week.")]
    pub reason: Option<String>,
    /// Who ended it.
    #[schema(schema_with = labels_or_null::<Ender>)]
    pub ended_by: Option<String>,
    /// When it ended.
    #[schema(format = DateTime, example = "2026-12-28T05:45:00Z")]
    pub ended_at: Option<String>,
    /// The zone in which the plan's days and times are meant; nothing if it was taken over.
    #[schema(example = "Asia/Kolkata")]
    pub zone: Option<String>,
    /// When the first meeting begins.
    #[schema(format = DateTime, example = "2026-12-07T04:30:00Z")]
    pub starts_at: String,
    /// When the last meeting ends.
    #[schema(format = DateTime, example = "2026-12-28T05:30:00Z")]
    pub ends_at: Option<String>,
    /// When it was requested.
    #[schema(format = DateTime, example = "2026-11-23T08:00:00Z")]
    pub created_at: Option<String>,
    /// The payment, once it was started.
    pub payment: Option<OperatorPaymentView>,
    /// What becomes of the captured money; nothing before it came, and if it was taken over.
    pub split: Option<SplitView>,
    /// What was paid for a session that was taken over and called off. No rule of ours moves it: it has to be settled by
    /// hand.
    pub settle_by_hand: Option<MoneyView>,
    /// The planned meetings, first to last.
    pub items: Vec<OperatorItemView>,
}

/// A payment as operators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OperatorPaymentView {
    /// Its key.
    #[schema(example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a2")]
    pub id: String,
    /// Where it stands.
    #[schema(schema_with = labels::<PaymentStatus>)]
    pub status: String,
    /// How much.
    pub amount: MoneyView,
    /// Who takes the money.
    #[schema(example = "simulated")]
    pub gateway: String,
    /// The gateway's key of the order, once it has made it.
    #[schema(example = "sim_01936f5e-8a11-7e43-8f00-5d6e7f8091a2_249900_INR")]
    pub order: Option<String>,
    /// The gateway's key of the attempt that brought the money.
    #[schema(example = "sim_pay_1")]
    pub captured_by: Option<String>,
    /// When the money came.
    #[schema(format = DateTime, example = "2026-11-24T09:00:00Z")]
    pub completed_at: Option<String>,
}

/// What becomes of captured money: amount = refunded + fee + payout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SplitView {
    /// What goes back to the student.
    pub refunded: MoneyView,
    /// What the platform keeps.
    pub fee: MoneyView,
    /// The mentor's share.
    pub payout: MoneyView,
    /// Where the mentor's share lies.
    #[schema(schema_with = labels::<PayoutStatus>)]
    pub status: String,
    /// Until when it is held.
    #[schema(format = DateTime, example = "2026-12-31T05:45:00Z")]
    pub hold_until: Option<String>,
}

/// One meeting as operators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OperatorItemView {
    /// Its number, by which routes name it; nothing for a meeting that was taken over.
    #[schema(example = 1)]
    pub item: Option<u32>,
    /// The week, from 1.
    #[schema(example = 1)]
    pub week: i32,
    /// The meeting within the week, from 1.
    #[schema(example = 1)]
    pub number: i32,
    /// What it is about.
    #[schema(example = "Types and control flow")]
    pub topic: String,
    /// Where it stands.
    #[schema(schema_with = labels::<ScheduleStatus>)]
    pub status: String,
    /// When it begins.
    #[schema(format = DateTime, example = "2026-12-07T04:30:00Z")]
    pub starts_at: String,
    /// When it ends; nothing for a meeting that was taken over.
    #[schema(format = DateTime, example = "2026-12-07T05:30:00Z")]
    pub ends_at: Option<String>,
    /// How often it was moved.
    #[schema(example = 0)]
    pub moves: u8,
    /// When it was found to have taken place.
    #[schema(format = DateTime, example = "2026-12-07T05:35:00Z")]
    pub completed_at: Option<String>,
    /// When it was called off.
    #[schema(format = DateTime, example = "2026-12-07T05:35:00Z")]
    pub cancelled_at: Option<String>,
    /// The student's word that the mentor did not come.
    pub report: Option<ReportView>,
}

/// A report that the mentor did not come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportView {
    /// When it was reported.
    #[schema(format = DateTime, example = "2026-12-07T05:00:00Z")]
    pub at: String,
    /// What the student wrote.
    #[schema(example = "Nobody came, and nobody answered.")]
    pub note: Option<String>,
    /// Whether it was upheld; nothing while it waits for an operator.
    #[schema(example = true)]
    pub upheld: Option<bool>,
    /// When that was decided.
    #[schema(format = DateTime, example = "2026-12-08T09:00:00Z")]
    pub decided_at: Option<String>,
}

impl OperatorSessionView {
    /// One of our sessions. Names, plan, payment, split and meetings are for the store to add.
    pub fn of(session: &Session, student: &str, mentor: &str) -> Self {
        let party =
            |id: &domain_kernel::UserId, name: &str| PartyView { id: id.to_string(), name: name.to_owned() };
        Self {
            id: session.id.to_string(),
            status: session.status.to_string(),
            taken_over: false,
            student: party(&session.student, student),
            mentor: party(&session.mentor, mentor),
            skill: session.skill_name.clone(),
            plan: None,
            price: Some(session.terms.price.into()),
            message: session.message.clone(),
            reason: session.reason.clone(),
            ended_by: session.ended_by.map(|by| by.to_string()),
            ended_at: session.ended_at.map(|at| at.to_string()),
            zone: Some(session.terms.zone.to_string()),
            starts_at: session.begins_at.to_string(),
            ends_at: Some(session.ends_at.to_string()),
            created_at: Some(session.created_at.to_string()),
            payment: None,
            split: None,
            settle_by_hand: None,
            items: vec![],
        }
    }
}

impl From<&Payment> for OperatorPaymentView {
    fn from(payment: &Payment) -> Self {
        Self {
            id: payment.id.to_string(),
            status: payment.status.to_string(),
            amount: payment.amount.into(),
            gateway: payment.gateway.clone(),
            order: payment.order.clone(),
            captured_by: payment.captured_by.clone(),
            completed_at: payment.completed_at.map(|at| at.to_string()),
        }
    }
}

impl From<&Ledger> for SplitView {
    fn from(ledger: &Ledger) -> Self {
        Self {
            refunded: ledger.refunded.into(),
            fee: ledger.fee.into(),
            payout: ledger.payout.into(),
            status: ledger.status.to_string(),
            hold_until: ledger.hold_until.map(|at| at.to_string()),
        }
    }
}

impl OperatorItemView {
    /// A planned meeting.
    pub fn of(meeting: &Meeting, topic: String) -> Self {
        Self {
            item: Some(meeting.item),
            week: meeting.week.into(),
            number: meeting.number.into(),
            topic,
            status: meeting.status.to_string(),
            starts_at: meeting.starts_at.to_string(),
            ends_at: Some(meeting.ends_at.to_string()),
            moves: meeting.moves,
            completed_at: meeting.completed_at.map(|at| at.to_string()),
            cancelled_at: meeting.cancelled_at.map(|at| at.to_string()),
            report: meeting.report.as_ref().map(|report| ReportView {
                at: report.at.to_string(),
                note: report.note.clone(),
                upheld: report.decision.map(|(upheld, _)| upheld),
                decided_at: report.decision.map(|(_, at)| at.to_string()),
            }),
        }
    }

    /// A meeting of a session that was taken over.
    pub fn taken_over(week: i32, number: i32, topic: String, status: &str, starts_at: Timestamp) -> Self {
        Self {
            item: None,
            week,
            number,
            topic,
            status: status.to_owned(),
            starts_at: starts_at.to_string(),
            ends_at: None,
            moves: 0,
            completed_at: None,
            cancelled_at: None,
            report: None,
        }
    }
}
