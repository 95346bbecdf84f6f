//! Pairs of labelled observations → differences. Knows neither impact nor text for people.

mod calibrate;
mod carried;
mod chain;
mod comparison;
mod confirm;
mod consistency;
mod covers;
mod difference;
mod disagree;
mod follow;
mod learn;
mod meaning;
mod measured;
mod model;
mod next;
mod noise;
mod of_scenario;
mod operation;
mod pair;
mod presence;
mod quotas;
mod reference;
mod refusals;
mod rekeyed;
mod renamed;
mod states;
mod still;
mod versions;
mod wellness;

#[cfg(test)]
mod simulation;

pub use calibrate::{Calibration, calibrate};
pub use comparison::{CompareError, Comparison, Parse, compare};
pub use confirm::{BUDGET, error_bound};
pub use measured::{Measure, Measured};
pub use model::{
    Asker, Difference, EvidenceRef, Kind, KnownNoise, PairResult, State, StepState, Unstable,
};
pub use next::{MOST_REPEATS, NextRound, in_doubt, next_round};
pub use pair::{ScenarioPair, compare_scenario};
