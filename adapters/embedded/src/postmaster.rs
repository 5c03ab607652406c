//! The server process: its command line, its start, and how one sees that it is ready.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::account::Account;
use crate::binaries::Binaries;
use crate::data::clean_environment;
use crate::error::{EmbeddedError, file_error, last_lines};
use crate::folder::Folder;
use crate::processes::Identity;

/// Everything needed to start the server, any number of times.
#[derive(Debug)]
pub(crate) struct Postmaster {
    pub(crate) folder: Folder,
    pub(crate) account: Account,
    pub(crate) binaries: Binaries,
    pub(crate) identity: Identity,
    pub(crate) settings: Vec<(String, String)>,
}

impl Postmaster {
    /// Puts right what a kill left behind: ends an orphan of this folder and makes room for the next server.
    pub(crate) fn clear(&self) -> Result<(), EmbeddedError> {
        self.identity.end_leftovers()?;
        self.release_pid_file()?;
        // The server trusts the process id in its socket's lock file, which may be somebody else's by now.
        let socket = self.folder.socket();
        for entry in fs::read_dir(socket).map_err(file_error("read", socket))?.flatten() {
            fs::remove_file(entry.path()).map_err(file_error("remove", &entry.path()))?;
        }
        Ok(())
    }

    /// Starts the server; it is not ready yet.
    ///
    /// Where the system can, the server gets a signal for a fast shutdown when the calling *thread* ends: call it from
    /// a thread that lives as long as the server is to.
    pub(crate) fn spawn(&self) -> Result<Child, EmbeddedError> {
        let program = self.binaries.postgres();
        let mut command = if setpriv_works() {
            let mut command = Command::new("setpriv");
            command.args(["--pdeathsig", "INT"]).arg(&program);
            command
        } else {
            Command::new(&program)
        };
        command.arg("-D").arg(self.folder.data());
        for (name, value) in self.all_settings() {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        let log = self.folder.append_log()?;
        let also_log = log.try_clone().map_err(file_error("open", &self.folder.log()))?;
        command
            .env_clear()
            .envs(clean_environment())
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(also_log)
            // Ctrl-C at the terminal goes to the whole foreground group: the database must outlive the requests that
            // the application is just finishing.
            .process_group(0);
        self.account.runs(&mut command);
        command.spawn().map_err(file_error("run", &program))
    }

    /// Whether the server with this process id takes connections. Its eighth line in `postmaster.pid` says so.
    pub(crate) fn is_ready(&self, pid: u32) -> bool {
        let said = fs::read_to_string(self.folder.data().join("postmaster.pid")).unwrap_or_default();
        let mut lines = said.lines();
        lines.next().is_some_and(|first| first.trim() == pid.to_string())
            && lines.nth(6).is_some_and(|status| status.trim() == "ready")
    }

    /// The last lines of the log.
    pub(crate) fn log_says(&self) -> String {
        tail(&self.folder.log()).unwrap_or_else(|error| format!("(the log cannot be read: {error})"))
    }

    fn all_settings(&self) -> Vec<(String, String)> {
        let socket = self.folder.socket().display().to_string().replace('"', "\"\"");
        let fixed = [
            ("cluster_name", self.identity.name()),
            ("listen_addresses", ""),
            ("unix_socket_directories", &format!("\"{socket}\"")),
            ("unix_socket_permissions", "0700"),
            ("port", "5432"),
            ("timezone", "UTC"),
            ("log_timezone", "UTC"),
            // The log is for the operator; what a statement or a violated key carries may be personal.
            ("log_error_verbosity", "terse"),
            ("log_min_error_statement", "panic"),
        ];
        let fixed = fixed.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        // The last of two equal names counts: no setting of the caller opens what is to be private.
        self.settings.iter().cloned().chain(fixed).collect()
    }

    /// Replaces the process id in a `postmaster.pid` that a kill left behind by our own.
    ///
    /// The server refuses to start while the process named there lives, whoever it is; only its parent, which is us, it
    /// takes for a remnant. The file itself stays, because by its other lines the server still makes sure that nobody
    /// is attached to the old shared memory.
    fn release_pid_file(&self) -> Result<(), EmbeddedError> {
        let path = self.folder.data().join("postmaster.pid");
        let Ok(said) = fs::read_to_string(&path) else { return Ok(()) };
        let Some((_, rest)) = said.split_once('\n') else {
            // Cut off in the middle of being written: nothing had been started by then.
            return fs::remove_file(&path).map_err(file_error("remove", &path));
        };
        fs::write(&path, format!("{}\n{rest}", std::process::id())).map_err(file_error("write", &path))?;
        self.account.owns(&path)
    }
}

/// Whether util-linux's `setpriv` is there; that of busybox does not know the option.
fn setpriv_works() -> bool {
    let mut command = Command::new("setpriv");
    command
        .args(["--pdeathsig", "INT", "true"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn tail(path: &Path) -> std::io::Result<String> {
    const ENOUGH: u64 = 16 * 1024;
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(ENOUGH)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(last_lines(&String::from_utf8_lossy(&bytes)))
}
