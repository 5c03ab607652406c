//! Use cases end to end: the same functions on both stores, with a clock that the test moves.

mod accounts;
mod operators;
mod refusals;
mod thin_way;
mod timers;
