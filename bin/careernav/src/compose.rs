//! The composition root: every port meets its adapter here and nowhere else.

use std::sync::Arc;
use std::time::Duration;

use adapter_gateway::{ManualPayouts, SimulatedGateway};
use adapter_http::{Api, Demo, JwtTokens, Limits, Metrics, Readiness};
use adapter_mail::LogMailer;
use adapter_memory::{MemoryStore, MemoryTx};
use adapter_pdf::PdfPrinter;
use adapter_postgres::{PgOptions, PgStore, PgTx};
use anyhow::{Context, Result};
use application_billing::ports::{BillingPorts, BillingQueries, BillingTx, PayoutProvider, StatementQueries};
use application_billing::{Billing, BillingPolicy, handle_billing};
use application_booking::ports::{BookingPorts, BookingQueries, BookingTx};
use application_booking::{Booking, handle_booking, mail_notices};
use application_catalog::Seed;
use application_catalog::ports::{CatalogQueries, CatalogTx};
use application_identity::ports::{AccountQueries, IdentityPorts, IdentityTx};
use application_identity::{Identity, Passwords};
use application_kernel::{
    Clock, Ids, JobQueue, MailHandler, Measures, Revocations, SEND_MAIL, Store, StoreError, Worker,
    WorkerPace,
};
use application_mentoring::Mentoring;
use application_mentoring::ports::{MentoringPorts, MentoringQueries, MentoringTx};
use application_operations::ports::{OperationsQueries, OperationsTx};
use application_operations::{Operators, Queue};
use application_qualification::ports::QualificationTx;
use async_trait::async_trait;
use domain_kernel::Currency;
use domain_mentoring::Policy;
use secrecy::SecretString;

use crate::address::Address;
use crate::ambient::{SystemClock, SystemIds, TestClock};
use crate::settings::{Mode, Provider, Settings};

/// Every port that a store implements.
pub trait EveryPort:
    Store<BookingTx>
    + BookingQueries
    + Store<MentoringTx>
    + MentoringQueries
    + Store<BillingTx>
    + BillingQueries
    + StatementQueries
    + Store<IdentityTx>
    + AccountQueries
    + Store<CatalogTx>
    + CatalogQueries
    + Store<QualificationTx>
    + JobQueue
    + Opens
    + Store<OperationsTx>
    + OperationsQueries
    + Revocations
    + Measures
    + 'static
{
}

impl EveryPort for PgStore {}
impl EveryPort for MemoryStore {}

/// A unit of work as several contexts see it at once.
pub trait EveryTx: BookingPorts + MentoringPorts + BillingPorts + IdentityPorts {}

impl EveryTx for PgTx {}
impl EveryTx for MemoryTx {}

/// Opens such units of work.
#[async_trait]
pub trait Opens: Send + Sync {
    /// Opens one.
    async fn open(&self) -> Result<Box<dyn EveryTx>, StoreError>;
}

#[async_trait]
impl Opens for PgStore {
    async fn open(&self) -> Result<Box<dyn EveryTx>, StoreError> {
        Ok(Box::new(self.transaction().await?))
    }
}

#[async_trait]
impl Opens for MemoryStore {
    async fn open(&self) -> Result<Box<dyn EveryTx>, StoreError> {
        Ok(Box::new(MemoryStore::open(self).await))
    }
}

/// What the past of demo people is played with.
pub struct Stage {
    /// Where it is kept.
    pub store: Arc<dyn Opens>,
    /// What is sold, and who teaches.
    pub catalog: Arc<dyn Store<CatalogTx>>,
    /// Takes their money.
    pub gateway: Arc<SimulatedGateway>,
    /// Hashes their password.
    pub passwords: Arc<Passwords>,
    /// The rules of the house.
    pub policy: Policy,
    /// Those on money.
    pub billing_policy: BillingPolicy,
    /// What prices are in.
    pub currency: Currency,
}

impl Stage {
    fn over<S: EveryPort>(
        store: Arc<S>,
        gateway: Arc<SimulatedGateway>,
        passwords: Arc<Passwords>,
        settings: &Settings,
    ) -> Result<Self> {
        Ok(Self {
            store: store.clone(),
            catalog: store,
            gateway,
            passwords,
            policy: settings.booking.policy()?,
            billing_policy: settings.billing_policy(),
            currency: settings.booking.currency()?,
        })
    }
}

/// A composed backend.
pub struct Parts {
    /// What the server serves.
    pub api: Api,
    /// What does the jobs.
    pub worker: Worker,
    /// What becomes of money, whose daily batch is planned when the worker begins.
    pub billing: Arc<Billing>,
    /// Accounts' reads, for making demo people once.
    pub accounts: Arc<dyn AccountQueries>,
    /// What demo people's past is played with; nothing in production.
    pub stage: Option<Stage>,
    /// Demo mode's clock; nothing in production.
    pub demo_clock: Option<Arc<TestClock>>,
}

impl Parts {
    /// In demo mode, lets the clock begin no earlier than what was written last: it may have been moved before this
    /// process began.
    pub async fn catch_up(&self, database: &PgStore) -> Result<()> {
        if let Some(clock) = &self.demo_clock
            && let Some(newest) = database.newest().await?
        {
            clock.catch_up(newest);
        }
        Ok(())
    }
}

/// The store on the database at `url`.
pub fn postgres(url: &str, settings: &Settings) -> Result<PgStore> {
    let Address { url, tls, .. } = Address::read(url)?;
    let options = PgOptions {
        connections: settings.database.connections,
        wait: Duration::from_millis(settings.database.wait_ms),
        statement_timeout: Duration::from_millis(settings.database.statement_timeout_ms),
        currency: settings.booking.currency()?,
        tls,
    };
    PgStore::new(&url, &options).context("the database's address is not one")
}

/// What fills the catalog of that store, with the machine's time.
pub fn seed<S: EveryPort>(store: Arc<S>, settings: &Settings) -> Result<Seed> {
    Ok(Seed::new(store, Arc::new(SystemClock), settings.booking.currency()?))
}

/// What fills the tests of skills in that store, with the machine's time.
pub fn skill_tests<S: EveryPort>(store: Arc<S>) -> application_qualification::Seed {
    application_qualification::Seed::new(store, Arc::new(SystemClock))
}

/// A backend over that store. Access tokens are signed with `secret`.
pub fn parts<S: EveryPort>(
    store: Arc<S>,
    settings: &Settings,
    secret: &SecretString,
    readiness: Arc<dyn Readiness>,
) -> Result<Parts> {
    let demo_clock = Arc::new(TestClock::default());
    let is_demo = settings.mode == Mode::Demo;
    let clock: Arc<dyn Clock> = if is_demo { demo_clock.clone() } else { Arc::new(SystemClock) };
    let ids: Arc<dyn Ids> = Arc::new(SystemIds);
    let mailbox = Arc::new(LogMailer::new(clock.clone()));
    let tokens = Arc::new(JwtTokens::new(secret));
    // What takes long gets half of the cores: the other half goes on answering everybody else.
    let aside = std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2));
    let passwords = Arc::new(Passwords::new(settings.hashing_cost(), aside)?);
    let (habit, books) = (settings.gateway.habit()?, settings.gateway.books_below(&settings.database.folder));
    let gateway = Arc::new(SimulatedGateway::new(books.as_deref(), habit, clock.clone(), store.clone()));
    let booking = Arc::new(Booking::new(
        store.clone(),
        store.clone(),
        gateway.clone(),
        clock.clone(),
        ids.clone(),
        settings.booking.policy()?,
    ));
    let provider: Arc<dyn PayoutProvider> = match (settings.payouts.provider, is_demo) {
        (Provider::Simulated, _) | (Provider::ByMode, true) => gateway.clone(),
        (Provider::Manual, _) | (Provider::ByMode, false) => Arc::new(ManualPayouts),
    };
    let billing = Arc::new(Billing::new(
        store.clone(),
        gateway.clone(),
        provider,
        clock.clone(),
        ids.clone(),
        settings.billing_policy(),
    ));
    let identity = Arc::new(Identity::new(
        store.clone(),
        store.clone(),
        tokens.clone(),
        passwords.clone(),
        clock.clone(),
        ids.clone(),
    ));
    let operators = Arc::new(Operators::new(
        store.clone(),
        store.clone(),
        tokens.clone(),
        passwords.clone(),
        clock.clone(),
        ids.clone(),
    ));
    let pace = WorkerPace {
        idle: Duration::from_millis(settings.worker.idle_ms),
        lease: Duration::from_secs(settings.worker.lease_s),
        batch: settings.worker.batch,
        tries: settings.worker.tries,
    };
    let worker = Worker::new(format!("worker-{}", ids.text()), store.clone(), clock.clone(), pace);
    let worker = handle_booking(worker, booking.clone());
    let worker = handle_billing(worker, billing.clone());
    let worker = mail_notices(worker, store.clone(), store.clone(), clock.clone());
    let worker = worker.handling(SEND_MAIL, Arc::new(MailHandler::new(mailbox.clone())));
    let demo = is_demo.then(|| Demo {
        clock: demo_clock.clone(),
        mailbox: mailbox.clone(),
        gateway: gateway.clone(),
        jobs: store.clone(),
    });
    let limits = Limits {
        per_address: settings.throttle.per_address,
        per_account: settings.throttle.per_account,
        proxies: settings.http.proxies()?,
        deadline: Duration::from_millis(settings.http.deadline_ms),
    };
    let api = Api {
        booking,
        sessions: store.clone(),
        mentoring: Arc::new(Mentoring::new(store.clone(), clock.clone())),
        chats: store.clone(),
        billing: billing.clone(),
        books: store.clone(),
        statements: store.clone(),
        printer: Arc::new(PdfPrinter::new(aside)?),
        catalog: store.clone(),
        identity,
        tokens: tokens.clone(),
        people: store.clone(),
        operators,
        operator_tokens: tokens,
        operations: store.clone(),
        queue: Arc::new(Queue::new(store.clone(), clock.clone())),
        revocations: store.clone(),
        clock: clock.clone(),
        readiness,
        demo,
        metrics: settings.metrics_token().map(|token| Metrics { token, measures: store.clone() }),
        limits,
    };
    let stage = is_demo.then(|| Stage::over(store.clone(), gateway, passwords, settings)).transpose()?;
    let demo_clock = is_demo.then_some(demo_clock);
    Ok(Parts { api, worker, billing, accounts: store, stage, demo_clock })
}
