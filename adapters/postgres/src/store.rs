use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use application_booking::ports::BookingTx;
use application_kernel::{Measure, Store, StoreError};
use async_trait::async_trait;
use diesel::ConnectionError;
use diesel::connection::InstrumentationEvent;
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection, TransactionManager};
use domain_kernel::Currency;
use futures_util::FutureExt;
use rustls::ClientConfig;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::{pool_error, store_error};
use crate::lent::Lent;

/// How the store uses its database.
#[derive(Debug, Clone)]
pub struct PgOptions {
    /// The most connections at once.
    pub connections: usize,
    /// How long a caller waits for a free connection before it is told to come back later.
    pub wait: Duration,
    /// How long a statement may take.
    pub statement_timeout: Duration,
    /// What prices are in; the tables of plans do not say.
    pub currency: Currency,
    /// How connections are encrypted and the server is verified; None where they are not.
    pub tls: Option<Arc<ClientConfig>>,
}

/// The stores of all contexts on one PostgreSQL database.
#[derive(Clone)]
pub struct PgStore {
    pool: Pool<AsyncPgConnection>,
    wait: Duration,
    pub(crate) currency: Currency,
    statements: Arc<AtomicU64>,
}

/// A unit of work: one transaction on one connection, and every context's ports.
///
/// Dropped without an end, its connection is closed, so nothing of it lasts and no lock is held.
pub struct PgTx {
    pub(crate) conn: Lent,
    pub(crate) currency: Currency,
}

type Transactions = <AsyncPgConnection as AsyncConnection>::TransactionManager;

impl PgStore {
    /// A store on the database at `url`. Connects when it is first used.
    pub fn new(url: &str, options: &PgOptions) -> Result<Self, StoreError> {
        let statements = Arc::new(AtomicU64::new(0));
        let counter = statements.clone();
        let tls = options.tls.clone();
        let timeout = options.statement_timeout.as_millis();
        // A unit of work never waits for anything but the database, so an idle one has lost its owner.
        let setup = format!(
            "SET timezone = 'UTC'; SET search_path = public; SET statement_timeout = {timeout}; SET idle_in_transaction_session_timeout = 60000"
        );
        let mut config = ManagerConfig::default();
        // Asking the database at every checkout would double the cost of a one-row read.
        config.recycling_method = RecyclingMethod::Fast;
        config.custom_setup = Box::new(move |url| {
            let (setup, counter, tls) = (setup.clone(), counter.clone(), tls.clone());
            async move {
                let mut conn = match tls {
                    Some(tls) => encrypted(url, &tls).await?,
                    None => AsyncPgConnection::establish(url).await?,
                };
                conn.batch_execute(&setup).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
                conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
                    if matches!(event, InstrumentationEvent::StartQuery { .. }) {
                        counter.fetch_add(1, Ordering::Relaxed);
                    }
                });
                Ok(conn)
            }
            .boxed()
        });
        let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new_with_config(url, config);
        let pool = Pool::builder(manager)
            .max_size(options.connections)
            .build()
            .map_err(|error| StoreError::Unavailable { reason: error.to_string() })?;
        Ok(Self { pool, wait: options.wait, currency: options.currency, statements })
    }

    /// How many statements this store has sent, those that begin and end transactions included.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// How the pool is used now.
    pub(crate) fn pool_measures(&self) -> Vec<Measure> {
        let status = self.pool.status();
        // Counts of connections are far below where a double is not exact.
        let count = |count: usize| u32::try_from(count).map_or(f64::INFINITY, f64::from);
        let of = |state: &str, value| {
            Measure::new("database_connections", Some(("state", state.to_owned())), count(value))
        };
        vec![
            of("used", status.size.saturating_sub(status.available)),
            of("idle", status.available),
            of("most", status.max_size),
            Measure::new("database_waiting", None, count(status.waiting)),
        ]
    }

    /// Whether the database answers now.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.conn().await?.batch_execute("SELECT 1").await.map_err(store_error)
    }

    /// A connection for one statement that needs no transaction.
    pub(crate) async fn conn(&self) -> Result<Object<AsyncPgConnection>, StoreError> {
        let late = || StoreError::Unavailable { reason: "no connection became free in time".into() };
        tokio::time::timeout(self.wait, self.pool.get())
            .await
            .map_err(|_| late())?
            .map_err(|error| pool_error(&error))
    }

    /// Opens a transaction.
    pub async fn transaction(&self) -> Result<PgTx, StoreError> {
        let mut conn = Lent::new(self.conn().await?);
        Transactions::begin_transaction(&mut *conn).await.map_err(store_error)?;
        Ok(PgTx { conn, currency: self.currency })
    }
}

/// diesel-async itself only opens connections that are not encrypted.
async fn encrypted(url: &str, tls: &Arc<ClientConfig>) -> Result<AsyncPgConnection, ConnectionError> {
    let connector = MakeRustlsConnect::new(tls.as_ref().clone());
    let (client, connection) = tokio_postgres::connect(url, connector)
        .await
        .map_err(|error| ConnectionError::BadConnection(refusal(&error)))?;
    AsyncPgConnection::try_from_client_and_connection(client, connection).await
}

/// The sentence of an error with those of its causes: what is wrong with a certificate stands in the last one.
fn refusal(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

impl PgTx {
    /// Opens a transaction within this one: a savepoint.
    pub(crate) async fn nest(&mut self) -> Result<(), StoreError> {
        Transactions::begin_transaction(&mut *self.conn).await.map_err(store_error)
    }

    /// Ends the innermost transaction, keeping what it did.
    pub(crate) async fn keep(&mut self) -> Result<(), StoreError> {
        Transactions::commit_transaction(&mut *self.conn).await.map_err(store_error)
    }

    /// Ends the innermost transaction, undoing what it did.
    pub(crate) async fn undo(&mut self) -> Result<(), StoreError> {
        Transactions::rollback_transaction(&mut *self.conn).await.map_err(store_error)
    }
}

#[async_trait]
impl Store<BookingTx> for PgStore {
    async fn begin(&self) -> Result<BookingTx, StoreError> {
        Ok(BookingTx::new(Box::new(self.transaction().await?)))
    }
}
