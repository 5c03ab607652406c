//! A store whose n-th call fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use application_booking::ports::{BookingPorts, BookingTx, Offer, Offers, Payments, Sessions};
use application_booking::{OperatorSessionView, SessionView, TakenOverLedger, TakenOverRows};
use application_identity::PersonView;
use application_identity::ports::{
    Account, Accounts, IdentityPorts, IdentityTx, NewAccount, RefreshTokens, SignUps, Standings,
};
use application_kernel::{
    Actor, Audit, AuditEntry, Idempotency, Jobs, Journal, NewJob, Opening, Outbox, Permission, Recorded,
    Store, StoreError, StoredReply, Ticket, Transaction, UnitOfWork, Viewer,
};
use application_mentoring::MessageView;
use application_mentoring::ports::{MentoringPorts, MentoringTx, Messages, NewMessage};
use application_operations::DeadJobView;
use application_operations::ports::{
    DeadJobs, OperationsPorts, OperationsTx, OperatorAccount, OperatorAccounts, OperatorTokens,
};
use async_trait::async_trait;
use domain_billing::{FactOutcome, GatewayFact, Ledger, Payment, PayoutAttempt, Refund, Told};
use domain_identity::{Email, Obligations, RefreshToken, SignUp, Standing};
use domain_kernel::{JournalEntry, OperatorId, PaymentId, PlanId, SessionId, Timestamp, UserId};
use domain_mentoring::{
    Chat, CourseStatus, Enrolment, Meeting, NewScheduleItem, Session, SessionStatus, Slot, TakenOver,
};

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
pub struct FaultyStore<T> {
    pub inner: Arc<dyn Store<T>>,
    pub fuse: Arc<Fuse>,
}

struct FaultyTx<T> {
    inner: T,
    fuse: Arc<Fuse>,
}

impl<T: UnitOfWork> FaultyStore<T> {
    async fn open(&self) -> Result<FaultyTx<T>, StoreError> {
        self.fuse.call()?;
        Ok(FaultyTx { inner: self.inner.begin().await?, fuse: self.fuse.clone() })
    }
}

#[async_trait]
impl<T: UnitOfWork + 'static> Transaction for FaultyTx<T> {
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

    fn journal(&mut self) -> &mut dyn Journal {
        self
    }
}

/// Each call of a port that every unit offers, handed on unless the fuse burns.
macro_rules! every_unit {
    ($($port:ident by $way:ident {
        $($method:ident($($name:ident: $type:ty),*) -> $answer:ty;)+
    })+) => {$(
        #[async_trait]
        impl<T: UnitOfWork + 'static> $port for FaultyTx<T> {
            $(async fn $method(&mut self, $($name: $type),*) -> Result<$answer, StoreError> {
                self.fuse.call()?;
                self.inner.platform().$way().$method($($name),*).await
            })+
        }
    )+};
}

every_unit! {
    Outbox by outbox {
        append(events: &[Recorded]) -> ();
    }
    Jobs by jobs {
        schedule_all(jobs: Vec<NewJob>) -> ();
        revive(job: i64, now: Timestamp) -> bool;
        put_aside(job: i64, now: Timestamp) -> bool;
    }
    Audit by audit {
        append(entry: AuditEntry) -> ();
    }
    Journal by journal {
        post(entries: &[JournalEntry], now: Timestamp) -> ();
    }
    Idempotency by idempotency {
        open(ticket: &Ticket<Actor>, now: Timestamp) -> Opening;
        close(ticket: &Ticket<Actor>, reply: &StoredReply, now: Timestamp) -> ();
    }
}

/// A context's unit of work, and each call of its ports, handed on unless the fuse burns.
macro_rules! context {
    ($tx:ident over $ports:ident: $($port:ident by $way:ident {
        $($method:ident($($name:ident: $type:ty),*) -> $answer:ty;)+
    })+) => {
        #[async_trait]
        impl Store<$tx> for FaultyStore<$tx> {
            async fn begin(&self) -> Result<$tx, StoreError> {
                Ok($tx::new(Box::new(self.open().await?)))
            }
        }

        impl $ports for FaultyTx<$tx> {
            $(fn $way(&mut self) -> &mut dyn $port {
                self
            })+
        }

        $(#[async_trait]
        impl $port for FaultyTx<$tx> {
            $(async fn $method(&mut self, $($name: $type),*) -> Result<$answer, StoreError> {
                self.fuse.call()?;
                self.inner.$way().$method($($name),*).await
            })+
        })+
    };
}

context! {
    BookingTx over BookingPorts:
    Sessions by sessions {
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
        close_taken_over(session: &TakenOver, status: SessionStatus, now: Timestamp) -> ();
        operator_view(id: &SessionId) -> Option<OperatorSessionView>;
        view(id: &SessionId, viewer: &Viewer) -> SessionView;
    }
    Payments by payments {
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
        take_in_split(ledger: &Ledger, made: Option<&PayoutAttempt>) -> ();
        save_ledger(ledger: &mut Ledger) -> ();
        add_refund(refund: &Refund) -> ();
    }
    Offers by offers {
        find(mentor: &UserId, plan: PlanId) -> Option<Offer>;
        topics(plan: PlanId) -> Vec<(u8, u8, String)>;
    }
}

context! {
    IdentityTx over IdentityPorts:
    SignUps by sign_ups {
        of(email: &Email) -> Vec<SignUp>;
        add(sign_up: &SignUp, now: Timestamp) -> ();
        save(sign_up: &SignUp) -> ();
        clear(email: &Email) -> ();
    }
    Accounts by accounts {
        find(email: &str) -> Option<Account>;
        get(id: &UserId) -> Account;
        add(account: &NewAccount) -> ();
        set_password_hash(id: &UserId, hash: &str, now: Timestamp) -> ();
    }
    RefreshTokens by refresh_tokens {
        by_hash(hash: &str) -> Option<RefreshToken>;
        add(token: &RefreshToken, now: Timestamp) -> ();
        save(token: &RefreshToken) -> ();
        end_family(family: &str, now: Timestamp) -> ();
        end_all(user: &UserId, now: Timestamp) -> ();
    }
    Standings by standings {
        get(id: &UserId) -> Standing;
        obligations(id: &UserId) -> Obligations;
        save(standing: &Standing, now: Timestamp) -> ();
        view(id: &UserId) -> Option<PersonView>;
    }
}

context! {
    OperationsTx over OperationsPorts:
    OperatorAccounts by operators {
        get(id: &OperatorId) -> OperatorAccount;
        by_email(email: &Email) -> OperatorAccount;
        add(account: &OperatorAccount) -> ();
        save(account: &OperatorAccount, now: Timestamp) -> ();
        holders(permission: Permission) -> usize;
    }
    OperatorTokens by operator_tokens {
        by_hash(hash: &str) -> Option<RefreshToken<OperatorId>>;
        add(token: &RefreshToken<OperatorId>, now: Timestamp) -> ();
        save(token: &RefreshToken<OperatorId>) -> ();
        end_all(operator: &OperatorId, now: Timestamp) -> ();
    }
    DeadJobs by dead_jobs {
        view(job: i64) -> Option<DeadJobView>;
        was_dropped(job: i64) -> bool;
    }
}

context! {
    MentoringTx over MentoringPorts:
    Messages by messages {
        chat(session: &SessionId) -> Chat;
        add(message: &NewMessage) -> MessageView;
    }
}
