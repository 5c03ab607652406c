//! What every unit of work offers: tables `outbox`, `jobs`, `audit_events`, `idempotency_keys` and, for operators,
//! `operator_idempotency_keys`.

use application_kernel::{
    Actor, Audit, AuditEntry, Idempotency, Jobs, Journal, NewJob, Opening, Outbox, Recorded, StoreError,
    StoredReply, Ticket, Transaction,
};
use async_trait::async_trait;
use chrono::NaiveDateTime;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::upsert::excluded;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain_kernel::{Fact, Timestamp};
use serde_json::{Map, Value};

use crate::error::store_error;
use crate::schema::{audit_events, jobs, operators, outbox, user_settings};
use crate::sql::sql;
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

    async fn is_current(&mut self, caller: &Actor, token_version: i32) -> Result<bool, StoreError> {
        let version: Option<i32> = match caller {
            Actor::User(id) => {
                let held = user_settings::table.find(id.as_str()).select(user_settings::token_version);
                let found = held.first(&mut *self.conn).await.optional().map_err(store_error)?;
                // Without a row the account was taken over, and no version was ever raised.
                Some(found.unwrap_or(0))
            }
            Actor::Operator(id) => {
                let held = operators::table.find(id.as_str()).select(operators::token_version);
                held.first(&mut *self.conn).await.optional().map_err(store_error)?
            }
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

    async fn revive(&mut self, job: i64, now: Timestamp) -> Result<bool, StoreError> {
        let changed =
            diesel::update(jobs::table.filter(jobs::id.eq(job)).filter(jobs::dead_at.is_not_null()))
                .set((
                    jobs::dead_at.eq(None::<NaiveDateTime>),
                    jobs::run_at.eq(now.naive()),
                    jobs::attempts.eq(0),
                    jobs::leased_by.eq(None::<String>),
                    jobs::leased_until.eq(None::<NaiveDateTime>),
                ))
                .execute(&mut *self.conn)
                .await
                .map_err(store_error)?;
        Ok(changed == 1)
    }

    async fn put_aside(&mut self, job: i64, now: Timestamp) -> Result<bool, StoreError> {
        let changed =
            diesel::update(jobs::table.filter(jobs::id.eq(job)).filter(jobs::dead_at.is_not_null()))
                .set((
                    jobs::dead_at.eq(None::<NaiveDateTime>),
                    jobs::finished_at.eq(now.naive()),
                    jobs::payload.eq(Value::Null),
                ))
                .execute(&mut *self.conn)
                .await
                .map_err(store_error)?;
        Ok(changed == 1)
    }
}

#[async_trait]
impl Audit for PgTx {
    async fn append(&mut self, entry: AuditEntry) -> Result<(), StoreError> {
        let AuditEntry { at, actor, action, subject, details } = entry;
        diesel::insert_into(audit_events::table)
            .values((
                audit_events::at.eq(at.naive()),
                audit_events::actor_kind.eq(actor.as_ref().map(Actor::kind)),
                audit_events::actor_id.eq(actor.as_ref().map(Actor::key)),
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

/// Answers to one kind of caller: a table each, alike but for who asks.
macro_rules! answers {
    ($table:ident by $caller:ident) => {
        mod $table {
            use super::*;
            use crate::schema::$table::{self, dsl};

            /// What is kept for the ticket: fingerprint, location, body.
            pub(super) async fn find(
                conn: &mut AsyncPgConnection,
                ticket: &Ticket<Actor>,
                now: Timestamp,
            ) -> Result<Option<(String, Option<String>, Value)>, StoreError> {
                let Ticket { by, method, route, key, fingerprint: _, keep: _ } = ticket;
                $table::table
                    .find((by.key(), method, route, key))
                    .filter(dsl::expires_at.gt(now.naive()))
                    .select((dsl::fingerprint, dsl::location, dsl::body))
                    .first(conn)
                    .await
                    .optional()
                    .map_err(store_error)
            }

            pub(super) async fn keep(
                conn: &mut AsyncPgConnection,
                ticket: &Ticket<Actor>,
                reply: &StoredReply,
                now: Timestamp,
            ) -> Result<(), StoreError> {
                let Ticket { by, method, route, key, fingerprint, keep } = ticket;
                let StoredReply { created, body } = reply;
                let status: i16 = if created.is_some() { 201 } else { 200 };
                diesel::insert_into($table::table)
                    .values((
                        dsl::$caller.eq(by.key()),
                        dsl::method.eq(method),
                        dsl::route.eq(route),
                        dsl::key.eq(key),
                        dsl::fingerprint.eq(fingerprint),
                        dsl::status.eq(status),
                        dsl::location.eq(created),
                        dsl::body.eq(body),
                        dsl::created_at.eq(now.naive()),
                        dsl::expires_at.eq(now.plus(keep.span()).naive()),
                    ))
                    // Only an expired answer can be in the way: a live one was found by `open`.
                    .on_conflict((dsl::$caller, dsl::method, dsl::route, dsl::key))
                    .do_update()
                    .set((
                        dsl::fingerprint.eq(excluded(dsl::fingerprint)),
                        dsl::status.eq(excluded(dsl::status)),
                        dsl::location.eq(excluded(dsl::location)),
                        dsl::body.eq(excluded(dsl::body)),
                        dsl::created_at.eq(excluded(dsl::created_at)),
                        dsl::expires_at.eq(excluded(dsl::expires_at)),
                    ))
                    .execute(conn)
                    .await
                    .map_err(store_error)?;
                Ok(())
            }
        }
    };
}

answers!(idempotency_keys by user_id);
answers!(operator_idempotency_keys by operator_id);

#[async_trait]
impl Idempotency for PgTx {
    async fn open(&mut self, ticket: &Ticket<Actor>, now: Timestamp) -> Result<Opening, StoreError> {
        let Ticket { by, method, route, key, fingerprint, keep: _ } = ticket;
        // The lock is taken by a statement of its own: the next one must see what its holder left.
        let of = if matches!(by, Actor::Operator(_)) { "\u{1f}" } else { "" };
        let name = format!("{of}{}\u{1f}{method}\u{1f}{route}\u{1f}{key}", by.key());
        let Locked { locked } = sql("SELECT pg_try_advisory_xact_lock(hashtextextended($1, $2)) AS locked")
            .bind::<Text, _>(name)
            .bind::<BigInt, _>(LOCK_SEED)
            .get_result(&mut *self.conn)
            .await
            .map_err(store_error)?;
        if !locked {
            return Ok(Opening::InFlight);
        }
        let found = match by {
            Actor::User(_) => idempotency_keys::find(&mut self.conn, ticket, now).await?,
            Actor::Operator(_) => operator_idempotency_keys::find(&mut self.conn, ticket, now).await?,
        };
        Ok(match found {
            None => Opening::Fresh,
            Some((first, _, _)) if first != *fingerprint => Opening::Mismatch,
            Some((_, created, body)) => Opening::Replay(StoredReply { created, body }),
        })
    }

    async fn close(
        &mut self,
        ticket: &Ticket<Actor>,
        reply: &StoredReply,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        match ticket.by {
            Actor::User(_) => idempotency_keys::keep(&mut self.conn, ticket, reply, now).await,
            Actor::Operator(_) => operator_idempotency_keys::keep(&mut self.conn, ticket, reply, now).await,
        }
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
