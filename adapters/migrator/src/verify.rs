//! Compares a database with what its history says.

use crate::catalog::{Drift, drift, read_from};
use crate::connection::{DatabaseUrl, Session};
use crate::error::MigratorError;
use crate::scratch::replay;
use crate::source::Script;
use crate::status::Status;

/// Everything in which the database is not as the applied migrations, replayed in a scratch database, would have it.
pub(crate) fn verify(
    session: &mut Session,
    url: &DatabaseUrl,
    scratch: Option<&DatabaseUrl>,
    scripts: &[Script],
    status: &Status,
) -> Result<Vec<Drift>, MigratorError> {
    let applied: Vec<&Script> = scripts.iter().filter(|script| status.is_applied(&script.name)).collect();
    let expected = replay(session, url, scratch, &applied)?;
    Ok(drift(&expected, &read_from(session)?))
}
