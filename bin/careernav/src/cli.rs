use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use crate::migrate::{self, Migrate};
use crate::migrations::Refused;
use crate::output::Output;
use crate::seed::{self, Seeds};
use crate::serve::{self, Roles};
use crate::settings::{CommandLine, Layers, Settings};
use crate::{doctor, generate, ledger, legacy, logging, operators};

/// The backend of `CareerNav`: students find verified mentors, book plans of meetings, pay and learn.
#[derive(Parser)]
#[command(
    name = "careernav",
    version,
    after_help = "Examples:\n  careernav                                a private database, demo data, everything served\n  careernav up --port 9000                 the same on another port\n  DATABASE_URL=postgres://… careernav serve\n  careernav migrate status --json\n  careernav seed skill-tests\n  careernav operator add ops@example.org --permission users --permission payouts\n  careernav ledger verify\n  careernav legacy enrol ID --dry-run\n  careernav config"
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Args)]
struct Flags {
    /// Reads this file instead of ./careernav.toml.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// demo or production.
    #[arg(long, global = true)]
    mode: Option<String>,
    /// The address to listen on.
    #[arg(long, global = true)]
    host: Option<String>,
    /// The port to listen on; 0 takes any free one.
    #[arg(long, global = true)]
    port: Option<String>,
    /// The folder of the private database.
    #[arg(long, global = true, value_name = "FOLDER")]
    folder: Option<String>,
    /// What to do with migrations at the start: check, apply or skip.
    #[arg(long, global = true)]
    migrations: Option<String>,
    /// Logs what goes on, not only what goes wrong.
    #[arg(long, short, global = true)]
    verbose: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Everything at once, for trying and developing: database, migrations, demo data, server, worker (the default).
    Up,
    /// The server, and the worker unless told otherwise, on the database of `DATABASE_URL`.
    Serve {
        /// Leaves the jobs to `careernav worker` processes.
        #[arg(long)]
        no_worker: bool,
    },
    /// The worker alone: does the jobs, listens to nobody.
    Worker,
    /// Brings the database to the shape this program expects, or tells how it stands.
    Migrate {
        #[command(subcommand)]
        command: Migrate,
    },
    /// Adds data where they are missing, changes none, and says how many. Doing it again adds nothing.
    Seed {
        /// Which.
        #[arg(value_enum, default_value_t = Seeds::Demo)]
        what: Seeds,
    },
    /// The staff: who belongs to it and what each may do.
    Operator {
        #[command(subcommand)]
        command: operators::Command,
    },
    /// The books: proves them, or posts what is older than them.
    Ledger {
        #[command(subcommand)]
        command: ledger::Command,
    },
    /// Sessions that were taken over from the former system: shows them, makes one of them ours.
    Legacy {
        #[command(subcommand)]
        command: legacy::Command,
    },
    /// Prints the `OpenAPI` document.
    Openapi,
    /// Writes what is generated from the code: the `OpenAPI` document, the API's types, error codes, lifecycles, entity
    /// diagrams, schema.rs.
    Generate {
        /// Writes nothing; fails if something is stale, and names it.
        #[arg(long)]
        check: bool,
    },
    /// Shows every setting, its value and where it comes from, as `serve` takes it (`up` implies demo mode where nobody
    /// says otherwise); secrets are masked.
    Config {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Looks for what could be wrong with this installation, and for rows that contradict themselves.
    ///
    /// Exit codes: 0 nothing is wrong; 1 something is wrong with the installation; 2 the installation is in order, but
    /// rows contradict themselves. Rows of other programs are listed by their keys and never changed.
    Doctor(doctor::Asked),
}

/// Does what the command line says. Errors go to the error output, with all their causes.
pub async fn run() -> ExitCode {
    match dispatch(Cli::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("careernav: {error:#}");
            let refused = error.downcast_ref::<Refused>();
            for choice in refused.iter().flat_map(|refused| &refused.choices) {
                eprintln!("  - {choice}");
            }
            ExitCode::from(refused.map_or(1, |refused| refused.code))
        }
    }
}

async fn dispatch(cli: Cli) -> Result<ExitCode> {
    let Cli { command, flags } = cli;
    let command = command.unwrap_or(Command::Up);
    let layers = Layers::read(&flags.said(&command), std::env::vars_os())?;
    let mut out = Output::new();
    if let Command::Config { json } = command {
        show(&layers, json, &mut out)?;
        layers.settings()?;
        return Ok(ExitCode::SUCCESS);
    }
    let settings = layers.settings()?;
    let telling = logging::begin(&settings)?;
    let outcome = carry_out(&settings, &layers, command, &mut out).await;
    telling.end();
    outcome
}

async fn carry_out(
    settings: &Settings,
    layers: &Layers,
    command: Command,
    out: &mut Output,
) -> Result<ExitCode> {
    match command {
        Command::Up => serve::run(settings, Roles::Everything, out).await?,
        Command::Serve { no_worker: false } => {
            serve::run(settings, Roles::ServerAndWorker, out).await?;
        }
        Command::Serve { no_worker: true } => serve::run(settings, Roles::Server, out).await?,
        Command::Worker => serve::run(settings, Roles::Worker, out).await?,
        Command::Migrate { command } => return migrate::run(settings, command, out).await,
        Command::Seed { what } => seed::run(settings, what, out).await?,
        Command::Operator { command } => operators::run(settings, command, out).await?,
        Command::Ledger { command } => return ledger::run(settings, command, out).await,
        Command::Legacy { command } => return legacy::run(settings, command, out).await,
        Command::Openapi => writeln!(out, "{}", generate::openapi()?)?,
        Command::Generate { check } => return generate::run(check, out).await,
        Command::Doctor(asked) => {
            return doctor::run(settings, asked, layers.is_default("mode"), out).await;
        }
        Command::Config { .. } => {}
    }
    Ok(ExitCode::SUCCESS)
}

fn show(layers: &Layers, json: bool, out: &mut impl Write) -> Result<()> {
    let shown = layers.shown();
    if json {
        let all: Vec<_> = shown
            .iter()
            .map(|(key, value, source)| serde_json::json!({"key": key, "value": value, "source": source}))
            .collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&all)?)?;
        return Ok(());
    }
    let width = |column: fn(&(String, String, String)) -> usize| shown.iter().map(column).max().unwrap_or(0);
    let (keys, values) = (width(|line| line.0.len()), width(|line| line.1.len()));
    for (key, value, source) in &shown {
        writeln!(out, "{key:keys$}  {value:values$}  {source}")?;
    }
    Ok(())
}

impl Flags {
    /// What the flags, and the command itself, say about settings.
    fn said(self, command: &Command) -> CommandLine {
        let mut implied = Vec::new();
        // `up` is for trying things.
        let develops = matches!(command, Command::Migrate { command } if command.is_for_development());
        if develops || matches!(command, Command::Up | Command::Seed { .. }) {
            implied.push(("mode", "demo"));
        }
        if matches!(command, Command::Up) {
            implied.push(("gateway.books", "gateway.jsonl"));
        }
        // What the others print is to be read; the log would stand in between.
        if !self.verbose
            && !matches!(command, Command::Serve { .. } | Command::Worker | Command::Config { .. })
        {
            implied.push(("log.filter", "warn"));
        }
        let flags = [
            ("mode", self.mode),
            ("http.host", self.host),
            ("http.port", self.port),
            ("database.folder", self.folder),
            ("migrations", self.migrations),
        ];
        let flags = flags.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
        CommandLine { file: self.config, implied, flags }
    }
}
