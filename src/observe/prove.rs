//! One cloud's recording → the scenarios that ran through on it, and what kind of cloud it is.

use super::execution::observe;
use super::label::counted;
use super::place::StepSeen;
use crate::recording::{CloudInfo, ReadError, Recording, ScenarioText};
use crate::scenario::{Proven, Scenario, ScenarioId};

/// Family and, where compute says it, the release: its highest microversion is raised with each. Two clouds of one kind
/// speak the same API; what their owners made of it is what findings tell.
#[must_use]
pub fn kind_of_cloud(info: &CloudInfo) -> String {
    let compute = info.discovery.services.get("compute");
    let release = compute.and_then(|service| service.microversion.as_ref());
    match release {
        Some((_, highest)) => format!("{} compute {highest}", info.family),
        None => info.family.clone(),
    }
}

/// Adds the scenarios of a recording that ran through: in some repeat every step was answered, or is not offered by this
/// cloud, and at least one reached what it is about. `parse` reads a scenario in the form in which it counts, or says that it
/// doesn't.
pub fn prove(
    recording: &Recording,
    parse: &dyn Fn(&str, &ScenarioText) -> Option<Scenario>,
    into: &mut Proven,
) -> Result<(), ReadError> {
    let header = recording.header();
    let kind = kind_of_cloud(&header.cloud);
    for id in &header.plan.selected {
        let Some((text, scenario)) = header
            .scenarios
            .get(id)
            .and_then(|text| Some((text, parse(id, text)?)))
        else {
            continue;
        };
        let executions = recording.executions(id)?;
        let (repeats, _) = counted(&executions);
        if repeats.iter().any(|one| {
            let seen = observe(header, &scenario, one);
            ran_through(&seen.steps.values().collect::<Vec<_>>())
        }) {
            into.add(
                ScenarioId(id.clone()),
                text.request_hash.clone(),
                kind.clone(),
            );
        }
    }
    Ok(())
}

fn ran_through(steps: &[&StepSeen]) -> bool {
    let stopped = |seen: &&StepSeen| matches!(seen, StepSeen::Blocked(_) | StepSeen::Cut);
    steps.contains(&&StepSeen::Reached) && !steps.iter().any(stopped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_ran_through_if_a_step_reached_and_none_was_blocked() {
        let blocked = StepSeen::Blocked(vec!["server".into()]);
        let lacking = StepSeen::Unsupported("no such microversion".into());
        let ran = |steps: &[StepSeen]| ran_through(&steps.iter().collect::<Vec<_>>());
        assert!(ran(&[
            StepSeen::Reached,
            lacking.clone(),
            StepSeen::NotReached
        ]));
        assert!(!ran(&[StepSeen::Reached, blocked]));
        assert!(!ran(&[StepSeen::Reached, StepSeen::Cut]));
        assert!(!ran(&[StepSeen::NotReached, lacking]));
        assert!(!ran(&[]));
    }
}
