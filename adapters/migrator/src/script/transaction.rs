//! Statements that begin or end a transaction, which in a migration is not the script's to do.

use super::statement::{Statement, statements};

/// The line of the first statement of a script that ends the transaction in which it runs.
pub(crate) fn ends_its_transaction(script: &str) -> Option<usize> {
    statements(script).iter().find(|statement| ends(statement)).map(|statement| statement.line)
}

/// Whether a statement ends the transaction in which it stands. Back to a savepoint it does not.
fn ends(statement: &Statement) -> bool {
    match statement.word(0).as_str() {
        "COMMIT" | "END" | "ABORT" => true,
        "ROLLBACK" => statement.find(1, &["TO"]).is_none(),
        "PREPARE" => statement.word(1) == "TRANSACTION",
        _ => false,
    }
}

/// Whether a statement begins or ends one.
pub(super) fn begins_or_ends(statement: &Statement) -> bool {
    statement.word(0) == "BEGIN" || statement.begins(&["START", "TRANSACTION"]) || ends(statement)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_ends_a_transaction_is_found_with_its_line() {
        for script in
            ["SELECT 1;\nCOMMIT;", "SELECT 1;\nend", "\nROLLBACK AND CHAIN;", "\nPREPARE TRANSACTION 'x'"]
        {
            assert_eq!(ends_its_transaction(script), Some(2), "{script}");
        }
    }

    #[test]
    fn savepoints_bodies_and_texts_end_nothing() {
        let script = "SAVEPOINT a; ROLLBACK TO a; DO $$ BEGIN NULL; END $$; SELECT 'COMMIT'; -- COMMIT;";
        assert_eq!(ends_its_transaction(script), None);
    }
}
