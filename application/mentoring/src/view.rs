use domain_kernel::Role;
use serde::Serialize;
use utoipa::ToSchema;

/// A message as the parties of its session see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MessageView {
    /// Its key. A later message of the same session has a greater one.
    #[schema(example = 41)]
    pub id: i32,
    /// Who wrote it.
    #[schema(example = "01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e5f")]
    pub sender_id: String,
    /// As what they wrote it.
    #[schema(schema_with = application_kernel::labels::<Role>)]
    pub sender_role: String,
    /// What it is: `text`. Messages that were taken over may also be a `zoom_link` or a `file`.
    #[schema(example = "text")]
    pub kind: String,
    /// What was written.
    #[schema(example = "Could we begin with recursion?")]
    pub text: String,
    /// When; not known of some that were taken over.
    #[schema(format = DateTime, example = "2026-12-07T04:30:00Z")]
    pub sent_at: Option<String>,
}
