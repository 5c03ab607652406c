use std::sync::Arc;

use application_billing::ports::{PrintFailed, Printer, Sheet};
use async_trait::async_trait;
use tokio::sync::{Semaphore, TryAcquireError};

use crate::fonts::Fonts;
use crate::{layout, page};

/// How many callers may wait for each sheet that is being printed; the next one is sent away.
const WAITING_EACH: usize = 16;

/// A compiled-in font cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("a font of the printer cannot be read")]
pub struct FontsBroken;

/// Prints, on threads that may block and only so many sheets at once.
pub struct PdfPrinter {
    fonts: Arc<Fonts>,
    at_once: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl PdfPrinter {
    /// At most `at_once` sheets are printed at a time; each takes a core meanwhile.
    pub fn new(at_once: usize) -> Result<Self, FontsBroken> {
        let at_once = at_once.max(1);
        Ok(Self {
            fonts: Arc::new(Fonts::read().ok_or(FontsBroken)?),
            at_once: Arc::new(Semaphore::new(at_once)),
            places: Arc::new(Semaphore::new(at_once.saturating_mul(WAITING_EACH + 1))),
        })
    }
}

#[async_trait]
impl Printer for PdfPrinter {
    async fn print(&self, sheet: Sheet) -> Result<Vec<u8>, PrintFailed> {
        let place = self.places.clone().try_acquire_owned().map_err(|error| match error {
            TryAcquireError::NoPermits => PrintFailed::Busy,
            TryAcquireError::Closed => PrintFailed::Broken(error.to_string()),
        })?;
        let closed = |error: tokio::sync::AcquireError| PrintFailed::Broken(error.to_string());
        let turn = self.at_once.clone().acquire_owned().await.map_err(closed)?;
        let fonts = self.fonts.clone();
        let printed = tokio::task::spawn_blocking(move || {
            let title = format!("{} {}", sheet.title, sheet.name);
            let bytes = page::write(title.trim(), &layout::pages(&fonts, &sheet));
            // Given back by the thread: a caller who went away does not make the work shorter.
            drop((turn, place));
            bytes
        });
        printed.await.map_err(|error| PrintFailed::Broken(error.to_string()))?.map_err(PrintFailed::Broken)
    }
}

#[cfg(test)]
#[path = "printer_tests.rs"]
mod tests;
