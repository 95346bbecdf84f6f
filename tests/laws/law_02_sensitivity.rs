//! Change one behaviour of a cloud, anywhere a scenario looks and beyond what the class of that place deliberately
//! forgets, and there is a finding at that place, with the right direction.

use crate::data::{Cloud, NEW, ZED};
use crate::mutate::{self, Mutation, Operator, Path, Segment};
use interop::compare::{Difference, Kind, compare_scenario};
use interop::observe::{self, Part};
use interop::recording::Execution;
use interop::scenario::{Scenario, StepKind};
use std::collections::BTreeSet;

/// Drawn mutations; the seed is fixed here, and drawn anew by `INTEROP_SEED`.
const DRAWN: usize = 500;
/// Of the ten: as many as a run has by default.
const REPEATS: usize = 3;

#[test]
fn at_least_97_percent_of_500_drawn_changes_are_seen_where_they_are() {
    let seed = std::env::var("INTEROP_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(20_261_123);
    let mut candidates = Vec::new();
    for cloud in [&*ZED, &*NEW] {
        for (scenario, executions) in &cloud.scenarios {
            candidates.extend(mutations(cloud, scenario, executions));
        }
    }
    let total = candidates.len();
    assert!(total > 2 * DRAWN, "{total} changes to draw from");
    let mut random = seed;
    let (mut seen, mut placed, mut missed) = (0, 0, Vec::new());
    for _ in 0..DRAWN {
        let (cloud, scenario, executions, mutation) = &candidates[next(&mut random) % total];
        let found = differences(cloud, scenario, executions, mutation);
        if found.is_empty() {
            missed.push(format!("unseen: {} {mutation}", scenario.id));
            continue;
        }
        seen += 1;
        if found.iter().any(|d| fits(d, mutation)) {
            placed += 1;
        } else {
            let places: Vec<_> = found
                .iter()
                .map(|d| format!("{}#{} {} {:?}", d.step, d.rows.join("/"), d.place, d.kind))
                .collect();
            missed.push(format!(
                "misplaced: {} {mutation} → {}",
                scenario.id,
                places.join("; ")
            ));
        }
    }
    let report = missed.join("\n");
    eprintln!(
        "{total} changes, {DRAWN} drawn with seed {seed}: {seen} seen, {placed} at the right place\n{report}"
    );
    assert!(seen * 100 >= DRAWN * 97, "{seen} of {DRAWN} seen\n{report}");
    assert!(
        placed * 100 >= DRAWN * 97,
        "{placed} of {DRAWN} at the right place\n{report}"
    );
}

type Candidate = (
    &'static Cloud,
    &'static Scenario,
    &'static [Execution],
    Mutation,
);

/// Every change of a scenario's answers that is not declared forgotten.
fn mutations(
    cloud: &'static Cloud,
    scenario: &'static Scenario,
    executions: &'static [Execution],
) -> Vec<Candidate> {
    let (counted, _) = observe::counted(executions);
    let steps: Vec<String> = observe::leaves(&scenario.steps)
        .iter()
        .map(|step| step.id.clone())
        .collect();
    // walks are observed over all their pages, not by their last answer
    let walks: BTreeSet<String> = observe::leaves(&scenario.steps)
        .into_iter()
        .filter(|step| matches!(step.kind, StepKind::Pages(_)))
        .map(|step| step.id.clone())
        .collect();
    let steps: Vec<String> = steps
        .into_iter()
        .filter(|step| !walks.contains(step))
        .collect();
    mutate::all(counted[0], &steps)
        .into_iter()
        .filter(|mutation| {
            !observe::forgets(
                &cloud.header,
                scenario,
                counted[0],
                &place(mutation, counted[0]),
            )
        })
        .filter(|mutation| {
            counted
                .iter()
                .take(REPEATS)
                .all(|e| mutate::apply(e, mutation).is_some())
        })
        .map(|mutation| (cloud, scenario, executions, mutation))
        .collect()
}

/// What a mutation changes, in the words of [`observe::forgets`].
fn place(mutation: &Mutation, execution: &Execution) -> observe::Change {
    let (part, path, what) = match &mutation.operator {
        Operator::Status(_) => (Part::Status, Path::new(), observe::Aspect::Value),
        Operator::AddHeader => (Part::Header, named("x-added"), observe::Aspect::Presence),
        Operator::RemoveHeader(name) => (Part::Header, named(name), observe::Aspect::Presence),
        Operator::ChangeHeader(name) => (Part::Header, named(name), observe::Aspect::Value),
        Operator::Remove(path) | Operator::Rename(path) => {
            (Part::Body, path.clone(), observe::Aspect::Presence)
        }
        Operator::Null(path) | Operator::Type(path) => {
            (Part::Body, path.clone(), observe::Aspect::Type)
        }
        Operator::Change(path) => (Part::Body, path.clone(), observe::Aspect::Value),
        Operator::Reverse(path) => (Part::Body, path.clone(), observe::Aspect::Order),
        Operator::Text => (Part::Body, Path::new(), observe::Aspect::Value),
    };
    observe::Change {
        exchange: mutate::last_of(execution, &mutation.step, &mutation.rows).unwrap(),
        part,
        path: path
            .iter()
            .map(|segment| match segment {
                Segment::Member(name) => name.clone(),
                Segment::Index(index) => index.to_string(),
            })
            .collect(),
        aspect: what,
    }
}

fn named(header: &str) -> Path {
    vec![Segment::Member(header.to_owned())]
}

fn differences(
    cloud: &Cloud,
    scenario: &Scenario,
    executions: &[Execution],
    mutation: &Mutation,
) -> Vec<Difference> {
    let some: Vec<Execution> = observe::counted(executions)
        .0
        .into_iter()
        .take(REPEATS)
        .cloned()
        .collect();
    let mutated: Vec<Execution> = some
        .iter()
        .map(|e| mutate::apply(e, mutation).unwrap())
        .collect();
    let before = cloud.labelled(scenario, &some, |_| true);
    let after = cloud.labelled(scenario, &mutated, |_| true);
    compare_scenario(scenario, &before, &after).differences
}

/// At the changed step, at the changed place or what stands for it, and of a kind that says so.
fn fits(difference: &Difference, mutation: &Mutation) -> bool {
    if difference.step != mutation.step || difference.rows != mutation.rows {
        return false;
    }
    let last = |path: &Path| match path.iter().rev().find(|s| matches!(s, Segment::Member(_))) {
        Some(Segment::Member(name)) => name.clone(),
        _ => "$".to_owned(),
    };
    let place = &difference.place;
    // an item whose key changed is another item of the same list
    let list = |path: &Path| match path.iter().rposition(|s| matches!(s, Segment::Index(_))) {
        Some(0) => place.starts_with("$[") || place.starts_with("$#"),
        Some(index) => {
            matches!(&path[index - 1], Segment::Member(name) if place.contains(&format!("{name}[")))
        }
        None => false,
    };
    let at = |path: &Path| {
        place.contains(&last(path))
            || list(path)
            || place.starts_with("error")
            || place.contains('‹')
    };
    match &mutation.operator {
        Operator::Status(_) => place == "status",
        Operator::AddHeader => difference.kind == Kind::HeaderAdded,
        Operator::RemoveHeader(name) => {
            *place == format!("header {name}") && difference.kind == Kind::HeaderRemoved
        }
        Operator::ChangeHeader(name) => *place == format!("header {name}"),
        Operator::Remove(path) => at(path) && !matches!(difference.kind, Kind::FieldAdded),
        Operator::Rename(path)
        | Operator::Null(path)
        | Operator::Type(path)
        | Operator::Change(path)
        | Operator::Reverse(path) => at(path),
        Operator::Text => place == "body" || place.starts_with("error"),
    }
}

/// A small generator of its own, so that the draw is the same on every machine (Steele, Lea, Flood: `SplitMix64`).
fn next(state: &mut u64) -> usize {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    usize::try_from((z ^ (z >> 31)) >> 1).unwrap()
}
