//! Places at which the process can be told to die as by kill -9, to prove what it leaves behind. Compiled in with the
//! feature `fault` only, which no release has.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::{Signal, getpid, kill_process};

/// Which place, and at which passage: `before_commit:17`.
const VARIABLE: &str = "CAREERNAV_FAULT";

fn told() -> Option<&'static (String, u32)> {
    static TOLD: OnceLock<Option<(String, u32)>> = OnceLock::new();
    let read = || {
        let told = std::env::var(VARIABLE).ok()?;
        let (point, passage) = told.split_once(':')?;
        Some((point.to_owned(), passage.parse().ok()?))
    };
    TOLD.get_or_init(read).as_ref()
}

/// The process is here. It dies if it was told to, and this is the passage.
pub fn reached(point: &'static str) {
    static PASSAGES: AtomicU32 = AtomicU32::new(0);
    let Some((told, passage)) = told() else { return };
    if told == point && PASSAGES.fetch_add(1, Ordering::SeqCst) + 1 == *passage {
        // Nothing after this runs.
        let _ = kill_process(getpid(), Signal::KILL);
    }
}
