//! Brings a PostgreSQL database to the shape that this program expects, and tells how it stands.
//!
//! Start at [`Migrator`]: [`Migrator::deploy`] applies what is pending, [`Migrator::status`] only looks. The
//! scripts are in `migrations/`, one folder each, and compiled in.
//!
//! - `source`: the scripts, from the binary or from a folder;
//! - `ledger`: the two history tables, and `status`: the judgement over them;
//! - `lock`: one runner at a time, shared with the tool that this one replaces;
//! - `deploy`: the run itself;
//! - [`catalog`]: what a database is made of, to compare two; `schema_rs`: the same, printed for diesel.
//!
//! It must never know what the tables mean: no domain type comes in here, and rows of the tables are touched by
//! the scripts alone.

pub mod catalog;
mod connection;
mod deploy;
mod error;
mod ledger;
mod lock;
mod schema_rs;
mod source;
mod status;

use tokio::sync::mpsc;

use crate::connection::{DatabaseUrl, with_session};
use crate::source::Script;
use crate::status::Known;

pub use crate::deploy::{DeployOptions, DeployReport, Event};
pub use crate::error::{MigratorError, SqlFault};
pub use crate::lock::Holder;
pub use crate::schema_rs::{generate_schema_rs, schema_rs};
pub use crate::source::Source;
pub use crate::status::{Entry, State, Status};

/// The migrations of this program and one database.
///
/// Needs a multi-thread tokio runtime: diesel's migrations block, see `connection`.
#[derive(Clone)]
pub struct Migrator {
    url: DatabaseUrl,
    source: Source,
}

impl Migrator {
    /// For the database at `url`, with the migrations that were compiled in. Does not connect yet; an address that
    /// does not begin with `postgres://` or `postgresql://` is refused.
    pub fn new(url: &str) -> Result<Self, MigratorError> {
        Self::with_source(url, Source::Embedded)
    }

    /// The same with migrations from elsewhere.
    pub fn with_source(url: &str, source: Source) -> Result<Self, MigratorError> {
        Ok(Self { url: DatabaseUrl::parse(url)?, source })
    }

    /// Applies what is pending and tells `on_event` as it goes. Any number of programs may call this at once: one
    /// migrates, the others wait and find nothing left to do. A failed, edited or ahead history is refused.
    ///
    /// Dropping the future does not stop a script that is running.
    pub async fn deploy(
        &self,
        options: DeployOptions,
        mut on_event: impl FnMut(Event),
    ) -> Result<DeployReport, MigratorError> {
        let (sender, mut events) = mpsc::unbounded_channel();
        let source = self.source.clone();
        let run = with_session(&self.url, move |session| {
            // Nobody listens any more when the caller has dropped the future: that is not the run's concern.
            deploy::run(session, &source.load()?, &options, &mut |event| drop(sender.send(event)))
        });
        let listen = async {
            while let Some(event) = events.recv().await {
                on_event(event);
            }
        };
        tokio::join!(run, listen).0
    }

    /// Looks and changes nothing: not even the history tables are created.
    pub async fn status(&self) -> Result<Status, MigratorError> {
        let source = self.source.clone();
        with_session(&self.url, move |session| {
            let scripts = source.load()?;
            let lock = lock::holder(session)?;
            Ok(status::judge(&known(&scripts), &ledger::read(session)?, lock))
        })
        .await
    }
}

fn known(scripts: &[Script]) -> Vec<Known<'_>> {
    scripts
        .iter()
        .map(|script| Known {
            name: &script.name,
            version: &script.version,
            checksum: &script.checksum,
            whole: script.is_whole(),
        })
        .collect()
}
