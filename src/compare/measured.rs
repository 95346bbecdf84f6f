//! What was timed or searched on one cloud, whether or not another differs: states of polls, windows of stale reads, limits.

use crate::observe::{Labelled, Part, StateSequence, Window};
use crate::scenario::Scenario;

/// What one step showed, over the repeats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    pub scenario: String,
    pub service: String,
    pub step: String,
    pub rows: Vec<String>,
    pub seen: Measure,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// A sequence a repeat.
    States(Vec<StateSequence>),
    /// One a repeat that reads.
    Windows(Vec<Window>),
    /// Of what, and what was found, most often first.
    Limit(String, Vec<(String, u32)>),
}

pub(super) fn measured(scenario: &Scenario, labelled: &Labelled) -> Vec<Measured> {
    let of = |step: &str, rows: &[String], seen| Measured {
        scenario: scenario.id.0.clone(),
        service: scenario.service.clone(),
        step: step.to_owned(),
        rows: rows.to_vec(),
        seen,
    };
    let states = labelled.states.iter();
    let windows = labelled.windows.iter();
    let limits = labelled
        .places
        .iter()
        .filter(|(place, _)| place.part == Part::Limit);
    let mut all: Vec<Measured> = states
        .map(|((step, rows), seen)| of(step, rows, Measure::States(seen.clone())))
        .collect();
    all.extend(windows.map(|((step, rows), seen)| of(step, rows, Measure::Windows(seen.clone()))));
    all.extend(limits.map(|(place, label)| {
        let seen = Measure::Limit(place.path.clone(), label.seen());
        of(&place.step, &place.rows, seen)
    }));
    all
}
