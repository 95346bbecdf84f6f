//! What a scenario may hold and send, as far as its text shows. Upper bounds for resources, a guess
//! for requests; fixtures are added by the suite.

use super::model::{RequestStep, Scenario, Step, StepKind};
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
        }) => {
            let held = peak.entry(undo.kind.clone()).or_default();
            *held = held.saturating_add(times);
        }
        StepKind::Group(steps) => {
            for step in steps {
                hold(step, times, peak);
            }
        }
        StepKind::Request(_) | StepKind::Poll(_) | StepKind::Pages(_) => {}
    }
}

fn requests(step: &Step) -> u64 {
    let once = match &step.kind {
        StepKind::Request(act) if act.undo.is_some() => 1 + UNDO,
        StepKind::Request(_) => 1,
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
        StepKind::Group(steps) => steps.iter().map(requests).sum(),
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
}
