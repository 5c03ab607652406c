use application_kernel::{CurrentOperator, Ticket};
use domain_identity::{Email, Password, PersonName};
use domain_kernel::{Role, UserId};

/// Somebody asks for an account.
#[derive(Debug, Clone)]
pub struct RequestSignUp {
    /// The address, whose owner is still to be shown.
    pub email: Email,
    /// The full name.
    pub name: PersonName,
    /// What the account will be; the route says it, never the request's body.
    pub role: Role,
    /// The chosen password, held to the rules already.
    pub password: Password,
}

/// The mailed code comes back.
#[derive(Debug, Clone)]
pub struct ConfirmSignUp {
    /// The address that signed up.
    pub email: Email,
    /// The code as typed.
    pub code: String,
}

/// Somebody logs in.
#[derive(Debug, Clone)]
pub struct LogIn {
    /// The address as typed: taken-over accounts may have one that nobody could sign up with.
    pub email: String,
    /// The password as typed.
    pub password: Password,
}

/// An operator shuts somebody out.
#[derive(Debug, Clone)]
pub struct Suspend {
    /// Who decides it.
    pub ticket: Ticket<CurrentOperator>,
    /// About whom.
    pub person: UserId,
    /// Why, 1 to 500 characters.
    pub reason: String,
}

/// An operator lets somebody in again.
#[derive(Debug, Clone)]
pub struct Reinstate {
    /// Who decides it.
    pub ticket: Ticket<CurrentOperator>,
    /// About whom.
    pub person: UserId,
    /// Why, 1 to 500 characters.
    pub reason: String,
}

/// An operator makes a student a mentor, or a mentor a student.
#[derive(Debug, Clone)]
pub struct ChangeRole {
    /// Who decides it.
    pub ticket: Ticket<CurrentOperator>,
    /// About whom.
    pub person: UserId,
    /// What they are to be.
    pub role: Role,
    /// Why, 1 to 500 characters.
    pub reason: String,
}

/// Which people are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PeopleFilter {
    /// Only those whose address begins so, without case.
    pub email: Option<String>,
    /// Only those who are it.
    pub role: Option<Role>,
    /// Only those who are suspended, or only those who are not.
    pub suspended: Option<bool>,
}
