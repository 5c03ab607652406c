//! `careernav legacy`: sessions that were taken over from the former system.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use application_booking::ports::BookingQueries;
use application_booking::{Booking, EnrolledView, Enrolling, SessionKey, TakenOverView};
use application_kernel::{Ids, Page, PageRequest, PageSize};
use clap::Subcommand;
use domain_kernel::SessionId;
use secrecy::SecretString;

use crate::ambient::SystemIds;
use crate::compose;
use crate::migrations::{self, Refused};
use crate::place::Place;
use crate::serve::Gate;
use crate::settings::Settings;

/// How wide the columns of the table are; a longer text is shown whole.
const WIDTHS: [usize; 8] = [26, 26, 26, 24, 10, 21, 6, 0];

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Shows the sessions that were taken over and not enrolled, by start. No timer and no rule of ours touches them.
    List {
        /// As one JSON array.
        #[arg(long)]
        json: bool,
    },
    /// Gives one of them its terms, holds, timers and split of the money, so that it is one of ours. Refused, with every
    /// reason, if its rows contradict themselves; then nothing is written.
    ///
    /// Exit codes: 0 enrolled, now or before; 2 refused; 1 everything else.
    Enrol {
        /// The session.
        id: String,
        /// Tries it and takes it back: says what would be done.
        #[arg(long)]
        dry_run: bool,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(settings: &Settings, command: Command, out: &mut impl Write) -> Result<ExitCode> {
    let place = Place::find(settings).await?;
    let outcome = decide(settings, command, &place, out).await;
    // What went wrong first is what is told.
    let stopped = place.stop().await;
    let code = outcome?;
    stopped.map(|()| code)
}

async fn decide(
    settings: &Settings,
    command: Command,
    place: &Place,
    out: &mut impl Write,
) -> Result<ExitCode> {
    let url = place.url().await?.ok_or_else(Refused::without_database)?;
    let direct = place.direct_url().await?.unwrap_or_else(|| url.clone());
    let writes = matches!(command, Command::Enrol { dry_run: false, .. });
    let migrations = if writes { settings.migrations } else { settings.migrations.reading() };
    migrations::at_start(&direct, migrations).await?;
    let store = compose::postgres(&url, settings)?;
    let gate = Arc::new(Gate::open(store.clone()));
    // No token is made here, so nobody has to know this.
    let secret = SecretString::from(SystemIds.secret());
    let parts = compose::parts(Arc::new(store.clone()), settings, &secret, gate)?;
    parts.catch_up(&store).await?;
    let api = parts.api;
    match command {
        Command::List { json } => list(&*api.sessions, json, out).await.map(|()| ExitCode::SUCCESS),
        Command::Enrol { id, dry_run, json } => enrol(&api.booking, &id, dry_run, json, out).await,
    }
}

/// Page after page, so that it does not matter how many there are.
async fn list(queries: &dyn BookingQueries, json: bool, out: &mut impl Write) -> Result<()> {
    let mut after: Option<SessionKey> = None;
    let mut shown: u64 = 0;
    loop {
        let page = PageRequest { size: PageSize::MOST, after };
        let Page { items, next } = queries.taken_over(&page).await?;
        for view in items {
            if json {
                let open = if shown == 0 { "[\n" } else { ",\n" };
                write!(out, "{open}{}", serde_json::to_string(&view)?)?;
            } else {
                if shown == 0 {
                    row(out, ["id", "student", "mentor", "skill", "status", "start", "items", "money"])?;
                }
                show(out, &view)?;
            }
            shown += 1;
        }
        after = next;
        if after.is_none() {
            break;
        }
    }
    let end = match (json, shown) {
        (true, 0) => "[]".to_owned(),
        (true, _) => "\n]".to_owned(),
        (false, 0) => "no session is taken over".to_owned(),
        (false, _) => format!("\n{shown} sessions; to make one of them ours: careernav legacy enrol ID"),
    };
    Ok(writeln!(out, "{end}")?)
}

fn show(out: &mut impl Write, view: &TakenOverView) -> Result<()> {
    let items = format!("{}/{}", view.items_completed, view.items);
    let money = match (&view.amount, &view.payment) {
        (Some(amount), Some(payment)) => {
            format!("{amount} {payment}, share {}", view.payout.as_deref().unwrap_or("not split"))
        }
        _ => "none".to_owned(),
    };
    row(
        out,
        [
            &view.id,
            &view.student_id,
            &view.mentor_id,
            &view.skill,
            &view.status,
            &view.starts_at,
            &items,
            &money,
        ],
    )
}

fn row(out: &mut impl Write, cells: [&str; 8]) -> Result<()> {
    let padded = cells.iter().zip(WIDTHS).map(|(cell, width)| format!("{cell:width$}"));
    Ok(writeln!(out, "{}", padded.collect::<Vec<_>>().join(" ").trim_end())?)
}

async fn enrol(
    booking: &Booking,
    id: &str,
    dry_run: bool,
    json: bool,
    out: &mut impl Write,
) -> Result<ExitCode> {
    let id = SessionId::parse(id)?;
    let outcome = booking.enrol(&id, dry_run).await.with_context(|| format!("session {id}"))?;
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(&outcome)?)?;
    } else {
        match &outcome {
            Enrolling::Enrolled(view) => tell(out, view, dry_run)?,
            Enrolling::EnrolledBefore => writeln!(out, "session {id} is enrolled; nothing was changed")?,
            Enrolling::Refused { reasons } => {
                writeln!(out, "session {id} cannot be enrolled; nothing was changed:")?;
                for reason in reasons {
                    writeln!(out, "  - {reason}")?;
                }
            }
        }
    }
    Ok(if matches!(outcome, Enrolling::Refused { .. }) { ExitCode::from(2) } else { ExitCode::SUCCESS })
}

fn tell(out: &mut impl Write, view: &EnrolledView, dry_run: bool) -> Result<()> {
    let done = if dry_run { "would be enrolled; nothing was changed" } else { "is enrolled" };
    writeln!(out, "session {} ({}) {done}\n", view.id, view.status)?;
    let fee = f64::from(view.fee_basis_points) / 100.0;
    writeln!(out, "  price     {}, of which {fee} % are the platform's", view.price)?;
    writeln!(out, "  meetings  {}, each {} minutes, {} held", view.items, view.item_minutes, view.held)?;
    writeln!(out, "  begins    {} {} in {}", view.first_date, view.time, view.zone)?;
    if let Some(split) = &view.split {
        writeln!(out, "  money     {split}")?;
    }
    let (before, after) = &view.course;
    writeln!(out, "  course    {after}, before {}", before.as_deref().unwrap_or("not recorded"))?;
    for timer in &view.timers {
        writeln!(out, "  timer     {}  {} of {}", timer.run_at, timer.kind, timer.subject)?;
    }
    Ok(())
}
