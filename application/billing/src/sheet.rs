use application_kernel::{Code, Failure, MeansCode};
use async_trait::async_trait;

use crate::error::{NOT_PRINTED, PRINTER_BUSY};

/// What is to be printed: words and figures in their order, and nothing of how they look.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    /// What it is, such as `Receipt`.
    pub title: String,
    /// What it is called, such as `RCP-2026-000001`; the pages that follow the first repeat it.
    pub name: String,
    /// What is known of the whole of it: label and value, in two columns.
    pub facts: Vec<(String, String)>,
    /// Whom it concerns: the part that each plays, and lines about them, the name first.
    pub parties: Vec<(String, Vec<String>)>,
    /// The table's columns.
    pub columns: Vec<Column>,
    /// The table's rows, a cell for each column.
    pub rows: Vec<Vec<String>>,
    /// What stands in place of a table without rows.
    pub nothing: String,
    /// Sums, the one that counts last: label and amount.
    pub totals: Vec<(String, String)>,
    /// What has to be said besides, a paragraph each.
    pub notes: Vec<String>,
}

/// A column of a sheet's table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its heading.
    pub heading: String,
    /// How much of the width it takes, in parts of the sum of all.
    pub share: u16,
    /// Whether its cells are figures, which stand at the right and are never broken.
    pub is_figure: bool,
}

impl Column {
    /// A column of words.
    pub fn of_words(heading: &str, share: u16) -> Self {
        Self { heading: heading.to_owned(), share, is_figure: false }
    }

    /// A column of figures.
    pub fn of_figures(heading: &str, share: u16) -> Self {
        Self { heading: heading.to_owned(), share, is_figure: true }
    }
}

/// Why nothing was printed.
#[derive(Debug, thiserror::Error)]
pub enum PrintFailed {
    /// Too many wait already.
    #[error("too many pages wait to be printed")]
    Busy,
    /// The printer failed.
    #[error("the page could not be printed: {0}")]
    Broken(String),
}

impl MeansCode for PrintFailed {
    fn code(&self) -> Code {
        match self {
            Self::Busy => PRINTER_BUSY,
            Self::Broken(_) => NOT_PRINTED,
        }
    }
}

impl Failure for PrintFailed {}

/// Prints sheets as PDF.
#[async_trait]
pub trait Printer: Send + Sync {
    /// The pages, as one file. The same sheet gives the same bytes.
    async fn print(&self, sheet: Sheet) -> Result<Vec<u8>, PrintFailed>;
}
