//! One cloud against itself: its repeats put into two halves in every way, and compared as if they were two clouds.

use super::comparison::{CompareError, Parse};
use super::learn::learn;
use super::model::{Difference, KnownNoise, Unstable};
use super::noise as known;
use super::of_scenario::unstable;
use super::pair::compare_scenario;
use super::presence::{self, Unlike};
use crate::observe::{
    Held, Labelled, Learned, Noise, Observed, StateSequence, counted, label, observe,
};
use crate::recording::Recording;
use rayon::prelude::*;
use std::collections::BTreeSet;

/// What a cloud's own noise would have made of a comparison.
#[derive(Clone, Debug, Default)]
pub struct Calibration {
    /// Repeats of the scenario with the fewest, and with the most.
    pub repeats: (u32, u32),
    /// Ways of halving that were tried, of the scenario with the most.
    pub splits: usize,
    /// Splits (over all scenarios) in which something differed.
    pub loud: usize,
    pub scenarios: usize,
    pub places: u64,
    /// What differed in at least one split, once each.
    pub differences: Vec<Difference>,
    /// Places that are not the same in all repeats.
    pub unstable: Vec<Unstable>,
    /// Scenarios with fewer than two repeats: they say nothing.
    pub too_few: Vec<String>,
    /// Places that would have differed in a split, were they not known noise.
    pub hidden: usize,
    /// What a noise file could say of this cloud.
    pub learned: Vec<Learned>,
}

/// More ways than these are not tried: the rest differ only in which repeats are swapped.
const MOST_SPLITS: usize = 462;

/// Splits every scenario's repeats in every way. `noise` is what is known to be unstable on the cloud.
pub fn calibrate(
    recording: &Recording,
    noise: &Noise,
    parse: &Parse,
) -> Result<Calibration, CompareError> {
    let header = recording.header();
    let mut into = Calibration {
        repeats: (u32::MAX, 0),
        ..Calibration::default()
    };
    let mut seen = BTreeSet::new();
    // whether rates are unlike by more than chance is known when all places that flap are
    let (mut quiet, mut mixed): (Vec<Vec<Unlike>>, u64) = (Vec::new(), 0);
    let (mut hidden, mut hushed) = (BTreeSet::new(), Vec::new());
    for id in &header.plan.selected {
        let Some(text) = header.scenarios.get(id) else {
            continue;
        };
        let scenario = parse(id, text).map_err(|why| CompareError::Scenario {
            id: id.clone(),
            cloud: header.cloud.name.clone(),
            why,
        })?;
        let Some(scenario) = header.cloud.realised(&scenario) else {
            continue;
        };
        let executions = recording.executions(id)?;
        let observed: Vec<(u32, u32, Observed)> = counted(&executions)
            .0
            .iter()
            .map(|e| (e.round, e.repeat, observe(header, scenario, e)))
            .collect();
        let n = observed.len();
        if n < 2 {
            if !header.plan.skipped.contains_key(id) {
                into.too_few.push(id.clone());
            }
            continue;
        }
        #[expect(clippy::cast_possible_truncation, reason = "repeats are few")]
        let repeats = n as u32;
        into.repeats = (into.repeats.0.min(repeats), into.repeats.1.max(repeats));
        into.scenarios += 1;
        let listed = |mut labelled: Labelled| {
            known::list(noise, scenario, &mut labelled);
            labelled
        };
        let whole = listed(label(&observed));
        into.places += whole.places.len() as u64;
        mixed += flapping(&whole);
        into.unstable.extend(unstable(scenario, &whole));
        let ways = halves(n);
        into.splits = into.splits.max(ways.len());
        if are_alike(&whole) {
            continue; // and so are the halves
        }
        let before = into.differences.len();
        let halved = |first: &BTreeSet<usize>| {
            let half = |one: bool| {
                let chosen = observed
                    .iter()
                    .enumerate()
                    .filter(|(index, _)| first.contains(index) == one);
                listed(label(chosen.map(|(_, o)| o)))
            };
            compare_scenario(scenario, &half(true), &half(false))
        };
        let halved: Vec<_> = ways.par_iter().map(halved).collect();
        for mut found in halved {
            if found.differences.is_empty() {
                quiet.push(found.unlike);
            } else {
                into.loud += 1;
            }
            for (index, unlike) in found.hushed.drain(..) {
                hushed.push((key_of(&found.noise[index]), unlike));
            }
            let silenced = found.noise.iter().filter(|place| place.hidden);
            hidden.extend(silenced.map(key_of));
            add(found.differences, &mut seen, &mut into);
        }
        let lesson = learn(scenario, &observed, &whole, &into.differences[before..]);
        into.learned.extend(lesson);
    }
    for unlike in quiet {
        let found = presence::findings(unlike, into.places, mixed);
        into.loud += usize::from(!found.is_empty());
        add(found, &mut seen, &mut into);
    }
    let sound = hushed
        .into_iter()
        .filter(|(_, one)| presence::is_sound(one, into.places, mixed));
    hidden.extend(sound.map(|(key, _)| key));
    into.hidden = hidden.len();
    into.repeats.0 = into.repeats.0.min(into.repeats.1);
    Ok(into)
}

fn key_of(place: &KnownNoise) -> Key {
    (
        place.scenario.clone(),
        place.step.clone(),
        place.rows.clone(),
        place.place.clone(),
    )
}

type Key = (String, String, Vec<String>, String);

fn add(found: Vec<Difference>, seen: &mut BTreeSet<Key>, into: &mut Calibration) {
    for d in found {
        let key = (
            d.scenario.clone(),
            d.step.clone(),
            d.rows.clone(),
            d.place.clone(),
        );
        if seen.insert(key) {
            into.differences.push(d);
        }
    }
}

/// Whether all repeats saw the same.
fn are_alike(whole: &Labelled) -> bool {
    let states = |seen: &Vec<StateSequence>| {
        let mut names = seen
            .iter()
            .map(|one| one.states.iter().map(|s| s.state.as_str()));
        let first = names.next();
        first.is_none_or(|first| names.all(|other| other.eq(first.clone())))
    };
    let always = |held| matches!(held, Held::Always(_));
    whole.steps.values().all(|step| step.always().is_some())
        && whole.places.values().all(|label| always(label.held()))
        && whole.windows.values().flatten().all(|w| w.stale == 0)
        && whole
            .states
            .values()
            .chain(whole.sequences.values())
            .all(states)
        && whole.equal.repeats.windows(2).all(|two| two[0] == two[1])
}

/// Places that are mixed over all repeats, and not known to be: no split has more.
fn flapping(whole: &Labelled) -> u64 {
    let mixed = whole.places.iter().filter(|(place, label)| {
        matches!(label.held(), Held::Mixed { .. }) && !known::is_known(whole, place, label)
    });
    mixed.count() as u64
}

/// Every way of taking half of `n` (rounded down), each partition once.
fn halves(n: usize) -> Vec<BTreeSet<usize>> {
    fn choose(
        from: usize,
        n: usize,
        left: usize,
        chosen: &mut Vec<usize>,
        into: &mut Vec<BTreeSet<usize>>,
    ) {
        if into.len() >= MOST_SPLITS {
            return;
        }
        if left == 0 {
            into.push(chosen.iter().copied().collect());
            return;
        }
        for next in from..n {
            chosen.push(next);
            choose(next + 1, n, left - 1, chosen, into);
            chosen.pop();
        }
    }
    let mut into = Vec::new();
    if n.is_multiple_of(2) {
        // the half that holds the first repeat stands for both
        choose(1, n, n / 2 - 1, &mut vec![0], &mut into);
    } else {
        choose(0, n, n / 2, &mut Vec::new(), &mut into);
    }
    into
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_repeats_have_126_halvings_and_each_is_another() {
        let all = halves(10);
        assert_eq!(all.len(), 126);
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 126);
        assert!(all.iter().all(|half| half.len() == 5 && half.contains(&0)));
        assert_eq!(halves(3).len(), 3);
        assert_eq!(halves(2).len(), 1);
    }
}
