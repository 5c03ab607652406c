use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;
use application_billing::Billing;
use application_billing::ports::{BillingQueries, Printer, StatementQueries};
use application_booking::Booking;
use application_booking::ports::{BookingQueries, GatewaySimulator};
use application_catalog::ports::CatalogQueries;
use application_identity::Identity;
use application_identity::ports::{AccessTokens, AccountQueries};
use application_kernel::{AdjustableClock, Clock, JobQueue, Mailbox, Revocations};
use application_mentoring::Mentoring;
use application_mentoring::ports::MentoringQueries;
use application_operations::ports::{OperationsQueries, OperatorAccess};
use application_operations::{Operators, Queue};
use async_trait::async_trait;

use crate::Problem;
use crate::client::Proxies;
use crate::metrics::{Counts, Metrics};
use crate::revoked::Revoked;
use crate::throttle::Throttle;

/// Everything that the handlers reach: one value, shared by all workers.
#[derive(Clone)]
pub struct Api {
    /// Booking's use cases.
    pub booking: Arc<Booking>,
    /// Booking's reads.
    pub sessions: Arc<dyn BookingQueries>,
    /// What parties do beside their meetings.
    pub mentoring: Arc<Mentoring>,
    /// What parties write to each other.
    pub chats: Arc<dyn MentoringQueries>,
    /// What becomes of money that came.
    pub billing: Arc<Billing>,
    /// The books, as operators see them.
    pub books: Arc<dyn BillingQueries>,
    /// What students and mentors read of their own money.
    pub statements: Arc<dyn StatementQueries>,
    /// Prints it.
    pub printer: Arc<dyn Printer>,
    /// The catalog's reads.
    pub catalog: Arc<dyn CatalogQueries>,
    /// Sign-up and log-in.
    pub identity: Arc<Identity>,
    /// Reads access tokens.
    pub tokens: Arc<dyn AccessTokens>,
    /// The people, as operators see them.
    pub people: Arc<dyn AccountQueries>,
    /// The staff.
    pub operators: Arc<Operators>,
    /// Reads the staff's access tokens.
    pub operator_tokens: Arc<dyn OperatorAccess>,
    /// The staff's reads.
    pub operations: Arc<dyn OperationsQueries>,
    /// What is decided about jobs that were given up.
    pub queue: Arc<Queue>,
    /// Tells which tokens were revoked.
    pub revocations: Arc<dyn Revocations>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Whether requests can be served.
    pub readiness: Arc<dyn Readiness>,
    /// What demo mode adds; nothing in production.
    pub demo: Option<Demo>,
    /// Who may read the measures; nobody if there is none.
    pub metrics: Option<Metrics>,
    /// What one caller may take of it.
    pub limits: Limits,
}

/// What demo mode adds under `/dev`.
#[derive(Clone)]
pub struct Demo {
    /// The clock, which can be moved.
    pub clock: Arc<dyn AdjustableClock>,
    /// The mails that were not sent.
    pub mailbox: Arc<dyn Mailbox>,
    /// The gateway that does as it is told.
    pub gateway: Arc<dyn GatewaySimulator>,
    /// The queue, to tell how much of it is left.
    pub jobs: Arc<dyn JobQueue>,
}

/// Whether requests can be served now.
#[async_trait]
pub trait Readiness: Send + Sync {
    /// Nothing if they can, otherwise what is missing, such as `migrating`.
    async fn missing(&self) -> Option<String>;
}

/// What one caller may take of the server.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Tries a minute at sign-up, confirmation, log-in and refresh, from one address.
    pub per_address: u32,
    /// The same for one account, from wherever.
    pub per_account: u32,
    /// Who speaks for others: their requests are counted for the addresses that they name.
    pub proxies: Proxies,
    /// How long a request may take.
    pub deadline: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            per_address: 60,
            per_account: 10,
            proxies: Proxies::default(),
            deadline: Duration::from_secs(20),
        }
    }
}

/// The state of one server: the shared value and, where anybody may read it, what is counted across its workers.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) api: Api,
    pub(crate) throttle: Arc<Throttle>,
    pub(crate) revoked: Arc<Revoked>,
    pub(crate) counts: Option<Arc<Counts>>,
}

impl Shared {
    /// The address that the request came from; see [`Proxies`].
    pub(crate) fn client(&self, request: &HttpRequest) -> Option<IpAddr> {
        self.api.limits.proxies.client(request)
    }

    /// Counts a try at a door that strangers can knock at, and for the account if one is named.
    pub(crate) fn knock(&self, request: &HttpRequest, account: Option<&str>) -> Result<(), Problem> {
        self.throttle.knock(self.client(request), account)
    }
}
