//! What lies where in the folder, the lock on it, and the place of the socket.
//!
//! ```text
//! .careernav/
//!   lock           held while an application runs; its process id inside
//!   data/          the cluster's data
//!   socket/        the unix socket; in the system's temporary folder when this path is too long
//!   postgres.log   what the server says; the previous run's beside it as postgres.log.old
//! ```

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::account::Account;
use crate::error::{EmbeddedError, file_error};

/// The longest path of a unix socket, without the terminating zero.
const LONGEST_SOCKET: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// The name the server gives to its socket: the port distinguishes sockets of one folder, and ours has only one.
const SOCKET: &str = ".s.PGSQL.5432";

/// Where the data lie within the folder.
pub(crate) fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

/// The folder of one cluster, locked for as long as this value lives.
#[derive(Debug)]
pub(crate) struct Folder {
    root: PathBuf,
    lock: File,
    socket: Socket,
}

#[derive(Debug)]
enum Socket {
    Inside(PathBuf),
    /// Removed when dropped.
    Elsewhere(TempDir),
}

impl Folder {
    /// Makes the folder where it is missing, locks it, and finds the account that is to own what is in it.
    pub(crate) fn open(folder: &Path) -> Result<(Self, Account), EmbeddedError> {
        let root = make_root(folder)?;
        let account = Account::choose(&data(&root))?;
        refuse_foreign(&root, &account)?;
        account.reaches(&root)?;
        let lock = lock(&root)?;
        let socket = place_socket(&root, &account)?;
        Ok((Self { root, lock, socket }, account))
    }

    /// The folder itself, absolute.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn data(&self) -> PathBuf {
        data(&self.root)
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.root.join("postgres.log")
    }

    /// The folder of the socket.
    pub(crate) fn socket(&self) -> &Path {
        match &self.socket {
            Socket::Inside(path) => path,
            Socket::Elsewhere(temporary) => temporary.path(),
        }
    }

    /// Keeps the last run's log as `postgres.log.old`, so that the log neither grows for ever nor loses a crash.
    pub(crate) fn begin_log(&self) -> Result<(), EmbeddedError> {
        let log = self.log();
        if log.exists() {
            fs::rename(&log, log.with_extension("log.old")).map_err(file_error("put aside", &log))?;
        }
        self.append_log().map(drop)
    }

    /// Opens the log for the server to write to.
    pub(crate) fn append_log(&self) -> Result<File, EmbeddedError> {
        let log = self.log();
        OpenOptions::new().create(true).append(true).mode(0o600).open(&log).map_err(file_error("open", &log))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Unlocked by name, not only closed: a process that another thread is just starting has inherited the file
        // for an instant, and would keep the lock for as long.
        if let Err(error) = self.lock.unlock() {
            tracing::warn!(%error, folder = %self.root.display(), "could not unlock the database's folder");
        }
    }
}

fn make_root(folder: &Path) -> Result<PathBuf, EmbeddedError> {
    // As root the server runs as another user, who has to get through; what is inside is closed to others anyway.
    let mode = if rustix::process::geteuid().is_root() { 0o711 } else { 0o700 };
    DirBuilder::new().recursive(true).mode(mode).create(folder).map_err(file_error("create", folder))?;
    fs::canonicalize(folder).map_err(file_error("find", folder))
}

fn refuse_foreign(root: &Path, account: &Account) -> Result<(), EmbeddedError> {
    let uid = rustix::process::geteuid();
    if uid.is_root() {
        return Ok(());
    }
    let owned_by = |path: &Path| fs::metadata(path).map(|meta| meta.uid());
    let owner = match owned_by(&data(root)) {
        Ok(owner) => owner,
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            owned_by(root).map_err(file_error("look at", root))?
        }
        Err(_) => return Ok(()),
    };
    if owner == account.uid {
        return Ok(());
    }
    Err(EmbeddedError::Foreign { folder: root.to_owned(), owner, uid: uid.as_raw() })
}

fn lock(root: &Path) -> Result<File, EmbeddedError> {
    let path = root.join("lock");
    let mut options = OpenOptions::new();
    let mut file = options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(file_error("open", &path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let said = fs::read_to_string(&path).unwrap_or_default();
            let pid = if said.trim().is_empty() { "unknown" } else { said.trim() }.to_owned();
            return Err(EmbeddedError::AlreadyRunning { folder: root.to_owned(), pid });
        }
        Err(TryLockError::Error(source)) => return Err(file_error("lock", &path)(source)),
    }
    file.set_len(0).map_err(file_error("write", &path))?;
    writeln!(file, "{}", std::process::id()).map_err(file_error("write", &path))?;
    Ok(file)
}

fn place_socket(root: &Path, account: &Account) -> Result<Socket, EmbeddedError> {
    let inside = root.join("socket");
    if fits(&inside).is_ok() {
        // Whatever is in it is of a run that has ended, or of an orphan that is ended before the next one starts.
        make_private(&inside, account)?;
        return Ok(Socket::Inside(inside));
    }
    let folder = std::env::temp_dir();
    let temporary = tempfile::Builder::new()
        .prefix("careernav-")
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(&folder)
        .map_err(file_error("create a folder in", &folder))?;
    fits(temporary.path())?;
    account.reaches(&fs::canonicalize(&folder).map_err(file_error("find", &folder))?)?;
    account.owns(temporary.path())?;
    Ok(Socket::Elsewhere(temporary))
}

/// Makes a folder, where it is missing, that only the account may enter.
pub(crate) fn make_private(path: &Path, account: &Account) -> Result<(), EmbeddedError> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(file_error("create", path))?;
    account.owns(path)
}

fn fits(folder: &Path) -> Result<(), EmbeddedError> {
    let path = folder.join(SOCKET);
    let length = path.as_os_str().as_bytes().len();
    if length <= LONGEST_SOCKET {
        return Ok(());
    }
    Err(EmbeddedError::PathTooLong { path, length, limit: LONGEST_SOCKET })
}
