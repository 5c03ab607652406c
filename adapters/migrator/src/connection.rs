//! One blocking connection to the database, on a thread that may block.
//!
//! diesel's migrations are synchronous. `AsyncConnectionWrapper`, which is also what diesel-async's own
//! migration harness wraps, gives them our asynchronous connection; it blocks, so everything that uses
//! it runs inside `spawn_blocking`. A multi-thread runtime is needed: on a current-thread one nobody
//! would be left to drive the connection.

use diesel::Connection;
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;

use crate::error::MigratorError;

/// What the scripts and the bookkeeping run on.
pub(crate) type Session = AsyncConnectionWrapper<AsyncPgConnection>;

/// A database address that names PostgreSQL. It has no Debug and no Display: it may carry a password.
#[derive(Clone)]
pub(crate) struct DatabaseUrl(String);

impl DatabaseUrl {
    pub(crate) fn parse(url: &str) -> Result<Self, MigratorError> {
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        // The whole text never goes into the message: it may carry a password.
        match scheme {
            "postgres" | "postgresql" if !rest.is_empty() => Ok(Self(url.to_owned())),
            "" => Err(MigratorError::NotPostgres { scheme: "no scheme".to_owned() }),
            other => Err(MigratorError::NotPostgres { scheme: format!("{other}://") }),
        }
    }
}

/// Opens a connection and runs `work` with it on a blocking thread.
pub(crate) async fn with_session<T, F>(url: &DatabaseUrl, work: F) -> Result<T, MigratorError>
where
    T: Send + 'static,
    F: FnOnce(&mut Session) -> Result<T, MigratorError> + Send + 'static,
{
    let url = url.clone();
    tokio::task::spawn_blocking(move || {
        let mut session = Session::establish(&url.0).map_err(|error| MigratorError::no_connection(&error))?;
        work(&mut session)
    })
    .await
    .map_err(|stopped| MigratorError::Interrupted { reason: stopped.to_string() })?
}
