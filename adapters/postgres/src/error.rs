use application_kernel::StoreError;
use diesel::result::{DatabaseErrorKind, Error};
use diesel_async::pooled_connection::deadpool::PoolError;

/// What diesel says, as the application understands it.
pub(crate) fn store_error(error: Error) -> StoreError {
    match error {
        Error::DatabaseError(kind, info) => {
            let constraint = || info.constraint_name().unwrap_or(info.message()).to_owned();
            match kind {
                DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::ExclusionViolation => {
                    StoreError::Duplicate { constraint: constraint() }
                }
                DatabaseErrorKind::ForeignKeyViolation
                | DatabaseErrorKind::CheckViolation
                | DatabaseErrorKind::NotNullViolation
                | DatabaseErrorKind::RestrictViolation => StoreError::Refused { constraint: constraint() },
                DatabaseErrorKind::SerializationFailure => StoreError::Conflict,
                // PostgreSQL's own text for 40P01, for which diesel has no kind.
                _ if info.message() == "deadlock detected" => StoreError::Conflict,
                // What is left is a statement that this database cannot run: it is being migrated, out of space, read
                // only. A refusal of ours names its trigger and has a kind.
                _ => StoreError::Unavailable { reason: info.message().to_owned() },
            }
        }
        Error::DeserializationError(reason) => {
            StoreError::Corrupt { table: "a table", reason: reason.to_string() }
        }
        Error::SerializationError(reason) => {
            StoreError::Corrupt { table: "a value", reason: reason.to_string() }
        }
        error => StoreError::Unavailable { reason: error.to_string() },
    }
}

/// A missing row of `table` is `NotFound`; everything else is as in [`store_error`].
pub(crate) fn missing(table: &'static str) -> impl Fn(Error) -> StoreError {
    move |error| match error {
        Error::NotFound => StoreError::NotFound { table },
        error => store_error(error),
    }
}

/// A row that cannot be read as what it should be.
pub(crate) fn corrupt(
    table: &'static str,
    key: &str,
) -> impl Fn(&dyn std::fmt::Display) -> StoreError + use<> {
    let key = key.to_owned();
    move |reason| StoreError::Corrupt { table, reason: format!("{key}: {reason}") }
}

pub(crate) fn pool_error(error: &PoolError) -> StoreError {
    StoreError::Unavailable { reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(kind: DatabaseErrorKind, message: &str) -> StoreError {
        store_error(Error::DatabaseError(kind, Box::new(message.to_owned())))
    }

    #[test]
    fn what_the_database_cannot_run_now_is_unavailable_and_not_refused() {
        for message in [
            "canceling statement due to statement timeout",
            "terminating connection due to unexpected postmaster exit",
            "terminating connection due to administrator command",
            "the database system is shutting down",
            "relation \"plans\" does not exist",
            "cannot execute UPDATE in a read-only transaction",
        ] {
            let error = said(DatabaseErrorKind::Unknown, message);
            assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
        }
    }

    #[test]
    fn what_cannot_be_put_in_an_order_is_a_conflict() {
        assert_eq!(said(DatabaseErrorKind::Unknown, "deadlock detected"), StoreError::Conflict);
        assert_eq!(
            said(DatabaseErrorKind::SerializationFailure, "could not serialize"),
            StoreError::Conflict
        );
    }

    #[test]
    fn a_trigger_that_raises_refuses() {
        let error = said(DatabaseErrorKind::RestrictViolation, "rows of users are never changed or deleted");
        assert!(matches!(error, StoreError::Refused { .. }), "{error:?}");
    }
}
