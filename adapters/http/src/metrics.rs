//! What the server counts, for Prometheus. Served only where a token for it is configured, and to who holds that.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use application_kernel::{Measure, Measures, fingerprint};
use metrics::{counter, histogram, with_local_recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};
use secrecy::{ExposeSecret, SecretString};

use crate::Problem;
use crate::problem::{NO_SUCH_PATH, UNAUTHENTICATED};
use crate::state::Shared;

/// The bounds of the durations that are told apart, in seconds.
const BUCKETS: [f64; 9] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Who may read the measures, and where those come from that the server does not count itself.
#[derive(Clone)]
pub struct Metrics {
    /// What a reader sends as `Authorization: Bearer …`.
    pub token: SecretString,
    /// The store's.
    pub measures: Arc<dyn Measures>,
}

/// The server's own counts. Not the process's: that may hold several servers.
pub(crate) struct Counts(PrometheusRecorder);

impl Counts {
    pub(crate) fn new() -> Self {
        // Only an empty list of bounds is refused; the durations would then be summaries.
        let builder = PrometheusBuilder::new().set_buckets(&BUCKETS).unwrap_or_default();
        Self(builder.build_recorder())
    }

    /// Adds up what was recorded: until then each duration is kept as it is.
    pub(crate) fn tidy(&self) {
        self.0.handle().run_upkeep();
    }

    fn request(&self, method: String, route: String, status: u16, seconds: f64) {
        with_local_recorder(&self.0, || {
            let labels = [("method", method.clone()), ("route", route.clone())];
            histogram!("careernav_http_request_duration_seconds", &labels).record(seconds);
            let labels = [("method", method), ("route", route), ("status", status.to_string())];
            counter!("careernav_http_requests_total", &labels).increment(1);
        });
    }
}

/// Counts every request by its route's template, so that identifiers make no series of their own, and logs it: what
/// probes ask every few seconds only for whoever wants to know all.
pub(crate) async fn count(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let began = Instant::now();
    let counts = request.app_data::<Data<Shared>>().and_then(|shared| shared.counts.clone());
    // A made-up method would be a series as well.
    let method = if crate::unknown::is_served(request.method()) {
        request.method().to_string()
    } else {
        "other".into()
    };
    let answer = next.call(request).await;
    let (status, route) = match &answer {
        Ok(response) => (response.status(), response.request().match_pattern()),
        // It was given up on the way.
        Err(error) => (error.as_response_error().status_code(), None),
    };
    let (status, route) = (status.as_u16(), route.unwrap_or_else(|| "none".to_owned()));
    let seconds = began.elapsed().as_secs_f64();
    if route.starts_with("/health/") || route == "/metrics" {
        tracing::debug!(status, seconds, "answered");
    } else {
        tracing::info!(status, seconds, "answered");
    }
    if let Some(counts) = counts {
        counts.request(method, route, status, seconds);
    }
    answer
}

/// The measures as text, a gauge each.
fn gauges(measures: Vec<Measure>) -> String {
    let mut measures = measures;
    measures.sort_by_key(|measure| measure.name);
    let (mut text, mut last) = (String::new(), "");
    for Measure { name, of, value } in measures {
        // Writing to a String cannot fail.
        if name != last {
            let _ = writeln!(text, "# TYPE careernav_{name} gauge");
            last = name;
        }
        let label = of.map(|(label, of)| {
            let of = of.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            format!("{{{label}=\"{of}\"}}")
        });
        let _ = writeln!(text, "careernav_{name}{} {value}", label.unwrap_or_default());
    }
    text
}

/// The measures for Prometheus
///
/// There only where `metrics.token` is set, and for who sends it.
#[get("/metrics")]
pub(crate) async fn read(shared: Data<Shared>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let (Some(Metrics { token, measures }), Some(counts)) = (&shared.api.metrics, &shared.counts) else {
        return Err(Problem::new(NO_SUCH_PATH, "nothing is served at this path"));
    };
    let sent =
        request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    // Fingerprints are compared, so that the time does not tell how much of the token was right.
    if sent.is_none_or(|sent| fingerprint(sent) != fingerprint(token.expose_secret())) {
        return Err(Problem::new(UNAUTHENTICATED, "this needs the token of metrics.token"));
    }
    // Without a database the server's own counts are still worth reading.
    let of_store = match measures.measure(shared.api.clock.now()).await {
        Ok(measures) => gauges(measures) + "# TYPE careernav_store_up gauge\ncareernav_store_up 1\n",
        Err(_) => "# TYPE careernav_store_up gauge\ncareernav_store_up 0\n".to_owned(),
    };
    let text = counts.0.handle().render() + &of_store;
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/plain; version=0.0.4")).body(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_are_written_as_prometheus_reads_them() {
        let measures = vec![
            Measure::new("payments", Some(("status", "SUC\"CESS".into())), 2.0),
            Measure::new("database_waiting", None, 0.0),
            Measure::new("payments", Some(("status", "FAILED".into())), 1.0),
        ];
        assert_eq!(
            gauges(measures),
            "# TYPE careernav_database_waiting gauge\ncareernav_database_waiting 0\n\
             # TYPE careernav_payments gauge\ncareernav_payments{status=\"SUC\\\"CESS\"} 2\n\
             careernav_payments{status=\"FAILED\"} 1\n"
        );
    }
}
