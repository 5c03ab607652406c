//! Entity diagrams in Mermaid.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::catalog::{Catalog, Table, foreign_key, primary_key};

/// The tables that `shown` names with their columns, and what they point to; others by their names alone.
pub fn diagram(catalog: &Catalog, shown: impl Fn(&str) -> bool) -> String {
    let mut text = String::from("erDiagram\n");
    for (name, table) in catalog.tables.iter().filter(|(name, _)| shown(name)) {
        entity(&mut text, name, table);
    }
    for (child, table) in &catalog.tables {
        for definition in table.constraints.values() {
            let Some((columns, parent, _)) = foreign_key(definition) else { continue };
            if !shown(child) {
                continue;
            }
            // A key that is unique on the child's side makes it one to one.
            let many = if is_unique(table, &columns) { "||--o|" } else { "||--o{" };
            // Writing into a string cannot fail.
            let (parent, child) = (word(&parent), word(child));
            let _ = writeln!(text, "    {parent} {many} {child} : \"{}\"", columns.join(", "));
        }
    }
    text
}

fn entity(text: &mut String, name: &str, table: &Table) {
    let key = primary_key(table).unwrap_or_default();
    let foreign: BTreeSet<String> = table
        .constraints
        .values()
        .filter_map(|definition| foreign_key(definition))
        .flat_map(|(columns, _, _)| columns)
        .collect();
    let _ = writeln!(text, "    {} {{", word(name));
    for column in &table.columns {
        let marks: Vec<&str> = [(key.contains(&column.name), "PK"), (foreign.contains(&column.name), "FK")]
            .into_iter()
            .filter_map(|(is, mark)| is.then_some(mark))
            .collect();
        let marks = if marks.is_empty() { String::new() } else { format!(" {}", marks.join(", ")) };
        let null = if column.nullable { " \"may be null\"" } else { "" };
        let (sql_type, name) = (short(&column.sql_type), word(&column.name));
        let _ = writeln!(text, "        {sql_type} {name}{marks}{null}");
    }
    text.push_str("    }\n");
}

/// A name as Mermaid takes it, which knows neither spaces nor quotes.
fn word(name: &str) -> String {
    name.replace(|letter: char| !letter.is_alphanumeric() && letter != '_', "_")
}

/// A type in one word.
fn short(sql_type: &str) -> String {
    sql_type
        .replace("character varying", "varchar")
        .replace(" without time zone", "")
        .replace("timestamp with time zone", "timestamptz")
        .replace('"', "")
        .replace([',', ' '], "_")
}

fn is_unique(table: &Table, columns: &[String]) -> bool {
    primary_key(table).is_some_and(|key| key == columns)
        || table.constraints.values().any(|text| *text == format!("UNIQUE ({})", columns.join(", ")))
}
