//! What a failing store leaves behind: everything or nothing, never something between.

mod decorator;
mod every_call;
mod people;
mod reads;
