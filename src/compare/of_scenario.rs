//! One scenario in all recordings: what each cloud showed, and what of that is not the same.

use super::comparison::{CompareError, Parse};
use super::meaning::{Realised, compare_meaning};
use super::measured::{Measured, measured};
use super::model::Unstable;
use super::operation::operation;
use super::pair::{ScenarioPair, compare_scenario};
use super::wellness::Wellness;
use super::{consistency, noise};
use crate::observe::{Labelled, Noise, Observed, Part, StepKey, calls, counted, label, observe};
use crate::recording::{Recording, ScenarioText};
use crate::scenario::Scenario;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What came of it.
pub struct OfScenario {
    /// By index of the pair, where both clouds have it.
    pub pairs: Vec<(usize, OfPair)>,
    /// By index of the cloud, where it has it.
    pub clouds: Vec<(usize, OfCloud)>,
    /// As it was read.
    pub scenario: Option<Scenario>,
}

pub enum OfPair {
    /// Other requests were sent to the one than to the other.
    Changed,
    /// How often on both at least, and what differs, where both can realise it.
    Ran(u32, Option<Box<ScenarioPair>>),
}

#[derive(Default)]
pub struct OfCloud {
    pub unstable: Vec<Unstable>,
    pub measured: Vec<Measured>,
    pub wellness: Wellness,
    /// Executions that counted, and that were set aside.
    pub repeats: u32,
    pub set_aside: u32,
    /// Steps that reached what they are about in every repeat.
    pub reached: Vec<StepKey>,
}

/// What has been read so far.
pub struct Readings<'a> {
    recordings: &'a [Recording],
    noise: &'a [Noise],
    parse: &'a Parse,
    id: &'a str,
    /// By cloud and the hash of the reading part.
    labelled: BTreeMap<(usize, String), Arc<Labelled>>,
    scenarios: BTreeMap<String, Arc<Scenario>>,
    /// Everything that was labelled, each once.
    distinct: Vec<Arc<Labelled>>,
    /// By which something was compared first.
    first: Option<Arc<Scenario>>,
}

impl<'a> Readings<'a> {
    pub fn of(
        recordings: &'a [Recording],
        noise: &'a [Noise],
        parse: &'a Parse,
        id: &'a str,
    ) -> Self {
        Self {
            recordings,
            noise,
            parse,
            id,
            labelled: BTreeMap::new(),
            scenarios: BTreeMap::new(),
            distinct: Vec::new(),
            first: None,
        }
    }

    /// Each of these pairs of clouds against each other, and each cloud by itself.
    pub fn compared(mut self, pairs: &[(usize, usize)]) -> Result<OfScenario, CompareError> {
        let (mut of_pairs, mut clouds) = (Vec::new(), Vec::new());
        let mut before = Alike::default();
        for (at, (a, b)) in pairs.iter().enumerate() {
            if let Some(of_pair) = self.pair((*a, *b), &mut before)? {
                of_pairs.push((at, of_pair));
            }
        }
        for cloud in 0..self.recordings.len() {
            if let Some(of_cloud) = self.cloud(cloud)? {
                clouds.push((cloud, of_cloud));
            }
        }
        Ok(OfScenario {
            pairs: of_pairs,
            clouds,
            scenario: self.first.as_deref().cloned(),
        })
    }

    /// `None`: one of them doesn't have it, or no repeat of it that counts.
    fn pair(
        &mut self,
        (a, b): (usize, usize),
        before: &mut Alike,
    ) -> Result<Option<OfPair>, CompareError> {
        let recordings = self.recordings;
        let (Some(text_a), Some(text_b)) = (self.text(a), self.text(b)) else {
            return Ok(None);
        };
        if text_a.request_hash != text_b.request_hash {
            return Ok(Some(OfPair::Changed));
        }
        // of two reading parts the newest at hand is applied to both sides
        let newest = if recordings[b].header().started > recordings[a].header().started {
            (b, text_b)
        } else {
            (a, text_a)
        };
        let scenario = self.scenario(newest.0, newest.1)?;
        let of_a = self.labelled(a, &scenario)?;
        let of_b = self.labelled(b, &scenario)?;
        if of_a.repeats == 0 || of_b.repeats == 0 {
            return Ok(None);
        }
        let both = of_a.repeats.min(of_b.repeats);
        let realised = |cloud: usize| recordings[cloud].header().cloud.realised(&scenario);
        let (Some(in_a), Some(in_b)) = (realised(a), realised(b)) else {
            return Ok(Some(OfPair::Ran(both, None)));
        };
        let sides = [(in_a, &of_a), (in_b, &of_b)];
        let mut compared = before.or_else(sides, || {
            if in_a.realises == in_b.realises {
                compare_scenario(in_a, &of_a, &of_b)
            } else {
                let side = |scenario, labelled| Realised { scenario, labelled };
                compare_meaning(&scenario, &side(in_a, &of_a), &side(in_b, &of_b))
            }
        });
        if is_one_host(recordings, a, b) {
            consistency::set_apart(&mut compared);
        }
        self.first.get_or_insert_with(|| scenario.clone());
        Ok(Some(OfPair::Ran(both, Some(Box::new(compared)))))
    }

    /// `None`: the cloud doesn't have it.
    fn cloud(&mut self, cloud: usize) -> Result<Option<OfCloud>, CompareError> {
        let Some(text) = self.text(cloud) else {
            return Ok(None);
        };
        let scenario = self.scenario(cloud, text)?;
        let labelled = self.labelled(cloud, &scenario)?;
        let mut of = OfCloud {
            repeats: labelled.repeats,
            set_aside: labelled.set_aside,
            ..OfCloud::default()
        };
        if let Some(realised) = self.recordings[cloud].header().cloud.realised(&scenario) {
            of.unstable = unstable(realised, &labelled);
            of.measured = measured(realised, &labelled);
            of.wellness.add(realised, &labelled);
        }
        let reached = labelled.steps.iter().filter(|(_, step)| step.was_reached());
        of.reached = reached.map(|(key, _)| key.clone()).collect();
        self.first.get_or_insert(scenario);
        Ok(Some(of))
    }

    fn text(&self, cloud: usize) -> Option<&'a ScenarioText> {
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
