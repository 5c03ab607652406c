use std::error::Error;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use application_kernel::{Code, Failure, FieldError, Kind};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::codes::status;

application_kernel::codes! {
    INVALID_REQUEST = Invalid "invalid_request": "Fields are wrong; `errors` names each.";
    INVALID_BODY = Invalid "invalid_body": "The body is no JSON of the documented shape. Unknown fields are refused.";
    INVALID_PARAMETER = Invalid "invalid_parameter": "A path or query parameter is not of the documented shape; where a number of the path is none, `errors` names the field `path`. Unknown ones are refused.";
    UNAUTHENTICATED = Unauthenticated "unauthenticated": "Send `Authorization: Bearer` with a valid access token; log in or refresh to get one.";
    OPERATORS_ONLY = Forbidden "operators_only": "This is for operators. Log in at /api/v1/operator/tokens.";
    PEOPLE_ONLY = Forbidden "people_only": "This is for students and mentors. An operator's token opens the routes under /api/v1/operator.";
    KEY_MISSING = Invalid "idempotency_key_missing": "This request needs an `Idempotency-Key` header of 1 to 255 visible ASCII characters, new for each new request.";
    TOO_MANY_REQUESTS = TooMany "too_many_requests": "Too many tries from this address or for this account. Wait Retry-After seconds.";
    METHOD_NOT_ALLOWED = Invalid "method_not_allowed": "The path exists, but not with this method; `Allow` names those it has.";
    NOT_ACCEPTABLE = Invalid "not_acceptable": "The answer exists as `application/json`, `text/csv` and `application/pdf`; `Accept` takes none of them.";
    BODY_TOO_LARGE = Invalid "body_too_large": "A body has at most 1 MiB.";
    TOO_SLOW = Unavailable "deadline_exceeded": "The request took longer than the server allows. Whether a write was done is not known: send it again with the same Idempotency-Key.";
    NO_SUCH_PATH = NotFound "no_such_path": "Nothing is served at this path; see /openapi.json.";
}

/// An answer that says what went wrong.
#[derive(Debug)]
pub struct Problem {
    view: Box<ProblemView>,
    headers: Vec<(&'static str, String)>,
}

/// What went wrong, as RFC 9457 (`application/problem+json`) has it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemView {
    /// Names the kind of problem: `urn:careernav:problem:` and the code.
    #[serde(rename = "type")]
    #[schema(example = "urn:careernav:problem:slot_taken")]
    kind: String,
    /// What the code means.
    #[schema(example = "One of the plan's meetings overlaps another meeting of the mentor or the student.")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 409)]
    status: u16,
    /// What went wrong this time; left out where it is our fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "a slot of the plan is taken")]
    detail: Option<String>,
    /// What to switch on; docs/errors.md lists them all.
    #[schema(example = "slot_taken")]
    code: &'static str,
    /// The fields that are wrong, where that is the trouble.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// More to act on, depending on the code: `from`, `event` and what the caller is `allowed` of an illegal transition,
    /// `not_before` and `not_after` of what came too early or too late.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    extensions: serde_json::Map<String, Value>,
}

impl Problem {
    /// A problem of the HTTP interface itself.
    pub(crate) fn new(code: Code, detail: impl fmt::Display) -> Self {
        let mut headers = Vec::new();
        if matches!(code.kind, Kind::Unavailable | Kind::TooMany) || code == application_kernel::KEY_IN_FLIGHT
        {
            headers.push((RETRY_AFTER.as_str(), "1".to_owned()));
        }
        if code.kind == Kind::Unauthenticated {
            headers.push((WWW_AUTHENTICATE.as_str(), "Bearer".to_owned()));
        }
        let view = ProblemView {
            kind: format!("urn:careernav:problem:{}", code.name),
            title: code.meaning,
            status: status(code).as_u16(),
            detail: (code.kind != Kind::Internal).then(|| detail.to_string()),
            code: code.name,
            errors: Vec::new(),
            extensions: serde_json::Map::new(),
        };
        Self { view: Box::new(view), headers }
    }

    /// Fields are wrong.
    pub(crate) fn of_fields(errors: Vec<FieldError>) -> Self {
        let mut problem = Self::new(INVALID_REQUEST, "the request has wrong fields");
        problem.view.errors = errors;
        problem
    }

    /// What a problem with this code looks like, for the document. Without what depends on the case.
    pub(crate) fn example(code: Code) -> Value {
        let mut problem = Self::new(code, "");
        problem.view.detail = None;
        serde_json::to_value(&problem.view).unwrap_or_default()
    }

    /// A number in the path is none.
    pub(crate) fn of_path() -> Self {
        let mut problem = Self::new(INVALID_PARAMETER, "a number in the path is none, or out of its range");
        problem.view.errors =
            vec![FieldError::new("path", "a whole number is expected where the document has one")];
        problem
    }

    /// Adds a header, or replaces it.
    #[must_use]
    pub(crate) fn with_header(mut self, name: &'static str, value: String) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, value));
        self
    }
}

/// Every application error crosses here, and is logged here if it is not the caller's.
impl<F: Failure> From<F> for Problem {
    fn from(failure: F) -> Self {
        let code = failure.code();
        if matches!(code.kind, Kind::Internal | Kind::Unavailable) {
            tracing::error!(code = code.name, error = %chain(&failure), "a request failed");
        }
        let mut problem = Self::new(code, &failure);
        problem.view.errors = failure.fields();
        problem.view.extensions =
            failure.extensions().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        problem
    }
}

/// An error with all its causes.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.view.code)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.view.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponseBuilder::new(self.status_code());
        response.insert_header((CONTENT_TYPE, "application/problem+json"));
        for (name, value) in &self.headers {
            response.insert_header((*name, value.as_str()));
        }
        response.body(serde_json::to_string(&self.view).unwrap_or_default())
    }
}
