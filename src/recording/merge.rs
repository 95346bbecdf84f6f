//! Parts of one suite on one cloud, put together: shards that several machines ran, and rounds of one run.

use super::error::MergeError;
use super::model::{
    CloudInfo, Discovery, Execution, FORMAT, Header, OtherRun, RoundRecord, Skip, Trailer,
};
use super::reader::{Recording, place};
use crate::scenario::Shard;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

/// One recording of all executions of `parts`, which must be of one suite on one target. An execution that is in two parts must
/// be the same in both. The result has a trailer if all parts have one, and is read from the parts whenever it is asked.
pub fn merge(parts: Vec<Recording>) -> Result<Recording, MergeError> {
    let (first, rest) = parts.split_first().ok_or(MergeError::Nothing)?;
    let mut header = first.header().clone();
    let mut trailer = first.trailer().cloned();
    for part in rest {
        join_headers(&mut header, part.header())?;
        trailer = match (trailer, part.trailer()) {
            (Some(left), Some(right)) => Some(join_trailers(left, right)),
            _ => None,
        };
    }
    header.plan.shards = missing_none(header.plan.shards);
    let mut ran: BTreeMap<&str, Vec<&Recording>> = BTreeMap::new();
    for part in &parts {
        for scenario in part.scenarios() {
            ran.entry(scenario).or_default().push(part);
        }
    }
    for (scenario, parts) in &ran {
        if parts.len() > 1 {
            one_story(scenario, parts)?;
        }
    }
    // skipped in one part and run in another is not skipped
    let is_left = |id: &String| !ran.contains_key(id.as_str());
    header.plan.skipped.retain(|id, _| is_left(id));
    if let Some(trailer) = &mut trailer {
        trailer.skipped.retain(|id, _| is_left(id));
    }
    Ok(Recording::of_parts(header, trailer, parts))
}

/// No two of the parts tell the same execution in different ways.
fn one_story(scenario: &str, parts: &[&Recording]) -> Result<(), MergeError> {
    let mut all: BTreeMap<_, Execution> = BTreeMap::new();
    for part in parts {
        for one in part.executions(scenario)? {
            let (round, repeat, ..) = place(&one);
            let kept = all.entry(place(&one)).or_insert_with(|| one.clone());
            if *kept != one {
                return Err(MergeError::Conflict {
                    scenario: scenario.to_owned(),
                    round,
                    repeat,
                });
            }
        }
    }
    Ok(())
}

/// Nothing where all shards are there.
fn missing_none(held: Vec<Shard>) -> Vec<Shard> {
    let complete = held
        .first()
        .is_some_and(|one| one.all().all(|shard| held.contains(&shard)));
    if complete { Vec::new() } else { held }
}

fn same<T: PartialEq + Debug>(what: &'static str, left: &T, right: &T) -> Result<(), MergeError> {
    if left == right {
        return Ok(());
    }
    Err(MergeError::Different {
        what,
        left: format!("{left:?}"),
        right: format!("{right:?}"),
    })
}

fn join_headers(left: &mut Header, right: &Header) -> Result<(), MergeError> {
    same("tool versions", &left.tool_version, &right.tool_version)?;
    same("languages", &left.language, &right.language)?;
    same_cloud(&left.cloud, &right.cloud)?;
    same("marks of privacy", &left.private, &right.private)?;
    let later_text = right.started > left.started;
    for (id, text) in &right.scenarios {
        let kept = left
            .scenarios
            .entry(id.clone())
            .or_insert_with(|| text.clone());
        if kept.request_hash != text.request_hash {
            return Err(MergeError::ScenarioChanged {
                scenario: id.clone(),
            });
        }
        // of two reading parts the newest is applied
        if later_text {
            kept.clone_from(text);
        }
    }
    left.noise = left.noise.take().or_else(|| right.noise.clone());
    join_discoveries(left, right);
    join_plans(left, right)?;
    left.started = left.started.clone().min(right.started.clone());
    Ok(())
}

fn same_cloud(left: &CloudInfo, right: &CloudInfo) -> Result<(), MergeError> {
    same("clouds", &left.name, &right.name)?;
    same("families", &left.family, &right.family)?;
    same("targets", &left.target, &right.target)?;
    let (left, right) = (&left.discovery, &right.discovery);
    same("users", &left.users, &right.users)?;
    same("services", &left.services, &right.services)?;
    same("extensions", &left.extensions, &right.extensions)
}

/// What each part knew stays known for its executions: by round within a run, by run otherwise.
fn join_discoveries(left: &mut Header, right: &Header) {
    left.format = left.format.max(right.format);
    let known = right.cloud.discovery.clone();
    if left.run == right.run {
        if known.bindings != left.cloud.discovery.bindings {
            left.later.entry(right.plan.round).or_insert(known);
        }
        left.later.extend(right.later.clone());
    } else if let Some(run) = left.runs.get_mut(&right.run) {
        if known.bindings != run.discovery.bindings {
            run.later.entry(right.plan.round).or_insert(known);
        }
        run.later.extend(right.later.clone());
    } else if known != left.cloud.discovery || right.later != left.later {
        let other = OtherRun {
            discovery: known,
            later: right.later.clone(),
        };
        fill(&mut left.cloud.discovery, &other.discovery);
        left.runs.insert(right.run.clone(), other);
        left.format = FORMAT;
    }
    left.runs.extend(right.runs.clone());
}

/// A shard that doesn't need a thing doesn't bring it along.
fn fill(into: &mut Discovery, from: &Discovery) {
    for (name, binding) in &from.bindings {
        into.bindings
            .entry(name.clone())
            .or_insert_with(|| binding.clone());
    }
    let bound = &into.bindings;
    into.unbound.retain(|name, _| !bound.contains_key(name));
}

fn join_plans(left: &mut Header, right: &Header) -> Result<(), MergeError> {
    let (plan, other) = (&mut left.plan, &right.plan);
    if let (Some(one), Some(another)) = (plan.shards.first(), other.shards.first()) {
        same("numbers of shards", &one.of(), &another.of())?;
    }
    // what is whole is whole with a part of it, too
    if plan.shards.is_empty() || other.shards.is_empty() {
        plan.shards.clear();
    } else {
        let held: BTreeSet<Shard> = plan.shards.iter().chain(&other.shards).copied().collect();
        plan.shards = held.into_iter().collect();
    }
    if other.round > plan.round {
        let again = RoundRecord {
            repeats: other.repeats,
            concurrency: other.concurrency,
            selected: other.selected.clone(),
        };
        plan.later.insert(other.round, again);
    } else {
        plan.repeats = plan.repeats.max(other.repeats);
        plan.concurrency = plan.concurrency.max(other.concurrency);
    }
    plan.later.extend(other.later.clone());
    let known: BTreeSet<&String> = plan.selected.iter().collect();
    let more: Vec<String> = other
        .selected
        .iter()
        .filter(|id| !known.contains(id))
        .cloned()
        .collect();
    plan.selected.extend(more);
    join_skipped(&mut plan.skipped, &other.skipped);
    Ok(())
}

fn join_skipped(left: &mut BTreeMap<String, Skip>, right: &BTreeMap<String, Skip>) {
    for (id, skip) in right {
        left.entry(id.clone()).or_insert_with(|| skip.clone());
    }
}

fn join_trailers(mut left: Trailer, right: &Trailer) -> Trailer {
    left.ended = left.ended.max(right.ended.clone());
    left.took_ms = left.took_ms.max(right.took_ms);
    left.requests += right.requests;
    left.critical_ms = left.critical_ms.max(right.critical_ms);
    left.left_behind.extend(right.left_behind.iter().cloned());
    left.cut.extend(right.cut.iter().cloned());
    join_skipped(&mut left.skipped, &right.skipped);
    left
}

#[cfg(test)]
mod tests {
    use super::super::samples::{execution, header};
    use super::*;

    #[test]
    fn shards_of_one_run_become_one_recording() {
        let trailer = Trailer {
            requests: 3,
            ..Trailer::default()
        };
        let shard = |executions: Vec<Execution>| {
            Recording::from_parts(header(), executions, Some(trailer.clone()))
        };
        let merged = merge(vec![
            shard(vec![execution("a/b/c", 1, 2), execution("a/b/d", 1, 1)]),
            shard(vec![execution("a/b/c", 1, 1), execution("a/b/c", 1, 2)]),
        ])
        .unwrap();
        let repeats: Vec<u32> = merged
            .executions("a/b/c")
            .unwrap()
            .iter()
            .map(|e| e.repeat)
            .collect();
        assert_eq!(repeats, [1, 2]);
        assert_eq!(merged.scenarios(), ["a/b/c", "a/b/d"]);
        assert_eq!(merged.trailer().unwrap().requests, 6);
    }

    #[test]
    fn what_a_later_round_bound_is_kept_for_its_executions() {
        let mut again = header();
        let binding = again.cloud.discovery.bindings.values_mut().next().unwrap();
        binding.id = "another".to_owned();
        let mut later = execution("a/b/c", 1, 1);
        later.round = 2;
        again.plan.round = 2;
        again.plan.repeats = 7;
        let merged = merge(vec![
            Recording::from_parts(header(), [execution("a/b/c", 1, 1)], None),
            Recording::from_parts(again.clone(), [later], None),
        ])
        .unwrap();
        let known = |round| {
            let of_round = execution("a/b/c", round, 1);
            merged.header().discovery(&of_round).clone()
        };
        assert_eq!(known(1), header().cloud.discovery);
        assert_eq!(known(2), again.cloud.discovery);
        let plan = &merged.header().plan;
        assert_eq!(plan.repeats, header().plan.repeats);
        assert_eq!(plan.later[&2].repeats, 7);
        assert_eq!(plan.later[&2].selected, again.plan.selected);
    }

    #[test]
    fn a_shard_that_did_not_end_leaves_the_whole_without_an_end() {
        let ended = Recording::from_parts(header(), [], Some(Trailer::default()));
        let cut = Recording::from_parts(header(), [], None);
        assert!(merge(vec![ended, cut]).unwrap().trailer().is_none());
    }

    fn shard(run: &str, shard: &str, scenario: &str) -> Recording {
        let mut header = header();
        header.run = run.to_owned();
        header.plan.shards = vec![shard.parse().unwrap()];
        header.plan.selected = vec![scenario.to_owned()];
        Recording::from_parts(header, [execution(scenario, 1, 1)], None)
    }

    #[test]
    fn shards_of_runs_on_several_machines_become_one_recording() {
        let both = merge(vec![shard("x", "2/2", "a/b/d"), shard("y", "1/2", "a/b/c")]).unwrap();
        assert_eq!(both.header().plan.selected, ["a/b/d", "a/b/c"]);
        assert_eq!(both.header().plan.shards, []);
        assert_eq!(both.header().format, 1);
        let part = merge(vec![shard("x", "3/3", "a/b/d"), shard("y", "1/3", "a/b/c")]).unwrap();
        let held: Vec<String> = part
            .header()
            .plan
            .shards
            .iter()
            .map(Shard::to_string)
            .collect();
        assert_eq!(held, ["1/3", "3/3"]);
    }

    #[test]
    fn what_each_run_bound_is_kept_for_its_executions_and_on_disk() {
        let mut header = header();
        header.run = "another".to_owned();
        let binding = header.cloud.discovery.bindings.values_mut().next().unwrap();
        binding.id = "another".to_owned();
        let known = header.cloud.discovery.clone();
        let other = Recording::from_parts(header, [execution("a/b/d", 1, 1)], None);
        let merged = merge(vec![shard("x", "1/2", "a/b/c"), other]).unwrap();
        let dir = tempfile::tempdir().unwrap();
        merged.write_to(&dir.path().join("m.rec")).unwrap();
        let back = Recording::open(&dir.path().join("m.rec")).unwrap();
        assert_eq!(back.header().format, 2);
        let of = |scenario: &str| back.executions(scenario).unwrap().remove(0);
        let bound = |scenario: &str| back.header().discovery(&of(scenario));
        assert_eq!(bound("a/b/d"), &known);
        assert_eq!(bound("a/b/c"), &back.header().cloud.discovery);
        assert_ne!(bound("a/b/c"), &known);
    }

    #[test]
    fn a_scenario_that_sends_something_else_is_refused() {
        let mut changed = header();
        let text = changed.scenarios.get_mut("a/b/d").unwrap();
        text.request_hash = "33".to_owned();
        let two = Recording::from_parts(changed, [], None);
        let error = merge(vec![Recording::from_parts(header(), [], None), two]).unwrap_err();
        assert!(matches!(error, MergeError::ScenarioChanged { scenario } if scenario == "a/b/d"));
    }

    #[test]
    fn a_fixture_that_each_scenario_had_for_itself_was_taken_for_one_execution_told_twice() {
        let fixture = |nonce: &str| {
            let mut made = execution("fixtures/net", 1, 1);
            made.nonce = nonce.to_owned();
            made
        };
        let shard = |nonces: &[&str]| {
            let mut header = header();
            let text = header.scenarios["a/b/c"].clone();
            header.scenarios.insert("fixtures/net".to_owned(), text);
            Recording::from_parts(header, nonces.iter().map(|n| fixture(n)), None)
        };
        let merged = merge(vec![shard(&["x", "y"]), shard(&["y", "z"])]).unwrap();
        let made = merged.executions("fixtures/net").unwrap();
        let nonces: Vec<&str> = made.iter().map(|e| e.nonce.as_str()).collect();
        assert_eq!(nonces, ["x", "y", "z"]);
        assert!(merged.verify().contradictions.is_empty());
    }

    #[test]
    fn recordings_of_two_clouds_or_with_two_stories_are_refused() {
        let mut other = header();
        other.cloud.target.region = "another".to_owned();
        let one = || Recording::from_parts(header(), [execution("a/b/c", 1, 1)], None);
        let two = Recording::from_parts(other, [], None);
        let error = merge(vec![one(), two]).unwrap_err();
        assert!(matches!(
            error,
            MergeError::Different {
                what: "targets",
                ..
            }
        ));

        let mut changed = execution("a/b/c", 1, 1);
        changed.took_ms += 1;
        let two = Recording::from_parts(header(), [changed], None);
        let error = merge(vec![one(), two]).unwrap_err();
        assert!(matches!(error, MergeError::Conflict { repeat: 1, .. }));
    }
}
