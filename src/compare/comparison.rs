//! Recordings → everything that comparing their clouds yields: a result a pair, and what is unstable on each.
//!
//! Every pair is compared by itself: nothing is inferred over more than two clouds (law 10).

use super::meaning::{Realised, compare_meaning};
use super::measured::{Measured, measured};
use super::model::{PairResult, Unstable};
use super::operation::operation;
use super::pair::{ScenarioPair, compare_scenario};
use super::presence::{self, Unlike};
use super::refusals::{self, Asked};
use super::wellness::{self, Wellness};
use super::{chain, confirm, consistency, noise, quotas, renamed, versions};
use crate::observe::{Labelled, Noise, Observed, Part, StepKey, calls, counted, label, observe};
use crate::recording::{ReadError, Recording, ScenarioText};
use crate::scenario::Scenario;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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
    parse: &dyn Fn(&str, &ScenarioText) -> Result<Scenario, String>,
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
    for id in ids {
        let mut read = Readings {
            recordings,
            noise,
            parse,
            id,
            labelled: BTreeMap::new(),
            scenarios: BTreeMap::new(),
            distinct: Vec::new(),
        };
        let mut compared_before = Alike::default();
        for (pair, pending) in pairs.iter_mut().zip(&mut pending) {
            let (Some(text_a), Some(text_b)) = (read.text(pair.a), read.text(pair.b)) else {
                continue;
            };
            if text_a.request_hash != text_b.request_hash {
                pair.changed_scenarios.push(id.clone());
                continue;
            }
            // of two reading parts the newest at hand is applied to both sides
            let newest =
                if recordings[pair.b].header().started > recordings[pair.a].header().started {
                    (pair.b, text_b.clone())
                } else {
                    (pair.a, text_a.clone())
                };
            let scenario = read.scenario(newest.0, &newest.1)?;
            let of_a = read.labelled(pair.a, &scenario)?;
            let of_b = read.labelled(pair.b, &scenario)?;
            if of_a.repeats == 0 || of_b.repeats == 0 {
                continue;
            }
            let both = of_a.repeats.min(of_b.repeats);
            pair.repeats_of.insert(id.clone(), both);
            pair.repeats = match pair.repeats {
                (0, _) => (both, both),
                (least, most) => (least.min(both), most.max(both)),
            };
            let realised = |cloud: usize| recordings[cloud].header().cloud.realised(&scenario);
            let (Some(in_a), Some(in_b)) = (realised(pair.a), realised(pair.b)) else {
                continue;
            };
            let sides = [(in_a, &of_a), (in_b, &of_b)];
            let mut compared = compared_before.or_else(sides, || {
                if in_a.realises == in_b.realises {
                    compare_scenario(in_a, &of_a, &of_b)
                } else {
                    let side = |scenario, labelled| Realised { scenario, labelled };
                    compare_meaning(&scenario, &side(in_a, &of_a), &side(in_b, &of_b))
                }
            });
            if is_one_host(recordings, pair.a, pair.b) {
                consistency::set_apart(&mut compared);
            }
            pending.take(pair, &mut compared);
            append(pair, id, compared);
            into.scenarios
                .entry(id.clone())
                .or_insert_with(|| (*scenario).clone());
        }
        for (cloud, slot) in into.unstable.iter_mut().enumerate() {
            let Some(text) = read.text(cloud).cloned() else {
                continue;
            };
            let scenario = read.scenario(cloud, &text)?;
            let labelled = read.labelled(cloud, &scenario)?;
            if let Some(realised) = recordings[cloud].header().cloud.realised(&scenario) {
                slot.extend(unstable(realised, &labelled));
                wellness[cloud].add(realised, &labelled);
                into.measured[cloud].extend(measured(realised, &labelled));
            }
            into.executions[cloud].0 += u64::from(labelled.repeats);
            into.executions[cloud].1 += u64::from(labelled.set_aside);
            let reached = labelled.steps.iter().filter(|(_, step)| step.was_reached());
            let reached: Vec<StepKey> = reached.map(|(key, _)| key.clone()).collect();
            if !reached.is_empty() {
                into.reached[cloud].insert(id.clone(), reached);
            }
            into.scenarios
                .entry(id.clone())
                .or_insert_with(|| (*scenario).clone());
        }
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
    renamed::gather(&pair.differences, &mut pair.follows.0);
    versions::gather(
        &pair.differences,
        &pending.of_unlike_versions,
        &mut pair.follows.0,
    );
    let over_quota = refusals::gather(pair, &pending.asked);
    quotas::gather(pair, &pending.quotas, &over_quota);
    chain::flatten(&mut pair.follows.0);
}

/// What has been read of one scenario so far.
struct Readings<'a> {
    recordings: &'a [Recording],
    noise: &'a [Noise],
    parse: &'a dyn Fn(&str, &ScenarioText) -> Result<Scenario, String>,
    id: &'a str,
    /// By cloud and the hash of the reading part.
    labelled: BTreeMap<(usize, String), Arc<Labelled>>,
    scenarios: BTreeMap<String, Arc<Scenario>>,
    /// Everything that was labelled, each once.
    distinct: Vec<Arc<Labelled>>,
}

impl Readings<'_> {
    fn text(&self, cloud: usize) -> Option<&ScenarioText> {
        self.recordings[cloud].header().scenarios.get(self.id)
    }

    fn scenario(
        &mut self,
        cloud: usize,
        text: &ScenarioText,
    ) -> Result<Arc<Scenario>, CompareError> {
        if let Some(scenario) = self.scenarios.get(&text.reading_hash) {
            return Ok(scenario.clone());
        }
        let scenario = (self.parse)(self.id, text).map_err(|why| CompareError::Scenario {
            id: self.id.to_owned(),
            cloud: self.recordings[cloud].header().cloud.name.clone(),
            why,
        })?;
        let scenario = Arc::new(scenario);
        self.scenarios
            .insert(text.reading_hash.clone(), scenario.clone());
        Ok(scenario)
    }

    fn labelled(
        &mut self,
        cloud: usize,
        scenario: &Scenario,
    ) -> Result<Arc<Labelled>, CompareError> {
        let key = (cloud, scenario.reading_hash.clone());
        if let Some(labelled) = self.labelled.get(&key) {
            return Ok(labelled.clone());
        }
        let recording = &self.recordings[cloud];
        let executions = recording.executions(self.id)?;
        let (counted, set_aside) = counted(&executions);
        let observed: Vec<(u32, u32, Observed)> = counted
            .iter()
            .map(|e| (e.round, e.repeat, observe(recording.header(), scenario, e)))
            .collect();
        let mut labelled = label(&observed);
        labelled.set_aside = set_aside;
        labelled.calls = calls(&executions);
        if let (Some(noise), Some(realised)) = (
            self.noise.get(cloud),
            recording.header().cloud.realised(scenario),
        ) {
            noise::list(noise, realised, &mut labelled);
        }
        // clouds that show the same share it
        let same = self.distinct.iter().find(|other| ***other == labelled);
        let labelled = same.cloned().unwrap_or_else(|| {
            let new = Arc::new(labelled);
            self.distinct.push(new.clone());
            new
        });
        self.labelled.insert(key, labelled.clone());
        Ok(labelled)
    }
}

/// What comparing two sides of a scenario yielded, for pairs of clouds that showed the same.
#[derive(Default)]
struct Alike(BTreeMap<[(usize, usize); 2], ScenarioPair>);

impl Alike {
    /// Each side is what was run, and what was seen; both live as long as this.
    fn or_else(
        &mut self,
        sides: [(&Scenario, &Arc<Labelled>); 2],
        compare: impl FnOnce() -> ScenarioPair,
    ) -> ScenarioPair {
        let key = sides.map(|(scenario, labelled)| {
            let scenario = std::ptr::from_ref(scenario);
            (scenario.addr(), Arc::as_ptr(labelled).addr())
        });
        self.0.entry(key).or_insert_with(compare).clone()
    }
}

/// Whether both targets share a machine, so that durations say nothing.
fn is_one_host(recordings: &[Recording], a: usize, b: usize) -> bool {
    let host = |index: usize| {
        let endpoint = &recordings[index].header().cloud.target.endpoint;
        let rest = endpoint.split_once("://").map_or("", |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or_default();
        authority
            .rsplit_once(':')
            .map_or(authority, |(host, _)| host)
            .to_owned()
    };
    host(a) == host(b)
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

pub(super) fn unstable(scenario: &Scenario, labelled: &Labelled) -> Vec<Unstable> {
    let mixed = labelled.places.iter().filter(|(place, label)| {
        label.flaps() && !(place.part == Part::Body && place.path.contains("[*]"))
    });
    let of_places = mixed.map(|(place, label)| Unstable {
        scenario: scenario.id.0.clone(),
        service: scenario.service.clone(),
        step: place.step.clone(),
        rows: place.rows.clone(),
        operation: operation(scenario, &place.step, &place.rows),
        place: place.to_string(),
        seen: label.seen(),
        known: noise::is_known(labelled, place, label),
    });
    let stale = labelled
        .windows
        .iter()
        .filter_map(|((step, rows), windows)| {
            Some(Unstable {
                scenario: scenario.id.0.clone(),
                service: scenario.service.clone(),
                step: step.clone(),
                rows: rows.clone(),
                operation: operation(scenario, step, rows),
                place: consistency::PLACE.to_owned(),
                seen: consistency::mixed(windows)?,
                known: labelled
                    .noise
                    .get(&(step.clone(), rows.clone()))
                    .is_some_and(|listed| listed.contains_key(consistency::PLACE)),
            })
        });
    of_places.chain(stale).collect()
}
