//! What every store promises, case by case, from one list per context.

mod booking;
mod catalog;
mod identity;
mod platform;
