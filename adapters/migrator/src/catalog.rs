//! What a database is made of: extensions, enumerated types, functions, views, tables, columns, constraints, indexes,
//! triggers.
//!
//! Everything is kept as PostgreSQL prints it, so two catalogs are equal exactly when the databases
//! behave alike, and a difference can be said in words. The two history tables are not part of it, nor
//! is what an extension brings.

mod difference;
mod drift;
mod read;
mod sql;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

pub use self::difference::Difference;
pub use self::drift::{Class, Drift, drift};
pub use self::read::read;
pub(crate) use self::read::{has_any_table, read_from};
pub(crate) use self::sql::{creation, quoted};

/// The schema `public` of one database. Equality includes the order of columns and of enumerated values.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Catalog {
    /// Extensions by name; `plpgsql`, which is always there, is left out.
    pub extensions: BTreeSet<String>,
    /// Enumerated types by name, each with its values in order.
    pub types: BTreeMap<String, Vec<String>>,
    /// Functions by name and arguments, each with its whole definition.
    pub functions: BTreeMap<String, String>,
    /// Views by name, each with its query.
    pub views: BTreeMap<String, String>,
    /// Tables by name.
    pub tables: BTreeMap<String, Table>,
}

/// One table. A constraint's own index is told by the constraint and not repeated among the indexes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Table {
    /// In the order of the table.
    pub columns: Vec<Column>,
    /// Definition by constraint name, for example `FOREIGN KEY (user_id) REFERENCES users(id)`.
    pub constraints: BTreeMap<String, String>,
    /// Definition by index name, for example `unique btree (name, created_at DESC)`.
    pub indexes: BTreeMap<String, String>,
    /// The whole definition by trigger name.
    pub triggers: BTreeMap<String, String>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// As stored, without quotes.
    pub name: String,
    /// With length or precision, for example `character varying(255)`.
    pub sql_type: String,
    /// True unless the column is NOT NULL.
    pub nullable: bool,
    /// The expression of the default; for an identity or a generated column all that follows its type, which begins
    /// with `generated`.
    pub default: Option<String>,
}

impl Catalog {
    /// What `other` has more, less or different, in words; empty when the two are equal.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        difference::between(self, other)
    }
}

impl Column {
    /// Whether the database makes its values: an identity, or an expression over other columns.
    pub fn is_generated(&self) -> bool {
        self.default.as_deref().is_some_and(|default| default.starts_with("generated "))
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.sql_type)?;
        if !self.nullable {
            f.write_str(" not null")?;
        }
        match &self.default {
            Some(generated) if self.is_generated() => write!(f, " {generated}"),
            Some(default) => write!(f, " default {default}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for column in &self.columns {
            writeln!(f, "  column {column}")?;
        }
        for (name, definition) in &self.constraints {
            writeln!(f, "  constraint {name}: {definition}")?;
        }
        for (name, definition) in &self.indexes {
            writeln!(f, "  index {name}: {definition}")?;
        }
        for (name, definition) in &self.triggers {
            writeln!(f, "  trigger {name}: {definition}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in &self.extensions {
            writeln!(f, "extension {name}")?;
        }
        for (name, values) in &self.types {
            writeln!(f, "type {name} ({})", values.join(", "))?;
        }
        for (signature, definition) in &self.functions {
            writeln!(f, "\nfunction {signature}\n{}", indented(definition))?;
        }
        for (name, query) in &self.views {
            writeln!(f, "\nview {name}\n{}", indented(query))?;
        }
        for (name, table) in &self.tables {
            write!(f, "\ntable {name}\n{table}")?;
        }
        Ok(())
    }
}

fn indented(text: &str) -> String {
    let lines: Vec<_> = text.trim_end().lines().map(|line| format!("  {line}")).collect();
    lines.join("\n")
}

/// The columns of the primary key.
pub(crate) fn primary_key(table: &Table) -> Option<Vec<String>> {
    let definition = table.constraints.values().find_map(|text| text.strip_prefix("PRIMARY KEY ("))?;
    Some(names(definition.split_once(')')?.0))
}

/// `FOREIGN KEY (a) REFERENCES t(b) …` → ([a], t, [b]).
pub(crate) fn foreign_key(definition: &str) -> Option<(Vec<String>, String, Vec<String>)> {
    let (columns, rest) = definition.strip_prefix("FOREIGN KEY (")?.split_once(") REFERENCES ")?;
    let (parent, rest) = rest.split_once('(')?;
    let (targets, _) = rest.split_once(')')?;
    Some((names(columns), parent.trim_matches('"').to_owned(), names(targets)))
}

fn names(list: &str) -> Vec<String> {
    list.split(", ").map(|name| name.trim_matches('"').to_owned()).collect()
}
