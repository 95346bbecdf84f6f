//! Why a scenario is not run on a cloud.

use crate::plan::model::{Library, PlanOptions, PlanSide};
use crate::recording::{Capability, Skip, SkipKind};
use crate::scenario::{Hazard, Microversion, Scenario, Step, StepKind};
use std::collections::BTreeSet;

/// Why not to run it here, or none. That the cloud lacks something is told first (it is a result), then what our
/// side lacks, then a hazard that was not allowed.
pub fn reason(
    scenario: &Scenario,
    library: &Library,
    side: &PlanSide<'_>,
    options: &PlanOptions,
) -> Option<Skip> {
    if !scenario.on.is_empty() {
        let why = Skip::not_realised(scenario.on.keys());
        return Some(Skip {
            kind: SkipKind::Unsupported,
            why,
        });
    }
    let parts = with_fixtures(scenario, library);
    let mut reasons = Vec::new();
    for part in &parts {
        lacking(part, side, &mut reasons);
        if !options.hazards.contains(&part.hazard) {
            let why = format!("hazard `{}` was not allowed", name(part.hazard));
            reasons.push((SkipKind::Hazard, why));
        }
    }
    // the first of the lowest kind; `SkipKind` is in the order that is wanted here
    let (kind, why) = reasons.into_iter().min_by_key(|(kind, _)| *kind)?;
    Some(Skip { kind, why })
}

fn lacking(part: &Scenario, side: &PlanSide<'_>, reasons: &mut Vec<(SkipKind, String)>) {
    let has = side.discovery;
    let mut lacks = |kind, why: String| reasons.push((kind, why));
    let mut users: BTreeSet<&str> = part.requires.users.iter().map(String::as_str).collect();
    let mut services: BTreeSet<&str> = BTreeSet::new();
    for request in part.steps.iter().flat_map(Step::requests) {
        users.insert(&request.user);
        services.insert(&request.service);
    }
    users.remove("anonymous");
    for service in services {
        if !has.services.contains_key(service) {
            let why = match has.unusable.get(service) {
                Some(why) => Skip::unusable_service(service, why),
                None => Skip::no_service(service),
            };
            lacks(SkipKind::Unsupported, why);
        }
    }
    for extension in &part.requires.extensions {
        if !has.extensions.contains(extension) {
            let why = format!("no network extension `{extension}`");
            lacks(SkipKind::Unsupported, why);
        }
    }
    for capability in &part.requires.capabilities {
        match has.capabilities.get(capability) {
            // where the probe got no sense out of the cloud, its refusals are what is to be seen
            Some(Capability::Present | Capability::Unknown(_)) => {}
            Some(Capability::Absent(why)) => {
                lacks(SkipKind::Unsupported, format!("no {capability}: {why}"));
            }
            None => {
                let why = format!("{capability} was not probed on this cloud");
                lacks(SkipKind::Unbound, why);
            }
        }
    }
    if let Some(wanted) = part.requires.microversion {
        let offered = has
            .services
            .get(&part.service)
            .and_then(|s| s.microversion.as_ref());
        let highest = offered.map(|(_, max)| max.as_str());
        if highest
            .and_then(|max| max.parse::<Microversion>().ok())
            .is_none_or(|max| max < wanted)
        {
            let why = format!(
                "{} microversion {}.{} is not offered (highest: {})",
                part.service,
                wanted.major,
                wanted.minor,
                highest.unwrap_or("none"),
            );
            lacks(SkipKind::Unsupported, why);
        }
    }
    for user in users {
        if !has.users.contains_key(user) {
            let why = format!("the profile has no user `{user}`");
            lacks(SkipKind::Unbound, why);
        }
    }
    if part.hazard == Hazard::Account && !side.expendable.contains("expendable") {
        let why = "needs a user `expendable` that the profile marks as expendable".to_owned();
        lacks(SkipKind::Unbound, why);
    }
    let most = side.limits.in_flight.max(1);
    let wanted = part.steps.iter().map(at_once).max().unwrap_or(1);
    if wanted > most {
        let why = format!("sends {wanted} requests at once, and the profile allows {most}");
        lacks(SkipKind::Unbound, why);
    }
    for need in &part.needs {
        if !has.bindings.contains_key(need) {
            let why = has.unbound.get(need).map_or_else(
                || format!("nothing is bound to `{need}`"),
                |why| format!("nothing is bound to `{need}`: {why}"),
            );
            lacks(SkipKind::Unbound, why);
        }
    }
}

/// Requests that a step needs to be under way together.
fn at_once(step: &Step) -> u32 {
    let inner = step.inner();
    match &step.kind {
        StepKind::Race(_) => inner.iter().copied().map(at_once).sum(),
        StepKind::Runner(runner) => runner.times,
        StepKind::During(_) => 2,
        _ => inner.iter().copied().map(at_once).max().unwrap_or(1),
    }
}

/// The scenario and every fixture below it, each once.
pub fn with_fixtures<'l>(scenario: &'l Scenario, library: &'l Library) -> Vec<&'l Scenario> {
    let mut found = vec![scenario];
    let mut next = 0;
    while let Some(part) = found.get(next).copied() {
        next += 1;
        for used in &part.fixtures {
            if let Some(fixture) = library.get(&used.fixture)
                && found.iter().all(|known| known.id != fixture.id)
            {
                found.push(fixture);
            }
        }
    }
    found
}

fn name(hazard: Hazard) -> &'static str {
    match hazard {
        Hazard::None => "none",
        Hazard::Consumes => "consumes",
        Hazard::Exhausts => "exhausts",
        Hazard::Account => "account",
        Hazard::Probing => "probing",
    }
}
