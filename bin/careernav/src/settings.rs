//! What can be configured and what is in force.

use std::path::PathBuf;

use adapter_gateway::Habit;
use adapter_http::Proxies;
use anyhow::{Context, Result, bail};
use application_billing::BillingPolicy;
use application_identity::{HashingCost, Passwords};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tracing_subscriber::EnvFilter;

pub use crate::booking::Booking;
pub use crate::gateway::Gateway;
pub use crate::layers::{CommandLine, Layers};

/// The longest wait that can be asked for. The shortest is one, as PostgreSQL takes a timeout of nothing for none at all.
const HOUR_MS: u64 = 3_600_000;

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
    /// How the simulated gateway goes about it.
    pub gateway: Gateway,
    /// How mentors are paid.
    pub payouts: Payouts,
    /// How often the doors may be knocked at.
    pub throttle: Throttle,
    /// How the worker goes about it.
    pub worker: Worker,
    /// What is logged.
    pub log: Log,
    /// Who may read what is counted.
    pub metrics: MetricsSettings,
    /// Where spans go.
    pub telemetry: Telemetry,
}

/// Demo or production.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Mode {
    /// For trying things: a test clock, a mailbox, a simulated gateway, demo people.
    Demo,
    /// For real.
    Production,
}

/// What a server does with migrations at its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum AtStart {
    /// Refuses to serve while some are pending.
    Check,
    /// Applies what is pending.
    Apply,
    /// Looks at nothing.
    Skip,
}

impl AtStart {
    /// For a command that only reads: it does not migrate either.
    #[must_use]
    pub fn reading(self) -> Self {
        if self == Self::Apply { Self::Check } else { self }
    }
}

/// See `defaults.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is explained where its default stands")]
pub struct Http {
    pub host: String,
    pub port: u16,
    pub workers: usize,
    pub trusted_proxies: String,
    pub deadline_ms: u64,
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

/// See `defaults.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is explained where its default stands")]
pub struct Payouts {
    pub provider: Provider,
    pub second_approver_from_minor: i64,
    pub batch_hour: u8,
}

/// What pays mentors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Provider {
    /// In demo mode nobody, otherwise an operator.
    ByMode,
    /// An operator, by hand.
    Manual,
    /// Nobody: for trying things.
    Simulated,
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

/// See `defaults.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is explained where its default stands")]
pub struct MetricsSettings {
    pub token: SecretString,
}

/// See `defaults.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is explained where its default stands")]
pub struct Telemetry {
    pub endpoint: String,
    pub service: String,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl Mode {
    /// As it is written in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Demo => "demo",
            Self::Production => "production",
        }
    }
}

/// Reads a setting that is one of a few words.
macro_rules! words {
    ($($name:ident: $first:literal is $value:ident $(, $word:literal is $other:ident)*;)+) => {$(
        impl TryFrom<String> for $name {
            type Error = &'static str;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                match text.as_str() {
                    $first => Ok(Self::$value),
                    $($word => Ok(Self::$other),)*
                    _ => Err(concat!("it is one of: ", $first $(, ", ", $word)*)),
                }
            }
        }
    )+};
}

words! {
    Mode: "demo" is Demo, "production" is Production;
    AtStart: "apply" is Apply, "check" is Check, "skip" is Skip;
    Provider: "by_mode" is ByMode, "manual" is Manual, "simulated" is Simulated;
    LogFormat: "text" is Text, "json" is Json;
}

impl Http {
    /// Whose word is taken for whom they ask.
    pub fn proxies(&self) -> Result<Proxies> {
        Ok(Proxies::parse(&self.trusted_proxies)?)
    }
}

impl Log {
    /// What is logged, as the log understands it.
    pub fn filter(&self) -> Result<EnvFilter> {
        EnvFilter::try_new(&self.filter).with_context(|| format!("{:?} is no filter", self.filter))
    }
}

impl Settings {
    /// Whether every value can be worked with. An error speaks of one setting, whose name its reader adds.
    pub(crate) fn check(&self) -> Result<()> {
        self.booking.policy()?;
        self.http.proxies()?;
        Passwords::new(self.hashing_cost(), 1)?;
        self.log.filter()?;
        let within = |value: u64, (least, most): (u64, u64)| {
            if value < least || value > most {
                bail!("it lies between {least} and {most}");
            }
            Ok(())
        };
        let Http { host: _, port: _, workers, trusted_proxies: _, deadline_ms } = &self.http;
        let Database { url: _, direct_url: _, folder: _, connections, wait_ms, statement_timeout_ms } =
            &self.database;
        if self.gateway.habit()? != Habit::Waits && self.mode == Mode::Production {
            bail!("production leaves nobody's money to chance");
        }
        let Payouts { provider, second_approver_from_minor, batch_hour } = &self.payouts;
        if *provider == Provider::Simulated && self.mode == Mode::Production {
            bail!("production pays mentors by a real provider");
        }
        within(u64::try_from(*second_approver_from_minor).unwrap_or(0), (1, 10_000_000_000))?;
        within((*batch_hour).into(), (0, 24))?;
        let Throttle { per_address, per_account } = &self.throttle;
        let Worker { idle_ms, lease_s, batch, tries } = &self.worker;
        let token = self.metrics.token.expose_secret().len();
        if token != 0 && token < 16 {
            bail!("a token has at least 16 characters; empty, there are no metrics");
        }
        let endpoint = &self.telemetry.endpoint;
        if !endpoint.is_empty() && !endpoint.starts_with("http://") && !endpoint.starts_with("https://") {
            bail!("{endpoint:?} is no address of a collector, such as http://127.0.0.1:4318/v1/traces");
        }
        within(u64::try_from(*workers)?, (1, 256))?;
        within(u64::try_from(*connections)?, (1, 1000))?;
        within(*deadline_ms, (1, HOUR_MS))?;
        within(*wait_ms, (1, HOUR_MS))?;
        within(*statement_timeout_ms, (1, HOUR_MS))?;
        within((*per_address).into(), (1, u64::from(u32::MAX)))?;
        within((*per_account).into(), (1, u64::from(u32::MAX)))?;
        within(*idle_ms, (1, HOUR_MS))?;
        within(*lease_s, (1, 60))?;
        within((*batch).into(), (1, 100))?;
        within(u64::try_from(*tries).unwrap_or(0), (1, 1000))
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

    /// What a reader of the metrics sends; nothing where they are off.
    pub fn metrics_token(&self) -> Option<SecretString> {
        let token = &self.metrics.token;
        (!token.expose_secret().is_empty()).then(|| token.clone())
    }

    /// What hashing a password costs.
    pub fn hashing_cost(&self) -> HashingCost {
        let Auth { secret: _, argon2_memory_kib: memory_kib, argon2_passes: passes } = self.auth;
        HashingCost { memory_kib, passes, ..HashingCost::default() }
    }

    /// What billing goes by.
    pub fn billing_policy(&self) -> BillingPolicy {
        let Payouts { provider: _, second_approver_from_minor, batch_hour } = self.payouts;
        BillingPolicy { second_approver_from_minor, batch_hour: Some(batch_hour).filter(|hour| *hour < 24) }
    }
}
