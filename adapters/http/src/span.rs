//! What the log and a collector learn of each request.

use std::net::IpAddr;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::web::Data;
use actix_web::{Error, HttpMessage};
use tracing::Span;
use tracing::field::Empty;
use tracing_actix_web::{RequestId, RootSpanBuilder};

use crate::state::Shared;
use crate::unknown::is_served;

/// A span for each request, whose fields have the names of OpenTelemetry's conventions (1.23 and later). There are few,
/// because each of them is written out for every request; texts are displayed, for as values they would be searched for what
/// to escape.
pub(crate) struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let (method, route) = (request.method(), request.match_pattern());
        // A made-up method would be a name of its own.
        let kind = if is_served(method) { method.as_str() } else { "HTTP" };
        let name = route.as_ref().map_or_else(|| kind.to_owned(), |route| format!("{kind} {route}"));
        let extensions = request.extensions();
        tracing::info_span!(
            "HTTP request",
            http.request.method = %method,
            http.route = route.as_deref().map(tracing::field::display),
            url.path = %request.path(),
            url.query = request.uri().query().map(tracing::field::display),
            network.peer.address = request.peer_addr().map(|peer| tracing::field::display(peer.ip())),
            client.address = forwarded_for(request).map(tracing::field::display),
            http.response.status_code = Empty,
            otel.name = %name,
            otel.kind = %"server",
            otel.status_code = Empty,
            request_id = extensions.get::<RequestId>().map(tracing::field::display),
        )
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let status = match outcome {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        span.record("http.response.status_code", status.as_u16());
        if status.is_server_error() {
            span.record("otel.status_code", "ERROR");
        }
    }
}

/// Whom a trusted proxy names.
fn forwarded_for(request: &ServiceRequest) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    let shared = request.app_data::<Data<Shared>>()?;
    shared.client(request.request()).filter(|client| *client != peer)
}
