//! Recordings → everything that comparing their clouds yields: a result a pair, and what is unstable on each.
//!
//! Every pair is compared by itself: nothing is inferred over more than two clouds (law 10).

use super::measured::Measured;
use super::model::{PairResult, Unstable};
use super::of_scenario::{OfPair, Readings};
use super::pair::ScenarioPair;
use super::presence::{self, Unlike};
use super::refusals::{self, Asked};
use super::wellness::{self, Wellness};
use super::{chain, confirm, quotas, renamed, versions};
use crate::observe::{Noise, StepKey};
use crate::recording::{ReadError, Recording, ScenarioText};
use crate::scenario::Scenario;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// The comparison of all given recordings.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// Ordered pairs, first before second.
    pub pairs: Vec<PairResult>,
    /// By cloud: places that are not the same in all repeats.
    pub unstable: Vec<Vec<Unstable>>,
    /// By cloud: what was timed or searched.
    pub measured: Vec<Vec<Measured>>,
    /// By cloud: executions that counted, and that were set aside.
    pub executions: Vec<(u64, u64)>,
    /// By cloud: steps that reached what they are about in every repeat, by scenario.
    pub reached: Vec<BTreeMap<String, Vec<StepKey>>>,
    /// Titles and services of what was compared, by scenario.
    pub scenarios: BTreeMap<String, Scenario>,
}

/// Reads the text of a scenario, given its id.
pub type Parse = dyn Fn(&str, &ScenarioText) -> Result<Scenario, String> + Sync;

/// A recording's scenario that this version can't read.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("scenario {id} of the recording of {cloud} can't be read by this version:\n{why}")]
    Scenario {
        id: String,
        cloud: String,
        why: String,
    },
}

/// Compares every pair of `recordings`. `noise` is what is known to be unstable on each, and may be shorter; `parse` reads the
/// text of a scenario, given its id.
pub fn compare(
    recordings: &[Recording],
    noise: &[Noise],
    parse: &Parse,
) -> Result<Comparison, CompareError> {
    let mut into = Comparison {
        unstable: vec![Vec::new(); recordings.len()],
        measured: vec![Vec::new(); recordings.len()],
        executions: vec![(0, 0); recordings.len()],
        reached: vec![BTreeMap::new(); recordings.len()],
        ..Comparison::default()
    };
    let mut pairs: Vec<PairResult> = Vec::new();
    let mut pending: Vec<Pending> = Vec::new();
    let mut wellness = vec![Wellness::default(); recordings.len()];
    for a in 0..recordings.len() {
        for b in a + 1..recordings.len() {
            pairs.push(PairResult {
                a,
                b,
                ..PairResult::default()
            });
            let discovery = |cloud: usize| &recordings[cloud].header().cloud.discovery;
            pending.push(Pending {
                quotas: quotas::unlike(discovery(a), discovery(b)),
                ..Pending::default()
            });
        }
    }
    let ids: BTreeSet<&String> = recordings
        .iter()
        .flat_map(|r| &r.header().plan.selected)
        .collect();
    let ids: Vec<&String> = ids.into_iter().collect();
    let of_pairs: Vec<(usize, usize)> = pairs.iter().map(|pair| (pair.a, pair.b)).collect();
    let read = |id: &&String| Readings::of(recordings, noise, parse, id).compared(&of_pairs);
    let read: Vec<_> = ids.par_iter().map(read).collect();
    for (id, of_scenario) in ids.into_iter().zip(read) {
        let of_scenario = of_scenario?;
        for (at, of_pair) in of_scenario.pairs {
            let (pair, pending) = (&mut pairs[at], &mut pending[at]);
            let (repeats, compared) = match of_pair {
                OfPair::Changed => {
                    pair.changed_scenarios.push(id.clone());
                    continue;
                }
                OfPair::Ran(repeats, compared) => (repeats, compared),
            };
            pair.repeats_of.insert(id.clone(), repeats);
            pair.repeats = match pair.repeats {
                (0, _) => (repeats, repeats),
                (least, most) => (least.min(repeats), most.max(repeats)),
            };
            if let Some(mut compared) = compared {
                pending.take(pair, &mut compared);
                append(pair, id, *compared);
            }
        }
        for (cloud, of_cloud) in of_scenario.clouds {
            into.unstable[cloud].extend(of_cloud.unstable);
            into.measured[cloud].extend(of_cloud.measured);
            wellness[cloud].append(of_cloud.wellness);
            into.executions[cloud].0 += u64::from(of_cloud.repeats);
            into.executions[cloud].1 += u64::from(of_cloud.set_aside);
            if !of_cloud.reached.is_empty() {
                into.reached[cloud].insert(id.clone(), of_cloud.reached);
            }
        }
        let scenario = of_scenario.scenario;
        into.scenarios
            .extend(scenario.map(|scenario| (id.clone(), scenario)));
    }
    for (pair, pending) in pairs.iter_mut().zip(pending) {
        let sides = (&wellness[pair.a], &wellness[pair.b]);
        conclude(pair, pending, sides);
    }
    for (unstable, wellness) in into.unstable.iter_mut().zip(&wellness) {
        let told = |one: &Unstable| {
            let alike =
                |other: &Unstable| (&one.operation, &one.place) == (&other.operation, &other.place);
            unstable.iter().any(alike)
        };
        let more: Vec<Unstable> = wellness.unstable().filter(|one| !told(one)).collect();
        unstable.extend(more);
    }
    into.pairs = pairs;
    Ok(into)
}

/// What is told of a pair only when all its scenarios are read.
#[derive(Default)]
pub(super) struct Pending {
    /// Places that flap, with rates that are unlike.
    unlike: Vec<Unlike>,
    /// The same of known noise, by index in `PairResult::noise`.
    hushed: Vec<(usize, Unlike)>,
    asked: Vec<Asked>,
    /// Quotas that are not the same.
    quotas: quotas::Unlike,
    /// Scenarios and their steps that other API versions answered.
    of_unlike_versions: BTreeSet<(String, StepKey)>,
}

impl Pending {
    /// Before the scenario's results are appended to those of the pair.
    pub(super) fn take(&mut self, pair: &PairResult, of_scenario: &mut ScenarioPair) {
        self.unlike.append(&mut of_scenario.unlike);
        self.asked.append(&mut of_scenario.asked);
        if let Some(first) = of_scenario.steps.first() {
            let keys = std::mem::take(&mut of_scenario.of_unlike_versions);
            let of = keys.into_iter().map(|key| (first.scenario.clone(), key));
            self.of_unlike_versions.extend(of);
        }
        let known = pair.noise.len();
        let hushed = of_scenario.hushed.drain(..);
        self.hushed
            .extend(hushed.map(|(index, unlike)| (index + known, unlike)));
    }
}

/// When all scenarios are read: what chance could have made stands apart, and rates that it does not explain are told; of known
/// noise, that they would have been. What is refused as a whole becomes one, and what is refused now and then is told.
pub(super) fn conclude(pair: &mut PairResult, pending: Pending, (a, b): (&Wellness, &Wellness)) {
    confirm::set_apart(pair);
    for (index, one) in pending.hushed {
        pair.noise[index].hidden |= presence::is_sound(&one, pair.places, pair.mixed);
    }
    presence::append(pair, pending.unlike);
    let now_and_then = wellness::differences(a, b, &pair.differences);
    pair.differences.extend(now_and_then);
    pair.leaning
        .extend(wellness::leaning(a, b).into_iter().cloned());
    renamed::gather(pair);
    versions::gather(
        &pair.differences,
        &pending.of_unlike_versions,
        &mut pair.follows.0,
    );
    let over_quota = refusals::gather(pair, &pending.asked);
    quotas::gather(pair, &pending.quotas, &over_quota);
    chain::flatten(&mut pair.follows.0);
}

pub(super) fn append(pair: &mut PairResult, id: &str, mut of_scenario: ScenarioPair) {
    let offset = pair.differences.len();
    for step in &mut of_scenario.steps {
        step.because_of = step.because_of.map(|index| index + offset);
    }
    let moved = of_scenario.follows.iter();
    let moved = moved.map(|(later, cause)| (later + offset, cause + offset));
    pair.follows.0.extend(moved);
    pair.differences.append(&mut of_scenario.differences);
    pair.unconfirmed.append(&mut of_scenario.unconfirmed);
    pair.steps.append(&mut of_scenario.steps);
    pair.noise.append(&mut of_scenario.noise);
    pair.places += of_scenario.places;
    pair.mixed += of_scenario.mixed;
    for name in of_scenario.flapping {
        pair.flapping.entry(name).or_default().insert(id.to_owned());
    }
    if of_scenario.leans {
        pair.leaning.insert(id.to_owned());
    }
}
