//! What can be configured, where from, and what is in force.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use config::{Config, File, FileFormat, Value, ValueKind};
use domain_kernel::{BasisPoints, Currency, minutes};
use domain_mentoring::Policy;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// Every setting with its default, and what it is for.
const DEFAULTS: &str = include_str!("defaults.toml");
/// Settings that are never shown, and may also come from a file named by `…_FILE`.
const SECRETS: [&str; 3] = ["auth.secret", "database.url", "database.direct_url"];
/// The names that every hosting service uses.
const PLAIN_NAMES: [(&str, &str); 2] =
    [("DATABASE_URL", "database.url"), ("DATABASE_DIRECT_URL", "database.direct_url")];

/// What is in force.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Whether demo mode's doors are there.
    pub mode: Mode,
    /// What a server does with migrations at its start.
    pub migrations: AtStart,
    /// Where requests come in.
    pub http: Http,
    /// Where data lies.
    pub database: Database,
    /// How people are known.
    pub auth: Auth,
    /// The rules of the house on time and money.
    pub booking: Booking,
    /// How often the doors may be knocked at.
    pub throttle: Throttle,
    /// How the worker goes about it.
    pub worker: Worker,
    /// What is logged.
    pub log: Log,
}

/// Demo or production.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// For trying things: a test clock, a mailbox, a simulated gateway, demo people.
    Demo,
    /// For real.
    Production,
}

/// What a server does with migrations at its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AtStart {
    /// Refuses to serve while some are pending.
    Check,
    /// Applies what is pending.
    Apply,
    /// Looks at nothing.
    Skip,
}

/// See `defaults.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is explained where its default stands")]
pub struct Http {
    pub host: String,
    pub port: u16,
    pub workers: usize,
}

/// See `defaults.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is explained where its default stands")]
pub struct Database {
    pub url: SecretString,
    pub direct_url: SecretString,
    pub folder: PathBuf,
    pub connections: usize,
    pub wait_ms: u64,
    pub statement_timeout_ms: u64,
}

/// See `defaults.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is explained where its default stands")]
pub struct Auth {
    pub secret: SecretString,
    pub argon2_memory_kib: u32,
    pub argon2_passes: u32,
}

/// See `defaults.toml`; spans in minutes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is explained where its default stands")]
pub struct Booking {
    pub currency: String,
    pub fee_basis_points: u16,
    pub item: u16,
    pub ahead_least: u32,
    pub ahead_most: u32,
    pub open_requests: u32,
    pub answer_within: u32,
    pub answer_before_start: u32,
    pub pay_within: u32,
    pub pay_before_start: u32,
    pub pay_grace: u32,
    pub cancel_notice: u32,
    pub auto_complete_after: u32,
    pub payout_hold: u32,
}

/// See `defaults.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is explained where its default stands")]
pub struct Throttle {
    pub per_address: u32,
    pub per_account: u32,
}

/// See `defaults.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is explained where its default stands")]
pub struct Worker {
    pub idle_ms: u64,
    pub lease_s: u64,
    pub batch: u8,
    pub tries: i32,
}

/// See `defaults.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is explained where its default stands")]
pub struct Log {
    pub filter: String,
    pub format: LogFormat,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// One value and who said so.
#[derive(Debug, Clone)]
struct Said {
    value: Value,
    source: String,
}

/// All values, before they are checked, each with its source.
#[derive(Debug, Clone)]
pub struct Layers(BTreeMap<String, Said>);

impl Layers {
    /// The defaults, then the file, then the environment, then the flags; the last word counts.
    ///
    /// `file` is the one that was asked for; without it `careernav.toml` is read if it is there.
    pub fn read(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
        flags: &[(&str, String)],
    ) -> Result<Self> {
        let mut layers = Self(BTreeMap::new());
        let defaults = File::from_str(DEFAULTS, FileFormat::Toml);
        layers.add(&Config::builder().add_source(defaults).build()?, "default");
        let known: Vec<String> = layers.0.keys().cloned().collect();
        let chosen = file.map_or_else(|| PathBuf::from("careernav.toml"), Path::to_owned);
        if file.is_some() || chosen.exists() {
            let source = File::from(chosen.as_path()).format(FileFormat::Toml);
            let read = Config::builder().add_source(source).build();
            layers.add(
                &read.with_context(|| format!("cannot read {}", chosen.display()))?,
                &chosen.display().to_string(),
            );
        }
        for (name, text) in environment {
            layers.add_variable(&name, text)?;
        }
        for (key, text) in flags {
            layers.say(key, text.clone(), "flag".to_owned());
        }
        for (key, Said { source, .. }) in &layers.0 {
            if !known.contains(key) {
                bail!("there is no setting {key} (from {source}); `careernav config` lists those there are");
            }
        }
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

    fn add_variable(&mut self, name: &str, text: String) -> Result<()> {
        let source = format!("environment {name}");
        let plain = PLAIN_NAMES.iter().find(|(plain, _)| *plain == name);
        let key = match (plain, name.strip_prefix("CAREERNAV__")) {
            (Some((_, key)), _) => (*key).to_owned(),
            (None, Some(rest)) => rest.to_lowercase().replace("__", "."),
            (None, None) => return Ok(()),
        };
        match key.strip_suffix("_file") {
            Some(secret) if SECRETS.contains(&secret) => {
                let read = std::fs::read_to_string(&text)
                    .with_context(|| format!("{source}: cannot read {text}"))?;
                self.say(secret, read.trim_end().to_owned(), source);
            }
            _ => self.say(&key, text, source),
        }
        Ok(())
    }

    fn say(&mut self, key: &str, text: String, source: String) {
        // A variable that is set to nothing is one that is not set.
        if !text.is_empty() {
            self.0.insert(key.to_owned(), Said { value: Value::new(None, ValueKind::String(text)), source });
        }
    }

    /// The settings, checked.
    pub fn settings(&self) -> Result<Settings> {
        let mut builder = Config::builder();
        for (key, said) in &self.0 {
            builder = builder.set_override(key, said.value.clone())?;
        }
        let settings: Settings = builder.build()?.try_deserialize().map_err(|error| {
            let text = error.to_string();
            let blamed = self.0.iter().find(|(key, _)| text.contains(key.as_str()));
            let from = blamed.map(|(key, said)| format!(" ({key} from {})", said.source)).unwrap_or_default();
            anyhow::anyhow!("a setting is wrong: {text}{from}")
        })?;
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
                    "auth.secret" => "(hidden)".to_owned(),
                    secret if SECRETS.contains(&secret) => without_password(&text),
                    _ => text,
                };
                (key.clone(), shown, source.clone())
            })
            .collect()
    }
}

/// An address without its password.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "(hidden)".to_owned() };
    let Some((user, place)) = rest.rsplit_once('@') else { return url.to_owned() };
    let name = user.split(':').next().unwrap_or_default();
    if user.contains(':') { format!("{scheme}://{name}:(hidden)@{place}") } else { url.to_owned() }
}

impl Settings {
    fn check(&self) -> Result<()> {
        self.policy()?;
        if self.worker.lease_s == 0 || self.worker.lease_s > 60 {
            bail!("worker.lease_s lies between 1 and 60");
        }
        if self.http.workers == 0 || self.database.connections == 0 || self.worker.batch == 0 {
            bail!("http.workers, database.connections and worker.batch are at least 1");
        }
        Ok(())
    }

    /// What production cannot do without, in words; nothing if all of it is there.
    pub fn missing_for_production(&self) -> Option<String> {
        let mut missing = Vec::new();
        if self.auth.secret.expose_secret().len() < 32 {
            missing.push("auth.secret of at least 32 characters (CAREERNAV__AUTH__SECRET or …_FILE)");
        }
        if self.database.url.expose_secret().is_empty() {
            missing.push("database.url (DATABASE_URL)");
        }
        (self.mode == Mode::Production && !missing.is_empty())
            .then(|| format!("production mode needs {}", missing.join(" and ")))
    }

    /// The currency of all prices.
    pub fn currency(&self) -> Result<Currency> {
        Currency::parse(&self.booking.currency)
            .with_context(|| format!("booking.currency {:?}", self.booking.currency))
    }

    /// The rules of the house.
    pub fn policy(&self) -> Result<Policy> {
        self.currency()?;
        let Booking {
            currency: _,
            fee_basis_points,
            item,
            ahead_least,
            ahead_most,
            open_requests,
            answer_within,
            answer_before_start,
            pay_within,
            pay_before_start,
            pay_grace,
            cancel_notice,
            auto_complete_after,
            payout_hold,
        } = &self.booking;
        if !(1..=1440).contains(item) {
            bail!("booking.item lies between 1 and 1440 minutes");
        }
        let fee = BasisPoints::parse(*fee_basis_points).context("booking.fee_basis_points")?;
        let span = |count: u32| minutes(count.into());
        Ok(Policy {
            fee,
            item: minutes((*item).into()),
            ahead_least: span(*ahead_least),
            ahead_most: span(*ahead_most),
            open_requests: *open_requests,
            answer_within: span(*answer_within),
            answer_before_start: span(*answer_before_start),
            pay_within: span(*pay_within),
            pay_before_start: span(*pay_before_start),
            pay_grace: span(*pay_grace),
            cancel_notice: span(*cancel_notice),
            auto_complete_after: span(*auto_complete_after),
            payout_hold: span(*payout_hold),
        })
    }
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
