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

/// A person as operators see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PersonView {
    /// The account's key.
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
    /// When it was made.
    #[schema(format = DateTime, example = "2026-11-23T08:00:00Z")]
    pub created_at: String,
    /// Why they may not come in, if so.
    pub suspension: Option<SuspensionView>,
}

/// Since when, and why, somebody may not come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SuspensionView {
    /// Since when.
    #[schema(format = DateTime, example = "2026-11-24T08:00:00Z")]
    pub at: String,
    /// Why.
    #[schema(example = "Asked students to pay outside the platform.")]
    pub reason: String,
}
