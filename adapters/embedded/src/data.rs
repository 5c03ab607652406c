//! Making the data folder, and the check that the binaries can read it.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::account::Account;
use crate::binaries::Binaries;
use crate::error::{EmbeddedError, file_error, last_lines};
use crate::folder::{Folder, make_private};

/// The role that owns everything in the cluster.
pub(crate) const USER: &str = "careernav";

/// The oldest version whose server settings and statements the application was built for.
const OLDEST: u32 = 14;

/// The major version that made a data folder, or `None` where there is none.
pub(crate) fn version(data: &Path) -> Option<String> {
    fs::read_to_string(data.join("PG_VERSION")).ok().map(|said| said.trim().to_owned())
}

/// Makes the data folder where it is missing; otherwise checks that these binaries made it.
pub(crate) fn prepare(
    folder: &Folder,
    account: &Account,
    binaries: &Binaries,
    durable: bool,
) -> Result<(), EmbeddedError> {
    if binaries.major() < OLDEST {
        let (at, found) = (binaries.folder().to_owned(), binaries.major());
        return Err(EmbeddedError::TooOld { at, found, oldest: OLDEST });
    }
    let data = folder.data();
    if let Some(made_by) = version(&data) {
        if made_by == binaries.major().to_string() {
            return Ok(());
        }
        let (at, binaries) = (binaries.folder().to_owned(), binaries.major());
        return Err(EmbeddedError::WrongVersion { folder: data, data: made_by, at, binaries });
    }
    initialise(folder, account, binaries, durable)
}

/// Runs `initdb` into a folder beside the final one and renames it when it is complete, so that a kill in between
/// never leaves half a cluster that looks like a whole one.
fn initialise(
    folder: &Folder,
    account: &Account,
    binaries: &Binaries,
    durable: bool,
) -> Result<(), EmbeddedError> {
    account.name()?;
    let (data, unfinished) = (folder.data(), folder.root().join("data.unfinished"));
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(file_error("remove the unfinished", &unfinished))?;
    }
    make_private(&unfinished, account)?;
    let made = initdb(&unfinished, account, binaries, durable, "C.UTF-8").or_else(|error| {
        // Not every system has C.UTF-8; C sorts the same and differs only in which letters are letters.
        match error {
            EmbeddedError::Initialise { ref said, .. } if said.contains("locale") => {
                initdb(&unfinished, account, binaries, durable, "C")
            }
            other => Err(other),
        }
    });
    if let Err(error) = made {
        let _ = fs::remove_dir_all(&unfinished);
        return Err(error);
    }
    fs::rename(&unfinished, &data).map_err(file_error("create", &data))?;
    if durable {
        File::open(folder.root())
            .and_then(|f| f.sync_all())
            .map_err(file_error("synchronise", folder.root()))?;
    }
    Ok(())
}

fn initdb(
    into: &Path,
    account: &Account,
    binaries: &Binaries,
    durable: bool,
    locale: &str,
) -> Result<(), EmbeddedError> {
    let program = binaries.initdb();
    let mut command = Command::new(&program);
    command
        .env_clear()
        .envs(clean_environment())
        .arg("--pgdata")
        .arg(into)
        // Who gets to the socket is settled by its folder, which only the account may enter.
        .args(["--auth=trust", "--encoding=UTF8", "--no-instructions"])
        .args([format!("--username={USER}"), format!("--locale={locale}")])
        // The order is C.UTF-8's as well, but for that name PostgreSQL asks the system's library to compare.
        .arg("--lc-collate=C")
        .args((!durable).then_some("--no-sync"))
        // The working folder may be one that the account cannot enter.
        .current_dir("/")
        .stdin(Stdio::null());
    account.runs(&mut command);
    let output = command.output().map_err(file_error("run", &program))?;
    if output.status.success() {
        return Ok(());
    }
    let said = last_lines(&String::from_utf8_lossy(&output.stderr));
    Err(EmbeddedError::Initialise { folder: into.to_owned(), said })
}

/// An environment in which neither the caller's `PG…` variables nor its language change what the server does.
pub(crate) fn clean_environment() -> Vec<(&'static str, String)> {
    let path = std::env::var("PATH").unwrap_or_else(|_| "/usr/local/bin:/usr/bin:/bin".to_owned());
    vec![("PATH", path), ("LC_ALL", "C".to_owned()), ("TZ", "UTC".to_owned())]
}
