//! What stands beside the findings: waivers, what flaps, known noise, and what was not seen.

use crate::compare::State;
use crate::judge::Report;
use crate::report::absent::absent;
use crate::report::unstable::by_answers;
use crate::report::words;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// Places of instability and lines of noise; of more the number is told.
const PLACES: usize = 200;

pub fn beside(report: &Report) -> Markup {
    html! {
        (waivers(report))
        (unseen(report))
        (instability(report))
        (noise(report))
        (skipped(report))
    }
}

fn waivers(report: &Report) -> Markup {
    if report.waived.is_empty() && report.unused_waivers.is_empty() {
        return html! {};
    }
    html! {
        section #waivers {
            h2 { "Waivers" }
            div.wide { table {
                thead { tr { th { "finding" } th { "by" } th { "until" } th { "why" } } }
                tbody {
                    @for waived in &report.waived { tr {
                        td { a href={ "#" (waived.finding.id) } { code { (waived.finding.id) "/" (waived.finding.values) } } " " (waived.finding.summary) }
                        td { (waived.who) }
                        td { (waived.until.as_deref().unwrap_or("ever")) }
                        td { (waived.why) @if waived.changed { strong { " Changed since: counted as a finding." } } }
                    } }
                    @for unused in &report.unused_waivers { tr { td colspan="4" { "matched nothing: " (unused) } } }
                }
            } }
        }
    }
}

/// Scenarios that say nothing, by why.
fn unseen(report: &Report) -> Markup {
    let mut by_why: BTreeMap<(State, &str, &str), Vec<&str>> = BTreeMap::new();
    for scenario in &report.scenarios {
        for (pair, (state, why)) in &scenario.states {
            if !matches!(state, State::Same | State::Differs) {
                by_why
                    .entry((*state, why, pair))
                    .or_default()
                    .push(&scenario.id);
            }
        }
    }
    if by_why.is_empty() {
        return html! {};
    }
    html! {
        section #unseen {
            h2 { "Not seen on both" }
            div.wide { table {
                thead { tr { th { "state" } th { "clouds" } th { "why" } th { "scenarios" } } }
                tbody { @for ((state, why, pair), scenarios) in &by_why { tr {
                    td { (words::state(*state)) } td { bdi { (pair) } } td { (why) } td { (scenarios.join(", ")) }
                } } }
            } }
        }
    }
}

fn instability(report: &Report) -> Markup {
    let places: Vec<_> = report
        .instability
        .iter()
        .filter(|place| !place.known)
        .collect();
    let places = by_answers(
        places,
        |i| (&*i.cloud, &*i.scenario, &*i.step),
        |i| &i.place,
    );
    if places.is_empty() {
        return html! {};
    }
    html! {
        section #unstable {
            h2 { "Unstable " small { "not the same in all repeats on one cloud; never gates by itself" } }
            div.wide { table {
                thead { tr { th { "cloud" } th { "place" } th { "seen" } th { "in" } } }
                tbody { @for (place, more) in places.iter().take(PLACES) { tr {
                    td { bdi { (place.cloud) } }
                    td { code { (place.operation) " " (place.place) } }
                    td { @for (n, (value, times)) in place.seen.iter().enumerate() {
                        @if n > 0 { " · " } bdi.value { (value) } " ×" (times)
                    } (words::in_its_answer(*more)) }
                    td { code { (place.scenario) "#" (place.step) } }
                } } }
            } }
            (more(places.len()))
        }
    }
}

fn noise(report: &Report) -> Markup {
    if report.noise.is_empty() {
        return html! {};
    }
    html! {
        section #noise {
            h2 { "Known noise " small { "listed in a noise file, compared by class only" } }
            div.wide { table {
                thead { tr { th { "cloud" } th { "place" } th { "clouds" } th { "places" } th { "would have differed" } th { "because" } } }
                tbody { @for entry in report.noise.iter().take(PLACES) { tr {
                    td { bdi { (entry.cloud) } }
                    td { code { (entry.operation) " " (entry.place) } }
                    td { bdi { (entry.a) " · " (entry.b) } }
                    td { (entry.places) } td { (entry.hidden) } td { (entry.because) }
                } } }
            } }
            (more(report.noise.len()))
        }
    }
}

fn more(n: usize) -> Markup {
    html! {
        @if n > PLACES { p { "… and " (words::count(n - PLACES, "more line")) " in the JSON report" } }
    }
}

fn skipped(report: &Report) -> Markup {
    let absent = absent(report).map(|(_, absent)| absent).unwrap_or_default();
    let mut by_why: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for cloud in &report.clouds {
        for skipped in cloud
            .skipped
            .iter()
            .filter(|s| !absent.contains(s.scenario.as_str()))
        {
            by_why
                .entry((&cloud.name, &skipped.why))
                .or_default()
                .push(&skipped.scenario);
        }
    }
    if by_why.is_empty() {
        return html! {};
    }
    html! {
        section #skipped {
            h2 { "Not run" }
            div.wide { table {
                thead { tr { th { "cloud" } th { "why" } th { "scenarios" } } }
                tbody { @for ((cloud, why), scenarios) in &by_why { tr {
                    td { bdi { (cloud) } } td { (why) } td { (scenarios.join(", ")) }
                } } }
            } }
        }
    }
}
