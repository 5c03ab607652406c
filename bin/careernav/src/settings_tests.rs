use super::*;

fn read(environment: &[(&str, &str)], flags: &[(&str, String)]) -> Result<Layers> {
    let environment = environment.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    Layers::read(None, environment, flags)
}

fn source(layers: &Layers, key: &str) -> (String, String) {
    let (_, value, source) = layers.shown().into_iter().find(|(found, _, _)| found == key).unwrap();
    (value, source)
}

#[test]
fn the_last_word_counts_and_its_source_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.toml");
    std::fs::write(&file, "[http]\nport = 1\nhost = \"0.0.0.0\"\n[booking]\nopen_requests = 2\n").unwrap();
    let environment = [("CAREERNAV__HTTP__PORT".to_owned(), "2".to_owned())];
    let flags = [("http.port", "3".to_owned())];
    let layers = Layers::read(Some(&file), environment.into_iter(), &flags).unwrap();
    assert_eq!(source(&layers, "http.port"), ("3".into(), "flag".into()));
    assert_eq!(source(&layers, "http.host"), ("0.0.0.0".into(), file.display().to_string()));
    assert_eq!(source(&layers, "http.workers"), ("2".into(), "default".into()));
    let settings = layers.settings().unwrap();
    assert_eq!((settings.http.port, settings.booking.open_requests), (3, 2));
}

#[test]
fn the_defaults_are_the_house_policy() {
    let settings = read(&[], &[]).unwrap().settings().unwrap();
    assert_eq!(settings.policy().unwrap(), Policy::with_fee(BasisPoints::parse(1500).unwrap()));
}

#[test]
fn secrets_are_masked_and_may_come_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, "a secret that nobody may ever see\n").unwrap();
    let path = file.display().to_string();
    let layers = read(
        &[("CAREERNAV__AUTH__SECRET_FILE", path.as_str()), ("DATABASE_URL", "postgres://me:word@host/db")],
        &[],
    )
    .unwrap();
    assert_eq!(
        source(&layers, "auth.secret"),
        ("(hidden)".into(), "environment CAREERNAV__AUTH__SECRET_FILE".into())
    );
    assert_eq!(source(&layers, "database.url").0, "postgres://me:(hidden)@host/db");
    let settings = layers.settings().unwrap();
    assert_eq!(settings.auth.secret.expose_secret(), "a secret that nobody may ever see");
    assert!(!format!("{settings:?}").contains("nobody may"));
    assert_eq!(settings.missing_for_production(), None);
}

#[test]
fn unknown_and_wrong_settings_are_named_with_their_source() {
    let unknown = read(&[("CAREERNAV__HTTP__PROT", "1")], &[]).unwrap_err().to_string();
    assert!(unknown.contains("http.prot") && unknown.contains("CAREERNAV__HTTP__PROT"), "{unknown}");
    let wrong = read(&[("CAREERNAV__HTTP__PORT", "many")], &[]).unwrap().settings().unwrap_err().to_string();
    assert!(wrong.contains("http.port") && wrong.contains("CAREERNAV__HTTP__PORT"), "{wrong}");
    for (name, text) in [
        ("CAREERNAV__BOOKING__CURRENCY", "JPY"),
        ("CAREERNAV__WORKER__LEASE_S", "61"),
        ("CAREERNAV__BOOKING__FEE_BASIS_POINTS", "10001"),
    ] {
        assert!(read(&[(name, text)], &[]).unwrap().settings().is_err(), "{name}={text}");
    }
}

#[test]
fn production_names_all_that_it_needs_at_once() {
    let settings = read(&[], &[]).unwrap().settings().unwrap();
    let missing = settings.missing_for_production().unwrap();
    assert!(missing.contains("CAREERNAV__AUTH__SECRET") && missing.contains("DATABASE_URL"), "{missing}");
    let demo = read(&[("CAREERNAV__MODE", "demo")], &[]).unwrap().settings().unwrap();
    assert_eq!(demo.missing_for_production(), None);
}
