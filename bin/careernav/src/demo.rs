//! Demo people and what they have lived through, by the same use cases as real ones.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use application_catalog::{PlanFilter, Seed, Seeded};
use application_kernel::{CurrentUser, PageRequest, PageSize, Tally, Viewer};
use domain_catalog::SkillSlug;
use domain_kernel::{Date, Labelled, PlanId, Role, Timestamp, UserId, WallTime, Zone, days};
use tracing::instrument::WithSubscriber;

use crate::ambient::PastClock;
use crate::compose::Parts;
use crate::place::Place;

mod past;
mod people;
mod stories;
mod telling;

use people::{PASSWORD, PEOPLE};
use stories::{STORIES, Story};
use telling::{Casting, Telling, Untold, session_of};

/// How long ago demo people came: before the first of their sessions.
const CAME_DAYS_AGO: i64 = 63;

/// What became of the stories.
#[derive(Debug, Default)]
struct Told {
    sessions: Tally,
    statuses: BTreeMap<String, u32>,
    payments: Tally,
    payment_statuses: BTreeMap<String, u32>,
    messages: Tally,
    /// What could not be told now, and why.
    left_out: Vec<String>,
}

/// Makes the people, the catalog and the sessions that are missing; answers what became of it, in words.
pub(crate) async fn seed(parts: &Parts) -> Result<String> {
    let stage = parts.stage.as_ref().context("demo people exist in demo mode only")?;
    let now = parts.api.clock.now();
    let came = now.minus(days(CAME_DAYS_AGO));
    let mut people = Tally::default();
    let mut mentors: Vec<UserId> = Vec::new();
    let mut cast = BTreeMap::new();
    for person in PEOPLE {
        let (user, is_there) = people::come(parts, person, came).await?;
        people.count(!is_there);
        if user.role == Role::Mentor {
            mentors.push(user.id.clone());
        }
        cast.insert(nick(person.0), user);
    }
    let clock = Arc::new(PastClock::at(came));
    let seed = Seed::new(stage.catalog.clone(), clock, stage.currency);
    let Seeded { courses, plans, mentors, verifications } = seed.demo(&mentors).await?;
    let mut told = Told::default();
    for story in &STORIES {
        let is_new = match tell(parts, story, &cast, now).await {
            Ok(is_new) => is_new,
            Err(Untold::Refused(why)) => {
                tracing::warn!(story = story.name, why, "a demo story is left out");
                told.left_out.push(format!("{} ({why})", story.name));
                continue;
            }
            Err(Untold::Broken(error)) => return Err(error.context(format!("the demo story {}", story.name))),
        };
        told.look_at(parts, story, &cast, is_new).await?;
    }
    Ok(format!(
        "people: {people}; courses: {courses}; plans: {plans}; mentor profiles: {mentors}; verifications: {verifications}; {told}"
    ))
}

/// Tells a story that was not told yet; answers whether it did.
async fn tell(
    parts: &Parts,
    story: &Story,
    cast: &BTreeMap<&str, CurrentUser>,
    now: Timestamp,
) -> Result<bool, Untold> {
    let person = |nick: &str| {
        let found = cast.get(nick).cloned();
        found.ok_or_else(|| Untold::Broken(anyhow!("nobody in the demo is called {nick}")))
    };
    let (student, mentor) = (person(story.student)?, person(story.mentor)?);
    let viewer = Viewer { user: student.id.clone(), now };
    if parts.api.sessions.session(&session_of(story.name)?, &viewer).await?.is_some() {
        return Ok(false);
    }
    let broken = |error: String| Untold::Broken(anyhow!(error));
    let plan = plan(parts, story.plan).await?;
    let (weeks, weekday, time) = story.first;
    let first_date = day(weeks, weekday, now).ok_or_else(|| broken("beyond the calendar".to_owned()))?;
    let time = WallTime::parse(time).map_err(|error| broken(error.to_string()))?;
    let begins = story.begins(Zone::KOLKATA.instant(first_date, time), now);
    let cast = Casting { name: story.name, student, mentor, plan, first_date, time };
    let Some(telling) = Telling::open(parts, cast, begins, now).await? else { return Ok(false) };
    // What was out of the ordinary then is nothing to warn of now.
    let lived = async {
        story.tell(&telling).await?;
        telling.end().await
    };
    lived.with_subscriber(tracing::Dispatch::none()).await?;
    Ok(true)
}

/// That weekday, counted from Monday, so many weeks from this one.
fn day(weeks: i64, weekday: i64, now: Timestamp) -> Option<Date> {
    let (today, _) = Zone::KOLKATA.local(now);
    let since_monday = i64::from(Zone::KOLKATA.weekday(now).num_days_from_monday());
    today.checked_add_signed(days(7 * weeks + weekday - since_monday))
}

/// The plan that is sold under that key for that skill.
async fn plan(parts: &Parts, (skill, key): (&str, &str)) -> Result<PlanId, Untold> {
    let filter = PlanFilter { skill: Some(SkillSlug::of(skill)) };
    let page = PageRequest { size: PageSize::MOST, after: None };
    let plans = parts.api.catalog.plans(&filter, &page).await?.items;
    let found = plans.into_iter().find(|plan| plan.key.eq_ignore_ascii_case(key));
    let plan = found.ok_or_else(|| Untold::Refused(format!("no plan {key} of {skill} is sold")))?;
    Ok(PlanId::new(plan.id))
}

/// What stands before the @.
fn nick(address: &'static str) -> &'static str {
    address.split_once('@').map_or(address, |(nick, _)| nick)
}

impl Told {
    /// Counts what is there of a story.
    async fn look_at(
        &mut self,
        parts: &Parts,
        story: &Story,
        cast: &BTreeMap<&str, CurrentUser>,
        is_new: bool,
    ) -> Result<()> {
        let (id, now) = (session_of(story.name)?, parts.api.clock.now());
        let Some(student) = cast.get(story.student) else { return Ok(()) };
        let viewer = Viewer { user: student.id.clone(), now };
        let session = parts.api.sessions.session(&id, &viewer).await?;
        let session =
            session.with_context(|| format!("the demo story {} was told and is not there", story.name))?;
        self.sessions.count(is_new);
        *self.statuses.entry(session.status).or_default() += 1;
        let Some(payment) = session.payment else { return Ok(()) };
        self.payments.count(is_new);
        *self.payment_statuses.entry(payment.status).or_default() += 1;
        let page = PageRequest { size: PageSize::MOST, after: None };
        let messages = parts.api.chats.messages(&id, &student.id, &page).await?;
        for _ in messages.into_iter().flat_map(|page| page.items) {
            self.messages.count(is_new);
        }
        Ok(())
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sessions, statuses, payments, payment_statuses, messages, left_out } = self;
        let counts = |counts: &BTreeMap<String, u32>| {
            let counts: Vec<String> =
                counts.iter().map(|(label, count)| format!("{count} {label}")).collect();
            counts.join(", ")
        };
        write!(f, "sessions: {sessions} ({}); ", counts(statuses))?;
        write!(f, "payments: {payments} ({}); messages: {messages}", counts(payment_statuses))?;
        if left_out.is_empty() { Ok(()) } else { write!(f, "; left out: {}", left_out.join(", ")) }
    }
}

/// What `up` prints when everything is served.
pub(crate) fn greeting(address: &str, place: &Place, seeded: &str) -> String {
    let database = match place {
        Place::Given { .. } => "the database of DATABASE_URL".to_owned(),
        Place::Private { cluster, moved } => {
            let why = moved.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
            format!("a private PostgreSQL in {}{why}", cluster.folder().display())
        }
        Place::Nowhere => {
            "MEMORY ONLY: no PostgreSQL was found, so nothing is kept when this stops".to_owned()
        }
    };
    let mut lines = vec![
        String::new(),
        format!("CareerNav serves on {address}"),
        String::new(),
        format!("  data       {database}"),
    ];
    if !seeded.is_empty() {
        lines.push(format!("  demo data  {seeded}"));
    }
    for (name, path) in [
        ("reader", "/docs"),
        ("document", "/openapi.json"),
        ("live", "/health/live"),
        ("ready", "/health/ready"),
    ] {
        lines.push(format!("  {name:<9}  {address}{path}"));
    }
    if !seeded.is_empty() {
        lines.extend([String::new(), format!("Demo accounts, password \"{PASSWORD}\":")]);
        lines
            .extend(PEOPLE.map(|(email, name, role)| {
                format!("  {email:<30} {name} ({})", role.label().to_lowercase())
            }));
        let [(student, _, _), ..] = PEOPLE;
        lines.extend([
            String::new(),
            "Try:".to_owned(),
            format!("  curl -s {address}/api/v1/tokens -H 'Content-Type: application/json' \\"),
            format!("    -d '{{\"email\":\"{student}\",\"password\":\"{PASSWORD}\"}}'"),
        ]);
    }
    lines.extend([String::new(), "Ctrl-C stops all of it.".to_owned(), String::new()]);
    lines.join("\n")
}

#[cfg(test)]
mod tests;
