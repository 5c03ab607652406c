//! `careernav migrate …`: the command line of the migrator.

mod deploy;
mod dev;
mod look;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use adapter_migrator::{Accept, AdoptOptions, ExportOptions, Migrator, Resolution, Source};
use anyhow::Result;
use clap::{ArgGroup, Args, Subcommand};
use serde::Serialize;

use crate::migrations::{self, Refused};
use crate::place::Place;
use crate::settings::{Mode, Settings};

pub(crate) use self::deploy::Deploy;
pub(crate) use self::dev::Dev;

/// How long commands wait for another migration to end.
const WAIT: Duration = Duration::from_mins(1);

/// What every command on migrations takes.
#[derive(Args)]
pub(crate) struct Common {
    /// For programs: JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// The migrations in this folder instead of those that were compiled in.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) dir: Option<PathBuf>,
}

impl Common {
    fn source(&self) -> Source {
        self.dir.clone().map_or(Source::Embedded, Source::Folder)
    }
}

#[derive(Subcommand)]
pub(crate) enum Migrate {
    /// Applies what is pending. Any number of processes may do it at once.
    #[command(
        after_help = "Examples:\n  careernav migrate deploy\n  careernav migrate deploy --lock-timeout 5s --retries 5\n\nExit codes: 0 applied, 1 a script failed, 10 not taken over, 11 failed, 12 edited, 13 ahead, 14 duplicate, 20 no connection, 21 busy"
    )]
    Deploy(Deploy),
    /// Tells how the database stands. Changes nothing.
    #[command(
        after_help = "Examples:\n  careernav migrate status\n  careernav migrate status --drift --json\n\nExit codes: 0 in step, 10 pending or not taken over, 11 failed, 12 edited, 13 ahead, 14 out of order or duplicate, 15 drift, 20 no connection, 21 busy"
    )]
    Status {
        /// Also compares the schema, by replay in a scratch database.
        #[arg(long)]
        drift: bool,
        #[command(flatten)]
        scratch: Scratch,
        #[command(flatten)]
        common: Common,
    },
    /// Shows the SQL that deploy would run, its locks and its dangers. Changes nothing.
    #[command(
        after_help = "Example:\n  careernav migrate plan > review.sql\n\nExit codes: 0 nothing pending, 10 pending, otherwise as deploy"
    )]
    Plan {
        #[command(flatten)]
        common: Common,
    },
    /// Makes a new migration and applies it to the development database. Without a name applies what is pending there.
    #[command(
        after_help = "Examples:\n  careernav migrate dev add_zone --create-only     then write its up.sql and down.sql\n  echo 'ALTER TABLE …' | careernav migrate dev add_zone\n  careernav migrate dev\n\nExit codes: 0 made or applied, 1 no such name or production mode, otherwise as deploy"
    )]
    Dev(Dev),
    /// Takes the last applied migrations back with their down.sql.
    #[command(
        after_help = "Examples:\n  careernav migrate revert\n  careernav migrate revert -n 2 --yes\n\nExit codes: 0 reverted, 1 it failed or there is no way back, otherwise as deploy"
    )]
    Revert {
        /// How many.
        #[arg(short, long, default_value_t = 1, value_name = "COUNT")]
        n: usize,
        #[command(flatten)]
        sure: Sure,
        #[command(flatten)]
        common: Common,
    },
    /// Takes the last applied migration back and applies it again.
    #[command(
        after_help = "Example:\n  careernav migrate redo --mode demo\n\nExit codes: as revert, then as deploy"
    )]
    Redo {
        #[command(flatten)]
        sure: Sure,
        #[command(flatten)]
        common: Common,
    },
    /// Writes down what became of a migration that failed or was done by hand.
    #[command(
        group = ArgGroup::new("what").required(true).args(["applied", "rolled_back"]),
        after_help = "Examples:\n  careernav migrate resolve --applied 20260101000000_x --reason 'done by hand'\n  careernav migrate resolve --rolled-back 20260101000000_x --reason 'dropped the half-built table'\n\nExit codes: 0 written, 1 refused, 20 no connection, 21 busy"
    )]
    Resolve {
        /// All of it is in the database.
        #[arg(long, value_name = "NAME")]
        applied: Option<String>,
        /// Nothing of it is left in the database.
        #[arg(long, value_name = "NAME")]
        rolled_back: Option<String>,
        /// How that came about; kept in the history.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        common: Common,
    },
    /// Takes over a database that another tool migrated. No row is touched unless --reconcile says so.
    #[command(
        after_help = "Examples:\n  careernav migrate adopt --plan\n  careernav migrate adopt --from ../old/prisma/migrations\n  careernav migrate adopt --baseline --reconcile\n\nExit codes: 0 taken over, 1 nothing there or no scratch database, 10 no history, 11 failed, 12 edited, 13 ahead, 14 duplicate, 15 contradicting, 20 no connection, 21 busy"
    )]
    Adopt {
        /// Only tells what would be done.
        #[arg(long)]
        plan: bool,
        /// Fills what may be null and should not, and forbids null there; shows the SQL first.
        #[arg(long)]
        reconcile: bool,
        /// Where there is no history, declares the former tool's migrations applied.
        #[arg(long)]
        baseline: bool,
        /// The former tool's folder of migrations, to compare with.
        #[arg(long, value_name = "FOLDER")]
        from: Option<PathBuf>,
        #[command(flatten)]
        scratch: Scratch,
        #[command(flatten)]
        common: Common,
    },
    /// Writes the history for the former tool: `FOLDER/<name>/migration.sql` and `migration_lock.toml`.
    #[command(
        after_help = "Examples:\n  careernav migrate export prisma/migrations\n  careernav migrate export prisma/migrations --leave\n\nExit codes: 0 written, 1 a file is in the way, 10 not taken over, 11 failed, 12 edited, 13 ahead, 14 duplicate, 20 no connection, 21 busy"
    )]
    Export {
        /// Where to.
        #[arg(value_name = "FOLDER")]
        into: PathBuf,
        /// The former tool's own scripts, which are written where they are what was applied.
        #[arg(long, value_name = "FOLDER")]
        from: Option<PathBuf>,
        /// Goes back to the former tool: the history gets the checksums of what is written, diesel's table goes.
        #[arg(long)]
        leave: bool,
        #[command(flatten)]
        common: Common,
    },
    /// Compares the database with what its applied migrations build in a scratch database.
    #[command(
        after_help = "Examples:\n  careernav migrate verify\n  careernav migrate verify --scratch postgres://…/empty --json\n\nExit codes: as status; 15 drift"
    )]
    Verify {
        #[command(flatten)]
        scratch: Scratch,
        #[command(flatten)]
        common: Common,
    },
    /// Looks for dangerous statements. Needs no database.
    #[command(
        after_help = "Examples:\n  careernav migrate lint\n  careernav migrate lint 20261123000200_booking --dir migrations\n\nA comment `-- lint: allow RULE` in the line above lets a statement pass.\nExit codes: 0 none, 1 no such migration, 16 some"
    )]
    Lint {
        /// Only these migrations.
        names: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Clears away what killed programs left: stale rows, unfinished indexes.
    #[command(
        after_help = "Examples:\n  careernav migrate repair --plan\n  careernav migrate repair\n  careernav migrate repair --accept 20260101000000_x --reason 'only a comment changed'\n\nExit codes: 0 repaired, 1 nothing to accept, 11 a person has to look, 20 no connection, 21 somebody is migrating"
    )]
    Repair {
        /// Only tells what would be done.
        #[arg(long)]
        plan: bool,
        /// Takes an edited script as it is now.
        #[arg(long, value_name = "NAME", requires = "reason")]
        accept: Option<String>,
        /// Why the new bytes do the same as the old; kept in the history.
        #[arg(long, requires = "accept")]
        reason: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Prints the schema as one script.
    #[command(
        after_help = "Example:\n  careernav migrate dump > schema.sql\n\nExit codes: 0 printed, 20 no connection"
    )]
    Dump {
        #[command(flatten)]
        common: Common,
    },
    /// Prints entity diagrams in Mermaid, one a context.
    #[command(
        after_help = "Example:\n  careernav migrate diagram booking\n\nExit codes: 0 printed, 1 no such context, 20 no connection"
    )]
    Diagram {
        /// Only this context.
        context: Option<String>,
        #[command(flatten)]
        common: Common,
    },
}

/// Where scripts are replayed.
#[derive(Args)]
pub(crate) struct Scratch {
    /// An empty database to replay in, for an account that may not create one.
    #[arg(long, value_name = "URL")]
    scratch: Option<String>,
}

/// What destroys data asks twice in production.
#[derive(Args)]
pub(crate) struct Sure {
    /// Does it in production mode, too. The data that down.sql drops are gone.
    #[arg(long)]
    yes: bool,
}

impl Sure {
    fn check(&self, settings: &Settings) -> Result<(), Refused> {
        if settings.mode == Mode::Production && !self.yes {
            let text = "down.sql drops data, and this is production mode: say --yes, or --mode demo for a database to try things";
            return Err(Refused::because(text));
        }
        Ok(())
    }
}

impl Migrate {
    fn common(&self) -> &Common {
        match self {
            Self::Deploy(Deploy { common, .. })
            | Self::Dev(Dev { common, .. })
            | Self::Status { common, .. }
            | Self::Plan { common }
            | Self::Revert { common, .. }
            | Self::Redo { common, .. }
            | Self::Resolve { common, .. }
            | Self::Adopt { common, .. }
            | Self::Export { common, .. }
            | Self::Verify { common, .. }
            | Self::Lint { common, .. }
            | Self::Repair { common, .. }
            | Self::Dump { common }
            | Self::Diagram { common, .. } => common,
        }
    }

    /// Whether it is for trying things, unless somebody says otherwise.
    pub(crate) fn is_for_development(&self) -> bool {
        matches!(self, Self::Dev(_))
    }

    /// Whether it may start the private database's first cluster; who only looks must not find what looking has made.
    fn makes_a_place(&self) -> bool {
        matches!(self, Self::Deploy(_) | Self::Dev(_))
    }
}

/// Does what was asked for. A refusal is also told to a program that reads.
pub(crate) async fn run(settings: &Settings, command: Migrate, out: &mut impl Write) -> Result<ExitCode> {
    let json = command.common().json;
    let outcome = on_its_place(settings, command, out).await;
    if json
        && let Err(error) = &outcome
        && let Some(refused) = error.downcast_ref::<Refused>()
    {
        writeln!(out, "{}", refused.json())?;
    }
    outcome.map(ExitCode::from)
}

async fn on_its_place(settings: &Settings, command: Migrate, out: &mut impl Write) -> Result<u8> {
    if let Migrate::Lint { names, common } = &command {
        return look::lint(&common.source(), names, common.json, out);
    }
    if let Migrate::Dev(dev) = &command
        && dev.creates_only(settings, out)?
    {
        return Ok(0);
    }
    let place = if command.makes_a_place() {
        Place::find(settings).await?
    } else {
        Place::existing(settings).await?.unwrap_or(Place::Nowhere)
    };
    let outcome = async {
        let url = place.direct_url().await?.ok_or_else(Refused::without_database)?;
        if let Some(warning) = migrations::pooler_warning(&url) {
            eprintln!("careernav: {warning}");
        }
        let migrator = migrations::migrator(&url, command.common().source())?;
        dispatch(settings, migrator, &url, command, out).await
    }
    .await;
    // What went wrong first is what is told.
    let stopped = place.stop().await;
    let code = outcome?;
    stopped?;
    Ok(code)
}

async fn dispatch(
    settings: &Settings,
    migrator: Migrator,
    url: &str,
    command: Migrate,
    out: &mut impl Write,
) -> Result<u8> {
    match command {
        Migrate::Deploy(deploy) => deploy.run(&migrator, out).await,
        Migrate::Dev(dev) => dev.run(url, out).await,
        Migrate::Status { drift: false, common, .. } => look::status(&migrator, common.json, out).await,
        Migrate::Status { scratch, common, .. } | Migrate::Verify { scratch, common } => {
            look::verify(&with_scratch(migrator, &scratch)?, common.json, out).await
        }
        Migrate::Plan { common } => look::plan(&migrator, common.json, out).await,
        Migrate::Dump { common } => look::dump(&migrator, common.json, out).await,
        Migrate::Diagram { context, common } => {
            look::diagram(&migrator, context.as_deref(), common.json, out).await
        }
        Migrate::Lint { names, common } => look::lint(&common.source(), &names, common.json, out),
        Migrate::Revert { n, sure, common } => {
            sure.check(settings)?;
            let reverted = migrator.revert(n, WAIT).await.map_err(Refused::from)?;
            tell(out, common.json, "reverted", &reverted)
        }
        Migrate::Redo { sure, common } => {
            sure.check(settings)?;
            let reverted = migrator.revert(1, WAIT).await.map_err(Refused::from)?;
            tell(out, common.json, "reverted", &reverted)?;
            Deploy::again(reverted, common).run(&migrator, out).await
        }
        Migrate::Resolve { applied, rolled_back, reason, common } => {
            let (name, resolution) = match (applied, rolled_back) {
                (Some(name), _) => (name, Resolution::Applied),
                (None, name) => (name.unwrap_or_default(), Resolution::RolledBack),
            };
            migrator.resolve(&name, resolution, &reason, WAIT).await.map_err(Refused::from)?;
            tell(out, common.json, "resolved", &[name])
        }
        Migrate::Adopt { plan, reconcile, baseline, from, scratch, common } => {
            let options = AdoptOptions { look: plan, reconcile, baseline, from, wait: WAIT };
            look::adopt(&with_scratch(migrator, &scratch)?, options, common.json, out).await
        }
        Migrate::Export { into, from, leave, common } => {
            let options = ExportOptions { folder: into, from, leave, wait: WAIT };
            look::export(&migrator, options, common.json, out).await
        }
        Migrate::Repair { plan, accept, reason, common } => {
            let accept = accept.zip(reason).map(|(name, reason)| Accept { name, reason });
            look::repair(&migrator, accept, plan, common.json, out).await
        }
    }
}

fn with_scratch(migrator: Migrator, scratch: &Scratch) -> Result<Migrator, Refused> {
    Ok(match &scratch.scratch {
        Some(url) => migrator.with_scratch(&migrations::migrator(url, Source::Embedded)?),
        None => migrator,
    })
}

/// One line a name, or one object.
fn tell(out: &mut impl Write, json: bool, what: &str, names: &[String]) -> Result<u8> {
    if json {
        print_json(out, &serde_json::json!({ what: names }))?;
    } else if names.is_empty() {
        writeln!(out, "nothing is {what}")?;
    }
    for name in names.iter().filter(|_| !json) {
        writeln!(out, "{what}: {name}")?;
    }
    Ok(0)
}

fn print_json(out: &mut impl Write, value: &impl Serialize) -> Result<()> {
    Ok(writeln!(out, "{}", serde_json::to_string_pretty(value)?)?)
}
