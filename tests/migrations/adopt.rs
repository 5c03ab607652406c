//! Taking over a database that another tool migrated: every state in which one was found.

use std::fs;

use adapter_migrator::{AdoptOptions, DeployOptions, MigratorError, Resolution, State};
use domain_kernel::hours;

use super::folders::{Folder, OWNERS};
use super::former::{Former, Row, script_of_theirs};
use super::sql;
use crate::support::cluster::empty_database;

const ALL_APPLIED: [(&str, Row); 4] = [
    (OWNERS[0], Row::Applied),
    (OWNERS[1], Row::Applied),
    (OWNERS[2], Row::Applied),
    (OWNERS[3], Row::Applied),
];

const TWO_RESOLVED: [(&str, Row); 2] = [(OWNERS[0], Row::Resolved), (OWNERS[1], Row::Resolved)];

async fn states(former: &Former) -> Vec<State> {
    let status = former.migrator().status().await.unwrap();
    status.migrations.iter().take(4).map(|entry| entry.state).collect()
}

fn refused(outcome: Result<adapter_migrator::AdoptReport, MigratorError>) -> MigratorError {
    outcome.map(|report| panic!("{report}")).unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_the_former_tool_applied_all_four() {
    let former = Former::new("").await.with_history(&ALL_APPLIED).await;
    assert_eq!(states(&former).await, [State::NotTakenOver; 4]);
    let refusal = former.migrator().deploy(DeployOptions::default(), |_| {}).await.unwrap_err();
    assert!(matches!(&refusal, MigratorError::NotTakenOver { .. }), "{refusal}");

    let report = former.adopt(AdoptOptions::default()).await.unwrap();
    assert_eq!((report.applied.as_slice(), report.created.len()), (OWNERS.map(str::to_owned).as_slice(), 0));
    assert_eq!(states(&former).await, [State::Adopted; 4]);
    former.assert_taken_over_and_served().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn b_two_were_resolved_by_hand_and_two_applied() {
    let history = [TWO_RESOLVED[0], TWO_RESOLVED[1], (OWNERS[2], Row::Applied), (OWNERS[3], Row::Applied)];
    let former = Former::new("").await.with_history(&history).await;
    former.adopt(AdoptOptions::default()).await.unwrap();
    assert_eq!(states(&former).await, [State::Resolved, State::Resolved, State::Adopted, State::Adopted]);
    former.assert_taken_over_and_served().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c_two_were_resolved_two_are_pending_and_tables_are_missing() {
    let gone = "DROP TABLE public.admin_ledger, public.cover_letter_review_requests, public.plan_topics,
                           public.industry_insights;
                DROP TYPE public.\"PayoutStatus\";
                ALTER TABLE public.plans DROP COLUMN description;";
    let former = Former::new(gone).await.with_history(&TWO_RESOLVED).await;
    let looked = former.adopt(AdoptOptions { look: true, ..AdoptOptions::default() }).await.unwrap();
    assert_eq!((looked.pending.len() >= 2, looked.created.len()), (true, 0));
    assert!(looked.missing.iter().any(|drift| drift.what == "table plan_topics"), "{looked}");
    assert!(sql::mirror_is_missing(&former.url).await, "looking writes nothing");

    let report = former.adopt(AdoptOptions::default()).await.unwrap();
    for what in ["table admin_ledger", "type PayoutStatus", "plans: column description"] {
        assert!(report.created.iter().any(|created| created == what), "{what}: {report}");
    }
    assert_eq!(states(&former).await, [State::Resolved, State::Resolved, State::Pending, State::Pending]);
    former.assert_taken_over_and_served().await;
    assert_eq!(states(&former).await, [State::Resolved, State::Resolved, State::Applied, State::Applied]);
}

#[tokio::test(flavor = "multi_thread")]
async fn d_a_failed_row_is_refused_with_the_way_out() {
    let history = [TWO_RESOLVED[0], TWO_RESOLVED[1], (OWNERS[2], Row::Failed)];
    let former = Former::new("").await.with_history(&history).await;
    let before = sql::ledger(&former.url).await;
    let refusal = refused(former.adopt(AdoptOptions::default()).await);
    assert!(matches!(&refusal, MigratorError::Failed { name } if name == OWNERS[2]), "{refusal}");
    assert_eq!(refusal.exit_code(), 11);
    let choices = refusal.choices().join("\n");
    assert!(choices.contains("resolve --applied") && choices.contains("resolve --rolled-back"), "{choices}");
    let status = former.migrator().status().await.unwrap();
    assert!(status.to_string().contains("relation \"users\" already exists"), "{status}");
    assert_eq!(sql::ledger(&former.url).await, before);
    assert!(sql::mirror_is_missing(&former.url).await, "a refusal writes nothing");

    let (wait, reason) = (std::time::Duration::ZERO, "the tables were there already");
    former.migrator().resolve(OWNERS[2], Resolution::RolledBack, reason, wait).await.unwrap();
    former.adopt(AdoptOptions::default()).await.unwrap();
    former.assert_taken_over_and_served().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e_checksums_of_other_scripts_are_compared_with_those_scripts() {
    let former = Former::new("").await.with_history(&ALL_APPLIED).await;
    let theirs = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        fs::create_dir_all(theirs.path().join(name)).unwrap();
        fs::write(theirs.path().join(name).join("migration.sql"), text).unwrap();
    };
    for name in OWNERS {
        write(name, &script_of_theirs(name));
    }
    write(OWNERS[2], "-- changed since");
    let options = || AdoptOptions { from: Some(theirs.path().to_owned()), ..AdoptOptions::default() };
    let refusal = refused(former.adopt(options()).await);
    assert!(matches!(&refusal, MigratorError::OtherScript { name, .. } if name == OWNERS[2]), "{refusal}");
    assert!(refusal.to_string().contains("migration.sql"), "{refusal}");
    assert_eq!((refusal.exit_code(), refusal.choices().len()), (12, 0));

    write(OWNERS[2], &script_of_theirs(OWNERS[2]));
    former.adopt(options()).await.unwrap();
    assert_eq!(states(&former).await, [State::Adopted; 4]);
    former.assert_taken_over_and_served().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f_without_any_history_a_baseline_has_to_be_asked_for() {
    let former = Former::new("").await;
    let refusal = refused(former.adopt(AdoptOptions::default()).await);
    assert!(matches!(&refusal, MigratorError::NoHistory), "{refusal}");
    assert!(refusal.to_string().contains("--baseline"), "{refusal}");
    assert_eq!(refusal.exit_code(), 10);
    // Nor does a deploy, or a server's start, take the tables that are there for its own.
    let status = former.migrator().status().await.unwrap();
    assert!(status.to_string().contains("--baseline"), "{status}");
    let refusal = former.migrator().deploy(DeployOptions::default(), |_| {}).await.unwrap_err();
    assert!(matches!(&refusal, MigratorError::NoHistory), "{refusal}");
    let written = sql::tables(&former.url).await.contains(&"_prisma_migrations".to_owned());
    assert!(!written, "a refusal writes nothing");

    let baseline = AdoptOptions { baseline: true, ..AdoptOptions::default() };
    assert_eq!(former.adopt(baseline).await.unwrap().declared, OWNERS);
    assert_eq!(states(&former).await, [State::Resolved; 4]);
    former.assert_taken_over_and_served().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f_an_empty_database_is_not_taken_over() {
    let url = empty_database().await;
    let baseline = AdoptOptions { baseline: true, ..AdoptOptions::default() };
    let refusal = adapter_migrator::Migrator::new(&url).unwrap().adopt(baseline, |_| {}).await.unwrap_err();
    assert!(matches!(&refusal, MigratorError::NothingThere), "{refusal}");
    assert_eq!(sql::tables(&url).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn h_only_diesels_table_is_enough_of_a_history() {
    let mirror = "CREATE TABLE public.__diesel_schema_migrations
                      (version varchar(50) PRIMARY KEY, run_on timestamp NOT NULL DEFAULT now());
                  INSERT INTO public.__diesel_schema_migrations (version) VALUES
                      ('20250115000000'), ('20250115000001'), ('20251231083156'), ('20260104121639')";
    let former = Former::new("").await;
    sql::execute(&former.url, mirror).await;
    // It is one for a deploy, too, which must not run again what has run; and it is all there is to lose.
    assert_eq!(states(&former).await, [State::NotTakenOver; 4]);
    let refusal = former.migrator().deploy(DeployOptions::default(), |_| {}).await.unwrap_err();
    assert!(matches!(&refusal, MigratorError::NotTakenOver { .. }), "{refusal}");
    let folder = tempfile::tempdir().unwrap();
    let leave = adapter_migrator::ExportOptions {
        folder: folder.path().to_owned(),
        from: None,
        leave: true,
        wait: std::time::Duration::ZERO,
    };
    let refusal = former.migrator().export(leave).await.unwrap_err();
    assert!(matches!(&refusal, MigratorError::NotTakenOver { .. }), "{refusal}");
    assert_eq!(sql::mirror(&former.url).await.len(), 4);

    let report = former.adopt(AdoptOptions::default()).await.unwrap();
    assert_eq!(report.declared, OWNERS);
    assert_eq!(states(&former).await, [State::Resolved; 4]);
    former.assert_taken_over_and_served().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn h_a_version_that_nobody_knows_is_ahead() {
    let former = Former::new("").await;
    let mirror = "CREATE TABLE public.__diesel_schema_migrations
                      (version varchar(50) PRIMARY KEY, run_on timestamp NOT NULL DEFAULT now());
                  INSERT INTO public.__diesel_schema_migrations (version) VALUES ('29990101000000')";
    sql::execute(&former.url, mirror).await;
    let refusal = refused(former.adopt(AdoptOptions::default()).await);
    assert!(matches!(&refusal, MigratorError::Ahead { name } if name == "29990101000000"), "{refusal}");
    assert_eq!(former.migrator().status().await.unwrap().exit_code(), 13);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_of_a_migration_that_nobody_knows_is_ahead() {
    let former = Former::new("").await;
    let former = former.with_history(&[("29990101000000_later", Row::Applied)]).await;
    let refusal = refused(former.adopt(AdoptOptions::default()).await);
    assert!(matches!(&refusal, MigratorError::Ahead { name } if name == "29990101000000_later"), "{refusal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_eight_hours_later_nothing_in_taken_over_rows_has_moved() {
    let former = Former::new("").await.with_history(&ALL_APPLIED).await;
    former.adopt(AdoptOptions::default()).await.unwrap();
    former.migrator().deploy(DeployOptions::default(), |_| {}).await.unwrap();
    let world = former.world();
    for _ in 0..48 {
        world.pass(hours(1)).await;
        former.assert_rows_untouched().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_former_tool_finds_a_clean_history_after_an_export() {
    let former = Former::new("").await.with_history(&ALL_APPLIED).await;
    former.adopt(AdoptOptions::default()).await.unwrap();
    former.migrator().deploy(DeployOptions::default(), |_| {}).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let options = |leave| adapter_migrator::ExportOptions {
        folder: folder.path().to_owned(),
        from: None,
        leave,
        wait: std::time::Duration::ZERO,
    };
    let exported = former.migrator().export(options(false)).await.unwrap();
    assert_eq!((exported.differing.as_slice(), exported.left), (OWNERS.map(str::to_owned).as_slice(), false));

    let exported = former.migrator().export(options(true)).await.unwrap();
    assert!(exported.left && exported.differing.is_empty(), "{exported:?}");
    assert!(sql::mirror_is_missing(&former.url).await);
    assert_eq!(
        fs::read_to_string(folder.path().join("migration_lock.toml")).unwrap(),
        "provider = \"postgresql\"\n"
    );
    // What that tool looks at: every folder has one finished row with its checksum, and every row a folder.
    let mut folders: Vec<String> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| {
            let bytes = fs::read(path.join("migration.sql")).unwrap();
            format!("{} {}", path.file_name().unwrap().to_string_lossy(), sql::sha256(&bytes))
        })
        .collect();
    folders.sort();
    let rows = sql::lines(
        &former.url,
        "SELECT migration_name || ' ' || checksum AS line FROM public._prisma_migrations
         WHERE rolled_back_at IS NULL AND finished_at IS NOT NULL ORDER BY migration_name COLLATE \"C\"",
    )
    .await;
    assert_eq!(rows, folders);

    // And back again: it is taken over once more.
    former.adopt(AdoptOptions::default()).await.unwrap();
    former.assert_taken_over_and_served().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_writes_the_former_tools_own_scripts_where_they_are_what_was_applied() {
    let former = Former::new("").await.with_history(&ALL_APPLIED).await;
    let (theirs, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for name in OWNERS {
        fs::create_dir_all(theirs.path().join(name)).unwrap();
        fs::write(theirs.path().join(name).join("migration.sql"), script_of_theirs(name)).unwrap();
    }
    let options = adapter_migrator::ExportOptions {
        folder: folder.path().to_owned(),
        from: Some(theirs.path().to_owned()),
        leave: false,
        wait: std::time::Duration::ZERO,
    };
    let exported = Folder::owners().migrator(&former.url).export(options.clone()).await.unwrap();
    assert!(exported.differing.is_empty(), "{exported:?}");
    let script = folder.path().join(OWNERS[0]).join("migration.sql");
    assert_eq!(fs::read_to_string(&script).unwrap(), script_of_theirs(OWNERS[0]));

    // In the former tool's own folder its scripts are there already, and stay.
    let options = adapter_migrator::ExportOptions { folder: theirs.path().to_owned(), from: None, ..options };
    let exported = Folder::owners().migrator(&former.url).export(options.clone()).await.unwrap();
    assert!(exported.differing.is_empty(), "{exported:?}");
    let script = theirs.path().join(OWNERS[0]).join("migration.sql");
    assert_eq!(fs::read_to_string(&script).unwrap(), script_of_theirs(OWNERS[0]));

    fs::write(&script, "-- somebody's own").unwrap();
    let refusal = Folder::owners().migrator(&former.url).export(options).await.unwrap_err();
    assert!(matches!(&refusal, MigratorError::Unwritable { .. }), "{refusal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_former_tool_applied_after_an_export_is_mirrored_by_the_next_deploy() {
    let url = empty_database().await;
    let folder = Folder::owners();
    folder.deploy(&url).await.unwrap();
    // Its rows have its own ids and our scripts' checksums; diesel's table it does not know.
    let theirs = "UPDATE public._prisma_migrations SET id = gen_random_uuid()::text;
                  DELETE FROM public.__diesel_schema_migrations";
    sql::execute(&url, theirs).await;
    folder.deploy(&url).await.unwrap();
    assert_eq!(sql::mirror(&url).await.len(), 4);
}
