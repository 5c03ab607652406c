use domain_kernel::{Role, TimeDelta, Timestamp, days};

use crate::{Email, PersonName};

/// Somebody asked for an account and has not yet shown that the address is theirs.
///
/// The account is made when the mailed code comes back, so a stranger who signs up with a
/// foreign address never owns anything: each sign-up has its own code and its own password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignUp {
    /// The sign-up's key; it becomes the account's.
    pub id: String,
    /// The address.
    pub email: Email,
    /// The full name.
    pub name: PersonName,
    /// What the account will be.
    pub role: Role,
    /// The hash of the chosen password.
    pub password_hash: String,
    /// The hash of the mailed code.
    pub code_hash: String,
    /// When it lapses.
    pub expires_at: Timestamp,
    /// How many wrong codes came for it.
    pub attempts: i32,
}

/// Why a code does not confirm a sign-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignUpRefused {
    /// The code is another one.
    #[error("the code is wrong")]
    WrongCode,
    /// The sign-up has lapsed, or too many wrong codes came.
    #[error("the sign-up has lapsed")]
    Lapsed,
}

impl SignUp {
    /// How long a code is good for: 24 hours.
    pub const LIFETIME: TimeDelta = days(1);
    /// How many wrong codes end it.
    pub const ATTEMPTS: i32 = 5;

    /// Holds the hash of the code that came against this sign-up; a wrong one is counted.
    pub fn confirm(&mut self, code_hash: &str, now: Timestamp) -> Result<(), SignUpRefused> {
        if now >= self.expires_at || self.attempts >= Self::ATTEMPTS {
            return Err(SignUpRefused::Lapsed);
        }
        if self.code_hash != code_hash {
            self.attempts += 1;
            return Err(SignUpRefused::WrongCode);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_wrong_codes_end_a_sign_up() {
        let now = Timestamp::EPOCH;
        let mut sign_up = SignUp {
            id: "s".into(),
            email: Email::parse("a@example.org").unwrap(),
            name: PersonName::parse("A").unwrap(),
            role: Role::Student,
            password_hash: String::new(),
            code_hash: "right".into(),
            expires_at: now.plus(SignUp::LIFETIME),
            attempts: 0,
        };
        for _ in 0..5 {
            assert_eq!(sign_up.confirm("wrong", now), Err(SignUpRefused::WrongCode));
        }
        assert_eq!(sign_up.confirm("right", now), Err(SignUpRefused::Lapsed));
        sign_up.attempts = 4;
        assert_eq!(sign_up.confirm("right", now.plus(SignUp::LIFETIME)), Err(SignUpRefused::Lapsed));
        assert_eq!(sign_up.confirm("right", now), Ok(()));
    }
}
