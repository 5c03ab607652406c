//! The second factor: codes of an authenticator (RFC 6238) and backup codes.

use application_kernel::{Ids, fingerprint};
use domain_identity::Email;
use domain_kernel::Timestamp;
use totp_rs::{Builder, Secret, Totp};

use crate::OperationsError;

/// How many backup codes an operator gets.
const BACKUP_CODES: usize = 10;

/// Bytes of an authenticator's secret: 160 bits, as RFC 4226 recommends.
const SECRET_BYTES: usize = 20;

/// What an authenticator is set up with, in base 32. It is never shown but once.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret(String);

impl std::fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TotpSecret(…)")
    }
}

impl TotpSecret {
    /// A new one.
    fn new(ids: &dyn Ids) -> Result<Self, OperationsError> {
        let bytes =
            hex::decode(ids.secret()).map_err(|error| OperationsError::BrokenSecret(error.to_string()))?;
        let rest = bytes.len().saturating_sub(SECRET_BYTES);
        let bytes: Vec<u8> = bytes.into_iter().skip(rest).collect();
        Ok(Self(Secret::from(bytes).to_base32()))
    }

    /// Wraps what is stored, or what stands in for it where there is nobody: base 32.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The secret in the clear, for the store and the authenticator only.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    fn totp(&self, email: &str) -> Result<Totp, OperationsError> {
        let broken = |error: &dyn std::fmt::Display| OperationsError::BrokenSecret(error.to_string());
        let secret = Secret::try_from_base32(&self.0).map_err(|error| broken(&error))?;
        let builder =
            Builder::new().with_secret(secret).with_account_name(email).with_issuer(Some("CareerNav"));
        builder.build().map_err(|error| broken(&error))
    }

    /// The code that an authenticator shows at that time.
    pub fn code_at(&self, at: Timestamp) -> Result<String, OperationsError> {
        Ok(self.totp("operator")?.generate(seconds(at)).to_string())
    }

    /// Which step of 30 seconds the code belongs to, if it is the present one or a neighbour.
    pub(crate) fn step_of(&self, code: &str, now: Timestamp) -> Result<Option<i64>, OperationsError> {
        let step = self.totp("operator")?.check(code, seconds(now));
        Ok(step.and_then(|step| i64::try_from(step).ok()))
    }
}

fn seconds(at: Timestamp) -> u64 {
    u64::try_from(at.utc().timestamp()).unwrap_or(0)
}

/// What a new operator has to keep. It is shown once and can never be read again.
#[derive(Clone)]
pub struct Enrolment {
    /// What the authenticator is set up with.
    pub secret: TotpSecret,
    /// The same as an address that authenticators read, mostly off a picture.
    pub uri: String,
    /// Each is good once, in place of the authenticator's code.
    pub backup_codes: Vec<String>,
}

impl Enrolment {
    pub(crate) fn new(email: &Email, ids: &dyn Ids) -> Result<Self, OperationsError> {
        let secret = TotpSecret::new(ids)?;
        let uri = secret.totp(email.as_str())?.to_url();
        let uri = uri.map_err(|error| OperationsError::BrokenSecret(error.to_string()))?;
        // 80 random bits each, so that a hash without a salt keeps them.
        let code = |secret: String| {
            let digits: Vec<char> = secret.chars().skip(secret.len().saturating_sub(20)).collect();
            digits.chunks(5).map(|part| part.iter().collect()).collect::<Vec<String>>().join("-")
        };
        Ok(Self { secret, uri, backup_codes: (0..BACKUP_CODES).map(|_| code(ids.secret())).collect() })
    }
}

/// What is kept of a backup code, however it was typed.
pub(crate) fn backup_hash(typed: &str) -> String {
    let plain: String = typed.chars().filter(char::is_ascii_alphanumeric).collect();
    fingerprint(&plain.to_lowercase())
}

#[cfg(test)]
mod tests {
    use domain_kernel::TimeDelta;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::EPOCH.plus(TimeDelta::seconds(seconds))
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B, cut to six digits; the secret is the ASCII text 12345678901234567890.
        let secret = TotpSecret::stored("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".into());
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")]
        {
            assert_eq!(secret.code_at(at(seconds)).unwrap(), code);
        }
    }

    #[test]
    fn a_code_is_good_half_a_minute_before_and_after_and_tells_its_step() {
        let secret = TotpSecret::stored("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".into());
        let code = secret.code_at(at(300)).unwrap();
        for (seconds, step) in [(269, None), (270, Some(10)), (329, Some(10)), (359, Some(10)), (360, None)] {
            assert_eq!(secret.step_of(&code, at(seconds)).unwrap(), step, "{seconds}");
        }
        for none in ["", "28708", "2870822", "abcdef", "２８７０８２"] {
            assert_eq!(secret.step_of(none, at(300)).unwrap(), None, "{none}");
        }
    }

    #[test]
    fn a_backup_code_is_read_however_it_is_typed() {
        assert_eq!(backup_hash("ABCDE-01234"), backup_hash(" abcde 01234"));
        assert_ne!(backup_hash("abcde"), backup_hash("abcdf"));
    }
}
