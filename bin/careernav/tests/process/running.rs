//! A process of the program in a test's hands.

use std::fs::Permissions;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Longer than anything here takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long to wait before looking again.
const PAUSE: Duration = Duration::from_millis(10);

/// The program, in an environment of its own.
pub fn careernav(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_careernav"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CAREERNAV__") || ["DATABASE_URL", "DATABASE_DIRECT_URL"].contains(&&*text) {
            command.env_remove(&name);
        }
    }
    command.current_dir(folder);
    command
}

/// A folder that the database's user can get into.
pub fn folder() -> TempDir {
    let folder = tempfile::Builder::new().prefix("cn-").tempdir().unwrap();
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    folder
}

/// A process that is killed when the test ends, whichever way.
pub struct Process {
    child: Child,
    folder: PathBuf,
}

impl Process {
    pub fn start(mut command: Command) -> Self {
        let folder = command.get_current_dir().unwrap().to_owned();
        Self { child: command.spawn().unwrap(), folder }
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits for its end; answers its exit code.
    pub fn end(mut self) -> Option<i32> {
        eventually("the process ends", || self.child.try_wait().unwrap()).code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // Where a test kills the program alone, what its database does then is the test.
        if std::thread::panicking()
            && let Some((pid, _)) = recorded_database(&self.folder)
            && is_of(pid, &self.folder)
        {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

/// A server that runs.
pub struct Running {
    process: Process,
    /// What it said until it served.
    pub greeting: String,
    /// Where it serves.
    pub address: String,
    /// What it went on to say, by line.
    said: mpsc::Receiver<String>,
}

impl Running {
    /// `careernav up` on any free port, until it has greeted.
    pub fn up(folder: &Path) -> Self {
        let mut command = careernav(folder);
        command.args(["up", "--port", "0"]);
        Self::start(command)
    }

    /// The same of another command line.
    pub fn start(mut command: Command) -> Self {
        command.stdout(Stdio::piped());
        let mut process = Process::start(command);
        let output = process.child.stdout.take().unwrap();
        Self::once(process, output, "Ctrl-C stops")
    }

    /// `careernav serve`, until its log says that it serves.
    pub fn serve(mut command: Command) -> Self {
        command.env("CAREERNAV__LOG__FORMAT", "json").stderr(Stdio::piped());
        let mut process = Process::start(command);
        let log = process.child.stderr.take().unwrap();
        Self::once(process, log, "\"serving\"")
    }

    /// Reads until a line with the last words, and goes on reading, so that the process is never kept waiting.
    fn once(process: Process, output: impl Read + Send + 'static, last: &str) -> Self {
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                // The test may have heard enough.
                let _ = sender.send(line);
            }
        });
        let (mut greeting, begun) = (String::new(), Instant::now());
        let line = loop {
            let left = PATIENCE.saturating_sub(begun.elapsed());
            let line = lines.recv_timeout(left).unwrap_or_else(|error| panic!("{error}: {greeting}"));
            greeting = greeting + &line + "\n";
            if line.contains(last) {
                break line;
            }
        };
        let of_log = serde_json::from_str::<Value>(&line).ok();
        let logged = of_log.and_then(|entry| entry["fields"]["address"].as_str().map(str::to_owned));
        let printed = || greeting.split_whitespace().find(|word| word.starts_with("http://"));
        let address = logged.or_else(|| printed().map(str::to_owned)).expect("its address");
        Self { process, greeting, address, said: lines }
    }

    pub fn signal(&self, signal: Signal) {
        self.process.signal(signal);
    }

    /// Waits for its end; answers its exit code.
    pub fn end(self) -> Option<i32> {
        self.process.end()
    }

    /// Ctrl-C; answers the exit code.
    pub fn interrupt(self) -> Option<i32> {
        self.signal(Signal::INT);
        self.end()
    }

    /// The process id of the program itself.
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.process.child)
    }

    /// The next line of its log that holds those words.
    pub fn logs(&self, words: &str) -> Value {
        let begun = Instant::now();
        loop {
            let left = PATIENCE.saturating_sub(begun.elapsed());
            let line = self.said.recv_timeout(left).expect("a line of the log");
            if line.contains(words) {
                return serde_json::from_str(&line).unwrap();
            }
        }
    }

    pub async fn get(&self, path: &str) -> (u16, String) {
        let response = reqwest::get(format!("{}{path}", self.address)).await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    pub async fn log_in(&self, email: &str) -> Option<String> {
        let body = json!({"email": email, "password": "learning together"});
        let (_, answer) = self.post("/api/v1/tokens", &body).await;
        answer["access_token"].as_str().map(str::to_owned)
    }

    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = reqwest::Client::new().post(format!("{}{path}", self.address)).json(body);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap_or_default())
    }

    /// The key of the demo mentor.
    pub async fn mentor(&self) -> String {
        let (_, mentors) = self.get("/api/v1/mentors").await;
        let mentors: Value = serde_json::from_str(&mentors).unwrap();
        let ravi = mentors["items"].as_array().unwrap().iter().find(|mentor| mentor["name"] == "Ravi K.");
        ravi.unwrap()["id"].as_str().unwrap().to_owned()
    }

    /// Polls until it says that it is ready.
    pub async fn becomes_ready(&self) {
        let begun = Instant::now();
        while self.get("/health/ready").await.0 != 200 {
            assert!(begun.elapsed() < PATIENCE, "it is not ready again");
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Looks until there is an answer.
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "in vain it was waited that {what}");
        std::thread::sleep(PAUSE);
    }
}

/// The process id of the database in a folder's cluster as its file has it, and whether it is ready.
fn recorded_database(folder: &Path) -> Option<(Pid, bool)> {
    let text = std::fs::read_to_string(folder.join(".careernav/data/postmaster.pid")).ok()?;
    let ready = text.lines().any(|line| line.trim() == "ready");
    Some((Pid::from_raw(text.lines().next()?.parse().ok()?)?, ready))
}

/// Whether the folder is in the process's command line.
fn is_of(pid: Pid, folder: &Path) -> bool {
    let line = std::fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())).unwrap_or_default();
    String::from_utf8_lossy(&line).contains(&folder.display().to_string())
}

/// The process id of the running database.
pub fn database(folder: &Path) -> Pid {
    recorded_database(folder).filter(|(_, ready)| *ready).expect("a running database").0
}

/// Waits until another database runs in the place of one that died.
pub fn successor(folder: &Path, died: Pid) -> Pid {
    let another = || recorded_database(folder).filter(|(pid, ready)| *ready && *pid != died);
    eventually("the database is started again", another).0
}

/// Waits until a process is no more.
pub fn gone(pid: Pid) {
    let is_gone = || (test_kill_process(pid).is_err() || is_zombie(pid)).then_some(());
    eventually("the process is gone", is_gone);
}

fn is_zombie(pid: Pid) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    status.is_ok_and(|text| text.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z')))
}

/// Runs a command to its end; answers what it said and its exit code.
pub fn said(command: &mut Command) -> (String, String, Option<i32>) {
    let Output { status, stdout, stderr } = command.stdin(Stdio::null()).output().unwrap();
    (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap(), status.code())
}
