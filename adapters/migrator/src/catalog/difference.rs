//! The difference of two catalogs, one sentence each.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::{Catalog, Column, Table};

/// One thing in which a database is not what was expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Difference {
    /// Expected, but not there.
    Missing {
        /// For example `table plans` or `plans: index idx_plans_skill`.
        what: String,
        /// How it should have been.
        expected: String,
    },
    /// There, but not expected.
    Extra {
        /// As in [`Difference::Missing`].
        what: String,
        /// How it is.
        found: String,
    },
    /// There, but otherwise.
    Changed {
        /// As in [`Difference::Missing`].
        what: String,
        /// How it should have been.
        expected: String,
        /// How it is.
        found: String,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { what, expected } => write!(f, "{what} is missing (expected {expected})"),
            Self::Extra { what, found } => write!(f, "{what} is not expected (found {found})"),
            Self::Changed { what, expected, found } => {
                write!(f, "{what} differs: expected {expected}, found {found}")
            }
        }
    }
}

pub(super) fn between(expected: &Catalog, found: &Catalog) -> Vec<Difference> {
    let mut differences = Vec::new();
    let by_name = |names: &BTreeSet<String>| -> BTreeMap<String, &str> {
        names.iter().map(|name| (name.clone(), "any version")).collect()
    };
    let extensions = (by_name(&expected.extensions), by_name(&found.extensions));
    compare(&mut differences, "extension ", &extensions.0, &extensions.1, ToString::to_string);
    compare(&mut differences, "type ", &expected.types, &found.types, |values| values.join(", "));
    compare(&mut differences, "function ", &expected.functions, &found.functions, String::clone);
    compare(&mut differences, "view ", &expected.views, &found.views, String::clone);

    let columns = |table: &Table| format!("{} columns", table.columns.len());
    let names: BTreeSet<_> = expected.tables.keys().chain(found.tables.keys()).collect();
    for name in names {
        match (expected.tables.get(name), found.tables.get(name)) {
            (Some(expected), Some(found)) => between_tables(&mut differences, name, expected, found),
            (Some(expected), None) => differences
                .push(Difference::Missing { what: format!("table {name}"), expected: columns(expected) }),
            (None, Some(found)) => {
                differences.push(Difference::Extra { what: format!("table {name}"), found: columns(found) });
            }
            (None, None) => {}
        }
    }
    differences
}

fn between_tables(differences: &mut Vec<Difference>, name: &str, expected: &Table, found: &Table) {
    let before = differences.len();
    let by_name = |table: &Table| -> BTreeMap<String, Column> {
        table.columns.iter().map(|column| (column.name.clone(), column.clone())).collect()
    };
    compare(differences, &format!("{name}: column "), &by_name(expected), &by_name(found), Column::to_string);

    // Only where the columns themselves agree is their order worth a word.
    let order = |table: &Table| -> Vec<String> { table.columns.iter().map(|c| c.name.clone()).collect() };
    if differences.len() == before && order(expected) != order(found) {
        differences.push(Difference::Changed {
            what: format!("{name}: order of columns"),
            expected: order(expected).join(", "),
            found: order(found).join(", "),
        });
    }
    compare(
        differences,
        &format!("{name}: constraint "),
        &expected.constraints,
        &found.constraints,
        String::clone,
    );
    compare(differences, &format!("{name}: index "), &expected.indexes, &found.indexes, String::clone);
    compare(differences, &format!("{name}: trigger "), &expected.triggers, &found.triggers, String::clone);
}

fn compare<T: PartialEq>(
    differences: &mut Vec<Difference>,
    prefix: &str,
    expected: &BTreeMap<String, T>,
    found: &BTreeMap<String, T>,
    say: impl Fn(&T) -> String,
) {
    let names: BTreeSet<_> = expected.keys().chain(found.keys()).collect();
    for name in names {
        let what = format!("{prefix}{name}");
        match (expected.get(name), found.get(name)) {
            (Some(a), Some(b)) if a == b => {}
            (Some(a), Some(b)) => {
                differences.push(Difference::Changed { what, expected: say(a), found: say(b) });
            }
            (Some(a), None) => differences.push(Difference::Missing { what, expected: say(a) }),
            (None, Some(b)) => differences.push(Difference::Extra { what, found: say(b) }),
            (None, None) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plans(columns: &[&str]) -> Catalog {
        let column = |name: &&str| Column {
            name: (*name).to_owned(),
            sql_type: "text".to_owned(),
            nullable: true,
            default: None,
        };
        let table = Table { columns: columns.iter().map(column).collect(), ..Table::default() };
        Catalog { tables: BTreeMap::from([("plans".to_owned(), table)]), ..Catalog::default() }
    }

    #[test]
    fn equal_catalogs_have_no_differences() {
        assert!(plans(&["id"]).differences(&plans(&["id"])).is_empty());
    }

    #[test]
    fn a_missing_column_is_said_by_table_and_name() {
        let said: Vec<_> =
            plans(&["id", "price"]).differences(&plans(&["id"])).iter().map(ToString::to_string).collect();
        assert_eq!(said, ["plans: column price is missing (expected price: text)"]);
    }

    #[test]
    fn the_same_columns_in_another_order_are_one_difference() {
        assert_eq!(plans(&["id", "price"]).differences(&plans(&["price", "id"])).len(), 1);
    }

    #[test]
    fn a_table_on_one_side_only_is_missing_or_extra() {
        let (empty, full) = (Catalog::default(), plans(&["id"]));
        assert!(matches!(full.differences(&empty).as_slice(), [Difference::Missing { .. }]));
        assert!(matches!(empty.differences(&full).as_slice(), [Difference::Extra { .. }]));
    }
}
