//! Clouds × behaviours: which clouds agree in a scenario, and what moving to them from the first one costs there.

use super::mark::{letter, shape};
use crate::compare::State;
use crate::judge::{Impact, Report, ScenarioResult};
use crate::report::words;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// On who moves from the first cloud to another and back, by scenario and cloud.
type Costs<'a> = BTreeMap<(&'a str, &'a str), (Impact, Impact)>;

pub fn matrix(report: &Report) -> Markup {
    let Some((home, others)) = report.clouds.split_first() else {
        return html! {};
    };
    let costs = costs(report, &home.name);
    let mut services: BTreeMap<&str, Vec<&ScenarioResult>> = BTreeMap::new();
    for scenario in &report.scenarios {
        services
            .entry(&scenario.service)
            .or_default()
            .push(scenario);
    }
    html! {
        section #matrix {
            h2 { "Clouds × behaviours" }
            p.legend {
                "Clouds with the same letter behave the same in a scenario. Beside it, the worst that happens to who moves there from "
                bdi { (home.name) } " (→) and comes back (←): "
                @for impact in [Impact::Breaks, Impact::Degrades, Impact::Drifts, Impact::Cosmetic] {
                    span class=(words::impact(impact)) { (shape(impact)) " " (words::impact(impact)) } " "
                }
                "and – where it was not seen, or can't be compared"
            }
            div.wide { table.matrix {
                thead { tr {
                    th scope="col" { "service, scenario" }
                    th scope="col" { "same / differ / other" }
                    th scope="col" { bdi { (home.name) } }
                    @for cloud in others { th scope="col" { bdi { (cloud.name) } br; span.arrows { "→ ←" } } }
                } }
                @for (service, scenarios) in &services {
                    tbody data-service=(service) {
                        (heading(report, service, scenarios))
                        @for scenario in scenarios { (row(report, scenario, &costs)) }
                    }
                }
            } }
        }
    }
}

/// A service, with the causes that break who moves from the first cloud.
fn heading(report: &Report, service: &str, scenarios: &[&ScenarioResult]) -> Markup {
    let states: Vec<State> = scenarios.iter().map(|s| worst(s)).collect();
    let count = |wanted: &dyn Fn(State) -> bool| states.iter().filter(|s| wanted(**s)).count();
    let same = count(&|s| s == State::Same);
    let differ = count(&|s| s == State::Differs);
    let breaking = |name: &str| {
        let mut counts = (0, 0);
        for finding in report.findings.iter().filter(|f| f.service == service) {
            if Some(&finding.a.cloud) == report.clouds.first().map(|c| &c.name)
                && finding.b.cloud == name
            {
                counts.0 += usize::from(finding.forward == Impact::Breaks);
                counts.1 += usize::from(finding.back == Impact::Breaks);
            }
        }
        counts
    };
    html! {
        tr.service {
            th scope="rowgroup" { button type="button" aria-expanded="true" { span.twist { "▾" } " " (service) } }
            td { (same) " / " (differ) " / " (scenarios.len() - same - differ) }
            td {}
            @for cloud in report.clouds.iter().skip(1) {
                @let (on, back) = breaking(&cloud.name);
                td.costs {
                    span class={ "breaks" @if on == 0 { " zero" } } { (shape(Impact::Breaks)) (on) } " "
                    span class={ "breaks" @if back == 0 { " zero" } } { (shape(Impact::Breaks)) (back) }
                }
            }
        }
    }
}

fn row(report: &Report, scenario: &ScenarioResult, costs: &Costs<'_>) -> Markup {
    let classes = classes(report, scenario);
    let state = worst(scenario);
    let short = scenario
        .id
        .strip_prefix(&format!("{}/", scenario.service))
        .unwrap_or(&scenario.id);
    let why: Vec<_> = scenario
        .states
        .values()
        .map(|(_, why)| why.as_str())
        .filter(|why| !why.is_empty())
        .collect();
    html! {
        tr class={ "scenario " (words::state(state).replace(' ', "-")) } {
            th scope="row" { a href={ "#?scenario=" (scenario.id) } title=(scenario.title) { (short) } }
            td title=[why.first()] { (words::state(state)) }
            @for (n, cloud) in report.clouds.iter().enumerate() {
                @let cost = costs.get(&(scenario.id.as_str(), cloud.name.as_str())).copied();
                td.costs {
                    @match classes[n] {
                        Some(class) => span class={ "class c" (class.min(5)) } { (letter(class)) },
                        None => span.class { "–" },
                    }
                    @if let Some((on, back)) = cost {
                        span class=(words::impact(on)) title={ "moving on: " (words::impact(on)) } { (shape(on)) } " "
                        span class=(words::impact(back)) title={ "coming back: " (words::impact(back)) } { (shape(back)) }
                    }
                }
            }
        }
    }
}

/// What speaks for a scenario over all pairs.
fn worst(scenario: &ScenarioResult) -> State {
    let states: Vec<State> = scenario.states.values().map(|(state, _)| *state).collect();
    if states.contains(&State::Differs) {
        return State::Differs;
    }
    let other = states.iter().find(|state| **state != State::Same);
    other.or(states.first()).copied().unwrap_or(State::NotRun)
}

/// By cloud: the class of clouds that it is the same as; none where no pair saw it.
fn classes(report: &Report, scenario: &ScenarioResult) -> Vec<Option<usize>> {
    let state = |a: usize, b: usize| {
        let key = format!("{} → {}", report.clouds[a].name, report.clouds[b].name);
        scenario.states.get(&key).map(|(state, _)| *state)
    };
    let clouds = report.clouds.len();
    let seen = |n: usize| {
        let with = |m: usize| if m < n { state(m, n) } else { state(n, m) };
        (0..clouds).any(|m| m != n && matches!(with(m), Some(State::Same | State::Differs)))
    };
    let mut classes: Vec<Option<usize>> = Vec::new();
    let mut next = 0;
    for n in 0..clouds {
        let like = (0..n)
            .find(|m| state(*m, n) == Some(State::Same))
            .and_then(|m| classes[m]);
        let class = match like {
            Some(class) => Some(class),
            None if seen(n) => {
                next += 1;
                Some(next - 1)
            }
            None => None,
        };
        classes.push(class);
    }
    classes
}

fn costs<'a>(report: &'a Report, home: &str) -> Costs<'a> {
    let mut costs = Costs::new();
    for finding in report.findings.iter().filter(|f| f.a.cloud == home) {
        for scenario in &finding.scenarios {
            let cost = costs.entry((scenario, &finding.b.cloud)).or_default();
            *cost = (cost.0.max(finding.forward), cost.1.max(finding.back));
        }
    }
    costs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::report;

    fn classed(states: &[(&str, State)]) -> Vec<Option<usize>> {
        let states = states
            .iter()
            .map(|(pair, state)| ((*pair).to_owned(), (*state, String::new())));
        let scenario = ScenarioResult {
            id: "compute/server/create".into(),
            title: String::new(),
            service: "compute".into(),
            states: states.collect(),
            findings: vec![],
        };
        classes(&report(&["a", "b", "c"], vec![]), &scenario)
    }

    #[test]
    fn clouds_that_are_the_same_share_a_class_and_what_was_not_seen_has_none() {
        let (same, differs, unsupported) = (State::Same, State::Differs, State::Unsupported);
        assert_eq!(
            classed(&[("a → b", differs), ("a → c", same), ("b → c", differs)]),
            [Some(0), Some(1), Some(0)]
        );
        assert_eq!(
            classed(&[
                ("a → b", unsupported),
                ("a → c", differs),
                ("b → c", unsupported)
            ]),
            [Some(0), None, Some(1)]
        );
        assert_eq!(classed(&[("a → b", unsupported)]), [None, None, None]);
    }
}
