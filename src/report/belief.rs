//! What a report says in a line: the verdict on a pair, what stands beside it, and whether to believe it.

use super::many;
use super::page::{EACH, FEW, PAIRS};
use super::words;
use crate::compare::State;
use crate::judge::{CloudSummary, PairSummary, Report};
use std::collections::BTreeMap;

/// Both ways: "private → public: 7 break, 12 degrade · back: 3 break".
pub fn verdict(report: &Report, pair: &PairSummary) -> String {
    if pair.places == 0 {
        format!("{} ↔ {}: NOTHING WAS COMPARED", pair.a, pair.b)
    } else if pair.forward.is_empty() && pair.back.is_empty() {
        let nothing = match &report.baseline {
            Some(since) if !since.known.is_empty() => "nothing new",
            _ => "no difference found",
        };
        format!("{} ↔ {}: {nothing}", pair.a, pair.b)
    } else {
        format!(
            "{} → {}: {} · back: {}",
            pair.a,
            pair.b,
            words::verdict(&pair.forward),
            words::verdict(&pair.back)
        )
    }
}

/// What the verdict does not count: "2 waived · 1 unconfirmed".
pub fn beside(report: &Report) -> Option<String> {
    let mut beside = Vec::new();
    if !report.waived.is_empty() {
        let changed = report.waived.iter().filter(|w| w.changed).count();
        let waived = report.waived.len() - changed;
        beside.push(format!("{waived} waived"));
        if changed > 0 {
            beside.push(format!("{changed} changed since waived"));
        }
    }
    if !report.unconfirmed.is_empty() {
        beside.push(format!("{} unconfirmed", report.unconfirmed.len()));
    }
    if !report.unused_waivers.is_empty() {
        let unused = words::count(report.unused_waivers.len(), "waiver");
        beside.push(format!("{unused} unused"));
    }
    (!beside.is_empty()).then(|| beside.join(" · "))
}

/// Whether to believe it: what was seen on both, how often, how many findings chance may have made.
pub fn lines(report: &Report) -> Vec<String> {
    let mut lines = of_pairs(report);
    lines.extend(of_all(report));
    lines
}

/// What was seen on both clouds of each pair.
pub fn of_pairs(report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    for pair in report.pairs.iter().take(PAIRS) {
        let name = of_pair(report, pair);
        let seen = seen(pair).into_iter().flatten();
        lines.extend(seen.map(|line| format!("{name}{line}")));
    }
    lines
}

/// What holds for the whole comparison.
pub fn of_all(report: &Report) -> Vec<String> {
    let mut lines = vec![chance(report)];
    noise(report, &mut lines);
    if !report.changed_scenarios.is_empty() {
        let changed = words::count(report.changed_scenarios.len(), "scenario");
        lines.push(format!(
            "{changed} changed between the recordings, not compared"
        ));
    }
    unproven(report, &mut lines);
    let incomplete = report.clouds.iter().filter(|c| !c.complete);
    lines.extend(short(incomplete.map(|cloud| {
        format!("the recording of {} ends before the run did", cloud.name)
    })));
    lines
}

/// The first few; the rest is counted.
fn short(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = all.collect();
    if all.len() > FEW {
        let more = words::count(all.len() - FEW + 1, "more cloud");
        all.truncate(FEW - 1);
        all.push(format!("… and so of {more}"));
    }
    all
}

/// Findings whose scenarios never ran through on a cloud like one of these.
fn unproven(report: &Report, lines: &mut Vec<String>) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in report.findings.iter().flat_map(|finding| &finding.unproven) {
        *counts.entry(name).or_default() += 1;
    }
    let clouds = report.clouds.iter();
    let new: Vec<(&CloudSummary, usize)> = clouds
        .filter_map(|cloud| Some((cloud, *counts.get(cloud.name.as_str())?)))
        .collect();
    if !many::is_many(report) {
        lines.extend(new.into_iter().map(|(cloud, n)| {
            let findings = words::count(n, "finding");
            format!(
                "{findings} by scenarios new to {} ({})",
                cloud.kind, cloud.name
            )
        }));
        return;
    }
    let Some((_, most)) = new.iter().max_by_key(|(_, n)| *n) else {
        return;
    };
    lines.push(if new.len() > EACH {
        let clouds = words::count(new.len(), "cloud");
        format!("findings by scenarios new to {clouds}, up to {most} on one")
    } else {
        let of = |(cloud, n): &(&CloudSummary, usize)| format!("{} ({n})", cloud.name);
        let named: Vec<String> = new.iter().map(of).collect();
        format!("findings by scenarios new to {}", named.join(", "))
    });
}

/// Before a line about a pair, where there are several.
fn of_pair(report: &Report, pair: &PairSummary) -> String {
    if report.pairs.len() == 1 {
        String::new()
    } else {
        format!("{} · {}: ", pair.a, pair.b)
    }
}

/// What was seen on both clouds, and what wasn't.
fn seen(pair: &PairSummary) -> [Option<String>; 2] {
    let of = |state| pair.behaviours.get(&state).copied().unwrap_or(0);
    let (same, differ) = (of(State::Same), of(State::Differs));
    let steps = words::count((same + differ) as usize, "step");
    let rest: Vec<_> = pair
        .behaviours
        .iter()
        .filter(|(state, n)| !matches!(state, State::Same | State::Differs) && **n > 0)
        .map(|(state, n)| format!("{n} {}", words::state(*state)))
        .collect();
    [
        Some(format!(
            "{steps} seen on both ({} places): {same} the same, {differ} differ",
            pair.places
        )),
        (!rest.is_empty()).then(|| format!("not on both: {}", rest.join(", "))),
    ]
}

/// How many repeats there were, and what they bound.
fn chance(report: &Report) -> String {
    let set_aside: u64 = report.clouds.iter().map(|c| c.set_aside).sum();
    let least = report.pairs.iter().map(|p| p.repeats.0).min().unwrap_or(0);
    let most = report.pairs.iter().map(|p| p.repeats.1).max().unwrap_or(0);
    let repeats = if least == most {
        most.to_string()
    } else {
        format!("{least} to {most}")
    };
    let bound = report
        .pairs
        .iter()
        .map(|p| p.error_bound)
        .fold(0.0, f64::max);
    let mixed = report.pairs.iter().map(|p| p.mixed).max().unwrap_or(0);
    let chance = if most < 2 {
        "one repeat: chance can't be told from behaviour".to_owned()
    } else {
        format!(
            "{repeats} repeats, {mixed} places flap: ≤ {} false findings",
            words::bound(bound)
        )
    };
    format!("{chance}; {set_aside} executions set aside")
}

/// How many places were compared as known noise, and by which files.
fn noise(report: &Report, lines: &mut Vec<String>) {
    for pair in report.pairs.iter().take(PAIRS).filter(|p| p.noise > 0) {
        let in_pair = |cloud: &&CloudSummary| cloud.name == pair.a || cloud.name == pair.b;
        let files: Vec<&str> = report
            .clouds
            .iter()
            .filter(in_pair)
            .filter_map(|cloud| Some(cloud.noise.as_ref()?.file.as_str()))
            .collect();
        let places = usize::try_from(pair.noise).unwrap_or(usize::MAX);
        lines.push(format!(
            "{}{} read as known noise ({}): {} would have differed",
            of_pair(report, pair),
            words::count(places, "place"),
            files.join(", "),
            pair.hidden
        ));
    }
    let files = report.clouds.iter().filter_map(|c| c.noise.as_ref());
    for noise in files.filter(|noise| noise.lapsed > 0) {
        lines.push(format!(
            "{} of {} no longer hold: their last day is over",
            noise.lapsed, noise.file
        ));
    }
}
