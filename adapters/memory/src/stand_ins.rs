//! What the services of the tests need beside a store: a clock that stands, identifiers that count,
//! tokens that can be read, a gateway that obeys.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use application_booking::ports::{GatewayDown, OrderRequest, PaymentGateway};
use application_identity::ports::{ACCESS_LIFETIME, AccessTokens, TokenNotMade};
use application_identity::{ConfirmSignUp, HashingCost, Identity, MeView, Passwords, RequestSignUp};
use application_kernel::{Clock, CurrentUser, Ids, Mail, SEND_MAIL};
use async_trait::async_trait;
use domain_billing::GatewayFact;
use domain_identity::{Email, Password, PersonName};
use domain_kernel::{Date, Labelled, Role, TimeDelta, Timestamp, UserId, WallTime, Zone};

use crate::MemoryStore;

/// Everything that a test starts from.
pub(crate) struct House {
    pub(crate) store: MemoryStore,
    pub(crate) clock: Arc<StandingClock>,
    pub(crate) ids: Arc<Counting>,
    pub(crate) identity: Identity,
}

impl House {
    pub(crate) fn new() -> Self {
        let store = MemoryStore::new();
        let clock = Arc::new(StandingClock(AtomicI64::new(0)));
        let ids = Arc::new(Counting(AtomicU64::new(0)));
        let cost = HashingCost { memory_kib: 8, passes: 1, lanes: 1 };
        let identity = Identity::new(
            Arc::new(store.clone()),
            Arc::new(store.clone()),
            Arc::new(PlainTokens),
            Arc::new(Passwords::new(cost, 2).unwrap()),
            clock.clone(),
            ids.clone(),
        );
        Self { store, clock, ids, identity }
    }

    pub(crate) async fn sign_up(&self, address: &str, role: Role) {
        let email = Email::parse(address).unwrap();
        let password = Password::choose("correct horse", &email).unwrap();
        let name = PersonName::parse("Asha Devi Verma").unwrap();
        self.identity.sign_up(RequestSignUp { email, name, role, password }).await.unwrap();
    }

    /// A person who has signed up and confirmed.
    pub(crate) async fn person(&self, address: &str, role: Role) -> MeView {
        self.sign_up(address, role).await;
        let mail = self.mails(address).await.pop().unwrap();
        let code = mail.text.split_once("code is ").unwrap().1.chars().take(8).collect();
        let email = Email::parse(address).unwrap();
        self.identity.confirm(ConfirmSignUp { email, code }).await.unwrap()
    }

    /// The mails to that address that were scheduled, oldest first.
    pub(crate) async fn mails(&self, address: &str) -> Vec<Mail> {
        let state = self.store.state().await;
        let mails = state.jobs.values().filter(|job| job.new.kind == SEND_MAIL);
        mails
            .map(|job| serde_json::from_value(job.new.payload.clone()).unwrap())
            .filter(|mail: &Mail| mail.to == address)
            .collect()
    }

    /// What the audit says was done, in order.
    pub(crate) async fn audited(&self) -> Vec<&'static str> {
        self.store.state().await.audit_events.iter().map(|entry| entry.action).collect()
    }
}

/// Minutes after noon of Monday, 23 November 2026, in Kolkata.
pub(crate) struct StandingClock(AtomicI64);

impl StandingClock {
    pub(crate) fn advance(&self, span: TimeDelta) {
        self.0.fetch_add(span.num_minutes(), Ordering::SeqCst);
    }
}

impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        let noon = Zone::KOLKATA
            .instant(Date::from_ymd_opt(2026, 11, 23).unwrap(), WallTime::parse("12:00").unwrap());
        noon.plus(TimeDelta::minutes(self.0.load(Ordering::SeqCst)))
    }
}

/// Identifiers in order.
pub(crate) struct Counting(AtomicU64);

impl Counting {
    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}

impl Ids for Counting {
    fn text(&self) -> String {
        format!("id_{:06}", self.next())
    }

    fn secret(&self) -> String {
        format!("{:064x}", self.next())
    }

    fn code(&self) -> String {
        format!("{:08}", self.next())
    }
}

/// Tokens that say whose they are.
pub(crate) struct PlainTokens;

impl AccessTokens for PlainTokens {
    fn issue(&self, user: &CurrentUser, now: Timestamp) -> Result<(String, Timestamp), TokenNotMade> {
        let CurrentUser { id, role, token_version } = user;
        Ok((format!("{id} {role} {token_version}"), now.plus(ACCESS_LIFETIME)))
    }

    fn verify(&self, token: &str, _: Timestamp) -> Option<CurrentUser> {
        let mut words = token.split(' ');
        Some(CurrentUser {
            id: UserId::parse(words.next()?).ok()?,
            role: Role::from_label(words.next()?).ok()?,
            token_version: words.next()?.parse().ok()?,
        })
    }
}

/// A gateway whose orders are named after the payments.
pub(crate) struct ObedientGateway;

#[async_trait]
impl PaymentGateway for ObedientGateway {
    fn name(&self) -> String {
        "obedient".into()
    }

    async fn order(&self, request: OrderRequest) -> Result<String, GatewayDown> {
        Ok(format!("order of {}", request.payment))
    }

    async fn facts(&self, _: &str) -> Result<Vec<GatewayFact>, GatewayDown> {
        Ok(vec![])
    }
}
