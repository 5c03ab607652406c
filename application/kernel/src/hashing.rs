use async_trait::async_trait;

/// Why a password was not hashed or checked.
#[derive(Debug, thiserror::Error)]
pub enum HashingFailed {
    /// Too many wait already.
    #[error("too many passwords wait to be hashed")]
    Busy,
    /// The algorithm failed, or its thread.
    #[error("a password could not be hashed: {0}")]
    Broken(String),
}

/// What became of a typed password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is another one, or there is none.
    Wrong,
    /// It is the right one.
    Right,
    /// It is the right one, but the hash is of an older kind or another cost: hash it anew.
    Outdated,
}

/// Hashes and checks passwords. One is shared by all contexts, so that the bound on how many are
/// under way at once holds for the process.
#[async_trait]
pub trait PasswordHashing: Send + Sync {
    /// A hash of the password, with a salt of its own.
    async fn hash(&self, password: &str) -> Result<String, HashingFailed>;
    /// Holds a typed password against the stored hash, if there is one. A wrong password takes the
    /// same time, whatever is stored and whether anything is.
    async fn verify(&self, password: &str, stored: Option<&str>) -> Result<Verdict, HashingFailed>;
}
