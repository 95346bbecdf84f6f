//! Pairs of labelled observations → differences. Knows neither impact nor text for people.

mod calibrate;
mod comparison;
mod confirm;
mod consistency;
mod follow;
mod learn;
mod meaning;
mod model;
mod noise;
mod operation;
mod pair;
mod presence;
mod reference;
mod states;

pub use calibrate::{Calibration, calibrate};
pub use comparison::{CompareError, Comparison, compare};
pub use confirm::{BUDGET, fewest_repeats};
pub use model::{
    Difference, EvidenceRef, Kind, KnownNoise, PairResult, State, StepState, Unstable,
};
pub use pair::{ScenarioPair, compare_scenario};
pub use presence::error_bound;
