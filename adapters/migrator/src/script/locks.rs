//! The locks that a statement takes on tables that are there, as PostgreSQL's manual has them.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use super::lint::{actions, after_if, created_table, index_created};
use super::statement::{Statement, statements};

/// A lock on a table, from a statement until the end of its transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lock {
    /// Where the statement begins, from 1.
    pub line: usize,
    /// The table; for an index that is dropped, the index.
    pub table: String,
    /// As PostgreSQL calls it, for example `ACCESS EXCLUSIVE`.
    pub mode: &'static str,
    /// What others cannot do meanwhile.
    pub stops: &'static str,
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {} on {}: {}", self.line, self.mode, self.table, self.stops)
    }
}

const EXCLUSIVE: (&str, &str) = ("ACCESS EXCLUSIVE", "others neither read nor write");
const ROW_EXCLUSIVE: (&str, &str) = ("SHARE ROW EXCLUSIVE", "others read, but do not write");
const SHARE: (&str, &str) = ("SHARE", "others read, but do not write");
const UPDATE: (&str, &str) = ("SHARE UPDATE EXCLUSIVE", "others read and write");
const ROWS: (&str, &str) = ("ROW EXCLUSIVE", "others read and write other rows");

/// Every lock on a table that the script does not create itself. What a body in dollar quotes takes, as of a DO block,
/// is not told.
pub fn locks(script: &str) -> Vec<Lock> {
    let mut created = BTreeSet::new();
    let mut locks = Vec::new();
    for statement in statements(script) {
        created.extend(created_table(&statement));
        for (table, (mode, stops)) in of(&statement) {
            if !created.contains(&table) {
                locks.push(Lock { line: statement.line, table, mode, stops });
            }
        }
    }
    locks
}

fn of(statement: &Statement) -> Vec<(String, (&'static str, &'static str))> {
    let at = |index| statement.name(after_if(statement, index)).0;
    let behind = |word: &str| statement.find(0, &[word]).map(|index| at(index + 1));
    if index_created(statement).is_some() {
        let concurrently = statement.find(0, &["CONCURRENTLY"]).is_some();
        return behind("ON")
            .map(|table| (table, if concurrently { UPDATE } else { SHARE }))
            .into_iter()
            .collect();
    }
    match (statement.word(0).as_str(), statement.word(1).as_str()) {
        ("CREATE", "TABLE") => {
            referenced(statement).into_iter().map(|table| (table, ROW_EXCLUSIVE)).collect()
        }
        ("CREATE", _) if behind("TRIGGER").is_some() => {
            behind("ON").map(|table| (table, ROW_EXCLUSIVE)).into_iter().collect()
        }
        ("ALTER", "TABLE") => of_alteration(statement),
        ("DROP", "TRIGGER") => behind("ON").map(|table| (table, EXCLUSIVE)).into_iter().collect(),
        ("DROP", "INDEX") if statement.word(2) == "CONCURRENTLY" => vec![(at(3), UPDATE)],
        ("DROP", "INDEX" | "TABLE") => {
            listed(statement, 2).into_iter().map(|table| (table, EXCLUSIVE)).collect()
        }
        ("TRUNCATE", "TABLE") => listed(statement, 2).into_iter().map(|table| (table, EXCLUSIVE)).collect(),
        ("TRUNCATE", _) => listed(statement, 1).into_iter().map(|table| (table, EXCLUSIVE)).collect(),
        ("UPDATE", _) => vec![(at(1), ROWS)],
        ("INSERT" | "DELETE", _) => vec![(at(2), ROWS)],
        _ => Vec::new(),
    }
}

fn of_alteration(statement: &Statement) -> Vec<(String, (&'static str, &'static str))> {
    let (table, actions) = actions(statement);
    let mut found: Vec<(String, (&'static str, &'static str))> = Vec::new();
    let strongest = |action: &Statement| {
        if action.begins(&["VALIDATE"]) {
            UPDATE
        } else if action.begins(&["ADD"]) && action.find(0, &["FOREIGN", "KEY"]).is_some() {
            ROW_EXCLUSIVE
        } else {
            EXCLUSIVE
        }
    };
    let modes: Vec<_> = actions.iter().map(strongest).collect();
    let of_table = [EXCLUSIVE, ROW_EXCLUSIVE, UPDATE].into_iter().find(|mode| modes.contains(mode));
    found.extend(of_table.map(|mode| (table, mode)));
    found.extend(referenced(statement).into_iter().map(|table| (table, ROW_EXCLUSIVE)));
    found
}

/// The tables that foreign keys of the statement point to.
fn referenced(statement: &Statement) -> Vec<String> {
    let places = (0..statement.words.len()).filter(|index| statement.word(*index) == "REFERENCES");
    places.map(|index| statement.name(index + 1).0).collect()
}

/// The names of a list with commas.
fn listed(statement: &Statement, from: usize) -> Vec<String> {
    let mut names = Vec::new();
    let mut at = after_if(statement, from);
    loop {
        let (name, next) = statement.name(at);
        names.push(name);
        if statement.word(next) != "," {
            return names;
        }
        at = next + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(script: &str) -> Vec<String> {
        locks(script).into_iter().map(|lock| format!("{} {}", lock.table, lock.mode)).collect()
    }

    #[test]
    fn a_new_table_is_nobody_elses_but_what_it_points_to_is() {
        let script = "CREATE TABLE a (id int PRIMARY KEY, b_id int REFERENCES public.b (id)); CREATE INDEX i ON a (b_id);";
        assert_eq!(said(script), ["b SHARE ROW EXCLUSIVE"]);
    }

    #[test]
    fn the_strongest_of_several_alterations_counts() {
        assert_eq!(
            said("ALTER TABLE ONLY a ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES b (id), ADD COLUMN c int"),
            ["a ACCESS EXCLUSIVE", "b SHARE ROW EXCLUSIVE"]
        );
        assert_eq!(said("ALTER TABLE a VALIDATE CONSTRAINT f"), ["a SHARE UPDATE EXCLUSIVE"]);
    }

    #[test]
    fn an_index_stops_writers_unless_it_is_built_concurrently() {
        assert_eq!(
            said(
                "CREATE UNIQUE INDEX i ON a (b); CREATE INDEX CONCURRENTLY j ON a (b); DROP INDEX IF EXISTS k, l;"
            ),
            ["a SHARE", "a SHARE UPDATE EXCLUSIVE", "k ACCESS EXCLUSIVE", "l ACCESS EXCLUSIVE"]
        );
    }

    #[test]
    fn a_trigger_is_on_its_table() {
        assert_eq!(
            said(
                "CREATE TRIGGER t BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION f(); UPDATE ONLY users SET a = 1;"
            ),
            ["users SHARE ROW EXCLUSIVE", "users ROW EXCLUSIVE"]
        );
    }
}
