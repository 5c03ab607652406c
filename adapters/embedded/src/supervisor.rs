//! The thread that owns the server: starts it, waits for its end, starts it again, and on request stops it.
//!
//! One thread does it all, because the system ties the server's death signal to the thread that started it.

use std::process::Child;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use crate::error::EmbeddedError;
use crate::postmaster::Postmaster;
use crate::processes::LOOK_AGAIN;

/// Recovery after a crash reads the log of everything since the last checkpoint, so it may take its time.
const START_PATIENCE: Duration = Duration::from_mins(2);

/// How the server is stopped: a fast shutdown, which ends sessions and keeps the data tidy, then without ceremony, then
/// by force.
const STOP_STEPS: [(Signal, Duration); 3] = [
    (Signal::INT, Duration::from_mins(1)),
    (Signal::QUIT, Duration::from_secs(10)),
    (Signal::KILL, Duration::from_secs(10)),
];

/// The pause before a server that keeps dying is started again doubles from the first value to the second.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));

/// A server that lived this long died of something new: it is started again without a pause.
const HEALTHY: Duration = Duration::from_secs(30);

/// The handle to the supervising thread.
#[derive(Debug)]
pub(crate) struct Supervisor {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    stopping: bool,
    ended: bool,
    /// The running server. It is taken out before the process is reaped, so a signal never meets a reused id.
    server: Option<Pid>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change of the state is complete in one assignment, so it is sound even after a panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Supervisor {
    /// Starts the server on a thread of its own and waits until it is ready.
    pub(crate) fn start(postmaster: Postmaster) -> Result<Self, EmbeddedError> {
        let shared = Arc::new(Shared::default());
        let (report, reported) = mpsc::channel();
        let watched = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("postgres-supervisor".to_owned())
            .spawn(move || supervise(&postmaster, &watched, &report))
            .map_err(|_| EmbeddedError::Supervisor)?;
        let supervisor = Self { shared, thread: Some(thread) };
        // Dropping the supervisor on failure waits for the thread, and so for the folder's lock to be free again.
        reported.recv().map_err(|_| EmbeddedError::Supervisor)??;
        Ok(supervisor)
    }

    /// The server's process id, or `None` between its death and its next start.
    pub(crate) fn server(&self) -> Option<u32> {
        self.shared.lock().server.map(|pid| pid.as_raw_pid().unsigned_abs())
    }

    /// Stops the server and waits until none of its processes is left.
    pub(crate) fn stop(&mut self) -> Result<(), EmbeddedError> {
        let Some(thread) = self.thread.take() else { return Ok(()) };
        let mut state = self.shared.lock();
        state.stopping = true;
        self.shared.changed.notify_all();
        for (signal, patience) in STOP_STEPS {
            if let Some(server) = state.server {
                let _ = kill_process(server, signal);
            }
            let waited = self.shared.changed.wait_timeout_while(state, patience, |state| !state.ended);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            if state.ended {
                break;
            }
        }
        drop(state);
        thread.join().map_err(|_| EmbeddedError::Supervisor)
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::error!(%error, "PostgreSQL could not be stopped");
        }
    }
}

/// Marks the end of the thread, also of one that panicked, for whoever waits in `stop`.
struct EndMark<'a>(&'a Shared);

impl Drop for EndMark<'_> {
    fn drop(&mut self) {
        self.0.lock().ended = true;
        self.0.changed.notify_all();
    }
}

fn supervise(postmaster: &Postmaster, shared: &Shared, report: &Sender<Result<(), EmbeddedError>>) {
    let _mark = EndMark(shared);
    let mut server = match begin(postmaster, shared) {
        Ok(server) => server,
        Err(error) => {
            let _ = report.send(Err(error));
            return;
        }
    };
    // Nobody listens only if the caller's thread is gone, and then the process is about to end.
    let _ = report.send(Ok(()));
    while let Some(running) = server {
        let since = Instant::now();
        let status = reap(running, shared);
        if shared.lock().stopping {
            break;
        }
        tracing::error!(%status, "PostgreSQL ended unexpectedly and is started again");
        let pause = if since.elapsed() < HEALTHY { BACKOFF.0 } else { Duration::ZERO };
        server = begin_again(postmaster, shared, pause);
    }
    // A server that had to be killed leaves children that take a moment to notice.
    if let Err(error) = postmaster.identity.end_leftovers() {
        tracing::error!(%error, "processes of PostgreSQL are left");
    }
}

/// Starts the server until it stays up, with growing pauses; `None` once a stop is asked for.
fn begin_again(postmaster: &Postmaster, shared: &Shared, first_pause: Duration) -> Option<Child> {
    let mut pause = first_pause;
    loop {
        let state = shared.lock();
        let waited = shared.changed.wait_timeout_while(state, pause, |state| !state.stopping);
        drop(waited);
        match begin(postmaster, shared) {
            Ok(server) => {
                tracing::info!("PostgreSQL runs again");
                return server;
            }
            Err(error) => tracing::error!(%error, "PostgreSQL could not be started again"),
        }
        pause = (pause * 2).clamp(BACKOFF.0, BACKOFF.1);
    }
}

/// Starts the server once and waits until it is ready; `None` when a stop is asked for.
fn begin(postmaster: &Postmaster, shared: &Shared) -> Result<Option<Child>, EmbeddedError> {
    postmaster.clear()?;
    let server = {
        // Spawned under the lock: a stop sees either no server, and none will come, or this one.
        let mut state = shared.lock();
        if state.stopping {
            return Ok(None);
        }
        let server = postmaster.spawn()?;
        state.server = Some(Pid::from_child(&server));
        server
    };
    let deadline = Instant::now() + START_PATIENCE;
    while !postmaster.is_ready(server.id()) {
        if has_ended(&server) {
            let status = reap(server, shared);
            if shared.lock().stopping {
                return Ok(None);
            }
            return Err(EmbeddedError::Start {
                status,
                log: postmaster.folder.log(),
                said: postmaster.log_says(),
            });
        }
        if Instant::now() > deadline {
            let _ = kill_process(Pid::from_child(&server), Signal::KILL);
            reap(server, shared);
            let (log, said) = (postmaster.folder.log(), postmaster.log_says());
            return Err(EmbeddedError::NotReady { seconds: START_PATIENCE.as_secs(), log, said });
        }
        thread::sleep(LOOK_AGAIN);
    }
    Ok(Some(server))
}

/// Waits for the server's end and says how it ended.
fn reap(mut server: Child, shared: &Shared) -> String {
    // Waited for without reaping: until the state no longer names it, its id must not be given to another process.
    let pid = WaitId::Pid(Pid::from_child(&server));
    while let Err(Errno::INTR) = waitid(pid.clone(), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {}
    shared.lock().server = None;
    server.wait().map_or_else(|error| error.to_string(), |status| status.to_string())
}

fn has_ended(server: &Child) -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    matches!(waitid(WaitId::Pid(Pid::from_child(server)), options), Ok(Some(_)) | Err(Errno::CHILD))
}
