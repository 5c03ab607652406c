//! Creating databases in the running cluster.

use tokio_postgres::NoTls;
use tokio_postgres::error::SqlState;

use crate::error::EmbeddedError;

/// Creates a database from a template unless it is there; says whether it was created.
pub(crate) async fn create(maintenance: &str, name: &str, template: &str) -> Result<bool, EmbeddedError> {
    let failed = |source| EmbeddedError::Database { name: name.to_owned(), source };
    let (client, connection) = tokio_postgres::connect(maintenance, NoTls).await.map_err(failed)?;
    let connection = tokio::spawn(connection);
    let statement = format!("CREATE DATABASE {} TEMPLATE {}", quoted(name), quoted(template));
    // Tried rather than looked up first: two that start at once must not both find it missing.
    let created = match client.batch_execute(&statement).await {
        Ok(()) => Ok(true),
        Err(error) if is_there_already(&error) => Ok(false),
        Err(error) => Err(failed(error)),
    };
    drop(client);
    // The connection ends when its client is gone; awaiting it leaves no session behind.
    let _ = connection.await;
    created
}

fn is_there_already(error: &tokio_postgres::Error) -> bool {
    // Of two at the same moment, the second meets the catalog's unique index instead of the friendly check.
    matches!(error.code(), Some(code) if *code == SqlState::DUPLICATE_DATABASE || *code == SqlState::UNIQUE_VIOLATION)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
