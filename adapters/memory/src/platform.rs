//! What every unit of work offers.

use application_kernel::{
    Actor, Audit, AuditEntry, Idempotency, Jobs, Journal, NewJob, Opening, Outbox, Recorded, StoreError,
    StoredReply, Ticket, Transaction,
};
use async_trait::async_trait;
use domain_kernel::Timestamp;

use crate::jobs::{Event, Job};
use crate::store::MemoryTx;

/// Caller, method, route and key.
pub(crate) type IdempotencyKey = (Actor, String, String, String);

/// An answer that is kept for replay.
#[derive(Debug, Clone)]
pub(crate) struct KeptReply {
    fingerprint: String,
    reply: StoredReply,
    expires_at: Timestamp,
}

#[async_trait]
impl Transaction for MemoryTx {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let Self { mut committed, state, points: _, bell, rings } = *self;
        *committed = state;
        drop(committed);
        if rings {
            bell.notify_waiters();
        }
        Ok(())
    }

    async fn rollback(self: Box<Self>) {}

    async fn savepoint(&mut self) -> Result<(), StoreError> {
        self.points.push(self.state.clone());
        Ok(())
    }

    async fn restore(&mut self) -> Result<(), StoreError> {
        self.state = self.points.pop().ok_or_else(no_savepoint)?;
        Ok(())
    }

    async fn release(&mut self) -> Result<(), StoreError> {
        self.points.pop().map(|_| ()).ok_or_else(no_savepoint)
    }

    async fn is_current(&mut self, caller: &Actor, token_version: i32) -> Result<bool, StoreError> {
        let version = match caller {
            Actor::User(id) => {
                Some(self.state.user_settings.get(id).map_or(0, |settings| settings.token_version))
            }
            Actor::Operator(id) => self.state.operators.get(id).map(|operator| operator.token_version),
        };
        Ok(version == Some(token_version))
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

fn no_savepoint() -> StoreError {
    StoreError::Refused { constraint: "there is no savepoint".into() }
}

#[async_trait]
impl Outbox for MemoryTx {
    async fn append(&mut self, events: &[Recorded]) -> Result<(), StoreError> {
        for event in events {
            let id = next(self.state.outbox.keys().next_back().copied());
            self.state.outbox.insert(id, Event::waiting(event.clone()));
        }
        Ok(())
    }
}

#[async_trait]
impl Jobs for MemoryTx {
    async fn schedule_all(&mut self, jobs: Vec<NewJob>) -> Result<(), StoreError> {
        for job in jobs {
            self.state.schedule(job);
        }
        Ok(())
    }

    async fn revive(&mut self, job: i64, now: Timestamp) -> Result<bool, StoreError> {
        Ok(self.state.jobs.get_mut(&job).is_some_and(|job| job.revive(now)))
    }

    async fn put_aside(&mut self, job: i64, _: Timestamp) -> Result<bool, StoreError> {
        Ok(self.state.jobs.get_mut(&job).is_some_and(Job::put_aside))
    }
}

#[async_trait]
impl Audit for MemoryTx {
    async fn append(&mut self, entry: AuditEntry) -> Result<(), StoreError> {
        self.state.audit_events.push(entry);
        Ok(())
    }
}

#[async_trait]
impl Idempotency for MemoryTx {
    async fn open(&mut self, ticket: &Ticket<Actor>, now: Timestamp) -> Result<Opening, StoreError> {
        // Nobody else can be in flight: this unit holds the only lock.
        Ok(match self.state.idempotency_keys.get(&key(ticket)) {
            Some(kept) if kept.expires_at <= now => Opening::Fresh,
            Some(kept) if kept.fingerprint != ticket.fingerprint => Opening::Mismatch,
            Some(kept) => Opening::Replay(kept.reply.clone()),
            None => Opening::Fresh,
        })
    }

    async fn close(
        &mut self,
        ticket: &Ticket<Actor>,
        reply: &StoredReply,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let kept = KeptReply {
            fingerprint: ticket.fingerprint.clone(),
            reply: reply.clone(),
            expires_at: now.plus(ticket.keep.span()),
        };
        self.state.idempotency_keys.insert(key(ticket), kept);
        Ok(())
    }
}

fn key(ticket: &Ticket<Actor>) -> IdempotencyKey {
    let Ticket { by, method, route, key, fingerprint: _, keep: _ } = ticket;
    (by.clone(), method.clone(), route.clone(), key.clone())
}

/// The serial key after the last one.
pub(crate) fn next<N: From<u8> + std::ops::Add<Output = N>>(last: Option<N>) -> N {
    last.map_or_else(|| N::from(1), |last| last + N::from(1))
}
