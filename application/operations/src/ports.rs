//! What operations needs from outside. The stores and the token writer are implemented by adapters.

use std::collections::BTreeSet;

use application_kernel::{
    CurrentOperator, Page, PageRequest, Permission, StoreError, TokenNotMade, Transaction,
};
use async_trait::async_trait;
use domain_identity::{Email, RefreshToken};
use domain_kernel::{OperatorId, TimeDelta, Timestamp, UserId, hours};

use crate::{AuditFilter, AuditView, DeadJobView, OperatorView, TotpSecret};

/// The constraint that a second operator with the same address violates.
pub const ONE_OPERATOR: &str = "operators_email_key";
/// The constraint that a second operator for the same user violates.
pub const ONE_OPERATOR_A_USER: &str = "operators_user_id_key";
/// The constraint that an operator for a user who is none violates.
pub const OPERATORS_USER: &str = "operators_user_id_fkey";

/// How long an unused refresh token of an operator is good for: 12 hours, a day's work.
pub const REFRESH_LIFETIME: TimeDelta = hours(12);

/// What operations needs inside a unit of work.
pub trait OperationsPorts: Transaction {
    /// The staff.
    fn operators(&mut self) -> &mut dyn OperatorAccounts;
    /// The staff's log-ins that can be continued.
    fn operator_tokens(&mut self) -> &mut dyn OperatorTokens;
    /// Jobs that were given up.
    fn dead_jobs(&mut self) -> &mut dyn DeadJobs;
}

application_kernel::unit_of_work! {
    /// A unit of work as operations sees it.
    OperationsTx over OperationsPorts
}

/// An operator's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorAccount {
    /// Its key.
    pub id: OperatorId,
    /// The address.
    pub email: Email,
    /// The password's hash.
    pub password_hash: String,
    /// What the authenticator was set up with.
    pub totp_secret: TotpSecret,
    /// The last step of 30 seconds whose code was used; no code of it, or of one before, is taken again.
    pub totp_last_step: i64,
    /// The operator's own account as a student or mentor.
    pub user: Option<UserId>,
    /// What the operator may do.
    pub permissions: BTreeSet<Permission>,
    /// The hashes of the backup codes that were not used.
    pub backup_codes: BTreeSet<String>,
    /// The version of its access tokens.
    pub token_version: i32,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The staff.
#[async_trait]
pub trait OperatorAccounts: Send {
    /// The operator, locked.
    async fn get(&mut self, id: &OperatorId) -> Result<OperatorAccount, StoreError>;
    /// The operator with this address, locked.
    async fn by_email(&mut self, email: &Email) -> Result<OperatorAccount, StoreError>;
    /// Adds one with all that belongs to it. `Duplicate(ONE_OPERATOR)`, `Duplicate(ONE_OPERATOR_A_USER)` or
    /// `Refused(OPERATORS_USER)` if it cannot be.
    async fn add(&mut self, account: &OperatorAccount) -> Result<(), StoreError>;
    /// Saves a changed account: hash, last step, permissions, backup codes that are gone, token version. A raised token
    /// version is told to every server.
    async fn save(&mut self, account: &OperatorAccount, now: Timestamp) -> Result<(), StoreError>;
    /// How many operators hold the permission. They are locked until the unit of work ends, so that the count stays true.
    async fn holders(&mut self, permission: Permission) -> Result<usize, StoreError>;
}

/// The staff's log-ins that can be continued.
#[async_trait]
pub trait OperatorTokens: Send {
    /// The token with this hash, locked.
    async fn by_hash(&mut self, hash: &str) -> Result<Option<RefreshToken<OperatorId>>, StoreError>;
    /// Adds a token, made at `now`.
    async fn add(&mut self, token: &RefreshToken<OperatorId>, now: Timestamp) -> Result<(), StoreError>;
    /// Saves when a token was exchanged.
    async fn save(&mut self, token: &RefreshToken<OperatorId>) -> Result<(), StoreError>;
    /// Ends every log-in of the operator.
    async fn end_all(&mut self, operator: &OperatorId, now: Timestamp) -> Result<(), StoreError>;
}

/// Jobs that were given up, inside a unit of work.
#[async_trait]
pub trait DeadJobs: Send {
    /// The job, whether it is still given up or not, if it ever was there.
    async fn view(&mut self, job: i64) -> Result<Option<DeadJobView>, StoreError>;
    /// Whether an operator put it aside, as the audit knows.
    async fn was_dropped(&mut self, job: i64) -> Result<bool, StoreError>;
}

/// Operations' reads. Each is one statement.
#[async_trait]
pub trait OperationsQueries: Send + Sync {
    /// The operator with this address, outside a unit of work: nothing is locked while a password is hashed.
    async fn operator(&self, email: &str) -> Result<Option<OperatorAccount>, StoreError>;
    /// The operator as the staff sees them.
    async fn operator_view(&self, id: &OperatorId) -> Result<Option<OperatorView>, StoreError>;
    /// All operators, by address.
    async fn operators(&self) -> Result<Vec<OperatorView>, StoreError>;
    /// Jobs that were given up, by key.
    async fn dead_jobs(&self, page: &PageRequest<i64>) -> Result<Page<DeadJobView, i64>, StoreError>;
    /// Who did what, the latest first.
    async fn audit(
        &self,
        filter: &AuditFilter,
        page: &PageRequest<i64>,
    ) -> Result<Page<AuditView, i64>, StoreError>;
}

/// Writes and reads the staff's access tokens.
pub trait OperatorAccess: Send + Sync {
    /// A token for the operator, and when it lapses: [`application_kernel::ACCESS_LIFETIME`] after `now`.
    fn issue(&self, operator: &CurrentOperator, now: Timestamp) -> Result<(String, Timestamp), TokenNotMade>;
    /// Whose token it is; nobody's if it is forged, broken, lapsed or a person's.
    fn verify(&self, token: &str, now: Timestamp) -> Option<CurrentOperator>;
}
