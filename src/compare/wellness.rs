//! Whether one cloud is not well now and then, where the other answers: an operation, or a whole service, that refuses a share of
//! all calls with 429 or 503. Executions in which that happens run again, so that no label shows it.
//!
//! In: how often each step was answered in which way. Out: what is unstable on a cloud; differences that chance does not explain.

use super::confirm::BUDGET;
use super::model::{Asker, Difference, EvidenceRef, Kind, Unstable};
use super::operation::operation;
use crate::observe::{Calls, Labelled, Pass, leaves, parts};
use crate::scenario::Scenario;
use crate::stats::exact_test;
use std::collections::{BTreeMap, BTreeSet};

/// A quarter of the error budget, shared by all operations that are not well now and then.
const MOST_CHANCE: f64 = BUDGET / 4.0;

/// Where it is told.
const PLACE: &str = "status";

/// Service and operation.
type Key = (String, String);

/// One cloud's calls, by operation.
#[derive(Clone, Debug, Default)]
pub struct Wellness(BTreeMap<Key, Sum>);

#[derive(Clone, Debug)]
struct Sum {
    calls: Calls,
    /// The first step that shows it, else the first that asked.
    shown: Shown,
    shows: bool,
    scenarios: BTreeSet<String>,
}

#[derive(Clone, Debug)]
struct Shown {
    scenario: String,
    step: String,
    rows: Vec<String>,
    evidence: EvidenceRef,
}

impl Wellness {
    pub fn add(&mut self, scenario: &Scenario, labelled: &Labelled) {
        let steps = leaves(&scenario.steps);
        for (key, calls) in &labelled.calls {
            let step = steps.iter().find(|step| step.id == key.0);
            let Some(parts) = step.and_then(|step| parts(step)) else {
                continue;
            };
            let evidence = labelled.steps.get(key).and_then(|step| step.evidence);
            let shown = Shown {
                scenario: scenario.id.0.clone(),
                step: key.0.clone(),
                rows: key.1.clone(),
                evidence: evidence.map_or_else(EvidenceRef::default, |(round, repeat, at)| {
                    EvidenceRef {
                        round,
                        repeat,
                        exchange: Some(at),
                    }
                }),
            };
            let sum = Sum {
                calls: calls.clone(),
                shown,
                shows: !calls.trouble.is_empty(),
                scenarios: BTreeSet::from([scenario.id.0.clone()]),
            };
            let service = parts.request.service.clone();
            let operation = operation(scenario, &key.0, &key.1);
            // in a scenario of another service it stands before the operation
            let own = operation.strip_prefix(&format!("{service} "));
            let own = own.filter(|own| own.contains(' ')).unwrap_or(&operation);
            let name = (service, own.to_owned());
            self.put(name, sum);
        }
    }

    /// What came of later scenarios.
    pub fn append(&mut self, later: Self) {
        for (name, sum) in later.0 {
            self.put(name, sum);
        }
    }

    fn put(&mut self, name: Key, sum: Sum) {
        match self.0.get_mut(&name) {
            Some(all) => all.add(&sum),
            None => drop(self.0.insert(name, sum)),
        }
    }

    /// Operations that are not well now and then, in words.
    pub fn unstable(&self) -> impl Iterator<Item = Unstable> {
        let some = self.0.iter().filter(|(_, sum)| {
            let trouble = sum.trouble();
            trouble > 0 && trouble < sum.all()
        });
        some.map(|((service, operation), sum)| {
            let mut seen: Vec<(String, u32)> = sum.calls.seen.clone().into_iter().collect();
            seen.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            Unstable {
                scenario: sum.shown.scenario.clone(),
                service: service.clone(),
                step: sum.shown.step.clone(),
                rows: sum.shown.rows.clone(),
                operation: operation.clone(),
                place: PLACE.to_owned(),
                seen,
                known: false,
            }
        })
    }

    /// By service, where several operations are not well.
    fn services(&self) -> BTreeMap<Key, Sum> {
        let mut all: BTreeMap<Key, Sum> = BTreeMap::new();
        for ((service, _), sum) in &self.0 {
            let name = (service.clone(), format!("{service} *"));
            match all.get_mut(&name) {
                Some(of_service) => of_service.add(sum),
                None => drop(all.insert(name, sum.clone())),
            }
        }
        all
    }

    fn troubled(&self) -> impl Iterator<Item = &Key> {
        self.0
            .iter()
            .filter(|(_, sum)| sum.trouble() > 0)
            .map(|(key, _)| key)
    }
}

impl Sum {
    fn add(&mut self, other: &Self) {
        for (of, more) in [
            (&mut self.calls.seen, &other.calls.seen),
            (&mut self.calls.trouble, &other.calls.trouble),
        ] {
            for (said, n) in more {
                *of.entry(said.clone()).or_default() += n;
            }
        }
        for (pass, is_trouble) in &other.calls.passes {
            *self.calls.passes.entry(*pass).or_default() |= is_trouble;
        }
        if other.shows && !self.shows {
            self.shown = other.shown.clone();
            self.shows = true;
        }
        self.scenarios.extend(other.scenarios.iter().cloned());
    }

    fn all(&self) -> u32 {
        self.calls.seen.values().sum()
    }

    fn trouble(&self) -> u32 {
        self.calls.trouble.values().sum()
    }

    fn well(&self) -> u32 {
        self.all() - self.trouble()
    }

    /// Whether it is so over the whole run: a service that is down for a minute fails many calls of one pass.
    fn is_spread(&self) -> bool {
        let passes: &BTreeMap<Pass, bool> = &self.calls.passes;
        let not_well = passes.values().filter(|not_well| **not_well).count();
        not_well > 1 && not_well * 2 >= passes.len()
    }

    /// `answered in all 12`, `429 in 5 of 12`
    fn told(&self) -> String {
        let all = self.all();
        let mut trouble: Vec<(&String, &u32)> = self.calls.trouble.iter().collect();
        trouble.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
        if trouble.is_empty() {
            return format!("answered in all {all}");
        }
        let each = trouble
            .iter()
            .map(|(said, n)| format!("{said} in {n} of {all}"));
        each.collect::<Vec<_>>().join(", ")
    }
}

/// What one of two clouds refuses more often than chance explains. `told` are the differences of the pair so far.
pub fn differences(a: &Wellness, b: &Wellness, told: &[Difference]) -> Vec<Difference> {
    let keys: BTreeSet<&Key> = a.troubled().chain(b.troubled()).collect();
    let services: BTreeSet<&String> = keys.iter().map(|(service, _)| service).collect();
    let of_service = |service: &String| keys.iter().filter(|key| key.0 == *service).count();
    let several = services.iter().filter(|service| of_service(service) > 1);
    let share = chance_of_one(keys.len() + several.count());
    let mut found = Vec::new();
    let (of_a, of_b) = (a.services(), b.services());
    for service in services {
        let name = (service.clone(), format!("{service} *"));
        let here: Vec<&&Key> = keys.iter().filter(|key| key.0 == *service).collect();
        if let (true, Some(in_a), Some(in_b)) = (here.len() > 1, of_a.get(&name), of_b.get(&name))
            && let Some(whole) = unlike(&name, in_a, in_b, share)
        {
            found.push(whole);
            continue;
        }
        let each = here.into_iter().filter_map(|key| {
            let is_told = told
                .iter()
                .any(|d| d.operation == key.1 && d.place == PLACE);
            if is_told {
                return None;
            }
            unlike(key, a.0.get(*key)?, b.0.get(*key)?, share)
        });
        found.extend(each);
    }
    found
}

/// Scenarios whose operations look less well on one cloud, too little to tell: with more repeats that shows.
pub fn leaning<'w>(a: &'w Wellness, b: &'w Wellness) -> BTreeSet<&'w String> {
    let keys = a.troubled().chain(b.troubled());
    let both = keys.filter_map(|key| Some((a.0.get(key)?, b.0.get(key)?)));
    let apart = both.filter(|(in_a, in_b)| {
        let (more, less) = if in_a.trouble() > in_b.trouble() {
            (in_a, in_b)
        } else {
            (in_b, in_a)
        };
        less.trouble() == 0 && more.trouble() * 3 >= more.all() && more.is_spread()
    });
    apart.flat_map(|(in_a, _)| &in_a.scenarios).collect()
}

/// The chance that each of so many tests may have (Bonferroni).
fn chance_of_one(tests: usize) -> f64 {
    let tests = u32::try_from(tests.max(1)).unwrap_or(u32::MAX);
    MOST_CHANCE / f64::from(tests)
}

fn unlike((service, operation): &Key, a: &Sum, b: &Sum, share: f64) -> Option<Difference> {
    let chance = exact_test(&[(a.trouble(), b.trouble()), (a.well(), b.well())]);
    let (of_a, of_b) = (
        u64::from(a.trouble()) * u64::from(b.all()),
        u64::from(b.trouble()) * u64::from(a.all()),
    );
    let (kind, worse) = if of_b > of_a {
        (Kind::LessOften, b)
    } else {
        (Kind::MoreOften, a)
    };
    if chance > share || worse.well() == 0 || !worse.is_spread() {
        return None;
    }
    Some(Difference {
        scenario: worse.shown.scenario.clone(),
        service: service.clone(),
        operation: operation.clone(),
        place: PLACE.to_owned(),
        kind,
        asker: Asker::Owner,
        a: a.told(),
        b: b.told(),
        step: worse.shown.step.clone(),
        rows: worse.shown.rows.clone(),
        repeats: (a.all(), b.all()),
        evidence: (a.shown.evidence.clone(), b.shown.evidence.clone()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cloud(operations: &[(&str, u32, u32)]) -> Wellness {
        let sum = |scenario: &str, well: u32, trouble: u32| Sum {
            calls: Calls {
                seen: [("200".to_owned(), well), ("429".to_owned(), trouble)].into(),
                trouble: (trouble > 0)
                    .then(|| ("429".to_owned(), trouble))
                    .into_iter()
                    .collect(),
                passes: (0..well).map(|n| ((1, n), n < trouble)).collect(),
            },
            shown: Shown {
                scenario: scenario.to_owned(),
                step: "ask".to_owned(),
                rows: vec![],
                evidence: EvidenceRef::default(),
            },
            shows: trouble > 0,
            scenarios: BTreeSet::from([scenario.to_owned()]),
        };
        let of = |(name, well, trouble): &(&str, u32, u32)| {
            (
                ("compute".to_owned(), (*name).to_owned()),
                sum(name, *well, *trouble),
            )
        };
        Wellness(operations.iter().map(of).collect())
    }

    #[test]
    fn an_operation_that_refuses_half_of_all_calls_on_one_cloud_only_is_told() {
        let (a, b) = (cloud(&[("GET /a", 10, 0)]), cloud(&[("GET /a", 10, 10)]));
        let there = differences(&a, &b, &[]);
        assert_eq!(there.len(), 1);
        assert_eq!(there[0].kind, Kind::LessOften);
        assert_eq!(there[0].a, "answered in all 10");
        assert_eq!(there[0].b, "429 in 10 of 20");
        assert_eq!(differences(&b, &a, &[])[0].kind, Kind::MoreOften);
        assert_eq!(b.unstable().count(), 1);
    }

    #[test]
    fn a_service_that_refuses_calls_of_many_operations_is_told_once() {
        let names = ["GET /a", "GET /b", "GET /c"];
        let well: Vec<_> = names.iter().map(|n| (*n, 10, 0)).collect();
        let ill: Vec<_> = names.iter().map(|n| (*n, 10, 8)).collect();
        let found = differences(&cloud(&well), &cloud(&ill), &[]);
        let operations: Vec<&str> = found.iter().map(|d| d.operation.as_str()).collect();
        assert_eq!(operations, ["compute *"]);
    }

    #[test]
    fn few_failures_and_a_bad_minute_are_chance() {
        let well = cloud(&[("GET /a", 3, 0)]);
        let some = cloud(&[("GET /a", 3, 3)]);
        assert!(differences(&well, &some, &[]).is_empty());
        assert_eq!(leaning(&well, &some).len(), 1);
        // all in two passes of ten
        let mut minute = cloud(&[("GET /a", 100, 40)]);
        for sum in minute.0.values_mut() {
            sum.calls.passes = (0..10).map(|n| ((1, n), n < 2)).collect();
        }
        assert!(differences(&cloud(&[("GET /a", 100, 0)]), &minute, &[]).is_empty());
    }
}
