//! `interop plan`: what a run would do, without doing it.

use super::args::{ObserveArguments, RecordArguments};
use super::console::Console;
use super::failure::Failure;
use super::sides::Sides;
use super::{live, surroundings};
use crate::observe::Noise;
use crate::plan::Explanation;
use crate::recording::{Binding, Skip};
use crate::scenario::ScenarioId;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

pub async fn run(arguments: &RecordArguments, console: Console) -> Result<u8, Failure> {
    let environment = surroundings::environment();
    let ObserveArguments { select, run, noise } = &arguments.observe;
    let sides = Sides::live(&arguments.clouds, noise, &environment, console)?;
    let targets = sides.targets();
    let chosen = sides.choose(select, console)?;
    let nowhere = ("plan", Path::new("interop-runs"));
    let asked = live::ask(&targets, &chosen, run, 1, nowhere, &environment)?;
    let prepared = live::prepared(asked, console).await?;
    let bindings: BTreeMap<&str, _> = prepared
        .discoveries()
        .map(|(cloud, discovery)| (cloud, &discovery.bindings))
        .collect();
    let mut known = BTreeMap::new();
    for (cloud, text) in &targets.noise {
        let noise = Noise::of(Some(text), cloud, &surroundings::today())
            .map_err(|error| Failure::wrong(error.to_string()))?;
        known.insert(cloud.as_str(), noise);
    }
    console.out(&shown(&prepared.explain(), &bindings, &known));
    Ok(if prepared.failed.is_empty() { 0 } else { 3 })
}

fn shown(
    explanation: &Explanation,
    bindings: &BTreeMap<&str, &BTreeMap<String, Binding>>,
    known: &BTreeMap<&str, Noise>,
) -> String {
    let mut text = String::new();
    for cloud in &explanation.clouds {
        let _ = writeln!(
            text,
            "{}: {} scenarios, {} executions",
            cloud.cloud, cloud.scenarios, cloud.executions
        );
        for (name, binding) in bindings
            .get(cloud.cloud.as_str())
            .copied()
            .into_iter()
            .flatten()
        {
            let _ = writeln!(text, "  {name} is {} ({})", binding.name, binding.chosen);
        }
        if let Some(noise) = known.get(cloud.cloud.as_str()) {
            let _ = writeln!(
                text,
                "  known to be unstable: {} of its places ({})",
                noise.len(),
                noise.file
            );
        }
        let list = |counts: Vec<(&String, String)>| {
            let counts: Vec<String> = counts
                .into_iter()
                .map(|(kind, n)| format!("{n} {kind}"))
                .collect();
            if counts.is_empty() {
                return "nothing".to_owned();
            }
            counts.join(", ")
        };
        let peak = cloud
            .peak
            .iter()
            .map(|(kind, n)| (kind, n.to_string()))
            .collect();
        let made = cloud
            .made
            .iter()
            .map(|(kind, n)| (kind, n.to_string()))
            .collect();
        let requests = cloud
            .requests
            .iter()
            .map(|(kind, n)| (kind, n.to_string()))
            .collect();
        let _ = writeln!(text, "  at most at once: {}", list(peak));
        let _ = writeln!(text, "  made and removed in all: {}", list(made));
        let _ = writeln!(text, "  requests, about: {}", list(requests));
        for (hazard, scenarios) in &cloud.hazards {
            let hazard = format!("{hazard:?}").to_lowercase();
            let _ = writeln!(
                text,
                "  hazard {hazard}: {} scenarios and fixtures",
                scenarios.len()
            );
        }
        for line in Skip::left_out(cloud.skipped.values().map(|skip| skip.why.as_str())) {
            let _ = writeln!(text, "  {line}");
        }
        let mut reasons: BTreeMap<&str, Vec<&ScenarioId>> = BTreeMap::new();
        for (id, skip) in &cloud.skipped {
            reasons.entry(&skip.why).or_default().push(id);
        }
        for (why, ids) in reasons {
            let which = match ids.as_slice() {
                [only] => only.to_string(),
                many => format!("{} scenarios", many.len()),
            };
            let _ = writeln!(text, "  not run: {which} ({why})");
        }
    }
    let _ = writeln!(
        text,
        "about {:.0} minutes; {:.0} where a server takes 60 s to boot",
        explanation.minutes.ceil(),
        explanation.minutes_slow_boot.ceil()
    );
    text
}
