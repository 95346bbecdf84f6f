//! The first page of three clouds and more: who breaks moving where, and how much was seen.

use super::letters::Letters;
use super::matrix::{MOST, matrix};
use super::screen::{pad, pad_left, wrap};
use super::style::Style;
use super::words;
use crate::compare::State;
use crate::judge::{Impact, PairSummary, Report};
use std::collections::BTreeMap;

/// Clouds that are told from here, where there are too many for a square.
const FROM_HERE: usize = 7;
/// Pairs with the first cloud that have a line each of what was seen.
const LINES: usize = 4;
/// Clouds of the legend.
const LEGEND: usize = 11;

/// Whether a report is of so many clouds that a line a pair is too much.
pub fn is_many(report: &Report) -> bool {
    report.clouds.len() > 2
}

/// Which letter is which cloud.
pub fn legend(letters: &Letters<'_>, style: Style, lines: &mut Vec<String>) {
    // no line ends inside a name
    const JOINED: &str = "\u{2800}";
    let names = letters.legend();
    let mut words: Vec<String> = names.iter().take(LEGEND).cloned().collect();
    if names.len() > LEGEND {
        words.push(format!("… and {} more", names.len() - LEGEND));
    }
    let words: Vec<String> = words.iter().map(|word| word.replace(' ', JOINED)).collect();
    let text = words.join(&format!("{JOINED}· "));
    for line in wrap(&text, style.columns.saturating_sub(2)) {
        lines.push(format!("  {}", line.replace(JOINED, " ")));
    }
    lines.push(String::new());
}

/// The verdict of every pair: a square, or of many clouds those that break least from here.
pub fn verdicts(report: &Report, letters: &Letters<'_>, style: Style, lines: &mut Vec<String>) {
    let pairs = by_position(report);
    if report.clouds.len() <= MOST {
        let cell = |row: usize, column: usize| {
            let (first, second) = (row.min(column), row.max(column));
            let Some(pair) = pairs.get(&(first, second)) else {
                return "?".to_owned();
            };
            if pair.places == 0 {
                return "?".to_owned();
            }
            let counts = if row < column {
                &pair.forward
            } else {
                &pair.back
            };
            let of = |impact| counts.get(&impact).copied().unwrap_or(0);
            format!("{}/{}", of(Impact::Breaks), of(Impact::Degrades))
        };
        let square = matrix("FROM \\ TO  break/degrade", letters, style.columns, &cell);
        for (n, line) in square.into_iter().enumerate() {
            lines.push(if n == 0 { style.heading(&line) } else { line });
        }
        if report.pairs.iter().any(|pair| pair.places == 0) {
            lines.push("  ?: NOTHING WAS COMPARED".into());
        }
        return;
    }
    let number = |counts: &BTreeMap<Impact, u32>, impact| counts.get(&impact).copied().unwrap_or(0);
    let row = |first: &str, cells: [String; 6]| {
        let cells: String = cells.iter().map(|cell| pad_left(cell, 8)).collect();
        format!("{}{cells}", pad(first, 30))
    };
    let head = ["→break", "degrade", "←break", "degrade", "seen", "differ"].map(str::to_owned);
    lines.push(style.heading(&row(&format!("FROM {} TO", letters.legend()[0]), head)));
    let mut from_here: Vec<(&usize, &&PairSummary)> = pairs
        .iter()
        .filter(|((first, _), _)| *first == 0)
        .map(|((_, second), pair)| (second, pair))
        .collect();
    from_here.sort_by_key(|(_, pair)| {
        let of = |impact| number(&pair.forward, impact);
        (pair.places == 0, of(Impact::Breaks), of(Impact::Degrades))
    });
    for (cloud, pair) in from_here.iter().take(FROM_HERE) {
        let numbers = [
            number(&pair.forward, Impact::Breaks),
            number(&pair.forward, Impact::Degrades),
            number(&pair.back, Impact::Breaks),
            number(&pair.back, Impact::Degrades),
            seen(pair),
            of_state(pair, State::Differs),
        ];
        let name = letters.legend()[**cloud].clone();
        lines.push(row(&format!("  {name}"), numbers.map(|n| n.to_string())));
    }
    if from_here.len() > FROM_HERE {
        let more = words::count(from_here.len() - FROM_HERE, "more cloud");
        lines.push(format!(
            "  … and {more}, which break more; `interop rank` orders them all"
        ));
    }
    let nothing = report.pairs.iter().filter(|pair| pair.places == 0).count();
    if nothing > 0 {
        lines.push(format!(
            "  NOTHING WAS COMPARED between {}",
            words::count(nothing, "pair")
        ));
    }
}

/// What was seen on both: of the pairs with the first cloud a line each, of the others the range.
pub fn belief(report: &Report, letters: &Letters<'_>, style: Style, lines: &mut Vec<String>) {
    let pairs = by_position(report);
    let (from_here, others): (Vec<_>, Vec<_>) = pairs.iter().partition(|((a, _), _)| *a == 0);
    let row = |first: &str, cells: [String; 3], rest: &str| {
        let cells: String = cells.iter().map(|cell| pad_left(cell, 9)).collect();
        let line = format!("{}{cells}   {rest}", pad(first, 26));
        super::screen::cut(&line, style.columns)
    };
    if from_here.len() <= LINES {
        let head = ["on both", "same", "differ"].map(str::to_owned);
        lines.push(style.heading(&row("WHETHER TO BELIEVE IT", head, "not on both")));
        for ((a, b), pair) in &from_here {
            let name = format!("  {} · {} steps", letters.at(*a), letters.at(*b));
            let numbers = [
                seen(pair),
                of_state(pair, State::Same),
                of_state(pair, State::Differs),
            ];
            lines.push(row(
                &name,
                numbers.map(|n| n.to_string()),
                &not_on_both(pair),
            ));
        }
        range("the other pairs", &others, style, lines);
    } else {
        lines.push(style.heading("WHETHER TO BELIEVE IT"));
        range("pairs from here", &from_here, style, lines);
        range("the other pairs", &others, style, lines);
    }
}

/// The least and the most of several pairs.
fn range(
    name: &str,
    pairs: &[(&(usize, usize), &&PairSummary)],
    style: Style,
    lines: &mut Vec<String>,
) {
    if pairs.is_empty() {
        return;
    }
    let of = |count: &dyn Fn(&PairSummary) -> u32| {
        let all = pairs.iter().map(|(_, pair)| count(pair));
        let (least, most) = (all.clone().min().unwrap_or(0), all.max().unwrap_or(0));
        if least == most {
            least.to_string()
        } else {
            format!("{least} to {most}")
        }
    };
    let text = format!(
        "{name} ({}): {} steps seen on both, {} the same; {} not on both",
        pairs.len(),
        of(&seen),
        of(&|pair| of_state(pair, State::Same)),
        of(&|pair| pair.behaviours.values().sum::<u32>() - seen(pair))
    );
    for (n, line) in wrap(&text, style.columns - 4).into_iter().enumerate() {
        lines.push(format!("{}{line}", if n == 0 { "  " } else { "    " }));
    }
}

/// `60 blocked, 1 not exercised`.
fn not_on_both(pair: &PairSummary) -> String {
    let rest = pair.behaviours.iter();
    let rest = rest.filter(|(state, n)| !matches!(state, State::Same | State::Differs) && **n > 0);
    let words = rest.map(|(state, n)| format!("{n} {}", words::state(*state)));
    words.collect::<Vec<_>>().join(", ")
}

fn of_state(pair: &PairSummary, state: State) -> u32 {
    pair.behaviours.get(&state).copied().unwrap_or(0)
}

fn seen(pair: &PairSummary) -> u32 {
    of_state(pair, State::Same) + of_state(pair, State::Differs)
}

/// Pairs by the positions of their clouds.
fn by_position(report: &Report) -> BTreeMap<(usize, usize), &PairSummary> {
    let named = report.clouds.iter().enumerate();
    let position: BTreeMap<&str, usize> =
        named.map(|(n, cloud)| (cloud.name.as_str(), n)).collect();
    let pairs = report.pairs.iter().filter_map(|pair| {
        let a = *position.get(pair.a.as_str())?;
        let b = *position.get(pair.b.as_str())?;
        Some(((a, b), pair))
    });
    pairs.collect()
}
