//! Which differences chance could have made.
//!
//! Only a place that flaps can be unanimous by luck, and flapping is counted in the run itself. Where the expected number
//! of lucky places exceeds the budget, a difference stands apart until more repeats confirm it, unless it rests on more scenarios
//! than are lucky at once: that depends on in how many others the same place flaps.

use super::model::{Difference, Kind, PairResult};
use super::presence;
use crate::stats::{chance_of_lucky, expected_false_findings};
use std::collections::{BTreeMap, BTreeSet};

/// Expected false findings in a report that a reader may ignore.
pub const BUDGET: f64 = 0.05;
/// Fewer scenarios than these are never enough by themselves.
const INDEPENDENT: usize = 3;

/// What of the budget goes to differences that rest on several scenarios, each with few repeats.
const FOR_SEVERAL: f64 = BUDGET / 4.0;

/// What all differences of one operation, place and kind rest on.
struct Grounds {
    scenarios: BTreeSet<String>,
    /// Of the difference with the fewest.
    repeats: u32,
}

type Key = (String, String, Kind);

fn key(d: &Difference) -> Key {
    (d.operation.clone(), d.place.clone(), d.kind)
}

fn grounds(pair: &PairResult) -> BTreeMap<Key, Grounds> {
    let mut all: BTreeMap<Key, Grounds> = BTreeMap::new();
    for d in &pair.differences {
        let of = all.entry(key(d)).or_insert(Grounds {
            scenarios: BTreeSet::new(),
            repeats: u32::MAX,
        });
        of.scenarios.insert(d.scenario.clone());
        of.repeats = of.repeats.min(d.repeats.0.min(d.repeats.1));
    }
    all
}

/// False findings that are expected of differences with grounds like these, resting on as many scenarios as they do. Scenarios
/// in which the same place flaps speak for chance: of many of those some are lucky.
fn expected_of_several(pair: &PairResult, key: &Key, grounds: &Grounds) -> Option<f64> {
    let none = BTreeSet::new();
    let place = (key.0.clone(), key.1.clone());
    let flapping = pair.flapping.get(&place).unwrap_or(&none);
    let steady = grounds.scenarios.difference(flapping).count();
    if steady < INDEPENDENT {
        return None;
    }
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let all = count(steady + flapping.len());
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of places are far below 2^52"
    )]
    let mixed = pair.mixed as f64;
    Some(mixed * chance_of_lucky(count(steady), all, grounds.repeats))
}

/// Findings that chance is expected to make of what is told, at most: of places that look unanimous, and of those that look less
/// often there where so many repeats can show that at all.
#[must_use]
pub fn error_bound(pair: &PairResult) -> f64 {
    let (places, mixed) = (pair.places, pair.mixed);
    let grounds = grounds(pair);
    let all = pair.differences.iter();
    let steady = all.filter(|d| !d.kind.is_of_rates());
    let told = steady.map(|d| {
        let by_itself = expected_false_findings(places, mixed, d.repeats.0.min(d.repeats.1));
        let key = key(d);
        let of_several = || expected_of_several(pair, &key, &grounds[&key]);
        if by_itself > BUDGET {
            of_several().unwrap_or(by_itself)
        } else {
            by_itself
        }
    });
    let most = pair.repeats.1;
    let spent = told.max_by(f64::total_cmp).unwrap_or_else(|| {
        let by_itself = expected_false_findings(places, mixed, most);
        // what chance could have made more easily would stand apart; of one repeat nothing is known
        if by_itself > BUDGET && most > 1 {
            FOR_SEVERAL
        } else {
            by_itself
        }
    });
    spent + presence::spends(BUDGET - spent, mixed, most)
}

/// Moves what chance could have made out of `differences`.
pub fn set_apart(pair: &mut PairResult) {
    let sound: BTreeSet<Key> = grounds(pair)
        .into_iter()
        .filter(|(key, grounds)| {
            expected_of_several(pair, key, grounds).is_some_and(|of| of <= FOR_SEVERAL)
        })
        .map(|(key, _)| key)
        .collect();
    let (places, mixed) = (pair.places, pair.mixed);
    let by_itself: Vec<bool> = pair
        .differences
        .iter()
        .map(|d| {
            let repeats = d.repeats.0.min(d.repeats.1);
            expected_false_findings(places, mixed, repeats) > BUDGET && !sound.contains(&key(d))
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
        let here = |d: &Difference| {
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

/// What chance could have made, and a difference that it could not explains, is in doubt no more: it follows. `roots`: of each that
/// is in doubt, the index of that difference.
pub fn draw_in(pair: &mut PairResult, roots: &[Option<usize>]) {
    let sure = pair.differences.len();
    let before = std::mem::take(&mut pair.follows.1);
    let mut stays_at = BTreeMap::new();
    for (n, difference) in std::mem::take(&mut pair.unconfirmed)
        .into_iter()
        .enumerate()
    {
        if let Some(root) = roots[*before.get(&n).unwrap_or(&n)].or(roots[n]) {
            pair.follows.0.insert(pair.differences.len(), root);
            pair.differences.push(difference);
        } else {
            stays_at.insert(n, pair.unconfirmed.len());
            pair.unconfirmed.push(difference);
        }
    }
    let stays = |(later, cause)| Some((*stays_at.get(&later)?, *stays_at.get(&cause)?));
    pair.follows.1 = before.into_iter().filter_map(stays).collect();
    let drawn_in = &pair.differences[sure..];
    for step in &mut pair.steps {
        let here = |d: &Difference| {
            (&d.scenario, &d.step, &d.rows) == (&step.scenario, &step.step, &step.rows)
        };
        if step.state == super::State::Unconfirmed && drawn_in.iter().any(here) {
            step.state = super::State::Differs;
            step.why.clear();
        }
    }
}
