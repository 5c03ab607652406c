//! Use cases end to end: the same functions on both stores, with a clock that the test moves.

mod accounts;
mod bank;
mod books;
mod chat;
mod decisions;
mod disputes;
mod documents;
mod endings;
mod gateway;
mod gateway_kills;
mod gateway_leaving;
mod gateway_stories;
mod log_outs;
mod meetings;
mod money_races;
mod operators;
mod payouts;
mod races;
mod refunds;
mod refusals;
mod settlements;
mod thin_way;
mod timers;
mod zones;
