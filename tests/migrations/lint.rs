//! The dangers that lint sees, against what squawk says of the same statements.

use std::collections::{BTreeMap, BTreeSet};

use adapter_migrator::script::{RULES, lint};

const CASES: &str = include_str!("lint/cases.sql");
const SQUAWK: &str = include_str!("lint/squawk.txt");

/// Where the two differ although both have the rule, and why.
const DIFFERENCES: [(&str, &str, &str); 4] = [
    ("unique", "constraint-missing-not-valid", "PostgreSQL has no NOT VALID for UNIQUE"),
    ("primary_key", "constraint-missing-not-valid", "PostgreSQL has no NOT VALID for PRIMARY KEY"),
    ("savepoint", "transaction-nesting", "back to a savepoint is not out of the transaction"),
    ("exclusion", "constraint-missing-not-valid", "PostgreSQL has no NOT VALID for EXCLUDE"),
];

fn cases() -> BTreeMap<&'static str, &'static str> {
    CASES.split("-- case: ").filter_map(|case| case.split_once('\n')).collect()
}

fn ours(case: &str) -> BTreeSet<&'static str> {
    lint(case, cases()[case], true).into_iter().map(|finding| finding.rule.name).collect()
}

#[test]
fn lint_agrees_with_squawk_where_both_have_the_rule() {
    let mut compared = 0;
    for (case, said) in SQUAWK.lines().filter_map(|line| line.split_once(':')) {
        if case.starts_with('#') {
            continue;
        }
        let has = |rule: &&str| RULES.iter().any(|ours| ours.name == *rule);
        let mut theirs: BTreeSet<&str> = said.split_whitespace().filter(has).collect();
        for (_, rule, _) in DIFFERENCES.iter().filter(|(of, ..)| *of == case) {
            assert!(theirs.remove(rule), "{case}: squawk says {rule} no more");
        }
        // It is refused there in any case, and not for its place in a BEGIN of its own.
        assert_eq!(ours(case), theirs, "{case}");
        compared += 1;
    }
    assert_eq!(compared, cases().len());
}

#[test]
fn every_rule_finds_something() {
    let found: BTreeSet<&str> = cases().keys().flat_map(|case| ours(case)).collect();
    let unheard: Vec<_> = RULES.iter().filter(|rule| !found.contains(rule.name)).collect();
    assert!(unheard.is_empty(), "{unheard:?}");
}

#[test]
fn a_comment_in_the_line_above_lets_a_statement_pass() {
    let script =
        "SELECT 1;\n-- lint: allow ban-drop-table, nobody uses it since 1.3\nDROP TABLE a;\nDROP TABLE b;\n";
    let found: Vec<_> =
        lint("x", script, true).into_iter().map(|finding| (finding.line, finding.about)).collect();
    assert_eq!(found, [(4, "b".to_owned())]);
}

#[test]
fn a_finding_names_the_place_the_danger_and_the_way_round() {
    let said = lint("20300101000000_x", "\nCREATE INDEX i ON users (email);", true)[0].to_string();
    assert!(said.starts_with("20300101000000_x:2: users: writes to the table wait"), "{said}");
    assert!(said.contains("CONCURRENTLY") && said.ends_with("[require-concurrent-index-creation]"), "{said}");
}

#[test]
fn an_index_built_concurrently_passes_outside_a_transaction_only() {
    let script = "CREATE INDEX CONCURRENTLY i ON users (email);";
    assert_eq!((lint("x", script, false).len(), lint("x", script, true).len()), (0, 1));
}

#[test]
fn two_indexes_built_concurrently_are_sent_as_one_which_is_a_transaction() {
    let script = "CREATE INDEX CONCURRENTLY i ON users (email); CREATE INDEX CONCURRENTLY j ON users (name);";
    let found: Vec<_> = lint("x", script, false).into_iter().map(|finding| finding.rule.name).collect();
    assert_eq!(found, ["ban-concurrent-index-creation-in-transaction"; 2]);
}

#[test]
fn a_transaction_of_its_own_is_the_scripts_where_the_migration_has_none() {
    let script = "BEGIN; ALTER TABLE users ADD COLUMN a integer; COMMIT;";
    assert_eq!((lint("x", script, false).len(), lint("x", script, true).len()), (0, 2));
}
