//! Where the database is: at an address, in a private cluster, or nowhere.

use std::path::{Path, PathBuf};

use adapter_embedded::{Binaries, Cluster, EmbeddedError, Options};
use anyhow::{Context, Result};
use secrecy::ExposeSecret;

use crate::settings::Settings;

/// The database of the private cluster.
const DATABASE: &str = "careernav";

/// Where the database is.
pub enum Place {
    /// Somebody else runs it.
    Given {
        /// Its address.
        url: String,
        /// The address for migrations, past any pooler.
        direct: String,
    },
    /// We run it; it stops with us.
    Private {
        /// It.
        cluster: Cluster,
        /// Why it is not in the folder that was asked for, if so.
        moved: Option<String>,
    },
    /// There is none: everything is in memory.
    Nowhere,
}

impl Place {
    /// The address that was given, otherwise a private cluster, otherwise nowhere.
    pub async fn find(settings: &Settings) -> Result<Self> {
        if let Some(given) = Self::given(settings) {
            return Ok(given);
        }
        let folder = asked(settings)?;
        tokio::task::spawn_blocking(move || Self::private(&folder)).await?
    }

    /// Like [`Place::find`], but makes nothing: nothing where no address was given and no private cluster was ever made.
    pub async fn existing(settings: &Settings) -> Result<Option<Self>> {
        let given = Self::given(settings);
        let folder = asked(settings)?;
        let holds_data = |folder: &Path| folder.join("data").exists();
        if given.is_none() && !holds_data(&folder) && !holds_data(&traversable(&folder)) {
            return Ok(None);
        }
        Self::find(settings).await.map(Some)
    }

    /// The address that was given.
    pub fn given(settings: &Settings) -> Option<Self> {
        let url = settings.database.url.expose_secret().to_owned();
        let direct = settings.database.direct_url.expose_secret().to_owned();
        if url.is_empty() {
            return None;
        }
        let direct = if direct.is_empty() { url.clone() } else { direct };
        Some(Self::Given { url, direct })
    }

    fn private(folder: &Path) -> Result<Self> {
        let Some(binaries) = Binaries::find_for(folder) else { return Ok(Self::Nowhere) };
        match Cluster::start(&binaries, &Options::durable(folder)) {
            Ok(cluster) => Ok(Self::Private { cluster, moved: None }),
            // As root the server runs as another user, who cannot get below a folder such as /root.
            Err(EmbeddedError::NotTraversable { account, blocked }) => {
                let elsewhere = traversable(folder);
                let Some(binaries) = Binaries::find_for(&elsewhere) else { return Ok(Self::Nowhere) };
                let cluster = Cluster::start(&binaries, &Options::durable(&elsewhere))?;
                let moved =
                    format!("PostgreSQL runs as user {account}, who may not enter {}", blocked.display());
                Ok(Self::Private { cluster, moved: Some(moved) })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The address for requests; nothing if everything is in memory.
    pub async fn url(&self) -> Result<Option<String>> {
        match self {
            Self::Given { url, .. } => Ok(Some(url.clone())),
            Self::Private { cluster, .. } => {
                cluster.create_database(DATABASE).await?;
                Ok(Some(cluster.url(DATABASE)))
            }
            Self::Nowhere => Ok(None),
        }
    }

    /// The address for migrations; nothing if everything is in memory.
    pub async fn direct_url(&self) -> Result<Option<String>> {
        match self {
            Self::Given { direct, .. } => Ok(Some(direct.clone())),
            _ => self.url().await,
        }
    }

    /// Stops what we run.
    pub async fn stop(self) -> Result<()> {
        if let Self::Private { cluster, .. } = self {
            tokio::task::spawn_blocking(move || cluster.stop()).await??;
        }
        Ok(())
    }
}

/// The private cluster's folder, as the settings have it.
fn asked(settings: &Settings) -> Result<PathBuf> {
    std::path::absolute(&settings.database.folder).context("the database's folder")
}

/// A folder of the system for the cluster of a checkout that the server's user cannot enter.
fn traversable(folder: &Path) -> PathBuf {
    // One checkout has one cluster, whichever links lead to it.
    let folder = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    Path::new("/var/lib/careernav").join(name(&folder))
}

/// A file name for a path, another one for every other path: a slash becomes `-`, and what could be mistaken is written
/// as its byte.
fn name(path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    let bytes = bytes.strip_prefix(b"/").unwrap_or(bytes);
    let written = |byte: &u8| match byte {
        b'/' => "-".to_owned(),
        byte if *byte == b'.' || byte.is_ascii_alphanumeric() => char::from(*byte).to_string(),
        byte => format!("_{byte:02x}"),
    };
    bytes.iter().map(written).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_checkout_has_a_cluster_of_its_own() {
        assert_eq!(name(Path::new("/root/careernav/.careernav")), "root-careernav-.careernav");
        assert_eq!(name(Path::new("/root/a-b")), "root-a_2db");
        assert_ne!(name(Path::new("/root/a/b")), name(Path::new("/root/a-b")));
        assert_ne!(name(Path::new("/root/a-b")), name(Path::new("/root/a_2db")));
    }
}
