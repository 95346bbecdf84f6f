//! The few tests that the rest needs, proven against brute force.

mod bound;

pub use bound::expected_false_findings;
