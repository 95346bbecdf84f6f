//! What was timed or searched, as small plots: states over time, windows of stale reads, limits. Every number is there in words too.

use super::mark::number;
use crate::judge::{Measured, MeasuredOn, Report, StateSeen};
use crate::report::words;
use maud::{Markup, html};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Of a plot, in its own units.
const WIDTH: f64 = 400.0;
/// Of one repeat, and what is free between two.
const BAR: f64 = 7.0;
const STEP: f64 = 9.0;
/// Repeats drawn; of more the number is told.
const REPEATS: usize = 10;
/// States that have a fill of their own.
const FILLS: usize = 6;
/// The greatest limit that a plot's scale is drawn to is a power of ten beyond this.
const LEAST: f64 = 10.0;

/// Whether a step was measured in a way.
type Holds = fn(&MeasuredOn) -> bool;

pub fn measured(report: &Report) -> Markup {
    if report.measured.is_empty() {
        return html! {};
    }
    let differing: BTreeSet<&str> = report
        .findings
        .iter()
        .flat_map(|finding| finding.steps.iter().map(String::as_str))
        .collect();
    let kinds: [(&str, &str, Holds); 3] = [
        ("states", "how long polls saw each state", |on| {
            !on.states.is_empty()
        }),
        (
            "consistency",
            "how long reads were stale after a write",
            |on| !on.windows.is_empty(),
        ),
        ("limits", "the highest number accepted", |on| {
            !on.limits.is_empty()
        }),
    ];
    html! {
        section #measured {
            h2 { "Measured " small { "whether or not it differs; clouds on one machine share its load" } }
            @for (name, what, holds) in kinds {
                @let of_kind: Vec<_> = report.measured.iter().filter(|m| m.on.iter().any(holds)).collect();
                @if !of_kind.is_empty() {
                    details.measures open[of_kind.len() <= 12] {
                        summary { (name) " " span.hint { (what) ", " (words::count(of_kind.len(), "step")) } }
                        div.plots { @for measured in of_kind { (figure(measured, differing.contains(measured.step.as_str()))) } }
                    }
                }
            }
        }
    }
}

fn figure(measured: &Measured, differs: bool) -> Markup {
    let states = names(measured);
    let longest = |of: &dyn Fn(&MeasuredOn) -> Option<f64>| {
        measured.on.iter().filter_map(of).fold(0.0, f64::max)
    };
    let time = longest(&|on| {
        on.states
            .iter()
            .filter_map(|s| s.last())
            .map(|s| whole(s.2))
            .reduce(f64::max)
    });
    let stale = longest(&|on| on.windows.iter().map(|w| whole(w.2)).reduce(f64::max));
    let limit = longest(&|on| {
        on.limits
            .iter()
            .filter_map(|(shown, _)| digits(shown))
            .reduce(f64::max)
    });
    html! {
        figure.measure data-step=(measured.step) {
            figcaption {
                code { (measured.step) }
                @if !matches!(measured.of.as_str(), "states" | "consistency") { " " (measured.of) }
                @if differs { " " span.breaks { "differs" } }
            }
            @for on in &measured.on {
                div.track {
                    span.name { bdi { (on.cloud) } }
                    @if !on.states.is_empty() {
                        (timeline(on, &states, time))
                        span.said { (said_states(on)) }
                    } @else if !on.windows.is_empty() {
                        (windows(on, stale))
                        span.said { (said_windows(on)) }
                    } @else {
                        (limits(on, limit))
                        span.said { (said_limits(on)) }
                    }
                }
            }
            @if states.len() > 1 {
                div.key { @for (n, state) in states.iter().enumerate() {
                    svg viewBox="0 0 10 10" aria-hidden="true" { rect class={ "s" (n.min(FILLS - 1)) } width="10" height="10" {} } " " (state) " "
                } }
            }
        }
    }
}

/// All states, in the order in which they come: those of the longest sequence first.
fn names(measured: &Measured) -> Vec<&str> {
    let mut sequences: Vec<_> = measured.on.iter().flat_map(|on| &on.states).collect();
    sequences.sort_by_key(|states| Reverse(states.len()));
    let mut names: Vec<&str> = Vec::new();
    for StateSeen(name, ..) in sequences.into_iter().flatten() {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names
}

/// A bar a repeat: each state from when it was first seen to when the next one was.
fn timeline(on: &MeasuredOn, names: &[&str], longest: f64) -> Markup {
    let bars = on.states.iter().take(REPEATS).enumerate();
    let scale = (WIDTH - 4.0) / longest.max(1.0);
    let pieces: Vec<_> = bars
        .flat_map(|(n, states)| {
            let y = at(whole(n as u64) * STEP);
            states
                .iter()
                .enumerate()
                .map(move |(k, StateSeen(name, first, last))| {
                    let end = states.get(k + 1).map_or(*last, |next| next.1);
                    let wide = (whole(end.saturating_sub(*first)) * scale).max(4.0);
                    let fill = names
                        .iter()
                        .position(|other| other == name)
                        .unwrap_or_default();
                    let told = format!("{name}: from {} to {}", ms(*first), ms(*last));
                    (
                        at(whole(*first) * scale),
                        y.clone(),
                        at(wide),
                        fill.min(FILLS - 1),
                        told,
                    )
                })
        })
        .collect();
    let tall = at(whole(on.states.len().min(REPEATS) as u64) * STEP);
    html! {
        svg.plot viewBox={ "0 0 " (WIDTH) " " (tall) } preserveAspectRatio="none" height=(tall) role="img" aria-label=(said_states(on)) {
            @for (x, y, width, fill, told) in &pieces {
                rect class={ "s" (fill) } x=(x) y=(y) width=(width) height=(BAR) { title { (told) } }
            }
        }
    }
}

fn said_states(on: &MeasuredOn) -> String {
    let longest = on.states.iter().max_by_key(|states| states.len());
    let names: Vec<&str> = longest
        .into_iter()
        .flatten()
        .map(|s| s.0.as_str())
        .collect();
    // of one state alone, how long it was looked at
    let (word, ends): (_, Vec<u64>) = if names.len() == 1 {
        (
            "for",
            on.states.iter().filter_map(|s| Some(s.last()?.2)).collect(),
        )
    } else {
        (
            "in",
            on.states.iter().filter_map(|s| Some(s.last()?.1)).collect(),
        )
    };
    let times = match (ends.iter().min(), ends.iter().max()) {
        (Some(0), Some(0)) => " at once".to_owned(),
        (Some(least), Some(most)) if least == most => format!(" {word} {}", ms(*most)),
        (Some(least), Some(most)) => format!(" {word} {} to {}", ms(*least), ms(*most)),
        _ => String::new(),
    };
    let more = if on.states.len() > REPEATS {
        format!(", the first {REPEATS} of {} repeats", on.states.len())
    } else {
        String::new()
    };
    format!("{}{times}{more}", names.join(" → "))
}

/// A dot a repeat: how long after the write the last stale read was sent.
fn windows(on: &MeasuredOn, longest: f64) -> Markup {
    let scale = (WIDTH - 12.0) / longest.max(1.0);
    html! {
        svg.plot viewBox={ "0 0 " (WIDTH) " 14" } height="14" role="img" aria-label=(said_windows(on)) {
            line x1="0" x2=(WIDTH) y1="7" y2="7" {}
            @for (_, stale, last) in &on.windows {
                circle class=(if *stale > 0 { "stale" } else { "fresh" }) cx=(at(whole(*last) * scale + 6.0)) cy="7" r="4" {}
            }
        }
    }
}

fn said_windows(on: &MeasuredOn) -> String {
    let stale = on.windows.iter().filter(|window| window.1 > 0).count();
    let repeats = words::count(on.windows.len(), "repeat");
    let longest = on.windows.iter().map(|window| window.2).max().unwrap_or(0);
    if stale == 0 {
        format!("never stale in {repeats}")
    } else {
        format!(
            "stale in {stale} of {repeats}, up to {} after the write",
            ms(longest / 1000)
        )
    }
}

/// A bar to each limit found, on a scale of powers of ten.
fn limits(on: &MeasuredOn, greatest: f64) -> Markup {
    let top = greatest.max(LEAST).log10();
    let wide = |shown: &str| {
        let part = digits(shown).map_or(0.0, |n| n.max(1.0).log10() / top);
        at((part * (WIDTH - 12.0)).max(2.0))
    };
    html! {
        svg.plot viewBox={ "0 0 " (WIDTH) " 10" } height="10" role="img" aria-label=(said_limits(on)) {
            @for (shown, _) in &on.limits {
                rect class={ "limit" @if shown.starts_with('≥') { " open" } } x="0" y="1" width=(wide(shown)) height="8" {}
            }
        }
    }
}

fn said_limits(on: &MeasuredOn) -> String {
    let all: Vec<String> = on
        .limits
        .iter()
        .map(|(shown, times)| {
            if on.limits.len() == 1 {
                shown.clone()
            } else {
                format!("{shown} ×{times}")
            }
        })
        .collect();
    all.join(" · ")
}

/// The number of `≥ 512`.
fn digits(shown: &str) -> Option<f64> {
    let digits: String = shown
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().ok()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a plot of some hundred points across"
)]
fn whole(n: u64) -> f64 {
    n as f64
}

fn at(x: f64) -> String {
    format!("{x:.1}")
}

/// `1.24 s`, `320 ms`.
fn ms(ms: u64) -> String {
    match ms {
        0..1000 => format!("{ms} ms"),
        1000..60_000 => format!("{}.{:02} s", ms / 1000, ms % 1000 / 10),
        _ => format!("{} s", number(ms / 1000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(cloud: &str, ends: &[u64]) -> MeasuredOn {
        let seen = |end: &u64| {
            vec![
                StateSeen("BUILD".into(), 0, end - 100),
                StateSeen("ACTIVE".into(), *end, *end),
            ]
        };
        MeasuredOn {
            cloud: cloud.into(),
            states: ends.iter().map(seen).collect(),
            windows: vec![],
            limits: vec![],
        }
    }

    #[test]
    fn a_timeline_has_a_bar_a_repeat_on_one_scale_for_all_clouds() {
        let measured = Measured {
            step: "compute/server/lifecycle#boot".into(),
            service: "compute".into(),
            of: "states".into(),
            on: vec![on("a", &[1000, 1500]), on("b", &[3000])],
        };
        let plot = figure(&measured, false).into_string();
        assert_eq!(
            plot.matches("<rect class=\"s0\" x=\"0.0\"").count(),
            3,
            "{plot}"
        );
        // 396 units are three seconds
        assert!(plot.contains("width=\"132.0\""), "{plot}");
        assert!(
            plot.contains("BUILD → ACTIVE in 1.00 s to 1.50 s"),
            "{plot}"
        );
    }

    #[test]
    fn a_poll_that_saw_one_state_only_says_how_long_it_looked() {
        let mut on = on("a", &[]);
        on.states = vec![vec![StateSeen("in-use".into(), 0, 4700)]];
        assert_eq!(said_states(&on), "in-use for 4.70 s");
        on.states = vec![vec![StateSeen("available".into(), 0, 0)]];
        assert_eq!(said_states(&on), "available at once");
    }

    #[test]
    fn limits_and_windows_are_told_in_words() {
        let mut on = on("a", &[]);
        on.limits = vec![("≥ 512".into(), 3)];
        assert_eq!(
            (said_limits(&on), digits("≥ 512")),
            ("≥ 512".into(), Some(512.0))
        );
        on.windows = vec![(10, 0, 0), (10, 3, 410_000)];
        assert_eq!(
            said_windows(&on),
            "stale in 1 of 2 repeats, up to 410 ms after the write"
        );
    }
}
