//! Migrations: at a server's start and by command.

use std::io::Write;

use adapter_migrator::{DeployOptions, Event, Migrator, MigratorError, State, Status};
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

impl Refused {
    /// There is no database; the code is that of one that does not answer.
    pub fn without_database() -> Self {
        let text = "there is no database: set DATABASE_URL, or run `careernav up` once, which makes a private one where \
                    PostgreSQL's server binaries are installed";
        Self { text: text.to_owned(), code: 20 }
    }

    /// One sentence on a history that is not in step.
    fn out_of_step(status: &Status) -> Self {
        let code = status.exit_code();
        let named =
            |state| status.migrations.iter().find(|entry| entry.state == state).map(|e| e.name.clone());
        // Those that deploy refuses, too, are told in its words.
        let refusal = match code {
            11 => named(State::Failed).map(|name| MigratorError::Failed { name }),
            12 => named(State::Edited).map(|name| MigratorError::Edited { name }),
            13 => named(State::Ahead).map(|name| MigratorError::Ahead { name }),
            21 => Some(MigratorError::LockBusy { holder: status.lock.clone() }),
            _ => None,
        };
        let text = refusal.map_or_else(
            || {
                let pending = status.migrations.iter().filter(|entry| entry.state.is_pending()).count();
                format!("{pending} of the migrations are pending: run `careernav migrate deploy` first")
            },
            |error| error.to_string(),
        );
        Self { text, code }
    }
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
            if status.exit_code() == 0 { Ok(()) } else { Err(Refused::out_of_step(&status)) }
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
        Event::Waiting { holder } => match holder {
            Some(holder) => format!("waiting: another migration is running, {holder}"),
            None => "waiting: another migration is running".to_owned(),
        },
        Event::OutOfOrder { name } => {
            format!("        {name} is older than one that is applied; it holds in any order")
        }
        Event::Failed { name, .. } => format!("        {name} failed"),
        other => serde_json::json!(other).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use adapter_migrator::Entry;

    use super::*;

    fn refused(states: &[State]) -> Refused {
        let entry = |state: &State| Entry {
            name: format!("of_{state:?}"),
            state: *state,
            finished_at: None,
            logs: None,
            mirrored: true,
        };
        Refused::out_of_step(&Status { migrations: states.iter().map(entry).collect(), lock: None })
    }

    #[test]
    fn a_history_that_is_not_in_step_is_refused_in_one_sentence_that_names_the_migration() {
        for (state, code) in [(State::Failed, 11), (State::Edited, 12), (State::Ahead, 13)] {
            let refused = refused(&[State::Applied, state, State::Pending]);
            assert_eq!(refused.code, code);
            assert!(refused.text.contains(&format!("of_{state:?}")), "{}", refused.text);
            assert_eq!(refused.text.lines().count(), 1, "{}", refused.text);
        }
        let pending = refused(&[State::Applied, State::Pending, State::Pending]);
        assert_eq!(pending.code, 10);
        assert!(pending.text.starts_with("2 of the migrations are pending"), "{}", pending.text);
    }
}
