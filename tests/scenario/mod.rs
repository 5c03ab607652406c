//! Use cases end to end: the same functions on both stores, with a clock that the test moves.

mod accounts;
mod decisions;
mod endings;
mod meetings;
mod operators;
mod races;
mod refusals;
mod thin_way;
mod timers;
mod zones;
