use application_kernel::labels;
use domain_kernel::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One's own account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MeView {
    /// Its key.
    #[schema(example = "01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e5f")]
    pub id: String,
    /// The address.
    #[schema(example = "asha@example.org")]
    pub email: String,
    /// The full name.
    #[schema(example = "Asha Verma")]
    pub name: String,
    /// What the account is.
    #[schema(schema_with = labels::<Role>)]
    pub role: String,
    /// The zone in which one's days and times are meant.
    #[schema(example = "Asia/Kolkata")]
    pub zone: String,
    /// When it was made.
    #[schema(format = DateTime, example = "2026-11-23T08:00:00Z")]
    pub created_at: String,
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
