//! The few tests that the rest needs.
