//! All codes of all crates, and the status of each.

use actix_web::http::StatusCode;
use application_kernel::{Code, Kind};

use crate::problem::{BODY_TOO_LARGE, METHOD_NOT_ALLOWED, NOT_ACCEPTABLE};

/// Every code that an answer can have, by name.
pub fn codes() -> Vec<Code> {
    let contexts = [
        application_billing::CODES,
        application_booking::CODES,
        application_identity::CODES,
        application_mentoring::CODES,
        application_operations::CODES,
        crate::problem::CODES,
    ];
    let mut codes: Vec<Code> =
        application_kernel::CODES.iter().chain(&contexts).flat_map(|list| list.iter().copied()).collect();
    codes.sort_by_key(|code| code.name);
    codes
}

/// The HTTP status of a code.
pub fn status_of(code: Code) -> u16 {
    status(code).as_u16()
}

/// The one match from a kind of failure to a status. Three codes of HTTP itself have their own.
pub(crate) fn status(code: Code) -> StatusCode {
    match code {
        METHOD_NOT_ALLOWED => StatusCode::METHOD_NOT_ALLOWED,
        NOT_ACCEPTABLE => StatusCode::NOT_ACCEPTABLE,
        BODY_TOO_LARGE => StatusCode::PAYLOAD_TOO_LARGE,
        Code { kind, .. } => match kind {
            Kind::Invalid => StatusCode::BAD_REQUEST,
            Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
            Kind::Forbidden => StatusCode::FORBIDDEN,
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Conflict => StatusCode::CONFLICT,
            Kind::Rule => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_has_two_meanings() {
        let codes = codes();
        assert!(codes.len() > 30);
        for pair in codes.windows(2) {
            assert_ne!(pair[0].name, pair[1].name);
        }
    }
}
