//! What identity needs from outside. The stores and the token writer are implemented by adapters.

pub use application_kernel::{ACCESS_LIFETIME, TokenNotMade};
use application_kernel::{CurrentUser, Page, PageRequest, StoreError, Transaction};
use async_trait::async_trait;
use domain_identity::{Email, Obligations, PersonName, RefreshToken, SignUp, Standing};
use domain_kernel::{Role, Timestamp, UserId};

use crate::{MeView, PeopleFilter, PersonView};

/// The constraint that a second account with exactly the same address violates.
pub const ONE_ACCOUNT: &str = "users_email_key";

/// What identity needs inside a unit of work.
pub trait IdentityPorts: Transaction {
    /// Sign-ups that wait for their code.
    fn sign_ups(&mut self) -> &mut dyn SignUps;
    /// Accounts.
    fn accounts(&mut self) -> &mut dyn Accounts;
    /// Log-ins that can be continued.
    fn refresh_tokens(&mut self) -> &mut dyn RefreshTokens;
    /// How people stand with the house.
    fn standings(&mut self) -> &mut dyn Standings;
}

application_kernel::unit_of_work! {
    /// A unit of work as identity sees it.
    IdentityTx over IdentityPorts
}

/// Sign-ups that wait for their code.
#[async_trait]
pub trait SignUps: Send {
    /// The address's five newest, newest first, locked. Lapsed ones are among them.
    async fn of(&mut self, email: &Email) -> Result<Vec<SignUp>, StoreError>;
    /// Adds one, made at `now`, and forgets those of the address that have lapsed by then.
    async fn add(&mut self, sign_up: &SignUp, now: Timestamp) -> Result<(), StoreError>;
    /// Saves how many wrong codes came.
    async fn save(&mut self, sign_up: &SignUp) -> Result<(), StoreError>;
    /// Forgets all of the address's.
    async fn clear(&mut self, email: &Email) -> Result<(), StoreError>;
}

/// An account, as far as logging in needs it.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Its key.
    pub id: UserId,
    /// What it is.
    pub role: Role,
    /// The password's hash: argon2id, or bcrypt if it was taken over; nothing for who came by a
    /// provider.
    pub password_hash: Option<String>,
    /// The version of its access tokens.
    pub token_version: i32,
    /// Whether its owner may not come in.
    pub is_suspended: bool,
}

/// Hashes do not show in logs.
impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Account({}, {}, …)", self.id, self.role)
    }
}

/// An account to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// Its key.
    pub id: UserId,
    /// The address, which is confirmed.
    pub email: Email,
    /// The full name.
    pub name: PersonName,
    /// What it is.
    pub role: Role,
    /// The password's hash.
    pub password_hash: String,
    /// When it is made, in whole milliseconds.
    pub created_at: Timestamp,
}

/// Accounts.
#[async_trait]
pub trait Accounts: Send {
    /// The account with exactly this address, otherwise the oldest whose address differs in case
    /// only.
    async fn find(&mut self, email: &str) -> Result<Option<Account>, StoreError>;
    /// The account, locked.
    async fn get(&mut self, id: &UserId) -> Result<Account, StoreError>;
    /// Adds an account with its settings and the profile of its role; its provider is `email`.
    /// `Duplicate(ONE_ACCOUNT)` if there is one with this address.
    async fn add(&mut self, account: &NewAccount) -> Result<(), StoreError>;
    /// Replaces the password's hash.
    async fn set_password_hash(&mut self, id: &UserId, hash: &str, now: Timestamp) -> Result<(), StoreError>;
}

/// Log-ins that can be continued.
#[async_trait]
pub trait RefreshTokens: Send {
    /// The token with this hash, locked.
    async fn by_hash(&mut self, hash: &str) -> Result<Option<RefreshToken>, StoreError>;
    /// Adds a token, made at `now`.
    async fn add(&mut self, token: &RefreshToken, now: Timestamp) -> Result<(), StoreError>;
    /// Saves when a token was exchanged.
    async fn save(&mut self, token: &RefreshToken) -> Result<(), StoreError>;
    /// Ends a log-in: every token of the family that was not ended is now.
    async fn end_family(&mut self, family: &str, now: Timestamp) -> Result<(), StoreError>;
    /// Ends every log-in of the person.
    async fn end_all(&mut self, user: &UserId, now: Timestamp) -> Result<(), StoreError>;
}

/// How people stand with the house.
#[async_trait]
pub trait Standings: Send {
    /// The person's standing, locked.
    async fn get(&mut self, id: &UserId) -> Result<Standing, StoreError>;
    /// What binds the person to their role now. Whoever keeps a new kind of obligation adds it
    /// here, in both stores.
    async fn obligations(&mut self, id: &UserId) -> Result<Obligations, StoreError>;
    /// Saves a standing. A changed role has its profile afterwards; a raised token version is told
    /// to every server.
    async fn save(&mut self, standing: &Standing, now: Timestamp) -> Result<(), StoreError>;
    /// The person as operators see them, read inside this unit of work.
    async fn view(&mut self, id: &UserId) -> Result<Option<PersonView>, StoreError>;
}

/// Identity's reads. Each is one statement.
#[async_trait]
pub trait AccountQueries: Send + Sync {
    /// As [`Accounts::find`], outside a unit of work: nothing is locked while a password is hashed.
    async fn account(&self, email: &str) -> Result<Option<Account>, StoreError>;
    /// The account as its owner sees it.
    async fn me(&self, id: &UserId) -> Result<Option<MeView>, StoreError>;
    /// People as operators see them, by key.
    async fn people(
        &self,
        filter: &PeopleFilter,
        page: &PageRequest<UserId>,
    ) -> Result<Page<PersonView, UserId>, StoreError>;
    /// One of them.
    async fn person(&self, id: &UserId) -> Result<Option<PersonView>, StoreError>;
}

/// Writes and reads access tokens.
pub trait AccessTokens: Send + Sync {
    /// A token for the person, and when it lapses: [`ACCESS_LIFETIME`] after `now`.
    fn issue(&self, user: &CurrentUser, now: Timestamp) -> Result<(String, Timestamp), TokenNotMade>;
    /// Whose token it is; nobody's if it is forged, broken or lapsed.
    fn verify(&self, token: &str, now: Timestamp) -> Option<CurrentUser>;
}
