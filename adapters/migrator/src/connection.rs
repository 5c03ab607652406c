//! One blocking connection to the database, on a thread that may block.
//!
//! diesel's migrations are synchronous. `AsyncConnectionWrapper`, which is also what diesel-async's own
//! migration harness wraps, gives them our asynchronous connection; it blocks, so everything that uses
//! it runs inside `spawn_blocking`. A multi-thread runtime is needed: on a current-thread one nobody
//! would be left to drive the connection.
//!
//! The connection is opened here and not by diesel-async, for two reasons: TLS, and `wire`, which hears the
//! SQLSTATE of every failure.

mod dial;
mod wire;

use std::str::FromStr;
use std::sync::Arc;

use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use rustls::ClientConfig;
use tokio::runtime::Handle;
use tokio_postgres::Config;

use crate::error::MigratorError;

pub(crate) use self::wire::{Fault, Wire};

/// What the scripts and the bookkeeping run on.
pub(crate) type Session = AsyncConnectionWrapper<AsyncPgConnection>;

/// A database that is PostgreSQL. It has no Debug and no Display: it may carry a password.
#[derive(Clone)]
pub(crate) struct DatabaseUrl {
    config: Config,
    tls: Option<Arc<ClientConfig>>,
}

impl DatabaseUrl {
    pub(crate) fn parse(url: &str) -> Result<Self, MigratorError> {
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        // The whole text never goes into the message: it may carry a password.
        let scheme = match scheme {
            "postgres" | "postgresql" if !rest.is_empty() => {
                let config = Config::from_str(url).map_err(|error| MigratorError::no_connection(&error))?;
                return Ok(Self { config, tls: None });
            }
            "postgres" | "postgresql" => "nothing behind it".to_owned(),
            "" => "no scheme".to_owned(),
            other => format!("{other}://"),
        };
        Err(MigratorError::NotPostgres { scheme })
    }

    /// The same, encrypted and verified.
    pub(crate) fn with_tls(self, tls: Arc<ClientConfig>) -> Self {
        Self { tls: Some(tls), ..self }
    }

    /// Another database on the same server, with the same account.
    pub(crate) fn database(&self, name: &str) -> Self {
        let mut other = self.clone();
        other.config.dbname(name);
        other
    }
}

/// Opens a connection and runs `work` with it on a blocking thread.
pub(crate) async fn with_session<T, F>(url: &DatabaseUrl, work: F) -> Result<T, MigratorError>
where
    T: Send + 'static,
    F: FnOnce(&mut Session, &Wire) -> Result<T, MigratorError> + Send + 'static,
{
    let url = url.clone();
    tokio::task::spawn_blocking(move || {
        let (mut session, wire) = open(&url)?;
        work(&mut session, &wire).map_err(|error| error.with_what_was_heard(&wire))
    })
    .await
    .map_err(|stopped| MigratorError::Interrupted { reason: stopped.to_string() })?
}

/// Opens a connection, on a thread that may block.
pub(crate) fn open(url: &DatabaseUrl) -> Result<(Session, Wire), MigratorError> {
    let wire = Wire::default();
    let connection = Handle::current()
        .block_on(dial::connect(&url.config, url.tls.as_ref(), &wire))
        .map_err(|error| error.with_what_was_heard(&wire))?;
    Ok((Session::from(connection), wire))
}
