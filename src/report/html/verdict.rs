//! The verdict both ways, whether to believe it, and what can't be compared.

use super::mark::{number, shape};
use crate::compare::State;
use crate::judge::{Impact, PairSummary, Report};
use crate::report::absent::absent;
use crate::report::words;
use maud::{Markup, html};
use std::collections::BTreeMap;

const IMPACTS: [(Impact, &str); 4] = [
    (Impact::Breaks, "break"),
    (Impact::Degrades, "degrade"),
    (Impact::Drifts, "drift"),
    (Impact::Cosmetic, "cosmetic"),
];
const STATES: [(State, &str); 7] = [
    (State::Same, "the same"),
    (State::Differs, "differ"),
    (State::Blocked, "blocked"),
    (State::Unsupported, "unsupported"),
    (State::NotExercised, "not exercised"),
    (State::Unconfirmed, "unconfirmed"),
    (State::NotRun, "not run"),
];
/// Clouds in words in the title; of more the first and how many.
const NAMED: usize = 6;

type Counts = BTreeMap<Impact, u32>;

pub fn title(report: &Report) -> String {
    let names: Vec<_> = report.clouds.iter().map(|c| c.name.as_str()).collect();
    if names.len() > NAMED {
        format!("{} and {} more clouds", names[0], names.len() - 1)
    } else {
        names.join(" · ")
    }
}

pub fn verdict(report: &Report) -> Markup {
    html! {
        section #verdict aria-label="Verdict" {
            @for cloud in report.clouds.iter().filter(|cloud| cloud.untested) {
                p.warning { "UNTESTED: the profile of " (cloud.name) " ships without ever having run." }
            }
            @if let [pair] = report.pairs.as_slice() {
                @if pair.places == 0 {
                    p.warning { "Nothing was compared." }
                } @else {
                    div.ways {
                        (way((&pair.a, &pair.b), "moving on", &pair.forward, (0, 1)))
                        (way((&pair.b, &pair.a), "coming back", &pair.back, (1, 0)))
                    }
                }
            } @else { (every_way(report)) }
            @if let Some(beside) = beside(report) { p.beside { "Beside: " (beside) } }
        }
    }
}

fn way((from, to): (&str, &str), what: &str, counts: &Counts, clouds: (usize, usize)) -> Markup {
    let of = |impact| counts.get(&impact).copied().unwrap_or(0);
    let harmless = IMPACTS.iter().all(|(impact, _)| of(*impact) == 0);
    html! {
        div.direction {
            h2 { bdi { (from) } " " span.arrow { "→" } " " bdi { (to) } " " small { (what) } }
            @if harmless { p.calm { "No difference found that hurts this way." } }
            p.counts {
                @for (impact, word) in IMPACTS {
                    @let n = of(impact);
                    a class={ "count " (words::impact(impact)) @if n == 0 { " zero" } }
                        href={ "#?impact=" (words::impact(impact)) "&from=" (clouds.0) "&to=" (clouds.1) } {
                        span.shape { (shape(impact)) } " " b { (n) } " " (word)
                    }
                }
            }
            (bar(counts))
        }
    }
}

/// How many of each impact, as one bar.
fn bar(counts: &Counts) -> Markup {
    let of = |impact| counts.get(&impact).copied().unwrap_or(0);
    let total: u32 = IMPACTS.iter().map(|(impact, _)| of(*impact)).sum();
    let mut at = 0.0;
    let pieces: Vec<_> = IMPACTS
        .iter()
        .map(|(impact, _)| {
            let wide = f64::from(of(*impact)) * 1000.0 / f64::from(total.max(1));
            at += wide;
            (
                words::impact(*impact),
                format!("{:.1}", at - wide),
                format!("{wide:.1}"),
            )
        })
        .collect();
    html! {
        svg.bar viewBox="0 0 1000 6" preserveAspectRatio="none" aria-hidden="true" {
            @for (class, x, width) in &pieces { rect class=(class) x=(x) y="0" width=(width) height="6" {} }
        }
    }
}

/// From each cloud (rows) to each other (columns).
fn every_way(report: &Report) -> Markup {
    let mut moves: BTreeMap<(&str, &str), &Counts> = BTreeMap::new();
    for pair in &report.pairs {
        moves.insert((&pair.a, &pair.b), &pair.forward);
        moves.insert((&pair.b, &pair.a), &pair.back);
    }
    let compared = |a: &str, b: &str| {
        let of_both = |p: &&PairSummary| (p.a == a && p.b == b) || (p.a == b && p.b == a);
        report
            .pairs
            .iter()
            .find(of_both)
            .is_some_and(|p| p.places > 0)
    };
    let of = |counts: &Counts, impact| counts.get(&impact).copied().unwrap_or(0);
    html! {
        div.wide {
            table.moves {
                caption {
                    "What hurts who moves from a cloud (row) to another (column): "
                    span.breaks { (shape(Impact::Breaks)) } " break, "
                    span.degrades { (shape(Impact::Degrades)) } " degrade"
                }
                thead { tr {
                    th scope="col" { "from ↓ to →" }
                    @for cloud in &report.clouds { th scope="col" { bdi { (cloud.name) } } }
                } }
                tbody {
                    @for (a, from) in report.clouds.iter().enumerate() {
                        tr {
                            th scope="row" { bdi { (from.name) } }
                            @for (b, to) in report.clouds.iter().enumerate() {
                                @match moves.get(&(from.name.as_str(), to.name.as_str())).copied() {
                                    Some(_) if !compared(&from.name, &to.name) => td { "nothing compared" },
                                    Some(counts) => td {
                                        a href={ "#?from=" (a) "&to=" (b) } title={ (from.name) " → " (to.name) } {
                                            span.breaks { (shape(Impact::Breaks)) (of(counts, Impact::Breaks)) } " "
                                            span.degrades { (shape(Impact::Degrades)) (of(counts, Impact::Degrades)) }
                                        }
                                    },
                                    None => td.same { "—" },
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn beside(report: &Report) -> Option<String> {
    let changed = report.waived.iter().filter(|w| w.changed).count();
    let counts = [
        (report.waived.len() - changed, "waived"),
        (changed, "changed since waived"),
        (report.unconfirmed.len(), "unconfirmed"),
        (report.unused_waivers.len(), "waivers that matched nothing"),
    ];
    let told: Vec<_> = counts
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| format!("{n} {what}"))
        .collect();
    (!told.is_empty()).then(|| told.join(" · "))
}

pub fn belief(report: &Report) -> Markup {
    let of = |pair: &PairSummary, state| pair.behaviours.get(&state).copied().unwrap_or(0);
    let seen: Vec<_> = STATES
        .into_iter()
        .filter(|(state, _)| {
            matches!(state, State::Same | State::Differs)
                || report.pairs.iter().any(|p| of(p, *state) > 0)
        })
        .collect();
    let noisy = report.pairs.iter().any(|pair| pair.noise > 0);
    html! {
        section #belief {
            h2 { "Whether to believe it" }
            div.wide { table.facts {
                thead { tr {
                    th scope="col" { "clouds" }
                    th scope="col" title="steps of scenarios seen on both clouds" { "steps on both" }
                    @for (_, word) in &seen { th scope="col" { (word) } }
                    th scope="col" title="observations compared" { "places" }
                    th scope="col" { "repeats" }
                    th scope="col" title="places that are not the same in all repeats" { "flap" }
                    @if noisy { th scope="col" title="compared by class only; of these, would have differed" { "known noise" } }
                    th scope="col" title="how many findings chance could have made, at most" { "false findings" }
                } }
                tbody { @for pair in &report.pairs { tr {
                    th scope="row" { bdi { (pair.a) } " · " bdi { (pair.b) } }
                    td { (number(u64::from(of(pair, State::Same) + of(pair, State::Differs)))) }
                    @for (state, _) in &seen { td { (number(u64::from(of(pair, *state)))) } }
                    td { (number(pair.places)) }
                    td { (repeats(pair)) }
                    td { (number(pair.mixed)) }
                    @if noisy { td { (number(pair.noise)) " (" (number(pair.hidden)) ")" } }
                    td { (chance(pair)) }
                } } }
            } }
            @let notes = notes(report);
            @if !notes.is_empty() { ul { @for note in notes { li { (note) } } } }
        }
    }
}

fn repeats(pair: &PairSummary) -> String {
    let (least, most) = pair.repeats;
    if least == most {
        most.to_string()
    } else {
        format!("{least} to {most}")
    }
}

fn chance(pair: &PairSummary) -> String {
    if pair.repeats.1 < 2 {
        "can't be told: one repeat".to_owned()
    } else {
        format!("≤ {}", words::bound(pair.error_bound))
    }
}

fn notes(report: &Report) -> Vec<String> {
    let mut notes = Vec::new();
    let aside: u64 = report.clouds.iter().map(|c| c.set_aside).sum();
    if aside > 0 {
        let executions = words::count(usize::try_from(aside).unwrap_or(usize::MAX), "execution");
        notes.push(format!("{executions} set aside and run again: an answer of 429, 502, 503, 504, or a broken connection."));
    }
    if !report.changed_scenarios.is_empty() {
        let changed = words::count(report.changed_scenarios.len(), "scenario");
        notes.push(format!(
            "{changed} changed between the recordings: not compared."
        ));
    }
    for cloud in &report.clouds {
        let new = report
            .findings
            .iter()
            .filter(|f| f.unproven.contains(&cloud.name))
            .count();
        if new > 0 {
            let findings = words::count(new, "finding");
            notes.push(format!(
                "{findings} by scenarios new to {} ({}).",
                cloud.kind, cloud.name
            ));
        }
        if !cloud.complete {
            notes.push(format!(
                "The recording of {} ends before the run did.",
                cloud.name
            ));
        }
        if let Some(noise) = cloud.noise.as_ref().filter(|noise| noise.lapsed > 0) {
            notes.push(format!(
                "{} of {} no longer hold: their last day is over.",
                noise.lapsed, noise.file
            ));
        }
    }
    notes
}

pub fn not_compared(report: &Report) -> Markup {
    let (said, _) = absent(report).unzip();
    html! {
        section #not-compared {
            h2 { "Not comparable, not looked at" }
            ul {
                @for line in report.not_compared.iter().chain(&said) { li { (line) } }
                @if !report.changed_scenarios.is_empty() {
                    li { "changed between the recordings: " (report.changed_scenarios.join(", ")) }
                }
            }
        }
    }
}
