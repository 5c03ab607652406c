//! The rules of lint. They have squawk's names where it has them too.

use serde::Serialize;

/// One rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// What goes wrong.
    pub danger: &'static str,
    /// What to do instead.
    pub instead: &'static str,
}

const fn rule(name: &'static str, danger: &'static str, instead: &'static str) -> Rule {
    Rule { name, danger, instead }
}

/// Every rule.
pub const RULES: &[Rule] = &[
    rule(
        "require-concurrent-index-creation",
        "writes to the table wait until the index is built",
        "Use CREATE INDEX CONCURRENTLY, alone in a migration with run_in_transaction = false",
    ),
    rule(
        "require-concurrent-index-deletion",
        "everything on the table waits until the index can be dropped",
        "Use DROP INDEX CONCURRENTLY, alone in a migration with run_in_transaction = false",
    ),
    rule(
        "ban-concurrent-index-creation-in-transaction",
        "PostgreSQL refuses it in a transaction",
        "Put it alone into a migration with run_in_transaction = false",
    ),
    rule(
        "adding-required-field",
        "it fails if the table has a row",
        "Give a default, or add it nullable and fill it first",
    ),
    rule(
        "adding-field-with-default",
        "a default that differs by row rewrites the table, and everything on it waits",
        "Add it without the default, set the default, then fill the old rows in batches",
    ),
    rule(
        "adding-not-nullable-field",
        "the whole table is read while everything on it waits",
        "Add CHECK (… IS NOT NULL) NOT VALID, validate it, then set NOT NULL",
    ),
    rule(
        "changing-column-type",
        "the table is rewritten, everything on it waits, and programs that know the old type break",
        "Add a column of the new type and move over",
    ),
    rule(
        "adding-foreign-key-constraint",
        "writes to both tables wait until every row is checked",
        "Add it NOT VALID and validate it in a later migration",
    ),
    rule(
        "constraint-missing-not-valid",
        "writes to the table wait until every row is checked",
        "Add it NOT VALID and validate it in a later migration",
    ),
    rule(
        "disallowed-unique-constraint",
        "everything on the table waits until its index is built",
        "Build a unique index CONCURRENTLY and add the constraint USING INDEX",
    ),
    rule(
        "adding-serial-primary-key-field",
        "everything on the table waits until its index is built",
        "Build a unique index CONCURRENTLY and add the key USING INDEX",
    ),
    rule(
        "ban-drop-column",
        "programs that still read the column break, and its data are gone",
        "Let a release pass in which nothing uses it",
    ),
    rule(
        "ban-drop-table",
        "programs that still read the table break, and its data are gone",
        "Let a release pass in which nothing uses it",
    ),
    rule("ban-drop-database", "everything is gone", "Do it by hand"),
    rule("ban-drop-schema", "everything in it is gone", "Do it by hand"),
    rule(
        "ban-drop-type",
        "programs that still name the type break",
        "Let a release pass in which nothing uses it",
    ),
    rule(
        "require-concurrent-reindex",
        "writes to the table wait until the index is built",
        "Use REINDEX … CONCURRENTLY, alone in a migration with run_in_transaction = false",
    ),
    rule(
        "transaction-nesting",
        "the migration runs in a transaction, and what this ends or begins is that one",
        "Take it out, or write run_in_transaction = false",
    ),
    rule("ban-drop-not-null", "programs that do not expect null break", "Let them learn it first"),
    rule("ban-truncate-cascade", "tables that are not named lose their rows, too", "Name every table"),
    rule(
        "renaming-column",
        "programs that know the old name break",
        "Add a column of the new name and move over",
    ),
    rule(
        "renaming-table",
        "programs that know the old name break",
        "Make a view of the old name, or move over",
    ),
];
