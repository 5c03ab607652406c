use application_kernel::{CurrentOperator, TokenPair, Verdict, fingerprint, transact};
use domain_identity::{RefreshRefused, RefreshToken};
use domain_kernel::{OperatorId, Timestamp};

use crate::codes::backup_hash;
use crate::operators::entry;
use crate::ports::{OperationsTx, OperatorAccount, REFRESH_LIFETIME};
use crate::{OperationsError, OperatorLogIn, Operators, TotpSecret};

/// What is checked in place of nobody's secret, so that it takes its time.
const NOBODYS_SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// What showed that it is the operator.
enum Shown {
    /// A code of the authenticator, of that step.
    Step(i64),
    /// A backup code with that hash.
    Backup(String),
}

impl Operators {
    /// An operator logs in with address, password and a code.
    ///
    /// Whatever is wrong, the work before the answer is the same: one read, one password, one code. A code is good once,
    /// which is checked again, locked, when everything else is right.
    pub async fn log_in(&self, cmd: OperatorLogIn) -> Result<TokenPair, OperationsError> {
        let is_sound = !cmd.email.chars().any(char::is_control);
        let found = if is_sound { self.queries.operator(&cmd.email).await? } else { None };
        let stored = found.as_ref().map(|account| account.password_hash.as_str());
        let verdict = self.passwords.verify(cmd.password.reveal(), stored).await?;
        let nobodys = TotpSecret::stored(NOBODYS_SECRET.to_owned());
        let secret = found.as_ref().map_or(&nobodys, |account| &account.totp_secret);
        let step = secret.step_of(&cmd.code, self.clock.now())?;
        let backup = backup_hash(&cmd.code);
        let (Some(checked), Verdict::Right | Verdict::Outdated) = (found, verdict) else {
            return Err(OperationsError::InvalidCredentials);
        };
        let shown = match step {
            Some(step) if step > checked.totp_last_step => Shown::Step(step),
            None if checked.backup_codes.contains(&backup) => Shown::Backup(backup),
            _ => return Err(OperationsError::InvalidCredentials),
        };
        let rehashed = match verdict {
            Verdict::Outdated => Some(self.passwords.hash(cmd.password.reveal()).await?),
            _ => None,
        };
        self.begin(&checked, &shown, rehashed.as_deref()).await
    }

    /// Begins a log-in, unless password or code are not good any more.
    async fn begin(
        &self,
        checked: &OperatorAccount,
        shown: &Shown,
        rehashed: Option<&str>,
    ) -> Result<TokenPair, OperationsError> {
        let family = self.ids.text();
        transact(&*self.store, || {
            async |tx| {
                let now = self.clock.now();
                let mut account = tx.operators().get(&checked.id).await?;
                if account.password_hash != checked.password_hash {
                    return Err(OperationsError::InvalidCredentials);
                }
                let by = match shown {
                    Shown::Step(step) if *step > account.totp_last_step => {
                        account.totp_last_step = *step;
                        "authenticator"
                    }
                    Shown::Backup(hash) if account.backup_codes.remove(hash) => "backup_code",
                    _ => return Err(OperationsError::InvalidCredentials),
                };
                if let Some(hash) = rehashed {
                    hash.clone_into(&mut account.password_hash);
                }
                tx.operators().save(&account, now).await?;
                let pair = self.pair(tx, &account, &family, now).await?;
                let details = vec![("by", by.to_owned())];
                tx.audit()
                    .append(entry(Some(&account.id), "operator.log_in", &account.id, details, now))
                    .await?;
                Ok(pair)
            }
        })
        .await
    }

    /// Exchanges a refresh token for the next pair. One that was exchanged before ends all of the operator's log-ins, which
    /// is kept although the call fails.
    pub async fn refresh(&self, refresh_token: &str) -> Result<TokenPair, OperationsError> {
        let hash = fingerprint(refresh_token);
        let outcome: Result<TokenPair, OperationsError> = transact(&*self.store, || {
            async |tx| {
                let now = self.clock.now();
                let Some(mut token) = tx.operator_tokens().by_hash(&hash).await? else {
                    return Ok::<_, OperationsError>(Err(OperationsError::RefreshInvalid));
                };
                match token.exchange(now) {
                    Ok(()) => {
                        tx.operator_tokens().save(&token).await?;
                        let account = tx.operators().get(&token.user).await?;
                        Ok(Ok(self.pair(tx, &account, &token.family, now).await?))
                    }
                    Err(RefreshRefused::Ended) => Ok(Err(OperationsError::RefreshInvalid)),
                    Err(RefreshRefused::Reused) => {
                        self.end(tx, &token, "operator.refresh_reused", now).await?;
                        Ok(Err(OperationsError::RefreshReused))
                    }
                }
            }
        })
        .await?;
        outcome
    }

    /// Ends all log-ins of the operator to whom the refresh token belongs. An unknown token, or one whose log-in is over,
    /// changes nothing.
    pub async fn log_out(&self, refresh_token: &str) -> Result<(), OperationsError> {
        let hash = fingerprint(refresh_token);
        transact(&*self.store, || {
            async |tx| {
                let now = self.clock.now();
                let found = tx.operator_tokens().by_hash(&hash).await?;
                let Some(token) = found.filter(|token| token.revoked_at.is_none()) else { return Ok(()) };
                self.end(tx, &token, "operator.log_out", now).await
            }
        })
        .await
    }

    /// Nothing that was given out is good any more: access tokens are told apart by their version alone, so those of the
    /// operator's other log-ins go with it.
    async fn end(
        &self,
        tx: &mut OperationsTx,
        token: &RefreshToken<OperatorId>,
        action: &'static str,
        now: Timestamp,
    ) -> Result<(), OperationsError> {
        let mut account = tx.operators().get(&token.user).await?;
        account.token_version += 1;
        tx.operators().save(&account, now).await?;
        tx.operator_tokens().end_all(&account.id, now).await?;
        let details = vec![("family", token.family.clone())];
        Ok(tx.audit().append(entry(Some(&token.user), action, &token.user, details, now)).await?)
    }

    /// The next pair of a log-in.
    async fn pair(
        &self,
        tx: &mut OperationsTx,
        account: &OperatorAccount,
        family: &str,
        now: Timestamp,
    ) -> Result<TokenPair, OperationsError> {
        let refresh_token = self.ids.secret();
        let link = RefreshToken {
            hash: fingerprint(&refresh_token),
            family: family.to_owned(),
            user: account.id.clone(),
            expires_at: now.plus(REFRESH_LIFETIME),
            used_at: None,
            revoked_at: None,
        };
        tx.operator_tokens().add(&link, now).await?;
        let operator = CurrentOperator {
            id: account.id.clone(),
            permissions: account.permissions.clone(),
            user: account.user.clone(),
            token_version: account.token_version,
        };
        let (access_token, lapses_at) = self.tokens.issue(&operator, now)?;
        Ok(TokenPair {
            access_token,
            token_type: "Bearer".into(),
            expires_in: lapses_at.since(now).num_seconds(),
            refresh_token,
        })
    }
}
