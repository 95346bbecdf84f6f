//! The few tests that the rest needs, proven against brute force.

mod bound;
mod exact;

pub use bound::expected_false_findings;
pub use exact::exact_test;
