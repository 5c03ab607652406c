//! `careernav operator`: whoever has the server decides who belongs to the staff.

use std::collections::BTreeSet;
use std::io::{BufRead, IsTerminal, Write};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use application_kernel::{Ids, Permission, permission_labels};
use application_operations::{AddOperator, Enrolment, Operators};
use clap::{Args, Subcommand};
use domain_identity::{Email, Password};
use domain_kernel::{Labelled, UserId};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use secrecy::SecretString;

use crate::ambient::SystemIds;
use crate::compose;
use crate::migrations::{self, Refused};
use crate::place::Place;
use crate::serve::Gate;
use crate::settings::Settings;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Adds somebody. The password is asked for, or read from the first line of the standard input; the authenticator's
    /// secret and the backup codes are shown once.
    Add {
        /// The address.
        email: String,
        /// What they may do: payouts, refunds, disputes, users, content, studio. Several times for several.
        #[arg(long = "permission", value_name = "PERMISSION")]
        permissions: Vec<String>,
        /// Their own account as a student or mentor, about which they will not decide.
        #[arg(long, value_name = "ID")]
        user: Option<String>,
    },
    /// Shows who belongs to the staff and what each may do.
    List,
    /// Lets somebody do more. They log in again.
    Grant(Change),
    /// Lets somebody do less. They log in again.
    Revoke(Change),
}

#[derive(Args)]
pub(crate) struct Change {
    /// The address.
    email: String,
    /// Which. Several times for several.
    #[arg(long = "permission", value_name = "PERMISSION", required = true)]
    permissions: Vec<String>,
}

pub(crate) async fn run(settings: &Settings, command: Command, out: &mut impl Write) -> Result<()> {
    let place = Place::find(settings).await?;
    let outcome = decide(settings, command, &place, out).await;
    // What went wrong first is what is told.
    let stopped = place.stop().await;
    outcome.and(stopped)
}

async fn decide(settings: &Settings, command: Command, place: &Place, out: &mut impl Write) -> Result<()> {
    let url = place.url().await?.ok_or_else(Refused::without_database)?;
    let direct = place.direct_url().await?.unwrap_or_else(|| url.clone());
    migrations::at_start(&direct, settings.migrations).await?;
    let store = compose::postgres(&url, settings)?;
    let gate = Arc::new(Gate::open(store.clone()));
    // No token is made here, so nobody has to know this.
    let secret = SecretString::from(SystemIds.secret());
    let parts = compose::parts(Arc::new(store.clone()), settings, &secret, gate)?;
    parts.catch_up(&store).await?;
    let operators = parts.api.operators;
    match command {
        Command::Add { email, permissions, user } => {
            let email = Email::parse(&email)?;
            let command = AddOperator {
                permissions: read(&permissions)?,
                user: user.map(UserId::parse).transpose()?,
                password: Password::choose(&password(&email)?, &email)?,
                email,
            };
            let address = command.email.clone();
            show(&address, &operators.add(command).await?, out)
        }
        Command::List => list(&operators, out).await,
        Command::Grant(Change { email, permissions }) => {
            let held = operators.grant(&Email::parse(&email)?, &read(&permissions)?).await;
            told(&email, &held.with_context(|| format!("nothing was granted to {email}"))?, out)
        }
        Command::Revoke(Change { email, permissions }) => {
            let held = operators.revoke(&Email::parse(&email)?, &read(&permissions)?).await;
            told(&email, &held.with_context(|| format!("nothing was revoked from {email}"))?, out)
        }
    }
}

fn read(labels: &[String]) -> Result<BTreeSet<Permission>> {
    let known = || Permission::ALL.iter().map(|permission| permission.label()).collect::<Vec<_>>().join(", ");
    let read = |label: &String| {
        Permission::from_label(label).with_context(|| format!("{label:?} is none of {}", known()))
    };
    labels.iter().map(read).collect()
}

/// Asks for the password twice at a terminal, without showing it; otherwise reads a line.
fn password(email: &Email) -> Result<String> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        let mut line = String::new();
        input.lock().read_line(&mut line)?;
        let typed = line.trim_end_matches(['\r', '\n']).to_owned();
        if typed.is_empty() {
            bail!("a password is expected on the first line of the standard input");
        }
        return Ok(typed);
    }
    let first = unseen(&format!("Password for {email}: "))?;
    if unseen("Once more: ")? != first {
        bail!("the two passwords differ");
    }
    Ok(first)
}

/// A line that is typed at the terminal and not shown there.
fn unseen(prompt: &str) -> Result<String> {
    let input = std::io::stdin();
    eprint!("{prompt}");
    let shown = tcgetattr(&input)?;
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&input, OptionalActions::Flush, &hidden)?;
    let mut line = String::new();
    let typed = input.lock().read_line(&mut line);
    tcsetattr(&input, OptionalActions::Flush, &shown)?;
    eprintln!();
    typed?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn show(email: &Email, enrolment: &Enrolment, out: &mut impl Write) -> Result<()> {
    let Enrolment { secret, uri, backup_codes } = enrolment;
    writeln!(out, "{email} belongs to the staff. What follows is shown this once.\n")?;
    writeln!(out, "  authenticator  {uri}")?;
    writeln!(out, "  secret         {}\n", secret.reveal())?;
    writeln!(out, "Backup codes, each good once in place of the authenticator's:\n")?;
    for pair in backup_codes.chunks(2) {
        writeln!(out, "  {}", pair.join("  "))?;
    }
    Ok(())
}

fn told(email: &str, held: &BTreeSet<Permission>, out: &mut impl Write) -> Result<()> {
    let held = permission_labels(held);
    let held = if held.is_empty() { "nothing".to_owned() } else { held.join(", ") };
    Ok(writeln!(out, "{email} may now: {held}")?)
}

async fn list(operators: &Operators, out: &mut impl Write) -> Result<()> {
    let all = operators.list().await?;
    if all.is_empty() {
        writeln!(out, "nobody yet: careernav operator add EMAIL --permission users")?;
    }
    let width = all.iter().map(|operator| operator.email.len()).max().unwrap_or(0);
    for operator in all {
        let own = operator.user_id.map(|id| format!("  is {id}")).unwrap_or_default();
        let held = if operator.permissions.is_empty() {
            "nothing".to_owned()
        } else {
            operator.permissions.join(",")
        };
        let left = operator.backup_codes_left;
        writeln!(out, "{:width$}  {held}  {left} backup codes{own}", operator.email)?;
    }
    Ok(())
}
