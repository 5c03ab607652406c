use application_kernel::{Actor, Permission, labels};
use domain_kernel::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::{ArrayBuilder, RefOr, Schema};

/// Permissions as a list of labels.
fn permissions() -> RefOr<Schema> {
    ArrayBuilder::new().items(labels::<Permission>()).into()
}

/// An operator's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OperatorView {
    /// Its key.
    #[schema(example = "01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e5f")]
    pub id: String,
    /// The address.
    #[schema(example = "ops@example.org")]
    pub email: String,
    /// What the operator may do.
    #[schema(schema_with = permissions)]
    pub permissions: Vec<String>,
    /// The operator's own account as a student or mentor, about which they do not decide.
    #[schema(example = "mentor_001")]
    pub user_id: Option<String>,
    /// How many backup codes are left.
    #[schema(example = 10)]
    pub backup_codes_left: i64,
    /// When it was made.
    #[schema(format = DateTime, example = "2026-11-24T08:00:00Z")]
    pub created_at: String,
}

/// A job that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeadJobView {
    /// Its key.
    #[schema(example = 17)]
    pub id: i64,
    /// What was to be done.
    #[schema(example = "send_mail")]
    pub kind: String,
    /// What it was to be done to. What else it holds is not shown: it may be a secret.
    #[schema(example = "sign_up:01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e5f")]
    pub subject: String,
    /// How often it was tried.
    #[schema(example = 10)]
    pub attempts: i32,
    /// What went wrong the last time.
    #[schema(example = "the mail could not be handed over: connection refused")]
    pub last_error: Option<String>,
    /// When it was given up; nothing once it is to be tried again or was put aside.
    #[schema(format = DateTime, example = "2026-11-24T08:00:00Z")]
    pub dead_at: Option<String>,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ActorView {
    /// The kind of account: `user` or `operator`.
    #[schema(example = "operator")]
    pub kind: String,
    /// The account.
    #[schema(example = "01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e5f")]
    pub id: String,
}

impl From<&Actor> for ActorView {
    fn from(actor: &Actor) -> Self {
        Self { kind: actor.kind().to_owned(), id: actor.key().to_owned() }
    }
}

/// Who did what to what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditView {
    /// The entry's key; later ones have greater ones.
    #[schema(example = 4711)]
    pub id: i64,
    /// When it was done.
    #[schema(format = DateTime, example = "2026-11-24T08:00:00Z")]
    pub at: String,
    /// Who did it; nobody for what a clock, an outside service or the command line caused.
    pub actor: Option<ActorView>,
    /// What was done.
    #[schema(example = "person.suspend")]
    pub action: String,
    /// What it was done to.
    #[schema(example = "mentor_001")]
    pub subject: String,
    /// What else mattered.
    #[schema(value_type = Object, example = json!({"reason": "Asked students to pay outside the platform."}))]
    pub details: serde_json::Value,
}

/// Which entries of the audit are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only what was done to this.
    pub subject: Option<String>,
    /// Only what this account did, of whichever kind.
    pub actor: Option<String>,
    /// Only this action.
    pub action: Option<String>,
    /// Only what was done at this instant or later.
    pub from: Option<Timestamp>,
    /// Only what was done before this instant.
    pub to: Option<Timestamp>,
}
