//! Lists the files of every migration, for checksums, plans and what diesel's embedded migrations keep to themselves.
//! It also makes a new migration folder rebuild this crate, which diesel's macro alone does not notice.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = Path::new("../../migrations").canonicalize()?;
    println!("cargo::rerun-if-changed={}", folder.display());

    let mut folders: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.join("up.sql").is_file() {
            folders.push(path);
        }
    }
    folders.sort();

    let mut code = "&[\n".to_owned();
    for folder in folders {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut files = String::new();
        for file in ["up.sql", "down.sql", "metadata.toml", "reconcile.sql"] {
            let path = folder.join(file);
            println!("cargo::rerun-if-changed={}", path.display());
            // Debug prints a Rust string literal; writing into a string cannot fail.
            let _ = if path.is_file() {
                write!(files, "Some(include_bytes!({:?}).as_slice()), ", path.display().to_string())
            } else {
                write!(files, "None, ")
            };
        }
        let _ = writeln!(code, "    ({name:?}, [{files}]),");
    }
    code.push_str("]\n");
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    fs::write(Path::new(&out).join("files.rs"), code)
}
