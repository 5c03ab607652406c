//! What every unit of work offers: tables `outbox`, `jobs`, `audit_events`, `idempotency_keys`.

use application_kernel::{
    Audit, AuditEntry, CurrentUser, Idempotency, Jobs, NewJob, Opening, Outbox, Recorded, StoreError,
    StoredReply, Ticket, Transaction,
};
use async_trait::async_trait;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::upsert::excluded;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};
use diesel_async::RunQueryDsl;
use domain_kernel::{Fact, Timestamp};
use serde_json::{Map, Value};

use crate::error::store_error;
use crate::schema::{audit_events, idempotency_keys, jobs, outbox, user_settings};
use crate::store::PgTx;

#[async_trait]
impl Transaction for PgTx {
    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        self.keep().await
    }

    async fn rollback(mut self: Box<Self>) {
        // If this fails the connection is broken, which undoes everything as well.
        if let Err(error) = self.undo().await {
            tracing::debug!(%error, "a rollback was left to the end of its connection");
        }
    }

    async fn savepoint(&mut self) -> Result<(), StoreError> {
        self.nest().await
    }

    async fn restore(&mut self) -> Result<(), StoreError> {
        self.undo().await
    }

    async fn release(&mut self) -> Result<(), StoreError> {
        self.keep().await
    }

    async fn is_current(&mut self, caller: &CurrentUser) -> Result<bool, StoreError> {
        let version = user_settings::table
            .find(caller.id.as_str())
            .select(user_settings::token_version)
            .first::<i32>(&mut *self.conn)
            .await
            .optional()
            .map_err(store_error)?;
        Ok(version.unwrap_or(0) == caller.token_version)
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

#[async_trait]
impl Outbox for PgTx {
    async fn append(&mut self, events: &[Recorded]) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> = events
            .iter()
            .map(|event| {
                (
                    outbox::kind.eq(event.kind),
                    outbox::subject.eq(&event.subject),
                    outbox::facts.eq(object(&event.facts)),
                )
            })
            .collect();
        diesel::insert_into(outbox::table)
            .values(rows)
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        Ok(())
    }
}

#[async_trait]
impl Jobs for PgTx {
    async fn schedule_all(&mut self, new: Vec<NewJob>) -> Result<(), StoreError> {
        if new.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> = new
            .into_iter()
            .map(|NewJob { kind, subject, version, run_at, payload }| {
                (
                    jobs::kind.eq(kind),
                    jobs::subject.eq(subject),
                    jobs::version.eq(version),
                    jobs::payload.eq(payload),
                    jobs::run_at.eq(run_at.naive()),
                )
            })
            .collect();
        diesel::insert_into(jobs::table)
            .values(rows)
            .on_conflict_do_nothing()
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        Ok(())
    }
}

#[async_trait]
impl Audit for PgTx {
    async fn append(&mut self, entry: AuditEntry) -> Result<(), StoreError> {
        let AuditEntry { at, actor, action, subject, details } = entry;
        diesel::insert_into(audit_events::table)
            .values((
                audit_events::at.eq(at.naive()),
                audit_events::actor_id.eq(actor.map(|actor| actor.to_string())),
                audit_events::action.eq(action),
                audit_events::subject.eq(subject),
                audit_events::details.eq(object(&details)),
            ))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        Ok(())
    }
}

#[derive(diesel::QueryableByName)]
struct Locked {
    #[diesel(sql_type = Bool)]
    locked: bool,
}

#[async_trait]
impl Idempotency for PgTx {
    async fn open(&mut self, ticket: &Ticket, now: Timestamp) -> Result<Opening, StoreError> {
        let Ticket { by, method, route, key, fingerprint, keep: _ } = ticket;
        // The lock is taken by a statement of its own: the next one must see what its holder left.
        let name = format!("{}\u{1f}{method}\u{1f}{route}\u{1f}{key}", by.id);
        let Locked { locked } =
            diesel::sql_query("SELECT pg_try_advisory_xact_lock(hashtextextended($1, $2)) AS locked")
                .bind::<Text, _>(name)
                .bind::<BigInt, _>(LOCK_SEED)
                .get_result(&mut *self.conn)
                .await
                .map_err(store_error)?;
        if !locked {
            return Ok(Opening::InFlight);
        }
        let found = idempotency_keys::table
            .find((by.id.as_str(), method, route, key))
            .filter(idempotency_keys::expires_at.gt(now.naive()))
            .select((idempotency_keys::fingerprint, idempotency_keys::location, idempotency_keys::body))
            .first::<(String, Option<String>, Value)>(&mut *self.conn)
            .await
            .optional()
            .map_err(store_error)?;
        Ok(match found {
            None => Opening::Fresh,
            Some((first, _, _)) if first != *fingerprint => Opening::Mismatch,
            Some((_, created, body)) => Opening::Replay(StoredReply { created, body }),
        })
    }

    async fn close(
        &mut self,
        ticket: &Ticket,
        reply: &StoredReply,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Ticket { by, method, route, key, fingerprint, keep } = ticket;
        let StoredReply { created, body } = reply;
        let status: i16 = if created.is_some() { 201 } else { 200 };
        diesel::insert_into(idempotency_keys::table)
            .values((
                idempotency_keys::user_id.eq(by.id.as_str()),
                idempotency_keys::method.eq(method),
                idempotency_keys::route.eq(route),
                idempotency_keys::key.eq(key),
                idempotency_keys::fingerprint.eq(fingerprint),
                idempotency_keys::status.eq(status),
                idempotency_keys::location.eq(created),
                idempotency_keys::body.eq(body),
                idempotency_keys::created_at.eq(now.naive()),
                idempotency_keys::expires_at.eq(now.plus(keep.span()).naive()),
            ))
            // Only an expired answer can be in the way: a live one was found by `open`.
            .on_conflict((
                idempotency_keys::user_id,
                idempotency_keys::method,
                idempotency_keys::route,
                idempotency_keys::key,
            ))
            .do_update()
            .set((
                idempotency_keys::fingerprint.eq(excluded(idempotency_keys::fingerprint)),
                idempotency_keys::status.eq(excluded(idempotency_keys::status)),
                idempotency_keys::location.eq(excluded(idempotency_keys::location)),
                idempotency_keys::body.eq(excluded(idempotency_keys::body)),
                idempotency_keys::created_at.eq(excluded(idempotency_keys::created_at)),
                idempotency_keys::expires_at.eq(excluded(idempotency_keys::expires_at)),
            ))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        Ok(())
    }
}

/// Keeps these advisory locks apart from those of other programs.
const LOCK_SEED: i64 = 0x6361_7265_6572;

/// Facts as a JSON object.
fn object(facts: &[Fact]) -> Value {
    Value::Object(
        facts.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())).collect::<Map<_, _>>(),
    )
}
