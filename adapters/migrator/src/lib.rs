//! Brings a PostgreSQL database to the shape that this program expects, and tells how it stands.
//!
//! Start at [`Migrator`]: [`Migrator::deploy`] applies what is pending, [`Migrator::status`] only looks. The
//! scripts are in `migrations/`, one folder each, and compiled in.
//!
//! - `source`: the scripts, from the binary or from a folder; `create`: a new one;
//! - `ledger`: the two history tables, and `status`: the judgement over them;
//! - `lock`: one runner at a time, shared with the tool that this one replaces;
//! - `deploy`, `undo`: the run itself, up and down, over `run`, which tells what became of a script;
//! - `resolve`, `repair`: what a person decides, and what can be known, after something went wrong;
//! - `adopt`, `export`: from the former tool and back to it;
//! - [`catalog`]: what a database is made of, to compare two; `scratch`: what the scripts build; `verify`: both together;
//! - `script`, `plan`: what can be told of a script by reading it;
//! - `schema_rs`, `diagram`: the catalog printed for diesel and for people;
//! - `connection`: a blocking session that hears what diesel keeps to itself.
//!
//! It must never know what the tables mean: no domain type comes in here, and rows of the tables are touched by
//! the scripts alone.

mod adopt;
pub mod catalog;
mod connection;
mod create;
mod deploy;
mod diagram;
mod error;
mod export;
mod ledger;
mod lock;
mod plan;
mod repair;
mod resolve;
mod run;
mod schema_rs;
mod scratch;
pub mod script;
mod source;
mod status;
mod undo;
mod verify;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use rustls::ClientConfig;
use tokio::sync::mpsc;

use crate::catalog::{Catalog, Drift, creation, read_from};
use crate::connection::{DatabaseUrl, Session, Wire, with_session};
use crate::ledger::History;
use crate::source::Script;
use crate::status::Known;

pub use crate::adopt::{AdoptOptions, AdoptReport, NotCreated};
pub use crate::create::Draft;
pub use crate::deploy::{DeployOptions, DeployReport, Event};
pub use crate::diagram::diagram;
pub use crate::error::{MigratorError, SqlFault};
pub use crate::export::{ExportOptions, Exported};
pub use crate::lock::Holder;
pub use crate::plan::{Plan, Planned};
pub use crate::repair::{Accept, Repaired};
pub use crate::resolve::Resolution;
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
    scratch: Option<DatabaseUrl>,
}

impl Migrator {
    /// For the database at `url`, with the migrations that were compiled in. Does not connect yet; an address that
    /// does not begin with `postgres://` or `postgresql://` is refused.
    pub fn new(url: &str) -> Result<Self, MigratorError> {
        Self::with_source(url, Source::Embedded)
    }

    /// The same with migrations from elsewhere.
    pub fn with_source(url: &str, source: Source) -> Result<Self, MigratorError> {
        Ok(Self { url: DatabaseUrl::parse(url)?, source, scratch: None })
    }

    /// Over an encrypted connection, which verifies the server with that configuration.
    #[must_use]
    pub fn with_tls(self, tls: Arc<ClientConfig>) -> Self {
        Self { url: self.url.with_tls(tls), ..self }
    }

    /// Replays into the database of `empty` where scripts have to be replayed, for an account that may not create
    /// databases.
    #[must_use]
    pub fn with_scratch(self, empty: &Self) -> Self {
        Self { scratch: Some(empty.url.clone()), ..self }
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
        let run = self.work(move |session, wire, scripts, _| {
            // Nobody listens any more when the caller has dropped the future: that is not the run's concern.
            deploy::run(session, wire, &scripts, &options, &mut |event| drop(sender.send(event)))
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
        self.work(|session, _, scripts, _| look(session, &scripts)).await
    }

    /// The status, and everything in which the database is not what its applied migrations build: they are replayed
    /// in a scratch database. The database itself is only read.
    pub async fn verify(&self) -> Result<(Status, Vec<Drift>), MigratorError> {
        self.work(|session, _, scripts, this| {
            let mut status = look(session, &scripts)?;
            let drift = verify::verify(session, &this.url, this.scratch.as_ref(), &scripts, &status)?;
            status.drift = Some(drift.iter().map(ToString::to_string).collect());
            Ok((status, drift))
        })
        .await
    }

    /// What a deploy would run, which locks that takes and what is dangerous in it. Changes nothing.
    pub async fn plan(&self) -> Result<Plan, MigratorError> {
        self.work(|session, _, scripts, _| plan::plan(&scripts, &look(session, &scripts)?)).await
    }

    /// Takes the last `count` applied migrations back with their down.sql, each in one transaction with both
    /// histories; answers their names in that order.
    pub async fn revert(&self, count: usize, wait: Duration) -> Result<Vec<String>, MigratorError> {
        self.work(move |session, wire, scripts, _| undo::revert(session, wire, &scripts, count, wait)).await
    }

    /// Writes down what a person says became of a migration.
    pub async fn resolve(
        &self,
        name: &str,
        resolution: Resolution,
        reason: &str,
        wait: Duration,
    ) -> Result<(), MigratorError> {
        let (name, reason) = (name.to_owned(), reason.to_owned());
        self.work(move |session, _, scripts, _| {
            resolve::resolve(session, &scripts, &name, resolution, &reason, wait)
        })
        .await
    }

    /// Clears away what killed programs left, as far as it can be known; with `look` only tells.
    pub async fn repair(
        &self,
        accept: Option<Accept>,
        look: bool,
        wait: Duration,
    ) -> Result<Vec<Repaired>, MigratorError> {
        self.work(move |session, _, scripts, _| {
            repair::repair(session, &scripts, accept.as_ref(), look, wait)
        })
        .await
    }

    /// Takes over a database that another tool migrated. `on_sql` hears every statement before it runs.
    pub async fn adopt(
        &self,
        options: AdoptOptions,
        mut on_sql: impl FnMut(String),
    ) -> Result<AdoptReport, MigratorError> {
        let (sender, mut statements) = mpsc::unbounded_channel();
        let run = self.work(move |session, _, scripts, this| {
            let tell = &mut |sql| drop(sender.send(sql));
            adopt::adopt(session, &this.url, this.scratch.as_ref(), &scripts, &options, tell)
        });
        let listen = async {
            while let Some(sql) = statements.recv().await {
                on_sql(sql);
            }
        };
        tokio::join!(run, listen).0
    }

    /// Writes the history back as the former tool has it.
    pub async fn export(&self, options: ExportOptions) -> Result<Exported, MigratorError> {
        self.work(move |session, _, scripts, _| export::export(session, &scripts, &options)).await
    }

    /// What the database is made of.
    pub async fn catalog(&self) -> Result<Catalog, MigratorError> {
        self.work(|session, _, _, _| Ok(read_from(session)?)).await
    }

    /// The schema as one script, which builds it in an empty database.
    pub async fn dump(&self) -> Result<String, MigratorError> {
        let statements = creation(&self.catalog().await?);
        let head = "SET search_path TO public;\nSET check_function_bodies TO off;\n";
        let bodies = statements.iter().map(|statement| format!("\n{statement};\n"));
        Ok(std::iter::once(head.to_owned()).chain(bodies).collect())
    }

    /// Connects, loads the scripts and does `work`, on a thread that may block.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Session, &Wire, Vec<Script>, &Self) -> Result<T, MigratorError> + Send + 'static,
    ) -> Result<T, MigratorError> {
        let this = self.clone();
        with_session(&self.url, move |session, wire| work(session, wire, this.source.load()?, &this)).await
    }
}

/// What is dangerous in the scripts of a source.
pub fn lint(source: &Source) -> Result<Vec<script::Finding>, MigratorError> {
    Ok(plan::findings(&source.load()?))
}

/// Makes the folder of a new migration below `folder`, newer than every other one; answers its path.
pub fn create(folder: &Path, draft: &Draft, now: DateTime<Utc>) -> Result<PathBuf, MigratorError> {
    create::create(folder, draft, now)
}

fn look(session: &mut Session, scripts: &[Script]) -> Result<Status, MigratorError> {
    let lock = lock::holder(session)?;
    let history = ledger::read(session)?;
    judge(session, scripts, &history, lock)
}

/// How a history stands that was read while `lock` was held by somebody else, or by nobody. Where there is none, the
/// catalog is asked whether the database was built all the same.
fn judge(
    session: &mut Session,
    scripts: &[Script],
    history: &History,
    lock: Option<Holder>,
) -> Result<Status, MigratorError> {
    let mut status = status::judge(&known(scripts), history, lock);
    if history.is_empty() {
        let tables: Vec<String> =
            scripts.iter().filter(|script| script.inherited).flat_map(creates).collect();
        status.without_history = catalog::has_any_table(session, &tables)?;
    }
    Ok(status)
}

/// The tables that a script creates.
fn creates(script: &Script) -> Vec<String> {
    script::statements(&script.up).iter().filter_map(script::created_table).collect()
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
