//! Which running processes belong to a data folder, and ending those that an earlier run left behind.
//!
//! A process is only ever signalled when it is a `postgres` and works in our data folder: a process id read from a file
//! may long since belong to somebody else.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::error::EmbeddedError;

/// How often a condition is looked at while waiting for it.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// How an earlier run's processes are ended: as `pg_ctl stop` would, then without ceremony, then by force. Each is
/// safe for the data; only the next start takes longer.
const STEPS: [(Signal, Duration); 3] = [
    (Signal::INT, Duration::from_secs(15)),
    (Signal::QUIT, Duration::from_secs(5)),
    (Signal::KILL, Duration::from_secs(5)),
];

/// By what the processes of one data folder are recognised.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    data: PathBuf,
    name: String,
}

impl Identity {
    /// For an absolute data folder, free of links.
    pub(crate) fn of(data: &Path) -> Self {
        // FNV-1a: stable between builds, which the standard library's hasher does not promise.
        let hash =
            data.as_os_str().as_encoded_bytes().iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
            });
        Self { data: data.to_owned(), name: format!("careernav-{hash:016x}") }
    }

    /// The cluster's name, which the server shows in the titles of all its processes.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The living processes of the cluster: the server and what it started. Zombies count as dead.
    pub(crate) fn processes(&self) -> Vec<Pid> {
        let found = if Path::new("/proc/self/stat").exists() { self.in_proc() } else { self.in_ps() };
        found.into_iter().filter_map(Pid::from_raw).collect()
    }

    /// Ends whatever an earlier run left behind; at once when there is nothing.
    pub(crate) fn end_leftovers(&self) -> Result<(), EmbeddedError> {
        let server = self.recorded_server();
        for (signal, patience) in STEPS {
            let left = self.processes();
            if left.is_empty() {
                return Ok(());
            }
            tracing::warn!(folder = %self.data.display(), processes = %listed(&left), "ending an earlier run's PostgreSQL");
            // The polite signal means something else to the server's children, so it goes to the server alone;
            // children without a server get none and leave by themselves.
            let server_lives = server.is_some_and(|server| left.contains(&server));
            if signal == Signal::INT && !server_lives {
                continue;
            }
            for pid in left.iter().filter(|pid| signal != Signal::INT || server == Some(**pid)) {
                // It may have ended in the meantime, which is what is wanted.
                let _ = kill_process(*pid, signal);
            }
            let deadline = Instant::now() + patience;
            while Instant::now() < deadline && !self.processes().is_empty() {
                std::thread::sleep(LOOK_AGAIN);
            }
        }
        let left = self.processes();
        if left.is_empty() {
            return Ok(());
        }
        Err(EmbeddedError::Leftovers { pids: listed(&left), folder: self.data.clone() })
    }

    /// The process id in the first line of `postmaster.pid`, of whatever process that is today.
    fn recorded_server(&self) -> Option<Pid> {
        let said = fs::read_to_string(self.data.join("postmaster.pid")).ok()?;
        Pid::from_raw(said.lines().next()?.trim().parse().ok()?)
    }

    fn in_proc(&self) -> Vec<i32> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let numbered =
            entries.filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())));
        numbered.filter(|(_, process)| self.owns_process(process)).map(|(pid, _)| pid).collect()
    }

    fn owns_process(&self, process: &Path) -> bool {
        let is_postgres =
            fs::read_to_string(process.join("stat")).is_ok_and(|stat| is_living_postgres(&stat));
        if !is_postgres {
            return false;
        }
        // The working folder cannot be read of another user's process without a privilege that root lacks in many
        // containers; the command line can, and carries the folder or the cluster's name.
        fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd == self.data)
            || fs::read(process.join("cmdline"))
                .is_ok_and(|line| self.owns_title(&String::from_utf8_lossy(&line).replace('\0', " ")))
    }

    /// For systems without `/proc`.
    fn in_ps(&self) -> Vec<i32> {
        let output = Command::new("ps").args(["-axo", "pid=,stat=,command="]).stdin(Stdio::null()).output();
        let said = output.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default();
        said.lines()
            .filter_map(|line| {
                let (pid, rest) = line.trim_start().split_once(' ')?;
                let (state, title) = rest.trim_start().split_once(' ')?;
                let living = !state.starts_with('Z') && title.contains("postgres");
                (living && self.owns_title(title.trim_start())).then(|| pid.parse().ok())?
            })
            .collect()
    }

    /// Whether a command line, or the title that the server's children show in its place, is of this cluster.
    fn owns_title(&self, title: &str) -> bool {
        title.contains(&format!("cluster_name={} ", self.name))
            || title.starts_with(&format!("postgres: {}: ", self.name))
    }
}

/// Reads `pid (name) state …`; the name may itself hold blanks and brackets.
fn is_living_postgres(stat: &str) -> bool {
    let Some((head, tail)) = stat.rsplit_once(')') else { return false };
    let state = tail.trim_start().chars().next();
    head.contains("(postgres") && !matches!(state, None | Some('Z' | 'X'))
}

fn listed(pids: &[Pid]) -> String {
    pids.iter().map(|pid| pid.as_raw_pid().to_string()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{Identity, is_living_postgres};
    use std::path::Path;

    #[test]
    fn zombies_and_other_programs_are_not_a_living_postgres() {
        assert!(is_living_postgres("12 (postgres) S 1 12 12"));
        assert!(!is_living_postgres("12 (postgres) Z 1 12 12"));
        assert!(!is_living_postgres("12 (sleep) S 1 12 12"));
        assert!(!is_living_postgres(""));
    }

    #[test]
    fn another_folders_processes_are_not_ours() {
        let (ours, other) = (Identity::of(Path::new("/a/data")), Identity::of(Path::new("/b/data")));
        let title = format!("postgres: {}: checkpointer ", ours.name());
        let line = format!("/usr/bin/postgres -D /a/data -c cluster_name={} -c port=5432 ", ours.name());
        assert!(ours.owns_title(&title) && ours.owns_title(&line));
        assert!(!other.owns_title(&title) && !other.owns_title(&line));
    }
}
