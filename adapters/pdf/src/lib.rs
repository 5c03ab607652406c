//! Sheets as PDF: A4 pages with a letterhead, tables that go on over pages, names in the scripts of India.
//!
//! It must never know what is printed, or why: a sheet is words and figures. What it makes depends on the sheet alone,
//! so the same sheet gives the same bytes. Start at [`PdfPrinter`]; where things stand on a page is `layout.rs`.

mod fonts;
mod layout;
mod page;
mod printer;

pub use printer::{FontsBroken, PdfPrinter};
