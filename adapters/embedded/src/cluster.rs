//! The public face: start a cluster in a folder, get addresses of its databases, stop it.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::binaries::Binaries;
use crate::data::{self, USER};
use crate::error::EmbeddedError;
use crate::folder::Folder;
use crate::postmaster::Postmaster;
use crate::processes::Identity;
use crate::supervisor::Supervisor;

/// Where a cluster lives and how much care it takes of the data.
#[derive(Debug, Clone)]
pub struct Options {
    /// The cluster's folder; it is made where it is missing, and nothing else should be kept in it.
    pub folder: PathBuf,
    /// Whether committed data must survive the machine's sudden death. Without, they survive the death of every process
    /// only, and automatic vacuuming is off: for tests.
    pub durable: bool,
    /// More settings of the server, such as `("max_connections", "200")`; those that keep it private and in UTC win.
    pub settings: Vec<(String, String)>,
}

impl Options {
    /// For data that are to be kept.
    pub fn durable(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), durable: true, settings: Vec::new() }
    }

    /// For data that are thrown away, as a test's are.
    pub fn throwaway(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), durable: false, settings: Vec::new() }
    }

    /// Adds one setting of the server.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    fn all_settings(&self) -> Vec<(String, String)> {
        // Commits still reach the operating system, so that they survive the death of every process.
        let careless = [("fsync", "off"), ("full_page_writes", "off"), ("autovacuum", "off")];
        let careless = careless.iter().filter(|_| !self.durable);
        let careless = careless.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        careless.chain(self.settings.iter().cloned()).collect()
    }
}

/// A running private cluster. Dropping it stops the server, which may take a moment, as [`Cluster::stop`] does.
///
/// A server that dies while this value lives is started again; until then connections are refused. When the
/// application is killed, the server shuts down by itself where the system can tell it (Linux with `setpriv`), and
/// otherwise is ended by the next start.
#[derive(Debug)]
pub struct Cluster {
    root: PathBuf,
    socket: PathBuf,
    log: PathBuf,
    supervisor: Supervisor,
}

impl Cluster {
    /// Starts the cluster and waits until it takes connections. Makes the data folder at the first time (about a
    /// second); blocks the calling thread.
    pub fn start(binaries: &Binaries, options: &Options) -> Result<Self, EmbeddedError> {
        let (folder, account) = Folder::open(&options.folder)?;
        // An earlier run's server may still write its log; it goes on writing to the file that is put aside.
        folder.begin_log()?;
        data::prepare(&folder, &account, binaries, options.durable)?;
        let root = folder.root().to_owned();
        let socket = folder.socket().to_owned();
        let log = folder.log();
        let identity = Identity::of(&folder.data());
        let (binaries, settings) = (binaries.clone(), options.all_settings());
        let supervisor = Supervisor::start(Postmaster { folder, account, binaries, identity, settings })?;
        Ok(Self { root, socket, log, supervisor })
    }

    /// The address of one of its databases, over the unix socket: `postgres://careernav@%2Fsome%2Fsocket/name`.
    pub fn url(&self, database: &str) -> String {
        let host = percent_encoded(self.socket.as_os_str().as_encoded_bytes());
        format!("postgres://{USER}@{host}/{}", percent_encoded(database.as_bytes()))
    }

    /// Creates a database unless it is there; says whether it was created.
    pub async fn create_database(&self, name: &str) -> Result<bool, EmbeddedError> {
        crate::database::create(&self.url("postgres"), name, "template1").await
    }

    /// Creates a database as a copy of another, to which nobody may be connected, unless it is there; says whether it
    /// was created.
    pub async fn copy_database(&self, name: &str, template: &str) -> Result<bool, EmbeddedError> {
        crate::database::create(&self.url("postgres"), name, template).await
    }

    /// The cluster's folder, absolute.
    pub fn folder(&self) -> &Path {
        &self.root
    }

    /// The file with what the server says.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// The server's process id, or `None` in the moment between its death and its next start.
    pub fn server_pid(&self) -> Option<u32> {
        self.supervisor.server()
    }

    /// Stops the server, ending its sessions, and waits until none of its processes is left; blocks the calling thread.
    pub fn stop(mut self) -> Result<(), EmbeddedError> {
        self.supervisor.stop()
    }
}

/// Everything but letters, digits and `-._~` as `%XX`.
fn percent_encoded(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            text.push(char::from(*byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::percent_encoded;

    #[test]
    fn an_address_survives_blanks_slashes_and_other_alphabets() {
        assert_eq!(percent_encoded("/tmp/a b/ä".as_bytes()), "%2Ftmp%2Fa%20b%2F%C3%A4");
    }
}
