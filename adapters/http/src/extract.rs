//! What handlers take from a request besides its path and query.

use std::future::{Future, Ready, ready};
use std::marker::PhantomData;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpRequest};
use application_kernel::{
    Actor, Caller as Known, CurrentOperator, CurrentUser, Keep, TOKEN_REVOKED, Ticket, Viewer,
};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::Problem;
use crate::permission::Needed;
use crate::problem::{
    BODY_TOO_LARGE, INVALID_BODY, INVALID_PARAMETER, KEY_MISSING, OPERATORS_ONLY, PEOPLE_ONLY,
    UNAUTHENTICATED,
};
use crate::state::Shared;
use crate::{unreadable, whole};

/// The most bytes of a body: 1 MiB.
pub(crate) const BODY_LIMIT: usize = 1 << 20;

/// The caller, from the access token.
pub(crate) struct Caller(pub(crate) CurrentUser);

/// The caller as one who reads now.
pub(crate) struct Reader(pub(crate) Viewer);

/// The caller, an operator who holds the permission `P`. A handler that takes it is guarded by it; its documentation says
/// `security(("operator_token" = ["…"]))` with the permission's name, which a test compares.
pub(crate) struct Operator<P>(pub(crate) CurrentOperator, PhantomData<P>);

/// A JSON body. An empty one counts as `{}`.
pub(crate) struct Body<T>(pub(crate) T);

/// A write that may be repeated: its ticket and its body.
pub(crate) struct Once<T> {
    pub(crate) ticket: Ticket,
    pub(crate) body: T,
}

/// The same by an operator who holds the permission `P`: what [`Operator`] is to [`Caller`].
pub(crate) struct OperatorOnce<P, T> {
    pub(crate) ticket: Ticket<CurrentOperator>,
    pub(crate) body: T,
    permission: PhantomData<P>,
}

/// The body of a request that has none.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

fn shared(request: &HttpRequest) -> Result<&Shared, Problem> {
    let data: Option<&Data<Shared>> = request.app_data();
    data.map(|data| &***data).ok_or_else(|| Problem::new(UNAUTHENTICATED, "the server has no state"))
}

/// The access token that came along.
fn token(request: &HttpRequest) -> Result<&str, Problem> {
    let refused = |why: &str| Problem::new(UNAUTHENTICATED, why);
    let header = request.headers().get(AUTHORIZATION).ok_or_else(|| refused("there is no access token"))?;
    let text = header.to_str().map_err(|_| refused("the access token is not valid"))?;
    let (scheme, token) = text.split_once(' ').ok_or_else(|| refused("the access token is not valid"))?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(refused("only Bearer tokens are taken"));
    }
    Ok(token.trim())
}

fn invalid() -> Problem {
    Problem::new(UNAUTHENTICATED, "the access token is not valid")
}

/// Whether the token was revoked, as far as this server has heard.
fn in_force<C: Known>(shared: &Shared, caller: C) -> Result<C, Problem> {
    let actor: Actor = caller.actor();
    if shared.revoked.holds(&actor, caller.token_version()) {
        return Err(Problem::new(TOKEN_REVOKED, "the access token was revoked"));
    }
    Ok(caller)
}

fn caller(request: &HttpRequest) -> Result<CurrentUser, Problem> {
    let (token, shared) = (token(request)?, shared(request)?);
    let (api, now) = (&shared.api, shared.api.clock.now());
    match api.tokens.verify(token, now) {
        Some(user) => in_force(shared, user),
        None if api.operator_tokens.verify(token, now).is_some() => {
            Err(Problem::new(PEOPLE_ONLY, "an operator is neither a student nor a mentor"))
        }
        None => Err(invalid()),
    }
}

fn operator<P: Needed>(request: &HttpRequest) -> Result<CurrentOperator, Problem> {
    let (token, shared) = (token(request)?, shared(request)?);
    let (api, now) = (&shared.api, shared.api.clock.now());
    let Some(operator) = api.operator_tokens.verify(token, now) else {
        return Err(match api.tokens.verify(token, now) {
            Some(_) => Problem::new(OPERATORS_ONLY, "the access token is a student's or a mentor's"),
            None => invalid(),
        });
    };
    let operator = in_force(shared, operator)?;
    if let Some(permission) = P::PERMISSION {
        operator
            .may(permission)
            .map_err(|refused| Problem::new(application_kernel::MeansCode::code(&refused), refused))?;
    }
    Ok(operator)
}

fn parse<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, Problem> {
    let text: &[u8] = if bytes.is_empty() { b"{}" } else { bytes };
    let read = serde_json::from_slice(text).or_else(|error| whole::read(text, error));
    read.map_err(|error| Problem::new(INVALID_BODY, unreadable::body(&error)))
}

fn ticket<C>(request: &HttpRequest, by: C, body: &Bytes) -> Result<Ticket<C>, Problem> {
    let missing = || Problem::new(KEY_MISSING, "the Idempotency-Key header is missing or malformed");
    let key =
        request.headers().get("idempotency-key").ok_or_else(missing)?.to_str().map_err(|_| missing())?;
    if !(1..=255).contains(&key.len()) || !key.chars().all(|c| c.is_ascii_graphic()) {
        return Err(missing());
    }
    Ok(Ticket {
        by,
        method: request.method().to_string(),
        route: request.path().to_owned(),
        key: key.to_owned(),
        fingerprint: hex::encode(Sha256::digest(body)),
        keep: Keep::Day,
    })
}

fn bytes(
    request: &HttpRequest,
    payload: &mut Payload,
) -> impl Future<Output = Result<Bytes, Problem>> + use<> {
    let reading = Bytes::from_request(request, payload);
    async move {
        reading.await.map_err(|error| {
            if error.as_response_error().status_code().as_u16() == 413 {
                Problem::new(BODY_TOO_LARGE, "the body has more than 1 MiB")
            } else {
                Problem::new(INVALID_BODY, error)
            }
        })
    }
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(caller(request).map(Caller))
    }
}

impl FromRequest for Reader {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let viewer = || {
            let user = caller(request)?.id;
            Ok(Reader(Viewer { user, now: shared(request)?.api.clock.now() }))
        };
        ready(viewer())
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let reading = bytes(request, payload);
        Box::pin(async move { Ok(Body(parse(&reading.await?)?)) })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Once<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = caller(request);
        let request = request.clone();
        let reading = bytes(&request, payload);
        Box::pin(async move {
            let by = caller?;
            let bytes = reading.await?;
            let ticket = ticket(&request, by, &bytes)?;
            Ok(Once { ticket, body: parse(&bytes)? })
        })
    }
}

impl<P: Needed> FromRequest for Operator<P> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(operator::<P>(request).map(|operator| Self(operator, PhantomData)))
    }
}

impl<P: Needed, T: DeserializeOwned + 'static> FromRequest for OperatorOnce<P, T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let operator = operator::<P>(request);
        let request = request.clone();
        let reading = bytes(&request, payload);
        Box::pin(async move {
            let by = operator?;
            let bytes = reading.await?;
            let ticket = ticket(&request, by, &bytes)?;
            Ok(Self { ticket, body: parse(&bytes)?, permission: PhantomData })
        })
    }
}

/// A query that cannot be read is a problem like any other.
pub(crate) fn query_config() -> actix_web::web::QueryConfig {
    actix_web::web::QueryConfig::default()
        .error_handler(|error, _| Problem::new(INVALID_PARAMETER, unreadable::query(&error)).into())
}

/// A path whose numbers are none, or too large. An identifier can be any text; one that is not there is not found.
pub(crate) fn path_config() -> actix_web::web::PathConfig {
    actix_web::web::PathConfig::default().error_handler(|_, _| Problem::of_path().into())
}
