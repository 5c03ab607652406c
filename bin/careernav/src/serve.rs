//! The life of a server: start, serve, stop.

use std::io::Write;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use adapter_http::{Listening, Readiness};
use adapter_memory::MemoryStore;
use adapter_postgres::PgStore;
use anyhow::{Context, Result, anyhow, bail};
use async_trait::async_trait;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::compose::{self, Parts};
use crate::place::Place;
use crate::settings::{Mode, Settings};
use crate::working::work;
use crate::{demo, migrations, secret};

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

/// How long the database may take to answer before it counts as gone.
const PATIENCE: Duration = Duration::from_secs(2);

/// Closed until the database is ready, and again when the server stops; open, it asks the database.
pub(crate) struct Gate {
    waiting_for: RwLock<Option<&'static str>>,
    database: Option<PgStore>,
}

impl Gate {
    /// Open from the beginning.
    pub(crate) fn open(database: PgStore) -> Self {
        Self { waiting_for: RwLock::new(None), database: Some(database) }
    }

    fn wait_for(&self, what: Option<&'static str>) {
        *self.waiting_for.write().unwrap_or_else(PoisonError::into_inner) = what;
    }
}

#[async_trait]
impl Readiness for Gate {
    async fn missing(&self) -> Option<String> {
        let waiting_for = *self.waiting_for.read().unwrap_or_else(PoisonError::into_inner);
        match (waiting_for, &self.database) {
            (Some(what), _) => Some(what.to_owned()),
            (None, Some(database)) => {
                let answered = tokio::time::timeout(PATIENCE, database.ping()).await;
                (!matches!(answered, Ok(Ok(())))).then(|| "database".to_owned())
            }
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
pub(crate) async fn run(settings: &Settings, roles: Roles, out: &mut impl Write) -> Result<()> {
    if let Some(missing) = settings.missing_for_production() {
        bail!("{missing}");
    }
    let mut signs = StopSigns::watch()?;
    let place = tokio::select! {
        place = find(settings, roles) => place?,
        // A cluster that is just starting is dropped, and so stopped, when the runtime ends.
        () = signs.come() => return Ok(()),
    };
    let outcome = live(settings, roles, &place, &mut signs, out).await;
    // What went wrong first is what is told.
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
async fn live(
    settings: &Settings,
    roles: Roles,
    place: &Place,
    signs: &mut StopSigns,
    out: &mut impl Write,
) -> Result<()> {
    let url = place.url().await?;
    let database = url.as_deref().map(|url| compose::postgres(url, settings)).transpose()?;
    let gate = Arc::new(Gate { waiting_for: RwLock::new(Some("migrating")), database: database.clone() });
    let secret = secret::find(settings, place)?;
    let parts = match database.clone() {
        Some(store) => compose::parts(Arc::new(store), settings, &secret, gate.clone())?,
        None => compose::parts(Arc::new(MemoryStore::new()), settings, &secret, gate.clone())?,
    };
    // It listens before it migrates, so that the readiness probe can say so.
    let mut server = if roles.serves() { Some(Server::start(settings, &parts)?) } else { None };
    let prepared = tokio::select! {
        prepared = prepare(settings, roles, place, database.as_ref(), &parts) => prepared.map(Some),
        () = signs.come() => Ok(None),
    };
    let seeded = match prepared {
        Ok(Some(seeded)) => seeded,
        Ok(None) => return Server::stop(server).await,
        Err(error) => {
            // What went wrong first is what is told.
            let _ = Server::stop(server).await;
            return Err(error);
        }
    };
    gate.wait_for(None);
    if let Some(server) = &server {
        if roles == Roles::Everything {
            let greeting = demo::greeting(&server.address, place, &seeded);
            // That it cannot be printed is no reason to stop.
            let _ = out.write_all(greeting.as_bytes()).and_then(|()| out.flush());
        }
        tracing::info!(address = server.address, "serving");
    }
    let (stop, stopped) = watch::channel(false);
    let worker = Arc::new(parts.worker);
    let working = roles.works().then(|| tokio::spawn(work(worker, stopped)));
    let ended_early = tokio::select! {
        () = signs.come() => false,
        () = end_of(server.as_mut()) => true,
    };
    // Requests that are under way end; whoever asks meanwhile is told to send no more.
    gate.wait_for(Some("stopping"));
    #[cfg(feature = "fault")]
    application_kernel::fault::reached("stopping");
    let outcome =
        if ended_early { Err(anyhow!("the server ended unexpectedly")) } else { Server::stop(server).await };
    // The worker may have gone already, which is as good as stopping it.
    let _ = stop.send(true);
    if let Some(working) = working {
        working.await?;
    }
    outcome
}

/// Waits for the server's end; for ever where there is none.
async fn end_of(server: Option<&mut Server>) {
    match server {
        Some(server) => drop((&mut server.serving).await),
        None => std::future::pending().await,
    }
}

/// Migrates, and in `up` adds the demo data. Answers what was added.
async fn prepare(
    settings: &Settings,
    roles: Roles,
    place: &Place,
    database: Option<&PgStore>,
    parts: &Parts,
) -> Result<String> {
    if let Some(direct) = place.direct_url().await? {
        migrations::at_start(&direct, settings.migrations).await?;
    }
    if let Some(database) = database {
        parts.catch_up(database).await?;
    }
    if roles.works() {
        parts.billing.plan_batch().await?;
    }
    if roles == Roles::Everything && settings.mode == Mode::Demo {
        demo::seed(parts).await
    } else {
        Ok(String::new())
    }
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
    async fn stop(server: Option<Self>) -> Result<()> {
        let Some(server) = server else { return Ok(()) };
        server.handle.stop().await;
        server
            .serving
            .await
            .context("the server ended unexpectedly")?
            .context("the server stopped with an error")
    }
}
