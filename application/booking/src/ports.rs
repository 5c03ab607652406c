//! What booking needs from outside. The stores are implemented by adapters and never mocked; the
//! gateway belongs to somebody else, so it has a mock.

use application_kernel::{Page, PageRequest, StoreError, Transaction, Viewer};
use async_trait::async_trait;
use domain_billing::{
    DisputeStep, FactKind, FactOutcome, GatewayFact, Ledger, Payment, PayoutAttempt, Refund, Told,
};
use domain_kernel::{CourseId, Money, PaymentId, PlanId, SessionId, Timestamp, UserId, Zone};
use domain_mentoring::{
    Availability, CourseStatus, Enrolment, Meeting, NewScheduleItem, Session, SessionStatus, Slot, TakenOver,
};

use crate::legacy::{TakenOverLedger, TakenOverRows};
use crate::{
    CourseOnRecord, NoShowKey, NoShowView, OperatorSessionView, ScriptStep, SessionFilter, SessionKey,
    SessionView, TakenOverView,
};

/// The constraint that two overlapping holds of one person violate.
pub const SLOTS_OVERLAP: &str = "slot_holds_no_overlap";
/// The constraint that a second live session of the same student, mentor and skill violates.
pub const ONE_LIVE_SESSION: &str = "session_terms_one_live";

/// What booking needs inside a unit of work.
pub trait BookingPorts: Transaction {
    /// Sessions, their slots and their planned meetings.
    fn sessions(&mut self) -> &mut dyn Sessions;
    /// Payments and what gateways said of them.
    fn payments(&mut self) -> &mut dyn Payments;
    /// Plans and mentors.
    fn offers(&mut self) -> &mut dyn Offers;
}

application_kernel::unit_of_work! {
    /// A unit of work as booking sees it.
    BookingTx over BookingPorts
}

/// Sessions, their slots and their planned meetings.
#[async_trait]
pub trait Sessions: Send {
    /// The session, locked. `NotFound` also for one that was taken over and never enrolled.
    async fn get(&mut self, id: &SessionId) -> Result<Session, StoreError>;
    /// Adds a requested session. `Duplicate(ONE_LIVE_SESSION)` if the two have a live one.
    async fn add(&mut self, session: &Session) -> Result<(), StoreError>;
    /// Saves a changed session and counts up its version; `Conflict` if it is another's already.
    async fn save(&mut self, session: &mut Session) -> Result<(), StoreError>;
    /// How many requests of the student wait for an answer. The student is locked until the unit
    /// of work ends, so that the count stays true.
    async fn open_requests(&mut self, student: &UserId) -> Result<u32, StoreError>;
    /// The requests that wait for the mentor's answer.
    async fn waiting_for(&mut self, mentor: &UserId) -> Result<Vec<SessionId>, StoreError>;
    /// Whether the two have a live session for the skill.
    async fn has_live(
        &mut self,
        student: &UserId,
        mentor: &UserId,
        skill_slug: &str,
    ) -> Result<bool, StoreError>;
    /// Replaces the slots that the session holds for both its parties.
    /// `Duplicate(SLOTS_OVERLAP)` if one of them is held by another session.
    async fn hold(&mut self, session: &Session, slots: &[Slot]) -> Result<(), StoreError>;
    /// Frees every slot that the session holds.
    async fn free(&mut self, id: &SessionId) -> Result<(), StoreError>;
    /// Replaces the slot of one meeting for both parties, as [`Self::hold`] does.
    async fn hold_again(&mut self, session: &Session, meeting: &Meeting) -> Result<(), StoreError>;
    /// Adds the planned meetings.
    async fn plan(
        &mut self,
        session: &Session,
        items: &[NewScheduleItem],
    ) -> Result<Vec<Meeting>, StoreError>;
    /// The planned meetings in order, locked.
    async fn meetings(&mut self, id: &SessionId) -> Result<Vec<Meeting>, StoreError>;
    /// Saves changed meetings and counts up their versions; `Conflict` if one is another's already.
    async fn save_meetings(&mut self, meetings: &mut [Meeting], now: Timestamp) -> Result<(), StoreError>;
    /// What the sessions of the two for the skill say, and where their course is recorded to stand.
    /// Sessions that were taken over do not count.
    async fn enrolment(&mut self, session: &Session)
    -> Result<(Enrolment, Option<CourseStatus>), StoreError>;
    /// Records where the course of the two stands; `id` is its key if it was never recorded.
    async fn enrol(
        &mut self,
        id: &str,
        session: &Session,
        status: CourseStatus,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// A session that was taken over and not enrolled, locked, with what stands around it; nothing if
    /// there is none. `NeedsPostgres` on a store into which nothing was ever taken over.
    async fn taken_over(&mut self, id: &SessionId) -> Result<Option<TakenOverRows>, StoreError>;
    /// Which other sessions hold hours of either party that overlap one of these.
    async fn in_the_way(&mut self, session: &Session, of: &[Slot]) -> Result<Vec<SessionId>, StoreError>;
    /// Writes down what is agreed on a session that was taken over, and what stands beside its meetings.
    /// `Duplicate(ONE_LIVE_SESSION)` as [`Self::add`].
    async fn take_in(&mut self, session: &Session, meetings: &[Meeting]) -> Result<(), StoreError>;
    /// Closes a session that was taken over; `Conflict` if it has changed meanwhile.
    async fn close_taken_over(
        &mut self,
        session: &TakenOver,
        status: SessionStatus,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// The session as operators see it, whether it was taken over or not, read inside this unit of work.
    async fn operator_view(&mut self, id: &SessionId) -> Result<Option<OperatorSessionView>, StoreError>;
    /// The session as the viewer sees it, read inside this unit of work.
    async fn view(&mut self, id: &SessionId, viewer: &Viewer) -> Result<SessionView, StoreError>;
}

/// Payments and what gateways said of them.
#[async_trait]
pub trait Payments: Send {
    /// The payment, locked.
    async fn get(&mut self, id: &PaymentId) -> Result<Payment, StoreError>;
    /// The payment; locks nothing.
    async fn find(&mut self, id: &PaymentId) -> Result<Option<Payment>, StoreError>;
    /// The session's payment, locked, if it was started.
    async fn of_session(&mut self, session: &SessionId) -> Result<Option<Payment>, StoreError>;
    /// Which payment and session an order belongs to. Locks nothing.
    async fn by_order(
        &mut self,
        gateway: &str,
        order: &str,
    ) -> Result<Option<(PaymentId, SessionId)>, StoreError>;
    /// Adds a started payment.
    async fn add(&mut self, payment: &Payment) -> Result<(), StoreError>;
    /// Saves a changed payment and counts up its version; `Conflict` if it is another's already.
    async fn save(&mut self, payment: &mut Payment) -> Result<(), StoreError>;
    /// What gateways said of the payment so far, in order.
    async fn told(&mut self, id: &PaymentId) -> Result<Vec<Told>, StoreError>;
    /// Records a message of the gateway and what was made of it.
    async fn remember(
        &mut self,
        payment: &PaymentId,
        fact: &GatewayFact,
        outcome: FactOutcome,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// Adds the split of a captured payment.
    async fn split(&mut self, ledger: &Ledger) -> Result<(), StoreError>;
    /// What became of the session's captured payment, locked; nothing if none was captured.
    async fn ledger(&mut self, session: &SessionId) -> Result<Option<Ledger>, StoreError>;
    /// The split of a payment that was taken over, locked, as its row says; nothing if it has none.
    async fn taken_over_split(&mut self, payment: &Payment) -> Result<Option<TakenOverLedger>, StoreError>;
    /// Writes down what stands beside a split that was taken over, whose row is then saved as any other, and the try by
    /// which its share has left escrow, if it has.
    async fn take_in_split(
        &mut self,
        ledger: &Ledger,
        made: Option<&PayoutAttempt>,
    ) -> Result<(), StoreError>;
    /// Saves a changed split and counts up its version; `Conflict` if it is another's already.
    async fn save_ledger(&mut self, ledger: &mut Ledger) -> Result<(), StoreError>;
    /// Adds money that is to go back.
    async fn add_refund(&mut self, refund: &Refund) -> Result<(), StoreError>;
}

/// What a mentor offers for a plan, as far as it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The plan.
    pub plan: OfferedPlan,
    /// The course whose slug is the plan's skill's; without one the plan cannot be booked.
    pub course: Option<CourseId>,
    /// Whether the mentor is verified for exactly that course, as far as this plan needs.
    pub mentor_may_teach: bool,
    /// When the mentor can be met.
    pub availability: Availability,
    /// The mentor's zone.
    pub zone: Zone,
}

/// A plan, as far as booking it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedPlan {
    /// Its key.
    pub id: PlanId,
    /// The plan's key within the skill, such as `basic`.
    pub key: String,
    /// The skill, by the name that people read.
    pub skill_name: String,
    /// The skill's slug.
    pub skill_slug: String,
    /// What the student pays for all of it.
    pub price: Money,
    /// How long and how often.
    pub rhythm: Rhythm,
    /// Whether it can be booked.
    pub is_active: bool,
}

/// How long a plan runs and how often its parties meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rhythm {
    /// Weeks, from 1.
    pub weeks: u8,
    /// Meetings a week, from 1.
    pub per_week: u8,
}

/// Plans and mentors inside a unit of work.
#[async_trait]
pub trait Offers: Send {
    /// What the mentor offers for the plan, unverified if they are no mentor; nothing if there is no such plan.
    async fn find(&mut self, mentor: &UserId, plan: PlanId) -> Result<Option<Offer>, StoreError>;
    /// What the plan's meetings are about: week, number, topic.
    async fn topics(&mut self, plan: PlanId) -> Result<Vec<(u8, u8, String)>, StoreError>;
}

/// Who is told what: the facts of a mail about a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeFacts {
    /// The student's full name and address.
    pub student: (String, String),
    /// The mentor's full name and address.
    pub mentor: (String, String),
    /// The session as agreed.
    pub session: Session,
}

/// Booking's reads. Each is one statement.
#[async_trait]
pub trait BookingQueries: Send + Sync {
    /// The viewer's own sessions, on either side, by start.
    async fn sessions(
        &self,
        viewer: &Viewer,
        filter: &SessionFilter,
        page: &PageRequest<SessionKey>,
    ) -> Result<Page<SessionView, SessionKey>, StoreError>;
    /// One of the viewer's own sessions with its meetings.
    async fn session(&self, id: &SessionId, viewer: &Viewer) -> Result<Option<SessionView>, StoreError>;
    /// What the mentor offers for the plan, unverified if they are no mentor; nothing if there is no such plan.
    async fn offer(&self, mentor: &UserId, plan: PlanId) -> Result<Option<Offer>, StoreError>;
    /// Sessions that were taken over and not enrolled, by start. `NeedsPostgres` as for [`Sessions::taken_over`].
    async fn taken_over(
        &self,
        page: &PageRequest<SessionKey>,
    ) -> Result<Page<TakenOverView, SessionKey>, StoreError>;
    /// The courses of all sessions that have terms, by the first of their sessions' keys.
    async fn courses(
        &self,
        page: &PageRequest<SessionId>,
    ) -> Result<Page<CourseOnRecord, SessionId>, StoreError>;
    /// The reported no-shows that wait for an operator, the oldest report first.
    async fn no_shows(
        &self,
        page: &PageRequest<NoShowKey>,
    ) -> Result<Page<NoShowView, NoShowKey>, StoreError>;
    /// A session as operators see it, whether it was taken over or not.
    async fn operator_session(&self, id: &SessionId) -> Result<Option<OperatorSessionView>, StoreError>;
    /// What a mail about the session needs.
    async fn notice(&self, id: &SessionId) -> Result<Option<NoticeFacts>, StoreError>;
}

/// What a gateway is asked to make an order for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRequest {
    /// Our key: asked again with the same, the gateway answers the same order.
    pub payment: PaymentId,
    /// How much.
    pub amount: Money,
}

/// The gateway does not answer, or not what it should.
#[derive(Debug, thiserror::Error)]
#[error("the payment gateway does not answer: {reason}")]
pub struct GatewayDown {
    /// What happened.
    pub reason: String,
}

/// Takes students' money for us.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait PaymentGateway: Send + Sync {
    /// The gateway's name, as payments keep it.
    fn name(&self) -> String;
    /// Makes the order, or finds the one that was made with this key. Answers its key.
    async fn order(&self, request: OrderRequest) -> Result<String, GatewayDown>;
    /// What it knows of the order, in the order in which it happened; nothing if nothing has, or it made no such order.
    /// Each is as if it told it by itself, but for the message's key.
    async fn facts(&self, order: &str) -> Result<Vec<GatewayFact>, GatewayDown>;
}

/// A gateway that does as it is told: demo mode only.
#[async_trait]
pub trait GatewaySimulator: Send + Sync {
    /// The fact that the gateway would send if this happened to the student's attempt at the order;
    /// nothing if it made no such order. Amount and currency are the order's, unless told otherwise.
    fn fact(
        &self,
        order: &str,
        attempt: &str,
        kind: FactKind,
        amount: Option<(i64, String)>,
    ) -> Option<GatewayFact>;
    /// Keeps in the gateway's own books that this has happened, without telling anybody.
    async fn keep(&self, fact: &GatewayFact) -> Result<(), GatewayDown>;
    /// Keeps that money is withheld, or with a step that this has ended, without telling anybody. Without an amount it is
    /// all that is left.
    async fn keep_dispute(
        &self,
        order: &str,
        key: &str,
        amount_minor: Option<i64>,
        step: Option<DisputeStep>,
    ) -> Result<(), GatewayDown>;
    /// What happens to the order from now on. Answers how many messages are sent about it; nothing if the gateway made no
    /// such order.
    async fn script(&self, order: &str, steps: &[ScriptStep]) -> Result<Option<usize>, GatewayDown>;
}
