//! Recordings → report: everything right of `recording`, in one call. No network, no clock, no randomness.

use crate::compare::{self, CompareError, Comparison, EvidenceRef};
use crate::judge::{
    Baseline, CloudInput, Compared, Evidence, Impact, Inputs, JudgeError, NoEvidence, Ranking,
    Report, RuleError, Rules, ScenarioInfo, Waivers, Weights, judge, rank,
};
use crate::observe::{FileError, Noise};
use crate::recording::{Execution, Outcome, Recording, ScenarioText};
use crate::scenario::{Proven, Scenario, ScenarioId};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// What a reader may choose.
pub struct Choices {
    pub waivers: Waivers,
    pub baseline: Option<Baseline>,
    /// `2026-11-23`
    pub as_of: String,
    pub fail_on: Impact,
    /// Names of clouds whose shipped profile never ran.
    pub untested: Vec<String>,
}

impl Choices {
    /// As of a day, nothing is waived and nothing known from before.
    pub fn at(as_of: String) -> Self {
        Self {
            waivers: Waivers::default(),
            baseline: None,
            as_of,
            fail_on: Impact::Breaks,
            untested: Vec::new(),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ReadingError {
    #[error(transparent)]
    Compare(#[from] CompareError),
    #[error(transparent)]
    Rules(#[from] RuleError),
    #[error(transparent)]
    Judge(#[from] JudgeError),
    #[error("the noise file that a recording carries can't be read by this version:\n{0}")]
    Noise(#[from] FileError),
    #[error("the file of where scenarios ran: {0}")]
    Proven(#[from] toml::de::Error),
}

/// Compares and judges. The same recordings and choices give the same report, byte for byte.
pub fn report(recordings: &[Recording], choices: &Choices) -> Result<Report, ReadingError> {
    let (compared, noise) = compared(recordings, choices)?;
    let evidence = Lookup {
        recordings,
        last: Mutex::new(BTreeMap::new()),
    };
    judged(recordings, choices, (&compared, &noise), &evidence)
}

/// The same without looking up what was sent and came: no examples.
pub fn report_in_short(
    recordings: &[Recording],
    choices: &Choices,
) -> Result<Report, ReadingError> {
    let (compared, noise) = compared(recordings, choices)?;
    judged(recordings, choices, (&compared, &noise), &NoEvidence)
}

/// The candidates after the first recording, in the order of what moving there costs.
pub fn ranking(
    recordings: &[Recording],
    choices: &Choices,
    weights: &Weights,
) -> Result<Ranking, ReadingError> {
    let (compared, noise) = compared(recordings, choices)?;
    let report = judged(recordings, choices, (&compared, &noise), &NoEvidence)?;
    let none = BTreeMap::new();
    let service = |scenario: &str| {
        let scenario = compared.scenarios.get(scenario);
        scenario.map_or_else(String::new, |scenario| scenario.service.clone())
    };
    let of = Compared {
        pairs: &compared.pairs,
        reached: compared.reached.first().unwrap_or(&none),
        service: &service,
    };
    Ok(rank(&report, &of, weights))
}

fn compared(
    recordings: &[Recording],
    choices: &Choices,
) -> Result<(Comparison, Vec<Noise>), ReadingError> {
    let noise = recordings
        .iter()
        .map(|recording| noise(recording, &choices.as_of))
        .collect::<Result<Vec<_>, _>>()?;
    Ok((compare::compare(recordings, &noise, &parse)?, noise))
}

fn judged(
    recordings: &[Recording],
    choices: &Choices,
    (compared, noise): (&Comparison, &[Noise]),
    evidence: &dyn Evidence,
) -> Result<Report, ReadingError> {
    let rules = Rules::embedded()?;
    let proven = Proven::builtin()?;
    let clouds: Vec<CloudInput<'_>> = recordings
        .iter()
        .enumerate()
        .map(|(index, recording)| CloudInput {
            header: recording.header(),
            trailer: recording.trailer(),
            executions: compared.executions[index].0,
            set_aside: compared.executions[index].1,
            untested: choices.untested.contains(&recording.header().cloud.name),
            unstable: &compared.unstable[index],
            measured: &compared.measured[index],
            noise: &noise[index],
        })
        .collect();
    let scenarios: BTreeMap<String, ScenarioInfo> = compared
        .scenarios
        .iter()
        .map(|(id, s)| {
            (
                id.clone(),
                ScenarioInfo {
                    title: s.title.clone(),
                    service: s.service.clone(),
                },
            )
        })
        .collect();
    Ok(judge(&Inputs {
        clouds: &clouds,
        pairs: &compared.pairs,
        scenarios: &scenarios,
        evidence,
        rules: &rules,
        waivers: &choices.waivers,
        baseline: choices.baseline.as_ref(),
        proven: &proven,
        as_of: &choices.as_of,
        fail_on: choices.fail_on,
        tool_version: env!("CARGO_PKG_VERSION"),
    })?)
}

/// What is known to be unstable on the cloud, as its recording says.
pub fn noise(recording: &Recording, as_of: &str) -> Result<Noise, FileError> {
    let header = recording.header();
    Noise::of(header.noise.as_ref(), &header.cloud.name, as_of)
}

/// A scenario as a recording kept it.
pub fn parse(id: &str, text: &ScenarioText) -> Result<Scenario, String> {
    Scenario::parse_recorded(ScenarioId(id.to_owned()), id, &text.source)
        .map_err(|problems| problems.to_string())
}

/// A scenario and its executions.
type OfScenario = (String, Vec<Arc<Execution>>);

/// Executions by cloud, the last scenario asked for of each kept at hand.
struct Lookup<'a> {
    recordings: &'a [Recording],
    last: Mutex<BTreeMap<usize, OfScenario>>,
}

impl Evidence for Lookup<'_> {
    fn execution(&self, cloud: usize, scenario: &str, at: &EvidenceRef) -> Option<Arc<Execution>> {
        let mut last = self.last.lock().ok()?;
        let slot = last.entry(cloud).or_default();
        if slot.0 != scenario {
            let read = self.recordings.get(cloud)?.executions(scenario).ok()?;
            *slot = (
                scenario.to_owned(),
                read.into_iter().map(Arc::new).collect(),
            );
        }
        let mut here = slot
            .1
            .iter()
            .filter(|e| e.round == at.round && e.repeat == at.repeat);
        let done = here.clone().find(|e| e.outcome == Outcome::Done);
        done.or_else(|| here.next_back()).cloned()
    }
}
