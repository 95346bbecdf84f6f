//! Which differences chance could have made.
//!
//! Only a place that flaps can be unanimous by luck, and flapping is counted in the run itself. Where the expected number
//! of lucky places exceeds the budget, a difference that rests on few scenarios stands apart until more repeats confirm it.

use super::model::PairResult;
use crate::stats::expected_false_findings;
use std::collections::{BTreeMap, BTreeSet};

/// Expected false findings in a report that a reader may ignore.
pub const BUDGET: f64 = 0.05;
/// So many independent scenarios are not lucky at once.
const INDEPENDENT: usize = 3;

/// Repeats of the difference that chance could make most easily, for the bound of a report. What is told on few repeats rests
/// on several scenarios, each of which would have to be lucky.
#[must_use]
pub fn fewest_repeats(pair: &PairResult) -> u32 {
    let told = pair.differences.iter().map(|d| {
        let repeats = d.repeats.0.min(d.repeats.1);
        if expected_false_findings(pair.places, pair.mixed, repeats) > BUDGET {
            repeats.saturating_mul(u32::try_from(INDEPENDENT).unwrap_or(u32::MAX))
        } else {
            repeats
        }
    });
    told.min().unwrap_or(pair.repeats.1)
}

/// Moves what chance could have made out of `differences`.
pub fn set_apart(pair: &mut PairResult) {
    let mut rests_on: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for d in &pair.differences {
        let key = (d.operation.clone(), d.place.clone(), d.kind);
        rests_on.entry(key).or_default().insert(d.scenario.clone());
    }
    let (places, mixed) = (pair.places, pair.mixed);
    let by_itself: Vec<bool> = pair
        .differences
        .iter()
        .map(|d| {
            let few = rests_on[&(d.operation.clone(), d.place.clone(), d.kind)].len() < INDEPENDENT;
            few && expected_false_findings(places, mixed, d.repeats.0.min(d.repeats.1)) > BUDGET
        })
        .collect();
    // what follows from a difference stands where that stands
    let follows = std::mem::take(&mut pair.follows.0);
    let doubtful: Vec<bool> = (0..by_itself.len())
        .map(|index| by_itself[*follows.get(&index).unwrap_or(&index)])
        .collect();
    if !doubtful.contains(&true) {
        pair.follows.0 = follows;
        return;
    }
    let (mut moved_to, mut position) = (Vec::new(), Vec::new());
    let (mut kept, mut apart) = (Vec::new(), Vec::new());
    for (difference, is_doubtful) in pair.differences.drain(..).zip(doubtful.iter().copied()) {
        moved_to.push(if is_doubtful { None } else { Some(kept.len()) });
        position.push(if is_doubtful { apart.len() } else { kept.len() });
        if is_doubtful {
            apart.push(difference);
        } else {
            kept.push(difference);
        }
    }
    for step in &mut pair.steps {
        step.because_of = step.because_of.and_then(|index| moved_to[index]);
        let here = |d: &super::Difference| {
            d.scenario == step.scenario && d.step == step.step && d.rows == step.rows
        };
        if step.state == super::State::Differs && !kept.iter().any(here) {
            step.state = super::State::Unconfirmed;
            "too few repeats to tell from chance".clone_into(&mut step.why);
        }
    }
    for (later, cause) in follows {
        let of = if doubtful[later] {
            &mut pair.follows.1
        } else {
            &mut pair.follows.0
        };
        of.insert(position[later], position[cause]);
    }
    pair.differences = kept;
    pair.unconfirmed.append(&mut apart);
}
