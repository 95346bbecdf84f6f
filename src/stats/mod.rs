//! The few tests that the rest needs, proven against brute force.

mod bound;
mod exact;

pub use bound::{chance_of_lucky, expected_false_findings, repeats_within};
pub use exact::exact_test;
