//! Shards of one run on one cloud, put together.

use super::error::MergeError;
use super::model::{Execution, Header, RoundRecord, Trailer};
use super::reader::Recording;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

/// One recording in memory of all executions of `shards`, which must be of one run on one target.
/// An execution that is in two shards must be the same in both. The result has a trailer if all
/// shards have one.
pub fn merge(shards: &[Recording]) -> Result<Recording, MergeError> {
    let (first, rest) = shards.split_first().ok_or(MergeError::Nothing)?;
    let mut header = first.header().clone();
    let mut trailer = first.trailer().cloned();
    for shard in rest {
        join_headers(&mut header, shard.header())?;
        trailer = match (trailer, shard.trailer()) {
            (Some(left), Some(right)) => Some(join_trailers(left, right)),
            _ => None,
        };
    }
    let mut all: BTreeMap<(String, u32, u32, u32), Execution> = BTreeMap::new();
    let mut controls = Vec::new();
    for shard in shards {
        controls.extend(shard.controls()?);
        let discovery = &shard.header().cloud.discovery;
        let other = discovery.bindings != header.cloud.discovery.bindings;
        let before: BTreeSet<u32> = all.keys().map(|(_, round, ..)| *round).collect();
        header.later.extend(shard.header().later.clone());
        for scenario in shard.scenarios() {
            for one in shard.executions(scenario)? {
                if other && !before.contains(&one.round) {
                    let later = header.later.entry(one.round);
                    later.or_insert_with(|| discovery.clone());
                }
                let key = (one.scenario.clone(), one.round, one.repeat, one.attempt);
                let (round, repeat) = (one.round, one.repeat);
                let kept = all.entry(key).or_insert_with(|| one.clone());
                if *kept != one {
                    return Err(MergeError::Conflict {
                        scenario: scenario.to_owned(),
                        round,
                        repeat,
                    });
                }
            }
        }
    }
    // skipped in one shard and run in another is not skipped
    let skipped = &mut header.plan.skipped;
    skipped.retain(|id, _| !all.keys().any(|(scenario, ..)| scenario == id));
    Ok(Recording::from_parts(header, all.into_values(), trailer).with_controls(controls))
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
    same("formats", &left.format, &right.format)?;
    same("tool versions", &left.tool_version, &right.tool_version)?;
    same("languages", &left.language, &right.language)?;
    same("runs", &left.run, &right.run)?;
    same("clouds", &left.cloud.name, &right.cloud.name)?;
    same("targets", &left.cloud.target, &right.cloud.target)?;
    for (id, text) in &right.scenarios {
        let kept = left
            .scenarios
            .entry(id.clone())
            .or_insert_with(|| text.clone());
        if kept != text {
            return Err(MergeError::ScenarioChanged {
                scenario: id.clone(),
            });
        }
    }
    left.private |= right.private;
    left.noise = left.noise.take().or_else(|| right.noise.clone());
    left.started = left.started.clone().min(right.started.clone());
    let (plan, other) = (&mut left.plan, &right.plan);
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
    for id in &other.selected {
        if !plan.selected.contains(id) {
            plan.selected.push(id.clone());
        }
    }
    for (id, skip) in &other.skipped {
        plan.skipped
            .entry(id.clone())
            .or_insert_with(|| skip.clone());
    }
    Ok(())
}

fn join_trailers(mut left: Trailer, right: &Trailer) -> Trailer {
    left.ended = left.ended.max(right.ended.clone());
    left.took_ms = left.took_ms.max(right.took_ms);
    left.requests += right.requests;
    left.critical_ms = left.critical_ms.max(right.critical_ms);
    left.left_behind.extend(right.left_behind.iter().cloned());
    left.cut.extend(right.cut.iter().cloned());
    for (id, skip) in &right.skipped {
        left.skipped
            .entry(id.clone())
            .or_insert_with(|| skip.clone());
    }
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
        let merged = merge(&[
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
        let merged = merge(&[
            Recording::from_parts(header(), [execution("a/b/c", 1, 1)], None),
            Recording::from_parts(again.clone(), [later], None),
        ])
        .unwrap();
        assert_eq!(merged.header().discovery(1), &header().cloud.discovery);
        assert_eq!(merged.header().discovery(2), &again.cloud.discovery);
        let plan = &merged.header().plan;
        assert_eq!(plan.repeats, header().plan.repeats);
        assert_eq!(plan.later[&2].repeats, 7);
        assert_eq!(plan.later[&2].selected, again.plan.selected);
    }

    #[test]
    fn a_shard_that_did_not_end_leaves_the_whole_without_an_end() {
        let ended = Recording::from_parts(header(), [], Some(Trailer::default()));
        let cut = Recording::from_parts(header(), [], None);
        assert!(merge(&[ended, cut]).unwrap().trailer().is_none());
    }

    #[test]
    fn recordings_of_two_runs_or_with_two_stories_are_refused() {
        let mut other = header();
        other.run = "another".to_owned();
        let one = || Recording::from_parts(header(), [execution("a/b/c", 1, 1)], None);
        let two = Recording::from_parts(other, [], None);
        let error = merge(&[one(), two]).unwrap_err();
        assert!(matches!(error, MergeError::Different { what: "runs", .. }));

        let mut changed = execution("a/b/c", 1, 1);
        changed.took_ms += 1;
        let two = Recording::from_parts(header(), [changed], None);
        let error = merge(&[one(), two]).unwrap_err();
        assert!(matches!(error, MergeError::Conflict { repeat: 1, .. }));
    }
}
