//! Where the system keeps `PostgreSQL`'s server binaries.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Names the folder with the binaries and goes before every other place.
const OVERRIDE: &str = "CAREERNAV_PG_BIN";

/// Patterns of folders, with one `*` at most, where packages put the binaries outside of `PATH`.
const PLACES: &[(&str, &str)] = &[
    ("/usr/lib/postgresql", "bin"), // Debian, Ubuntu: /usr/lib/postgresql/15/bin
    ("/usr/libexec", ""),           // Alpine: /usr/libexec/postgresql15
    ("/usr", "bin"),                // the PostgreSQL project's RPMs: /usr/pgsql-15/bin
    ("/usr/lib", "bin"),            // SUSE: /usr/lib/postgresql15/bin
    ("/opt/homebrew/opt", "bin"),   // Homebrew on Apple's chips: /opt/homebrew/opt/postgresql@15/bin
    ("/usr/local/opt", "bin"),      // Homebrew on Intel
    ("/home/linuxbrew/.linuxbrew/opt", "bin"), // Homebrew on Linux
    ("/Applications/Postgres.app/Contents/Versions", "bin"),
];

/// A folder that holds `initdb` and `postgres`, and their version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    folder: PathBuf,
    major: u32,
}

impl Binaries {
    /// The first usable binaries: those of `CAREERNAV_PG_BIN`, then of `PATH`, then the newest of the places where
    /// packages put them. `None` when there are none.
    pub fn find() -> Option<Self> {
        Self::all().into_iter().next()
    }

    /// Like [`Binaries::find`], but where the folder already holds data, binaries of the data's version go first: a
    /// newer version installed beside the old one must not make the data unusable.
    pub fn find_for(folder: &Path) -> Option<Self> {
        let all = Self::all();
        let made_by = crate::data::version(&crate::folder::data(folder));
        let same = all.iter().find(|b| made_by.as_deref() == Some(b.major.to_string().as_str()));
        same.or(all.first()).cloned()
    }

    /// The binaries in a given folder, if they are there and run.
    pub fn at(folder: &Path) -> Option<Self> {
        // Links, as in /usr/local/bin, are followed: the server finds its own libraries from where it really is.
        let postgres = fs::canonicalize(folder.join("postgres")).ok()?;
        let folder = postgres.parent()?.to_owned();
        if !folder.join("initdb").is_file() {
            return None;
        }
        let said = run(&postgres, "--version")?;
        Some(Self { folder, major: major(&said)? })
    }

    /// The major version, such as 15.
    pub fn major(&self) -> u32 {
        self.major
    }

    /// The folder they are in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn initdb(&self) -> PathBuf {
        self.folder.join("initdb")
    }

    pub(crate) fn postgres(&self) -> PathBuf {
        self.folder.join("postgres")
    }

    fn all() -> Vec<Self> {
        // Who names a folder means it: nothing else is tried, so that a typing error is noticed.
        if let Some(named) = env::var_os(OVERRIDE) {
            return Self::at(Path::new(&named)).into_iter().collect();
        }
        let path: Vec<PathBuf> =
            env::var_os("PATH").map(|p| env::split_paths(&p).collect()).unwrap_or_default();
        // `pg_config` knows better than wrappers named `postgres` that version switchers put into PATH.
        let configured = path
            .iter()
            .filter_map(|folder| run(&folder.join("pg_config"), "--bindir"))
            .map(|said| PathBuf::from(said.trim()));
        let mut found: Vec<Self> = Vec::new();
        let mut packaged: Vec<Self> = packaged_folders().iter().filter_map(|f| Self::at(f)).collect();
        packaged.sort_by_key(|b| std::cmp::Reverse(b.major));
        for binaries in configured.chain(path.clone()).filter_map(|f| Self::at(&f)).chain(packaged) {
            if !found.contains(&binaries) {
                found.push(binaries);
            }
        }
        found
    }
}

/// Every folder of [`PLACES`] that exists and looks like `PostgreSQL`'s.
fn packaged_folders() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for (place, below) in PLACES {
        for entry in fs::read_dir(place).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let versioned = name.starts_with(|c: char| c.is_ascii_digit());
            if versioned || name.starts_with("postgres") || name.starts_with("pgsql") {
                found.push(entry.path().join(below));
            }
        }
    }
    found
}

/// What a program answers to one argument, if it exists and succeeds.
fn run(program: &Path, argument: &str) -> Option<String> {
    let output = Command::new(program).arg(argument).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The major version in an answer such as `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` or `… 18beta1`.
fn major(said: &str) -> Option<u32> {
    let number = said.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn the_major_version_is_read_from_every_form_of_answer() {
        assert_eq!(major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major("postgres (PostgreSQL)"), None);
    }
}
