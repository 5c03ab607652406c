//! What the log and a collector learn of each request.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::{Error, HttpMessage};
use tracing::Span;
use tracing::field::Empty;
use tracing_actix_web::{RequestId, RootSpanBuilder};

/// A span for each request, named by OpenTelemetry's conventions. It has few fields, because each of them is written out
/// for every request.
pub(crate) struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let method = request.method();
        let route = request.match_pattern();
        let target = request.uri().path_and_query().map_or("", |target| target.as_str());
        let address = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
        let extensions = request.extensions();
        // Displayed, for a text as a value would be searched for what to escape.
        tracing::info_span!(
            "HTTP request",
            http.method = %method,
            http.target = %target,
            http.client_ip = %address,
            http.status_code = Empty,
            otel.name = %format_args!("{method} {}", route.as_deref().unwrap_or("none")),
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
        span.record("http.status_code", status.as_u16());
        span.record("otel.status_code", if status.is_server_error() { "ERROR" } else { "OK" });
    }
}
