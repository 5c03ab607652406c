//! Everything but `up`.

use serde_json::Value;

use crate::running::{careernav, folder, said};

#[test]
fn help_lists_every_command_with_examples() {
    let folder = folder();
    let (help, _, code) = said(careernav(folder.path()).arg("--help"));
    for word in [
        "up",
        "serve",
        "worker",
        "migrate",
        "seed",
        "operator",
        "openapi",
        "generate",
        "config",
        "doctor",
        "Examples:",
    ] {
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
