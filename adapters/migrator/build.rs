//! Lists the bytes of every `up.sql`, for the checksums in the history: diesel's embedded migrations keep
//! theirs to themselves. It also makes a new migration folder rebuild this crate, which diesel's macro alone
//! does not notice.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = Path::new("../../migrations").canonicalize()?;
    println!("cargo::rerun-if-changed={}", folder.display());

    let mut scripts: Vec<(String, PathBuf)> = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let entry = entry?;
        let script = entry.path().join("up.sql");
        if script.is_file() {
            scripts.push((entry.file_name().to_string_lossy().into_owned(), script));
        }
    }
    scripts.sort();

    let mut code = "&[\n".to_owned();
    for (name, script) in scripts {
        // Debug prints both as Rust string literals; writing into a string cannot fail.
        let _ =
            writeln!(code, "    ({name:?}, include_bytes!({:?}).as_slice()),", script.display().to_string());
    }
    code.push_str("]\n");
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    fs::write(Path::new(&out).join("up_scripts.rs"), code)
}
