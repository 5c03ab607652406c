use std::io::Write;
use std::sync::Arc;

use adapter_postgres::PgStore;
use anyhow::Result;
use application_kernel::{Clock, Ids};
use secrecy::SecretString;

use super::{Asked, Finding};
use crate::ambient::{SystemClock, SystemIds};
use crate::compose;
use crate::serve::Gate;
use crate::settings::Settings;

/// How many keys of a kind are shown unless all are asked for.
const SHOWN: usize = 20;

/// Looks for rows that contradict themselves, and recomputes what may be if that is asked.
pub(super) async fn look(
    settings: &Settings,
    asked: &Asked,
    store: &PgStore,
    out: &mut impl Write,
) -> Result<Vec<Finding>> {
    let contradictions = store.contradictions(SystemClock.now()).await?;
    let mut findings: Vec<Finding> = contradictions
        .iter()
        .map(|found| Finding::Odd(told(found.keys.len(), found.what, &found.keys, asked.all)))
        .collect();
    let gate = Arc::new(Gate::open(store.clone()));
    // No token is made here, so nobody has to know this.
    let secret = SecretString::from(SystemIds.secret());
    let parts = compose::parts(Arc::new(store.clone()), settings, &secret, gate)?;
    parts.catch_up(store).await?;
    let booking = parts.api.booking;
    let stale = booking.stale_courses().await?;
    let lines: Vec<String> = stale
        .iter()
        .map(|course| {
            let stored = course.stored.map_or_else(|| "not recorded".to_owned(), |status| status.to_string());
            let stands = course.facts.status();
            format!(
                "{} with {} in {}: {stored}, should be {stands}",
                course.student, course.mentor, course.skill
            )
        })
        .collect();
    if !asked.fix {
        let what = "courses do not stand where their sessions say; `--fix` records them anew";
        if !stale.is_empty() {
            findings.push(Finding::Odd(told(stale.len(), what, &lines, asked.all)));
        }
    } else if !stale.is_empty() {
        writeln!(out, "to be recorded anew:")?;
        for line in &lines {
            writeln!(out, "  {line}")?;
        }
        for course in &stale {
            booking.recompute_course(&course.session).await?;
        }
        findings.push(Finding::Sound(format!("{} courses were recorded anew", stale.len())));
    }
    if findings.is_empty() {
        findings.push(Finding::Sound("no rows contradict themselves".to_owned()));
    }
    Ok(findings)
}

fn told(number: usize, what: &str, keys: &[String], all: bool) -> String {
    let most = if all { usize::MAX } else { SHOWN };
    let more = (number > most).then(|| format!("and {} more: see `--all`", number.saturating_sub(most)));
    let lines = keys.iter().take(most).chain(&more);
    std::iter::once(format!("{number} {what}")).chain(lines.cloned()).collect::<Vec<_>>().join("\n         ")
}
