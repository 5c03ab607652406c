use domain_kernel::{Role, Timestamp, UserId};

/// The person whose access token came with the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentUser {
    /// Who it is.
    pub id: UserId,
    /// The role that the token was issued for.
    pub role: Role,
    /// The version of the person's tokens; a write checks that it is still the current one.
    pub token_version: i32,
}

/// From whose side, and when, a view is read: it decides the names and actions that are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// Who looks.
    pub user: UserId,
    /// When.
    pub now: Timestamp,
}
