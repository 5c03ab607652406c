//! The life of a server: start, serve, stop.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use adapter_http::{Listening, Readiness};
use adapter_memory::MemoryStore;
use adapter_postgres::PgStore;
use anyhow::{Context, Result, bail};
use application_kernel::Ids;
use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::ambient::SystemIds;
use crate::compose::{self, Parts};
use crate::place::Place;
use crate::settings::{Mode, Settings};
use crate::{demo, migrations};

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Roles {
    /// Database, demo data, server and worker.
    Everything,
    /// Server and worker on a database that somebody else runs.
    ServerAndWorker,
    /// The server alone.
    Server,
    /// The worker alone.
    Worker,
}

impl Roles {
    fn serves(self) -> bool {
        self != Self::Worker
    }

    fn works(self) -> bool {
        self != Self::Server
    }
}

/// Closed until the database is ready; open, it asks the database.
struct Gate {
    waiting_for: RwLock<Option<&'static str>>,
    database: Option<PgStore>,
}

#[async_trait]
impl Readiness for Gate {
    async fn missing(&self) -> Option<String> {
        let waiting_for = *self.waiting_for.read().unwrap_or_else(PoisonError::into_inner);
        match (waiting_for, &self.database) {
            (Some(what), _) => Some(what.to_owned()),
            (None, Some(database)) => database.ping().await.err().map(|_| "database".to_owned()),
            (None, None) => None,
        }
    }
}

/// Ctrl-C, or what a service manager sends.
struct StopSigns {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSigns {
    fn watch() -> Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn come(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Runs until a stop sign comes, then stops all of it.
pub(crate) async fn run(settings: &Settings, roles: Roles) -> Result<()> {
    if let Some(missing) = settings.missing_for_production() {
        bail!("{missing}");
    }
    let mut signs = StopSigns::watch()?;
    let place = tokio::select! {
        place = find(settings, roles) => place?,
        () = signs.come() => return Ok(()),
    };
    let outcome = live(settings, roles, &place, &mut signs).await;
    let stopped = place.stop().await;
    outcome.and(stopped)
}

/// `careernav seed`: adds what is missing and stops.
pub(crate) async fn seed(settings: &Settings) -> Result<()> {
    if settings.mode == Mode::Production {
        bail!("demo people have a known password, so they are made in demo mode only");
    }
    let place = Place::find(settings).await?;
    let outcome = async {
        let url = place
            .url()
            .await?
            .context("there is no database to seed: set DATABASE_URL, or install PostgreSQL")?;
        let direct = place.direct_url().await?.unwrap_or_else(|| url.clone());
        migrations::at_start(&direct, settings.migrations).await?;
        let gate = Arc::new(Gate { waiting_for: RwLock::new(None), database: None });
        let store = Arc::new(compose::postgres(&url, settings)?);
        let parts = compose::parts(store, settings, &secret(settings, &place)?, gate)?;
        println!("{}", demo::seed(&parts).await?);
        Ok(())
    }
    .await;
    let stopped = place.stop().await;
    outcome.and(stopped)
}

async fn find(settings: &Settings, roles: Roles) -> Result<Place> {
    if roles == Roles::Everything {
        return Place::find(settings).await;
    }
    Place::given(settings)
        .context("there is no database: set DATABASE_URL, or run `careernav up` to try things")
}

/// Everything between the database's start and its stop.
async fn live(settings: &Settings, roles: Roles, place: &Place, signs: &mut StopSigns) -> Result<()> {
    let url = place.url().await?;
    let database = url.as_deref().map(|url| compose::postgres(url, settings)).transpose()?;
    let gate = Arc::new(Gate { waiting_for: RwLock::new(Some("migrating")), database: database.clone() });
    let secret = secret(settings, place)?;
    let parts = match database {
        Some(store) => compose::parts(Arc::new(store), settings, &secret, gate.clone())?,
        None => compose::parts(Arc::new(MemoryStore::new()), settings, &secret, gate.clone())?,
    };
    // It listens before it migrates, so that the readiness probe can say so.
    let server = if roles.serves() { Some(Server::start(settings, &parts)?) } else { None };
    let prepared = tokio::select! {
        prepared = prepare(settings, roles, place, &parts) => Some(prepared),
        () = signs.come() => None,
    };
    let seeded = match prepared {
        Some(Ok(seeded)) => seeded,
        Some(Err(error)) => {
            Server::stop(server).await;
            return Err(error);
        }
        None => {
            Server::stop(server).await;
            return Ok(());
        }
    };
    *gate.waiting_for.write().unwrap_or_else(PoisonError::into_inner) = None;
    if let (Roles::Everything, Some(server)) = (roles, &server) {
        let text = demo::greeting(&server.address, place, &seeded);
        // Nobody may be reading any more, which is no reason to stop.
        let _ = std::io::stdout().write_all(text.as_bytes());
    }
    let (stop, stopped) = watch::channel(false);
    let worker = parts.worker;
    let working = roles.works().then(|| tokio::spawn(async move { worker.run(stopped).await }));
    signs.come().await;
    Server::stop(server).await;
    // The worker may have gone already, which is as good as stopping it.
    let _ = stop.send(true);
    if let Some(working) = working {
        working.await?;
    }
    Ok(())
}

/// Migrates, and in `up` adds the demo data. Answers what was added.
async fn prepare(settings: &Settings, roles: Roles, place: &Place, parts: &Parts) -> Result<String> {
    if let Some(direct) = place.direct_url().await? {
        migrations::at_start(&direct, settings.migrations).await?;
    }
    if roles == Roles::Everything && settings.mode == Mode::Demo {
        demo::seed(parts).await
    } else {
        Ok(String::new())
    }
}

/// The secret that signs access tokens. Demo mode makes one and keeps it beside the data, if there is a folder
/// for it; otherwise people log in again after a restart.
fn secret(settings: &Settings, place: &Place) -> Result<SecretString> {
    if !settings.auth.secret.expose_secret().is_empty() {
        return Ok(settings.auth.secret.clone());
    }
    let made = SystemIds.secret();
    let Some(folder) = place.folder() else { return Ok(SecretString::from(made)) };
    let file = folder.join("demo-secret");
    match std::fs::read_to_string(&file) {
        Ok(kept) if kept.len() == made.len() => Ok(SecretString::from(kept)),
        _ => {
            keep(&file, &made).with_context(|| format!("cannot write {}", file.display()))?;
            Ok(SecretString::from(made))
        }
    }
}

fn keep(file: &Path, secret: &str) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(file)?;
    file.write_all(secret.as_bytes())
}

struct Server {
    address: String,
    handle: adapter_http::Handle,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Server {
    fn start(settings: &Settings, parts: &Parts) -> Result<Self> {
        let asked = format!("{}:{}", settings.http.host, settings.http.port);
        let listening: Listening = adapter_http::listen(&asked, settings.http.workers, parts.api.clone())
            .context("choose another port with --port, or 0 for any free one")?;
        let address = format!("http://{}", listening.address());
        let handle = listening.handle();
        Ok(Self { address, handle, serving: tokio::spawn(listening.serve()) })
    }

    /// Lets requests that are under way end.
    async fn stop(server: Option<Self>) {
        if let Some(server) = server {
            server.handle.stop().await;
            if let Ok(Err(error)) = server.serving.await {
                tracing::warn!(%error, "the server stopped with an error");
            }
        }
    }
}
