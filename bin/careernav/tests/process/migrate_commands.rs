//! The commands on migrations, as typed.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use crate::given::Given;
use crate::running::{careernav, folder, said};

const COMMANDS: [&str; 14] = [
    "deploy", "status", "plan", "dev", "revert", "redo", "resolve", "adopt", "export", "verify", "lint",
    "repair", "dump", "diagram",
];

#[test]
fn every_command_on_migrations_has_help_with_examples_and_exit_codes_and_speaks_json() {
    let folder = folder();
    for command in COMMANDS {
        let (help, error, code) = said(careernav(folder.path()).args(["migrate", command, "--help"]));
        for words in ["Example", "Exit codes: ", "--json"] {
            assert!(help.contains(words), "{command}, {words}: {help}{error}");
        }
        assert_eq!(code, Some(0), "{command}");
    }
}

#[tokio::test]
async fn what_a_person_types_from_the_first_look_to_the_last() {
    let given = Given::database().await;
    let plan = given.prints(&["migrate", "plan"], 10);
    assert!(plan.contains("CREATE TABLE outbox") && plan.contains("in one transaction"), "{plan}");
    given.prints(&["migrate", "adopt"], 1);
    given.prints(&["migrate", "deploy", "--lock-timeout", "5s", "--retries", "2"], 0);
    given.prints(&["migrate", "plan"], 0);
    let verified = given.prints(&["migrate", "verify"], 0);
    assert!(verified.contains("The schema is what the applied migrations build."), "{verified}");
    let status: Value =
        serde_json::from_str(&given.prints(&["migrate", "status", "--drift", "--json"], 0)).unwrap();
    assert_eq!(status["status"]["drift"], serde_json::json!([]));
    assert!(given.prints(&["migrate", "dump"], 0).contains("CREATE TABLE users ("));
    assert!(given.prints(&["migrate", "diagram", "billing"], 0).contains("payments {"));
    assert_eq!(given.prints(&["migrate", "repair"], 0), "There is nothing to repair.\n");

    // What destroys data is asked for twice in production.
    let (_, error, code) = said(
        careernav(given.folder.path())
            .args(["migrate", "revert", "--mode", "production"])
            .env("DATABASE_URL", &given.url),
    );
    assert!(error.contains("say --yes"), "{error}");
    assert_eq!(code, Some(1));
    let redone = given.prints(&["migrate", "redo"], 0);
    assert!(redone.contains("reverted: 2026") && redone.contains("1 applied"), "{redone}");
    given.prints(&["migrate", "status"], 0);
    // What is pending beside stays pending.
    given.prints(&["migrate", "revert"], 0);
    let redone = given.prints(&["migrate", "redo"], 0);
    assert!(redone.contains("1 applied"), "{redone}");
    given.prints(&["migrate", "status"], 10);
    given.prints(&["migrate", "deploy"], 0);
    let to = given.folder.path().join("exported").display().to_string();
    given.prints(&["migrate", "export", &to], 0);
    assert!(
        fs::read_to_string(format!("{to}/20251231083156_init/migration.sql"))
            .unwrap()
            .contains("CREATE TABLE")
    );
    let refused = given
        .prints(&["migrate", "resolve", "--applied", "20251231083156_init", "--reason", "x", "--json"], 1);
    let refused: Value = serde_json::from_str(&refused).unwrap();
    assert!(refused["error"].as_str().unwrap().contains("is applied already"), "{refused}");
}

#[tokio::test]
async fn a_new_migration_is_made_written_applied_and_linted() {
    let given = Given::database().await;
    let dir = given.folder.path().join("own");
    fs::create_dir_all(&dir).unwrap();
    let dir = dir.display().to_string();
    let made = given.prints(&["migrate", "dev", "add_heap", "--create-only", "--dir", &dir], 0);
    let path = made.lines().next().unwrap().trim_start_matches("created: ").to_owned();
    fs::write(format!("{path}/up.sql"), "CREATE TABLE heap (id integer);\n").unwrap();
    fs::write(format!("{path}/down.sql"), "DROP TABLE heap;\n").unwrap();
    given.prints(&["migrate", "dev", "--dir", &dir], 0);

    let mut command = given.command(&["migrate", "dev", "add_index", "--dir", &dir]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"CREATE INDEX heap_id ON heap (id);").unwrap();
    assert!(child.wait().unwrap().success());
    given.prints(&["migrate", "status", "--dir", &dir], 0);
    let found = given.prints(&["migrate", "lint", "--dir", &dir], 16);
    assert!(found.contains("[require-concurrent-index-creation]"), "{found}");
    given.prints(&["migrate", "lint", "no_such_one", "--dir", &dir], 1);

    let mut command = careernav(given.folder.path());
    command.args(["migrate", "dev", "more", "--mode", "production", "--dir", &dir]);
    let (_, error, code) = said(command.env("DATABASE_URL", &given.url));
    assert!(error.contains("this is production mode"), "{error}");
    assert_eq!(code, Some(1));
}

#[tokio::test]
async fn a_script_that_fails_is_told_with_its_sqlstate_line_fate_and_the_commands_to_choose_from() {
    let given = Given::database().await;
    let one = given.folder.path().join("own/20300101000000_broken");
    fs::create_dir_all(&one).unwrap();
    let dir = given.folder.path().join("own").display().to_string();
    let deploy = |up: &str, in_transaction: bool| {
        fs::write(one.join("up.sql"), up).unwrap();
        fs::write(one.join("metadata.toml"), format!("run_in_transaction = {in_transaction}\n")).unwrap();
        let (_, error, code) = said(&mut given.command(&["migrate", "deploy", "--dir", &dir]));
        assert_eq!(code, Some(1), "{error}");
        error
    };
    let error = deploy("CREATE TABLE a (id integer);\n\nINSERT INTO a VALUES (1 / 0);\n", true);
    for words in ["line 3", "SQLSTATE 22012", "rolled back as a whole", "careernav migrate deploy"] {
        assert!(error.contains(words), "{words}: {error}");
    }
    let error = deploy("CREATE INDEX CONCURRENTLY i ON nowhere (id);\n", false);
    for words in ["SQLSTATE 42P01", "in part", "resolve --applied", "resolve --rolled-back", "migrate repair"]
    {
        assert!(error.contains(words), "{words}: {error}");
    }
}

#[tokio::test]
async fn migrations_go_past_a_pooler_and_warn_where_they_do_not() {
    let given = Given::database().await;
    // Nobody answers at the pooler's address.
    let mut command = given.command(&["migrate", "status"]);
    command.env("DATABASE_URL", "postgres://u@127.0.0.1:1/d").env("DATABASE_DIRECT_URL", &given.url);
    let (_, error, code) = said(&mut command);
    assert_eq!((code, error.contains("pooler")), (Some(10), false), "{error}");

    let mut command = given.command(&["migrate", "status"]);
    command.env("DATABASE_URL", format!("{}?pgbouncer=true&connection_limit=1", given.url));
    let (_, error, code) = said(&mut command);
    assert_eq!((code, error.contains("DATABASE_DIRECT_URL")), (Some(10), true), "{error}");
}

#[test]
fn a_database_that_does_not_answer_is_named() {
    let folder = folder();
    let mut command = careernav(folder.path());
    let (_, error, code) =
        said(command.args(["migrate", "status"]).env("DATABASE_URL", "postgres://u:secret@127.0.0.1:1/d"));
    assert!(error.contains("127.0.0.1:1: ") && !error.contains("secret"), "{error}");
    assert_eq!(code, Some(20));
}
