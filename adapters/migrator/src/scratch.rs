//! A database of its own in which migrations are replayed, to see what they build.

use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use uuid::Uuid;

use crate::catalog::{Catalog, quoted, read_from};
use crate::connection::{DatabaseUrl, Session, open};
use crate::error::MigratorError;
use crate::run::settle;
use crate::source::Script;

/// What the scripts build in an empty database. Without one that was given, one is made on the same server and dropped
/// again. On a thread that may block.
pub(crate) fn replay(
    session: &mut Session,
    url: &DatabaseUrl,
    scratch: Option<&DatabaseUrl>,
    scripts: &[&Script],
) -> Result<Catalog, MigratorError> {
    if let Some(given) = scratch {
        let (mut other, _) = open(given)?;
        if read_from(&mut other)? != Catalog::default() {
            let reason = "the one that was given is not empty".to_owned();
            return Err(MigratorError::NoScratch { reason });
        }
        return build(&mut other, scripts);
    }
    let name = format!("careernav_scratch_{}", Uuid::now_v7().simple());
    // The other template may be in use.
    let create = format!("CREATE DATABASE {} TEMPLATE template0", quoted(&name));
    diesel::sql_query(create).execute(session).map_err(|error| MigratorError::NoScratch {
        reason: format!("{error}; give an empty one with --scratch"),
    })?;
    let built = open(&url.database(&name)).and_then(|(mut other, _)| build(&mut other, scripts));
    let drop = format!("DROP DATABASE {} WITH (FORCE)", quoted(&name));
    let dropped = diesel::sql_query(drop).execute(session);
    let catalog = built?;
    dropped?;
    Ok(catalog)
}

fn build(session: &mut Session, scripts: &[&Script]) -> Result<Catalog, MigratorError> {
    for script in scripts {
        settle(session)?;
        session.batch_execute(&script.up).map_err(|error| MigratorError::NoScratch {
            reason: format!("{} fails there: {error}", script.name),
        })?;
    }
    settle(session)?;
    Ok(read_from(session)?)
}
