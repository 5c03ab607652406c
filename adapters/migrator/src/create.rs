//! A new migration's folder.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use crate::error::MigratorError;

/// What the digits of a version mean.
const STAMP: &str = "%Y%m%d%H%M%S";

/// The texts of a new migration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// Its name, in lower-case letters, digits and underscores.
    pub name: String,
    /// The text of `up.sql`; empty, a comment is written that asks for it.
    pub up: String,
    /// The text of `down.sql`, likewise.
    pub down: String,
}

/// Makes the folder, newer than every other one; answers its path. The stamp is `now`, or a second after the newest
/// where that is later.
pub(crate) fn create(folder: &Path, draft: &Draft, now: DateTime<Utc>) -> Result<PathBuf, MigratorError> {
    let unreadable = |path: &Path, reason: &dyn std::fmt::Display| MigratorError::Unreadable {
        reason: format!("{}: {reason}", path.display()),
    };
    let Draft { name, up, down } = draft;
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
        let reason = format!("{name:?} is no name for one: lower-case letters, digits and underscores");
        return Err(MigratorError::Unreadable { reason });
    }
    let mut newest = None;
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
        let entry = entry.map_err(|error| unreadable(folder, &error))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let digits = name.get(..14).and_then(|digits| NaiveDateTime::parse_from_str(digits, STAMP).ok());
        newest = newest.max(digits);
    }
    let after = newest.map(|newest| newest + TimeDelta::seconds(1));
    let stamp = after.map_or(now.naive_utc(), |after| after.max(now.naive_utc()));
    let path = folder.join(format!("{}_{name}", stamp.format(STAMP)));
    fs::create_dir(&path).map_err(|error| unreadable(&path, &error))?;
    let text = |given: &str, asked: &str| {
        if given.trim().is_empty() { format!("-- {asked}\n") } else { format!("{}\n", given.trim_end()) }
    };
    let files = [
        ("up.sql", text(up, "What changes. It only adds; what others use is changed in steps.")),
        ("down.sql", text(down, "How it is taken back.")),
        ("metadata.toml", "run_in_transaction = true\n".to_owned()),
    ];
    for (file, text) in files {
        let path = path.join(file);
        fs::write(&path, text).map_err(|error| unreadable(&path, &error))?;
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        NaiveDateTime::parse_from_str(text, STAMP).unwrap().and_utc()
    }

    fn made(existing: &[&str], name: &str) -> Result<String, MigratorError> {
        let folder = tempfile::tempdir().unwrap();
        for name in existing {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let draft = Draft { name: name.to_owned(), ..Draft::default() };
        let path = create(folder.path(), &draft, at("20261124120000"))?;
        assert!(["up.sql", "down.sql", "metadata.toml"].iter().all(|file| path.join(file).is_file()));
        Ok(path.file_name().unwrap().to_string_lossy().into_owned())
    }

    #[test]
    fn a_new_folder_has_fourteen_digits_of_the_time() {
        assert_eq!(made(&["20260101000000_old"], "add_zone").unwrap(), "20261124120000_add_zone");
    }

    #[test]
    fn a_new_folder_is_newer_than_the_newest_even_if_that_one_is_of_the_future() {
        assert_eq!(made(&["20300101000059_later"], "add_zone").unwrap(), "20300101000100_add_zone");
    }

    #[test]
    fn a_name_that_is_none_is_refused() {
        for name in ["", "Add Zone", "../up", "add-zone"] {
            assert!(made(&[], name).is_err(), "{name}");
        }
    }
}
