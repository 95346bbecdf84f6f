//! What a plan would do to each cloud, for `interop plan`.

use crate::plan::cost::{Pace, cost};
use crate::plan::model::{Library, Plan};
use crate::plan::simulate::simulate;
use crate::plan::skip::with_fixtures;
use crate::recording::Skip;
use crate::scenario::{Hazard, ScenarioId};
use std::collections::{BTreeMap, BTreeSet};

/// What is about to happen to one cloud.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    pub cloud: String,
    pub scenarios: usize,
    pub executions: usize,
    /// Scenarios (or fixtures) by hazard; `none` is not listed.
    pub hazards: BTreeMap<Hazard, BTreeSet<ScenarioId>>,
    /// Most of each kind at once.
    pub peak: BTreeMap<String, u32>,
    /// Of each kind over the whole run: what a cloud may bill for.
    pub made: BTreeMap<String, u64>,
    /// By what they do: `read`, `create`, `change`, `delete`, `undo`.
    pub requests: BTreeMap<String, u64>,
    pub skipped: BTreeMap<ScenarioId, Skip>,
}

/// What is about to happen, and how long it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    pub clouds: Vec<Explained>,
    /// On clouds like those that the estimates were measured on.
    pub minutes: f64,
    /// On clouds whose servers take 60 s to boot.
    pub minutes_slow_boot: f64,
}

/// Explains a plan.
pub fn explain(plan: &Plan) -> Explanation {
    let measured = simulate(plan, Pace::MEASURED);
    let slow = simulate(plan, Pace::SLOW_BOOT);
    let clouds = plan.sides.iter().enumerate().map(|(index, side)| {
        let library: &Library = &side.library;
        let mut explained = Explained {
            cloud: side.name.clone(),
            scenarios: 0,
            executions: side.jobs.len(),
            hazards: BTreeMap::new(),
            peak: measured.peak.get(index).cloned().unwrap_or_default(),
            made: BTreeMap::new(),
            requests: BTreeMap::new(),
            skipped: side.skipped.clone(),
        };
        let run: BTreeSet<&ScenarioId> = side.jobs.iter().map(|job| &job.scenario).collect();
        explained.scenarios = run.len();
        for id in run {
            for part in library
                .get(id)
                .into_iter()
                .flat_map(|s| with_fixtures(s, library))
            {
                if part.hazard != Hazard::None {
                    let same = explained.hazards.entry(part.hazard).or_default();
                    same.insert(part.id.clone());
                }
            }
        }
        let jobs = side.jobs.iter().map(|job| &job.scenario);
        let shared = side.shared.keys().map(|key| &key.fixture);
        for id in jobs.chain(shared) {
            let Some(scenario) = library.get(id) else {
                continue;
            };
            let cost = cost(scenario, library, Pace::MEASURED);
            for (class, count) in &cost.requests {
                *explained.requests.entry((*class).to_owned()).or_default() += count;
            }
            for (kind, count) in &cost.most {
                *explained.made.entry(kind.clone()).or_default() += u64::from(*count);
            }
        }
        explained
    });
    Explanation {
        clouds: clouds.collect(),
        minutes: measured.seconds / 60.0,
        minutes_slow_boot: slow.seconds / 60.0,
    }
}
