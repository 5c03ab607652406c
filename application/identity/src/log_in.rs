use application_kernel::{CurrentUser, fingerprint, transact};
use domain_identity::{RefreshRefused, RefreshToken};
use domain_kernel::Timestamp;

use crate::identity::entry;
use crate::ports::{Account, IdentityTx};
use crate::{Identity, IdentityError, LogIn, TokenPair, Verdict};

/// How often a password is checked anew when its hash changes under the check.
const TRIES: u8 = 3;

impl Identity {
    /// Somebody logs in with address and password.
    ///
    /// The password is checked outside the unit of work, so that nothing is locked meanwhile. A
    /// hash of an older kind, or of another cost, is replaced.
    pub async fn log_in(&self, cmd: LogIn) -> Result<TokenPair, IdentityError> {
        // No address holds such characters, and a database may refuse to compare them.
        let is_sound = !cmd.email.chars().any(char::is_control);
        for _ in 0..TRIES {
            let account = if is_sound { self.queries.account(&cmd.email).await? } else { None };
            let stored = account.as_ref().and_then(|account| account.password_hash.as_deref());
            let verdict = self.passwords.verify(&cmd.password, stored).await?;
            let (Some(account), Verdict::Right | Verdict::Outdated) = (account, verdict) else {
                return Err(IdentityError::InvalidCredentials);
            };
            // Only who knows the password is told.
            if account.is_suspended {
                return Err(IdentityError::Suspended);
            }
            let rehashed = match verdict {
                Verdict::Outdated => Some(self.passwords.hash(&cmd.password).await?),
                _ => None,
            };
            if let Some(pair) = self.begin(&account, rehashed.as_deref()).await? {
                return Ok(pair);
            }
        }
        Err(IdentityError::InvalidCredentials)
    }

    /// Begins a log-in, unless the password's hash is no longer the one that was checked.
    async fn begin(
        &self,
        checked: &Account,
        rehashed: Option<&str>,
    ) -> Result<Option<TokenPair>, IdentityError> {
        let family = self.ids.text();
        transact(&*self.store, || {
            async |tx| {
                let now = self.clock.now();
                let account = tx.accounts().get(&checked.id).await?;
                if account.password_hash != checked.password_hash || account.is_suspended {
                    return Ok(None);
                }
                if let Some(hash) = rehashed {
                    tx.accounts().set_password_hash(&account.id, hash, now).await?;
                }
                let pair = self.pair(tx, &account, &family, now).await?;
                let details = vec![("rehashed", rehashed.is_some().to_string())];
                tx.audit().append(entry(&account.id, "log_in", details, now)).await?;
                Ok(Some(pair))
            }
        })
        .await
    }

    /// Exchanges a refresh token for the next pair.
    ///
    /// One that was exchanged before ends its log-in: somebody has a copy. That is kept although
    /// the call fails.
    pub async fn refresh(&self, refresh_token: &str) -> Result<TokenPair, IdentityError> {
        let hash = fingerprint(refresh_token);
        let outcome: Result<TokenPair, IdentityError> = transact(&*self.store, || {
            async |tx| {
                let now = self.clock.now();
                let Some(mut token) = tx.refresh_tokens().by_hash(&hash).await? else {
                    return Ok::<_, IdentityError>(Err(IdentityError::RefreshInvalid));
                };
                match token.exchange(now) {
                    Ok(()) => {
                        tx.refresh_tokens().save(&token).await?;
                        let account = tx.accounts().get(&token.user).await?;
                        if account.is_suspended {
                            return Ok(Err(IdentityError::Suspended));
                        }
                        Ok(Ok(self.pair(tx, &account, &token.family, now).await?))
                    }
                    Err(RefreshRefused::Ended) => Ok(Err(IdentityError::RefreshInvalid)),
                    Err(RefreshRefused::Reused) => {
                        tx.refresh_tokens().end_family(&token.family, now).await?;
                        let details = vec![("family", token.family.clone())];
                        tx.audit().append(entry(&token.user, "refresh.reused", details, now)).await?;
                        Ok(Err(IdentityError::RefreshReused))
                    }
                }
            }
        })
        .await?;
        outcome
    }

    /// Ends the log-in that the refresh token belongs to. An unknown token, or one whose log-in is
    /// over, changes nothing.
    pub async fn log_out(&self, refresh_token: &str) -> Result<(), IdentityError> {
        let hash = fingerprint(refresh_token);
        transact(&*self.store, || {
            async |tx| {
                let now = self.clock.now();
                let found = tx.refresh_tokens().by_hash(&hash).await?;
                let Some(token) = found.filter(|token| token.revoked_at.is_none()) else { return Ok(()) };
                tx.refresh_tokens().end_family(&token.family, now).await?;
                let details = vec![("family", token.family.clone())];
                Ok(tx.audit().append(entry(&token.user, "log_out", details, now)).await?)
            }
        })
        .await
    }

    /// The next pair of a log-in.
    async fn pair(
        &self,
        tx: &mut IdentityTx,
        account: &Account,
        family: &str,
        now: Timestamp,
    ) -> Result<TokenPair, IdentityError> {
        let Account { id, role, password_hash: _, token_version, is_suspended: _ } = account.clone();
        let refresh_token = self.ids.secret();
        let link = RefreshToken {
            hash: fingerprint(&refresh_token),
            family: family.to_owned(),
            user: id.clone(),
            expires_at: now.plus(RefreshToken::LIFETIME),
            used_at: None,
            revoked_at: None,
        };
        tx.refresh_tokens().add(&link, now).await?;
        let (access_token, lapses_at) = self.tokens.issue(&CurrentUser { id, role, token_version }, now)?;
        Ok(TokenPair {
            access_token,
            token_type: "Bearer".into(),
            expires_in: lapses_at.since(now).num_seconds(),
            refresh_token,
        })
    }
}
