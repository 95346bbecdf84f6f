//! Pairs of labelled observations → differences. Knows neither impact nor text for people.

mod model;

pub use model::{Difference, EvidenceRef, Kind, PairResult, State, StepState, Unstable};
