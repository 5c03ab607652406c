//! In which form a read is answered: what `Accept` asks for, JSON if it does not say.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::ACCEPT;
use actix_web::{FromRequest, HttpRequest};

use crate::Problem;
use crate::problem::NOT_ACCEPTABLE;

/// A form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Csv,
    Pdf,
}

impl Form {
    /// What is offered, the first where it is all the same to the client.
    const OFFERED: [Self; 3] = [Self::Json, Self::Csv, Self::Pdf];

    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Json => ("application", "json"),
            Self::Csv => ("text", "csv"),
            Self::Pdf => ("application", "pdf"),
        }
    }

    /// The form that `accept` likes best of those that are offered; none if it takes none of them.
    fn of(accept: &str) -> Option<Self> {
        let ranges: Vec<Range> = accept.split(',').filter_map(Range::parse).collect();
        let mut best: Option<(Self, u16)> = None;
        for form in Self::OFFERED {
            // Of the ranges that have it the narrowest counts.
            let narrowest =
                ranges.iter().filter(|range| range.has(form)).max_by_key(|range| range.narrowness());
            let quality = narrowest.map_or(0, |range| range.quality);
            if quality > best.map_or(0, |(_, best)| best) {
                best = Some((form, quality));
            }
        }
        best.map(|(form, _)| form)
    }
}

/// A range of media types and how well it is liked, in thousandths.
struct Range {
    kind: String,
    subtype: String,
    quality: u16,
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let quality = parts
            .filter_map(|parameter| parameter.split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
            .map_or(Some(1000), |(_, value)| thousandths(value.trim()))?;
        Some(Self { kind: kind.to_ascii_lowercase(), subtype: subtype.to_ascii_lowercase(), quality })
    }

    fn has(&self, form: Form) -> bool {
        let (kind, subtype) = form.names();
        match (self.kind.as_str(), self.subtype.as_str()) {
            ("*", "*") => true,
            (own, "*") => own == kind,
            (own, other) => own == kind && other == subtype,
        }
    }

    fn narrowness(&self) -> u8 {
        u8::from(self.kind != "*") + u8::from(self.subtype != "*")
    }
}

/// A weight such as `0.8`, in thousandths.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    if rest.len() > 3 || !rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let quality =
        whole.parse::<u16>().ok()?.checked_mul(1000)? + format!("{rest:0<3}").parse::<u16>().ok()?;
    (quality <= 1000).then_some(quality)
}

/// The form in which the request wants its answer.
pub(crate) struct Accepted(pub(crate) Form);

impl FromRequest for Accepted {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let ranges: Vec<&str> =
            request.headers().get_all(ACCEPT).filter_map(|value| value.to_str().ok()).collect();
        let accept = ranges.join(",");
        let form = if accept.trim().is_empty() { Some(Form::Json) } else { Form::of(&accept) };
        let refused = || {
            Problem::new(
                NOT_ACCEPTABLE,
                "there is application/json, text/csv and application/pdf, nothing else",
            )
        };
        ready(form.map(Self).ok_or_else(refused))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_the_one_that_is_liked_best() {
        for (accept, expected) in [
            ("application/json", Some(Form::Json)),
            ("text/csv", Some(Form::Csv)),
            ("application/pdf", Some(Form::Pdf)),
            ("APPLICATION/PDF; q=1", Some(Form::Pdf)),
            ("*/*", Some(Form::Json)),
            ("text/*", Some(Form::Csv)),
            ("text/html, application/xhtml+xml, */*;q=0.8", Some(Form::Json)),
            ("application/json;q=0.5, text/csv;q=0.9", Some(Form::Csv)),
            ("application/json;q=0, */*;q=0.1", Some(Form::Csv)),
            ("application/json;q=0.1, application/*", Some(Form::Pdf)),
            ("text/csv; charset=utf-8", Some(Form::Csv)),
            ("text/html", None),
            ("application/json;q=0", None),
            ("application/json;q=2", None),
            ("nonsense", None),
            ("", None),
        ] {
            assert_eq!(Form::of(accept), expected, "{accept}");
        }
    }
}
