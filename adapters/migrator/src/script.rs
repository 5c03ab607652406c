//! What can be told of a script by reading it: its statements, what is dangerous in them, which locks they take.

mod lint;
mod locks;
mod rules;
mod statement;
mod transaction;

pub(crate) use self::lint::created_table;
pub use self::lint::{Finding, lint};
pub use self::locks::{Lock, locks};
pub use self::rules::{RULES, Rule};
pub use self::statement::{Statement, statements};
pub(crate) use self::transaction::ends_its_transaction;
