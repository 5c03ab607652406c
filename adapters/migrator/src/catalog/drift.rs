//! In what a database is not as it was expected, what that means, and the SQL that would mend it. The order of columns
//! and of enumerated values does not count, nor does the name of a key or an index that does the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::sql::{self, literal, quoted};
use super::{Catalog, Column, Table};

/// What a difference means to a program that expects the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Something is not there; it can be created without touching a row.
    Missing,
    /// Something takes more than was expected, such as null: everything works, but less is promised.
    Looser,
    /// There is more than was expected, which disturbs nobody.
    Extra,
    /// Something is otherwise, and works all the same.
    Differs,
    /// Something cannot be worked with.
    Contradicting,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// What it means.
    pub class: Class,
    /// What it is about, for example `plans: column price`.
    pub what: String,
    /// What is wrong, in words.
    pub words: String,
    /// The statements that would bring the database to what was expected.
    pub sql: Vec<String>,
}

impl Drift {
    /// Whether it is a table, a column or a type: without it, statements fail. Without a key or an index they do not.
    pub(crate) fn is_needed(&self) -> bool {
        self.what.starts_with("table ") || self.what.starts_with("type ") || self.what.contains(": column ")
    }

    /// Whether a column may be null that should not be.
    pub(crate) fn allows_null(&self) -> bool {
        self.sql.last().is_some_and(|sql| sql.ends_with(" SET NOT NULL"))
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.what, self.words)
    }
}

/// Everything in which `found` is not as `expected`.
pub fn drift(expected: &Catalog, found: &Catalog) -> Vec<Drift> {
    let mut all = Found(Vec::new());
    for name in expected.extensions.difference(&found.extensions) {
        all.missing(format!("extension {name}"), sql::extension(name));
    }
    for name in found.extensions.difference(&expected.extensions) {
        all.extra(format!("extension {name}"), format!("DROP EXTENSION {}", quoted(name)));
    }
    types(&mut all, expected, found);
    for (signature, definition) in &expected.functions {
        let what = format!("function {signature}");
        match found.functions.get(signature) {
            None => all.missing(what, definition.trim_end().to_owned()),
            Some(other) if other != definition => {
                all.differs(what, "has another definition", vec![definition.trim_end().to_owned()]);
            }
            Some(_) => {}
        }
    }
    for signature in found.functions.keys().filter(|signature| !expected.functions.contains_key(*signature)) {
        all.extra(format!("function {signature}"), format!("DROP FUNCTION {signature}"));
    }
    for (name, table) in &expected.tables {
        match found.tables.get(name) {
            Some(other) => tables(&mut all, name, table, other),
            None => new_table(&mut all, name, table),
        }
    }
    for name in found.tables.keys().filter(|name| !expected.tables.contains_key(*name)) {
        all.extra(format!("table {name}"), format!("DROP TABLE {}", quoted(name)));
    }
    views(&mut all, expected, found);
    // Foreign keys of a missing table may point to another missing one.
    all.0.sort_by_key(|drift| drift.sql.iter().any(|sql| sql.contains(" FOREIGN KEY (")));
    all.0
}

fn new_table(all: &mut Found, name: &str, table: &Table) {
    let (keys, constraints): (BTreeMap<_, _>, BTreeMap<_, _>) =
        table.constraints.clone().into_iter().partition(|(_, text)| text.starts_with("FOREIGN KEY ("));
    let bare = Table { constraints, ..table.clone() };
    let only = Catalog { tables: BTreeMap::from([(name.to_owned(), bare)]), ..Catalog::default() };
    all.push(Class::Missing, format!("table {name}"), "is missing", sql::creation(&only));
    named(all, name, "constraint", &keys, &BTreeMap::new(), |of, definition| {
        sql::constraint(name, of, definition)
    });
}

struct Found(Vec<Drift>);

impl Found {
    fn push(&mut self, class: Class, what: String, words: impl Into<String>, sql: Vec<String>) {
        self.0.push(Drift { class, what, words: words.into(), sql });
    }

    fn missing(&mut self, what: String, sql: String) {
        self.push(Class::Missing, what, "is missing", vec![sql]);
    }

    fn extra(&mut self, what: String, sql: String) {
        self.push(Class::Extra, what, "is not expected", vec![sql]);
    }

    fn differs(&mut self, what: String, words: impl Into<String>, sql: Vec<String>) {
        self.push(Class::Differs, what, words, sql);
    }
}

fn types(all: &mut Found, expected: &Catalog, found: &Catalog) {
    for (name, values) in &expected.types {
        let what = format!("type {name}");
        let Some(others) = found.types.get(name) else {
            all.missing(what, sql::enumerated(name, values));
            continue;
        };
        for value in values.iter().filter(|value| !others.contains(value)) {
            let sql = format!("ALTER TYPE {} ADD VALUE {}", quoted(name), literal(value));
            all.push(Class::Missing, what.clone(), format!("lacks the value {value}"), vec![sql]);
        }
        for value in others.iter().filter(|value| !values.contains(value)) {
            let sql = format!("-- PostgreSQL cannot take the value {value} away from {}", quoted(name));
            all.push(
                Class::Extra,
                what.clone(),
                format!("has a value {value} that is not expected"),
                vec![sql],
            );
        }
    }
    for name in found.types.keys().filter(|name| !expected.types.contains_key(*name)) {
        all.extra(format!("type {name}"), format!("DROP TYPE {}", quoted(name)));
    }
}

fn views(all: &mut Found, expected: &Catalog, found: &Catalog) {
    for (name, query) in &expected.views {
        let drop = format!("DROP VIEW {}", quoted(name));
        match found.views.get(name) {
            None => all.missing(format!("view {name}"), sql::view(name, query)),
            Some(other) if other != query => {
                all.differs(format!("view {name}"), "has another query", vec![drop, sql::view(name, query)]);
            }
            Some(_) => {}
        }
    }
    for name in found.views.keys().filter(|name| !expected.views.contains_key(*name)) {
        all.extra(format!("view {name}"), format!("DROP VIEW {}", quoted(name)));
    }
}

fn tables(all: &mut Found, name: &str, expected: &Table, found: &Table) {
    let alter = format!("ALTER TABLE {}", quoted(name));
    for column in &expected.columns {
        let what = format!("{name}: column {}", column.name);
        if let Some(other) = found.columns.iter().find(|other| other.name == column.name) {
            columns(all, &alter, &what, column, other);
        } else {
            // Rows that are there would have nothing in it.
            let nullable = column.default.is_none();
            all.missing(what, format!("{alter} ADD COLUMN {}", sql::column(name, column, nullable)));
        }
    }
    for column in &found.columns {
        if expected.columns.iter().any(|other| other.name == column.name) {
            continue;
        }
        let what = format!("{name}: column {}", column.name);
        let sql = format!("{alter} DROP COLUMN {}", quoted(&column.name));
        if column.nullable || column.default.is_some() {
            all.extra(what, sql);
        } else {
            let words = "is not expected, and no row can be added without it";
            all.push(Class::Contradicting, what, words, vec![sql]);
        }
    }
    named(all, name, "constraint", &expected.constraints, &found.constraints, |of, definition| {
        sql::constraint(name, of, definition)
    });
    named(all, name, "index", &expected.indexes, &found.indexes, |of, definition| {
        sql::index(name, of, definition)
    });
    named(all, name, "trigger", &expected.triggers, &found.triggers, |_, definition| definition.to_owned());
    serve(all, name, expected, found);
}

fn columns(all: &mut Found, alter: &str, what: &str, expected: &Column, found: &Column) {
    let column = format!("{alter} ALTER COLUMN {}", quoted(&expected.name));
    if expected.sql_type != found.sql_type {
        let class =
            if is_wider(&expected.sql_type, &found.sql_type) { Class::Looser } else { Class::Contradicting };
        let words = format!("is {}, expected {}", found.sql_type, expected.sql_type);
        all.push(class, what.to_owned(), words, vec![format!("{column} TYPE {}", expected.sql_type)]);
    }
    if found.nullable && !expected.nullable {
        let table = alter.trim_start_matches("ALTER TABLE ");
        let name = quoted(&expected.name);
        let fill = expected.default.as_ref().filter(|_| !expected.is_generated());
        let mut sql: Vec<String> = fill
            .map(|default| format!("UPDATE {table} SET {name} = {default} WHERE {name} IS NULL"))
            .into_iter()
            .collect();
        sql.push(format!("{column} SET NOT NULL"));
        all.push(Class::Looser, what.to_owned(), "may be null", sql);
    } else if !found.nullable && expected.nullable {
        let class = if found.default.is_some() { Class::Differs } else { Class::Contradicting };
        all.push(class, what.to_owned(), "may not be null", vec![format!("{column} DROP NOT NULL")]);
    }
    match (&expected.default, &found.default) {
        (Some(default), None) if !expected.is_generated() => {
            all.missing(format!("{what}: default {default}"), format!("{column} SET DEFAULT {default}"));
        }
        (None, Some(default)) => {
            all.extra(format!("{what}: default {default}"), format!("{column} DROP DEFAULT"));
        }
        (Some(wanted), other) if Some(wanted) != other.as_ref() => {
            let words =
                format!("has the default {}, expected {wanted}", other.as_deref().unwrap_or("nothing"));
            all.differs(what.to_owned(), words, vec![format!("{column} SET DEFAULT {wanted}")]);
        }
        _ => {}
    }
}

/// Whether everything that fits the expected type fits the one that was found, and reads alike.
fn is_wider(expected: &str, found: &str) -> bool {
    let base = |sql_type: &str| sql_type.split('(').next().unwrap_or_default().trim().to_owned();
    let rest = |sql_type: &str| sql_type.split(')').nth(1).unwrap_or_default().to_owned();
    let length = |sql_type: &str| -> Option<u32> {
        sql_type.split(['(', ',', ')']).nth(1).and_then(|digits| digits.parse().ok())
    };
    let text = "character varying";
    if base(expected) == text && found == "text" {
        return true;
    }
    if base(expected) != base(found) || rest(expected) != rest(found) {
        return false;
    }
    match (length(expected), length(found)) {
        // Fewer digits of a second are rounded, which no reader notices.
        _ if base(expected).starts_with("time") => true,
        (Some(expected), Some(found)) => found >= expected,
        (None, found) => found.is_none(),
        (Some(_), None) => true,
    }
}

fn named(
    all: &mut Found,
    table: &str,
    kind: &str,
    expected: &BTreeMap<String, String>,
    found: &BTreeMap<String, String>,
    create: impl Fn(&str, &str) -> String,
) {
    let drop = |name: &str| match kind {
        "constraint" => format!("ALTER TABLE {} DROP CONSTRAINT {}", quoted(table), quoted(name)),
        "trigger" => format!("DROP TRIGGER {} ON {}", quoted(name), quoted(table)),
        _ => format!("DROP INDEX {}", quoted(name)),
    };
    let names: BTreeSet<_> = expected.keys().chain(found.keys()).collect();
    for name in names {
        let what = format!("{table}: {kind} {name}");
        match (expected.get(name), found.get(name)) {
            (Some(wanted), Some(other)) if wanted != other => {
                let words = format!("is {other}, expected {wanted}");
                all.differs(what, words, vec![drop(name), create(name, wanted)]);
            }
            (Some(wanted), None) => all.missing(what, create(name, wanted)),
            (None, Some(_)) => all.extra(what, drop(name)),
            _ => {}
        }
    }
}

/// Takes back what was said of keys and indexes that only have another name, or are of the other of the two kinds.
fn serve(all: &mut Found, table: &str, expected: &Table, found: &Table) {
    let keys = |table: &Table| -> BTreeMap<(String, &'static str), String> {
        let constraints =
            table.constraints.iter().map(|(name, text)| ((name.clone(), "constraint"), text.clone()));
        let indexes = table.indexes.iter().map(|(name, text)| ((name.clone(), "index"), text.clone()));
        constraints.chain(indexes).collect()
    };
    let same = |text: &str| match text.strip_prefix("UNIQUE (") {
        Some(columns) => format!("unique btree ({columns}"),
        None => text.to_owned(),
    };
    let (wanted, had) = (keys(expected), keys(found));
    let mut spare: Vec<_> = had.iter().filter(|(key, text)| wanted.get(*key) != Some(*text)).collect();
    for ((name, kind), text) in wanted.iter().filter(|(key, _)| !had.contains_key(*key)) {
        let Some(at) = spare.iter().position(|(_, other)| same(other) == same(text)) else { continue };
        let ((other, other_kind), _) = spare.remove(at);
        let said = [format!("{table}: {kind} {name}"), format!("{table}: {other_kind} {other}")];
        all.0.retain(|drift| !said.contains(&drift.what));
    }
}
