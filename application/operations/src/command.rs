use std::collections::BTreeSet;

use application_kernel::{CurrentOperator, Permission, Ticket};
use domain_identity::{Email, Password};
use domain_kernel::UserId;

/// Somebody joins the staff.
#[derive(Debug, Clone)]
pub struct AddOperator {
    /// The address, which is also the name of the account.
    pub email: Email,
    /// The chosen password, held to the rules already.
    pub password: Password,
    /// What they may do.
    pub permissions: BTreeSet<Permission>,
    /// Their own account as a student or mentor, about which they must not decide.
    pub user: Option<UserId>,
}

/// An operator logs in.
#[derive(Debug, Clone)]
pub struct OperatorLogIn {
    /// The address as typed.
    pub email: String,
    /// The password as typed.
    pub password: Password,
    /// Six digits of the authenticator, or a backup code.
    pub code: String,
}

/// An operator lets a job that was given up be tried again.
#[derive(Debug, Clone)]
pub struct RetryJob {
    /// Who decides it.
    pub ticket: Ticket<CurrentOperator>,
    /// Which.
    pub job: i64,
}

/// An operator puts a job that was given up aside for good.
#[derive(Debug, Clone)]
pub struct DropJob {
    /// Who decides it.
    pub ticket: Ticket<CurrentOperator>,
    /// Which.
    pub job: i64,
    /// Why, 1 to 500 characters.
    pub reason: String,
}
