use std::fmt;

use crate::Email;

/// A password as typed. It is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// Shorter than 10 or longer than 128 characters.
    #[error("a password has 10 to 128 characters")]
    Length,
    /// It is the address, or a part of it.
    #[error("a password must not contain the e-mail address or its name")]
    HoldsEmail,
    /// It has fewer than five different characters.
    #[error("a password has at least five different characters")]
    Monotonous,
}

impl Password {
    /// Reads a new password and holds it to the rules.
    pub fn choose(text: &str, email: &Email) -> Result<Self, WeakPassword> {
        let length = text.chars().count();
        if !(10..=128).contains(&length) {
            return Err(WeakPassword::Length);
        }
        let name = email.as_str().split('@').next().unwrap_or_default();
        if name.len() >= 4 && text.to_lowercase().contains(name) {
            return Err(WeakPassword::HoldsEmail);
        }
        let different: std::collections::BTreeSet<char> = text.chars().collect();
        if different.len() < 5 {
            return Err(WeakPassword::Monotonous);
        }
        Ok(Self(text.to_owned()))
    }

    /// Wraps what somebody typed to log in; rules of today do not bind passwords of yesterday.
    pub fn typed(text: String) -> Self {
        Self(text)
    }

    /// The password in the clear, for the hash only.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_passwords_are_refused_with_the_reason() {
        let email = Email::parse("asha@example.org").unwrap();
        assert_eq!(Password::choose("short", &email), Err(WeakPassword::Length));
        assert_eq!(Password::choose("Asha-123456", &email), Err(WeakPassword::HoldsEmail));
        assert_eq!(Password::choose("aaaabbbbcccc", &email), Err(WeakPassword::Monotonous));
        assert!(Password::choose("correct horse", &email).is_ok());
    }

    #[test]
    fn a_password_does_not_show_in_logs() {
        assert_eq!(format!("{:?}", Password::typed("secret".into())), "Password(…)");
    }
}
