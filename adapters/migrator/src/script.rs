//! What can be told of a script by reading it: its statements, what is dangerous in them, which locks they take.

mod lint;
mod locks;
mod statement;

pub use self::lint::{Finding, RULES, Rule, lint};
pub use self::locks::{Lock, locks};
pub use self::statement::{Statement, statements};
