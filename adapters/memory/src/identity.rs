//! Identity: accounts, sign-ups and log-ins. How people stand with the house is in `standings.rs`.

mod standings;

use application_identity::ports::{
    Account, AccountQueries, Accounts, IdentityPorts, IdentityTx, NewAccount, ONE_ACCOUNT, RefreshTokens,
    SignUps, Standings,
};
use application_identity::{MeView, PeopleFilter, PersonView};
use application_kernel::{Page, PageRequest, Store, StoreError};
use async_trait::async_trait;
use domain_identity::{Email, RefreshToken, SignUp, Suspension};
use domain_kernel::{Role, Timestamp, UserId, Zone};

use crate::catalog::MentorProfile;
use crate::platform::next;
use crate::store::{MemoryStore, MemoryTx, State};

/// How many sign-ups of an address are looked at.
const NEWEST: usize = 5;

/// An account.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) password: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// What an account needs beside. Without it: Asia/Kolkata and version 0.
#[derive(Debug, Clone)]
pub(crate) struct UserSettings {
    pub(crate) zone: Zone,
    pub(crate) token_version: i32,
    pub(crate) suspension: Option<Suspension>,
}

impl UserSettings {
    pub(crate) fn new(zone: Zone) -> Self {
        Self { zone, token_version: 0, suspension: None }
    }
}

/// A sign-up and when it was made.
#[derive(Debug, Clone)]
pub(crate) struct PendingSignUp {
    sign_up: SignUp,
    created_at: Timestamp,
}

#[async_trait]
impl Store<IdentityTx> for MemoryStore {
    async fn begin(&self) -> Result<IdentityTx, StoreError> {
        Ok(IdentityTx::new(Box::new(self.open().await)))
    }
}

impl IdentityPorts for MemoryTx {
    fn sign_ups(&mut self) -> &mut dyn SignUps {
        self
    }

    fn accounts(&mut self) -> &mut dyn Accounts {
        self
    }

    fn refresh_tokens(&mut self) -> &mut dyn RefreshTokens {
        self
    }

    fn standings(&mut self) -> &mut dyn Standings {
        self
    }
}

impl State {
    pub(crate) fn zone(&self, user: &UserId) -> Zone {
        self.user_settings.get(user).map_or(Zone::KOLKATA, |settings| settings.zone)
    }

    /// The account with exactly this address, otherwise the oldest that differs in case only.
    fn account_at(&self, email: &str) -> Option<Account> {
        let lower = email.to_lowercase();
        self.users
            .iter()
            .filter(|(_, user)| user.email.to_lowercase() == lower)
            .min_by_key(|(id, user)| (user.email != email, user.created_at, (*id).clone()))
            .and_then(|(id, _)| self.account(id))
    }

    fn account(&self, id: &UserId) -> Option<Account> {
        self.users.get(id).map(|user| Account {
            id: id.clone(),
            role: user.role,
            password_hash: user.password.clone(),
            token_version: self.user_settings.get(id).map_or(0, |settings| settings.token_version),
            is_suspended: self.is_suspended(id),
        })
    }
}

#[async_trait]
impl SignUps for MemoryTx {
    async fn of(&mut self, email: &Email) -> Result<Vec<SignUp>, StoreError> {
        let theirs = self.state.sign_ups.values().filter(|pending| pending.sign_up.email == *email);
        let mut newest: Vec<&PendingSignUp> = theirs.collect();
        newest.sort_by_key(|pending| std::cmp::Reverse((pending.created_at, pending.sign_up.id.clone())));
        Ok(newest.into_iter().take(NEWEST).map(|pending| pending.sign_up.clone()).collect())
    }

    async fn add(&mut self, sign_up: &SignUp, now: Timestamp) -> Result<(), StoreError> {
        self.state
            .sign_ups
            .retain(|_, old| old.sign_up.email != sign_up.email || old.sign_up.expires_at > now);
        let pending = PendingSignUp { sign_up: sign_up.clone(), created_at: now };
        self.state.sign_ups.insert(sign_up.id.clone(), pending);
        Ok(())
    }

    async fn save(&mut self, sign_up: &SignUp) -> Result<(), StoreError> {
        let pending =
            self.state.sign_ups.get_mut(&sign_up.id).ok_or(StoreError::NotFound { table: "sign_ups" })?;
        pending.sign_up.attempts = sign_up.attempts;
        Ok(())
    }

    async fn clear(&mut self, email: &Email) -> Result<(), StoreError> {
        self.state.sign_ups.retain(|_, pending| pending.sign_up.email != *email);
        Ok(())
    }
}

#[async_trait]
impl Accounts for MemoryTx {
    async fn find(&mut self, email: &str) -> Result<Option<Account>, StoreError> {
        Ok(self.state.account_at(email))
    }

    async fn get(&mut self, id: &UserId) -> Result<Account, StoreError> {
        self.state.account(id).ok_or(StoreError::NotFound { table: "users" })
    }

    async fn add(&mut self, account: &NewAccount) -> Result<(), StoreError> {
        let NewAccount { id, email, name, role, password_hash, created_at } = account;
        let duplicate = |constraint: &str| StoreError::Duplicate { constraint: constraint.into() };
        if self.state.users.contains_key(id) {
            return Err(duplicate("users_pkey"));
        }
        if self.state.users.values().any(|user| user.email == email.as_str()) {
            return Err(duplicate(ONE_ACCOUNT));
        }
        let user = User {
            email: email.to_string(),
            name: name.to_string(),
            role: *role,
            password: Some(password_hash.clone()),
            created_at: *created_at,
            updated_at: *created_at,
        };
        self.state.users.insert(id.clone(), user);
        self.state.user_settings.insert(id.clone(), UserSettings::new(Zone::KOLKATA));
        match role {
            Role::Student => {
                self.state.student_profiles.insert(id.clone());
            }
            Role::Mentor => {
                let key = next(self.state.mentor_profiles.keys().next_back().copied());
                self.state.mentor_profiles.insert(key, MentorProfile::empty(id.clone()));
            }
        }
        Ok(())
    }

    async fn set_password_hash(&mut self, id: &UserId, hash: &str, now: Timestamp) -> Result<(), StoreError> {
        let user = self.state.users.get_mut(id).ok_or(StoreError::NotFound { table: "users" })?;
        user.password = Some(hash.to_owned());
        user.updated_at = now.to_millis();
        Ok(())
    }
}

#[async_trait]
impl RefreshTokens for MemoryTx {
    async fn by_hash(&mut self, hash: &str) -> Result<Option<RefreshToken>, StoreError> {
        Ok(self.state.refresh_tokens.get(hash).cloned())
    }

    async fn add(&mut self, token: &RefreshToken, _: Timestamp) -> Result<(), StoreError> {
        self.state.refresh_tokens.insert(token.hash.clone(), token.clone());
        Ok(())
    }

    async fn save(&mut self, token: &RefreshToken) -> Result<(), StoreError> {
        let kept = self.state.refresh_tokens.get_mut(&token.hash);
        kept.ok_or(StoreError::NotFound { table: "refresh_tokens" })?.used_at = token.used_at;
        Ok(())
    }

    async fn end_family(&mut self, family: &str, now: Timestamp) -> Result<(), StoreError> {
        for token in self.state.refresh_tokens.values_mut().filter(|token| token.family == family) {
            token.revoked_at.get_or_insert(now);
        }
        Ok(())
    }

    async fn end_all(&mut self, user: &UserId, now: Timestamp) -> Result<(), StoreError> {
        let theirs = self.state.refresh_tokens.values_mut().filter(|token| token.user == *user);
        for token in theirs.filter(|token| token.revoked_at.is_none()) {
            token.revoked_at = Some(now);
        }
        Ok(())
    }
}

#[async_trait]
impl AccountQueries for MemoryStore {
    async fn people(
        &self,
        filter: &PeopleFilter,
        page: &PageRequest<UserId>,
    ) -> Result<Page<PersonView, UserId>, StoreError> {
        Ok(self.state().await.people(filter, page))
    }

    async fn person(&self, id: &UserId) -> Result<Option<PersonView>, StoreError> {
        Ok(self.state().await.person(id))
    }

    async fn account(&self, email: &str) -> Result<Option<Account>, StoreError> {
        Ok(self.state().await.account_at(email))
    }

    async fn me(&self, id: &UserId) -> Result<Option<MeView>, StoreError> {
        let state = self.state().await;
        Ok(state.users.get(id).map(|user| MeView {
            id: id.to_string(),
            email: user.email.clone(),
            name: user.name.clone(),
            role: user.role.to_string(),
            zone: state.zone(id).to_string(),
            created_at: user.created_at.to_string(),
        }))
    }
}

#[cfg(test)]
mod tests;
