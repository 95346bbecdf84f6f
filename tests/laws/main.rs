//! The laws of the design, as properties of recordings of two real clouds (`tests/data`).
//!
//! Law 2 is held in `tests/mutants`. Laws 4 and 5 need a cloud or canaries: law 4 is held in `src/run` against a server on loopback and in `tests/lab`
//! against real clouds, law 5 in `src/recording/redact`.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails here")]
#![expect(clippy::print_stderr, reason = "who waits sees how far it is")]

mod data;
mod noise;

mod known_noise;
mod law_01_noise;
mod law_01_silence;
mod law_03_nothing_compared;
mod law_06_determinism;
mod law_07_symmetry;
mod law_08_offline;
mod law_09_evidence;
mod law_10_pairwise;
