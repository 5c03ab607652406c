//! A process of the program in a test's hands.

use std::fs::Permissions;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Longer than anything here takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// The program, in an environment of its own.
pub fn careernav(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_careernav"));
    for name in ["DATABASE_URL", "DATABASE_DIRECT_URL", "CAREERNAV__MODE", "CAREERNAV__LOG__FILTER"] {
        command.env_remove(name);
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

/// A server that runs; it is killed when the test ends, whichever way.
pub struct Running {
    process: Child,
    output: BufReader<ChildStdout>,
    /// What it printed until it served.
    pub greeting: String,
    /// Where it serves.
    pub address: String,
}

impl Running {
    /// `careernav up` on any free port, until it has greeted.
    pub fn up(folder: &Path) -> Self {
        let mut command = careernav(folder);
        command.args(["up", "--port", "0"]);
        Self::start(command)
    }

    pub fn start(mut command: Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut greeting = String::new();
        while !greeting.contains("Ctrl-C stops") {
            let read = output.read_line(&mut greeting).unwrap();
            assert!(read > 0, "it ended: {greeting}");
        }
        let address =
            greeting.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
        Self { process, output, greeting, address }
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.process)
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Waits for its end; answers its exit code.
    pub fn end(mut self) -> Option<i32> {
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut self.output, &mut rest).unwrap();
        self.process.wait().unwrap().code()
    }

    /// Ctrl-C; answers the exit code.
    pub fn interrupt(self) -> Option<i32> {
        self.signal(Signal::INT);
        self.end()
    }

    pub async fn get(&self, path: &str) -> (u16, String) {
        let response = reqwest::get(format!("{}{path}", self.address)).await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    pub async fn log_in(&self, email: &str) -> Option<String> {
        let body = json!({"email": email, "password": "learning together"}).to_string();
        let request = reqwest::Client::new().post(format!("{}/api/v1/tokens", self.address));
        let response = request.header("Content-Type", "application/json").body(body).send().await.unwrap();
        let answer: Value = response.json().await.unwrap();
        answer["access_token"].as_str().map(str::to_owned)
    }

    /// The key of the demo mentor.
    pub async fn mentor(&self) -> String {
        let (_, mentors) = self.get("/api/v1/mentors").await;
        serde_json::from_str::<Value>(&mentors).unwrap()["items"][0]["id"].as_str().unwrap().to_owned()
    }

    /// Polls until it says that it is ready.
    pub async fn becomes_ready(&self) {
        let begun = Instant::now();
        while self.get("/health/ready").await.0 != 200 {
            assert!(begun.elapsed() < PATIENCE, "it is not ready again");
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The process id of the database in a folder's cluster, if it is ready.
fn ready_database(folder: &Path) -> Option<Pid> {
    let text = std::fs::read_to_string(folder.join(".careernav/data/postmaster.pid")).ok()?;
    let ready = text.lines().any(|line| line.trim() == "ready");
    Pid::from_raw(text.lines().next()?.parse().ok()?).filter(|_| ready)
}

/// The process id of the running database.
pub fn database(folder: &Path) -> Pid {
    ready_database(folder).expect("a running database")
}

/// Waits until another database runs in the place of one that died.
pub fn successor(folder: &Path, died: Pid) -> Pid {
    let begun = Instant::now();
    loop {
        if let Some(pid) = ready_database(folder).filter(|pid| *pid != died) {
            return pid;
        }
        assert!(begun.elapsed() < PATIENCE, "the database was not started again");
        std::thread::yield_now();
    }
}

/// Waits until a process is no more.
pub fn gone(pid: Pid) {
    let begun = Instant::now();
    while test_kill_process(pid).is_ok() && !is_zombie(pid) {
        assert!(begun.elapsed() < PATIENCE, "process {pid:?} is still there");
        std::thread::yield_now();
    }
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
