//! What the suites share: the temporary cluster, a database per test, stores, people.

pub mod bank;
pub mod booked;
pub mod cluster;
pub mod courses;
pub mod digest;
pub mod gateway;
pub mod ids;
pub mod money;
pub mod people;
pub mod server;
pub mod staff;
pub mod stores;
pub mod taken_over;
pub mod world;
