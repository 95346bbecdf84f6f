//! The first page: what breaks, in which direction, whether to believe it.

use super::belief;
use super::entry::{Entry, ranked, spot, ways};
use super::letters::Letters;
use super::many;
use super::screen::{contrast, cut, cut_middle, pad, width, wrap};
use super::services;
use super::since;
use super::style::{Ink, Style};
use super::words;
use crate::judge::{Impact, Report, readable};
use std::collections::BTreeSet;

/// Pairs, causes, lines of what is not comparable: more of them are counted, not shown.
pub const PAIRS: usize = 6;
pub const CAUSES: usize = 10;
/// Causes that are told of many clouds, however full the page is.
const FEWEST_CAUSES: usize = 5;
/// Lines of a page.
const PAGE: usize = 40;
/// Clouds that get a line each.
pub const FEW: usize = 2;
/// Clouds that get a number each.
pub const EACH: usize = 6;
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
    believed(report, &letters, style, lines);
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
    if untested.len() > FEW {
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
        let verdict = belief::verdict(report, pair);
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
    if let Some(beside) = belief::beside(report) {
        put(lines, "", &format!("beside: {beside}"), style);
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

fn believed(report: &Report, letters: &Letters<'_>, style: Style, lines: &mut Vec<String>) {
    if many::is_many(report) {
        many::belief(report, letters, style, lines);
    } else {
        lines.push(style.heading("WHETHER TO BELIEVE IT"));
        for line in belief::of_pairs(report) {
            put(lines, "  ", &line, style);
        }
    }
    for line in belief::of_all(report) {
        put(lines, "  ", &line, style);
    }
    lines.push(String::new());
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
    let entries = ranked(report);
    if entries.is_empty() {
        return;
    }
    let heading = "TOP CAUSES  (→ moving on, ← coming back; ×exchanges, +steps blocked by it)";
    lines.push(style.heading(&cut(heading, style.columns)));
    let ways = ways(&entries);
    for (entry, ways) in ways.iter().take(most) {
        lines.push(cause(entry, letters, *ways, style));
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
    let place = spot(finding);
    let place = if ways > 1 {
        format!("{place}, {ways} ways")
    } else {
        place
    };
    let often = entry.often();
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

/// A value on a line.
pub fn one_line(value: &str) -> String {
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
pub fn day(timestamp: &str) -> &str {
    timestamp.split('T').next().unwrap_or(timestamp)
}
