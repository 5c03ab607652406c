use std::error::Error;

use crate::StoreError;

/// What sort of failure it is, which is all that a boundary needs to choose a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The request is malformed; sending it again will not help.
    Invalid,
    /// Nobody is logged in, or the log-in has run out.
    Unauthenticated,
    /// The caller may know of the thing but not do this to it.
    Forbidden,
    /// It does not exist, or the caller may not know that it does.
    NotFound,
    /// It contradicts the present state.
    Conflict,
    /// The request is well formed but breaks a rule.
    Rule,
    /// Too much was asked for in too little time.
    TooMany,
    /// Something we depend on does not answer; try again later.
    Unavailable,
    /// Our fault.
    Internal,
}

/// A stable, documented name of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The name that clients switch on, such as `slot_taken`.
    pub name: &'static str,
    /// What sort of failure it is.
    pub kind: Kind,
    /// What it means and what to do about it, for docs/errors.md.
    pub meaning: &'static str,
}

/// Something that means a [`Code`].
pub trait MeansCode {
    /// The code.
    fn code(&self) -> Code;
}

/// An error that may cross a boundary.
pub trait Failure: MeansCode + Error + Send + Sync + 'static {
    /// The fields of the request that are wrong, where that is the trouble.
    fn fields(&self) -> Vec<FieldError> {
        Vec::new()
    }

    /// What else a client can act on, as members of the answer.
    fn extensions(&self) -> Vec<(&'static str, serde_json::Value)> {
        Vec::new()
    }

    /// The store's error beneath, where that is the trouble.
    fn store(&self) -> Option<&StoreError> {
        None
    }
}

/// One wrong field of a request.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// Where it is, such as `start.date`.
    #[schema(example = "start.date")]
    pub field: String,
    /// What is wrong with it.
    #[schema(example = "a date is written YYYY-MM-DD")]
    pub message: String,
}

impl FieldError {
    /// Names the field and what is wrong with it.
    pub fn new(field: impl Into<String>, message: impl std::fmt::Display) -> Self {
        Self { field: field.into(), message: message.to_string() }
    }
}

/// Declares codes once: a constant for each, and `CODES`, the list from which docs/errors.md is
/// generated.
#[macro_export]
macro_rules! codes {
    ($($constant:ident = $kind:ident $name:literal: $meaning:literal;)+) => {
        $(
            #[doc = $meaning]
            pub const $constant: $crate::Code =
                $crate::Code { name: $name, kind: $crate::Kind::$kind, meaning: $meaning };
        )+
        /// Every code of this module.
        pub const CODES: &[$crate::Code] = &[$($constant),+];
    };
}
