//! Booking: sessions, payments and what mentors offer. What the parties see is in `view.rs`.

mod queries;
mod view;

use application_booking::SessionView;
use application_booking::ports::{
    BookingPorts, BookingTx, ONE_LIVE_SESSION, Offer, Offers, Payments, SLOTS_OVERLAP, Sessions,
};
use application_kernel::{Store, StoreError, Viewer};
use async_trait::async_trait;
use domain_billing::{FactOutcome, GatewayFact, Ledger, Payment};
use domain_kernel::{Id, LedgerRowId, PaymentId, PlanId, ScheduleItemId, SessionId, Timestamp, UserId};
use domain_mentoring::{NewScheduleItem, ScheduleStatus, Session, SessionStatus, Slot};

use crate::platform::next;
use crate::store::{MemoryStore, MemoryTx};

/// A planned meeting.
#[derive(Debug, Clone)]
pub(crate) struct PlannedItem {
    session: SessionId,
    item: NewScheduleItem,
    status: ScheduleStatus,
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
    #[expect(dead_code, reason = "written as PostgreSQL does, for whoever debugs; read by nobody yet")]
    fact: GatewayFact,
    pub(crate) outcome: FactOutcome,
    #[expect(dead_code, reason = "as above")]
    recorded_at: Timestamp,
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
        for user in [&session.student, &session.mentor] {
            for slot in slots {
                let hold = Hold { from: slot.starts_at, to: slot.ends_at };
                let is_taken = |((_, holder, _), held): (&(SessionId, UserId, u32), &Hold)| {
                    holder == user && held.overlaps(hold)
                };
                if self.state.slot_holds.iter().any(is_taken) {
                    return Err(duplicate(SLOTS_OVERLAP));
                }
                self.state.slot_holds.insert((session.id.clone(), user.clone(), slot.item), hold);
            }
        }
        Ok(())
    }

    async fn free(&mut self, id: &SessionId) -> Result<(), StoreError> {
        self.state.slot_holds.retain(|(session, _, _), _| session != id);
        Ok(())
    }

    async fn plan(&mut self, session: &Session, items: &[NewScheduleItem]) -> Result<(), StoreError> {
        for item in items {
            let is_there = |planned: &PlannedItem| {
                planned.session == session.id
                    && (planned.item.week, planned.item.number) == (item.week, item.number)
            };
            if self.state.session_schedule.values().any(is_there) {
                return Err(duplicate("unique_session_schedule_entry"));
            }
            let id = next(self.state.session_schedule.keys().next_back().map(Id::get));
            let planned = PlannedItem {
                session: session.id.clone(),
                item: item.clone(),
                status: ScheduleStatus::Locked,
            };
            self.state.session_schedule.insert(ScheduleItemId::new(id), planned);
        }
        Ok(())
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

    async fn has_seen(&mut self, fact: &GatewayFact) -> Result<bool, StoreError> {
        Ok(self.state.gateway_facts.contains_key(&(fact.gateway.clone(), fact.event.clone())))
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
