use application_kernel::{fingerprint, mail_job, transact};
use domain_identity::SignUp;
use domain_kernel::UserId;

use crate::identity::entry;
use crate::ports::NewAccount;
use crate::{ConfirmSignUp, Identity, IdentityError, MeView, RequestSignUp, mails};

impl Identity {
    /// Somebody asks for an account; the code goes to the address.
    ///
    /// The answer, the work and the rows are the same for an address that has an account: only the
    /// mail differs, and the code of such a sign-up goes to nobody.
    pub async fn sign_up(&self, cmd: RequestSignUp) -> Result<(), IdentityError> {
        let code = self.ids.code();
        let sign_up = SignUp {
            id: self.ids.text(),
            email: cmd.email,
            name: cmd.name,
            role: cmd.role,
            password_hash: self.passwords.hash(&cmd.password).await?,
            code_hash: fingerprint(&code),
            expires_at: self.clock.now().plus(SignUp::LIFETIME),
            attempts: 0,
        };
        transact(&*self.store, || {
            async |tx| {
                let now = self.clock.now();
                let is_taken = tx.accounts().find(sign_up.email.as_str()).await?.is_some();
                let mail =
                    if is_taken { mails::taken(&sign_up.email) } else { mails::code(&sign_up.email, &code) };
                tx.sign_ups().add(&sign_up, now).await?;
                Ok(tx.jobs().schedule(mail_job(format!("sign_up:{}", sign_up.id), 0, &mail, now)).await?)
            }
        })
        .await
    }

    /// The mailed code comes back: the account is made.
    ///
    /// A code that matches none of the address's sign-ups counts against each of them. That is kept
    /// although the call fails, and the answer is the same for an address that never signed up.
    pub async fn confirm(&self, cmd: ConfirmSignUp) -> Result<MeView, IdentityError> {
        let code_hash = fingerprint(&cmd.code);
        let confirmed: Option<UserId> = transact(&*self.store, || {
            async |tx| {
                let now = self.clock.now();
                let before = tx.sign_ups().of(&cmd.email).await?;
                let mut after = before.clone();
                let Some(right) =
                    after.iter_mut().position(|sign_up| sign_up.confirm(&code_hash, now).is_ok())
                else {
                    for (sign_up, _) in after.iter().zip(&before).filter(|(after, before)| after != before) {
                        tx.sign_ups().save(sign_up).await?;
                    }
                    return Ok::<_, IdentityError>(None);
                };
                tx.sign_ups().clear(&cmd.email).await?;
                let is_taken = tx.accounts().find(cmd.email.as_str()).await?.is_some();
                match before.into_iter().nth(right) {
                    Some(sign_up) if !is_taken => {
                        let account = account_of(sign_up, now)?;
                        tx.accounts().add(&account).await?;
                        let details = vec![("role", account.role.to_string())];
                        tx.audit().append(entry(&account.id, "account.confirm", details, now)).await?;
                        Ok(Some(account.id))
                    }
                    _ => Ok(None),
                }
            }
        })
        .await?;
        self.shown(&confirmed.ok_or(IdentityError::InvalidCode)?).await
    }
}

fn account_of(sign_up: SignUp, now: domain_kernel::Timestamp) -> Result<NewAccount, IdentityError> {
    let SignUp { id, email, name, role, password_hash, code_hash: _, expires_at: _, attempts: _ } = sign_up;
    let id = UserId::parse(id).map_err(|error| application_kernel::StoreError::Corrupt {
        table: "sign_ups",
        reason: error.to_string(),
    })?;
    Ok(NewAccount { id, email, name, role, password_hash, created_at: now.to_millis() })
}
