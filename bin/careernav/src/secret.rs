use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, Result};
use application_kernel::Ids;
use secrecy::{ExposeSecret, SecretString};

use crate::ambient::SystemIds;
use crate::place::Place;
use crate::settings::Settings;

/// The file of the secret that demo mode made.
const FILE: &str = "demo-secret";

/// The secret that signs access tokens. Demo mode makes one and keeps it beside the data, so that a token outlives a
/// restart and is good at every instance that is started from here.
pub(crate) fn find(settings: &Settings, place: &Place) -> Result<SecretString> {
    if !settings.auth.secret.expose_secret().is_empty() {
        return Ok(settings.auth.secret.clone());
    }
    let folder = match place {
        Place::Private { cluster, .. } => cluster.folder(),
        Place::Given { .. } => &settings.database.folder,
        // The accounts that the tokens are about are gone after a restart.
        Place::Nowhere => return Ok(SecretString::from(SystemIds.secret())),
    };
    match (kept(folder), place) {
        (Ok(secret), _) => Ok(secret),
        // Nothing but this would be written here, and perhaps nothing can be.
        (Err(error), Place::Given { .. }) => {
            tracing::warn!(%error, folder = %folder.display(), "the demo secret cannot be kept: tokens end with this process");
            Ok(SecretString::from(SystemIds.secret()))
        }
        (Err(error), _) => Err(error).with_context(|| format!("cannot keep {FILE} in {}", folder.display())),
    }
}

/// The secret that is kept in a folder; made now if there is none, or none that was written whole.
fn kept(folder: &Path) -> std::io::Result<SecretString> {
    let file = folder.join(FILE);
    let made = SystemIds.secret();
    let whole = || {
        let found = std::fs::read_to_string(&file).ok();
        found.filter(|found| found.len() == made.len()).map(SecretString::from)
    };
    if let Some(found) = whole() {
        return Ok(found);
    }
    std::fs::create_dir_all(folder)?;
    // It appears under its name all at once, and only its owner may read it.
    let mut written = tempfile::NamedTempFile::new_in(folder)?;
    written.write_all(made.as_bytes())?;
    match written.persist_noclobber(&file) {
        Ok(_) => Ok(SecretString::from(made)),
        Err(lost) if lost.error.kind() == ErrorKind::AlreadyExists => {
            // Another instance was faster, and its secret is everybody's; unless what is there is no secret.
            if let Some(found) = whole() {
                return Ok(found);
            }
            lost.file.persist(&file).map_err(|lost| lost.error)?;
            Ok(SecretString::from(made))
        }
        Err(lost) => Err(lost.error),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_secret_is_made_once_and_is_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("new");
        let first = kept(&folder).unwrap();
        assert_eq!(kept(&folder).unwrap().expose_secret(), first.expose_secret());
        let mode = std::fs::metadata(folder.join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_holds_no_secret_is_replaced_and_closed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        std::fs::write(&file, "half").unwrap();
        let made = kept(folder.path()).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), made.expose_secret());
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn instances_that_start_at_once_agree_on_one_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let all: Vec<String> = std::thread::scope(|scope| {
            let started: Vec<_> =
                (0..8).map(|_| scope.spawn(|| kept(path).unwrap().expose_secret().to_owned())).collect();
            started.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(all.iter().all(|secret| *secret == all[0]));
    }
}
