//! What the suites share: the temporary cluster, a database per test, the worlds.

pub mod cluster;
