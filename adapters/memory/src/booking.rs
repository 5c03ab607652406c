//! Booking: sessions, payments and what mentors offer. What the parties see is in `view.rs`.

mod operator_view;
mod queries;
mod state;
mod view;

use application_booking::ports::{
    BookingPorts, BookingTx, ONE_LIVE_SESSION, Offer, Offers, Payments, Sessions,
};
use application_booking::{OperatorSessionView, SessionView, TakenOverLedger, TakenOverRows};
use application_kernel::{Store, StoreError, Viewer};
use async_trait::async_trait;
use domain_billing::{FactKind, FactOutcome, GatewayFact, Ledger, Payment, PayoutAttempt, Refund, Told};
use domain_kernel::{
    Currency, Id, LedgerRowId, PaymentId, PlanId, ScheduleItemId, SessionId, Timestamp, UserId,
};
use domain_mentoring::{
    CourseStatus, Enrolment, Meeting, NewScheduleItem, Session, SessionStatus, Slot, TakenOver,
};

use crate::platform::next;
use crate::store::{MemoryStore, MemoryTx};

/// Nothing was ever taken over into memory.
const NOTHING_TAKEN_OVER: StoreError = StoreError::NeedsPostgres { what: "what was taken over" };

/// A planned meeting, and what it is about.
#[derive(Debug, Clone)]
pub(crate) struct PlannedItem {
    meeting: Meeting,
    topic: String,
}

/// The hours that a session takes from one of its parties, the end excluded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hold {
    from: Timestamp,
    to: Timestamp,
}

/// What a gateway said, and what was made of it.
#[derive(Debug, Clone)]
pub(crate) struct RememberedFact {
    pub(crate) payment: PaymentId,
    fact: GatewayFact,
    pub(crate) outcome: FactOutcome,
    recorded_at: Timestamp,
}

impl RememberedFact {
    pub(crate) fn is_capture(&self) -> bool {
        self.fact.kind == FactKind::Captured
    }

    /// How much came, if it came in that currency.
    pub(crate) fn amount_in(&self, currency: Currency) -> Option<i64> {
        (self.fact.currency == currency.code()).then_some(self.fact.amount_minor)
    }

    fn told(&self) -> Told {
        let GatewayFact { event, attempt, kind, .. } = self.fact.clone();
        Told { event, attempt, kind, outcome: self.outcome }
    }
}

impl Hold {
    fn overlaps(self, other: Self) -> bool {
        self.from < other.to && other.from < self.to
    }
}

#[async_trait]
impl Store<BookingTx> for MemoryStore {
    async fn begin(&self) -> Result<BookingTx, StoreError> {
        Ok(BookingTx::new(Box::new(self.open().await)))
    }
}

impl BookingPorts for MemoryTx {
    fn sessions(&mut self) -> &mut dyn Sessions {
        self
    }

    fn payments(&mut self) -> &mut dyn Payments {
        self
    }

    fn offers(&mut self) -> &mut dyn Offers {
        self
    }
}

#[async_trait]
impl Sessions for MemoryTx {
    async fn get(&mut self, id: &SessionId) -> Result<Session, StoreError> {
        self.state.sessions.get(id).cloned().ok_or(StoreError::NotFound { table: "sessions" })
    }

    async fn add(&mut self, session: &Session) -> Result<(), StoreError> {
        if self.state.sessions.contains_key(&session.id) {
            return Err(duplicate("sessions_pkey"));
        }
        if self.has_live(&session.student, &session.mentor, &session.skill_slug).await? {
            return Err(duplicate(ONE_LIVE_SESSION));
        }
        for (is_there, key) in [
            (self.state.users.contains_key(&session.student), "sessions_student_id_fkey"),
            (self.state.users.contains_key(&session.mentor), "sessions_mentor_id_fkey"),
            (self.state.courses.contains_key(&session.course), "sessions_course_id_fkey"),
            (self.state.plans.contains_key(&session.plan), "sessions_plan_id_fkey"),
        ] {
            if !is_there {
                return Err(StoreError::Refused { constraint: key.into() });
            }
        }
        self.state.sessions.insert(session.id.clone(), session.clone());
        Ok(())
    }

    async fn save(&mut self, session: &mut Session) -> Result<(), StoreError> {
        match self.state.sessions.get_mut(&session.id) {
            Some(stored) if stored.version == session.version => {
                session.version += 1;
                *stored = session.clone();
                Ok(())
            }
            _ => Err(StoreError::Conflict),
        }
    }

    async fn open_requests(&mut self, student: &UserId) -> Result<u32, StoreError> {
        if !self.state.users.contains_key(student) {
            return Err(StoreError::NotFound { table: "users" });
        }
        let waits =
            |session: &&Session| session.student == *student && session.status == SessionStatus::Pending;
        Ok(u32::try_from(self.state.sessions.values().filter(waits).count()).unwrap_or(u32::MAX))
    }

    async fn waiting_for(&mut self, mentor: &UserId) -> Result<Vec<SessionId>, StoreError> {
        let waits =
            |session: &&Session| session.mentor == *mentor && session.status == SessionStatus::Pending;
        Ok(self.state.sessions.values().filter(waits).map(|session| session.id.clone()).collect())
    }

    async fn has_live(
        &mut self,
        student: &UserId,
        mentor: &UserId,
        skill_slug: &str,
    ) -> Result<bool, StoreError> {
        Ok(self.state.sessions.values().any(|session| {
            session.status.is_live()
                && (&session.student, &session.mentor, session.skill_slug.as_str())
                    == (student, mentor, skill_slug)
        }))
    }

    async fn hold(&mut self, session: &Session, slots: &[Slot]) -> Result<(), StoreError> {
        self.free(&session.id).await?;
        for slot in slots {
            self.state.take(session, slot.item, Hold { from: slot.starts_at, to: slot.ends_at })?;
        }
        Ok(())
    }

    async fn hold_again(&mut self, session: &Session, meeting: &Meeting) -> Result<(), StoreError> {
        self.state.slot_holds.retain(|(held, _, item), _| *held != session.id || *item != meeting.item);
        self.state.take(session, meeting.item, Hold { from: meeting.starts_at, to: meeting.ends_at })
    }

    async fn free(&mut self, id: &SessionId) -> Result<(), StoreError> {
        self.state.slot_holds.retain(|(session, _, _), _| session != id);
        Ok(())
    }

    async fn plan(
        &mut self,
        session: &Session,
        items: &[NewScheduleItem],
    ) -> Result<Vec<Meeting>, StoreError> {
        let mut meetings = Vec::with_capacity(items.len());
        for item in items {
            let place = (item.week, item.number);
            let planned = self.state.planned(&session.id);
            if planned.iter().any(|planned| (planned.meeting.week, planned.meeting.number) == place) {
                return Err(duplicate("unique_session_schedule_entry"));
            }
            let id = ScheduleItemId::new(next(self.state.session_schedule.keys().next_back().map(Id::get)));
            let topic = item.topic.clone();
            let meeting = item.clone().planned(id, session.id.clone());
            meetings.push(meeting.clone());
            self.state.session_schedule.insert(id, PlannedItem { meeting, topic });
        }
        Ok(meetings)
    }

    async fn meetings(&mut self, id: &SessionId) -> Result<Vec<Meeting>, StoreError> {
        Ok(self.state.planned(id).into_iter().map(|planned| planned.meeting.clone()).collect())
    }

    async fn save_meetings(&mut self, meetings: &mut [Meeting], _: Timestamp) -> Result<(), StoreError> {
        for meeting in meetings {
            match self.state.session_schedule.get_mut(&meeting.id) {
                Some(stored) if stored.meeting.version == meeting.version => {
                    meeting.version += 1;
                    stored.meeting = meeting.clone();
                }
                _ => return Err(StoreError::Conflict),
            }
        }
        Ok(())
    }

    async fn enrolment(
        &mut self,
        session: &Session,
    ) -> Result<(Enrolment, Option<CourseStatus>), StoreError> {
        let key = (session.student.clone(), session.mentor.clone(), session.skill_slug.clone());
        Ok((self.state.enrolment(session), self.state.course_enrollments.get(&key).copied()))
    }

    async fn enrol(
        &mut self,
        _: &str,
        session: &Session,
        status: CourseStatus,
        _: Timestamp,
    ) -> Result<(), StoreError> {
        let key = (session.student.clone(), session.mentor.clone(), session.skill_slug.clone());
        self.state.course_enrollments.insert(key, status);
        Ok(())
    }

    async fn taken_over(&mut self, _: &SessionId) -> Result<Option<TakenOverRows>, StoreError> {
        Err(NOTHING_TAKEN_OVER)
    }

    async fn in_the_way(&mut self, session: &Session, of: &[Slot]) -> Result<Vec<SessionId>, StoreError> {
        Ok(self.state.in_the_way(session, of))
    }

    async fn take_in(&mut self, _: &Session, _: &[Meeting]) -> Result<(), StoreError> {
        Err(NOTHING_TAKEN_OVER)
    }

    async fn close_taken_over(
        &mut self,
        _: &TakenOver,
        _: SessionStatus,
        _: Timestamp,
    ) -> Result<(), StoreError> {
        Err(NOTHING_TAKEN_OVER)
    }

    async fn operator_view(&mut self, id: &SessionId) -> Result<Option<OperatorSessionView>, StoreError> {
        Ok(self.state.operator_session(id))
    }

    async fn view(&mut self, id: &SessionId, viewer: &Viewer) -> Result<SessionView, StoreError> {
        self.state.session_view(id, viewer).ok_or(StoreError::NotFound { table: "sessions" })
    }
}

#[async_trait]
impl Payments for MemoryTx {
    async fn get(&mut self, id: &PaymentId) -> Result<Payment, StoreError> {
        self.state.payments.get(id).cloned().ok_or(StoreError::NotFound { table: "payments" })
    }

    async fn find(&mut self, id: &PaymentId) -> Result<Option<Payment>, StoreError> {
        Ok(self.state.payments.get(id).cloned())
    }

    async fn of_session(&mut self, session: &SessionId) -> Result<Option<Payment>, StoreError> {
        Ok(self.state.payment_of(session).cloned())
    }

    async fn by_order(
        &mut self,
        gateway: &str,
        order: &str,
    ) -> Result<Option<(PaymentId, SessionId)>, StoreError> {
        let is_it =
            |payment: &&Payment| payment.gateway == gateway && payment.order.as_deref() == Some(order);
        let found = self.state.payments.values().find(is_it);
        Ok(found.map(|payment| (payment.id.clone(), payment.session.clone())))
    }

    async fn add(&mut self, payment: &Payment) -> Result<(), StoreError> {
        if self.state.payments.contains_key(&payment.id) {
            return Err(duplicate("payments_pkey"));
        }
        if self.state.payment_of(&payment.session).is_some() {
            return Err(duplicate("payments_session_id_key"));
        }
        if !self.state.sessions.contains_key(&payment.session) {
            return Err(StoreError::Refused { constraint: "payments_session_id_fkey".into() });
        }
        self.state.payments.insert(payment.id.clone(), payment.clone());
        Ok(())
    }

    async fn save(&mut self, payment: &mut Payment) -> Result<(), StoreError> {
        match self.state.payments.get_mut(&payment.id) {
            Some(stored) if stored.version == payment.version => {
                payment.version += 1;
                *stored = payment.clone();
                Ok(())
            }
            _ => Err(StoreError::Conflict),
        }
    }

    async fn told(&mut self, id: &PaymentId) -> Result<Vec<Told>, StoreError> {
        let mut facts: Vec<&RememberedFact> =
            self.state.gateway_facts.values().filter(|fact| fact.payment == *id).collect();
        facts.sort_by_key(|fact| (fact.recorded_at, fact.fact.event.clone()));
        Ok(facts.into_iter().map(RememberedFact::told).collect())
    }

    async fn remember(
        &mut self,
        payment: &PaymentId,
        fact: &GatewayFact,
        outcome: FactOutcome,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let key = (fact.gateway.clone(), fact.event.clone());
        if self.state.gateway_facts.contains_key(&key) {
            return Err(duplicate("gateway_facts_pkey"));
        }
        let remembered =
            RememberedFact { payment: payment.clone(), fact: fact.clone(), outcome, recorded_at: now };
        self.state.gateway_facts.insert(key, remembered);
        Ok(())
    }

    async fn split(&mut self, ledger: &Ledger) -> Result<(), StoreError> {
        if self.state.admin_ledger.values().any(|row| row.payment == ledger.payment) {
            return Err(duplicate("admin_ledger_payment_id_key"));
        }
        let id = next(self.state.admin_ledger.keys().next_back().map(Id::get));
        self.state.admin_ledger.insert(LedgerRowId::new(id), ledger.clone());
        Ok(())
    }

    async fn ledger(&mut self, session: &SessionId) -> Result<Option<Ledger>, StoreError> {
        Ok(self.state.ledger_of(session).cloned())
    }

    async fn taken_over_split(&mut self, _: &Payment) -> Result<Option<TakenOverLedger>, StoreError> {
        Err(NOTHING_TAKEN_OVER)
    }

    async fn take_in_split(&mut self, _: &Ledger, _: Option<&PayoutAttempt>) -> Result<(), StoreError> {
        Err(NOTHING_TAKEN_OVER)
    }

    async fn save_ledger(&mut self, ledger: &mut Ledger) -> Result<(), StoreError> {
        match self.state.admin_ledger.values_mut().find(|row| row.payment == ledger.payment) {
            Some(stored) if stored.version == ledger.version => {
                ledger.version += 1;
                *stored = ledger.clone();
                Ok(())
            }
            _ => Err(StoreError::Conflict),
        }
    }

    async fn add_refund(&mut self, refund: &Refund) -> Result<(), StoreError> {
        if !self.state.payments.contains_key(&refund.payment) {
            return Err(StoreError::Refused { constraint: "refunds_payment_id_fkey".into() });
        }
        match self.state.refunds.insert(refund.id.clone(), refund.clone()) {
            None => Ok(()),
            Some(_) => Err(duplicate("refunds_pkey")),
        }
    }
}

#[async_trait]
impl Offers for MemoryTx {
    async fn find(&mut self, mentor: &UserId, plan: PlanId) -> Result<Option<Offer>, StoreError> {
        Ok(self.state.offer(mentor, plan))
    }

    async fn topics(&mut self, plan: PlanId) -> Result<Vec<(u8, u8, String)>, StoreError> {
        Ok(self.state.topics(plan).map(|(week, number, topic)| (week, number, topic.to_owned())).collect())
    }
}

fn duplicate(constraint: &str) -> StoreError {
    StoreError::Duplicate { constraint: constraint.into() }
}

#[cfg(test)]
mod tests;
