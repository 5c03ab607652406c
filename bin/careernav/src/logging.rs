use std::io::IsTerminal;

use anyhow::Result;

use crate::settings::{Log, LogFormat};

/// Begins to log, to the error output.
pub(crate) fn begin(log: &Log) -> Result<()> {
    // Colours are for a person at a terminal; in a file they are noise.
    let builder = tracing_subscriber::fmt()
        .with_env_filter(log.filter()?)
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none())
        .with_writer(std::io::stderr);
    let begun = match log.format {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    begun.map_err(|error| anyhow::anyhow!("logging cannot begin: {error}"))
}
