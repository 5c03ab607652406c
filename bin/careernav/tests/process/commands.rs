//! Everything but `up`.

use std::process::Stdio;

use adapter_embedded::{Binaries, Cluster, Options};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::running::{careernav, folder, said};

#[test]
fn help_lists_every_command_with_examples() {
    let folder = folder();
    let (help, _, code) = said(careernav(folder.path()).arg("--help"));
    for word in
        ["up", "serve", "worker", "migrate", "seed", "openapi", "generate", "config", "doctor", "Examples:"]
    {
        assert!(help.contains(word), "{word} is missing: {help}");
    }
    assert_eq!(code, Some(0));
}

#[test]
fn production_is_refused_without_its_secrets_and_names_them_all() {
    let folder = folder();
    for command in ["serve", "worker"] {
        let (_, error, code) = said(careernav(folder.path()).arg(command));
        assert!(error.contains("CAREERNAV__AUTH__SECRET") && error.contains("DATABASE_URL"), "{error}");
        assert_eq!((error.lines().count(), code), (1, Some(1)), "{error}");
    }
    let (_, error, code) = said(careernav(folder.path()).args(["serve", "--mode", "demo"]));
    assert!(error.contains("DATABASE_URL"), "{error}");
    assert_eq!(code, Some(1));
}

#[test]
fn config_shows_values_with_sources_and_masks_secrets() {
    let folder = folder();
    std::fs::write(folder.path().join("careernav.toml"), "[http]\nworkers = 3\n").unwrap();
    let mut command = careernav(folder.path());
    command
        .args(["config", "--port", "1234"])
        .env("CAREERNAV__AUTH__SECRET", "very secret")
        .env("DATABASE_URL", "postgres://u:word@h/d");
    let (shown, _, code) = said(&mut command);
    let line = |key: &str| shown.lines().find(|line| line.starts_with(key)).unwrap_or_default().to_owned();
    assert!(line("http.port").contains("1234") && line("http.port").ends_with("flag"), "{shown}");
    assert!(line("http.workers").ends_with("careernav.toml"), "{shown}");
    assert!(line("database.url").ends_with("environment DATABASE_URL"), "{shown}");
    assert!(!shown.contains("very secret") && !shown.contains("word"), "{shown}");
    assert_eq!(code, Some(0));
    let (_, error, code) = said(careernav(folder.path()).arg("config").env("CAREERNAV__HTTP__PROT", "1"));
    assert!(error.contains("http.prot") && error.contains("CAREERNAV__HTTP__PROT"), "{error}");
    assert_eq!(code, Some(1));
}

#[test]
fn openapi_prints_the_document() {
    let folder = folder();
    let (text, _, code) = said(careernav(folder.path()).arg("openapi"));
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["openapi"], "3.1.0");
    assert_eq!(code, Some(0));
}

#[tokio::test]
async fn a_given_database_is_migrated_served_by_two_and_worked_on() {
    let folder = folder();
    let options = Options::throwaway(folder.path().join("cluster"));
    let binaries = Binaries::find().expect("PostgreSQL's server binaries");
    let cluster =
        tokio::task::spawn_blocking(move || Cluster::start(&binaries, &options)).await.unwrap().unwrap();
    cluster.create_database("given").await.unwrap();
    let url = cluster.url("given");
    let given = |arguments: &[&str]| {
        let mut command = careernav(folder.path());
        command.args(arguments).args(["--mode", "demo"]).env("DATABASE_URL", &url);
        command
    };
    let (before, _, code) = said(&mut given(&["migrate", "status", "--json"]));
    assert_eq!(code, Some(10), "{before}");
    let refused = said(&mut given(&["serve", "--migrations", "check", "--port", "0"]));
    assert_eq!(refused.2, Some(10), "{}", refused.1);
    let (events, error, code) = said(&mut given(&["migrate", "deploy", "--json"]));
    assert_eq!(code, Some(0), "{error}");
    assert!(events.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{events}");
    let (after, _, code) = said(&mut given(&["migrate", "status"]));
    assert_eq!(code, Some(0), "{after}");
    let (seeded, error, code) = said(&mut given(&["seed"]));
    assert!(seeded.contains("4 people"), "{seeded}{error}");
    assert_eq!(code, Some(0));
    let (healthy, _, code) = said(&mut given(&["doctor"]));
    assert_eq!(code, Some(0), "{healthy}");
    let mut all = Vec::new();
    for arguments in [&["serve", "--port", "0"][..], &["serve", "--no-worker", "--port", "0"], &["worker"]] {
        all.push(
            given(arguments).env("CAREERNAV__LOG__FILTER", "error").stdout(Stdio::null()).spawn().unwrap(),
        );
    }
    // Each is up once it takes the signal as a request to stop; before, it would die of it.
    for mut process in all {
        let pid = Pid::from_child(&process);
        let watching = format!("/proc/{}/status", process.id());
        while !takes_term(&watching) {
            std::thread::yield_now();
        }
        kill_process(pid, Signal::TERM).unwrap();
        assert_eq!(process.wait().unwrap().code(), Some(0));
    }
    tokio::task::spawn_blocking(move || cluster.stop()).await.unwrap().unwrap();
}

/// Whether the process has a handler for SIGTERM (15).
fn takes_term(status: &str) -> bool {
    let text = std::fs::read_to_string(status).expect("a living process");
    let caught = text.lines().find_map(|line| line.strip_prefix("SigCgt:")).expect("its handlers");
    u64::from_str_radix(caught.trim(), 16).expect("a mask") & (1 << 14) != 0
}
