//! What a step captured, and a later one sends, is another value on one cloud, or none: what comes after follows from it.

use super::model::{Difference, Kind, State, StepState};
use crate::observe::{leaves, parts};
use crate::scenario::{Scenario, Source, Step, StepKind};
use std::collections::{BTreeMap, BTreeSet};

/// Of the differences of one scenario: index → index of the one that it follows from.
pub fn carried(scenario: &Scenario, differences: &[Difference]) -> BTreeMap<usize, usize> {
    let steps = leaves(&scenario.steps);
    let mut found = BTreeMap::new();
    for (index, cause) in differences.iter().enumerate() {
        if !matches!(cause.kind, Kind::Value | Kind::Echo | Kind::Format) {
            continue;
        }
        let Some(at) = steps.iter().position(|step| step.id == cause.step) else {
            continue;
        };
        let captures = parts(steps[at]).map(|parts| parts.captures);
        let names = captures
            .into_iter()
            .flatten()
            .filter(|(_, source)| matches!(source, Source::Json(path) if *path == cause.place));
        let names: BTreeSet<String> = names.map(|(name, _)| name.clone()).collect();
        for (later, difference) in differences.iter().enumerate() {
            let after = steps
                .iter()
                .skip(at + 1)
                .find(|step| step.id == difference.step);
            let sends = after
                .and_then(|step| parts(step))
                .is_some_and(|parts| !names.is_disjoint(&parts.request.variables()));
            if sends {
                found.entry(later).or_insert(index);
            }
        }
    }
    for step in steps {
        found.extend(walked(step, differences));
    }
    found
}

/// Of the differences of a walk through pages: how it goes on follows from that the member by which the next page is asked for is
/// not there, or is called otherwise.
fn walked(step: &Step, differences: &[Difference]) -> BTreeMap<usize, usize> {
    let StepKind::Pages(walk) = &step.kind else {
        return BTreeMap::new();
    };
    let Some(member) = walk.next.of_item() else {
        return BTreeMap::new();
    };
    let of_step = || {
        let all = differences.iter().enumerate();
        all.filter(|(_, difference)| difference.step == step.id)
    };
    let lacks = |difference: &Difference| {
        use Kind::{FieldAdded, FieldRemoved, FieldRenamed};
        let kind = matches!(difference.kind, FieldAdded | FieldRemoved | FieldRenamed);
        kind && difference.place == member
    };
    let Some((cause, _)) = of_step().find(|(_, difference)| lacks(difference)) else {
        return BTreeMap::new();
    };
    let paged = of_step().filter(|(_, difference)| difference.kind == Kind::Paging);
    paged.map(|(later, _)| (later, cause)).collect()
}

/// Of the differences of one scenario, those that come after a write, or a wait for a state, that could not be sent on one cloud:
/// index → index of the one that it could not be sent for.
pub fn unsent(
    scenario: &Scenario,
    steps: &[StepState],
    differences: &[Difference],
) -> BTreeMap<usize, usize> {
    let leaves = leaves(&scenario.steps);
    let position = |id: &str| leaves.iter().position(|step| step.id == id);
    let blocked = steps.iter().filter(|step| step.state == State::Blocked);
    let unsent = blocked.filter_map(|step| {
        let at = position(&step.step)?;
        let reads = parts(leaves[at])?.request.only_reads();
        let waits = matches!(leaves[at].kind, StepKind::Poll(_));
        (waits || !reads).then_some((at, step.because_of?, reads))
    });
    let unsent: BTreeSet<(usize, usize, bool)> = unsent.collect();
    let follows_from = |later: usize, difference: &Difference| {
        let at = position(&difference.step)?;
        // what was not waited for is in another state, and answers as before
        let first = unsent.iter().find(|(first, cause, only_waited)| {
            *first < at && *cause != later && (!only_waited || difference.place.starts_with('$'))
        });
        first.map(|(_, cause, _)| *cause)
    };
    let later = differences.iter().enumerate();
    later
        .filter_map(|(index, difference)| Some((index, follows_from(index, difference)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Asker, EvidenceRef};
    use crate::scenario::ScenarioId;

    const TEXT: &str = r#"
title   = "A gateway is attached to a network"
why     = "Of no concern here."
service = "network"
refs    = ["https://example.com"]
hazard  = "consumes"

[[step]]
id      = "create"
request = "POST /networks"
json    = { network = { name = "{{ name }}" } }
capture = { network = "$.network.id" }
undo    = "network.network"

[[step]]
id      = "before"
request = "GET /routers"

[[step]]
id      = "attach"
request = "PUT /networks/{{ network }}"
json    = { network = { shared = true } }

[[step]]
id      = "after"
request = "GET /networks"
"#;

    const ID: &str = "network/network/x";

    fn scenario(text: &str) -> Scenario {
        Scenario::parse(ScenarioId(ID.into()), "x.toml", text).unwrap_or_else(|p| panic!("{p}"))
    }

    fn difference(step: &str, place: &str, kind: Kind) -> Difference {
        Difference {
            scenario: ID.into(),
            service: "network".into(),
            operation: "GET /networks".into(),
            place: place.into(),
            kind,
            asker: Asker::Owner,
            a: "1".into(),
            b: "2".into(),
            step: step.into(),
            rows: vec![],
            repeats: (3, 3),
            evidence: (EvidenceRef::default(), EvidenceRef::default()),
        }
    }

    fn blocked(step: &str) -> StepState {
        StepState {
            scenario: ID.into(),
            service: "network".into(),
            step: step.into(),
            rows: vec![],
            state: State::Blocked,
            why: "needs network".into(),
            because_of: Some(0),
        }
    }

    #[test]
    fn a_walk_that_has_nothing_to_go_on_with_is_no_difference_of_its_own() {
        const WALK: &str = r#"
title   = "Pages"
why     = "Of no concern here."
service = "network"
refs    = ["https://example.com"]

[[step]]
id    = "walk"
pages = "GET /networks?limit=2"
items = "$.networks"
next  = { marker = "$.networks[-1].id", param = "marker" }
"#;
        let scenario = scenario(WALK);
        let difference = |place, kind| difference("walk", place, kind);
        let ends = difference("pages end", Kind::Paging);
        let of = |place| {
            let cause = difference(place, Kind::FieldRenamed);
            carried(&scenario, &[ends.clone(), cause])
        };
        assert_eq!(of("$.networks[].id"), [(0, 1)].into());
        assert_eq!(of("$.networks[].name"), BTreeMap::new());
    }

    #[test]
    fn what_comes_after_a_write_that_could_not_be_sent_follows_from_what_it_lacks() {
        let scenario = scenario(TEXT);
        let difference = |step, place| difference(step, place, Kind::FieldRemoved);
        let blocked = blocked("attach");
        let differences = [
            difference("create", "$.network.id"),
            difference("before", "$.routers"),
            difference("after", "$.networks[own].shared"),
        ];
        let steps = std::slice::from_ref(&blocked);
        assert_eq!(unsent(&scenario, steps, &differences), [(2, 0)].into());
        // on neither cloud
        let blocked = StepState {
            because_of: None,
            ..blocked
        };
        assert!(unsent(&scenario, &[blocked], &differences).is_empty());
    }

    #[test]
    fn what_was_not_waited_for_is_in_another_state_and_is_answered_as_ever() {
        const WAIT: &str = r#"
[[step]]
id      = "wait"
poll    = "GET /networks/{{ network }}"
observe = { state = "$.network.status" }
until   = { "$.network.status" = "ACTIVE" }

[[step]]
id      = "then"
request = "GET /networks?limit=5"
"#;
        let scenario = scenario(&format!("{TEXT}{WAIT}"));
        let difference = |step, place| difference(step, place, Kind::Value);
        let blocked = blocked("wait");
        let differences = [
            difference("create", "$.network.id"),
            difference("then", "$.networks[own].status"),
            difference("then", "status"),
        ];
        assert_eq!(unsent(&scenario, &[blocked], &differences), [(1, 0)].into());
    }
}
