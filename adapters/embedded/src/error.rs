//! What can go wrong, each with a sentence that says what to do.

use std::path::{Path, PathBuf};

/// Why the private cluster could not be started, used or stopped.
///
/// Log excerpts are the last lines that `PostgreSQL` wrote, never statements with values.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// Another live process holds the folder's lock.
    #[error(
        "another instance, process {pid}, already runs the database in {}: stop it first, or give this one another folder",
        .folder.display()
    )]
    AlreadyRunning {
        /// The folder both wanted.
        folder: PathBuf,
        /// The process that has it, or `unknown` in the instant before it wrote its id.
        pid: String,
    },
    /// The data folder was made by another major version than that of the binaries.
    #[error(
        "the data in {} was made by PostgreSQL {data}, but the binaries in {} are PostgreSQL {binaries}: install \
         PostgreSQL {data}, or move the folder away to begin with an empty database",
        .folder.display(), .at.display()
    )]
    WrongVersion {
        /// The data folder.
        folder: PathBuf,
        /// Its major version, as its `PG_VERSION` says.
        data: String,
        /// Where the binaries are.
        at: PathBuf,
        /// Their major version.
        binaries: u32,
    },
    /// The binaries are older than the oldest supported version.
    #[error("the binaries in {} are PostgreSQL {found}: version {oldest} or newer is needed", .at.display())]
    TooOld {
        /// Where the binaries are.
        at: PathBuf,
        /// Their major version.
        found: u32,
        /// The oldest one supported.
        oldest: u32,
    },
    /// `initdb` refuses a user id that has no name.
    #[error(
        "user id {uid} has no entry in the password file, and PostgreSQL's initdb refuses such a user: add an entry \
         (in a container, create the user), or run as another user"
    )]
    NamelessUser {
        /// The id in question.
        uid: u32,
    },
    /// `PostgreSQL` refuses to run as root and there is nobody else to run it as.
    #[error(
        "PostgreSQL refuses to run as root, and none of the users {tried} exists to run it as: create one of them, or \
         run as an unprivileged user"
    )]
    NoAccount {
        /// The names looked up.
        tried: String,
    },
    /// The unprivileged user cannot get to the folder.
    #[error(
        "PostgreSQL refuses to run as root and so runs as user {account}, who may not enter {}: allow it \
         (chmod o+x {0}), use a folder elsewhere, or run as an unprivileged user",
        .blocked.display()
    )]
    NotTraversable {
        /// The user the server would run as.
        account: String,
        /// The first folder on the way that keeps it out.
        blocked: PathBuf,
    },
    /// The folder is somebody else's.
    #[error(
        "{} belongs to user id {owner}, not to this process's user id {uid}: run as that user, or use another folder",
        .folder.display()
    )]
    Foreign {
        /// The folder.
        folder: PathBuf,
        /// Who owns it.
        owner: u32,
        /// Who asks.
        uid: u32,
    },
    /// No place short enough for a unix socket.
    #[error(
        "the socket's path {} has {length} bytes, more than the {limit} that the system allows: use a shorter folder, or a \
         shorter TMPDIR",
        .path.display()
    )]
    PathTooLong {
        /// The shortest path tried.
        path: PathBuf,
        /// Its length in bytes.
        length: usize,
        /// The system's limit in bytes.
        limit: usize,
    },
    /// The file system refused something.
    #[error("could not {doing} {}", .path.display())]
    File {
        /// What was being done, as an infinitive.
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// `initdb` failed.
    #[error("initdb could not make the data folder {}; it said:\n{said}", .folder.display())]
    Initialise {
        /// The folder that was to be made.
        folder: PathBuf,
        /// Its last lines.
        said: String,
    },
    /// The server ended before it was ready.
    #[error("PostgreSQL did not start ({status}); the end of {}:\n{said}", .log.display())]
    Start {
        /// How it ended.
        status: String,
        /// Its log file.
        log: PathBuf,
        /// The log's last lines.
        said: String,
    },
    /// The server runs but did not become ready in time.
    #[error("PostgreSQL was not ready after {seconds} seconds and was stopped; the end of {}:\n{said}", .log.display())]
    NotReady {
        /// How long it was given.
        seconds: u64,
        /// Its log file.
        log: PathBuf,
        /// The log's last lines.
        said: String,
    },
    /// Processes of an earlier run could not be ended.
    #[error(
        "processes {pids} of an earlier run still use {} and could not be ended: end them by hand, then try again",
        .folder.display()
    )]
    Leftovers {
        /// Their ids.
        pids: String,
        /// The data folder they use.
        folder: PathBuf,
    },
    /// A database could not be created.
    #[error("could not create the database {name}")]
    Database {
        /// Its name.
        name: String,
        /// What the server answered.
        source: tokio_postgres::Error,
    },
    /// The supervising thread ended without an answer, which is a defect of this crate.
    #[error("the thread that supervises PostgreSQL ended unexpectedly")]
    Supervisor,
}

/// Turns an input or output error into one that names the deed and the file.
pub(crate) fn file_error(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> EmbeddedError {
    let path = path.to_owned();
    move |source| EmbeddedError::File { doing, path, source }
}

/// The last lines of a text: enough to see the reason, not a flood.
pub(crate) fn last_lines(text: &str) -> String {
    const LINES: usize = 12;
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(LINES);
    lines.get(from..).unwrap_or_default().join("\n")
}
