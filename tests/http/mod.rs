//! The interface from outside: a real server on a real port, asked by a client that knows nothing else.

mod authorisation;
mod bad_input;
mod decisions;
mod document;
mod documents;
mod gateway;
mod metrics;
mod operators;
mod personal_data;
mod plans_of_statements;
mod reader;
mod statements;
mod thin_way;
