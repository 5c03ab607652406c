//! `careernav migrate dev`: new migrations on a developer's machine.

use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use adapter_migrator::{Draft, Source, create};
use anyhow::{Context, Result};
use clap::Args;

use super::deploy::Deploy;
use super::{Common, print_json};
use crate::ambient::SystemClock;
use crate::generate::root;
use crate::migrations::{Refused, migrator};
use crate::settings::{Mode, Settings};
use application_kernel::Clock;

/// What is made.
#[derive(Args)]
pub(crate) struct Dev {
    /// Its name, in lower-case letters, digits and underscores. Its up.sql is read from the input, unless that is a
    /// terminal.
    name: Option<String>,
    /// Only makes the folder.
    #[arg(long, requires = "name")]
    create_only: bool,
    #[command(flatten)]
    pub(super) common: Common,
}

impl Dev {
    /// Makes the folder. True where that is all: because it was asked for, or because there is nothing in it yet.
    pub(super) fn creates_only(&self, settings: &Settings, out: &mut impl Write) -> Result<bool> {
        if settings.mode == Mode::Production {
            let text = "`migrate dev` is for a development database, and this is production mode: use `migrate deploy`";
            return Err(Refused::because(text).into());
        }
        let Some(name) = &self.name else { return Ok(false) };
        let mut up = String::new();
        if !self.create_only && !std::io::stdin().is_terminal() {
            std::io::stdin().read_to_string(&mut up).context("the input is not text")?;
        }
        let draft = Draft { name: name.clone(), up, down: String::new() };
        let now = SystemClock.now().utc();
        let path = create(&self.folder(), &draft, now).map_err(Refused::from)?;
        if self.common.json {
            print_json(out, &serde_json::json!({ "created": path }))?;
        } else {
            writeln!(out, "created: {}", path.display())?;
        }
        let is_empty = draft.up.trim().is_empty();
        if is_empty && !self.common.json {
            writeln!(out, "Next: write its up.sql and down.sql, then  careernav migrate dev")?;
        }
        Ok(is_empty)
    }

    /// Applies what is pending in the folder.
    pub(super) async fn run(self, url: &str, out: &mut impl Write) -> Result<u8> {
        let migrator = migrator(url, Source::Folder(self.folder()))?;
        Deploy::plain(self.common).run(&migrator, out).await
    }

    /// The one that was named, otherwise the checkout's.
    fn folder(&self) -> PathBuf {
        self.common.dir.clone().unwrap_or_else(|| {
            let here = Path::new("migrations");
            if here.is_dir() { here.to_owned() } else { root().join("migrations") }
        })
    }
}
