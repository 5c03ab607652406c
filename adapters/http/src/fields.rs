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

    /// A text of so many characters as they were sent, without control characters other than line breaks, and not of
    /// white space only where there has to be one; without the white space at its ends.
    pub(crate) fn text(&mut self, field: &str, text: &str, least: usize, most: usize) -> Option<String> {
        let plain = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
        let trimmed = text.trim();
        let sound = (least..=most).contains(&text.chars().count())
            && text.chars().all(plain)
            && (least == 0 || !trimmed.is_empty());
        let wrong = || format!("a text of {least} to {most} characters without control characters");
        self.take(field, sound.then(|| trimmed.to_owned()).ok_or_else(wrong))
    }

    /// A refresh token as somebody sent it.
    pub(crate) fn refresh_token(text: &str) -> Result<String, Problem> {
        let mut fields = Self::default();
        fields.text("refresh_token", text, 1, 255).ok_or_else(|| fields.problem())
    }

    /// Whether nothing was found wrong so far.
    pub(crate) fn is_sound(&self) -> bool {
        self.0.is_empty()
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

/// Reads an instant as RFC 3339 has it, such as `2026-12-07T04:30:00Z`.
pub(crate) fn instant(text: &str) -> Result<Timestamp, &'static str> {
    let read = chrono::DateTime::parse_from_rfc3339(text);
    read.map(|instant| Timestamp::new(instant.to_utc()))
        .map_err(|_| "an instant is written as 2026-12-07T04:30:00Z")
}
