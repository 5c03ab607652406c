use std::fmt::Display;

use application_kernel::FieldError;
use domain_kernel::{Date, Timestamp};

use crate::Problem;

/// Collects every wrong field of a request, so that a client learns all of them at once.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<FieldError>);

impl Fields {
    /// The field's value, or nothing and a note of what is wrong with it.
    pub(crate) fn take<T, E: Display>(&mut self, field: &str, parsed: Result<T, E>) -> Option<T> {
        parsed.map_err(|error| self.0.push(FieldError::new(field, error))).ok()
    }

    /// A text of so many characters, without control characters other than line breaks.
    pub(crate) fn text(&mut self, field: &str, text: &str, least: usize, most: usize) -> Option<String> {
        let text = text.trim().to_owned();
        let plain = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
        let sound = (least..=most).contains(&text.chars().count()) && text.chars().all(plain);
        let wrong = || format!("a text of {least} to {most} characters without control characters");
        self.take(field, sound.then_some(text).ok_or_else(wrong))
    }

    /// What was found wrong.
    pub(crate) fn problem(self) -> Problem {
        Problem::of_fields(self.0)
    }
}

/// Reads `YYYY-MM-DD`, from year 1970 to 9999.
pub(crate) fn date(text: &str) -> Result<Date, &'static str> {
    let wrong = "a date is written YYYY-MM-DD";
    let sound = text.len() == 10 && text.is_ascii() && text >= "1970";
    if sound { Date::parse_from_str(text, "%Y-%m-%d").map_err(|_| wrong) } else { Err(wrong) }
}

/// Reads an instant in UTC, `YYYY-MM-DDThh:mm:ssZ`.
pub(crate) fn instant(text: &str) -> Result<Timestamp, &'static str> {
    let wrong = "an instant is written YYYY-MM-DDThh:mm:ssZ";
    let (day, time) = text.split_once('T').ok_or(wrong)?;
    let day = date(day).map_err(|_| wrong)?;
    let time =
        time.strip_suffix('Z').and_then(|time| chrono::NaiveTime::parse_from_str(time, "%H:%M:%S").ok());
    Ok(Timestamp::from_utc(day.and_time(time.ok_or(wrong)?)))
}
