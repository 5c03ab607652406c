//! Statements that are dangerous on tables which others use.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use super::rules::{RULES, Rule};
use super::statement::{Statement, statements};
use super::transaction;

/// One statement that a rule speaks against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The migration's folder.
    pub migration: String,
    /// Where the statement begins, from 1.
    pub line: usize,
    /// The table or index that it is about.
    pub about: String,
    /// Which rule.
    #[serde(flatten)]
    pub rule: Rule,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rule { name, danger, instead } = self.rule;
        write!(f, "{}:{}: {}: {danger}. {instead}. [{name}]", self.migration, self.line, self.about)
    }
}

/// What is dangerous in a script. Tables that the script itself creates are used by nobody yet. A body in dollar
/// quotes, as of a DO block, is not looked into.
pub fn lint(migration: &str, script: &str, in_transaction: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut new_tables = BTreeSet::new();
    let mut unchecked = BTreeSet::new();
    let statements = statements(script);
    // Several at once are sent as one, which PostgreSQL puts into a transaction.
    let together = in_transaction || statements.len() > 1;
    for statement in statements {
        if let Some(table) = created_table(&statement) {
            new_tables.insert(table);
            continue;
        }
        let checked = together.then(|| checked_at_once(&statement, &mut unchecked)).flatten();
        let nested = in_transaction && transaction::begins_or_ends(&statement);
        let nested = nested.then(|| ("transaction-nesting", statement.word(0)));
        for (name, about) in against(&statement, together).into_iter().chain(checked).chain(nested) {
            if let Some(rule) = RULES.iter().find(|rule| rule.name == name)
                && !new_tables.contains(&about)
                && !is_allowed(script, statement.line, name)
            {
                findings.push(Finding {
                    migration: migration.to_owned(),
                    line: statement.line,
                    about,
                    rule: *rule,
                });
            }
        }
    }
    findings
}

/// The lock of an addition is held until its transaction ends, so to validate in the same one is to add it checked.
fn checked_at_once(
    statement: &Statement,
    unchecked: &mut BTreeSet<(String, String)>,
) -> Option<(&'static str, String)> {
    if !statement.begins(&["ALTER", "TABLE"]) {
        return None;
    }
    let (table, actions) = actions(statement);
    let named = |action: &Statement| (table.clone(), action.name(2).0);
    let adds = |action: &&Statement| action.begins(&["ADD", "CONSTRAINT"]);
    let bare = |action: &&Statement| action.find(0, &["NOT", "VALID"]).is_some();
    unchecked.extend(actions.iter().filter(adds).filter(bare).map(named));
    let mut validated = actions.iter().filter(|action| action.begins(&["VALIDATE", "CONSTRAINT"])).map(named);
    let found = validated.any(|constraint| unchecked.contains(&constraint));
    found.then_some(("constraint-missing-not-valid", table))
}

/// Whether the line above says `-- lint: allow RULE`.
fn is_allowed(script: &str, line: usize, rule: &str) -> bool {
    let above = line.checked_sub(2).and_then(|index| script.lines().nth(index));
    let allowed = above.and_then(|text| text.trim_start().strip_prefix("-- lint: allow "));
    allowed.is_some_and(|rules| rules.split([',', ' ']).any(|word| word == rule))
}

/// The table that the statement creates, if it does.
pub(crate) fn created_table(statement: &Statement) -> Option<String> {
    let table = (statement.word(0) == "CREATE").then(|| statement.find(0, &["TABLE"])).flatten()?;
    // CREATE TRIGGER … ON TABLE and the like are no such thing.
    (table <= 3).then(|| statement.name(after_if(statement, table + 1)).0)
}

/// Behind IF EXISTS, IF NOT EXISTS and ONLY, where they stand.
pub(super) fn after_if(statement: &Statement, at: usize) -> usize {
    let mut at = at;
    if statement.has_at(at, &["IF", "NOT", "EXISTS"]) {
        at += 3;
    } else if statement.has_at(at, &["IF", "EXISTS"]) {
        at += 2;
    }
    if statement.word(at) == "ONLY" { at + 1 } else { at }
}

/// The rules that a statement breaks, each with what it is about.
fn against(statement: &Statement, in_transaction: bool) -> Vec<(&'static str, String)> {
    let at = |index| statement.name(after_if(statement, index)).0;
    if statement.begins(&["ALTER", "TABLE"]) {
        let (table, actions) = actions(statement);
        return actions
            .iter()
            .flat_map(|action| of_action(action))
            .map(|rule| (rule, table.clone()))
            .collect();
    }
    if let Some(index) = index_created(statement) {
        let table = statement.find(index, &["ON"]).map(&at_next(statement)).unwrap_or_default();
        return match statement.word(index + 1).as_str() {
            "CONCURRENTLY" if in_transaction => vec![("ban-concurrent-index-creation-in-transaction", table)],
            "CONCURRENTLY" => Vec::new(),
            _ => vec![("require-concurrent-index-creation", table)],
        };
    }
    let single = match (statement.word(0).as_str(), statement.word(1).as_str()) {
        ("DROP", "INDEX") if statement.word(2) != "CONCURRENTLY" => {
            ("require-concurrent-index-deletion", at(2))
        }
        ("DROP", "TABLE") => ("ban-drop-table", at(2)),
        ("DROP", "DATABASE") => ("ban-drop-database", at(2)),
        ("DROP", "SCHEMA") => ("ban-drop-schema", at(2)),
        ("DROP", "TYPE") => ("ban-drop-type", at(2)),
        ("REINDEX", _) if statement.find(0, &["CONCURRENTLY"]).is_none() => {
            ("require-concurrent-reindex", statement.name(statement.words.len() - 1).0)
        }
        ("TRUNCATE", second) if statement.find(0, &["CASCADE"]).is_some() => {
            ("ban-truncate-cascade", at(if second == "TABLE" { 2 } else { 1 }))
        }
        _ => return Vec::new(),
    };
    vec![single]
}

fn at_next(statement: &Statement) -> impl Fn(usize) -> String {
    move |index| statement.name(after_if(statement, index + 1)).0
}

/// Where INDEX stands, if the statement creates one.
pub(super) fn index_created(statement: &Statement) -> Option<usize> {
    if statement.begins(&["CREATE", "INDEX"]) {
        return Some(1);
    }
    statement.begins(&["CREATE", "UNIQUE", "INDEX"]).then_some(2)
}

/// The table of an ALTER TABLE, and what is done to it, one by one.
pub(super) fn actions(statement: &Statement) -> (String, Vec<Statement>) {
    let (table, first) = statement.name(after_if(statement, 2));
    let mut depth = 0_usize;
    let words = statement.words.get(first..).unwrap_or_default();
    let parts = words.split(|word| {
        match word.as_str() {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && word == ","
    });
    let action =
        |words: &[String]| Statement { text: words.join(" "), line: statement.line, words: words.to_vec() };
    (table, parts.map(action).collect())
}

fn of_action(action: &Statement) -> Vec<&'static str> {
    let has = |words: &[&str]| action.find(0, words).is_some();
    match action.word(0).as_str() {
        "RENAME" => {
            let rule = match action.word(1).as_str() {
                "TO" => "renaming-table",
                // A constraint's name is nobody's concern.
                "CONSTRAINT" => return Vec::new(),
                _ => "renaming-column",
            };
            vec![rule]
        }
        "DROP" if action.word(1) == "CONSTRAINT" => Vec::new(),
        "DROP" => vec!["ban-drop-column"],
        "ALTER" if has(&["SET", "NOT", "NULL"]) => vec!["adding-not-nullable-field"],
        "ALTER" if has(&["DROP", "NOT", "NULL"]) => vec!["ban-drop-not-null"],
        "ALTER" if has(&["TYPE"]) => vec!["changing-column-type"],
        "ADD" if is_constraint(action) => of_constraint(action),
        "ADD" => {
            let mut rules = Vec::new();
            let key = has(&["PRIMARY", "KEY"]);
            let default = action.find(0, &["DEFAULT"]);
            let filled = default.is_some() || has(&["GENERATED"]);
            if !filled && (key || has(&["NOT", "NULL"])) {
                rules.push("adding-required-field");
            }
            if default.is_some_and(|at| differs_by_row(action, at + 1))
                || has(&["GENERATED", "ALWAYS", "AS", "("])
                || has(&["AS", "IDENTITY"])
            {
                rules.push("adding-field-with-default");
            }
            if key {
                rules.push("adding-serial-primary-key-field");
            }
            if has(&["UNIQUE"]) {
                rules.push("disallowed-unique-constraint");
            }
            if has(&["REFERENCES"]) {
                rules.push("adding-foreign-key-constraint");
            }
            rules
        }
        _ => Vec::new(),
    }
}

fn is_constraint(action: &Statement) -> bool {
    ["CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "EXCLUDE"].contains(&action.word(1).as_str())
}

fn of_constraint(action: &Statement) -> Vec<&'static str> {
    let has = |words: &[&str]| action.find(0, words).is_some();
    let by_index = has(&["USING", "INDEX"]);
    let unchecked = has(&["NOT", "VALID"]);
    if has(&["FOREIGN", "KEY"]) {
        return if unchecked {
            Vec::new()
        } else {
            vec!["adding-foreign-key-constraint", "constraint-missing-not-valid"]
        };
    }
    if has(&["CHECK"]) {
        return if unchecked { Vec::new() } else { vec!["constraint-missing-not-valid"] };
    }
    match (by_index, has(&["PRIMARY", "KEY"]), has(&["UNIQUE"])) {
        (false, true, _) => vec!["adding-serial-primary-key-field"],
        (false, _, true) => vec!["disallowed-unique-constraint"],
        _ => Vec::new(),
    }
}

/// Whether a default calls something whose value may not be the same for all rows.
fn differs_by_row(action: &Statement, at: usize) -> bool {
    const STEADY: [&str; 4] = ["NOW", "CURRENT_TIMESTAMP", "TRANSACTION_TIMESTAMP", "STATEMENT_TIMESTAMP"];
    const BEHIND: [&str; 8] =
        ["NOT", "NULL", "CHECK", "UNIQUE", "PRIMARY", "REFERENCES", "CONSTRAINT", "GENERATED"];
    let end = (at..action.words.len()).find(|index| BEHIND.contains(&action.word(*index).as_str()));
    (at..end.unwrap_or(action.words.len())).any(|index| {
        let word = action.word(index);
        let is_name = word.starts_with(|letter: char| letter.is_alphabetic() || letter == '_');
        // A type behind a cast may have its length in parentheses.
        let is_call = is_name && action.word(index + 1) == "(" && action.word(index - 1) != ":";
        is_call && !STEADY.contains(&word.as_str())
    })
}
