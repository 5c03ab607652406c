//! An application in a process of its own, to be killed: the program `cluster-stand-in`.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::support::cluster::binaries;

/// The program, built beside the tests.
const PROGRAM: &str = env!("CARGO_BIN_EXE_cluster-stand-in");

/// A process that holds a cluster until it is killed or told to stop.
pub struct StandIn {
    process: Child,
    /// Kept open for as long as the program may write.
    _output: BufReader<ChildStdout>,
    /// The address of its maintenance database.
    pub url: String,
    /// The process id of its server.
    pub server: u32,
}

impl StandIn {
    /// Starts an application on the cluster below the folder and waits until its database is ready.
    pub fn start(below: &Path) -> Self {
        Self::attempt(below, &[]).unwrap_or_else(|said| panic!("{said}"))
    }

    /// The same on a system that cannot tell the server of the application's death.
    pub fn start_without_death_signal(below: &Path) -> Self {
        // A PATH on which there is no `setpriv`, but the `id` that is needed as root.
        let path = below.join("bin");
        std::fs::create_dir_all(&path).expect("a folder");
        let usual = std::env::var_os("PATH").expect("a PATH");
        let id = std::env::split_paths(&usual).map(|place| place.join("id")).find(|id| id.is_file());
        let _ = std::os::unix::fs::symlink(id.expect("the program id"), path.join("id"));
        let path = path.to_str().expect("a path");
        let bin = binaries().folder().to_str().expect("a path").to_owned();
        Self::attempt(below, &[("PATH", path), ("CAREERNAV_PG_BIN", &bin)])
            .unwrap_or_else(|said| panic!("{said}"))
    }

    /// Starts an application, or gives the sentence with which it refused.
    pub fn attempt(below: &Path, environment: &[(&str, &str)]) -> Result<Self, String> {
        let mut command = Command::new(PROGRAM);
        command.envs(environment.iter().copied());
        Self::run(below, command)
    }

    /// The same as another user, who needs to be let into the folder. Only root can do it.
    pub fn attempt_as(uid: u32, below: &Path) -> Result<Self, String> {
        // The other user may not get to where the program was built.
        let copy = below.join("application");
        std::fs::copy(PROGRAM, &copy).expect("a copy");
        let mut command = Command::new(copy);
        command.uid(uid).gid(uid).current_dir("/");
        Self::run(below, command)
    }

    fn run(below: &Path, mut command: Command) -> Result<Self, String> {
        let mut process = command
            .arg(below)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let mut output = BufReader::new(process.stdout.take().expect("its output"));
        let mut said = String::new();
        while let Some(line) = next_line(&mut output) {
            if let Some((_, answer)) = line.split_once("RUNS ") {
                let (server, url) = answer.split_once(' ').expect("a process id and an address");
                let (server, url) = (server.parse().expect("a process id"), url.to_owned());
                return Ok(Self { process, _output: output, url, server });
            }
            said.push_str(&line);
            said.push('\n');
        }
        process.wait().expect("its end");
        Err(said)
    }

    /// Kills the application the hard way; its server is not touched.
    pub fn kill_9(mut self) {
        self.process.kill().expect("a kill");
        self.process.wait().expect("its end");
    }

    /// Lets the application stop in order.
    pub fn stop(mut self) {
        drop(self.process.stdin.take());
        assert!(self.process.wait().expect("its end").success());
    }
}

fn next_line(output: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    let length = output.read_line(&mut line).ok()?;
    (length > 0).then(|| line.trim_end().to_owned())
}
