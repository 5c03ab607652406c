//! The private cluster's supervisor: starting, stopping, and every kind of sudden death.
//!
//! - [`lifetime`]: what a start, a stop and a second start do;
//! - [`refusals`]: what is refused, and with which sentence;
//! - [`deaths`]: kill -9 of the server, of the application, of both (Linux, where the tests can see processes).

#[cfg(target_os = "linux")]
mod deaths;
mod lifetime;
mod observing;
mod refusals;
mod stand_in;
