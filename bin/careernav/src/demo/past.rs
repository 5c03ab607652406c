//! A store on which a past is lived through: what it leaves for later stays with whoever tells it.

use std::sync::Arc;

use adapter_memory::MemoryStore;
use application_billing::ports::{BillingPorts, BillingTx, Books, Disputes, Documents, Payouts, Refunds};
use application_booking::ports::{BookingPorts, BookingTx, Offers, Payments, Sessions};
use application_identity::ports::{Accounts, IdentityPorts, IdentityTx, RefreshTokens, SignUps, Standings};
use application_kernel::{
    Actor, Audit, Idempotency, Jobs, Journal, NewJob, Outbox, Recorded, Store, StoreError, Transaction,
    transact,
};
use application_mentoring::ports::{MentoringPorts, MentoringTx, Messages};
use async_trait::async_trait;
use domain_kernel::Timestamp;
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard};

use crate::compose::{EveryTx, Opens};

type Whole = Option<Box<dyn EveryTx>>;

/// Where services that play a past begin their units of work.
///
/// Events and jobs do not go to the store's queue, where a worker that lives in the present would take them, but aside.
pub(super) struct Past {
    begins: Begins,
    aside: MemoryStore,
}

enum Begins {
    /// Each unit is one of the store's.
    Alone(Arc<dyn Opens>),
    /// Each unit is a part of one of the store's.
    Within(Arc<Mutex<Whole>>),
}

impl Past {
    /// A past whose units last one by one; what they leave for later is forgotten with it.
    pub(super) fn alone(store: Arc<dyn Opens>) -> Self {
        Self { begins: Begins::Alone(store), aside: MemoryStore::new() }
    }

    /// A past that lasts as a whole, once it is [kept](Self::keep), or not at all.
    pub(super) async fn within(store: &dyn Opens) -> Result<Self, StoreError> {
        let whole = Arc::new(Mutex::new(Some(store.open().await?)));
        Ok(Self { begins: Begins::Within(whole), aside: MemoryStore::new() })
    }

    /// What was left for later.
    pub(super) fn aside(&self) -> &MemoryStore {
        &self.aside
    }

    /// Makes it last. What is still to be done is left to the present, at its time.
    pub(super) async fn keep(&self) -> Result<(), StoreError> {
        let Begins::Within(whole) = &self.begins else { return Ok(()) };
        let Some(mut tx) = whole.lock().await.take() else { return Ok(()) };
        let (events, jobs) = self.aside.left().await;
        tx.outbox().append(&events).await?;
        tx.jobs().schedule_all(jobs).await?;
        tx.commit().await
    }

    async fn part(&self) -> Result<Part, StoreError> {
        let held = match &self.begins {
            Begins::Alone(store) => Held::Alone(store.open().await?),
            Begins::Within(whole) => {
                let over = |_| StoreError::Unavailable { reason: "the past is over".into() };
                let whole = whole.clone().lock_owned().await;
                let mut tx = OwnedMutexGuard::try_map(whole, Option::as_mut).map_err(over)?;
                tx.savepoint().await?;
                Held::Within(tx)
            }
        };
        Ok(Part { held, events: vec![], jobs: vec![], points: vec![], aside: self.aside.clone() })
    }
}

/// A unit of work of a past.
struct Part {
    held: Held,
    events: Vec<Recorded>,
    jobs: Vec<NewJob>,
    /// How many events and jobs there were at each point to return to.
    points: Vec<(usize, usize)>,
    aside: MemoryStore,
}

enum Held {
    Alone(Box<dyn EveryTx>),
    Within(OwnedMappedMutexGuard<Whole, Box<dyn EveryTx>>),
}

impl Part {
    fn tx(&mut self) -> &mut dyn EveryTx {
        match &mut self.held {
            Held::Alone(tx) => &mut **tx,
            Held::Within(tx) => &mut ***tx,
        }
    }
}

#[async_trait]
impl Transaction for Part {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let Self { held, events, jobs, points: _, aside } = *self;
        match held {
            Held::Alone(tx) => tx.commit().await?,
            Held::Within(mut tx) => tx.release().await?,
        }
        let aside: &dyn Store<BookingTx> = &aside;
        transact(aside, || {
            let jobs = jobs.clone();
            let events = &events;
            async move |tx: &mut BookingTx| {
                tx.outbox().append(events).await?;
                tx.jobs().schedule_all(jobs).await
            }
        })
        .await
    }

    async fn rollback(self: Box<Self>) {
        match self.held {
            Held::Alone(tx) => tx.rollback().await,
            Held::Within(mut tx) => {
                if let Err(error) = tx.restore().await {
                    tracing::warn!(%error, "a part of a demo story could not be undone");
                }
            }
        }
    }

    async fn savepoint(&mut self) -> Result<(), StoreError> {
        self.points.push((self.events.len(), self.jobs.len()));
        self.tx().savepoint().await
    }

    async fn restore(&mut self) -> Result<(), StoreError> {
        if let Some((events, jobs)) = self.points.pop() {
            self.events.truncate(events);
            self.jobs.truncate(jobs);
        }
        self.tx().restore().await
    }

    async fn release(&mut self) -> Result<(), StoreError> {
        self.points.pop();
        self.tx().release().await
    }

    async fn is_current(&mut self, caller: &Actor, token_version: i32) -> Result<bool, StoreError> {
        self.tx().is_current(caller, token_version).await
    }

    fn outbox(&mut self) -> &mut dyn Outbox {
        self
    }

    fn jobs(&mut self) -> &mut dyn Jobs {
        self
    }

    fn audit(&mut self) -> &mut dyn Audit {
        self.tx().audit()
    }

    fn idempotency(&mut self) -> &mut dyn Idempotency {
        self.tx().idempotency()
    }

    fn journal(&mut self) -> &mut dyn Journal {
        self.tx().journal()
    }
}

#[async_trait]
impl Outbox for Part {
    async fn append(&mut self, events: &[Recorded]) -> Result<(), StoreError> {
        self.events.extend_from_slice(events);
        Ok(())
    }
}

#[async_trait]
impl Jobs for Part {
    async fn schedule_all(&mut self, jobs: Vec<NewJob>) -> Result<(), StoreError> {
        self.jobs.extend(jobs);
        Ok(())
    }

    async fn revive(&mut self, job: i64, now: Timestamp) -> Result<bool, StoreError> {
        self.tx().jobs().revive(job, now).await
    }

    async fn put_aside(&mut self, job: i64, now: Timestamp) -> Result<bool, StoreError> {
        self.tx().jobs().put_aside(job, now).await
    }
}

/// A context's units of work are parts, and its ports the store's.
macro_rules! context {
    ($tx:ident over $ports:ident: $($way:ident -> $port:ident),+) => {
        #[async_trait]
        impl Store<$tx> for Past {
            async fn begin(&self) -> Result<$tx, StoreError> {
                Ok($tx::new(Box::new(self.part().await?)))
            }
        }

        impl $ports for Part {
            $(fn $way(&mut self) -> &mut dyn $port {
                self.tx().$way()
            })+
        }
    };
}

context!(BookingTx over BookingPorts: sessions -> Sessions, payments -> Payments, offers -> Offers);
context!(MentoringTx over MentoringPorts: messages -> Messages);
context!(
    BillingTx over BillingPorts:
    books -> Books, refunds -> Refunds, payouts -> Payouts, disputes -> Disputes, documents -> Documents
);
context!(
    IdentityTx over IdentityPorts:
    sign_ups -> SignUps, accounts -> Accounts, refresh_tokens -> RefreshTokens, standings -> Standings
);
