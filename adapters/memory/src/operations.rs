//! Operations: the staff, their log-ins, and what they look after.

use application_kernel::{
    Actor, AuditEntry, Page, PageRequest, Permission, Store, StoreError, permission_labels,
};
use application_operations::ports::{
    DeadJobs, ONE_OPERATOR, ONE_OPERATOR_A_USER, OPERATORS_USER, OperationsPorts, OperationsQueries,
    OperationsTx, OperatorAccount, OperatorAccounts, OperatorTokens,
};
use application_operations::{ActorView, AuditFilter, AuditView, DeadJobView, OperatorView};
use async_trait::async_trait;
use domain_identity::{Email, RefreshToken};
use domain_kernel::{OperatorId, Timestamp, UserId};
use serde_json::{Map, Value};

use crate::jobs::Job;
use crate::store::{MemoryStore, MemoryTx, State};

#[async_trait]
impl Store<OperationsTx> for MemoryStore {
    async fn begin(&self) -> Result<OperationsTx, StoreError> {
        Ok(OperationsTx::new(Box::new(self.open().await)))
    }
}

impl OperationsPorts for MemoryTx {
    fn operators(&mut self) -> &mut dyn OperatorAccounts {
        self
    }

    fn operator_tokens(&mut self) -> &mut dyn OperatorTokens {
        self
    }

    fn dead_jobs(&mut self) -> &mut dyn DeadJobs {
        self
    }
}

fn not_found() -> StoreError {
    StoreError::NotFound { table: "operators" }
}

#[async_trait]
impl OperatorAccounts for MemoryTx {
    async fn get(&mut self, id: &OperatorId) -> Result<OperatorAccount, StoreError> {
        self.state.operators.get(id).cloned().ok_or_else(not_found)
    }

    async fn by_email(&mut self, email: &Email) -> Result<OperatorAccount, StoreError> {
        self.state.operators.values().find(|account| account.email == *email).cloned().ok_or_else(not_found)
    }

    async fn add(&mut self, account: &OperatorAccount) -> Result<(), StoreError> {
        let duplicate = |constraint: &str| Err(StoreError::Duplicate { constraint: constraint.into() });
        if self.state.operators.values().any(|other| other.email == account.email) {
            return duplicate(ONE_OPERATOR);
        }
        if let Some(user) = &account.user {
            if self.state.operators.values().any(|other| other.user.as_ref() == Some(user)) {
                return duplicate(ONE_OPERATOR_A_USER);
            }
            if !self.state.users.contains_key(user) {
                return Err(StoreError::Refused { constraint: OPERATORS_USER.into() });
            }
        }
        self.state.operators.insert(account.id.clone(), account.clone());
        Ok(())
    }

    async fn save(&mut self, account: &OperatorAccount, now: Timestamp) -> Result<(), StoreError> {
        let stored = self.state.operators.get_mut(&account.id).ok_or_else(not_found)?;
        if stored.token_version != account.token_version {
            let actor = Actor::Operator(account.id.clone());
            self.state.tokens_raised.insert(actor, (account.token_version, now));
            self.rings = true;
        }
        *stored = account.clone();
        Ok(())
    }

    async fn holders(&mut self, permission: Permission) -> Result<usize, StoreError> {
        let holds = |account: &&OperatorAccount| account.permissions.contains(&permission);
        Ok(self.state.operators.values().filter(holds).count())
    }
}

#[async_trait]
impl OperatorTokens for MemoryTx {
    async fn by_hash(&mut self, hash: &str) -> Result<Option<RefreshToken<OperatorId>>, StoreError> {
        Ok(self.state.operator_refresh_tokens.get(hash).cloned())
    }

    async fn add(&mut self, token: &RefreshToken<OperatorId>, _: Timestamp) -> Result<(), StoreError> {
        self.state.operator_refresh_tokens.insert(token.hash.clone(), token.clone());
        Ok(())
    }

    async fn save(&mut self, token: &RefreshToken<OperatorId>) -> Result<(), StoreError> {
        let kept = self.state.operator_refresh_tokens.get_mut(&token.hash);
        kept.ok_or(StoreError::NotFound { table: "operator_refresh_tokens" })?.used_at = token.used_at;
        Ok(())
    }

    async fn end_all(&mut self, operator: &OperatorId, now: Timestamp) -> Result<(), StoreError> {
        let theirs = self.state.operator_refresh_tokens.values_mut().filter(|token| token.user == *operator);
        for token in theirs.filter(|token| token.revoked_at.is_none()) {
            token.revoked_at = Some(now);
        }
        Ok(())
    }
}

#[async_trait]
impl DeadJobs for MemoryTx {
    async fn view(&mut self, job: i64) -> Result<Option<DeadJobView>, StoreError> {
        Ok(self.state.jobs.get(&job).map(|found| job_view(job, found)))
    }

    async fn was_dropped(&mut self, job: i64) -> Result<bool, StoreError> {
        let subject = job.to_string();
        let is_it = |entry: &AuditEntry| entry.action == "job.drop" && entry.subject == subject;
        Ok(self.state.audit_events.iter().any(is_it))
    }
}

fn job_view(id: i64, job: &Job) -> DeadJobView {
    DeadJobView {
        id,
        kind: job.new.kind.to_owned(),
        subject: job.new.subject.clone(),
        attempts: job.attempts,
        last_error: job.last_error.clone(),
        dead_at: job.dead_at.map(|at| at.to_string()),
    }
}

fn operator_view(account: &OperatorAccount) -> OperatorView {
    OperatorView {
        id: account.id.to_string(),
        email: account.email.to_string(),
        permissions: permission_labels(&account.permissions),
        user_id: account.user.as_ref().map(UserId::to_string),
        backup_codes_left: i64::try_from(account.backup_codes.len()).unwrap_or(i64::MAX),
        created_at: account.created_at.to_string(),
    }
}

fn audit_view(id: i64, entry: &AuditEntry) -> AuditView {
    let AuditEntry { at, actor, action, subject, details } = entry;
    let details = details.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into()));
    AuditView {
        id,
        at: at.to_string(),
        actor: actor.as_ref().map(ActorView::from),
        action: (*action).to_owned(),
        subject: subject.clone(),
        details: Value::Object(details.collect::<Map<_, _>>()),
    }
}

impl State {
    /// The audit with its keys, the latest first.
    fn audit(&self) -> impl Iterator<Item = (i64, &AuditEntry)> {
        (1_i64..).zip(&self.audit_events).collect::<Vec<_>>().into_iter().rev()
    }
}

#[async_trait]
impl OperationsQueries for MemoryStore {
    async fn operator(&self, email: &str) -> Result<Option<OperatorAccount>, StoreError> {
        let email = email.trim().to_lowercase();
        let state = self.state().await;
        Ok(state.operators.values().find(|account| account.email.as_str() == email).cloned())
    }

    async fn operator_view(&self, id: &OperatorId) -> Result<Option<OperatorView>, StoreError> {
        Ok(self.state().await.operators.get(id).map(operator_view))
    }

    async fn operators(&self) -> Result<Vec<OperatorView>, StoreError> {
        let mut found: Vec<OperatorView> = self.state().await.operators.values().map(operator_view).collect();
        found.sort_by(|one, other| one.email.cmp(&other.email));
        Ok(found)
    }

    async fn dead_jobs(&self, page: &PageRequest<i64>) -> Result<Page<DeadJobView, i64>, StoreError> {
        let state = self.state().await;
        let dead = state
            .jobs
            .iter()
            .filter(|(id, job)| job.dead_at.is_some() && page.after.is_none_or(|after| **id > after));
        let found = dead.take(page.read()).map(|(id, job)| job_view(*id, job));
        Ok(Page::cut(found.collect(), page.size, |job| job.id))
    }

    async fn audit(
        &self,
        filter: &AuditFilter,
        page: &PageRequest<i64>,
    ) -> Result<Page<AuditView, i64>, StoreError> {
        let AuditFilter { subject, actor, action, from, to } = filter;
        let fits = |entry: &AuditEntry| {
            subject.as_ref().is_none_or(|subject| entry.subject == *subject)
                && actor
                    .as_ref()
                    .is_none_or(|key| entry.actor.as_ref().is_some_and(|actor| actor.key() == key))
                && action.as_ref().is_none_or(|action| entry.action == action)
                && from.is_none_or(|from| entry.at >= from)
                && to.is_none_or(|to| entry.at < to)
        };
        let state = self.state().await;
        let found = state
            .audit()
            .filter(|(id, entry)| page.after.is_none_or(|after| *id < after) && fits(entry))
            .take(page.read())
            .map(|(id, entry)| audit_view(id, entry));
        Ok(Page::cut(found.collect(), page.size, |entry| entry.id))
    }
}
