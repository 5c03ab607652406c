//! Nothing lives here: the suites are in the one test binary, see `suite.rs`.
