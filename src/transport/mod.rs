//! The wire: connections, limits, timings, caps. Does not know what the bytes mean.

mod model;

pub use model::{RawAnswer, RawExchange, WireRequest};
