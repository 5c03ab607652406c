use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App, HttpServer, web};
use tracing_actix_web::TracingLogger;
use utoipa_actix_web::AppExt;

use crate::extract::{self, BODY_LIMIT};
use crate::metrics::{self, Counts};
use crate::reader;
use crate::revoked::Revoked;
use crate::routes;
use crate::span::RequestSpan;
use crate::state::{Api, Shared};
use crate::throttle::Throttle;
use crate::unknown::{self, Paths};

/// How long requests that are under way may go on after a stop was asked for.
const GRACE_SECONDS: u64 = 10;

/// The server cannot listen.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {cause}")]
pub struct ServeError {
    address: String,
    #[source]
    cause: std::io::Error,
}

/// A server that listens.
pub struct Listening {
    address: SocketAddr,
    server: Server,
}

/// Stops a server.
#[derive(Clone)]
pub struct Handle(ServerHandle);

impl Handle {
    /// Takes no more requests and waits for those that are under way, at most ten seconds.
    pub async fn stop(&self) {
        self.0.stop(true).await;
    }
}

impl Listening {
    /// Where it listens; the port is the real one where 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops it from elsewhere.
    pub fn handle(&self) -> Handle {
        Handle(self.server.handle())
    }

    /// Serves until [`Handle::stop`] is called. Signals are the caller's to take.
    pub async fn serve(self) -> Result<(), std::io::Error> {
        self.server.await
    }
}

/// Listens on `host:port` with so many worker threads.
pub fn listen(address: &str, workers: usize, api: Api) -> Result<Listening, ServeError> {
    let failed = |cause| ServeError { address: address.to_owned(), cause };
    let throttle = Arc::new(Throttle::new(&api.limits));
    // Forgets who has not knocked for a while.
    regularly(Duration::from_mins(1), &throttle, Throttle::forget);
    let counts = api.metrics.is_some().then(|| Arc::new(Counts::new()));
    if let Some(counts) = &counts {
        regularly(Duration::from_secs(5), counts, Counts::tidy);
    }
    let revoked = Arc::new(Revoked::default());
    Revoked::follow(&revoked, &api);
    let shared = Data::new(Shared { api, throttle, revoked, counts });
    let document = routes::openapi(shared.api.demo.is_some());
    let paths = Data::new(Paths::of(&document));
    let document = document.to_json().map_err(|error| failed(std::io::Error::other(error)))?.into();
    let server = HttpServer::new(move || {
        let demo = shared.api.demo.is_some();
        let (app, _) = App::new()
            .into_utoipa_app()
            .app_data(shared.clone())
            .app_data(paths.clone())
            .configure(|config| routes::configure(config, demo))
            .split_for_parts();
        app.wrap(from_fn(routes::harden))
            .wrap(from_fn(metrics::count))
            .wrap(TracingLogger::<RequestSpan>::new())
            .app_data(web::PayloadConfig::new(BODY_LIMIT))
            .app_data(extract::query_config())
            .app_data(extract::path_config())
            .service(metrics::read)
            .configure(|config| reader::configure(config, &document))
            .default_service(web::to(unknown::refuse))
    })
    .workers(workers)
    .shutdown_timeout(GRACE_SECONDS)
    .disable_signals()
    .bind(address)
    .map_err(failed)?;
    let bound = server.addrs().first().copied();
    let address = bound.ok_or_else(|| failed(std::io::ErrorKind::AddrNotAvailable.into()))?;
    Ok(Listening { address, server: server.run() })
}

/// Does something about what the server has, again and again while it is there.
fn regularly<T: Send + Sync + 'static>(every: Duration, of: &Arc<T>, act: fn(&T)) {
    let of = Arc::downgrade(of);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(every).await;
            let Some(of) = of.upgrade() else { return };
            act(&of);
        }
    });
}
