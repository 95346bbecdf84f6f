//! The committed recordings, read once: ten scenarios, ten repeats, on two real `OpenStack` clouds.

use interop::compare::{Comparison, compare};
use interop::observe::{self, Labelled, Noise};
use interop::recording::{Answer, Execution, Header, Recording, ScenarioText};
use interop::scenario::{Scenario, ScenarioId};
use std::path::Path;
use std::sync::LazyLock;

pub struct Cloud {
    pub header: Header,
    pub scenarios: Vec<(Scenario, Vec<Execution>)>,
}

pub static ZED: LazyLock<Cloud> = LazyLock::new(|| read("lab-zed.rec"));
pub static NEW: LazyLock<Cloud> = LazyLock::new(|| read("lab-new.rec"));

pub fn open(name: &str) -> Recording {
    Recording::open(
        &Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/data")
            .join(name),
    )
    .unwrap()
}

pub fn parse(id: &str, text: &ScenarioText) -> Result<Scenario, String> {
    Scenario::parse(ScenarioId(id.to_owned()), id, &text.source)
        .map_err(|problems| problems.to_string())
}

/// One of `tests/data`, or any other by its path.
pub fn read(name: &str) -> Cloud {
    let recording = open(name);
    let header = recording.header().clone();
    let scenarios = header.plan.selected.iter().map(|id| {
        (
            parse(id, &header.scenarios[id]).unwrap(),
            recording.executions(id).unwrap(),
        )
    });
    Cloud {
        scenarios: scenarios.collect(),
        header: header.clone(),
    }
}

impl Cloud {
    /// The repeats of a scenario that `keep` lets through, labelled.
    pub fn labelled(
        &self,
        scenario: &Scenario,
        executions: &[Execution],
        keep: impl Fn(usize) -> bool,
    ) -> Labelled {
        let (counted, _) = observe::counted(executions);
        let observed: Vec<_> = counted
            .iter()
            .enumerate()
            .filter(|(index, _)| keep(*index))
            .map(|(_, e)| {
                (
                    e.round,
                    e.repeat,
                    observe::observe(&self.header, scenario, e),
                )
            })
            .collect();
        observe::label(&observed)
    }
}

pub fn compared(recordings: &[Recording]) -> Comparison {
    compared_with(recordings, &[])
}

/// The same, with what is known to be unstable on each.
pub fn compared_with(recordings: &[Recording], noise: &[Noise]) -> Comparison {
    compare(recordings, noise, &parse).unwrap()
}

/// Which scenario and header [`flapping`] is about.
pub const FLAPS: (&str, &str) = ("compute/flavor/list", "vary");

/// The old cloud under another name, with one header of one scenario in two of ten repeats only.
pub fn flapping(name: &str) -> Recording {
    changed(name, |repeat| repeat > 2, without_header)
}

/// Takes the header of [`FLAPS`] out of an answer.
pub fn without_header(answer: &mut Answer) {
    let keeps = |(name, _): &(String, String)| !name.eq_ignore_ascii_case(FLAPS.1);
    answer.headers.retain(keeps);
}

/// The old cloud under another name, with the answers of the scenario of [`FLAPS`] changed in some repeats.
pub fn changed(name: &str, when: impl Fn(u32) -> bool, change: impl Fn(&mut Answer)) -> Recording {
    let whole = open("lab-zed.rec");
    let mut header = ZED.header.clone();
    name.clone_into(&mut header.cloud.name);
    let mut executions: Vec<Execution> =
        ZED.scenarios.iter().flat_map(|(_, e)| e.clone()).collect();
    let chosen = executions
        .iter_mut()
        .filter(|e| e.scenario == FLAPS.0 && when(e.repeat))
        .flat_map(|e| &mut e.exchanges);
    for answer in chosen.filter_map(|exchange| exchange.answer.as_mut().ok()) {
        change(answer);
    }
    Recording::from_parts(header, executions, whole.trailer().cloned())
}

/// The same cloud again under another name.
pub fn renamed(recording: &Recording, cloud: &Cloud, name: &str) -> Recording {
    let mut header = cloud.header.clone();
    name.clone_into(&mut header.cloud.name);
    let executions: Vec<Execution> = cloud
        .scenarios
        .iter()
        .flat_map(|(_, e)| e.clone())
        .collect();
    Recording::from_parts(header, executions, recording.trailer().cloned())
}
