//! Drift, plans and dumps: what the schema is against what it should be.

use adapter_migrator::catalog::{Catalog, Drift};
use adapter_migrator::{DeployOptions, Migrator, diagram};

use super::folders::{Folder, OWNERS};
use super::sql;
use crate::support::cluster::{empty_database, migrated_database};

async fn drift_after(altered: &str) -> (Vec<Drift>, String) {
    let url = migrated_database().await;
    sql::execute(&url, altered).await;
    let (status, drift) = Migrator::new(&url).unwrap().verify().await.unwrap();
    assert_eq!(status.exit_code(), if drift.is_empty() { 0 } else { 15 });
    (drift, url)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migrated_database_does_not_drift_and_no_scratch_database_stays() {
    let (drift, url) = drift_after("").await;
    assert_eq!(drift, []);
    let left = "SELECT datname::text AS line FROM pg_database WHERE datname LIKE 'careernav_scratch_%'
                  AND datname NOT IN (SELECT datname FROM pg_stat_activity WHERE datname IS NOT NULL)";
    // Other tests have theirs at this moment; none stays for good.
    let mut before = sql::lines(&url, left).await;
    while !before.is_empty() {
        let now = sql::lines(&url, left).await;
        before.retain(|name| now.contains(name));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_drift_is_told_in_words_and_mended_by_its_sql() {
    let altered = "DROP TABLE public.plan_topics;
         ALTER TABLE public.plans ADD COLUMN colour text;
         ALTER TABLE public.plans ALTER COLUMN plan_title TYPE text;
         ALTER TABLE public.plans ALTER COLUMN is_active SET DEFAULT false;
         ALTER TABLE public.plans ALTER COLUMN plan_key DROP NOT NULL;
         ALTER TABLE public.payments DROP CONSTRAINT payments_session_id_key;
         DROP INDEX public.idx_plans_skill;
         DROP TRIGGER plans_are_kept ON public.plans;
         ALTER TABLE public.users DISABLE TRIGGER users_are_kept;
         ALTER TYPE public.\"TestStatus\" RENAME TO \"OldStatus\";
         CREATE TYPE public.\"TestStatus\" AS ENUM ('FAILED', 'PASSED', 'IN_PROGRESS', 'PENDING');
         CREATE OR REPLACE FUNCTION public.skill_slug(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
             RETURN lower(name);";
    let (drift, url) = drift_after(altered).await;
    let said: Vec<String> = drift.iter().map(ToString::to_string).collect();
    let disabled = |line: &String| {
        line.starts_with("users: trigger users_are_kept is")
            && line.contains("DISABLE TRIGGER users_are_kept")
    };
    assert!(said.iter().any(disabled), "{said:#?}");
    for words in [
        "table plan_topics is missing",
        "plans: column colour is not expected",
        "plans: column plan_title is text, expected character varying(100)",
        "plans: column is_active has the default false, expected true",
        "plans: column plan_key may be null",
        "payments: constraint payments_session_id_key is missing",
        "plans: index idx_plans_skill is missing",
        "plans: trigger plans_are_kept is missing",
        "type TestStatus lacks the value CONDITIONAL",
        "type OldStatus is not expected",
        "function skill_slug(name text) has another definition",
    ] {
        assert!(said.iter().any(|line| line == words), "{words} is not among {said:#?}");
    }
    let mends = |drift: &&Drift| {
        !drift.what.contains("mentor_tests: column status") && !drift.what.contains("OldStatus")
    };
    let script: Vec<String> = drift.iter().filter(mends).flat_map(|drift| drift.sql.clone()).collect();
    sql::execute(&url, &format!("SET search_path TO public; {};", script.join(";\n"))).await;
    let (_, rest) = Migrator::new(&url).unwrap().verify().await.unwrap();
    // The column is still of the old type, which had to be moved over by hand.
    assert!(rest.iter().all(|drift| !mends(&drift)), "{rest:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_columns_and_values_is_no_drift() {
    let altered = "ALTER TABLE public.plans DROP COLUMN description;
                   ALTER TABLE public.plans ADD COLUMN description text;";
    assert_eq!(drift_after(altered).await.0, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scratch_database_can_be_given_and_must_be_empty() {
    let url = empty_database().await;
    let folder = Folder::owners();
    folder.deploy(&url).await.unwrap();
    let (given, full) = (empty_database().await, migrated_database().await);
    let verify =
        async |scratch: &str| folder.migrator(&url).with_scratch(&folder.migrator(scratch)).verify().await;
    assert_eq!(verify(&given).await.unwrap().1, []);
    // It is left as it was given, with all migrations, too, and serves again.
    for _ in 0..2 {
        let whole = Migrator::new(&full).unwrap().with_scratch(&Migrator::new(&given).unwrap());
        assert_eq!(whole.verify().await.unwrap().1, []);
    }
    assert_eq!(Migrator::new(&given).unwrap().catalog().await.unwrap(), Catalog::default());
    let refusal = verify(&full).await.unwrap_err().to_string();
    assert!(refusal.contains("is not empty"), "{refusal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_shows_sql_locks_and_dangers_and_changes_nothing() {
    let url = empty_database().await;
    let name = "20300101000000_index";
    let folder = Folder::owners().with(name, "CREATE INDEX i ON public.users (name);");
    let plan = folder.migrator(&url).plan().await.unwrap();
    assert_eq!(plan.migrations.len(), OWNERS.len() + 1);
    let last = plan.migrations.last().unwrap();
    assert_eq!((last.name.as_str(), last.sql.as_str()), (name, "CREATE INDEX i ON public.users (name);"));
    assert_eq!((last.locks[0].table.as_str(), last.locks[0].mode), ("users", "SHARE"));
    assert_eq!(last.findings[0].rule.name, "require-concurrent-index-creation");
    let text = plan.to_string();
    assert!(text.contains("-- lock, line 1: SHARE on users: others read, but do not write"), "{text}");
    assert!(text.contains("a DO block, which is not looked into"), "{text}");
    assert_eq!(sql::tables(&url).await, Vec::<String>::new());

    folder.deploy(&url).await.unwrap();
    assert!(folder.migrator(&url).plan().await.unwrap().migrations.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_builds_the_same_catalog() {
    let (from, to) = (migrated_database().await, empty_database().await);
    let migrator = Migrator::new(&from).unwrap();
    // What an owner may have beside: it sorts before what it needs.
    let beside = "CREATE VIEW z_plans AS SELECT id FROM plans; CREATE VIEW a_plans AS SELECT id FROM z_plans;
                  CREATE FUNCTION all_plans() RETURNS SETOF plans LANGUAGE sql AS 'SELECT * FROM plans';";
    sql::execute(&from, beside).await;
    sql::execute(&to, &migrator.dump().await.unwrap()).await;
    let (from, to): (Catalog, Catalog) =
        (migrator.catalog().await.unwrap(), Migrator::new(&to).unwrap().catalog().await.unwrap());
    assert_eq!(from.differences(&to), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_diagram_shows_a_contexts_tables_with_their_columns_and_the_others_by_name() {
    let url = empty_database().await;
    Folder::owners().deploy(&url).await.unwrap();
    let catalog = Migrator::new(&url).unwrap().catalog().await.unwrap();
    let text = diagram(&catalog, |table| table == "payments");
    assert!(
        text.starts_with(
            "erDiagram\n    payments {\n        text id PK\n        varchar(255) session_id FK\n"
        ),
        "{text}"
    );
    assert!(text.contains("    sessions ||--o| payments : \"session_id\"\n"), "{text}");
    assert!(!text.contains("users"), "{text}");

    sql::execute(&url, "CREATE TABLE \"Odd Table\" (\"A b\" integer)").await;
    let catalog = Migrator::new(&url).unwrap().catalog().await.unwrap();
    let text = diagram(&catalog, |table| table == "Odd Table");
    assert!(text.contains("    Odd_Table {\n        integer A_b "), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_others_are_in_the_way_of_is_tried_again() {
    use adapter_migrator::Event;
    use diesel_async::SimpleAsyncConnection;

    let url = empty_database().await;
    sql::execute(&url, "CREATE TABLE busy (id integer)").await;
    let folder = Folder::empty().with("20300101000000_busy", "ALTER TABLE busy ADD COLUMN size integer;");
    let options = DeployOptions {
        lock_timeout: Some(std::time::Duration::from_millis(100)),
        retries: 2,
        ..DeployOptions::default()
    };
    let mut reader = Some(sql::connect(&url).await);
    reader.as_mut().unwrap().batch_execute("BEGIN; LOCK TABLE busy IN ACCESS SHARE MODE").await.unwrap();
    let mut retried = Vec::new();
    let migrator = folder.migrator(&url);
    let report = migrator.deploy(options.clone(), |event| {
        if let Event::Retrying { attempt, fault, .. } = event {
            retried.push((attempt, fault.sqlstate));
            reader.take();
        }
    });
    assert_eq!(report.await.unwrap().applied.len(), 1);
    assert_eq!(retried, [(1, Some("55P03".to_owned()))]);
    let rows = sql::ledger(&url).await;
    assert_eq!((rows.len(), rows[0].contains("rolled back")), (2, true));

    let mut reader = sql::connect(&url).await;
    reader.batch_execute("BEGIN; LOCK TABLE busy IN ACCESS SHARE MODE").await.unwrap();
    let folder = folder.with("20300102000000_again", "ALTER TABLE busy ADD COLUMN weight integer;");
    let refusal = folder.migrator(&url).deploy(options, |_| {}).await.unwrap_err();
    assert!(refusal.to_string().contains("[SQLSTATE 55P03]"), "{refusal}");
    assert_eq!(folder.status(&url).await.exit_code(), 10, "it blocks nothing");
}
