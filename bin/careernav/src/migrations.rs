//! Migrations: at a server's start and by command.

use std::io::Write;

use adapter_migrator::{DeployOptions, Event, Migrator, MigratorError};
use anyhow::Result;

use crate::settings::AtStart;

/// A failure with an exit code of its own.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct Refused {
    text: String,
    /// The process's exit code.
    pub code: u8,
}

impl From<MigratorError> for Refused {
    fn from(error: MigratorError) -> Self {
        Self { text: error.to_string(), code: error.exit_code() }
    }
}

/// What a server does before it serves: applies, checks or skips.
pub async fn at_start(url: &str, what: AtStart) -> Result<(), Refused> {
    let migrator = Migrator::new(url)?;
    match what {
        AtStart::Skip => Ok(()),
        AtStart::Apply => {
            let report = migrator
                .deploy(DeployOptions::default(), |event| tracing::info!(?event, "migrating"))
                .await?;
            tracing::info!(applied = report.applied.len(), "the database is migrated");
            Ok(())
        }
        AtStart::Check => {
            let status = migrator.status().await?;
            match status.exit_code() {
                0 => Ok(()),
                code => Err(Refused { text: format!("the migrations are not in step:\n{status}"), code }),
            }
        }
    }
}

/// `careernav migrate deploy`: one line, or one JSON object, an event.
pub async fn deploy(url: &str, json: bool, out: &mut impl Write) -> Result<()> {
    let mut told = Vec::new();
    let report = Migrator::new(url)
        .map_err(Refused::from)?
        .deploy(DeployOptions::default(), |event| {
            // Told at once: a long migration is watched.
            let line = if json { serde_json::json!(event).to_string() } else { line(&event) };
            told.push(writeln!(out, "{line}").and_then(|()| out.flush()));
        })
        .await
        .map_err(Refused::from)?;
    told.into_iter().collect::<Result<(), _>>()?;
    if json {
        writeln!(out, "{}", serde_json::json!(report))?;
    } else {
        writeln!(out, "{} applied, {} were there already", report.applied.len(), report.already_applied)?;
    }
    Ok(())
}

/// `careernav migrate status`: answers the exit code.
pub async fn status(url: &str, json: bool, out: &mut impl Write) -> Result<u8> {
    let status = Migrator::new(url).map_err(Refused::from)?.status().await.map_err(Refused::from)?;
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(&status)?)?;
    } else {
        writeln!(out, "{status}")?;
    }
    Ok(status.exit_code())
}

fn line(event: &Event) -> String {
    match event {
        Event::Started { name, position, of } => format!("[{position}/{of}] {name} …"),
        Event::Applied { name, millis } => format!("        {name} applied in {millis} ms"),
        other => serde_json::json!(other).to_string(),
    }
}
