use std::time::Duration;

use async_trait::async_trait;
use domain_kernel::{TimeDelta, Timestamp, minutes};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::{Actor, StoreError};

/// How long an access token is good for: 15 minutes.
pub const ACCESS_LIFETIME: TimeDelta = minutes(15);

/// The access token could not be written.
#[derive(Debug, thiserror::Error)]
#[error("no access token could be made: {reason}")]
pub struct TokenNotMade {
    /// What the signer says.
    pub reason: String,
}

/// What a log-in, or the exchange of a refresh token, brings.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenPair {
    /// Goes with each request as `Authorization: Bearer …`.
    #[schema(example = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl")]
    pub access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: String,
    /// For how many seconds the access token is good.
    #[schema(example = 900)]
    pub expires_in: i64,
    /// Buys the next pair, once.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub refresh_token: String,
}

/// Tokens do not show in logs.
impl std::fmt::Debug for TokenPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenPair(…)")
    }
}

/// What is kept of a secret: its SHA-256 in lower-case hexadecimal.
pub fn fingerprint(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

/// An account's tokens of an older version than this are good for nothing any more.
pub type Raised = (Actor, i32);

/// Tells which tokens were revoked. A write compares the version inside its unit of work; a read
/// goes by what was told here.
#[async_trait]
pub trait Revocations: Send + Sync {
    /// Tells, again and again, every version that was raised after `since()`: when it begins, when
    /// one is raised, and at least as often as `every`. It ends only when it cannot go on.
    async fn follow(
        &self,
        every: Duration,
        since: &(dyn Fn() -> Timestamp + Send + Sync),
        told: &(dyn Fn(Vec<Raised>) + Send + Sync),
    ) -> StoreError;
}
