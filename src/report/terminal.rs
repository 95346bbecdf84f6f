//! The whole report as text: first page, findings by impact, and everything beside them.

use super::absent::absent;
use super::cleaned::cleaned;
use super::detail::{Depth, Why, detail};
use super::entry::{Entry, entries};
use super::page::{page, shows_all};
use super::screen::{cut, joined, wrap};
use super::sections::{self, Layout, sections};
use super::since;
use super::style::Style;
use super::unstable::by_answers;
use super::words;
use crate::compare::State;
use crate::judge::{NoiseRead, Report};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Places of instability shown a cloud.
const UNSTABLE: usize = 10;
/// And of all clouds together.
const MOST_UNSTABLE: usize = 50;
/// Pairs that are told one by one, and clouds.
const PAIRS: usize = 10;
const CLOUDS: usize = 5;

/// Renders a report for people. Fails only by a defect of ours.
pub fn terminal(report: &Report, style: Style, layout: Layout) -> serde_json::Result<String> {
    let report = &cleaned(report)?;
    let mut lines = Vec::new();
    page(report, style, &mut lines);
    lines.push(String::new());
    let sections = sections(report, layout.group_by);
    sections::write(&sections, style, layout.at_length, &mut lines);
    since::section(report, style, &mut lines);
    beside(report, style, &mut lines);
    unseen(report, style, &mut lines);
    instability(report, style, &mut lines);
    noise(report, style, &mut lines);
    bindings(report, style, &mut lines);
    rest(report, style, &mut lines);
    let commanded = sections.iter().flat_map(|s| s.commanded(layout.at_length));
    variables(report, commanded, style, &mut lines);
    Ok(joined(&lines))
}

/// The first page alone.
pub fn first_page(report: &Report, style: Style) -> serde_json::Result<String> {
    let report = &cleaned(report)?;
    let mut lines = Vec::new();
    page(report, style, &mut lines);
    Ok(joined(&lines))
}

/// Waived and unconfirmed findings, and waivers without one.
fn beside(report: &Report, style: Style, lines: &mut Vec<String>) {
    if !report.waived.is_empty() {
        lines.push(style.heading("WAIVED"));
        for waived in &report.waived {
            let finding = &waived.finding;
            let until = waived.until.as_deref().unwrap_or("ever");
            let changed = if waived.changed {
                " CHANGED SINCE: counted as a finding."
            } else {
                ""
            };
            let text = format!(
                "{}/{}: {} Waived by {} until {until}: {}.{changed}",
                finding.id, finding.values, finding.summary, waived.who, waived.why
            );
            put(&text, style, lines);
        }
        lines.push(String::new());
    }
    if !report.unused_waivers.is_empty() {
        lines.push(style.heading("WAIVERS THAT MATCHED NOTHING"));
        for waiver in &report.unused_waivers {
            put(waiver, style, lines);
        }
        lines.push(String::new());
    }
    if !report.unconfirmed.is_empty() {
        lines.push(style.heading("UNCONFIRMED: chance could have made these"));
        for entry in entries(report, &report.unconfirmed) {
            detail(&entry, Depth::Line, Why::Tell, style, lines);
        }
        lines.push(String::new());
    }
}

fn put(text: &str, style: Style, lines: &mut Vec<String>) {
    for (n, line) in wrap(text, style.columns - 4).iter().enumerate() {
        lines.push(format!("{}{line}", if n == 0 { "  " } else { "    " }));
    }
}

/// Scenarios that say nothing, by why; of many pairs only how many it is so for.
fn unseen(report: &Report, style: Style, lines: &mut Vec<String>) {
    type Unseen<'r> = (BTreeSet<&'r str>, BTreeSet<&'r str>);
    let pairs = report.pairs.len();
    let mut by_why: BTreeMap<(State, &str, &str), Unseen<'_>> = BTreeMap::new();
    for scenario in &report.scenarios {
        for (pair, (state, why)) in &scenario.states {
            if !matches!(state, State::Same | State::Differs) {
                let told = if (2..=PAIRS).contains(&pairs) {
                    pair.as_str()
                } else {
                    ""
                };
                let (scenarios, pairs) = by_why.entry((*state, why.as_str(), told)).or_default();
                scenarios.insert(&scenario.id);
                pairs.insert(pair);
            }
        }
    }
    if by_why.is_empty() {
        return;
    }
    lines.push(style.heading("NOT SEEN ON BOTH"));
    for ((state, why, pair), (scenarios, of_pairs)) in by_why {
        let pair = match (pair, pairs) {
            ("", 0..=1) => String::new(),
            ("", _) => format!(" (in {} of {pairs} pairs)", of_pairs.len()),
            (pair, _) => format!(" ({pair})"),
        };
        let why = if why.is_empty() {
            String::new()
        } else {
            format!(": {why}")
        };
        let scenarios: Vec<&str> = scenarios.into_iter().collect();
        let text = format!(
            "{}{pair}{why}: {}",
            words::state(state),
            scenarios.join(", ")
        );
        put(&text, style, lines);
    }
    lines.push(String::new());
}

fn instability(report: &Report, style: Style, lines: &mut Vec<String>) {
    if report.instability.iter().all(|place| place.known) {
        return;
    }
    lines.push(
        style.heading("UNSTABLE: not the same in all repeats on one cloud; never gates by itself"),
    );
    let most = (MOST_UNSTABLE / report.clouds.len().max(1)).clamp(1, UNSTABLE);
    for cloud in &report.clouds {
        let of_cloud: Vec<_> = report
            .instability
            .iter()
            .filter(|i| i.cloud == cloud.name && !i.known)
            .collect();
        let all = of_cloud.len();
        let led = by_answers(of_cloud, |i| (&*i.scenario, &*i.step), |i| &i.place);
        let mut told = 0;
        for (place, more) in led.into_iter().take(most) {
            told += 1 + more;
            let seen: Vec<_> = place
                .seen
                .iter()
                .map(|(value, n)| format!("{} ×{n}", cut(value, 30)))
                .collect();
            let text = format!(
                "{}: {} · {}: {}{} ({}#{})",
                place.cloud,
                place.operation,
                place.place,
                seen.join(", "),
                words::in_its_answer(more),
                place.scenario,
                place.step
            );
            put(&text, style, lines);
        }
        if all > told {
            let more = words::count(all - told, "more place");
            lines.push(format!(
                "  … and {more} on {} in the JSON report",
                cloud.name
            ));
        }
    }
    lines.push(String::new());
}

/// What noise files took out of the comparison, and why they say so.
fn noise(report: &Report, style: Style, lines: &mut Vec<String>) {
    if report.noise.is_empty() {
        return;
    }
    lines.push(style.heading("KNOWN NOISE: listed in a noise file, compared by class only"));
    let mut entries: Vec<&NoiseRead> = report.noise.iter().collect();
    entries.sort_by_key(|entry| (Reverse(entry.hidden), *entry));
    for entry in entries.iter().take(UNSTABLE) {
        let pair = if report.pairs.len() > 1 {
            format!(" ({} · {})", entry.a, entry.b)
        } else {
            String::new()
        };
        let places = usize::try_from(entry.places).unwrap_or(usize::MAX);
        let text = format!(
            "{}: {} · {}{pair}: {}, {} would have differed; {}",
            entry.cloud,
            entry.operation,
            entry.place,
            words::count(places, "place"),
            entry.hidden,
            entry.because
        );
        put(&text, style, lines);
    }
    if entries.len() > UNSTABLE {
        let more = words::count(entries.len() - UNSTABLE, "more line");
        lines.push(format!("  … and {more} in the JSON report"));
    }
    lines.push(String::new());
}

/// What scenarios were given on each cloud, and how it was chosen.
fn bindings(report: &Report, style: Style, lines: &mut Vec<String>) {
    let names: BTreeSet<&String> = report
        .clouds
        .iter()
        .flat_map(|c| c.bindings.keys())
        .collect();
    if names.is_empty() {
        return;
    }
    lines.push(style.heading("BINDINGS"));
    if report.clouds.len() > CLOUDS {
        lines.push(format!(
            "  of {} clouds in the JSON report",
            report.clouds.len()
        ));
        lines.push(String::new());
        return;
    }
    for name in names {
        for cloud in &report.clouds {
            let bound = cloud.bindings.get(name).map_or("none", String::as_str);
            put(&format!("{name} on {}: {bound}", cloud.name), style, lines);
        }
    }
    lines.push(String::new());
}

/// What the first page has no room for.
fn rest(report: &Report, style: Style, lines: &mut Vec<String>) {
    let skipped = report.clouds.iter().any(|cloud| !cloud.skipped.is_empty());
    if !shows_all(report, style) || skipped || !report.changed_scenarios.is_empty() {
        not_compared(report, style, lines);
    }
    let left: Vec<_> = report
        .clouds
        .iter()
        .flat_map(|cloud| cloud.left_behind.iter().map(|left| (&cloud.name, left)))
        .collect();
    if !left.is_empty() {
        lines.push(style.heading("LEFT BEHIND"));
        for (cloud, thing) in left {
            put(&format!("{cloud}: {thing}"), style, lines);
        }
        lines.push(String::new());
    }
}

fn not_compared(report: &Report, style: Style, lines: &mut Vec<String>) {
    lines.push(style.heading("NOT COMPARABLE, NOT LOOKED AT"));
    for line in &report.not_compared {
        put(line, style, lines);
    }
    let (said, absent) = absent(report).unzip();
    if let Some(said) = said {
        put(&said, style, lines);
    }
    let absent = absent.unwrap_or_default();
    if report.clouds.len() > CLOUDS {
        not_run(report, &absent, style, lines);
    }
    let each = report
        .clouds
        .iter()
        .filter(|_| report.clouds.len() <= CLOUDS);
    for cloud in each {
        let others = cloud.skipped.iter();
        for skipped in others.filter(|s| !absent.contains(s.scenario.as_str())) {
            let text = format!(
                "not run on {}: {}: {}",
                cloud.name, skipped.scenario, skipped.why
            );
            put(&text, style, lines);
        }
    }
    if !report.changed_scenarios.is_empty() {
        let text = format!(
            "changed between the recordings: {}",
            report.changed_scenarios.join(", ")
        );
        put(&text, style, lines);
    }
    lines.push(String::new());
}

/// Of many clouds: scenarios that were not run, by why, and on how many.
fn not_run(report: &Report, absent: &BTreeSet<&str>, style: Style, lines: &mut Vec<String>) {
    let mut by_why: BTreeMap<&str, (BTreeSet<&str>, BTreeSet<&str>)> = BTreeMap::new();
    for cloud in &report.clouds {
        let skipped = cloud.skipped.iter();
        for skipped in skipped.filter(|s| !absent.contains(s.scenario.as_str())) {
            let (scenarios, clouds) = by_why.entry(&skipped.why).or_default();
            scenarios.insert(&skipped.scenario);
            clouds.insert(&cloud.name);
        }
    }
    for (why, (scenarios, clouds)) in by_why {
        let scenarios = words::count(scenarios.len(), "scenario");
        let clouds = words::count(clouds.len(), "cloud");
        put(
            &format!("not run on {clouds}: {scenarios}: {why}"),
            style,
            lines,
        );
    }
}

/// What the commands above need, cloud by cloud.
fn variables<'e>(
    report: &Report,
    commanded: impl Iterator<Item = &'e Entry<'e>>,
    style: Style,
    lines: &mut Vec<String>,
) {
    let mut by_cloud: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    let shown = commanded
        .filter_map(|entry| entry.first()?.examples.first())
        .flat_map(|example| [&example.a, &example.b]);
    for side in shown {
        let variables = by_cloud.entry(&side.cloud).or_default();
        for (name, value) in &side.variables {
            variables.entry(name).or_insert(value);
        }
    }
    by_cloud.retain(|_, variables| !variables.is_empty());
    if by_cloud.is_empty() {
        return;
    }
    lines.push(style.heading("TO RUN THE COMMANDS ABOVE, set"));
    for cloud in &report.clouds {
        let Some(variables) = by_cloud.get(cloud.name.as_str()) else {
            continue;
        };
        lines.push(format!("  on {}", cloud.name));
        for (name, value) in variables {
            lines.push(format!("    {name}  {value}"));
        }
    }
    lines.push(String::new());
}
