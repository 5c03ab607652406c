//! Looks for what could be wrong with an installation, and says it in plain sentences.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use adapter_embedded::{Binaries, EmbeddedError};
use adapter_migrator::Source;
use anyhow::Result;
use application_kernel::{Clock, JobQueue};
use clap::Args;

use crate::ambient::SystemClock;
use crate::compose;
use crate::place::Place;
use crate::settings::Settings;

mod rows;

/// What is asked of the doctor.
#[derive(Args)]
pub(crate) struct Asked {
    /// Records anew where courses stand whose sessions have our terms, after saying which; nothing else is ever
    /// recomputed.
    #[arg(long)]
    fix: bool,
    /// Shows all keys of rows that contradict themselves, not only the first twenty of each kind.
    #[arg(long)]
    all: bool,
}

/// What was looked at: in order, or wrong.
pub(crate) enum Finding {
    Sound(String),
    Wrong(String),
    /// Rows contradict themselves.
    Odd(String),
}

/// `careernav doctor`. `mode_is_default` where nobody chose the mode.
pub(crate) async fn run(
    settings: &Settings,
    asked: Asked,
    mode_is_default: bool,
    out: &mut impl Write,
) -> Result<ExitCode> {
    let given = Place::given(settings).is_some();
    let mut findings = vec![
        match settings.missing_for_production() {
            None => Finding::Sound(format!("the settings are complete for {} mode", settings.mode.name())),
            // Somebody who only tries things, by `up`, needs none of it.
            Some(missing) if mode_is_default && !given => {
                Finding::Sound(format!("the settings are complete for `up`; for `serve`, {missing}"))
            }
            Some(missing) => Finding::Wrong(missing),
        },
        match Binaries::find_for(&settings.database.folder) {
            Some(found) => {
                Finding::Sound(format!("PostgreSQL {} is in {}", found.major(), found.folder().display()))
            }
            None if given => Finding::Sound("no PostgreSQL server binaries, and none are needed".to_owned()),
            None => Finding::Sound(
                "no PostgreSQL server binaries: `up` would keep everything in memory".to_owned(),
            ),
        },
    ];
    match Place::existing(settings).await {
        Ok(None | Some(Place::Nowhere)) => {
            findings.push(folder(&settings.database.folder));
        }
        Ok(Some(place)) => {
            if let Place::Private { cluster, .. } = &place {
                findings.push(Finding::Sound(format!(
                    "the private database is in {}",
                    cluster.folder().display()
                )));
            }
            let looked = database(settings, &asked, &place, out).await;
            place.stop().await?;
            findings.extend(looked?);
        }
        Err(error) => findings.push(match error.downcast_ref::<EmbeddedError>() {
            // It could be asked, but only by the process that runs it.
            Some(EmbeddedError::AlreadyRunning { folder, pid }) => Finding::Sound(format!(
                "process {pid} runs the private database in {}: it answers at its /health/ready",
                folder.display()
            )),
            _ => Finding::Wrong(format!("{error:#}")),
        }),
    }
    let (mut wrong, mut odd) = (false, false);
    for finding in findings {
        let (mark, text) = match finding {
            Finding::Sound(text) => ("ok   ", text),
            Finding::Wrong(text) => {
                wrong = true;
                ("WRONG", text)
            }
            Finding::Odd(text) => {
                odd = true;
                ("ODD  ", text)
            }
        };
        writeln!(out, "{mark}  {text}")?;
    }
    Ok(match (wrong, odd) {
        (true, _) => ExitCode::FAILURE,
        (false, true) => ExitCode::from(2),
        (false, false) => ExitCode::SUCCESS,
    })
}

/// Whether the private database's folder can be made, by the nearest folder above it that is there.
fn folder(folder: &Path) -> Finding {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let above = absolute.ancestors().find(|above| above.exists()).unwrap_or(&absolute);
    let shown = absolute.display();
    // Tried, as nothing else tells for every file system and user; the file has no name and is gone at once.
    match tempfile::tempfile_in(above) {
        Ok(_) => Finding::Sound(format!("no database yet: `up` would make one in {shown}")),
        Err(error) => Finding::Wrong(format!("`up` cannot write to {}: {error}", above.display())),
    }
}

async fn database(
    settings: &Settings,
    asked: &Asked,
    place: &Place,
    out: &mut impl Write,
) -> Result<Vec<Finding>> {
    let (Some(url), Some(direct)) = (place.url().await?, place.direct_url().await?) else {
        return Ok(vec![]);
    };
    let store = compose::postgres(&url, settings)?;
    let about = match store.about().await {
        Ok(about) => about,
        Err(error) => return Ok(vec![Finding::Wrong(error.to_string())]),
    };
    let mut findings = vec![if about.version >= 140_000 {
        Finding::Sound(format!("the database answers, PostgreSQL {}", about.version / 10_000))
    } else {
        Finding::Wrong(format!("PostgreSQL {} is too old: 14 or later is needed", about.version / 10_000))
    }];
    let apart = (SystemClock.now().since(about.now)).num_seconds().abs();
    findings.push(if apart < 5 {
        Finding::Sound("the clocks of this machine and of the database agree".to_owned())
    } else {
        Finding::Wrong(format!("the clocks of this machine and of the database are {apart} s apart"))
    });
    let status = crate::migrations::migrator(&direct, Source::Embedded)?.status().await;
    let in_step = status.as_ref().is_ok_and(|status| status.exit_code() == 0);
    findings.push(match status {
        Ok(_) if in_step => Finding::Sound("the migrations are in step".to_owned()),
        Ok(status) => Finding::Wrong(format!(
            "the migrations are not in step (exit code {}): see `careernav migrate status`",
            status.exit_code()
        )),
        Err(error) => Finding::Wrong(error.to_string()),
    });
    if in_step {
        let depth = store.depth(SystemClock.now()).await?;
        findings.push(match depth.dead {
            0 => Finding::Sound(format!("{} jobs are due, none was given up", depth.due)),
            dead => {
                Finding::Wrong(format!("{dead} jobs were given up: see the table jobs, column last_error"))
            }
        });
        findings.extend(rows::look(settings, asked, &store, out).await?);
    }
    Ok(findings)
}
