//! Use cases end to end: the same functions on both stores, with a clock that the test moves.

mod accounts;
mod disputes;
mod documents;
mod endings;
mod meetings;
mod operators;
mod payouts;
mod races;
mod refunds;
mod refusals;
mod thin_way;
mod timers;
mod zones;
