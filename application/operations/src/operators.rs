use std::collections::BTreeSet;
use std::sync::Arc;

use application_kernel::{
    Actor, AuditEntry, Clock, CurrentOperator, Ids, PasswordHashing, Permission, Store, StoreError,
    permission_labels, transact,
};
use domain_identity::Email;
use domain_kernel::{Fact, OperatorId, Timestamp};

use crate::codes::backup_hash;
use crate::ports::{
    ONE_OPERATOR, ONE_OPERATOR_A_USER, OPERATORS_USER, OperationsQueries, OperationsTx, OperatorAccess,
    OperatorAccount,
};
use crate::{AddOperator, Enrolment, OperationsError, OperatorView};

/// The staff: who belongs to it and what each may do. Logging in and out is in `log_in.rs`.
///
/// Joining and permissions are for the command line alone: whoever has the server has the house.
pub struct Operators {
    pub(crate) store: Arc<dyn Store<OperationsTx>>,
    pub(crate) queries: Arc<dyn OperationsQueries>,
    pub(crate) tokens: Arc<dyn OperatorAccess>,
    pub(crate) passwords: Arc<dyn PasswordHashing>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
}

impl Operators {
    /// The staff over these ports.
    pub fn new(
        store: Arc<dyn Store<OperationsTx>>,
        queries: Arc<dyn OperationsQueries>,
        tokens: Arc<dyn OperatorAccess>,
        passwords: Arc<dyn PasswordHashing>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Self {
        Self { store, queries, tokens, passwords, clock, ids }
    }

    /// Somebody joins. What they have to keep is answered once and can never be read again.
    pub async fn add(&self, cmd: AddOperator) -> Result<Enrolment, OperationsError> {
        let enrolment = Enrolment::new(&cmd.email, &*self.ids)?;
        let id = OperatorId::parse(self.ids.text())
            .map_err(|error| StoreError::Corrupt { table: "operators", reason: error.to_string() })?;
        let account = OperatorAccount {
            id,
            email: cmd.email,
            password_hash: self.passwords.hash(cmd.password.reveal()).await?,
            totp_secret: enrolment.secret.clone(),
            totp_last_step: 0,
            user: cmd.user,
            permissions: cmd.permissions,
            backup_codes: enrolment.backup_codes.iter().map(|code| backup_hash(code)).collect(),
            token_version: 0,
            created_at: self.clock.now(),
        };
        transact(&*self.store, || {
            async |tx| {
                tx.operators().add(&account).await.map_err(not_added)?;
                let details = vec![
                    ("email", account.email.to_string()),
                    ("permissions", permission_labels(&account.permissions).join(" ")),
                ];
                Ok::<_, OperationsError>(
                    tx.audit()
                        .append(entry(None, "operator.add", &account.id, details, account.created_at))
                        .await?,
                )
            }
        })
        .await?;
        Ok(enrolment)
    }

    /// An operator may do more.
    pub async fn grant(
        &self,
        email: &Email,
        more: &BTreeSet<Permission>,
    ) -> Result<BTreeSet<Permission>, OperationsError> {
        self.permit(email, "operator.grant", |held| held.union(more).copied().collect()).await
    }

    /// An operator may do less. The last holder of `users` keeps it.
    pub async fn revoke(
        &self,
        email: &Email,
        less: &BTreeSet<Permission>,
    ) -> Result<BTreeSet<Permission>, OperationsError> {
        self.permit(email, "operator.revoke", |held| held.difference(less).copied().collect()).await
    }

    /// Changes what an operator may do; every token that says otherwise is revoked, and every log-in ended.
    async fn permit(
        &self,
        email: &Email,
        action: &'static str,
        change: impl Fn(&BTreeSet<Permission>) -> BTreeSet<Permission>,
    ) -> Result<BTreeSet<Permission>, OperationsError> {
        let change = &change;
        transact(&*self.store, || {
            async move |tx: &mut OperationsTx| {
                let now = self.clock.now();
                // Locked first: of two who are revoked at once, one is the last.
                let holders = tx.operators().holders(Permission::Users).await?;
                let mut account = tx.operators().by_email(email).await?;
                let held = change(&account.permissions);
                if held == account.permissions {
                    return Ok(held);
                }
                let loses =
                    account.permissions.contains(&Permission::Users) && !held.contains(&Permission::Users);
                if loses && holders <= 1 {
                    return Err(OperationsError::LastUsersHolder);
                }
                account.permissions.clone_from(&held);
                account.token_version += 1;
                tx.operators().save(&account, now).await?;
                tx.operator_tokens().end_all(&account.id, now).await?;
                let details = vec![("permissions", permission_labels(&held).join(" "))];
                tx.audit().append(entry(None, action, &account.id, details, now)).await?;
                Ok(held)
            }
        })
        .await
    }

    /// All operators, by address.
    pub async fn list(&self) -> Result<Vec<OperatorView>, OperationsError> {
        Ok(self.queries.operators().await?)
    }

    /// The caller's own account.
    pub async fn me(&self, caller: &CurrentOperator) -> Result<OperatorView, OperationsError> {
        let found = self.queries.operator_view(&caller.id).await?;
        Ok(found.ok_or(StoreError::NotFound { table: "operators" })?)
    }
}

fn not_added(error: StoreError) -> OperationsError {
    match error {
        StoreError::Duplicate { constraint }
            if [ONE_OPERATOR, ONE_OPERATOR_A_USER].contains(&constraint.as_str()) =>
        {
            OperationsError::Exists
        }
        StoreError::Refused { constraint } if constraint == OPERATORS_USER => OperationsError::NoSuchUser,
        error => error.into(),
    }
}

/// What the audit keeps of something about an operator.
pub(crate) fn entry(
    by: Option<&OperatorId>,
    action: &'static str,
    about: &OperatorId,
    details: Vec<Fact>,
    at: Timestamp,
) -> AuditEntry {
    AuditEntry { at, actor: by.cloned().map(Actor::Operator), action, subject: about.to_string(), details }
}
