use async_trait::async_trait;
use domain_kernel::{TimeDelta, Timestamp, days};
use serde::Serialize;
use serde_json::Value;

use crate::{
    Actor, Caller, Clock, Code, CurrentUser, Failure, MeansCode, Store, StoreError, UnitOfWork, transact,
};

crate::codes! {
    KEY_REUSED = Rule "idempotency_key_reused": "This Idempotency-Key was used for another request. Use a new key for a new request.";
    KEY_IN_FLIGHT = Conflict "idempotency_key_in_flight": "A request with this Idempotency-Key is still being answered. Ask again after Retry-After seconds.";
    TOKEN_REVOKED = Unauthenticated "token_revoked": "The access token was revoked. Log in again.";
}

/// How long an answer is kept for replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// 24 hours.
    Day,
    /// 30 days, for what moves money.
    Month,
}

impl Keep {
    /// The span.
    pub fn span(self) -> TimeDelta {
        match self {
            Self::Day => days(1),
            Self::Month => days(30),
        }
    }
}

/// What makes a repeated request the same request. Mostly a person asks; an operator's is a
/// `Ticket<CurrentOperator>`, and a store sees either as a `Ticket<Actor>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket<C = CurrentUser> {
    /// Who asks.
    pub by: C,
    /// The method, such as `POST`.
    pub method: String,
    /// The path that was asked, with its identifiers.
    pub route: String,
    /// The key that the client chose.
    pub key: String,
    /// SHA-256 of the request's body.
    pub fingerprint: String,
    /// How long the answer is kept.
    pub keep: Keep,
}

impl<C: Caller> Ticket<C> {
    /// The ticket of a request that moves money.
    #[must_use]
    pub fn of_money(self) -> Self {
        Self { keep: Keep::Month, ..self }
    }

    /// The ticket as a store knows it: by whom, and not with what token.
    pub fn stub(&self) -> Ticket<Actor> {
        let Self { by, method, route, key, fingerprint, keep } = self;
        Ticket {
            by: by.actor(),
            method: method.clone(),
            route: route.clone(),
            key: key.clone(),
            fingerprint: fingerprint.clone(),
            keep: *keep,
        }
    }
}

/// What came of a repeatable write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply<V> {
    /// Where the new thing is, as `sessions/{id}`, if one was made.
    pub created: Option<String>,
    /// What is answered.
    pub answer: Answer<V>,
}

/// The body of an answer. An old one is given again as it was, whatever views look like by now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Answer<V> {
    /// Something was done: the thing as the caller sees it.
    New(V),
    /// Nothing was done now: what was answered before.
    Replayed(Value),
}

impl<V> Reply<V> {
    /// A thing was made; it is at `path`.
    pub fn created(path: String, view: V) -> Self {
        Self { created: Some(path), answer: Answer::New(view) }
    }

    /// A thing was made that people named: it is under `path`, its name as a part of an address.
    pub fn created_under(path: &str, name: &str, view: V) -> Self {
        let part = |byte: u8| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        };
        let name: String = name.bytes().map(part).collect();
        Self::created(format!("{path}/{name}"), view)
    }

    /// A thing was changed.
    pub fn changed(view: V) -> Self {
        Self { created: None, answer: Answer::New(view) }
    }

    /// Whether this answer was given before and nothing was done now.
    pub fn is_replayed(&self) -> bool {
        matches!(self.answer, Answer::Replayed(_))
    }

    /// The view, unless the answer was given before.
    pub fn into_new(self) -> Option<V> {
        match self.answer {
            Answer::New(view) => Some(view),
            Answer::Replayed(_) => None,
        }
    }
}

/// An answer as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredReply {
    /// Where the new thing is, if one was made (then the status was 201, otherwise 200).
    pub created: Option<String>,
    /// The view, as it was serialised.
    pub body: Value,
}

/// What the store knows of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// Nothing: go on, and nobody else may until this unit of work ends.
    Fresh,
    /// The answer that was given.
    Replay(StoredReply),
    /// Another unit of work with this key is open.
    InFlight,
    /// The key was used for another request.
    Mismatch,
}

/// Answers that were given before.
#[async_trait]
pub trait Idempotency: Send {
    /// Takes the ticket, as the first statement of the unit of work.
    async fn open(&mut self, ticket: &Ticket<Actor>, now: Timestamp) -> Result<Opening, StoreError>;
    /// Keeps the answer, as the last statement of the unit of work.
    async fn close(
        &mut self,
        ticket: &Ticket<Actor>,
        reply: &StoredReply,
        now: Timestamp,
    ) -> Result<(), StoreError>;
}

/// Why a ticket is not honoured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TicketRefused {
    /// The key belongs to another request.
    #[error("the idempotency key was used for another request")]
    Reused,
    /// The first request with this key is still under way.
    #[error("a request with this idempotency key is under way")]
    InFlight,
    /// The caller's tokens were revoked.
    #[error("the access token was revoked")]
    Revoked,
}

impl MeansCode for TicketRefused {
    fn code(&self) -> Code {
        match self {
            Self::Reused => KEY_REUSED,
            Self::InFlight => KEY_IN_FLIGHT,
            Self::Revoked => TOKEN_REVOKED,
        }
    }
}

/// Runs `work` as one unit at most once per ticket; a repetition gets the first answer again.
///
/// The caller's token version is checked inside the unit, before an old answer is given too. Errors
/// roll back and are not kept.
pub async fn once<C, T, V, E, W>(
    store: &dyn Store<T>,
    clock: &dyn Clock,
    ticket: &Ticket<C>,
    mut work: impl FnMut() -> W,
) -> Result<Reply<V>, E>
where
    C: Caller,
    T: UnitOfWork,
    V: Serialize,
    E: Failure + From<StoreError> + From<TicketRefused>,
    W: AsyncFnOnce(&mut T) -> Result<Reply<V>, E>,
{
    let stub = ticket.stub();
    transact(store, || {
        let (work, stub) = (work(), &stub);
        async move |tx: &mut T| {
            let opening = tx.platform().idempotency().open(stub, clock.now()).await?;
            if !tx.platform().is_current(&stub.by, ticket.by.token_version()).await? {
                return Err(TicketRefused::Revoked.into());
            }
            match opening {
                Opening::InFlight => return Err(TicketRefused::InFlight.into()),
                Opening::Mismatch => return Err(TicketRefused::Reused.into()),
                Opening::Replay(StoredReply { created, body }) => {
                    return Ok(Reply { created, answer: Answer::Replayed(body) });
                }
                Opening::Fresh => {}
            }
            let reply = work(tx).await?;
            let body = serde_json::to_value(&reply.answer).map_err(|error| broken(&error))?;
            let stored = StoredReply { created: reply.created.clone(), body };
            tx.platform().idempotency().close(stub, &stored, clock.now()).await?;
            Ok(reply)
        }
    })
    .await
}

fn broken(error: &serde_json::Error) -> StoreError {
    StoreError::Corrupt { table: "idempotency_keys", reason: error.to_string() }
}
