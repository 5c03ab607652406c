//! How the migrations of a database stand. Pure judgement over what was read; nothing here asks a database.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use crate::error::MigratorError;
use crate::ledger::{History, Row};
use crate::lock::Holder;

/// What is known about one migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum State {
    /// Finished.
    Applied,
    /// Declared applied by the owner, without having run here.
    Resolved,
    /// Applied by the tool that was here before, with another script of the same effect; this database was taken over.
    Adopted,
    /// The same, or known to diesel's table alone, and this database was not taken over yet.
    NotTakenOver,
    /// Never tried; deploy runs it.
    Pending,
    /// Tried, failed and rolled back as a whole; deploy tries again.
    RolledBack,
    /// Not applied, although a later one is; deploy runs it and says so.
    OutOfOrder,
    /// Begun by a session that is still at it.
    Running,
    /// Begun by a session that is gone; its one transaction never committed. Deploy tries again.
    Interrupted,
    /// Begun, neither finished nor rolled back, and what is left of it in the database is not known.
    Failed,
    /// Applied, and its script has other bytes today.
    Edited,
    /// In the history, but unknown to this program.
    Ahead,
    /// Has the version of another folder, so that diesel's table could not tell the two apart.
    Duplicate,
}

impl State {
    /// True when deploy would run the migration.
    pub fn is_pending(self) -> bool {
        matches!(self, Self::Pending | Self::RolledBack | Self::OutOfOrder | Self::Interrupted)
    }

    /// True when what the migration does is in the database.
    pub fn is_applied(self) -> bool {
        matches!(self, Self::Applied | Self::Resolved | Self::Adopted | Self::NotTakenOver | Self::Edited)
    }
}

/// One migration and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The folder's name.
    pub name: String,
    /// Where it stands.
    pub state: State,
    /// When it was finished or declared applied.
    pub finished_at: Option<DateTime<Utc>>,
    /// The text that the last failed attempt left, or the reason that a person gave.
    pub logs: Option<String>,
    /// True when diesel's own table tells the same as the ledger.
    pub mirrored: bool,
}

/// The history of one database against the migrations of this program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// By name; those that this program does not know come last.
    pub migrations: Vec<Entry>,
    /// Who is migrating at this moment.
    pub lock: Option<Holder>,
    /// True where neither history has anything, and tables of the former tool's migrations are there all the same.
    pub without_history: bool,
    /// In what the database is not as its history says, where that was asked for.
    pub drift: Option<Vec<String>>,
}

impl Status {
    /// The exit code of `careernav migrate status`: 0 in step, 10 pending or not taken over, 11 failed, 12 edited,
    /// 13 ahead, 14 out of order or duplicate, 15 drift, 21 somebody is migrating. Where several hold, the one that
    /// stops most.
    pub fn exit_code(&self) -> u8 {
        if self.lock.is_some() {
            return 21;
        }
        if let Err(refusal) = self.refuse() {
            return refusal.exit_code();
        }
        if self.first(State::OutOfOrder).is_some() {
            14
        } else if self.drift.as_ref().is_some_and(|drift| !drift.is_empty()) {
            15
        } else if self.migrations.iter().any(|entry| entry.state.is_pending()) {
            10
        } else {
            0
        }
    }

    /// Never "start anyway": what a failed, edited or ahead history means is for a person to say.
    pub fn refuse(&self) -> Result<(), MigratorError> {
        if let Some(name) = self.first(State::Failed) {
            return Err(MigratorError::Failed { name });
        }
        if let Some(name) = self.first(State::Edited) {
            return Err(MigratorError::Edited { name });
        }
        if let Some(name) = self.first(State::Ahead) {
            return Err(MigratorError::Ahead { name });
        }
        if let Some(second) = self.first(State::Duplicate) {
            let version = version(&second).to_owned();
            let mut others = self.migrations.iter().filter(|entry| entry.name != second);
            let first = others.find(|entry| self::version(&entry.name) == version);
            let first = first.map(|entry| entry.name.clone()).unwrap_or_default();
            return Err(MigratorError::DuplicateVersion { version, first, second });
        }
        if self.without_history {
            return Err(MigratorError::NoHistory);
        }
        self.first(State::NotTakenOver).map_or(Ok(()), |name| Err(MigratorError::NotTakenOver { name }))
    }

    /// Whether what a migration does is in the database.
    pub fn is_applied(&self, name: &str) -> bool {
        self.migrations.iter().any(|entry| entry.name == name && entry.state.is_applied())
    }

    /// Whether deploy would run a migration.
    pub fn is_pending(&self, name: &str) -> bool {
        self.migrations.iter().any(|entry| entry.name == name && entry.state.is_pending())
    }

    /// The name of the first migration in that state.
    fn first(&self, state: State) -> Option<String> {
        self.migrations.iter().find(|entry| entry.state == state).map(|entry| entry.name.clone())
    }
}

/// As diesel has it: what comes before the first underscore.
fn version(name: &str) -> &str {
    name.split('_').next().unwrap_or(name)
}

/// The part of a script that a judgement needs.
pub(crate) struct Known<'a> {
    pub(crate) name: &'a str,
    pub(crate) version: &'a str,
    pub(crate) checksum: &'a str,
    /// True when the script stands or falls with the finished row: one transaction, no COMMIT of its own.
    pub(crate) whole: bool,
}

impl Known<'_> {
    /// Whether nothing of an unfinished attempt can be left, now that its session is gone.
    ///
    /// It is certain for a row that this program wrote (its ids are of version 7, the former tool's of version
    /// 4) about this very script: had the transaction committed, the row would be finished. A failure that
    /// could be written down has logs, and was judged when it happened.
    fn left_nothing(&self, row: &Row) -> bool {
        let ours = row.is_ours();
        let silent = row.finished_at.is_none() && row.logs.is_none();
        self.whole && ours && silent && row.checksum == self.checksum
    }
}

/// Judges a history that was read while `lock` was held by somebody else, or by nobody.
pub(crate) fn judge(known: &[Known<'_>], history: &History, lock: Option<Holder>) -> Status {
    let finished = |row: &&Row| row.rolled_back_at.is_none() && row.finished_at.is_some();
    let newest = history
        .rows
        .iter()
        .filter(finished)
        .map(|row| row.migration_name.as_str())
        .filter(|name| known.iter().any(|known| known.name == *name))
        .max();

    let mut migrations = Vec::new();
    for known in known {
        let mut entry = judge_one(known, history, lock.is_some());
        if entry.state.is_pending() && newest.is_some_and(|newest| known.name < newest) {
            entry.state = State::OutOfOrder;
        }
        migrations.push(entry);
    }

    let names: BTreeSet<&str> = known.iter().map(|known| known.name).collect();
    let mut ahead = BTreeSet::new();
    for row in history.rows.iter().filter(|row| row.rolled_back_at.is_none()) {
        if !names.contains(row.migration_name.as_str()) && ahead.insert(row.migration_name.as_str()) {
            migrations.push(Entry {
                name: row.migration_name.clone(),
                state: State::Ahead,
                finished_at: row.finished_at,
                logs: row.logs.clone(),
                mirrored: true,
            });
        }
    }
    for version in only_in_the_mirror(history) {
        if !known.iter().any(|known| known.version == version) {
            migrations.push(Entry {
                name: version.to_owned(),
                state: State::Ahead,
                finished_at: None,
                logs: None,
                mirrored: true,
            });
        }
    }
    mark_duplicates(&mut migrations);
    Status { migrations, lock, without_history: false, drift: None }
}

/// The versions that diesel's table has, and that stand in no row of the ledger.
fn only_in_the_mirror(history: &History) -> impl Iterator<Item = &str> {
    let stands = |wanted: &str| {
        let mut standing = history.rows.iter().filter(|row| row.rolled_back_at.is_none());
        standing.any(|row| version(&row.migration_name) == wanted)
    };
    history.mirror.iter().map(String::as_str).filter(move |version| !stands(version))
}

/// Of several with one version, those that are not applied have to be renamed; where all are, all but the first.
fn mark_duplicates(migrations: &mut [Entry]) {
    let mut groups: BTreeMap<String, Vec<&mut Entry>> = BTreeMap::new();
    for entry in migrations.iter_mut().filter(|entry| entry.state != State::Ahead) {
        groups.entry(version(&entry.name).to_owned()).or_default().push(entry);
    }
    for group in groups.into_values().filter(|group| group.len() > 1) {
        let spared = group.iter().position(|entry| entry.state.is_applied()).unwrap_or(0);
        let all_applied = group.iter().all(|entry| entry.state.is_applied());
        for (index, entry) in group.into_iter().enumerate() {
            if index != spared && (all_applied || !entry.state.is_applied()) {
                entry.state = State::Duplicate;
            }
        }
    }
}

fn judge_one(known: &Known<'_>, history: &History, somebody_migrates: bool) -> Entry {
    let attempts: Vec<&Row> = history.rows.iter().filter(|row| row.migration_name == known.name).collect();
    let standing: Vec<&Row> = attempts.iter().copied().filter(|row| row.rolled_back_at.is_none()).collect();

    let mirrored = history.mirror.contains(known.version);
    let unfinished = standing.iter().any(|row| row.finished_at.is_none());
    let state = match standing.last() {
        _ if unfinished && somebody_migrates => State::Running,
        _ if unfinished && standing.iter().all(|row| known.left_nothing(row)) => State::Interrupted,
        _ if unfinished => State::Failed,
        // The former tool's script may have had other bytes for the same effect.
        Some(row) if row.checksum != known.checksum && !row.is_ours() && !mirrored => State::NotTakenOver,
        Some(row) if row.checksum != known.checksum && row.is_ours() => State::Edited,
        Some(row) if row.applied_steps_count == 0 => State::Resolved,
        Some(row) if row.checksum != known.checksum => State::Adopted,
        Some(_) => State::Applied,
        // Who ran it did not know of the ledger. Running it again would be a guess.
        None if only_in_the_mirror(history).any(|version| version == known.version) => State::NotTakenOver,
        None if attempts.is_empty() => State::Pending,
        None => State::RolledBack,
    };
    Entry {
        name: known.name.to_owned(),
        state,
        finished_at: standing.iter().filter_map(|row| row.finished_at).max(),
        logs: match state {
            State::RolledBack | State::Failed => attempts.iter().rev().find_map(|row| row.logs.clone()),
            _ => standing.last().and_then(|row| row.logs.clone()),
        },
        mirrored: mirrored == state.is_applied(),
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Applied => "applied",
            Self::Resolved => "resolved",
            Self::Adopted => "adopted",
            Self::NotTakenOver => "applied by another tool, NOT TAKEN OVER",
            Self::Pending => "pending",
            Self::RolledBack => "rolled back, will be tried again",
            Self::OutOfOrder => "pending, older than an applied one",
            Self::Running => "running",
            Self::Interrupted => "interrupted, will be tried again",
            Self::Failed => "FAILED or interrupted",
            Self::Edited => "EDITED after it was applied",
            Self::Ahead => "AHEAD: unknown to this program",
            Self::Duplicate => "DUPLICATE: another migration has its version",
        })
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.migrations.iter().map(|entry| entry.name.len()).max().unwrap_or(0);
        for entry in &self.migrations {
            write!(f, "{:width$}  {}", entry.name, entry.state)?;
            if let Some(at) = entry.finished_at {
                write!(f, "  {}", at.to_rfc3339_opts(SecondsFormat::Secs, true))?;
            }
            if !entry.mirrored {
                f.write_str("  (diesel's table says otherwise)")?;
            }
            writeln!(f)?;
            for line in entry.logs.iter().flat_map(|logs| logs.lines()) {
                writeln!(f, "    {line}")?;
            }
        }
        if self.without_history {
            writeln!(f, "{}", MigratorError::NoHistory)?;
        }
        if let Some(holder) = &self.lock {
            writeln!(f, "A migration is running: {holder}.")?;
        }
        for difference in self.drift.iter().flatten() {
            writeln!(f, "drift: {difference}")?;
        }
        let pending = self.migrations.iter().filter(|entry| entry.state.is_pending()).count();
        match (self.exit_code(), pending) {
            (0, _) => writeln!(f, "The database is in step."),
            (_, 0) => Ok(()),
            (_, 1) => writeln!(f, "1 migration is pending."),
            (_, several) => writeln!(f, "{several} migrations are pending."),
        }
    }
}

#[cfg(test)]
mod tests;
