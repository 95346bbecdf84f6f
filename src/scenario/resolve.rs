//! Scenarios meet their fixtures: whether these exist, have the outputs that are read, and don't use
//! each other in a circle. What a fixture needs, its users need too.

use super::diagnostic::{Diagnostic, suggestion};
use super::hash;
use super::model::{Lock, LockMode, Scenario, ScenarioId};
use super::parsed::Parsed;
use std::collections::{BTreeMap, BTreeSet};

/// Checks all uses of fixtures, then lets needs, requirements, locks, hazard and request hash of
/// each fixture flow into its users.
/// `fresh` are those that this was not done to yet.
pub(super) fn resolve(
    files: &mut BTreeMap<ScenarioId, Parsed>,
    fresh: &[ScenarioId],
) -> Vec<Diagnostic> {
    let mut problems: Vec<Diagnostic> = fresh
        .iter()
        .filter_map(|id| files.get(id))
        .flat_map(|parsed| unknown(parsed, files))
        .collect();
    if !problems.is_empty() {
        return problems;
    }
    let mut order = Vec::new();
    let mut state: BTreeMap<ScenarioId, Visit> = files
        .keys()
        .filter(|id| !fresh.contains(id))
        .map(|id| (id.clone(), Visit::Done))
        .collect();
    for id in fresh {
        visit(id, files, &mut state, &mut order, &mut problems);
    }
    if problems.is_empty() {
        for id in order {
            inherit(&id, files);
        }
    }
    problems
}

fn unknown(parsed: &Parsed, files: &BTreeMap<ScenarioId, Parsed>) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let fixtures: Vec<&str> = files
        .keys()
        .filter(|id| id.is_fixture())
        .map(|id| id.0.as_str())
        .collect();
    for used in &parsed.fixtures {
        if files.contains_key(&used.value) {
            continue;
        }
        let title = format!("no fixture `{}`", used.value);
        problems.push(
            Diagnostic::new(&parsed.file, used.span.clone(), title)
                .label("expected a fixture of the suite")
                .help(suggestion(&used.value.0, &fixtures)),
        );
    }
    for read in &parsed.output_uses {
        let Some(fixture) = files.get(&read.fixture) else {
            continue;
        };
        let outputs: Vec<&str> = fixture
            .scenario
            .outputs
            .keys()
            .map(String::as_str)
            .collect();
        if outputs.contains(&read.output.as_str()) {
            continue;
        }
        let title = format!("{} has no output `{}`", fixture.scenario.id, read.output);
        let help = if outputs.is_empty() {
            "it has no outputs at all".to_owned()
        } else {
            suggestion(&read.output, &outputs)
        };
        problems.push(
            Diagnostic::new(&parsed.file, read.span.clone(), title)
                .label("expected an output of the fixture")
                .help(help),
        );
    }
    problems
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    UnderWay,
    Done,
}

/// Depth first, so that `order` has every fixture before its users.
fn visit(
    id: &ScenarioId,
    files: &BTreeMap<ScenarioId, Parsed>,
    state: &mut BTreeMap<ScenarioId, Visit>,
    order: &mut Vec<ScenarioId>,
    problems: &mut Vec<Diagnostic>,
) {
    let Some(parsed) = files.get(id) else { return };
    if state.contains_key(id) {
        return;
    }
    state.insert(id.clone(), Visit::UnderWay);
    for used in &parsed.fixtures {
        if state.get(&used.value) == Some(&Visit::UnderWay) {
            let title = format!("{} uses itself", used.value);
            problems.push(
                Diagnostic::new(&parsed.file, used.span.clone(), title)
                    .label("leads back to where it is used"),
            );
        } else {
            visit(&used.value, files, state, order, problems);
        }
    }
    state.insert(id.clone(), Visit::Done);
    order.push(id.clone());
}

fn inherit(id: &ScenarioId, files: &mut BTreeMap<ScenarioId, Parsed>) {
    let Some(parsed) = files.get(id) else { return };
    if parsed.fixtures.is_empty() {
        return;
    }
    let mut scenario = parsed.scenario.clone();
    if scenario.on.is_empty() {
        let (inherited, request_hash) = inherited(&scenario, files);
        scenario = Scenario {
            request_hash,
            ..inherited
        };
    } else {
        let mut of_all = BTreeMap::new();
        for (family, realisation) in &parsed.scenario.on {
            let (inherited, request_hash) = inherited(realisation, files);
            scenario.hazard = scenario.hazard.max(inherited.hazard);
            scenario.on.insert(family.clone(), inherited);
            of_all.insert(family, request_hash);
        }
        scenario.request_hash = hash::request_of_all(&of_all);
        scenario.hand_down_hashes();
    }
    if let Some(parsed) = files.get_mut(id) {
        parsed.scenario = scenario;
    }
}

/// A scenario or realisation with what its fixtures need, and the hash of all that it sends.
fn inherited(of: &Scenario, files: &BTreeMap<ScenarioId, Parsed>) -> (Scenario, String) {
    let mut scenario = of.clone();
    let used: BTreeSet<&ScenarioId> = of.fixtures.iter().map(|u| &u.fixture).collect();
    let fixtures: Vec<&Scenario> = used
        .into_iter()
        .filter_map(|id| files.get(id))
        .map(|parsed| &parsed.scenario)
        .collect();
    for fixture in &fixtures {
        add(&mut scenario.needs, &fixture.needs);
        add(
            &mut scenario.requires.extensions,
            &fixture.requires.extensions,
        );
        add(
            &mut scenario.requires.capabilities,
            &fixture.requires.capabilities,
        );
        add(&mut scenario.requires.users, &fixture.requires.users);
        // The lowest version is one of the scenario's service: of another one it says nothing here.
        if fixture.service == scenario.service {
            scenario.requires.microversion = scenario
                .requires
                .microversion
                .max(fixture.requires.microversion);
        }
        for lock in &fixture.locks {
            hold(&mut scenario.locks, lock);
        }
        scenario.hazard = scenario.hazard.max(fixture.hazard);
    }
    let hashes: BTreeMap<ScenarioId, String> = fixtures
        .into_iter()
        .map(|fixture| (fixture.id.clone(), fixture.request_hash.clone()))
        .collect();
    let request_hash = hash::request(of, &hashes);
    (scenario, request_hash)
}

fn add(to: &mut Vec<String>, from: &[String]) {
    for item in from {
        if !to.contains(item) {
            to.push(item.clone());
        }
    }
}

/// An exclusive lock takes in a shared one on the same scope.
fn hold(locks: &mut Vec<Lock>, lock: &Lock) {
    match locks.iter_mut().find(|held| held.scope == lock.scope) {
        Some(held) if lock.mode == LockMode::Exclusive => held.mode = LockMode::Exclusive,
        Some(_) => {}
        None => locks.push(lock.clone()),
    }
}
