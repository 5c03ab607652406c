use application_kernel::{MoneyView, labels, labels_or_null};
use domain_billing::{Payment, PaymentStatus};
use domain_kernel::{Timestamp, Zone, display_name};
use domain_mentoring::{
    Action, Ender, Meeting, MeetingAction, ScheduleStatus, SessionStatus, Side, Slot, Terms, meeting_actions,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A session as one of its parties sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionView {
    /// Its key.
    #[schema(example = "01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e5f")]
    pub id: String,
    /// Where it stands.
    #[schema(schema_with = labels::<SessionStatus>)]
    pub status: String,
    /// On which side the caller stands.
    #[schema(schema_with = labels::<Side>)]
    pub side: String,
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
    /// Until when the mentor can answer.
    #[schema(format = DateTime, example = "2026-11-26T08:00:00Z")]
    pub answer_by: Option<String>,
    /// Until when the student can pay.
    #[schema(format = DateTime, example = "2026-11-24T09:00:00Z")]
    pub pay_by: Option<String>,
    /// The payment, once it was started.
    pub payment: Option<PaymentView>,
    /// The meetings, as planned first to last; left out in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<ItemView>>,
    /// What the caller can do now, as far as status, side and time tell.
    #[schema(schema_with = action_list)]
    pub allowed_actions: Vec<String>,
}

fn action_list() -> utoipa::openapi::schema::Array {
    utoipa::openapi::schema::Array::new(labels::<Action>())
}

fn meeting_action_list() -> utoipa::openapi::schema::Array {
    utoipa::openapi::schema::Array::new(labels::<MeetingAction>())
}

/// A party of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PartyView {
    /// The person's key.
    #[schema(example = "mentor_001")]
    pub id: String,
    /// The full name from APPROVED on, before it the first name and an initial.
    #[schema(example = "Asha V.")]
    pub name: String,
}

/// A plan by reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanRef {
    /// Its key.
    #[schema(example = 7)]
    pub id: i32,
    /// Its key within the skill.
    #[schema(example = "standard")]
    pub key: String,
    /// Its name.
    #[schema(example = "Standard")]
    pub title: String,
}

/// The payment of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PaymentView {
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
    /// The gateway's key of the order, once it has made it; shown to the student only.
    #[schema(example = "sim_01936f5e-8a11-7e43-8f00-5d6e7f8091a2_249900_INR")]
    pub order: Option<String>,
    /// What of it goes back; nothing before it came.
    #[serde(default)]
    pub refunded: Option<MoneyView>,
}

/// Another time that a party proposed for a meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProposalView {
    /// Who proposed it; the other one answers.
    #[schema(schema_with = labels::<Side>)]
    pub by: String,
    /// When the meeting would begin.
    #[schema(format = DateTime, example = "2026-12-08T11:30:00Z")]
    pub starts_at: String,
    /// The day on the session's calendar.
    #[schema(format = Date, example = "2026-12-08")]
    pub local_date: String,
    /// The time on the session's wall clock.
    #[schema(example = "17:00")]
    pub local_time: String,
}

/// One meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ItemView {
    /// Its number, by which routes name it; nothing for a meeting that was taken over.
    #[schema(example = 1)]
    pub item: Option<u32>,
    /// The week, from 1.
    #[schema(example = 1)]
    pub week: i32,
    /// The meeting within the week, from 1.
    #[schema(example = 1)]
    pub number: i32,
    /// What it is about; known once the meetings are planned.
    #[schema(example = "Types and control flow")]
    pub topic: Option<String>,
    /// Where it stands; nothing before the meetings are planned.
    #[schema(schema_with = labels_or_null::<ScheduleStatus>)]
    pub status: Option<String>,
    /// When it begins.
    #[schema(format = DateTime, example = "2026-12-07T04:30:00Z")]
    pub starts_at: String,
    /// The day on the session's calendar.
    #[schema(format = Date, example = "2026-12-07")]
    pub local_date: String,
    /// The time on the session's wall clock.
    #[schema(example = "10:00")]
    pub local_time: String,
    /// When it ends; nothing for a meeting that was taken over.
    #[schema(format = DateTime, example = "2026-12-07T05:30:00Z")]
    pub ends_at: Option<String>,
    /// Whether it was called off.
    #[schema(example = false)]
    pub cancelled: bool,
    /// How often it was moved.
    #[schema(example = 0)]
    pub moves: u8,
    /// Another time that a party proposed.
    pub proposal: Option<ProposalView>,
    /// Whether the student reported that the mentor did not come, and what an operator made of it:
    /// open, upheld or dismissed.
    #[schema(example = "open")]
    pub no_show: Option<String>,
    /// What the caller can do now, as far as status, side and time tell.
    #[schema(schema_with = meeting_action_list)]
    pub allowed_actions: Vec<String>,
}

/// From where a meeting is looked at.
#[derive(Debug, Clone, Copy)]
pub struct MeetingContext<'a> {
    /// The session's status.
    pub status: SessionStatus,
    /// The side of the viewer.
    pub side: Side,
    /// What was agreed.
    pub terms: &'a Terms,
    /// When it is looked at.
    pub now: Timestamp,
}

/// The dates on which a plan would meet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DatesView {
    /// The mentor's zone, in which days and times are meant.
    #[schema(example = "Asia/Kolkata")]
    pub zone: String,
    /// What the plan costs.
    pub price: MoneyView,
    /// The meetings in order.
    pub items: Vec<ItemView>,
}

impl PaymentView {
    /// The payment as that side sees it: the order, with which one pays, is the student's alone.
    pub fn seen_by(side: Side, payment: &Payment, refunded: Option<MoneyView>) -> Self {
        let order = (side == Side::Student).then(|| payment.order.clone()).flatten();
        Self {
            order,
            refunded,
            id: payment.id.to_string(),
            status: payment.status.to_string(),
            amount: payment.amount.into(),
            gateway: payment.gateway.clone(),
        }
    }
}

impl ItemView {
    /// A meeting that is agreed but not planned yet.
    pub fn agreed(slot: &Slot, zone: Zone) -> Self {
        let (week, number) = (slot.day.week.into(), slot.day.number.into());
        let view = Self::at(week, number, slot.starts_at, zone);
        Self { item: Some(slot.item), ends_at: Some(slot.ends_at.to_string()), ..view }
    }

    /// A planned meeting.
    pub fn planned(meeting: &Meeting, topic: String, seen: MeetingContext<'_>) -> Self {
        let zone = seen.terms.zone;
        let view = Self::at(meeting.week.into(), meeting.number.into(), meeting.starts_at, zone);
        let proposal = meeting.proposal.map(|proposal| {
            let (date, time) = zone.local(proposal.starts_at);
            ProposalView {
                by: proposal.by.to_string(),
                starts_at: proposal.starts_at.to_string(),
                local_date: date.to_string(),
                local_time: time.to_string(),
            }
        });
        let no_show = meeting.report.as_ref().map(|report| match report.decision {
            None => "open",
            Some((true, _)) => "upheld",
            Some((false, _)) => "dismissed",
        });
        let actions = meeting_actions(meeting, seen.status, seen.side, seen.terms, seen.now);
        Self {
            item: Some(meeting.item),
            topic: Some(topic),
            status: Some(meeting.status.to_string()),
            ends_at: Some(meeting.ends_at.to_string()),
            cancelled: meeting.cancelled_at.is_some(),
            moves: meeting.moves,
            proposal,
            no_show: no_show.map(str::to_owned),
            allowed_actions: actions.into_iter().map(|action| action.to_string()).collect(),
            ..view
        }
    }

    /// A meeting of a session that was taken over: shown, and nothing can be done to it.
    pub fn taken_over(
        week: i32,
        number: i32,
        topic: String,
        status: &str,
        starts_at: Timestamp,
        zone: Zone,
    ) -> Self {
        Self {
            topic: Some(topic),
            status: Some(status.to_owned()),
            ..Self::at(week, number, starts_at, zone)
        }
    }

    fn at(week: i32, number: i32, starts_at: Timestamp, zone: Zone) -> Self {
        let (date, time) = zone.local(starts_at);
        Self {
            item: None,
            week,
            number,
            topic: None,
            status: None,
            starts_at: starts_at.to_string(),
            local_date: date.to_string(),
            local_time: time.to_string(),
            ends_at: None,
            cancelled: false,
            moves: 0,
            proposal: None,
            no_show: None,
            allowed_actions: vec![],
        }
    }
}

/// How a party's name is shown: in full from APPROVED on.
pub fn seen_by(full_name: &str, status: SessionStatus) -> String {
    match status {
        SessionStatus::Pending | SessionStatus::Rejected => display_name(full_name),
        _ => full_name.to_owned(),
    }
}
