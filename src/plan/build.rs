//! From what was selected and what the clouds are to what is run on each, in which order.

use crate::plan::cost::{Cost, Pace, cost};
use crate::plan::model::{
    Job, Library, Plan, PlanOptions, PlanSide, SharedFixture, SharedKey, SidePlan, library_on,
};
use crate::plan::nonce::nonce;
use crate::plan::simulate::minutes;
use crate::plan::skip::{reason, with_fixtures};
use crate::recording::{Skip, SkipKind};
use crate::scenario::{Lock, Scenario, ScenarioId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Plans a run. Pure: the same arguments give the same plan.
///
/// Every repeat is a full pass over all scenarios; passes go forward and backward in turn, and the clouds start at
/// alternating ends, so that no scenario always follows the same neighbour. A budget that would not be enough cuts
/// the selection at its end, on all clouds alike: what is left is run with all its repeats.
pub fn plan(
    selected: &[ScenarioId],
    library: &Library,
    sides: &[PlanSide<'_>],
    options: &PlanOptions,
) -> Plan {
    let whole = plan_first(selected, selected.len(), library, sides, options);
    if fits(&whole, options) {
        return whole;
    }
    let (mut fit, mut too_many) = (0, selected.len());
    while fit + 1 < too_many {
        let middle = usize::midpoint(fit, too_many);
        let tried = plan_first(selected, middle, library, sides, options);
        if fits(&tried, options) {
            fit = middle;
        } else {
            too_many = middle;
        }
    }
    plan_first(selected, fit, library, sides, options)
}

fn fits(plan: &Plan, options: &PlanOptions) -> bool {
    let requests = |side: &SidePlan| -> u64 {
        side.jobs.iter().map(|job| job.requests).sum::<u64>()
            + side
                .shared
                .values()
                .map(|shared| shared.requests)
                .sum::<u64>()
    };
    let enough = options
        .budgets
        .requests
        .is_none_or(|most| plan.sides.iter().all(|side| requests(side) <= most));
    enough
        && options
            .budgets
            .minutes
            .is_none_or(|most| minutes(plan, Pace::MEASURED) <= most)
}

fn plan_first(
    selected: &[ScenarioId],
    keep: usize,
    library: &Library,
    sides: &[PlanSide<'_>],
    options: &PlanOptions,
) -> Plan {
    let (kept, cut) = selected.split_at(keep);
    let cut = cut
        .iter()
        .map(|id| {
            let why = "the budget would not have been enough".to_owned();
            (
                id.clone(),
                Skip {
                    kind: SkipKind::Cut,
                    why,
                },
            )
        })
        .collect::<BTreeMap<_, _>>();
    Plan {
        sides: sides
            .iter()
            .enumerate()
            .map(|(index, side)| {
                let mut planned = plan_side(index, kept, library, side, options);
                planned.skipped.extend(cut.clone());
                planned
            })
            .collect(),
        repeats: options.repeats.max(1),
        cut,
    }
}

/// What of a scenario's plan is the same in every repeat.
struct Prepared<'l> {
    scenario: &'l Scenario,
    locks: Vec<Lock>,
    needs: BTreeMap<String, u32>,
    shared: Vec<ScenarioId>,
    cost: Cost,
}

fn plan_side(
    index: usize,
    selected: &[ScenarioId],
    library: &Library,
    side: &PlanSide<'_>,
    options: &PlanOptions,
) -> SidePlan {
    let mut ceilings = side.limits.most.clone();
    if let Some(servers) = options.budgets.servers {
        ceilings.insert("servers".to_owned(), servers);
    }
    let library = Arc::new(library_on(library, side.family, side.discovery));
    let mut planned = SidePlan {
        name: side.name.to_owned(),
        target: side.target.clone(),
        library: Arc::clone(&library),
        at_once: options
            .concurrency
            .unwrap_or(u32::MAX)
            .min(side.limits.scenarios)
            .max(1),
        ceilings,
        selected: selected.to_vec(),
        ..SidePlan::default()
    };
    let mut ready = Vec::new();
    let mut fixtures: BTreeMap<ScenarioId, SharedFixture> = BTreeMap::new();
    for id in selected {
        let Some(scenario) = library.get(id) else {
            continue;
        };
        let prepared = reason(scenario, &library, side, options).map_or_else(
            || prepare(scenario, &library, &planned.ceilings, &mut fixtures),
            Err,
        );
        match prepared {
            Ok(prepared) => ready.push(prepared),
            Err(skip) => {
                planned.skipped.insert(id.clone(), skip);
            }
        }
    }
    for repeat in 1..=options.repeats.max(1) {
        let forward = (repeat as usize + index) % 2 == 1;
        let pass: Box<dyn Iterator<Item = &Prepared<'_>>> = if forward {
            Box::new(ready.iter())
        } else {
            Box::new(ready.iter().rev())
        };
        for prepared in pass {
            planned.jobs.push(job(prepared, repeat, side.name, options));
        }
    }
    for job in &planned.jobs {
        for key in &job.shared {
            if let Some(fixture) = fixtures.get(&key.fixture) {
                planned.shared.insert(key.clone(), fixture.clone());
            }
        }
    }
    planned
}

fn job(prepared: &Prepared<'_>, repeat: u32, cloud: &str, options: &PlanOptions) -> Job {
    Job {
        scenario: prepared.scenario.id.clone(),
        round: options.round,
        repeat,
        attempt: 0,
        nonce: nonce(
            &options.seed,
            cloud,
            &prepared.scenario.id,
            (options.round, repeat, 0),
            "",
        ),
        locks: prepared.locks.clone(),
        needs: prepared.needs.clone(),
        shared: prepared
            .shared
            .iter()
            .map(|fixture| SharedKey {
                repeat,
                fixture: fixture.clone(),
            })
            .collect(),
        requests: prepared.cost.total(),
        seconds: prepared.cost.seconds,
    }
}

/// Locks, ceilings and fixtures of one scenario; an error where it can never fit below the ceilings.
fn prepare<'l>(
    scenario: &'l Scenario,
    library: &Library,
    ceilings: &BTreeMap<String, u32>,
    fixtures: &mut BTreeMap<ScenarioId, SharedFixture>,
) -> Result<Prepared<'l>, Skip> {
    let shared: BTreeSet<ScenarioId> = scenario
        .fixtures
        .iter()
        .filter(|used| used.shared)
        .map(|used| used.fixture.clone())
        .collect();
    let mut taken: BTreeMap<String, u32> = BTreeMap::new();
    for id in &shared {
        let Some(fixture) = library.get(id) else {
            continue;
        };
        let cost = cost(fixture, library, Pace::MEASURED);
        for (kind, count) in &cost.most {
            *taken.entry(kind.clone()).or_default() += count;
        }
        fixtures.entry(id.clone()).or_insert_with(|| SharedFixture {
            locks: locks(with_fixtures(fixture, library).into_iter()),
            needs: cost.most.clone(),
            requests: cost.total(),
            seconds: cost.seconds,
        });
    }
    let cost = cost(scenario, library, Pace::MEASURED);
    let mut needs = cost.most.clone();
    for (kind, ceiling) in ceilings {
        let beside = taken.get(kind).copied().unwrap_or_default();
        let room = ceiling.saturating_sub(beside);
        let sure = cost.sure.get(kind).copied().unwrap_or_default();
        if sure > room || beside > *ceiling {
            let why = Skip::too_many(sure + beside, kind, *ceiling);
            return Err(Skip {
                kind: SkipKind::Unbound,
                why,
            });
        }
        if let Some(need) = needs.get_mut(kind) {
            *need = (*need).min(room);
        }
    }
    let own = with_fixtures(scenario, library)
        .into_iter()
        .filter(|part| part.id == scenario.id || !shared.contains(&part.id));
    Ok(Prepared {
        scenario,
        locks: locks(own),
        needs,
        shared: shared.into_iter().collect(),
        cost,
    })
}

/// One lock a scope, the strictest.
fn locks<'l>(parts: impl Iterator<Item = &'l Scenario>) -> Vec<Lock> {
    let mut strictest: BTreeMap<&str, &Lock> = BTreeMap::new();
    for lock in parts.flat_map(|part| &part.locks) {
        let held = strictest.entry(&lock.scope).or_insert(lock);
        if lock.mode > held.mode {
            *held = lock;
        }
    }
    strictest.into_values().cloned().collect()
}
