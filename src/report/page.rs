//! The first page: what breaks, in which direction, whether to believe it.

use super::entry::{Entry, entries};
use super::letters::Letters;
use super::many;
use super::screen::{contrast, cut, cut_middle, pad, width, wrap};
use super::services;
use super::since;
use super::style::{Ink, Style};
use super::words;
use crate::compare::State;
use crate::judge::{CloudSummary, Impact, PairSummary, Report, readable};
use std::collections::{BTreeMap, BTreeSet};

/// Pairs, causes, lines of what is not comparable: more of them are counted, not shown.
const PAIRS: usize = 6;
const CAUSES: usize = 10;
/// Causes that are told of many clouds, however full the page is.
const FEWEST_CAUSES: usize = 5;
/// Lines of a page.
const PAGE: usize = 40;
/// Clouds that get a number each.
const EACH: usize = 6;
/// Clouds that get a line each.
const LINES: usize = 2;
const NOT_COMPARED: usize = 3;

/// Writes the page into `lines`. The report is cleaned.
pub fn page(report: &Report, style: Style, lines: &mut Vec<String>) {
    let letters = Letters::of(report);
    title(report, style, lines);
    if many::is_many(report) {
        many::legend(&letters, style, lines);
        many::verdicts(report, &letters, style, lines);
    } else {
        verdicts(report, style, lines);
    }
    beside(report, style, lines);
    belief(report, &letters, style, lines);
    not_compared(report, style, lines);
    let mut end = Vec::new();
    services::table(report, style, &mut end);
    footer(report, style, &mut end);
    let room = PAGE.saturating_sub(lines.len() + end.len() + 3);
    let most = if many::is_many(report) {
        room.clamp(FEWEST_CAUSES, CAUSES)
    } else {
        CAUSES
    };
    causes(report, &letters, most, style, lines);
    lines.append(&mut end);
}

fn title(report: &Report, style: Style, lines: &mut Vec<String>) {
    let untested: Vec<&str> = report
        .clouds
        .iter()
        .filter(|cloud| cloud.untested)
        .map(|cloud| cloud.name.as_str())
        .collect();
    if untested.len() > LINES {
        let line = format!(
            "UNTESTED: the profiles of {} clouds ship without ever having run",
            untested.len()
        );
        lines.push(style.heading(&line));
    } else {
        for name in untested {
            lines.push(style.heading(&format!(
                "UNTESTED: the profile of {name} ships without ever having run"
            )));
        }
    }
    let names: Vec<_> = report.clouds.iter().map(|c| c.name.as_str()).collect();
    let left = if many::is_many(report) {
        format!("interop diff · {} clouds", names.len())
    } else {
        format!("interop diff · {}", names.join(" · "))
    };
    let right = format!("{} · interop {}", report.as_of, report.tool_version);
    let room = style.columns.saturating_sub(width(&right) + 1);
    lines.push(style.heading(&format!("{} {right}", pad(&left, room))));
    lines.push(String::new());
}

fn verdicts(report: &Report, style: Style, lines: &mut Vec<String>) {
    for pair in report.pairs.iter().take(PAIRS) {
        let verdict = if pair.places == 0 {
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
        };
        let worst = pair.forward.keys().chain(pair.back.keys()).max();
        let ink = Ink::Of(worst.copied().unwrap_or_default());
        for line in wrap(&verdict, style.columns) {
            lines.push(style.paint(ink, &line));
        }
    }
}

/// What is told apart from the verdict.
fn beside(report: &Report, style: Style, lines: &mut Vec<String>) {
    if let Some(since) = &report.baseline {
        put(lines, "", &since::line(since), style);
    }
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
    if !beside.is_empty() {
        put(lines, "", &format!("beside: {}", beside.join(" · ")), style);
    }
    lines.push(String::new());
}

/// Wrapped, with what is over under the first line's text.
fn put(lines: &mut Vec<String>, indent: &str, text: &str, style: Style) {
    let room = style.columns.saturating_sub(indent.len() + 2);
    for (n, line) in wrap(text, room).into_iter().enumerate() {
        let more = if n == 0 { "" } else { "  " };
        lines.push(format!("{indent}{more}{line}"));
    }
}

fn belief(report: &Report, letters: &Letters<'_>, style: Style, lines: &mut Vec<String>) {
    if many::is_many(report) {
        many::belief(report, letters, style, lines);
    } else {
        lines.push(style.heading("WHETHER TO BELIEVE IT"));
        for line in report.pairs.iter().flat_map(seen).flatten() {
            put(lines, "  ", &line, style);
        }
    }
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
    let aside = format!("{set_aside} executions set aside");
    put(lines, "  ", &format!("{chance}; {aside}"), style);
    noise(report, style, lines);
    if !report.changed_scenarios.is_empty() {
        let changed = words::count(report.changed_scenarios.len(), "scenario");
        put(
            lines,
            "  ",
            &format!("{changed} changed between the recordings, not compared"),
            style,
        );
    }
    unproven(report, style, lines);
    for line in short(
        report
            .clouds
            .iter()
            .filter(|c| !c.complete)
            .map(|cloud| format!("the recording of {} ends before the run did", cloud.name)),
    ) {
        put(lines, "  ", &line, style);
    }
    lines.push(String::new());
}

/// The first few; the rest is counted.
fn short(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = all.collect();
    if all.len() > LINES {
        let more = words::count(all.len() - LINES + 1, "more cloud");
        all.truncate(LINES - 1);
        all.push(format!("… and so of {more}"));
    }
    all
}

/// Findings whose scenarios never ran through on a cloud like one of these.
fn unproven(report: &Report, style: Style, lines: &mut Vec<String>) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in report.findings.iter().flat_map(|finding| &finding.unproven) {
        *counts.entry(name).or_default() += 1;
    }
    let clouds = report.clouds.iter();
    let new: Vec<(&CloudSummary, usize)> = clouds
        .filter_map(|cloud| Some((cloud, *counts.get(cloud.name.as_str())?)))
        .collect();
    if !many::is_many(report) {
        for (cloud, n) in new {
            let findings = words::count(n, "finding");
            let line = format!(
                "{findings} by scenarios new to {} ({})",
                cloud.kind, cloud.name
            );
            put(lines, "  ", &line, style);
        }
        return;
    }
    let of = |(cloud, n): &(&CloudSummary, usize)| format!("{} ({n})", cloud.name);
    let Some((_, most)) = new.iter().max_by_key(|(_, n)| *n) else {
        return;
    };
    let line = if new.len() > EACH {
        let clouds = words::count(new.len(), "cloud");
        format!("findings by scenarios new to {clouds}, up to {most} on one")
    } else {
        let named: Vec<String> = new.iter().map(of).collect();
        format!("findings by scenarios new to {}", named.join(", "))
    };
    put(lines, "  ", &line, style);
}

/// How many places were compared as known noise, and by which files.
fn noise(report: &Report, style: Style, lines: &mut Vec<String>) {
    for pair in report.pairs.iter().take(PAIRS).filter(|p| p.noise > 0) {
        let of_pair = |cloud: &&CloudSummary| cloud.name == pair.a || cloud.name == pair.b;
        let files: Vec<&str> = report
            .clouds
            .iter()
            .filter(of_pair)
            .filter_map(|cloud| Some(cloud.noise.as_ref()?.file.as_str()))
            .collect();
        let name = if report.pairs.len() == 1 {
            String::new()
        } else {
            format!("{} · {}: ", pair.a, pair.b)
        };
        let places = usize::try_from(pair.noise).unwrap_or(usize::MAX);
        let line = format!(
            "{name}{} read as known noise ({}): {} would have differed",
            words::count(places, "place"),
            files.join(", "),
            pair.hidden
        );
        put(lines, "  ", &line, style);
    }
    for noise in report
        .clouds
        .iter()
        .filter_map(|cloud| cloud.noise.as_ref())
    {
        if noise.lapsed > 0 {
            let line = format!(
                "{} of {} no longer hold: their last day is over",
                noise.lapsed, noise.file
            );
            put(lines, "  ", &line, style);
        }
    }
}

/// What was seen on both clouds, and what wasn't: two lines.
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

fn not_compared(report: &Report, style: Style, lines: &mut Vec<String>) {
    lines.push(style.heading("NOT COMPARABLE, NOT LOOKED AT"));
    // the last line says what this tool never looks at
    let Some((last, others)) = report.not_compared.split_last() else {
        lines.push("  nothing".into());
        lines.push(String::new());
        return;
    };
    let room = style.columns.saturating_sub(2);
    let shown = if others.len() > NOT_COMPARED {
        NOT_COMPARED - 1
    } else {
        NOT_COMPARED
    };
    for line in others.iter().take(shown) {
        lines.push(format!("  {}", cut(line, room)));
    }
    if others.len() > shown {
        let more = others.len() - shown;
        lines.push(format!(
            "  … and {} further down",
            words::count(more, "more line")
        ));
    }
    put(lines, "  ", last, style);
    lines.push(String::new());
}

/// Whether the page has every line of what is not comparable, whole.
pub fn shows_all(report: &Report, style: Style) -> bool {
    let lines = &report.not_compared;
    lines.len() <= NOT_COMPARED + 1 && lines.iter().all(|line| width(line) + 2 <= style.columns)
}

fn causes(
    report: &Report,
    letters: &Letters<'_>,
    most: usize,
    style: Style,
    lines: &mut Vec<String>,
) {
    let mut entries = entries(report, &report.findings);
    if entries.is_empty() {
        return;
    }
    entries.sort_by_key(Entry::rank);
    let heading = "TOP CAUSES  (→ moving on, ← coming back; ×exchanges, +steps blocked by it)";
    lines.push(style.heading(&cut(heading, style.columns)));
    // what differs in several ways at one place is one line
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    let mut ways: Vec<&Entry<'_>> = Vec::new();
    for entry in &entries {
        let ways_here = count.entry(entry.id()).or_default();
        *ways_here += 1;
        if *ways_here == 1 {
            ways.push(entry);
        }
    }
    for entry in ways.iter().take(most) {
        let ways = count.get(entry.id()).copied().unwrap_or(1);
        lines.push(cause(entry, letters, ways, style));
    }
    if ways.len() > most {
        let more = ways.len() - most;
        lines.push(format!(
            "   … and {} below",
            words::count(more, "more cause")
        ));
    }
    lines.push(String::new());
}

/// One line: impact, id, where (and in how many ways), values of the first, who, how often, steps blocked by it.
fn cause(entry: &Entry<'_>, letters: &Letters<'_>, ways: usize, style: Style) -> String {
    let Some(finding) = entry.first() else {
        return String::new();
    };
    let impact = match entry.worst() {
        Impact::Breaks => "breaks",
        Impact::Degrades => "degrad",
        Impact::Drifts => "drifts",
        Impact::Cosmetic => "cosmet",
        Impact::None => "none",
    };
    let mark = pad(&format!("{} {impact}", entry.arrow()), 8);
    let mark = style.paint(Ink::Of(entry.worst()), &mark);
    let free = style.columns.saturating_sub(38).max(24);
    let values = match entry.parts.as_slice() {
        [a, b] if letters.are_two() => {
            let (a, b) = contrast(&one_line(a.value), &one_line(b.value), free * 2 / 5 - 3);
            format!("{a} · {b}")
        }
        parts => letters.partition(parts),
    };
    let values_room = free * 2 / 5;
    let place = if finding.is_discovered() {
        format!("{} {}", finding.service, finding.place)
    } else {
        format!("{} {}", finding.operation, finding.place)
    };
    let place = if ways > 1 {
        format!("{place}, {ways} ways")
    } else {
        place
    };
    let often = if entry.consequences() > 0 {
        format!("×{} +{}", entry.exchanges(), entry.consequences())
    } else {
        format!("×{}", entry.exchanges())
    };
    format!(
        " {mark} {} {} {} {} {}",
        pad(&finding.id, 10),
        pad(&cut_middle(&place, free - values_room), free - values_room),
        pad(&cut(&values, values_room), values_room),
        pad(&words::consumers_short(&finding.consumers), 7),
        cut(&often, 7),
    )
    .trim_end()
    .to_owned()
}

fn one_line(value: &str) -> String {
    readable(value).replace('\n', "\\n")
}

fn footer(report: &Report, style: Style, lines: &mut Vec<String>) {
    let left: usize = report.clouds.iter().map(|c| c.left_behind.len()).sum();
    let dates: BTreeSet<_> = report.clouds.iter().map(|c| day(&c.started)).collect();
    let dates: Vec<_> = dates.into_iter().collect();
    let suite = format!("suite {} · run {}", report.suite, dates.join(", "));
    if left == 0 {
        lines.push(format!("left behind: nothing · {suite}"));
    } else {
        let line = format!("LEFT BEHIND: {}, listed below", words::count(left, "thing"));
        lines.push(style.paint(Ink::Of(Impact::Breaks), &line));
        lines.push(suite);
    }
    if report.clouds.len() > EACH {
        let all: u64 = report.clouds.iter().map(|cloud| cloud.requests).sum();
        let longest = report.clouds.iter().map(|cloud| cloud.took_ms).max();
        let took = words::duration(longest.unwrap_or(0));
        let clouds = report.clouds.len();
        lines.push(format!(
            "requests: {all} to {clouds} clouds, the longest run took {took}"
        ));
        return;
    }
    let clouds: Vec<_> = report
        .clouds
        .iter()
        .map(|cloud| {
            let took = words::duration(cloud.took_ms);
            format!("{} {} in {took}", cloud.name, cloud.requests)
        })
        .collect();
    put(
        lines,
        "",
        &format!("requests: {}", clouds.join(" · ")),
        style,
    );
}

/// The date of a timestamp.
fn day(timestamp: &str) -> &str {
    timestamp.split('T').next().unwrap_or(timestamp)
}
