use std::os::unix::ffi::OsStringExt;

use domain_kernel::BasisPoints;
use domain_mentoring::Policy;
use secrecy::ExposeSecret;

use super::*;
use crate::settings::Mode;

fn read(environment: &[(&str, &str)]) -> Result<Layers> {
    over(&CommandLine::default(), environment)
}

fn over(line: &CommandLine, environment: &[(&str, &str)]) -> Result<Layers> {
    Layers::read(line, environment.iter().map(|(name, text)| ((*name).into(), (*text).into())))
}

fn source(layers: &Layers, key: &str) -> (String, String) {
    let (_, value, source) = layers.shown().into_iter().find(|(found, _, _)| found == key).unwrap();
    (value, source)
}

fn refused(environment: &[(&str, &str)]) -> String {
    match read(environment).and_then(|layers| layers.settings()) {
        Ok(_) => panic!("{environment:?} is taken"),
        Err(error) => format!("{error:#}"),
    }
}

#[test]
fn the_last_word_counts_and_its_source_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.toml");
    std::fs::write(&file, "[http]\nport = 1\nhost = \"0.0.0.0\"\n[booking]\nopen_requests = 2\n").unwrap();
    let line = CommandLine {
        file: Some(file.clone()),
        implied: vec![("http.host", "implied"), ("mode", "demo")],
        flags: vec![("http.port", "3".into())],
    };
    let layers = over(&line, &[("CAREERNAV__HTTP__PORT", "2")]).unwrap();
    assert_eq!(source(&layers, "http.port"), ("3".into(), "flag".into()));
    assert_eq!(source(&layers, "http.host"), ("0.0.0.0".into(), file.display().to_string()));
    assert_eq!(source(&layers, "mode"), ("demo".into(), "command".into()));
    assert_eq!(source(&layers, "http.workers"), ("1".into(), "default".into()));
    let settings = layers.settings().unwrap();
    assert_eq!((settings.http.port, settings.booking.open_requests), (3, 2));
}

#[test]
fn what_a_command_implies_gives_way_to_whoever_says_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.toml");
    std::fs::write(&file, "mode = \"production\"\n").unwrap();
    let implied = vec![("mode", "demo")];
    let up = CommandLine { implied: implied.clone(), ..CommandLine::default() };
    let mode = |layers: Layers| layers.settings().unwrap().mode;
    assert_eq!(mode(over(&up, &[]).unwrap()), Mode::Demo);
    assert_eq!(mode(over(&up, &[("CAREERNAV__MODE", "")]).unwrap()), Mode::Demo);
    assert_eq!(mode(over(&up, &[("CAREERNAV__MODE", "production")]).unwrap()), Mode::Production);
    let with_file = CommandLine { file: Some(file), implied, flags: vec![] };
    assert_eq!(mode(over(&with_file, &[]).unwrap()), Mode::Production);
}

#[test]
fn the_defaults_are_the_house_policy() {
    let settings = read(&[]).unwrap().settings().unwrap();
    assert_eq!(settings.booking.policy().unwrap(), Policy::with_fee(BasisPoints::parse(1500).unwrap()));
}

#[test]
fn secrets_are_masked_and_may_come_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let (secret, url) = (folder.path().join("secret"), folder.path().join("url"));
    std::fs::write(&secret, "a secret that nobody may ever see\n").unwrap();
    std::fs::write(&url, "postgres://me:word@host/db\n").unwrap();
    let (secret, url) = (secret.display().to_string(), url.display().to_string());
    let layers =
        read(&[("CAREERNAV__AUTH__SECRET_FILE", &secret), ("DATABASE_URL_FILE", url.as_str())]).unwrap();
    assert_eq!(
        source(&layers, "auth.secret"),
        ("(hidden)".into(), "environment CAREERNAV__AUTH__SECRET_FILE".into())
    );
    assert_eq!(
        source(&layers, "database.url"),
        ("postgres://me:(hidden)@host/db".into(), "environment DATABASE_URL_FILE".into())
    );
    let settings = layers.settings().unwrap();
    assert_eq!(settings.auth.secret.expose_secret(), "a secret that nobody may ever see");
    assert_eq!(settings.database.url.expose_secret(), "postgres://me:word@host/db");
    assert!(!format!("{settings:?}").contains("nobody may"));
    assert_eq!(settings.missing_for_production(), None);
}

#[test]
fn no_password_of_an_address_is_shown_wherever_it_stands() {
    for (url, shown) in [
        ("postgres://u:word@h/d", "postgres://u:(hidden)@h/d"),
        ("postgres://u:wo@rd@h/d", "postgres://u:(hidden)@h/d"),
        ("postgres://u@h/d?a=b&password=word", "postgres://u@h/d?a=b&password=(hidden)"),
        ("postgres://u@h/d?sslpassword=word&a=b", "postgres://u@h/d?sslpassword=(hidden)&a=b"),
        ("postgres://u@%2Frun/d", "postgres://u@%2Frun/d"),
        ("postgres://u:wo?rd@h/d", "(hidden)"),
        ("host=h password=word", "(hidden)"),
    ] {
        assert_eq!(without_password(url), shown, "{url}");
    }
}

#[test]
fn of_two_names_for_one_setting_ours_counts_in_any_order() {
    let both = [("CAREERNAV__DATABASE__URL", "postgres://ours"), ("DATABASE_URL", "postgres://theirs")];
    for environment in [both, [both[1], both[0]]] {
        let settings = read(&environment).unwrap().settings().unwrap();
        assert_eq!(settings.database.url.expose_secret(), "postgres://ours");
    }
    let twice = refused(&[("CAREERNAV__AUTH__SECRET", "a"), ("CAREERNAV__AUTH__SECRET_FILE", "/dev/null")]);
    assert!(twice.contains("CAREERNAV__AUTH__SECRET and CAREERNAV__AUTH__SECRET_FILE"), "{twice}");
}

#[test]
fn what_other_programs_variables_hold_is_not_our_concern() {
    let strange = || OsString::from_vec(vec![0xff]);
    let line = CommandLine::default();
    assert!(Layers::read(&line, [(strange(), strange()), ("OTHER".into(), strange())].into_iter()).is_ok());
    let ours = Layers::read(&line, [("CAREERNAV__HTTP__HOST".into(), strange())].into_iter());
    assert!(ours.unwrap_err().to_string().contains("CAREERNAV__HTTP__HOST"));
}

#[test]
fn unknown_settings_are_named_with_their_source() {
    let unknown = refused(&[("CAREERNAV__HTTP__PROT", "1"), ("CAREERNAV__HTTP", "1")]);
    for part in
        ["http.prot (from environment CAREERNAV__HTTP__PROT)", "http (from environment CAREERNAV__HTTP)"]
    {
        assert!(unknown.contains(part), "{unknown}");
    }
}

#[test]
fn every_wrong_setting_is_named_with_its_source() {
    for (name, key, text) in [
        ("CAREERNAV__HTTP__PORT", "http.port", "many"),
        ("CAREERNAV__HTTP__PORT", "http.port", "70000"),
        ("CAREERNAV__HTTP__WORKERS", "http.workers", "0"),
        ("CAREERNAV__HTTP__TRUSTED_PROXIES", "http.trusted_proxies", "proxy.example"),
        ("CAREERNAV__MODE", "mode", "prod"),
        ("CAREERNAV__MIGRATIONS", "migrations", "never"),
        ("CAREERNAV__AUTH__ARGON2_MEMORY_KIB", "auth.argon2_memory_kib", "1"),
        ("CAREERNAV__BOOKING__CURRENCY", "booking.currency", "JPY"),
        ("CAREERNAV__BOOKING__ITEM", "booking.item", "0"),
        ("CAREERNAV__BOOKING__FEE_BASIS_POINTS", "booking.fee_basis_points", "10001"),
        ("CAREERNAV__DATABASE__STATEMENT_TIMEOUT_MS", "database.statement_timeout_ms", "0"),
        ("CAREERNAV__THROTTLE__PER_ACCOUNT", "throttle.per_account", "0"),
        ("CAREERNAV__WORKER__LEASE_S", "worker.lease_s", "61"),
        ("CAREERNAV__WORKER__TRIES", "worker.tries", "-1"),
        ("CAREERNAV__LOG__FILTER", "log.filter", "a=b=c"),
        ("CAREERNAV__LOG__FORMAT", "log.format", "xml"),
    ] {
        let error = refused(&[(name, text)]);
        assert!(error.contains(&format!("{key} (from environment {name}) is wrong: ")), "{error}");
    }
    let both = refused(&[("CAREERNAV__HTTP__PORT", "many"), ("CAREERNAV__WORKER__LEASE_S", "0")]);
    assert!(both.contains("http.port") && both.contains("worker.lease_s"), "{both}");
}

#[test]
fn production_names_all_that_it_needs_at_once() {
    let settings = read(&[]).unwrap().settings().unwrap();
    let missing = settings.missing_for_production().unwrap();
    assert!(missing.contains("CAREERNAV__AUTH__SECRET") && missing.contains("DATABASE_URL"), "{missing}");
    let demo = read(&[("CAREERNAV__MODE", "demo")]).unwrap().settings().unwrap();
    assert_eq!(demo.missing_for_production(), None);
}
