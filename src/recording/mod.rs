//! The container on disk: write, read, redact, verify. Knows no network.

mod model;

pub use model::*;
