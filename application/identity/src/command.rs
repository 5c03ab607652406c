use domain_identity::{Email, Password, PersonName};
use domain_kernel::Role;

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
