//! What the owner's migrations build, against what the owner specified.

use std::fs;
use std::path::Path;

use adapter_migrator::catalog::{self, Catalog};
use adapter_migrator::{DeployOptions, Migrator, generate_schema_rs};

use super::folders::{Folder, OWNERS, repository};
use super::sql;
use crate::support::cluster::empty_database;

/// The specification of the forty tables, spelled as a catalog prints itself. Its head says where it is from.
pub fn specified() -> String {
    let text = include_str!("owners_catalog.txt");
    let (_, catalog) = text.split_once("\n\n").expect("a head, an empty line, the catalog");
    catalog.to_owned()
}

/// The lines of a catalog, each with its table in front.
fn in_tables(text: &str) -> Vec<String> {
    let mut table = String::new();
    let mut lines = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        if !line.starts_with(' ') {
            line.clone_into(&mut table);
        }
        lines.push(format!("{table} / {line}"));
    }
    lines
}

/// Compares both as sets of lines, so that a failure says what differs and not just that it does.
fn assert_as_specified(found: &Catalog) {
    let found = found.to_string();
    let specified = specified();
    let (wanted, had) = (in_tables(&specified), in_tables(&found));
    let missing: Vec<_> = wanted.iter().filter(|line| !had.contains(line)).collect();
    let extra: Vec<_> = had.iter().filter(|line| !wanted.contains(line)).collect();
    assert!(missing.is_empty() && extra.is_empty(), "missing: {missing:#?}\nnot specified: {extra:#?}");
    assert_eq!(found, specified, "the same lines, in another order");
}

#[test]
fn the_specification_has_forty_tables_and_nine_types() {
    let text = specified();
    let count = |prefix| text.lines().filter(|line| line.starts_with(prefix)).count();
    assert_eq!((count("table "), count("type ")), (40, 9));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owners_four_migrations_build_the_specified_catalog() {
    let url = empty_database().await;
    let report = Folder::owners().deploy(&url).await.unwrap();
    assert_eq!(report.applied, OWNERS);
    assert_as_specified(&catalog::read(&url).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn all_migrations_add_only_versions_indexes_and_triggers_to_the_owners_tables_and_drop_one_key() {
    let url = empty_database().await;
    Migrator::new(&url).unwrap().deploy(DeployOptions::default(), |_| {}).await.unwrap();
    let found = catalog::read(&url).await.unwrap().to_string();
    let (wanted, had) = (in_tables(&specified()), in_tables(&found));
    let missing: Vec<_> = wanted.iter().filter(|line| !had.contains(line)).collect();
    // Each attempt at a test is a row of its own.
    let gone = "table mentor_tests /   constraint unique_mentor_course_test: UNIQUE (mentor_id, course_name)";
    assert_eq!(missing, [&gone.to_owned()], "something of the owner's is gone");
    let owners: Vec<&str> = wanted.iter().filter_map(|line| line.split(" / ").next()).collect();
    for line in had.iter().filter(|line| !wanted.contains(line)) {
        let (table, what) = line.split_once(" / ").unwrap();
        let ours = !owners.contains(&table);
        let version = what.trim() == "column version: integer not null default 0";
        let index = what.trim().starts_with("index ");
        let trigger = what.trim().starts_with("trigger ");
        assert!(ours || version || index || trigger, "{line}");
    }
    insta::with_settings!({ prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("catalog_after_all_migrations", found);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn init_alone_builds_all_forty_tables() {
    let url = empty_database().await;
    Folder::empty().with_owners(OWNERS[2]).deploy(&url).await.unwrap();
    assert_as_specified(&catalog::read(&url).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_down_scripts_leave_nothing_and_the_way_up_is_open_again() {
    let url = empty_database().await;
    Folder::owners().deploy(&url).await.unwrap();
    for name in OWNERS.iter().rev() {
        sql::execute(&url, &fs::read_to_string(repository().join(name).join("down.sql")).unwrap()).await;
    }
    assert_eq!(catalog::read(&url).await.unwrap(), Catalog::default());

    for name in OWNERS {
        sql::execute(&url, &fs::read_to_string(repository().join(name).join("up.sql")).unwrap()).await;
    }
    assert_as_specified(&catalog::read(&url).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_adapters_schema_is_the_one_that_the_migrations_build() {
    let url = empty_database().await;
    let migrator = Migrator::new(&url).unwrap();
    migrator.deploy(DeployOptions::default(), |_| {}).await.unwrap();

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../adapters/postgres/src/schema.rs");
    let committed = fs::read_to_string(path).unwrap();
    let printed = generate_schema_rs(&url).await.unwrap();
    assert!(
        committed == printed,
        "a migration changed the schema: run `careernav generate` and commit schema.rs"
    );
}
