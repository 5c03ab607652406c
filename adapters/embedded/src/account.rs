//! Which user the server runs as. `PostgreSQL` refuses to run as root, so root hands over to an unprivileged user.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::{EmbeddedError, file_error};

/// Who is asked, in this order, when the application runs as root: the packages' own user, that of Apple's systems,
/// and the one that every system has.
const CANDIDATES: &[&str] = &["postgres", "_postgres", "nobody"];

/// The user that owns the data and runs the server.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    gid: u32,
    /// Whether it is another than the application's, so that processes and files have to be handed over.
    switched: bool,
}

impl Account {
    /// The application's own user; for root the owner of existing data, otherwise the first candidate.
    pub(crate) fn choose(data: &Path) -> Result<Self, EmbeddedError> {
        let uid = rustix::process::geteuid().as_raw();
        if uid != 0 {
            return Ok(Self { uid, gid: rustix::process::getegid().as_raw(), switched: false });
        }
        // Who first ran as an ordinary user and then as root goes on with the same data, and can go back again.
        if let Ok(owner) = fs::metadata(data)
            && owner.uid() != 0
        {
            return Ok(Self { uid: owner.uid(), gid: owner.gid(), switched: true });
        }
        let found = CANDIDATES.iter().find_map(|name| {
            let uid = id(&["-u", name])?.parse().ok()?;
            let gid = id(&["-g", name])?.parse().ok()?;
            (uid != 0).then_some(Self { uid, gid, switched: true })
        });
        found.ok_or_else(|| EmbeddedError::NoAccount { tried: CANDIDATES.join(", ") })
    }

    /// The account's name, which `initdb` insists on.
    pub(crate) fn name(&self) -> Result<String, EmbeddedError> {
        id(&["-un", &self.uid.to_string()])
            .or_else(|| {
                // Not every `id` takes a number; without an argument all of them answer for the process.
                if self.switched { None } else { id(&["-un"]) }
            })
            .ok_or(EmbeddedError::NamelessUser { uid: self.uid })
    }

    /// Makes a command run as this account.
    pub(crate) fn runs(&self, command: &mut Command) {
        if self.switched {
            // Supplementary groups are dropped by the standard library together with the user id.
            command.uid(self.uid).gid(self.gid);
        }
    }

    /// Gives a file or folder to this account.
    pub(crate) fn owns(&self, path: &Path) -> Result<(), EmbeddedError> {
        if self.switched {
            chown(path, Some(self.uid), Some(self.gid)).map_err(file_error("hand over", path))?;
        }
        Ok(())
    }

    /// Checks that the account gets to a folder, which must be absolute and free of links.
    pub(crate) fn reaches(&self, folder: &Path) -> Result<(), EmbeddedError> {
        if !self.switched {
            return Ok(());
        }
        let mut way: Vec<&Path> = folder.ancestors().collect();
        way.reverse();
        for step in way {
            let meta = fs::metadata(step).map_err(file_error("look at", step))?;
            let needed = match meta {
                ref m if m.uid() == self.uid => 0o100,
                ref m if m.gid() == self.gid => 0o010,
                _ => 0o001,
            };
            if meta.mode() & needed == 0 {
                let account = self.name().unwrap_or_else(|_| self.uid.to_string());
                return Err(EmbeddedError::NotTraversable { account, blocked: step.to_owned() });
            }
        }
        Ok(())
    }
}

/// Asks the system's `id`, which knows every directory of users, not only the password file.
fn id(arguments: &[&str]) -> Option<String> {
    let output = Command::new("id").args(arguments).stdin(Stdio::null()).output().ok()?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !said.is_empty()).then_some(said)
}
