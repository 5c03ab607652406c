//! A fresh store, on either technology, behind the ports.

use std::sync::Arc;
use std::time::Duration;

use adapter_memory::MemoryStore;
use adapter_postgres::{PgOptions, PgStore};
use application_billing::ports::{BillingQueries, BillingTx, StatementQueries};
use application_booking::ports::{BookingQueries, BookingTx};
use application_catalog::ports::{CatalogQueries, CatalogTx};
use application_identity::ports::{AccountQueries, IdentityTx};
use application_kernel::{JobQueue, Measures, Revocations, Store};
use application_mentoring::ports::{MentoringQueries, MentoringTx};
use application_operations::ports::{OperationsQueries, OperationsTx};
use application_qualification::ports::QualificationTx;
use domain_kernel::Currency;

use super::cluster::migrated_database;

/// All ports of one store.
#[derive(Clone)]
pub struct Stores {
    pub booking: Arc<dyn Store<BookingTx>>,
    pub sessions: Arc<dyn BookingQueries>,
    pub mentoring: Arc<dyn Store<MentoringTx>>,
    pub chats: Arc<dyn MentoringQueries>,
    pub billing: Arc<dyn Store<BillingTx>>,
    pub books: Arc<dyn BillingQueries>,
    pub statements: Arc<dyn StatementQueries>,
    pub identity: Arc<dyn Store<IdentityTx>>,
    pub accounts: Arc<dyn AccountQueries>,
    pub catalog: Arc<dyn Store<CatalogTx>>,
    pub offers: Arc<dyn CatalogQueries>,
    pub qualification: Arc<dyn Store<QualificationTx>>,
    pub jobs: Arc<dyn JobQueue>,
    pub operations: Arc<dyn Store<OperationsTx>>,
    pub staff: Arc<dyn OperationsQueries>,
    pub revocations: Arc<dyn Revocations>,
    pub measures: Arc<dyn Measures>,
    /// The database's address; nothing on the memory store.
    pub url: Option<String>,
}

/// Every port at once, which both stores are.
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
    + Store<OperationsTx>
    + OperationsQueries
    + Revocations
    + Measures
    + 'static
{
}

impl EveryPort for MemoryStore {}
impl EveryPort for PgStore {}

impl Stores {
    pub fn of(store: Arc<impl EveryPort>, url: Option<String>) -> Self {
        Self {
            booking: store.clone(),
            sessions: store.clone(),
            mentoring: store.clone(),
            chats: store.clone(),
            billing: store.clone(),
            books: store.clone(),
            statements: store.clone(),
            identity: store.clone(),
            accounts: store.clone(),
            catalog: store.clone(),
            offers: store.clone(),
            qualification: store.clone(),
            jobs: store.clone(),
            operations: store.clone(),
            staff: store.clone(),
            revocations: store.clone(),
            measures: store,
            url,
        }
    }

    pub fn memory() -> Self {
        Self::of(Arc::new(MemoryStore::new()), None)
    }

    pub async fn postgres() -> Self {
        let url = migrated_database().await;
        Self::of(Arc::new(postgres(&url)), Some(url))
    }
}

/// A store on that database.
pub fn postgres(url: &str) -> PgStore {
    let options = PgOptions {
        connections: 8,
        wait: Duration::from_secs(10),
        statement_timeout: Duration::from_secs(30),
        currency: Currency::parse("INR").unwrap(),
        tls: None,
    };
    PgStore::new(url, &options).unwrap()
}

/// Runs each case of a suite on both stores: `both_stores! { suite: case, case }` makes a test
/// `memory::case` and a test `postgres::case` of every `async fn case(stores: Stores)` beside it.
#[macro_export]
macro_rules! both_stores {
    ($($case:ident),+ $(,)?) => {
        mod memory {
            $(#[tokio::test] async fn $case() { super::$case($crate::support::stores::Stores::memory()).await; })+
        }
        mod postgres {
            $(#[tokio::test] async fn $case() { super::$case($crate::support::stores::Stores::postgres().await).await; })+
        }
    };
}
