//! Scenarios and causes by service, as a table.

use super::entry::entries;
use super::screen::{pad, pad_left};
use super::style::Style;
use super::words;
use crate::compare::State;
use crate::judge::{Impact, Report};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Rows on the first page.
const MOST: usize = 6;
const IMPACTS: [Impact; 3] = [Impact::Breaks, Impact::Degrades, Impact::Drifts];

#[derive(Default)]
struct Row {
    /// Scenarios that are the same, differ, or were not seen whole.
    scenarios: [usize; 3],
    /// Causes by impact, each way.
    forward: [usize; 3],
    back: [usize; 3],
}

/// Writes the table into `lines`; nothing where there are no services.
pub fn table(report: &Report, style: Style, lines: &mut Vec<String>) {
    let mut rows = rows(report);
    if rows.is_empty() {
        return;
    }
    let on = ["→break", "degr.", "drift"].map(str::to_owned);
    let back = ["←break", "degr.", "drift"].map(str::to_owned);
    let scenarios = ["same", "differ", "other"].map(str::to_owned);
    let head = line("BY SERVICE", &scenarios, &on, &back);
    lines.push(style.heading(&head));
    rows.sort_by_key(|(name, row)| (Reverse(row.forward[0].max(row.back[0])), *name));
    let shown = if rows.len() > MOST { MOST - 1 } else { MOST };
    for (name, row) in rows.iter().take(shown) {
        let name = format!("  {name}");
        let numbers = |counts: [usize; 3]| counts.map(number);
        lines.push(line(
            &name,
            &numbers(row.scenarios),
            &numbers(row.forward),
            &numbers(row.back),
        ));
    }
    if rows.len() > shown {
        let more = words::count(rows.len() - shown, "more service");
        lines.push(format!("  … and {more}"));
    }
    lines.push(String::new());
}

fn rows(report: &Report) -> Vec<(&str, Row)> {
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    for scenario in &report.scenarios {
        let states: Vec<_> = scenario.states.values().map(|(state, _)| *state).collect();
        let column = if states.contains(&State::Differs) {
            1
        } else if states.iter().all(|state| *state == State::Same) {
            0
        } else {
            2
        };
        rows.entry(&scenario.service).or_default().scenarios[column] += 1;
    }
    for entry in entries(report, &report.findings) {
        let Some(finding) = entry.first() else {
            continue;
        };
        let row = rows.entry(&finding.service).or_default();
        for (column, impact) in IMPACTS.into_iter().enumerate() {
            row.forward[column] += usize::from(entry.forward() == impact);
            row.back[column] += usize::from(entry.back() == impact);
        }
    }
    rows.into_iter().collect()
}

fn number(n: usize) -> String {
    if n == 0 { "·".into() } else { n.to_string() }
}

fn line(name: &str, scenarios: &[String], forward: &[String], back: &[String]) -> String {
    let columns =
        |texts: &[String]| -> String { texts.iter().map(|text| pad_left(text, 7)).collect() };
    format!(
        "{}{} {} {}",
        pad(name, 15),
        columns(scenarios),
        columns(forward),
        columns(back)
    )
}
