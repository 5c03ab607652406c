//! A catalog's things as the statements that create them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Catalog, Column, Table};

/// A name in quotes where it needs them.
pub(crate) fn quoted(name: &str) -> String {
    let plain = name.starts_with(|letter: char| letter.is_ascii_lowercase() || letter == '_')
        && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
        && !RESERVED.contains(&name);
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// Words that PostgreSQL does not take for a column's name.
const RESERVED: &[&str] = &[
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "both",
    "case",
    "cast",
    "check",
    "collate",
    "column",
    "constraint",
    "create",
    "current_catalog",
    "current_date",
    "current_role",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "false",
    "fetch",
    "for",
    "foreign",
    "from",
    "grant",
    "group",
    "having",
    "in",
    "initially",
    "intersect",
    "into",
    "lateral",
    "leading",
    "limit",
    "localtime",
    "localtimestamp",
    "not",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "placing",
    "primary",
    "references",
    "returning",
    "select",
    "session_user",
    "some",
    "symmetric",
    "table",
    "then",
    "to",
    "trailing",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "variadic",
    "when",
    "where",
    "window",
    "with",
];

/// Every statement that builds the catalog in an empty database, in an order that works.
pub(crate) fn creation(catalog: &Catalog) -> Vec<String> {
    let mut made: Vec<String> = catalog.extensions.iter().map(|name| extension(name)).collect();
    made.extend(catalog.types.iter().map(|(name, values)| enumerated(name, values)));
    // A table's default may call a function; a function may take or give a table's rows.
    let (late, early): (Vec<&String>, Vec<&String>) =
        catalog.functions.values().partition(|definition| needs_a_table(definition, catalog));
    let body = |definition: &String| definition.trim_end().to_owned();
    made.extend(early.into_iter().map(body));
    made.extend(catalog.tables.iter().map(|(name, table)| new_table(name, table)));
    made.extend(late.into_iter().map(body));
    for keys in [false, true] {
        // A foreign key needs the other table's key.
        made.extend(catalog.tables.iter().flat_map(|(name, table)| constraints(name, table, keys)));
    }
    for (name, table) in &catalog.tables {
        made.extend(table.indexes.iter().map(|(of, definition)| index(name, of, definition)));
        made.extend(table.triggers.values().cloned());
    }
    made.extend(by_need(&catalog.views).into_iter().map(|(name, query)| view(name, query)));
    made
}

/// Whether a function cannot be created before the tables. A body in quotes is read only when it runs.
fn needs_a_table(definition: &str, catalog: &Catalog) -> bool {
    let read = definition.split("\nAS $").next().unwrap_or_default();
    words(read).any(|word| catalog.tables.contains_key(word))
}

/// Views, each behind those that it reads.
fn by_need(views: &BTreeMap<String, String>) -> Vec<(&String, &String)> {
    let mut rest: Vec<_> = views.iter().collect();
    let mut sorted = Vec::new();
    while !rest.is_empty() {
        let waits = |(name, query): &(&String, &String)| {
            words(query).any(|word| word != name.as_str() && rest.iter().any(|(other, _)| *other == word))
        };
        // Two that name each other, be it in a text, go as they come.
        let next = rest.iter().position(|view| !waits(view)).unwrap_or_default();
        sorted.push(rest.remove(next));
    }
    sorted
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
}

pub(super) fn extension(name: &str) -> String {
    format!("CREATE EXTENSION IF NOT EXISTS {}", quoted(name))
}

pub(super) fn view(name: &str, query: &str) -> String {
    format!("CREATE VIEW {} AS {}", quoted(name), query.trim().trim_end_matches(';'))
}

pub(super) fn enumerated(name: &str, values: &[String]) -> String {
    let values: Vec<_> = values.iter().map(|value| literal(value)).collect();
    format!("CREATE TYPE {} AS ENUM ({})", quoted(name), values.join(", "))
}

pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The table with its columns; constraints and indexes come after it.
pub(super) fn new_table(name: &str, table: &Table) -> String {
    let mut text = format!("CREATE TABLE {} (", quoted(name));
    for (index, column) in table.columns.iter().enumerate() {
        // Writing into a string cannot fail.
        let _ =
            write!(text, "{}\n    {}", if index == 0 { "" } else { "," }, self::column(name, column, false));
    }
    text.push_str("\n)");
    text
}

/// A column as a table's definition has it. `nullable` leaves NOT NULL out, whatever the column says.
pub(super) fn column(table: &str, column: &Column, nullable: bool) -> String {
    let Column { name, sql_type, default, .. } = column;
    let serial = match sql_type.as_str() {
        "integer" => Some("serial"),
        "bigint" => Some("bigserial"),
        "smallint" => Some("smallserial"),
        _ => None,
    };
    // The sequence of a serial column is called like this, and comes with the column.
    let own = format!("nextval('{}'::regclass)", quoted(&format!("{table}_{name}_seq")));
    let mut text = match serial.filter(|_| default.as_ref() == Some(&own)) {
        Some(serial) => format!("{} {serial}", quoted(name)),
        None => format!("{} {sql_type}", quoted(name)),
    };
    match default {
        Some(generated) if column.is_generated() => text = format!("{text} {generated}"),
        Some(default) if *default != own => text = format!("{text} DEFAULT {default}"),
        _ => {}
    }
    if !column.nullable && !nullable {
        text.push_str(" NOT NULL");
    }
    text
}

fn constraints(name: &str, table: &Table, foreign: bool) -> Vec<String> {
    let wanted = table.constraints.iter().filter(|(_, text)| text.starts_with("FOREIGN KEY") == foreign);
    wanted.map(|(of, definition)| constraint(name, of, definition)).collect()
}

pub(super) fn constraint(table: &str, name: &str, definition: &str) -> String {
    format!("ALTER TABLE {} ADD CONSTRAINT {} {definition}", quoted(table), quoted(name))
}

/// `unique btree (a)` → `CREATE UNIQUE INDEX name ON table USING btree (a)`.
pub(super) fn index(table: &str, name: &str, definition: &str) -> String {
    let (unique, rest) = match definition.strip_prefix("unique ") {
        Some(rest) => ("UNIQUE ", rest),
        None => ("", definition),
    };
    let rest = rest.strip_prefix("invalid ").unwrap_or(rest);
    format!("CREATE {unique}INDEX {} ON {} USING {rest}", quoted(name), quoted(table))
}
