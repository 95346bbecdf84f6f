//! The first page: what breaks, in which direction, whether to believe it.

use super::belief;
use super::entry::{Entry, partition, ranked, spot, ways};
use super::screen::{contrast, cut, cut_middle, pad, width, wrap};
use super::services;
use super::style::{Ink, Style};
use super::words;
use crate::judge::{Impact, Report, readable};
use std::collections::BTreeSet;

/// Pairs, causes, lines of what is not comparable: more of them are counted, not shown.
pub const PAIRS: usize = 6;
pub const CAUSES: usize = 10;
const NOT_COMPARED: usize = 3;

/// Writes the page into `lines`. The report is cleaned.
pub fn page(report: &Report, style: Style, lines: &mut Vec<String>) {
    title(report, style, lines);
    verdicts(report, style, lines);
    believed(report, style, lines);
    not_compared(report, style, lines);
    causes(report, style, lines);
    services::table(report, style, lines);
    footer(report, style, lines);
}

fn title(report: &Report, style: Style, lines: &mut Vec<String>) {
    for cloud in report.clouds.iter().filter(|cloud| cloud.untested) {
        lines.push(style.heading(&format!(
            "UNTESTED: the profile of {} ships without ever having run",
            cloud.name
        )));
    }
    let names: Vec<_> = report.clouds.iter().map(|c| c.name.as_str()).collect();
    let left = format!("interop diff · {}", names.join(" · "));
    let right = format!("{} · interop {}", report.as_of, report.tool_version);
    let room = style.columns.saturating_sub(width(&right) + 1);
    lines.push(style.heading(&format!("{} {right}", pad(&left, room))));
    lines.push(String::new());
}

fn verdicts(report: &Report, style: Style, lines: &mut Vec<String>) {
    for pair in report.pairs.iter().take(PAIRS) {
        let verdict = belief::verdict(pair);
        let worst = pair.forward.keys().chain(pair.back.keys()).max();
        let ink = Ink::Of(worst.copied().unwrap_or_default());
        for line in wrap(&verdict, style.columns) {
            lines.push(style.paint(ink, &line));
        }
    }
    if report.pairs.len() > PAIRS {
        let more = report.pairs.len() - PAIRS;
        lines.push(format!("… and {}", words::count(more, "more pair")));
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

fn believed(report: &Report, style: Style, lines: &mut Vec<String>) {
    lines.push(style.heading("WHETHER TO BELIEVE IT"));
    for line in belief::lines(report) {
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

fn causes(report: &Report, style: Style, lines: &mut Vec<String>) {
    let entries = ranked(report);
    if entries.is_empty() {
        return;
    }
    let heading = "TOP CAUSES  (→ moving on, ← coming back; ×exchanges, +steps blocked by it)";
    lines.push(style.heading(&cut(heading, style.columns)));
    let ways = ways(&entries);
    for (entry, ways) in ways.iter().take(CAUSES) {
        lines.push(cause(entry, *ways, style));
    }
    if ways.len() > CAUSES {
        let more = ways.len() - CAUSES;
        lines.push(format!(
            "   … and {} below",
            words::count(more, "more cause")
        ));
    }
    lines.push(String::new());
}

/// One line: impact, id, where (and in how many ways), values of the first, who, how often, steps blocked by it.
fn cause(entry: &Entry<'_>, ways: usize, style: Style) -> String {
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
        [a, b] if entry.findings.len() == 1 => {
            let (a, b) = contrast(&one_line(a.value), &one_line(b.value), free * 2 / 5 - 3);
            format!("{a} · {b}")
        }
        parts => partition(parts),
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
