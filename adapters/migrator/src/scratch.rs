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
        let built = build(&mut other, scripts);
        // Empty, as it was given, so that it serves again.
        let cleared = clear(&mut other);
        let catalog = built?;
        cleared?;
        return Ok(catalog);
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

/// Drops everything, which is what the scripts have made.
fn clear(session: &mut Session) -> Result<(), MigratorError> {
    settle(session)?;
    let Catalog { extensions, types, functions, views, tables } = read_from(session)?;
    let each = |kind: &str, names: Vec<String>| -> Vec<String> {
        names.into_iter().map(|name| format!("DROP {kind} IF EXISTS {name} CASCADE;")).collect()
    };
    let quote = |names: Vec<String>| names.iter().map(|name| quoted(name)).collect::<Vec<_>>();
    let drops = [
        each("VIEW", quote(views.into_keys().collect())),
        each("TABLE", quote(tables.into_keys().collect())),
        each("ROUTINE", functions.into_keys().collect()),
        each("TYPE", quote(types.into_keys().collect())),
        each("EXTENSION", quote(extensions.into_iter().collect())),
    ];
    Ok(session.batch_execute(&drops.concat().join("\n"))?)
}
