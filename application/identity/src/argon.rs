use std::cell::RefCell;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::password_hash::{self, CustomizedPasswordHasher, PasswordHasher};
use argon2::{Algorithm, Argon2, Block, Params, Version};

thread_local! {
    static MEMORY: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

/// Argon2id of one cost, in memory that its thread keeps for the next hash. Taking and giving back megabytes for each hash
/// would stop the process's other threads meanwhile, since all of them share one table of pages.
#[derive(Clone)]
pub(crate) struct KeptArgon2 {
    params: Params,
}

impl KeptArgon2 {
    pub(crate) fn new(params: Params) -> Self {
        Self { params }
    }
}

impl PasswordHasher<PasswordHash> for KeptArgon2 {
    fn hash_password_with_salt(&self, password: &[u8], salt: &[u8]) -> password_hash::Result<PasswordHash> {
        self.hash_password_customized(password, salt, None, None, self.params.clone())
    }
}

/// From this the library makes the verification of hashes of any cost.
impl CustomizedPasswordHasher<PasswordHash> for KeptArgon2 {
    type Params = Params;

    fn hash_password_customized(
        &self,
        password: &[u8],
        salt: &[u8],
        algorithm: Option<&str>,
        version: Option<u32>,
        params: Params,
    ) -> password_hash::Result<PasswordHash> {
        let algorithm = algorithm.map(Algorithm::try_from).transpose()?.unwrap_or_default();
        let version = version.map(Version::try_from).transpose()?.unwrap_or_default();
        let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let mut buffer = [0; Output::MAX_LENGTH];
        let out = buffer.get_mut(..length).ok_or(password_hash::Error::OutputSize)?;
        let (salt, written) = (Salt::new(salt)?, ParamsString::try_from(&params)?);
        MEMORY.with_borrow_mut(|memory| {
            memory.resize(params.block_count(), Block::default());
            Argon2::new(algorithm, version, params).hash_password_into_with_memory(
                password,
                &salt,
                out,
                memory.as_mut_slice(),
            )
        })?;
        Ok(PasswordHash {
            algorithm: algorithm.ident(),
            version: Some(version.into()),
            params: written,
            salt: Some(salt),
            hash: Some(Output::new(out)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::PasswordVerifier;

    use super::*;

    #[test]
    fn what_was_hashed_before_in_the_same_memory_changes_nothing() {
        let cost = |memory_kib, passes| Params::new(memory_kib, passes, 1, None).unwrap();
        let plain = |params, typed: &[u8]| {
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            argon2.hash_password_with_salt(typed, b"a salt of our own").unwrap().to_string()
        };
        for (memory_kib, passes, typed) in
            [(64, 2, "one"), (64, 2, "two"), (8, 3, "smaller"), (128, 1, "larger"), (64, 2, "one")]
        {
            let kept = KeptArgon2::new(cost(memory_kib, passes));
            let hash = kept.hash_password_with_salt(typed.as_bytes(), b"a salt of our own").unwrap();
            assert_eq!(hash.to_string(), plain(cost(memory_kib, passes), typed.as_bytes()));
            assert!(kept.verify_password(typed.as_bytes(), &hash).is_ok());
            assert!(kept.verify_password(b"another", &hash).is_err());
        }
    }
}
