//! What a scenario may hold and send, as far as its text shows. Upper bounds for resources, a guess
//! for requests; fixtures are added by the suite.

use super::boundary::{BoundaryStep, Search};
use super::model::{RequestStep, Scenario, Step, StepKind, Undo};
use super::race::RunnerStep;
use std::collections::BTreeMap;

/// Attempts that a poll is taken to need.
const ATTEMPTS: f64 = 15.0;

/// Pages that a walk is taken to need.
const PAGES: u64 = 5;

/// A delete, and two looks that it is gone.
const UNDO: u64 = 3;

impl Scenario {
    /// How many of each resource kind it may hold at once, its fixtures not counted.
    #[must_use]
    pub fn peak(&self) -> BTreeMap<String, u32> {
        let mut peak = BTreeMap::new();
        for step in &self.steps {
            hold(step, 1, &mut peak);
        }
        peak
    }

    /// About how many requests one execution sends, undo included and its fixtures not counted.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.steps.iter().map(requests).sum()
    }
}

fn rows(step: &Step) -> u32 {
    u32::try_from(step.each.len().max(1)).unwrap_or(u32::MAX)
}

fn hold(step: &Step, times: u32, peak: &mut BTreeMap<String, u32>) {
    let times = times.saturating_mul(rows(step));
    match &step.kind {
        StepKind::Request(RequestStep {
            undo: Some(undo), ..
        }) => add(undo, times, peak),
        StepKind::Runner(RunnerStep {
            act: RequestStep {
                undo: Some(undo), ..
            },
            times: runners,
        }) => add(undo, times.saturating_mul(*runners), peak),
        // what one probe made is gone before the next
        StepKind::Boundary(BoundaryStep {
            undo: Some(undo), ..
        }) => add(undo, 1, peak),
        _ => {
            for step in step.inner() {
                hold(step, times, peak);
            }
        }
    }
}

fn add(undo: &Undo, times: u32, peak: &mut BTreeMap<String, u32>) {
    let held = peak.entry(undo.kind.clone()).or_default();
    *held = held.saturating_add(times);
}

/// A request, and what it takes to take away what it made.
fn with_undo(undo: Option<&Undo>) -> u64 {
    if undo.is_some() { 1 + UNDO } else { 1 }
}

fn requests(step: &Step) -> u64 {
    let once = match &step.kind {
        StepKind::Request(act) => with_undo(act.undo.as_ref()),
        StepKind::Runner(runner) => with_undo(runner.act.undo.as_ref()) * u64::from(runner.times),
        StepKind::Boundary(act) => {
            Search::most_probes(act.from, act.to) * with_undo(act.undo.as_ref())
        }
        StepKind::Consistency(probe) => {
            let write = probe.write.as_deref().map_or(0, requests);
            let reads = u64::try_from(probe.reads.len()).unwrap_or(u64::MAX);
            write + probe.fewest_turns().saturating_mul(reads)
        }
        StepKind::Read(_) => 1,
        StepKind::Poll(act) => {
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "between 1 and 15"
            )]
            let attempts = (act.deadline as f64 / act.every).clamp(1.0, ATTEMPTS) as u64;
            attempts
        }
        StepKind::Pages(act) => PAGES.min(u64::from(act.most)),
        StepKind::Group(_) | StepKind::Race(_) | StepKind::During(_) => {
            step.inner().into_iter().map(requests).sum()
        }
    };
    once.saturating_mul(u64::from(rows(step)))
}

#[cfg(test)]
mod tests {
    use crate::scenario::{ScenarioId, Suite};

    const FILE: &str = r#"
title   = "A title"
why     = "A reason"
service = "network"
refs    = ["https://example.org"]
hazard  = "consumes"
use     = ["fixtures/network-with-subnet", { fixture = "fixtures/network-with-subnet", as = "other" }]

[[step]]
id   = "names"
each = [{ id = "a", value = "a" }, { id = "b", value = "b" }]

[[step.step]]
id      = "port"
request = "POST /ports"
version = ["1.0", "2.0", "3.0"]
json    = { port = { name = "{{ name }}", network_id = "{{ network_with_subnet.network }}", device_owner = "{{ row.value }}" } }
undo    = "network.port"

[[step]]
id      = "network"
request = "POST /networks"
json    = { network = { name = "{{ name.b }}" } }
undo    = { kind = "network.network", name = "{{ name.b }}" }

[[step]]
id       = "wait"
poll     = "GET /networks/{{ other.network }}"
until    = { status = 200 }
every    = 2
deadline = 6
"#;

    #[test]
    fn rows_multiply_and_fixtures_add() {
        let built_in = Suite::builtin().unwrap();
        let fixture = ScenarioId("fixtures/network-with-subnet".into());
        let texts = [
            (
                fixture.clone(),
                built_in.get(&fixture).unwrap().source.clone(),
            ),
            (ScenarioId("a/b".into()), FILE.to_owned()),
        ];
        let suite = Suite::of_texts(texts).unwrap_or_else(|e| panic!("{e}"));
        let scenario = suite.get(&ScenarioId("a/b".into())).unwrap();
        let own = scenario.peak();
        assert_eq!(own["network.port"], 6);
        assert_eq!(own["network.network"], 1);
        let all = suite.peak(scenario);
        assert_eq!(all["network.port"], 6);
        assert_eq!(all["network.network"], 3);
        assert_eq!(all["network.subnet"], 2);
        // Six ports and a network, each with its undo, and three polls.
        assert_eq!(scenario.requests(), 6 * 4 + 4 + 3);
        assert_eq!(suite.requests(scenario), 6 * 4 + 4 + 3 + 2 * 8);
    }

    #[test]
    fn a_search_holds_one_thing_and_a_race_all_of_its_own() {
        const TEXT: &str = r#"
title   = "A title"
why     = "A reason"
service = "compute"
refs    = ["https://example.org"]
hazard  = "consumes"

[[step]]
id       = "length"
request  = "POST /os-keypairs"
boundary = { vary = "len", from = 31, to = 287, accept = { status = 200 } }
json     = { keypair = { name = "{{ pad(name, len) }}" } }
undo     = { kind = "compute.keypair", name = "{{ pad(name, len) }}" }

[[step]]
id = "race"

[[step.race]]
id      = "post"
times   = 3
request = "POST /servers"
json    = { server = { name = "{{ name }}" } }
undo    = "compute.server"

[[step]]
id          = "probe"
consistency = { quiet = 2, every = 0.5 }

[[step.read]]
id      = "list"
request = "GET /servers"
fresh   = { status = 200 }
"#;
        let scenario = crate::scenario::Scenario::parse(ScenarioId("a/b".into()), "a.toml", TEXT);
        let scenario = scenario.unwrap_or_else(|problems| panic!("{problems}"));
        let peak = scenario.peak();
        assert_eq!((peak["compute.keypair"], peak["compute.server"]), (1, 3));
        // twelve probes with their undo, three runners with theirs, five turns of one read
        assert_eq!(scenario.requests(), 12 * 4 + 3 * 4 + 5);
    }
}
