//! Whether the error bound that a report prints is true: two clouds that are the same, on which places flap, compared very often.
//!
//! Everything from labels on is the real thing: [`label`], [`compare_scenario`], what stands apart, and rates; only what is
//! observed is drawn, with a seed.

use super::comparison::{Pending, append, conclude};
use super::next::{MOST_REPEATS, next_round};
use super::wellness::Wellness;
use super::{Kind, PairResult, compare_scenario, error_bound};
use crate::observe::{Observed, Part, Place, Rendered, StepSeen, label};
use crate::scenario::{Scenario, ScenarioId};
use std::collections::{BTreeMap, BTreeSet};

/// A pseudorandom sequence (`SplitMix64`).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Whether something happens that does so in `percent` of all cases.
    fn percent(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }
}

/// How a place flaps.
#[derive(Clone, Copy)]
enum Flap {
    /// It is there in so many percent of answers.
    Presence(u64),
    /// One value or the other, evenly.
    TwoValues,
}

/// The same cloud twice: scenarios of one step, each with places that flap and one that doesn't.
struct Twins {
    scenarios: Vec<Scenario>,
    /// By scenario: name and how it flaps.
    flaps: Vec<Vec<(String, Flap)>>,
    random: Random,
    /// By scenario, for each cloud.
    seen: Vec<[Vec<(u32, u32, Observed)>; 2]>,
}

impl Twins {
    /// `of` gives the places that flap in a scenario.
    fn new(scenarios: usize, of: impl Fn(usize) -> Vec<(String, Flap)>, seed: u64) -> Self {
        let scenario = |n: usize| {
            let text = format!(
                "title = 't'\nwhy = 'w'\nservice = 'compute'\nrefs = ['https://example.org']\n\
                 [[step]]\nid = 'ask'\nrequest = 'GET /things-{n}'\n"
            );
            Scenario::parse(ScenarioId(format!("a/b/s{n}")), "a.toml", &text).unwrap()
        };
        Self {
            scenarios: (0..scenarios).map(scenario).collect(),
            flaps: (0..scenarios).map(of).collect(),
            random: Random(seed),
            seen: (0..scenarios).map(|_| [Vec::new(), Vec::new()]).collect(),
        }
    }

    fn repeat(&mut self, scenario: usize, times: u32) {
        for cloud in 0..2 {
            for _ in 0..times {
                let observed = self.answer(scenario);
                let seen = &mut self.seen[scenario][cloud];
                let repeat = u32::try_from(seen.len()).unwrap() + 1;
                seen.push((1, repeat, observed));
            }
        }
    }

    fn answer(&mut self, scenario: usize) -> Observed {
        let place = |part, path: &str| Place {
            step: "ask".to_owned(),
            rows: vec![],
            part,
            path: path.to_owned(),
        };
        let value = |text: &str| Rendered {
            text: text.to_owned(),
            class: "string word".to_owned(),
            origins: BTreeSet::new(),
        };
        let mut values = BTreeMap::from([(place(Part::Status, ""), value("200"))]);
        for (name, flap) in &self.flaps[scenario] {
            let shown = match flap {
                Flap::Presence(percent) => self.random.percent(*percent).then_some("there"),
                Flap::TwoValues if self.random.percent(50) => Some("one"),
                Flap::TwoValues => Some("other"),
            };
            if let Some(shown) = shown {
                let part = if name.starts_with("$.") {
                    Part::Body
                } else {
                    Part::Header
                };
                values.insert(place(part, name), value(shown));
            }
        }
        Observed {
            values,
            steps: [(("ask".to_owned(), vec![]), StepSeen::Reached)].into(),
            exchanges: [(("ask".to_owned(), vec![]), 0)].into(),
            ..Observed::default()
        }
    }

    fn compared(&self) -> PairResult {
        let mut pair = PairResult::default();
        let mut pending = Pending::default();
        let mut repeats = Vec::new();
        for (scenario, [a, b]) in self.scenarios.iter().zip(&self.seen) {
            let mut compared = compare_scenario(scenario, &label(a), &label(b));
            pending.take(&pair, &mut compared);
            append(&mut pair, &scenario.id.0, compared);
            let count = u32::try_from(a.len()).unwrap();
            pair.repeats_of.insert(scenario.id.0.clone(), count);
            repeats.push(count);
        }
        pair.repeats = (
            *repeats.iter().min().unwrap(),
            *repeats.iter().max().unwrap(),
        );
        let well = Wellness::default();
        conclude(&mut pair, pending, (&well, &well));
        pair
    }

    /// After `first` repeats of everything, and rounds as `--repeat auto` plans them. Executions on one cloud, too.
    fn settled(&mut self, first: u32) -> (PairResult, u32) {
        let mut executions = 0;
        for scenario in 0..self.scenarios.len() {
            self.repeat(scenario, first);
            executions += first;
        }
        loop {
            let pair = self.compared();
            let Some(next) = next_round(std::slice::from_ref(&pair)) else {
                return (pair, executions);
            };
            for id in next.scenarios {
                let scenario = self.scenarios.iter().position(|s| s.id.0 == id);
                self.repeat(scenario.unwrap(), next.repeats);
                executions += next.repeats;
            }
        }
    }
}

/// Findings as a report counts them: one for each operation, place and kind.
fn findings(pair: &PairResult) -> usize {
    let key = |d: &super::Difference| (d.operation.clone(), d.place.clone(), d.kind);
    pair.differences
        .iter()
        .map(key)
        .collect::<BTreeSet<_>>()
        .len()
}

fn presence(scenario: usize, places: usize) -> Vec<(String, Flap)> {
    // 5 to 50 %, the fair worst case among them
    let rates = [5, 10, 20, 30, 40, 50];
    (0..places)
        .map(|n| {
            let rate = rates[(scenario + n) % rates.len()];
            (format!("$.p{n}"), Flap::Presence(rate))
        })
        .collect()
}

struct Totals {
    reports: f64,
    false_findings: f64,
    /// Sum of the bounds that were printed.
    bound: f64,
}

impl Totals {
    /// What can be expected of as many false findings as were seen, at least: Poisson, three standard deviations.
    fn at_least(&self) -> f64 {
        (self.false_findings - 3.0 * self.false_findings.sqrt()) / self.reports
    }
}

fn many(reports: u32, first: u32, twins: impl Fn(u64) -> Twins) -> Totals {
    let mut totals = Totals {
        reports: f64::from(reports),
        false_findings: 0.0,
        bound: 0.0,
    };
    for seed in 0..u64::from(reports) {
        let (pair, _) = twins(seed).settled(first);
        totals.false_findings += f64::from(u32::try_from(findings(&pair)).unwrap());
        totals.bound += error_bound(&pair);
    }
    totals
}

#[test]
fn differences_before_anything_stands_apart_are_no_more_than_the_bound_says() {
    for (repeats, reports) in [(2, 150), (3, 300), (10, 30)] {
        for fair in [true, false] {
            let (mut lucky, mut bound) = (0.0, 0.0);
            for seed in 0..reports {
                let two_values = |m| (format!("$.p{m}"), Flap::TwoValues);
                let of = |n| {
                    if fair {
                        (0..10).map(two_values).collect()
                    } else {
                        presence(n, 10)
                    }
                };
                let mut twins = Twins::new(3, of, seed);
                (0..3).for_each(|scenario| twins.repeat(scenario, repeats));
                let pair = twins.compared();
                let found = pair.unconfirmed.iter().chain(&pair.differences);
                let apart =
                    found.filter(|d| d.kind != Kind::LessOften && d.kind != Kind::MoreOften);
                let apart = apart.count();
                lucky += f64::from(u32::try_from(apart).unwrap());
                bound += crate::stats::expected_false_findings(pair.places, pair.mixed, repeats);
            }
            // three standard deviations of a count
            let most = bound + 3.0 * bound.sqrt() + 0.5;
            assert!(
                lucky <= most,
                "n = {repeats}, fair: {fair}: {lucky} of {bound}"
            );
            // and it is no idle bound
            if fair && repeats < 10 {
                assert!(
                    lucky >= bound - 3.0 * bound.sqrt(),
                    "n = {repeats}: {lucky} of {bound}"
                );
            }
        }
    }
}

#[test]
fn what_is_told_after_all_rounds_is_within_what_the_report_prints() {
    for first in [2, 3, 10] {
        let totals = many(120, first, |seed| Twins::new(6, |n| presence(n, 5), seed));
        let printed = totals.bound / totals.reports;
        assert!(printed <= super::BUDGET, "n = {first}: {printed}");
        assert!(
            totals.at_least() <= printed,
            "n = {first}: {} in {} reports, {printed} each",
            totals.false_findings,
            totals.reports
        );
        // one in twenty
        assert!(
            totals.false_findings <= 0.05 * totals.reports,
            "{}",
            totals.false_findings
        );
    }
}

#[test]
fn one_header_that_flaps_everywhere_is_no_finding_however_many_scenarios_are_lucky_at_once() {
    for flap in [Flap::Presence(50), Flap::TwoValues] {
        let of = |_| vec![("x-backend".to_owned(), flap)];
        let first = |seed| {
            let mut twins = Twins::new(150, of, seed);
            (0..150).for_each(|scenario| twins.repeat(scenario, 3));
            twins.compared()
        };
        let pairs: Vec<PairResult> = (0..20).map(first).collect();
        let lucky: usize = pairs.iter().map(|pair| pair.unconfirmed.len()).sum();
        assert!(lucky > 20, "{lucky}");
        let told: usize = pairs.iter().map(findings).sum();
        assert!(told <= 1, "{told} in 20 reports");
        let totals = many(4, 3, |seed| Twins::new(150, of, seed));
        assert!(totals.false_findings < 1.0, "{}", totals.false_findings);
    }
}

#[test]
fn a_header_that_is_missing_everywhere_is_told_with_three_repeats_though_others_flap() {
    let mut twins = Twins::new(30, |n| presence(n, 3), 1);
    (0..30).for_each(|scenario| twins.repeat(scenario, 3));
    for [_, b] in &mut twins.seen {
        for (_, _, observed) in b {
            let place = Place {
                step: "ask".to_owned(),
                rows: vec![],
                part: Part::Header,
                path: "vary".to_owned(),
            };
            let value = observed.values.values().next().unwrap().clone();
            observed.values.insert(place, value);
        }
    }
    let pair = twins.compared();
    let told: BTreeSet<&str> = pair.differences.iter().map(|d| d.place.as_str()).collect();
    assert_eq!(told, ["header vary"].into());
    assert!(error_bound(&pair) <= super::BUDGET);
}

#[test]
fn rates_that_are_the_same_are_told_apart_within_their_share_of_the_budget() {
    let mut told = 0;
    for seed in 0..150 {
        let mut twins = Twins::new(4, |n| presence(n, 5), seed);
        (0..4).for_each(|scenario| twins.repeat(scenario, MOST_REPEATS));
        told += findings(&twins.compared());
    }
    // at most 0.05 / 2 a report: 3.75 are expected at most, and the exact test spends far less
    assert!(told <= 4, "{told}");
}

#[test]
fn rounds_spend_repeats_only_where_something_flaps() {
    let of = |n| if n < 2 { presence(n + 4, 3) } else { vec![] };
    let (mut more, mut reports) = (0, 0);
    for seed in 0..20 {
        let (pair, executions) = Twins::new(20, of, seed).settled(3);
        assert!(pair.unconfirmed.is_empty(), "{:?}", pair.unconfirmed);
        let steady = pair
            .repeats_of
            .iter()
            .skip_while(|(id, _)| id.as_str() < "a/b/s10");
        assert!(
            steady
                .filter(|(id, _)| id.len() > 6)
                .all(|(_, repeats)| *repeats == 3)
        );
        assert!(
            pair.repeats_of
                .values()
                .all(|repeats| *repeats <= MOST_REPEATS)
        );
        more += executions - 60;
        reports += 1;
    }
    // two scenarios of twenty flap: at most seven repeats more of each
    assert!(more > 0 && more <= 2 * 7 * reports, "{more}");
}
