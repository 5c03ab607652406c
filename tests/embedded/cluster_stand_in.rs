//! Holds a cluster until its input ends: a stand-in for the server, for tests that kill it.

use std::io::Read;
use std::path::Path;

use adapter_embedded::{Binaries, Cluster, EmbeddedError, Options};

fn main() -> Result<(), String> {
    let below = std::env::args_os().nth(1).ok_or("which folder?")?;
    let binaries = Binaries::find().ok_or("no binaries")?;
    match hold(&binaries, Path::new(&below)) {
        Ok(()) => Ok(()),
        Err(error) => {
            // The test reads why from the output.
            println!("{error}");
            Ok(())
        }
    }
}

fn hold(binaries: &Binaries, below: &Path) -> Result<(), EmbeddedError> {
    let cluster = Cluster::start(binaries, &Options::throwaway(below.join("cluster")))?;
    println!("RUNS {} {}", cluster.server_pid().unwrap_or_default(), cluster.url("postgres"));
    // The end of the input, or an error of it, is the sign to stop.
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    cluster.stop()
}
