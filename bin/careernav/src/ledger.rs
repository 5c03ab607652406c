//! `careernav ledger`: proves the books, and posts what is older than them.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use application_billing::ports::BillingQueries;
use application_kernel::Ids;
use clap::Subcommand;
use secrecy::SecretString;

use crate::ambient::SystemIds;
use crate::compose;
use crate::migrations::{self, Refused};
use crate::place::Place;
use crate::serve::Gate;
use crate::settings::Settings;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Proves every law of the books from one snapshot: exit code 0 if all hold, 1 with the rows that break one, 2
    /// or more if they could not be looked at. Changes nothing. Payments that were taken over and not enrolled are no
    /// part of it.
    Verify {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Shows what the journal lacks of payments that are older than it, and with --apply posts it.
    Backfill {
        /// Posts it. Doing it again posts nothing twice.
        #[arg(long)]
        apply: bool,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(settings: &Settings, command: Command, out: &mut impl Write) -> Result<ExitCode> {
    let proves = matches!(command, Command::Verify { .. });
    let outcome = at_place(settings, command, out).await;
    // Books that could not be looked at are not books that are broken.
    if proves { outcome.map_err(Refused::unproven) } else { outcome }
}

async fn at_place(settings: &Settings, command: Command, out: &mut impl Write) -> Result<ExitCode> {
    let place = Place::find(settings).await?;
    let outcome = work(settings, command, &place, out).await;
    // What went wrong first is what is told.
    let stopped = place.stop().await;
    outcome.and_then(|code| stopped.map(|()| code))
}

async fn work(
    settings: &Settings,
    command: Command,
    place: &Place,
    out: &mut impl Write,
) -> Result<ExitCode> {
    let url = place.url().await?.ok_or_else(Refused::without_database)?;
    let direct = place.direct_url().await?.unwrap_or_else(|| url.clone());
    let writes = matches!(command, Command::Backfill { apply: true, .. });
    let migrations = if writes { settings.migrations } else { settings.migrations.reading() };
    migrations::at_start(&direct, migrations).await?;
    let store = Arc::new(compose::postgres(&url, settings)?);
    match command {
        Command::Verify { json } => {
            let findings = store.verify().await?;
            if json {
                writeln!(out, "{}", serde_json::to_string_pretty(&findings)?)?;
            } else if findings.is_empty() {
                writeln!(out, "the books are sound")?;
            }
            for finding in findings.iter().filter(|_| !json) {
                writeln!(out, "{}: {}: {}", finding.law, finding.row, finding.detail)?;
            }
            Ok(if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Backfill { apply, json } => {
            // No token is made here, so nobody has to know this.
            let secret = SecretString::from(SystemIds.secret());
            let gate = Arc::new(Gate::open((*store).clone()));
            let billing = compose::parts(store, settings, &secret, gate)?.billing;
            let payments = billing.backfill(apply).await?;
            if json {
                writeln!(out, "{}", serde_json::to_string_pretty(&payments)?)?;
                return Ok(ExitCode::SUCCESS);
            }
            for payment in &payments {
                let minor = payment.amount.minor;
                let (whole, part, currency) = (minor / 100, minor % 100, &payment.amount.currency);
                let entries = payment.entries.join(", ");
                let (id, status) = (&payment.payment_id, &payment.status);
                writeln!(out, "{id}  {whole}.{part:02} {currency}  {status}  {entries}")?;
            }
            let count = payments.len();
            match (count, apply) {
                (0, _) => writeln!(out, "the journal lacks nothing")?,
                (_, true) => writeln!(out, "{count} payments were posted")?,
                (_, false) => writeln!(out, "{count} payments would be posted; --apply does it")?,
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}
