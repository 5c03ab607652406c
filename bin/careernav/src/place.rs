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
    Private(Cluster),
    /// There is none: everything is in memory.
    Nowhere,
}

impl Place {
    /// The address that was given, otherwise a private cluster, otherwise nowhere.
    pub async fn find(settings: &Settings) -> Result<Self> {
        if let Some(given) = Self::given(settings) {
            return Ok(given);
        }
        let folder = std::path::absolute(&settings.database.folder).context("the database's folder")?;
        tokio::task::spawn_blocking(move || Self::private(&folder)).await?
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
            Ok(cluster) => Ok(Self::Private(cluster)),
            // As root the server runs as another user, who cannot get below a folder such as /root.
            Err(EmbeddedError::NotTraversable { .. }) => {
                let elsewhere = traversable(folder);
                Ok(Self::Private(Cluster::start(&binaries, &Options::durable(&elsewhere))?))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The address for requests; nothing if everything is in memory.
    pub async fn url(&self) -> Result<Option<String>> {
        match self {
            Self::Given { url, .. } => Ok(Some(url.clone())),
            Self::Private(cluster) => {
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

    /// The folder of our own that outlives us; nothing where we keep nothing.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Private(cluster) => Some(cluster.folder()),
            Self::Given { .. } | Self::Nowhere => None,
        }
    }

    /// Stops what we run.
    pub async fn stop(self) -> Result<()> {
        if let Self::Private(cluster) = self {
            tokio::task::spawn_blocking(move || cluster.stop()).await??;
        }
        Ok(())
    }
}

/// A folder of the system for the cluster of a checkout that the server's user cannot enter: named
/// by the checkout, so that each has its own.
fn traversable(folder: &Path) -> PathBuf {
    let name: String = folder
        .display()
        .to_string()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    Path::new("/var/lib/careernav").join(name.trim_matches('-'))
}
