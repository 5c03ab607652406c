use std::io::Write;
use std::sync::Arc;

use anyhow::{Result, bail};
use application_catalog::{Seed, Seeded};
use clap::ValueEnum;

use crate::migrations::{self, Refused};
use crate::place::Place;
use crate::serve::Gate;
use crate::settings::{Mode, Settings};
use crate::{compose, demo, secret};

/// What can be seeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Seeds {
    /// Courses, and the questions that mentors are tested with.
    SkillTests,
    /// Courses, and plans with a topic for every meeting.
    Plans,
    /// Plans, students, verified mentors, and what they have lived through: sessions in every status, with payments and
    /// messages. Demo mode only.
    Demo,
}

/// `careernav seed`: adds what is missing, says how many, and stops.
pub(crate) async fn run(settings: &Settings, what: Seeds, out: &mut impl Write) -> Result<()> {
    if settings.mode == Mode::Production && what == Seeds::Demo {
        bail!("demo people have a known password, so they are made in demo mode only");
    }
    let place = Place::find(settings).await?;
    let outcome = add(settings, what, &place).await;
    // What went wrong first is what is told.
    let stopped = place.stop().await;
    writeln!(out, "{}", outcome?)?;
    stopped
}

async fn add(settings: &Settings, what: Seeds, place: &Place) -> Result<String> {
    let url = place.url().await?.ok_or_else(Refused::without_database)?;
    let direct = place.direct_url().await?.unwrap_or_else(|| url.clone());
    migrations::at_start(&direct, settings.migrations).await?;
    let store = compose::postgres(&url, settings)?;
    match what {
        Seeds::SkillTests => skill_tests(&compose::skill_tests(Arc::new(store))).await,
        Seeds::Plans => plans(&compose::seed(Arc::new(store), settings)?).await,
        Seeds::Demo => {
            let gate = Arc::new(Gate::open(store.clone()));
            let secret = secret::find(settings, place)?;
            let parts = compose::parts(Arc::new(store.clone()), settings, &secret, gate)?;
            parts.catch_up(&store).await?;
            demo::seed(&parts).await
        }
    }
}

/// Adds the plans; answers what became of it, in words.
async fn plans(seed: &Seed) -> Result<String> {
    let Seeded { courses, plans, mentors: _, verifications: _ } = seed.plans().await?;
    Ok(format!("courses: {courses}; plans: {plans}"))
}

/// Adds the questions; answers what became of it, in words.
async fn skill_tests(seed: &application_qualification::Seed) -> Result<String> {
    let application_qualification::Seeded { courses, questions } = seed.skill_tests().await?;
    Ok(format!("courses: {courses}; questions: {questions}"))
}
