//! What judging needs to know.

use crate::compare::{EvidenceRef, Measured, PairResult, Unstable};
use crate::judge::{Baseline, Impact, Rules, Waivers};
use crate::observe::Noise;
use crate::recording::{Execution, Header, Trailer};
use crate::scenario::Proven;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything that a report is made of.
pub struct Inputs<'a> {
    /// In the order given: the first is where you are.
    pub clouds: &'a [CloudInput<'a>],
    pub pairs: &'a [PairResult],
    /// By scenario id. A scenario that is not here is called by its id.
    pub scenarios: &'a BTreeMap<String, ScenarioInfo>,
    pub evidence: &'a dyn Evidence,
    pub rules: &'a Rules,
    pub waivers: &'a Waivers,
    /// What was found before: only what is new since counts.
    pub baseline: Option<&'a Baseline>,
    /// Where scenarios ran before.
    pub proven: &'a Proven,
    /// Date that waivers were judged at: `2026-11-23`.
    pub as_of: &'a str,
    pub fail_on: Impact,
    pub tool_version: &'a str,
}

/// One cloud's recording, without its executions.
pub struct CloudInput<'a> {
    pub header: &'a Header,
    /// None: the recording ends before the run did.
    pub trailer: Option<&'a Trailer>,
    pub executions: u64,
    pub set_aside: u64,
    /// The profile that ships was never run.
    pub untested: bool,
    pub unstable: &'a [Unstable],
    /// What was timed or searched there.
    pub measured: &'a [Measured],
    /// What is known to be unstable there.
    pub noise: &'a Noise,
}

/// What people read about a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScenarioInfo {
    pub title: String,
    pub service: String,
}

/// Looks up in the recordings what a finding stands on.
pub trait Evidence {
    /// The execution of `scenario` on this cloud (by index) that `at` points into: the one that was
    /// not set aside. None where it can't be read.
    fn execution(&self, cloud: usize, scenario: &str, at: &EvidenceRef) -> Option<Arc<Execution>>;
}

/// No evidence at all: findings come without examples to look at.
pub struct NoEvidence;

impl Evidence for NoEvidence {
    fn execution(&self, _: usize, _: &str, _: &EvidenceRef) -> Option<Arc<Execution>> {
        None
    }
}
