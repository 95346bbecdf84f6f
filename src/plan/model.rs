//! What is going to be run: the types that planning hands to the run and to `interop plan`.

use crate::profile::Limits;
use crate::recording::{Discovery, Skip, Target};
use crate::scenario::{Hazard, Lock, Scenario, ScenarioId, Suite};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Every scenario and fixture that a run may need, by id.
pub type Library = BTreeMap<ScenarioId, Arc<Scenario>>;

/// All scenarios and fixtures of a suite.
pub fn library(suite: &Suite) -> Library {
    suite
        .scenarios()
        .chain(suite.fixtures())
        .map(|scenario| (scenario.id.clone(), Arc::new(scenario.clone())))
        .collect()
}

/// What of a library means something on a cloud: each scenario that several families realise as the cloud's own.
pub fn library_on(library: &Library, family: &str, discovery: &Discovery) -> Library {
    let has = |service: &str| discovery.services.contains_key(service);
    library
        .iter()
        .map(|(id, scenario)| {
            let here = match scenario.realised(family, &has) {
                Some(realisation) if !scenario.on.is_empty() => Arc::new(realisation.clone()),
                _ => Arc::clone(scenario),
            };
            (id.clone(), here)
        })
        .collect()
}

/// How much is run, and what is allowed.
#[derive(Clone, Debug)]
pub struct PlanOptions {
    pub round: u32,
    /// Executions of each scenario on each cloud. At least 1.
    pub repeats: u32,
    pub hazards: BTreeSet<Hazard>,
    /// Scenarios at once on one cloud, where lower than the profile's limit.
    pub concurrency: Option<u32>,
    /// 32 bytes from the OS random source: nonces and seeds follow from them.
    pub seed: [u8; 32],
    pub budgets: Budgets,
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self {
            round: 1,
            repeats: 3,
            hazards: [Hazard::None, Hazard::Consumes].into(),
            concurrency: None,
            seed: [0; 32],
            budgets: Budgets::default(),
        }
    }
}

/// Ceilings on what a run may use of each cloud. They stop before, not after.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Budgets {
    /// Servers that exist at once.
    pub servers: Option<u32>,
    /// Requests in the whole run.
    pub requests: Option<u64>,
    /// Minutes of the whole run.
    pub minutes: Option<f64>,
}

/// A cloud as planning sees it.
#[derive(Clone, Copy, Debug)]
pub struct PlanSide<'a> {
    pub name: &'a str,
    /// `openstack`, `s3`
    pub family: &'a str,
    pub target: &'a Target,
    pub discovery: &'a Discovery,
    pub limits: &'a Limits,
    /// Roles of the profile's users whose account may be locked out.
    pub expendable: &'a BTreeSet<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// In the order in which the clouds were named.
    pub sides: Vec<SidePlan>,
    pub repeats: u32,
    /// What is skipped on every cloud because a budget would not have been enough.
    pub cut: BTreeMap<ScenarioId, Skip>,
}

/// What is going to be run on one cloud.
#[derive(Clone, Debug, Default)]
pub struct SidePlan {
    pub name: String,
    pub target: Target,
    /// Every scenario and fixture as it is run here.
    pub library: Arc<Library>,
    /// Scenarios at once.
    pub at_once: u32,
    /// How many of a kind may exist at once, by `counts` of the resource kinds.
    pub ceilings: BTreeMap<String, u32>,
    /// In the order of starting.
    pub jobs: Vec<Job>,
    /// What users of a shared fixture of a repeat have in common.
    pub shared: BTreeMap<SharedKey, SharedFixture>,
    pub selected: Vec<ScenarioId>,
    pub skipped: BTreeMap<ScenarioId, Skip>,
}

/// One execution that is to be started.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    pub scenario: ScenarioId,
    pub round: u32,
    pub repeat: u32,
    /// Tries before this one that were set aside.
    pub attempt: u32,
    pub nonce: String,
    /// Held from its first request until its last thing is gone.
    pub locks: Vec<Lock>,
    /// Most of each kind that it has at once, own fixtures included.
    pub needs: BTreeMap<String, u32>,
    pub shared: Vec<SharedKey>,
    /// Estimates, its undo and own fixtures included.
    pub requests: u64,
    pub seconds: f64,
}

/// A shared fixture of one repeat.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SharedKey {
    pub repeat: u32,
    pub fixture: ScenarioId,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SharedFixture {
    pub locks: Vec<Lock>,
    pub needs: BTreeMap<String, u32>,
    pub requests: u64,
    pub seconds: f64,
}
