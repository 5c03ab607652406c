use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use config::{Config, File, FileFormat, Value, ValueKind};

use crate::settings::Settings;

/// Every setting with its default, and what it is for.
const DEFAULTS: &str = include_str!("defaults.toml");
/// The file that is read where none is named, if it is there.
const FILE: &str = "careernav.toml";
/// How our environment variables begin.
const PREFIX: &str = "CAREERNAV__";
/// Settings that are never shown, and may also come from a file named by `…_FILE`.
const SECRETS: [&str; 4] = ["auth.secret", "database.url", "database.direct_url", "metrics.token"];
/// The names that every hosting service uses. Ours, being meant for this program alone, go before them.
const PLAIN_NAMES: [(&str, &str); 2] =
    [("DATABASE_URL", "database.url"), ("DATABASE_DIRECT_URL", "database.direct_url")];

/// One value and who said so.
#[derive(Debug, Clone)]
struct Said {
    value: Value,
    source: String,
}

/// What the command line says: by the choice of the command, and by its flags.
#[derive(Debug, Clone, Default)]
pub struct CommandLine {
    /// The file that `--config` names.
    pub file: Option<PathBuf>,
    /// What the command means where nobody says otherwise: (key, value). Anything else goes before it.
    pub implied: Vec<(&'static str, &'static str)>,
    /// (key, value). They have the last word.
    pub flags: Vec<(&'static str, String)>,
}

/// All values, before they are checked, each with its source.
#[derive(Debug, Clone)]
pub struct Layers(BTreeMap<String, Said>);

impl Layers {
    /// The defaults, then what the command implies, the file, the environment, the flags; the last word counts.
    pub fn read(line: &CommandLine, environment: impl Iterator<Item = (OsString, OsString)>) -> Result<Self> {
        let mut layers = Self::defaults()?;
        let known: Vec<String> = layers.0.keys().cloned().collect();
        for (key, text) in &line.implied {
            layers.say(key, (*text).to_owned(), "command".to_owned());
        }
        let chosen = line.file.as_deref().unwrap_or(Path::new(FILE));
        if line.file.is_some() || chosen.exists() {
            let source = File::from(chosen).format(FileFormat::Toml);
            let read = Config::builder().add_source(source).build();
            let source = chosen.display().to_string();
            layers.add(&read.with_context(|| format!("cannot read {source}"))?, &source);
        }
        for Variable { name, key, text, .. } in variables(environment)? {
            layers.say(&key, text, format!("environment {name}"));
        }
        for (key, text) in &line.flags {
            layers.say(key, text.clone(), "flag".to_owned());
        }
        let unknown: Vec<String> = layers
            .0
            .iter()
            .filter(|(key, _)| !known.contains(key))
            .map(|(key, Said { source, .. })| format!("there is no setting {key} (from {source})"))
            .collect();
        if !unknown.is_empty() {
            bail!("{}; `careernav config` lists those there are", unknown.join(", "));
        }
        Ok(layers)
    }

    fn defaults() -> Result<Self> {
        let mut layers = Self(BTreeMap::new());
        let defaults = File::from_str(DEFAULTS, FileFormat::Toml);
        layers.add(&Config::builder().add_source(defaults).build()?, "default");
        Ok(layers)
    }

    fn add(&mut self, read: &Config, source: &str) {
        fn flatten(prefix: &str, value: Value, source: &str, into: &mut BTreeMap<String, Said>) {
            if let ValueKind::Table(members) = value.kind {
                for (name, member) in members {
                    let key = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
                    flatten(&key, member, source, into);
                }
            } else {
                into.insert(prefix.to_owned(), Said { value, source: source.to_owned() });
            }
        }
        flatten("", read.cache.clone(), source, &mut self.0);
    }

    fn say(&mut self, key: &str, text: String, source: String) {
        self.0.insert(key.to_owned(), Said { value: Value::new(None, ValueKind::String(text)), source });
    }

    /// Whether nobody said anything about a setting.
    pub fn is_default(&self, key: &str) -> bool {
        self.0.get(key).is_none_or(|said| said.source == "default")
    }

    /// The settings, checked. An error names every wrong one with its source.
    pub fn settings(&self) -> Result<Settings> {
        let error = match self.checked() {
            Ok(settings) => return Ok(settings),
            Err(error) => error,
        };
        // Each is tried alone over the defaults, so that whichever fails is to blame.
        let mut wrong = Vec::new();
        for (key, said) in &self.0 {
            let mut alone = Self::defaults()?;
            alone.0.insert(key.clone(), said.clone());
            if let Err(error) = alone.checked() {
                let text = format!("{error:#}");
                let reason = text.split(" for key `").next().unwrap_or_default();
                wrong.push(format!("the setting {key} (from {}) is wrong: {reason}", said.source));
            }
        }
        Err(if wrong.is_empty() { error } else { anyhow::anyhow!(wrong.join("; ")) })
    }

    fn checked(&self) -> Result<Settings> {
        let mut builder = Config::builder();
        for (key, said) in &self.0 {
            builder = builder.set_override(key, said.value.clone())?;
        }
        let settings: Settings = builder.build()?.try_deserialize()?;
        settings.check()?;
        Ok(settings)
    }

    /// Every value with its source, secrets masked: (key, value, source).
    pub fn shown(&self) -> Vec<(String, String, String)> {
        self.0
            .iter()
            .map(|(key, Said { value, source })| {
                let text = value.clone().into_string().unwrap_or_default();
                let shown = match key.as_str() {
                    _ if text.is_empty() => "(empty)".to_owned(),
                    "auth.secret" | "metrics.token" => "(hidden)".to_owned(),
                    secret if SECRETS.contains(&secret) => without_password(&text),
                    _ => text,
                };
                (key.clone(), shown, source.clone())
            })
            .collect()
    }
}

/// An environment variable that says something about a setting.
struct Variable {
    name: String,
    key: String,
    is_ours: bool,
    text: String,
}

/// Those that say something, in the order in which a later one goes before an earlier one.
fn variables(environment: impl Iterator<Item = (OsString, OsString)>) -> Result<Vec<Variable>> {
    let mut found: Vec<Variable> = Vec::new();
    for (name, text) in environment {
        // Ours are plain letters; what other programs' variables hold is not our concern. One that is set to
        // nothing is one that is not set.
        let (Some(name), false) = (name.to_str(), text.is_empty()) else { continue };
        let Some((key, is_ours, is_file)) = meaning(name) else { continue };
        let text = text.into_string().map_err(|_| anyhow::anyhow!("environment {name} is not UTF-8 text"))?;
        let text = if is_file {
            let read = std::fs::read_to_string(&text);
            read.with_context(|| format!("environment {name}: cannot read {text}"))?.trim_end().to_owned()
        } else {
            text
        };
        if let Some(other) = found.iter().find(|other| (other.is_ours, &other.key) == (is_ours, &key)) {
            bail!("{} and {name} are both set, which say the same: keep one", other.name);
        }
        found.push(Variable { name: name.to_owned(), key, is_ours, text });
    }
    found.sort_by_key(|variable| variable.is_ours);
    Ok(found)
}

/// The setting that a variable is about, whether its name is one of ours, and whether it names a file with the value.
fn meaning(name: &str) -> Option<(String, bool, bool)> {
    let plain = |name: &str| PLAIN_NAMES.iter().find(|(plain, _)| *plain == name);
    if let Some((_, key)) = plain(name) {
        return Some(((*key).to_owned(), false, false));
    }
    if let Some((_, key)) = name.strip_suffix("_FILE").and_then(plain) {
        return Some(((*key).to_owned(), false, true));
    }
    let key = name.strip_prefix(PREFIX)?.to_lowercase().replace("__", ".");
    match key.strip_suffix("_file") {
        Some(secret) if SECRETS.contains(&secret) => Some((secret.to_owned(), true, true)),
        _ => Some((key, true, false)),
    }
}

/// An address without its passwords: neither that before the @ nor those among the parameters.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "(hidden)".to_owned() };
    let (place, parameters) = rest.split_once('?').map_or((rest, None), |(place, tail)| (place, Some(tail)));
    let place = match place.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((name, _)) => format!("{name}:(hidden)@{host}"),
            None => place.to_owned(),
        },
        None => place.to_owned(),
    };
    // An @ among the parameters means that a ? stood in a password: nothing is shown rather than a part of it.
    if parameters.is_some_and(|all| all.contains('@')) {
        return "(hidden)".to_owned();
    }
    let parameters: Vec<String> = parameters
        .into_iter()
        .flat_map(|all| all.split('&'))
        .map(|parameter| match parameter.split_once('=') {
            Some((name, _)) if name.to_lowercase().contains("password") => format!("{name}=(hidden)"),
            _ => parameter.to_owned(),
        })
        .collect();
    let mark = if parameters.is_empty() { "" } else { "?" };
    format!("{scheme}://{place}{mark}{}", parameters.join("&"))
}

#[cfg(test)]
#[path = "layers_tests.rs"]
mod tests;
