//! A store whose n-th call fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use application_booking::ports::{BookingPorts, BookingTx, Offer, Offers, Payments, Sessions};
use application_booking::{SessionView, TakenOverLedger, TakenOverRows};
use application_kernel::{
    Actor, Audit, AuditEntry, Idempotency, Jobs, NewJob, Opening, Outbox, Recorded, Store, StoreError,
    StoredReply, Ticket, Transaction, UnitOfWork, Viewer,
};
use async_trait::async_trait;
use domain_billing::{FactOutcome, GatewayFact, Ledger, Payment, Refund, Told};
use domain_kernel::{PaymentId, PlanId, SessionId, Timestamp, UserId};
use domain_mentoring::{CourseStatus, Enrolment, Meeting, NewScheduleItem, Session, Slot};

/// Burns at the n-th call, once.
pub struct Fuse {
    calls: AtomicU32,
    at: u32,
    with: StoreError,
}

impl Fuse {
    pub fn at(n: u32, with: StoreError) -> Arc<Self> {
        Arc::new(Self { calls: AtomicU32::new(0), at: n, with })
    }

    pub fn has_burnt(&self) -> bool {
        self.calls.load(Ordering::SeqCst) >= self.at
    }

    fn call(&self) -> Result<(), StoreError> {
        if self.calls.fetch_add(1, Ordering::SeqCst) + 1 == self.at { Err(self.with.clone()) } else { Ok(()) }
    }
}

/// A store that fails where its fuse burns.
pub struct FaultyStore {
    pub inner: Arc<dyn Store<BookingTx>>,
    pub fuse: Arc<Fuse>,
}

struct FaultyTx {
    inner: BookingTx,
    fuse: Arc<Fuse>,
}

#[async_trait]
impl Store<BookingTx> for FaultyStore {
    async fn begin(&self) -> Result<BookingTx, StoreError> {
        self.fuse.call()?;
        let inner = self.inner.begin().await?;
        Ok(BookingTx::new(Box::new(FaultyTx { inner, fuse: self.fuse.clone() })))
    }
}

#[async_trait]
impl Transaction for FaultyTx {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.fuse.call()?;
        self.inner.end().commit().await
    }

    async fn rollback(self: Box<Self>) {
        self.inner.end().rollback().await;
    }

    async fn savepoint(&mut self) -> Result<(), StoreError> {
        self.fuse.call()?;
        self.inner.platform().savepoint().await
    }

    async fn restore(&mut self) -> Result<(), StoreError> {
        self.fuse.call()?;
        self.inner.platform().restore().await
    }

    async fn release(&mut self) -> Result<(), StoreError> {
        self.fuse.call()?;
        self.inner.platform().release().await
    }

    async fn is_current(&mut self, caller: &Actor, token_version: i32) -> Result<bool, StoreError> {
        self.fuse.call()?;
        self.inner.platform().is_current(caller, token_version).await
    }

    fn outbox(&mut self) -> &mut dyn Outbox {
        self
    }

    fn jobs(&mut self) -> &mut dyn Jobs {
        self
    }

    fn audit(&mut self) -> &mut dyn Audit {
        self
    }

    fn idempotency(&mut self) -> &mut dyn Idempotency {
        self
    }
}

impl BookingPorts for FaultyTx {
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

/// Each call of a port, handed on unless the fuse burns.
macro_rules! handed_on {
    ($port:ident by $way:ident: $($method:ident($($name:ident: $type:ty),*) -> $answer:ty;)+) => {
        #[async_trait]
        impl $port for FaultyTx {
            $(async fn $method(&mut self, $($name: $type),*) -> Result<$answer, StoreError> {
                self.fuse.call()?;
                self.inner.$way().$method($($name),*).await
            })+
        }
    };
}

handed_on! { Outbox by outbox:
    append(events: &[Recorded]) -> ();
}

handed_on! { Jobs by jobs:
    schedule_all(jobs: Vec<NewJob>) -> ();
    revive(job: i64, now: Timestamp) -> bool;
    put_aside(job: i64, now: Timestamp) -> bool;
}

handed_on! { Audit by audit:
    append(entry: AuditEntry) -> ();
}

handed_on! { Idempotency by idempotency:
    open(ticket: &Ticket<Actor>, now: Timestamp) -> Opening;
    close(ticket: &Ticket<Actor>, reply: &StoredReply, now: Timestamp) -> ();
}

handed_on! { Sessions by sessions:
    get(id: &SessionId) -> Session;
    add(session: &Session) -> ();
    save(session: &mut Session) -> ();
    open_requests(student: &UserId) -> u32;
    waiting_for(mentor: &UserId) -> Vec<SessionId>;
    has_live(student: &UserId, mentor: &UserId, skill_slug: &str) -> bool;
    hold(session: &Session, slots: &[Slot]) -> ();
    free(id: &SessionId) -> ();
    hold_again(session: &Session, meeting: &Meeting) -> ();
    plan(session: &Session, items: &[NewScheduleItem]) -> Vec<Meeting>;
    meetings(id: &SessionId) -> Vec<Meeting>;
    save_meetings(meetings: &mut [Meeting], now: Timestamp) -> ();
    enrolment(session: &Session) -> (Enrolment, Option<CourseStatus>);
    enrol(id: &str, session: &Session, status: CourseStatus, now: Timestamp) -> ();
    taken_over(id: &SessionId) -> Option<TakenOverRows>;
    in_the_way(session: &Session, of: &[Slot]) -> Vec<SessionId>;
    take_in(session: &Session, meetings: &[Meeting]) -> ();
    view(id: &SessionId, viewer: &Viewer) -> SessionView;
}

handed_on! { Payments by payments:
    get(id: &PaymentId) -> Payment;
    find(id: &PaymentId) -> Option<Payment>;
    of_session(session: &SessionId) -> Option<Payment>;
    by_order(gateway: &str, order: &str) -> Option<(PaymentId, SessionId)>;
    add(payment: &Payment) -> ();
    save(payment: &mut Payment) -> ();
    told(id: &PaymentId) -> Vec<Told>;
    remember(payment: &PaymentId, fact: &GatewayFact, outcome: FactOutcome, now: Timestamp) -> ();
    split(ledger: &Ledger) -> ();
    ledger(session: &SessionId) -> Option<Ledger>;
    taken_over_split(payment: &Payment) -> Option<TakenOverLedger>;
    take_in_split(ledger: &Ledger) -> ();
    save_ledger(ledger: &mut Ledger) -> ();
    add_refund(refund: &Refund) -> ();
}

handed_on! { Offers by offers:
    find(mentor: &UserId, plan: PlanId) -> Option<Offer>;
    topics(plan: PlanId) -> Vec<(u8, u8, String)>;
}
