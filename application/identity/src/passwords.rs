use std::sync::Arc;

use application_kernel::{HashingFailed, PasswordHashing, Verdict};
use argon2::Params;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use async_trait::async_trait;
use domain_identity::Password;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, TryAcquireError};
use tokio::task::JoinHandle;

use crate::argon::KeptArgon2;

/// How many callers may wait for each hash that is under way; the next one is sent away.
const WAITING_EACH: usize = 32;

/// A bcrypt hash of the cost that taken-over accounts have, for work that must only take its time.
const DUMMY_BCRYPT: &str = "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";

/// What an argon2id hash costs whoever makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashingCost {
    /// Memory in KiB, at least 8 for each lane.
    pub memory_kib: u32,
    /// Passes over it, at least 1.
    pub passes: u32,
    /// Lanes, at least 1.
    pub lanes: u32,
}

impl Default for HashingCost {
    /// 19 MiB, two passes, one lane: the least that OWASP's cheat sheet on password storage asks for.
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 }
    }
}

/// The numbers are no cost that argon2 knows.
#[derive(Debug, thiserror::Error)]
#[error("argon2 does not take this cost: {reason}")]
pub struct InvalidCost {
    /// What it says.
    pub reason: String,
}

/// Threads that may block, no more than there are hashes at once: each keeps the memory that a hash of its took.
struct Threads(Option<Runtime>);

impl Threads {
    fn new(count: usize) -> Result<Self, InvalidCost> {
        let runtime =
            Builder::new_current_thread().max_blocking_threads(count).thread_name("passwords").build();
        Ok(Self(Some(runtime.map_err(|error| InvalidCost { reason: error.to_string() })?)))
    }

    fn run<R: Send + 'static>(&self, work: impl FnOnce() -> R + Send + 'static) -> Option<JoinHandle<R>> {
        self.0.as_ref().map(|runtime| runtime.spawn_blocking(work))
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // A runtime that is dropped would wait for them, which nothing asynchronous may.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Hashes and checks passwords, on threads of their own and only so many at once.
pub struct Passwords {
    threads: Threads,
    argon2: KeptArgon2,
    /// How every hash of today's kind and cost begins.
    prefix: String,
    at_once: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl Passwords {
    /// At most `at_once` hashes are under way; each takes a core meanwhile.
    pub fn new(cost: HashingCost, at_once: usize) -> Result<Self, InvalidCost> {
        let HashingCost { memory_kib, passes, lanes } = cost;
        let params = Params::new(memory_kib, passes, lanes, None)
            .map_err(|error| InvalidCost { reason: error.to_string() })?;
        let at_once = at_once.max(1);
        Ok(Self {
            threads: Threads::new(at_once)?,
            argon2: KeptArgon2::new(params),
            prefix: format!("$argon2id$v=19$m={memory_kib},t={passes},p={lanes}$"),
            at_once: Arc::new(Semaphore::new(at_once)),
            places: Arc::new(Semaphore::new(at_once.saturating_mul(WAITING_EACH + 1))),
        })
    }

    /// An argon2id hash of the password, with a salt of its own.
    pub async fn hash(&self, password: &Password) -> Result<String, HashingFailed> {
        let (argon2, password) = (self.argon2.clone(), password.clone());
        self.aside(move || argon2.hash_password(password.reveal().as_bytes()).map(|hash| hash.to_string()))
            .await?
            .map_err(|error| HashingFailed::Broken(error.to_string()))
    }

    /// Holds a typed password against the stored hash, if there is one.
    ///
    /// A wrong password costs one argon2 and one bcrypt verification, whatever the stored hash is
    /// and whether there is one: the time does not tell.
    pub async fn verify(&self, password: &Password, stored: Option<&str>) -> Result<Verdict, HashingFailed> {
        let (argon2, password) = (self.argon2.clone(), password.clone());
        let (prefix, stored) = (self.prefix.clone(), stored.map(str::to_owned));
        self.aside(move || {
            let typed = password.reveal().as_bytes();
            let is_argon2 = |hash: &str| {
                PasswordHash::new(hash).is_ok_and(|hash| argon2.verify_password(typed, &hash).is_ok())
            };
            let is_bcrypt = |hash: &str| bcrypt::verify(typed, hash).unwrap_or(false);
            let dummy_argon2 = || is_argon2(&format!("{prefix}{}${}", "A".repeat(22), "A".repeat(43)));
            match stored.as_deref() {
                Some(hash) if hash.starts_with("$argon2") => {
                    if is_argon2(hash) {
                        return if hash.starts_with(&prefix) { Verdict::Right } else { Verdict::Outdated };
                    }
                    is_bcrypt(DUMMY_BCRYPT);
                }
                Some(hash) if hash.starts_with("$2") => {
                    if is_bcrypt(hash) {
                        return Verdict::Outdated;
                    }
                    dummy_argon2();
                }
                _ => {
                    dummy_argon2();
                    is_bcrypt(DUMMY_BCRYPT);
                }
            }
            Verdict::Wrong
        })
        .await
    }

    /// Runs `work` on a thread that may block, once it is its turn.
    async fn aside<R: Send + 'static>(
        &self,
        work: impl FnOnce() -> R + Send + 'static,
    ) -> Result<R, HashingFailed> {
        let broken = |reason: String| HashingFailed::Broken(reason);
        let place = self.places.clone().try_acquire_owned().map_err(|error| match error {
            TryAcquireError::NoPermits => HashingFailed::Busy,
            TryAcquireError::Closed => broken(error.to_string()),
        })?;
        let turn = self.at_once.clone().acquire_owned().await.map_err(|error| broken(error.to_string()))?;
        let hashing = self.threads.run(move || {
            let result = work();
            // Given back by the thread: a caller who went away does not make the work shorter.
            drop((turn, place));
            result
        });
        let hashing = hashing.ok_or_else(|| broken("the threads have ended".to_owned()))?;
        hashing.await.map_err(|error| broken(error.to_string()))
    }
}

/// The same for the contexts beside this one.
#[async_trait]
impl PasswordHashing for Passwords {
    async fn hash(&self, password: &str) -> Result<String, HashingFailed> {
        self.hash(&Password::typed(password.to_owned())).await
    }

    async fn verify(&self, password: &str, stored: Option<&str>) -> Result<Verdict, HashingFailed> {
        self.verify(&Password::typed(password.to_owned()), stored).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cheap() -> HashingCost {
        HashingCost { memory_kib: 8, passes: 1, lanes: 1 }
    }

    fn typed(text: &str) -> Password {
        Password::typed(text.into())
    }

    #[tokio::test]
    async fn a_password_is_known_again_by_its_hash() {
        let passwords = Passwords::new(cheap(), 1).unwrap();
        let hash = passwords.hash(&typed("correct horse")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{hash}");
        assert_eq!(passwords.verify(&typed("correct horse"), Some(&hash)).await.unwrap(), Verdict::Right);
        assert_eq!(passwords.verify(&typed("wrong horse"), Some(&hash)).await.unwrap(), Verdict::Wrong);
        let dearer = Passwords::new(HashingCost { passes: 2, ..cheap() }, 1).unwrap();
        assert_eq!(dearer.verify(&typed("correct horse"), Some(&hash)).await.unwrap(), Verdict::Outdated);
    }

    #[tokio::test]
    async fn a_taken_over_hash_counts_but_is_outdated() {
        let passwords = Passwords::new(cheap(), 1).unwrap();
        for hash in [
            bcrypt::hash("correct horse", 4).unwrap(),
            bcrypt::hash("correct horse", 4).unwrap().replacen("$2b$", "$2a$", 1),
        ] {
            assert_eq!(
                passwords.verify(&typed("correct horse"), Some(&hash)).await.unwrap(),
                Verdict::Outdated
            );
            assert_eq!(passwords.verify(&typed("wrong horse"), Some(&hash)).await.unwrap(), Verdict::Wrong);
        }
    }

    #[tokio::test]
    async fn nothing_matches_no_hash_or_a_broken_one() {
        let passwords = Passwords::new(cheap(), 1).unwrap();
        for stored in [None, Some(""), Some("$2a$10$short"), Some("$argon2id$broken"), Some("plain")] {
            assert_eq!(
                passwords.verify(&typed("plain"), stored).await.unwrap(),
                Verdict::Wrong,
                "{stored:?}"
            );
        }
    }

    #[test]
    fn the_dummies_cost_what_real_hashes_cost() {
        // A dummy that cannot be parsed would be refused at once, and the time would tell.
        assert!(!bcrypt::verify("some password", DUMMY_BCRYPT).unwrap());
        let argon2 = KeptArgon2::new(Params::new(8, 1, 1, None).unwrap());
        let dummy = format!("$argon2id$v=19$m=8,t=1,p=1${}${}", "A".repeat(22), "A".repeat(43));
        let refused =
            argon2.verify_password(b"some password", &PasswordHash::new(&dummy).unwrap()).unwrap_err();
        assert_eq!(refused, argon2::password_hash::Error::PasswordInvalid);
    }

    #[tokio::test]
    async fn whoever_finds_no_place_to_wait_is_sent_away() {
        let passwords = Passwords::new(cheap(), 1).unwrap();
        let all = u32::try_from(WAITING_EACH + 1).unwrap();
        let places = passwords.places.clone().acquire_many_owned(all).await.unwrap();
        assert!(matches!(passwords.hash(&typed("correct horse")).await, Err(HashingFailed::Busy)));
        drop(places);
        assert!(passwords.hash(&typed("correct horse")).await.is_ok());
    }
}
