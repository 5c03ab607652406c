//! Migrations: at a server's start, and what all commands on them have in common.

use adapter_migrator::{DeployOptions, Migrator, MigratorError, Source, Status};

use crate::address::Address;
use crate::settings::AtStart;

/// A failure with an exit code of its own.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct Refused {
    text: String,
    /// The process's exit code.
    pub code: u8,
    /// The commands to choose from, in words.
    pub choices: Vec<String>,
}

impl Refused {
    /// There is no database; the code is that of one that does not answer.
    pub fn without_database() -> Self {
        let text = "there is no database: set DATABASE_URL, or run `careernav up` once, which makes a private one where \
                    PostgreSQL's server binaries are installed";
        Self { text: text.to_owned(), code: 20, choices: Vec::new() }
    }

    /// The same error, under a code that nothing proven has: its own, or 2.
    pub fn unproven(error: anyhow::Error) -> anyhow::Error {
        match error.downcast::<Self>() {
            Ok(refused) => Self { code: refused.code.max(2), ..refused }.into(),
            Err(error) => Self { text: format!("{error:#}"), code: 2, choices: Vec::new() }.into(),
        }
    }

    /// Something that is not done.
    pub fn because(text: impl Into<String>) -> Self {
        Self { text: text.into(), code: 1, choices: Vec::new() }
    }

    /// One sentence on a history that is not in step.
    fn out_of_step(status: &Status) -> Self {
        // Those that deploy refuses, too, are told in its words.
        if status.lock.is_some() {
            return MigratorError::LockBusy { holder: status.lock.clone() }.into();
        }
        if let Err(refusal) = status.refuse() {
            return refusal.into();
        }
        let pending = status.migrations.iter().filter(|entry| entry.state.is_pending()).count();
        let text = format!("{pending} of the migrations are pending: run `careernav migrate deploy` first");
        Self { text, code: status.exit_code(), choices: Vec::new() }
    }

    /// The same for a program that reads.
    pub fn json(&self) -> serde_json::Value {
        let Self { text, code, choices } = self;
        serde_json::json!({ "error": text, "exit_code": code, "choices": choices })
    }
}

impl From<MigratorError> for Refused {
    fn from(error: MigratorError) -> Self {
        Self { text: error.to_string(), code: error.exit_code(), choices: error.choices() }
    }
}

/// The migrator for an address, with those migrations.
pub fn migrator(url: &str, source: Source) -> Result<Migrator, Refused> {
    let Address { url, tls, .. } =
        Address::read(url).map_err(|error| Refused::because(format!("{error:#}")))?;
    let migrator = Migrator::with_source(&url, source)?;
    Ok(match tls {
        Some(tls) => migrator.with_tls(tls),
        None => migrator,
    })
}

/// Migrations need a session of their own from beginning to end: a word where the address seems to give none.
pub fn pooler_warning(url: &str) -> Option<&'static str> {
    let is_pooled = Address::read(url).is_ok_and(|address| address.is_pooled);
    is_pooled.then_some(
        "the database's address seems to lead to a pooler, which may lend another session to each transaction: set \
         DATABASE_DIRECT_URL to one that leads past it",
    )
}

/// What a server does before it serves: applies, checks or skips. It refuses in one sentence; what to choose from is for
/// whoever runs the commands.
pub async fn at_start(url: &str, what: AtStart) -> Result<(), Refused> {
    prepare(url, what).await.map_err(|refused| Refused { choices: Vec::new(), ..refused })
}

async fn prepare(url: &str, what: AtStart) -> Result<(), Refused> {
    let migrator = migrator(url, Source::Embedded)?;
    if let Some(warning) = pooler_warning(url) {
        tracing::warn!("{warning}");
    }
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

#[cfg(test)]
mod tests {
    use adapter_migrator::{Entry, State};

    use super::*;

    fn refused(states: &[State]) -> Refused {
        let entry = |state: &State| Entry {
            name: format!("of_{state:?}"),
            state: *state,
            finished_at: None,
            logs: None,
            mirrored: true,
        };
        let migrations = states.iter().map(entry).collect();
        Refused::out_of_step(&Status { migrations, lock: None, without_history: false, drift: None })
    }

    #[test]
    fn a_history_that_is_not_in_step_is_refused_in_one_sentence_that_names_the_migration() {
        for (state, code) in
            [(State::Failed, 11), (State::Edited, 12), (State::Ahead, 13), (State::NotTakenOver, 10)]
        {
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
