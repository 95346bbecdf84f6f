//! `interop rank`: candidates in order, why, how much is known of each, and how far all clouds are from each other.

use super::cleaned::cleaned;
use super::letters::Letters;
use super::matrix::{MOST, matrix};
use super::screen::{contrast, cut, cut_middle, joined, pad, pad_left, wrap};
use super::style::Style;
use super::words;
use crate::judge::{Candidate, Impact, Ranking, Reason, Weights, readable};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Candidates of the table.
const CANDIDATES: usize = 20;
/// Candidates whose reasons are told, and places of each.
const EXPLAINED: usize = 5;
pub const REASONS: usize = 5;
/// Clouds that are told by how near they are, where there are too many for a square.
const NEAREST: usize = 10;

/// For people, with so many reasons of each candidate; `usize::MAX` tells of every candidate. Fails only by a defect of ours.
pub fn ranking(ranking: &Ranking, style: Style, most: usize) -> serde_json::Result<String> {
    let ranking = &cleaned(ranking)?;
    let all = most == usize::MAX;
    let mut lines = Vec::new();
    title(ranking, style, &mut lines);
    order(
        ranking,
        if all { most } else { CANDIDATES },
        style,
        &mut lines,
    );
    weights(&ranking.weights, style, &mut lines);
    reasons(
        ranking,
        if all { most } else { EXPLAINED },
        most,
        style,
        &mut lines,
    );
    distances(ranking, style, &mut lines);
    lines.push(style.heading("NOT COMPARABLE, NOT LOOKED AT"));
    for line in &ranking.not_compared {
        let room = style.columns - 2;
        let line = if all {
            line.clone()
        } else {
            cut(line, room * 2 - 4)
        };
        put(&line, style, &mut lines);
    }
    Ok(joined(&lines))
}

fn put(text: &str, style: Style, lines: &mut Vec<String>) {
    for (n, line) in wrap(text, style.columns - 4).iter().enumerate() {
        lines.push(format!("{}{line}", if n == 0 { "  " } else { "    " }));
    }
}

fn title(ranking: &Ranking, style: Style, lines: &mut Vec<String>) {
    let right = format!("{} · interop {}", ranking.as_of, ranking.tool_version);
    let candidates = words::count(ranking.candidates.len(), "candidate");
    let left = format!("interop rank · from {} · {candidates}", ranking.here);
    let room = style.columns.saturating_sub(right.chars().count() + 1);
    lines.push(style.heading(&format!("{} {right}", pad(&left, room))));
    lines.push(format!(
        "{} exercised on {}",
        words::count(ranking.exercised as usize, "step"),
        ranking.here
    ));
    lines.push(String::new());
}

fn order(ranking: &Ranking, most: usize, style: Style, lines: &mut Vec<String>) {
    let row = |name: &str, cells: [String; 8]| {
        let widths = [8, 8, 7, 7, 7, 7, 7, 7];
        let cells = cells.iter().zip(widths);
        let cells: String = cells.map(|(cell, width)| pad_left(cell, width)).collect();
        let room = style.columns.saturating_sub(58);
        format!("{}{cells}", pad(name, room))
    };
    let head = [
        "cost", "→break", "degr.", "←break", "degr.", "not off", "doubt", "known",
    ];
    lines.push(style.heading(&row("ORDER", head.map(str::to_owned))));
    for candidate in ranking.candidates.iter().take(most) {
        let of = |counts: &BTreeMap<Impact, u32>, impact| {
            counts.get(&impact).copied().unwrap_or(0).to_string()
        };
        let rank = candidate
            .rank
            .map_or_else(|| "–".to_owned(), |rank| rank.to_string());
        let cells = [
            number(candidate.cost.total),
            of(&candidate.there, Impact::Breaks),
            of(&candidate.there, Impact::Degrades),
            of(&candidate.back, Impact::Breaks),
            of(&candidate.back, Impact::Degrades),
            candidate.unsupported.len().to_string(),
            candidate.unconfirmed.to_string(),
            format!("{:.0} %", (candidate.known.share * 100.0).floor()),
        ];
        lines.push(row(
            &format!("{} {}", pad_left(&rank, 3), candidate.name),
            cells,
        ));
        if let Some(why) = &candidate.why_not {
            let text = format!("not comparable enough, so not ranked: {why}");
            for line in wrap(&text, style.columns - 6) {
                lines.push(format!("      {line}"));
            }
        }
    }
    if ranking.candidates.len() > most {
        let more = words::count(ranking.candidates.len() - most, "more candidate");
        lines.push(format!("  … and {more}; --full tells all"));
    }
    lines.push(String::new());
}

/// How the cost comes about.
fn weights(weights: &Weights, style: Style, lines: &mut Vec<String>) {
    let of = |impact| number(weights.of_impact(impact));
    let mut text = format!(
        "cost: what breaks {}, degrades {}, drifts {}, is cosmetic {}; a scenario not offered {}; what can lose data ×{}; \
         there ×{}, back ×{}",
        of(Impact::Breaks),
        of(Impact::Degrades),
        of(Impact::Drifts),
        of(Impact::Cosmetic),
        number(weights.unsupported),
        number(weights.data),
        number(weights.there),
        number(weights.back)
    );
    for (service, weight) in &weights.service {
        let _ = write!(text, "; {service} ×{}", number(*weight));
    }
    text.push_str(
        ". doubt: findings that chance could have made, not in the cost. known: the share of what was exercised here of \
         which something is known there. --print-weights shows how to weigh otherwise.",
    );
    put(&text, style, lines);
    lines.push(String::new());
}

fn reasons(
    ranking: &Ranking,
    candidates: usize,
    most: usize,
    style: Style,
    lines: &mut Vec<String>,
) {
    let others = ranking.candidates.len();
    for candidate in ranking.candidates.iter().take(candidates) {
        let cost = number(candidate.cost.total);
        let rank = candidate
            .rank
            .map_or_else(|| "–".to_owned(), |rank| rank.to_string());
        lines.push(style.heading(&format!("WHY {rank} {} costs {cost}", candidate.name)));
        put(&known(candidate), style, lines);
        let places = by_place(&candidate.reasons);
        for (reason, ways, cost) in places.iter().take(most) {
            lines.push(line(reason, *ways, *cost, others, style));
        }
        if places.len() > most {
            lines.push(format!(
                "   … and {}",
                words::count(places.len() - most, "more place")
            ));
        }
        if !candidate.unsupported.is_empty() {
            let shown: Vec<&str> = candidate
                .unsupported
                .iter()
                .take(3)
                .map(String::as_str)
                .collect();
            let more = candidate.unsupported.len() - shown.len();
            let rest = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            put(
                &format!("not offered: {}{rest}", shown.join(", ")),
                style,
                lines,
            );
        }
        lines.push(String::new());
    }
}

/// What became of what was exercised here.
fn known(candidate: &Candidate) -> String {
    let known = candidate.known;
    let mut parts = vec![
        format!("{} the same", known.same),
        format!("{} differ", known.differs),
    ];
    for (n, word) in [
        (known.blocked, "blocked by a finding"),
        (known.unsupported, "not offered"),
        (known.unconfirmed, "in doubt"),
        (known.unknown, "unknown"),
    ] {
        if n > 0 {
            parts.push(format!("{n} {word}"));
        }
    }
    if candidate.unconfirmed > 0 {
        parts.push(format!(
            "{} in doubt would cost {} more",
            words::count(candidate.unconfirmed as usize, "finding"),
            number(candidate.unconfirmed_cost)
        ));
    }
    if candidate.waived > 0 {
        parts.push(format!("{} waived", candidate.waived));
    }
    format!("of what was exercised here {}", parts.join(", "))
}

/// The dearest finding of each place, in how many ways it differs there, and what all of them cost; the dearest place first.
fn by_place(reasons: &[Reason]) -> Vec<(&Reason, usize, f64)> {
    let mut places: Vec<(&Reason, usize, f64)> = Vec::new();
    let mut index: BTreeMap<&str, usize> = BTreeMap::new();
    for reason in reasons {
        let at = *index.entry(&reason.id).or_insert(places.len());
        match places.get_mut(at) {
            Some((_, ways, cost)) => {
                *ways += 1;
                *cost += reason.cost;
            }
            None => places.push((reason, 1, reason.cost)),
        }
    }
    places.sort_by(|l, r| r.2.total_cmp(&l.2));
    places
}

/// Cost, id, place, values, and whether others have it too.
fn line(reason: &Reason, ways: usize, cost: f64, others: usize, style: Style) -> String {
    let free = style.columns.saturating_sub(34).max(24);
    let room = free * 2 / 5;
    let short = |value: &str| readable(value).replace('\n', "\\n");
    let (a, b) = contrast(&short(&reason.a.value), &short(&reason.b.value), room - 3);
    let place = if reason.operation == "discovery" {
        format!("{} {}", reason.service, reason.place)
    } else {
        format!("{} {}", reason.operation, reason.place)
    };
    let place = if ways > 1 {
        format!("{place}, {ways} ways")
    } else {
        place
    };
    let shared = match reason.shared_by as usize {
        1 if others > 1 => "only it".to_owned(),
        all if all == others && others > 1 => "all".to_owned(),
        _ if others < 2 => String::new(),
        some => format!("{some} of {others}"),
    };
    format!(
        "  {} {} {} {} {}",
        pad_left(&number(cost), 7),
        pad(&reason.id, 10),
        pad(&cut_middle(&place, free - room), free - room),
        pad(&cut(&format!("{a} · {b}"), room), room),
        cut(&shared, 10)
    )
    .trim_end()
    .to_owned()
}

fn distances(ranking: &Ranking, style: Style, lines: &mut Vec<String>) {
    let names: Vec<&str> = {
        let mut names: Vec<&str> = ranking.distances.iter().map(|d| d.a.as_str()).collect();
        names.extend(ranking.distances.last().map(|d| d.b.as_str()));
        names.dedup();
        names
    };
    if names.len() < 3 {
        return;
    }
    let letters = Letters::new(names.iter().copied());
    if names.len() <= MOST {
        let between = |row: usize, column: usize, mean: bool| {
            let (first, second) = (row.min(column), row.max(column));
            let of = |d: &&crate::judge::Distance| d.a == names[first] && d.b == names[second];
            let Some(distance) = ranking.distances.iter().find(of).filter(|d| d.seen > 0) else {
                return "?".to_owned();
            };
            number(match (mean, row < column) {
                (true, _) => distance.mean,
                (false, true) => distance.forward,
                (false, false) => distance.back,
            })
        };
        let one_way = matrix("DISTANCE, FROM \\ TO", &letters, style.columns, &|r, c| {
            between(r, c, false)
        });
        let both = matrix("DISTANCE, BOTH WAYS", &letters, style.columns, &|r, c| {
            between(r, c, true)
        });
        for square in [one_way, both] {
            for (n, line) in square.into_iter().enumerate() {
                lines.push(if n == 0 { style.heading(&line) } else { line });
            }
            lines.push(String::new());
        }
        return;
    }
    lines.push(style.heading(&format!("THE NEAREST TO {}, both ways", ranking.here)));
    let mut near: Vec<_> = ranking
        .distances
        .iter()
        .filter(|d| d.a == ranking.here && d.seen > 0)
        .collect();
    near.sort_by(|l, r| l.mean.total_cmp(&r.mean));
    for distance in near.iter().take(NEAREST) {
        lines.push(format!(
            "  {}{}   there {}, back {}",
            pad(&distance.b, 30),
            pad_left(&number(distance.mean), 9),
            number(distance.forward),
            number(distance.back)
        ));
    }
    if ranking.distances.len() > near.len().min(NEAREST) {
        let all = ranking.distances.len();
        lines.push(format!(
            "  … all {all} distances are in the JSON (--json FILE)"
        ));
    }
    lines.push(String::new());
}

/// "12", "12.5".
fn number(number: f64) -> String {
    let rounded = (number * 100.0).round() / 100.0;
    if rounded.fract() == 0.0 || rounded >= 100.0 {
        format!("{rounded:.0}")
    } else {
        format!("{rounded}")
    }
}
