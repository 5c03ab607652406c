//! `careernav migrate deploy`.

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use adapter_migrator::{DeployOptions, Event, Migrator};
use anyhow::Result;
use clap::Args;

use super::{Common, WAIT};
use crate::migrations::Refused;

/// How patient the run is, and how it tells.
#[derive(Args)]
pub(crate) struct Deploy {
    /// How long to wait while another migration runs, such as 30s or 5m.
    #[arg(long, value_parser = span, default_value = "1m", value_name = "SPAN")]
    wait: Duration,
    /// How long a statement may wait for a table that others use.
    #[arg(long, value_parser = span, value_name = "SPAN")]
    lock_timeout: Option<Duration>,
    /// How long a statement may take.
    #[arg(long, value_parser = span, value_name = "SPAN")]
    statement_timeout: Option<Duration>,
    /// How often a migration is tried again that others were in the way of.
    #[arg(long, default_value_t = 0, value_name = "COUNT")]
    retries: u32,
    #[arg(skip)]
    only: Option<Vec<String>>,
    #[command(flatten)]
    pub(super) common: Common,
}

impl Deploy {
    /// As patient as it is when nobody says otherwise.
    pub(super) fn plain(common: Common) -> Self {
        Self { wait: WAIT, lock_timeout: None, statement_timeout: None, retries: 0, only: None, common }
    }

    /// The same for these migrations only.
    pub(super) fn again(only: Vec<String>, common: Common) -> Self {
        Self { only: Some(only), ..Self::plain(common) }
    }

    /// One line, or one JSON object, an event.
    pub(super) async fn run(self, migrator: &Migrator, out: &mut impl Write) -> Result<u8> {
        let Self { wait, lock_timeout, statement_timeout, retries, only, common: Common { json, .. } } = self;
        let options = DeployOptions { wait, lock_timeout, statement_timeout, retries, only };
        let clock = Clock::new(!json && std::io::stderr().is_terminal());
        let mut told = Vec::new();
        let deployed = migrator
            .deploy(options, |event| {
                clock.watch(&event);
                // Told at once: a long migration is watched.
                let line = if json { serde_json::json!(event).to_string() } else { line(&event) };
                told.push(writeln!(out, "{line}").and_then(|()| out.flush()));
            })
            .await;
        drop(clock);
        let report = deployed.map_err(Refused::from)?;
        told.into_iter().collect::<Result<(), _>>()?;
        if json {
            writeln!(out, "{}", serde_json::json!(report))?;
        } else {
            writeln!(out, "{} applied, {} were there already", report.applied.len(), report.already_applied)?;
        }
        Ok(0)
    }
}

/// On a terminal, how long the migration at hand has been running; once a second.
struct Clock {
    running: Arc<Mutex<Option<(String, Instant)>>>,
    ticking: Option<tokio::task::JoinHandle<()>>,
}

impl Clock {
    fn new(on_terminal: bool) -> Self {
        let running: Arc<Mutex<Option<(String, Instant)>>> = Arc::default();
        let shared = running.clone();
        let ticking = on_terminal.then(|| {
            tokio::spawn(async move {
                loop {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    let running = shared.lock().unwrap_or_else(PoisonError::into_inner).clone();
                    if let Some((name, begun)) = running {
                        eprint!("{}", ticked(&name, begun.elapsed()));
                    }
                }
            })
        });
        Self { running, ticking }
    }

    fn watch(&self, event: &Event) {
        let now = match event {
            Event::Started { name, .. } => Some((name.clone(), Instant::now())),
            _ => None,
        };
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = now;
        self.wipe();
    }

    /// Takes away what was ticked: the next line may be a shorter one.
    fn wipe(&self) {
        if self.ticking.is_some() {
            eprint!("{WIPE}");
        }
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        if let Some(ticking) = &self.ticking {
            ticking.abort();
            self.wipe();
        }
    }
}

/// To the beginning of a terminal's line, and nothing is left on it.
const WIPE: &str = "\r\x1b[K";

/// Written over the last one.
fn ticked(name: &str, elapsed: Duration) -> String {
    format!("{WIPE}        {name} has been running for {} s", elapsed.as_secs())
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
        Event::Retrying { name, attempt, of, fault } => {
            format!("        {name} was rolled back, attempt {attempt} ({fault}); up to {of} more")
        }
        other => serde_json::json!(other).to_string(),
    }
}

/// `500ms`, `30s`, `5m`; a bare number is seconds.
fn span(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let count: u64 = digits.parse().map_err(|_| format!("{text:?} is no span: 500ms, 30s or 5m"))?;
    match text.get(digits.len()..).unwrap_or_default() {
        "ms" => Ok(Duration::from_millis(count)),
        "s" | "" => Ok(Duration::from_secs(count)),
        "m" => {
            let seconds =
                count.checked_mul(60).ok_or_else(|| format!("{text:?} is longer than time itself"))?;
            Ok(Duration::from_secs(seconds))
        }
        other => Err(format!("{other:?} is no unit: ms, s or m")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_a_unit() {
        assert_eq!(span("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(span("30"), Ok(Duration::from_secs(30)));
        assert_eq!(span("5m"), Ok(Duration::from_mins(5)));
        assert!(span("soon").is_err() && span("3h").is_err());
        assert!(span("18446744073709551615m").is_err());
    }

    #[test]
    fn a_long_run_is_told_over_the_same_line() {
        let said = ticked("20300101000000_slow", Duration::from_secs(75));
        assert_eq!(said, "\r\x1b[K        20300101000000_slow has been running for 75 s");
    }
}
