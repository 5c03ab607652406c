//! Prints a catalog as the `schema.rs` that the PostgreSQL adapter compiles against.
//!
//! The file is generated and committed, so that a build needs no database and a reviewer sees a new
//! column as a line. Enumerated types are named as in the database and live in the adapter's own
//! `crate::sql_types`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::catalog::{Catalog, Table, foreign_key, primary_key, read};
use crate::error::MigratorError;

const HEAD: &str = "\
//! The tables as diesel knows them, printed from the migrated database by `careernav generate`.
//! Do not edit: change a migration and generate anew.
// @generated
";

/// diesel is compiled with `32-column-tables`: wider tables cost every build twice the time.
const MOST_COLUMNS: usize = 32;

/// Reads the database at `url`, which must be migrated, and returns the text of `schema.rs`.
pub async fn generate_schema_rs(url: &str) -> Result<String, MigratorError> {
    Ok(schema_rs(&read(url).await?))
}

/// The text of `schema.rs`. Whatever diesel cannot express is left out with a comment that says so.
pub fn schema_rs(catalog: &Catalog) -> String {
    let mut text = HEAD.to_owned();
    let mut printed = BTreeMap::new();
    for (name, table) in &catalog.tables {
        match print_table(catalog, name, table) {
            Ok(block) => {
                text.push_str(&block);
                printed.insert(name.as_str(), table);
            }
            Err(reason) => line(&mut text, &format!("\n// {name} is left out: {reason}.")),
        }
    }
    for (child, parent, column) in joinable(&printed) {
        line(&mut text, &format!("\ndiesel::joinable!({child} -> {parent} ({column}));"));
    }
    line(&mut text, "\ndiesel::allow_tables_to_appear_in_same_query!(");
    for name in printed.keys() {
        line(&mut text, &format!("    {name},"));
    }
    line(&mut text, ");");
    text
}

fn line(text: &mut String, content: &str) {
    text.push_str(content);
    text.push('\n');
}

fn print_table(catalog: &Catalog, name: &str, table: &Table) -> Result<String, String> {
    let key = primary_key(table).ok_or("it has no primary key")?;
    if table.columns.len() > MOST_COLUMNS {
        return Err(format!("it has more than {MOST_COLUMNS} columns"));
    }

    let mut columns = String::new();
    let mut used = Used::default();
    for column in &table.columns {
        let Some(sql_type) = diesel_type(catalog, &column.sql_type, &mut used) else {
            if key.contains(&column.name) {
                return Err(format!("diesel has no {}, which its key {} is", column.sql_type, column.name));
            }
            line(&mut columns, &format!("        // {} is left out: {}.", column.name, column.sql_type));
            continue;
        };
        let sql_type = if column.nullable { used.wrapped("Nullable", &sql_type) } else { sql_type };
        let rust_name = rust_name(name, &column.name);
        if rust_name != column.name {
            line(&mut columns, &format!("        #[sql_name = \"{}\"]", column.name));
        }
        line(&mut columns, &format!("        {rust_name} -> {sql_type},"));
    }

    let mut block = "\ndiesel::table! {\n".to_owned();
    // Without a line of its own diesel's macro imports its own types; with one it wants them all.
    if !used.ours.is_empty() {
        line(&mut block, &format!("    use crate::sql_types::{};", braced(&used.ours)));
        line(&mut block, &format!("    use diesel::sql_types::{};", braced(&used.diesels)));
        block.push('\n');
    }
    let key: Vec<_> = key.iter().map(|column| rust_name(name, column)).collect();
    // Writing into a string cannot fail.
    let _ = write!(block, "    {name} ({}) {{\n{columns}    }}\n}}\n", key.join(", "));
    Ok(block)
}

/// The SQL types that one table's block names, by where they are imported from.
#[derive(Default)]
struct Used {
    ours: BTreeSet<String>,
    diesels: BTreeSet<&'static str>,
}

impl Used {
    fn wrapped(&mut self, outer: &'static str, inner: &str) -> String {
        self.diesels.insert(outer);
        format!("{outer}<{inner}>")
    }
}

fn braced<T: AsRef<str>>(names: &BTreeSet<T>) -> String {
    let names: Vec<_> = names.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        [single] => (*single).to_owned(),
        several => format!("{{{}}}", several.join(", ")),
    }
}

/// diesel's name for a type as PostgreSQL prints it; None where diesel or our features have none.
fn diesel_type(catalog: &Catalog, sql_type: &str, used: &mut Used) -> Option<String> {
    if let Some(element) = sql_type.strip_suffix("[]") {
        // PostgreSQL cannot promise elements that are not null, and rows of other programs have such.
        let element = diesel_type(catalog, element, used)?;
        let element = used.wrapped("Nullable", &element);
        return Some(used.wrapped("Array", &element));
    }
    let unquoted = sql_type.trim_matches('"');
    if catalog.types.contains_key(unquoted) {
        used.ours.insert(unquoted.to_owned());
        return Some(unquoted.to_owned());
    }
    let plain = match without_precision(sql_type).as_str() {
        "text" => "Text",
        "character varying" => "Varchar",
        "character" => "Bpchar",
        "integer" => "Int4",
        "bigint" => "Int8",
        "smallint" => "Int2",
        "boolean" => "Bool",
        "numeric" => "Numeric",
        "double precision" => "Float8",
        "date" => "Date",
        "time without time zone" => "Time",
        "timestamp without time zone" => "Timestamp",
        "timestamp with time zone" => "Timestamptz",
        "jsonb" => "Jsonb",
        "uuid" => "Uuid",
        "bytea" => "Bytea",
        "tsrange" => {
            used.diesels.insert("Timestamp");
            return Some(used.wrapped("Range", "Timestamp"));
        }
        _ => return None,
    };
    used.diesels.insert(plain);
    Some(plain.to_owned())
}

/// `timestamp(6) without time zone` → `timestamp without time zone`, `numeric(10,2)` → `numeric`.
fn without_precision(sql_type: &str) -> String {
    match (sql_type.split_once('('), sql_type.split_once(')')) {
        (Some((before, _)), Some((_, after))) => format!("{before}{after}"),
        _ => sql_type.to_owned(),
    }
}

/// Words that are no names in Rust. diesel's own generator also adds an underscore to them.
const KEYWORDS: &[&str] = &[
    "as", "async", "await", "box", "break", "const", "continue", "crate", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait",
    "true", "try", "type", "typeof", "unsafe", "use", "virtual", "where", "while", "yield",
];

/// `createdAt` → `created_at`; a keyword or the table's own name gets an underscore behind it.
fn rust_name(table: &str, column: &str) -> String {
    let mut name = String::new();
    for letter in column.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    if KEYWORDS.contains(&name.as_str()) || name == table {
        name.push('_');
    }
    name
}

/// Child, parent and column of every join that diesel may write by itself: one column on the parent's
/// primary key, and no second way between the same two tables that could be meant instead.
fn joinable(tables: &BTreeMap<&str, &Table>) -> Vec<(String, String, String)> {
    let mut ways: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for (child, table) in tables {
        for (columns, parent, targets) in table.constraints.values().filter_map(|text| foreign_key(text)) {
            let to_the_key =
                tables.get(parent.as_str()).and_then(|parent| primary_key(parent)) == Some(targets);
            let single = match columns.as_slice() {
                [column] if to_the_key && parent != **child => rust_name(child, column),
                // Counted as a way all the same, so that another one is not taken for the only one.
                _ => String::new(),
            };
            ways.entry(((*child).to_owned(), parent)).or_default().push(single);
        }
    }
    ways.into_iter()
        .filter_map(|((child, parent), columns)| match columns.as_slice() {
            [column] if !column.is_empty() => Some((child, parent, column.clone())),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Column;

    fn column(name: &str, sql_type: &str, nullable: bool) -> Column {
        Column { name: name.to_owned(), sql_type: sql_type.to_owned(), nullable, default: None }
    }

    fn catalog() -> Catalog {
        let mut catalog = Catalog::default();
        catalog.types.insert("Role".to_owned(), vec!["STUDENT".to_owned()]);
        let mut users = Table {
            columns: vec![
                column("id", "text", false),
                column("role", "\"Role\"", false),
                column("createdAt", "timestamp(3) without time zone", false),
                column("tags", "text[]", true),
                column("place", "point", true),
            ],
            ..Table::default()
        };
        users.constraints.insert("users_pkey".to_owned(), "PRIMARY KEY (id)".to_owned());
        let mut messages = Table {
            columns: vec![column("id", "integer", false), column("type", "character varying(50)", false)],
            ..Table::default()
        };
        messages.constraints.insert("messages_pkey".to_owned(), "PRIMARY KEY (id)".to_owned());
        messages.constraints.insert(
            "messages_user_fkey".to_owned(),
            "FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE".to_owned(),
        );
        catalog.tables.insert("users".to_owned(), users);
        catalog.tables.insert("messages".to_owned(), messages);
        catalog
    }

    #[test]
    fn a_camel_case_column_keeps_its_name_in_the_database_only() {
        let text = schema_rs(&catalog());
        assert!(text.contains("#[sql_name = \"createdAt\"]\n        created_at -> Timestamp,"), "{text}");
    }

    #[test]
    fn a_keyword_gets_an_underscore() {
        assert!(schema_rs(&catalog()).contains("#[sql_name = \"type\"]\n        type_ -> Varchar,"));
    }

    #[test]
    fn enumerated_types_come_from_the_adapters_own_module() {
        let text = schema_rs(&catalog());
        assert!(text.contains("use crate::sql_types::Role;") && text.contains("role -> Role,"), "{text}");
    }

    #[test]
    fn elements_of_a_list_may_be_null() {
        assert!(schema_rs(&catalog()).contains("tags -> Nullable<Array<Nullable<Text>>>,"));
    }

    #[test]
    fn an_unknown_type_leaves_a_comment() {
        assert!(schema_rs(&catalog()).contains("// place is left out: point."));
    }

    #[test]
    fn a_single_way_to_the_parents_key_is_joinable() {
        assert!(schema_rs(&catalog()).contains("joinable!(messages -> users (user_id));"));
    }

    #[test]
    fn two_ways_to_one_parent_are_left_to_the_query() {
        let mut catalog = catalog();
        if let Some(messages) = catalog.tables.get_mut("messages") {
            messages
                .constraints
                .insert("second".to_owned(), "FOREIGN KEY (other_id) REFERENCES users(id)".to_owned());
        }
        assert!(!schema_rs(&catalog).contains("joinable!"));
    }
}
