use std::io::IsTerminal;

use anyhow::{Context, Result};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use crate::settings::{LogFormat, Settings, Telemetry};

/// What goes out to a collector; it has to be ended, so that the last spans arrive.
pub(crate) struct Telling(Option<SdkTracerProvider>);

impl Telling {
    /// Sends what is left, if there is a collector. A collector that is gone is no reason to fail.
    pub(crate) fn end(self) {
        if let Some(provider) = self.0
            && let Err(error) = provider.shutdown()
        {
            tracing::warn!(%error, "the collector did not get the last spans");
        }
    }
}

/// Begins to log, to the error output, and to tell a collector of spans where one is configured.
pub(crate) fn begin(settings: &Settings) -> Result<Telling> {
    let log = &settings.log;
    // Colours are for a person at a terminal; in a file they are noise.
    let ansi = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let lines = fmt::layer().with_ansi(ansi).with_writer(std::io::stderr);
    let lines = match log.format {
        LogFormat::Text => lines.with_target(false).boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    let provider = provider(&settings.telemetry)?;
    // A collector wants requests and jobs, whatever a person wants to read.
    let layer = |provider: &SdkTracerProvider| {
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("careernav"))
            .with_filter(LevelFilter::INFO)
    };
    let spans = provider.as_ref().map(layer);
    tracing_subscriber::registry()
        .with(lines.with_filter(log.filter()?))
        .with(spans)
        .try_init()
        .map_err(|error| anyhow::anyhow!("logging cannot begin: {error}"))?;
    Ok(Telling(provider))
}

fn provider(telemetry: &Telemetry) -> Result<Option<SdkTracerProvider>> {
    let Telemetry { endpoint, service } = telemetry;
    if endpoint.is_empty() {
        return Ok(None);
    }
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(endpoint)
        .build()
        .with_context(|| format!("{endpoint} cannot be told of spans"))?;
    let resource = Resource::builder().with_service_name(service.clone()).build();
    Ok(Some(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build()))
}
