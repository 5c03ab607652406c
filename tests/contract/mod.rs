//! What every store promises, case by case, from one list per context.

mod billing;
mod booking;
mod broken_off;
mod catalog;
mod chat;
mod documents;
mod identity;
mod offers;
mod operations;
mod payments;
mod platform;
mod round_trips;
mod seeds;
