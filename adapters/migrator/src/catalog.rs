//! What a database is made of: enumerated types, tables, columns, constraints, indexes.
//!
//! Everything is kept as PostgreSQL prints it, so two catalogs are equal exactly when the databases
//! behave alike, and a difference can be said in words. The two history tables are not part of it, nor
//! is what an extension brings.

mod difference;
mod read;

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

pub use self::difference::Difference;
pub use self::read::read;

/// The schema `public` of one database. Equality includes the order of columns and of enumerated values.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Catalog {
    /// Enumerated types by name, each with its values in order.
    pub types: BTreeMap<String, Vec<String>>,
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
    /// The expression of the default, or of a generated column.
    pub default: Option<String>,
}

impl Catalog {
    /// What `other` has more, less or different, in words; empty when the two are equal.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        difference::between(self, other)
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.sql_type)?;
        if !self.nullable {
            f.write_str(" not null")?;
        }
        match &self.default {
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
        Ok(())
    }
}

impl fmt::Display for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, values) in &self.types {
            writeln!(f, "type {name} ({})", values.join(", "))?;
        }
        for (name, table) in &self.tables {
            write!(f, "\ntable {name}\n{table}")?;
        }
        Ok(())
    }
}
