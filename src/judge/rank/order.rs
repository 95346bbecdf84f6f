//! What each candidate costs, why, and how much is known of it.

use super::model::{Candidate, Cost, Distance, Known, RANKING_FORMAT, Ranking, Reason};
use super::weights::Weights;
use crate::compare::{PairResult, State, StepState};
use crate::judge::{CloudSummary, Finding, Impact, PairSummary, Report};
use crate::observe::StepKey;
use crate::recording::{Skip, SkipKind};
use std::collections::{BTreeMap, BTreeSet};

/// What the report was judged from.
pub struct Compared<'a> {
    pub pairs: &'a [PairResult],
    /// Of the first cloud: steps that reached what they are about, by scenario.
    pub reached: &'a BTreeMap<String, Vec<StepKey>>,
    /// Service of a scenario.
    pub service: &'a dyn Fn(&str) -> String,
}

/// Orders all clouds of a report after the first by what moving there from the first costs.
#[must_use]
pub fn rank(report: &Report, compared: &Compared<'_>, weights: &Weights) -> Ranking {
    let here = report.clouds.first().map_or("", |cloud| &cloud.name);
    let reached = compared.reached.iter();
    let counts: BTreeMap<&String, &Vec<StepKey>> = reached
        .filter(|(scenario, _)| weights.of_service(&(compared.service)(scenario)) > 0.0)
        .collect();
    let ranking = Rank {
        report,
        compared,
        weights,
        here,
        counts: &counts,
    };
    let mut candidates: Vec<Candidate> = report
        .clouds
        .iter()
        .enumerate()
        .skip(1)
        .map(|(index, cloud)| ranking.candidate(index, cloud))
        .collect();
    shared(&mut candidates);
    sort(&mut candidates);
    let steps: usize = counts.values().map(|steps| steps.len()).sum();
    Ranking {
        format: RANKING_FORMAT,
        tool_version: report.tool_version.clone(),
        as_of: report.as_of.clone(),
        suite: report.suite.clone(),
        here: here.to_owned(),
        exercised: count(steps),
        weights: weights.clone(),
        candidates,
        distances: distances(report, weights),
        not_compared: report.not_compared.clone(),
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

struct Rank<'a> {
    report: &'a Report,
    compared: &'a Compared<'a>,
    weights: &'a Weights,
    here: &'a str,
    counts: &'a BTreeMap<&'a String, &'a Vec<StepKey>>,
}

impl Rank<'_> {
    fn candidate(&self, index: usize, cloud: &CloudSummary) -> Candidate {
        let is_pair = |finding: &&Finding| {
            finding.a.cloud == self.here
                && finding.b.cloud == cloud.name
                && self.weights.of_service(&finding.service) > 0.0
        };
        let findings: Vec<&Finding> = self.report.findings.iter().filter(is_pair).collect();
        let unconfirmed: Vec<&Finding> = self.report.unconfirmed.iter().filter(is_pair).collect();
        let waived = self.report.waived.iter();
        let waived = waived.filter(|waived| !waived.changed && is_pair(&&waived.finding));
        let (known, unsupported) = self.known(index, cloud);
        let mut cost = Cost::default();
        let (mut there, mut back) = (BTreeMap::new(), BTreeMap::new());
        for finding in &findings {
            cost.there += one_way(self.weights, finding, finding.forward);
            cost.back += one_way(self.weights, finding, finding.back);
            *there.entry(finding.forward).or_default() += 1;
            *back.entry(finding.back).or_default() += 1;
        }
        let lost = unsupported.iter().map(|scenario| {
            self.weights.unsupported * self.weights.of_service(&(self.compared.service)(scenario))
        });
        cost.unsupported = lost.sum();
        cost.total =
            self.weights.there * (cost.there + cost.unsupported) + self.weights.back * cost.back;
        let mut reasons: Vec<Reason> = findings
            .iter()
            .map(|finding| self.reason(finding))
            .filter(|reason| reason.cost > 0.0)
            .collect();
        reasons.sort_by(|l, r| {
            let dearer = r.cost.total_cmp(&l.cost);
            dearer.then_with(|| (&l.id, &l.values).cmp(&(&r.id, &r.values)))
        });
        let mut pairs = self.report.pairs.iter();
        let summary = pairs.find(|pair| pair.a == self.here && pair.b == cloud.name);
        Candidate {
            name: cloud.name.clone(),
            rank: None,
            why_not: self.why_not(known),
            cost,
            there,
            back,
            unconfirmed: count(unconfirmed.len()),
            unconfirmed_cost: unconfirmed.iter().map(|f| self.both_ways(f)).sum(),
            waived: count(waived.count()),
            known,
            unsupported,
            repeats: summary.map_or(0, |pair| pair.repeats.0),
            error_bound: summary.map_or(0.0, |pair| pair.error_bound),
            reasons,
        }
    }

    fn both_ways(&self, finding: &Finding) -> f64 {
        self.weights.there * one_way(self.weights, finding, finding.forward)
            + self.weights.back * one_way(self.weights, finding, finding.back)
    }

    fn why_not(&self, known: Known) -> Option<String> {
        let seen = known.same + known.differs + known.unconfirmed;
        if seen == 0 {
            return Some("nothing that was exercised here was seen there".to_owned());
        }
        (known.share < self.weights.least).then(|| {
            format!(
                "of {} of what was exercised here something is known, and {} are asked for",
                percent(known.share),
                percent(self.weights.least)
            )
        })
    }

    fn reason(&self, finding: &Finding) -> Reason {
        Reason {
            id: finding.id.clone(),
            values: finding.values.clone(),
            rule: finding.rule.clone(),
            service: finding.service.clone(),
            operation: finding.operation.clone(),
            place: finding.place.clone(),
            a: finding.a.clone(),
            b: finding.b.clone(),
            there: finding.forward,
            back: finding.back,
            costs_data: finding.costs_data,
            cost: self.both_ways(finding),
            scenarios: count(finding.scenarios.len()),
            shared_by: 0,
            summary: finding.summary.clone(),
        }
    }

    /// What became of the steps that were exercised here, and scenarios that the candidate does not offer.
    fn known(&self, index: usize, cloud: &CloudSummary) -> (Known, Vec<String>) {
        let mut steps: BTreeMap<&str, Vec<&StepState>> = BTreeMap::new();
        let pair = self
            .compared
            .pairs
            .iter()
            .find(|p| (p.a, p.b) == (0, index));
        for step in pair.iter().flat_map(|pair| &pair.steps) {
            steps.entry(&step.scenario).or_default().push(step);
        }
        let skipped = cloud.skipped.iter();
        let not_offered: BTreeSet<&str> = skipped
            .filter(|skip| skip.kind == SkipKind::Unsupported)
            .filter(|skip| Skip::realised_on(&skip.why).is_none())
            .map(|skip| skip.scenario.as_str())
            .collect();
        let mut known = Known::default();
        let mut unsupported = BTreeSet::new();
        for (scenario, reached) in self.counts {
            let Some(states) = steps.get(scenario.as_str()) else {
                if not_offered.contains(scenario.as_str()) {
                    known.unsupported += count(reached.len());
                    unsupported.insert((*scenario).clone());
                } else {
                    known.unknown += count(reached.len());
                }
                continue;
            };
            let reached: BTreeSet<&StepKey> = reached.iter().collect();
            let of_step =
                |state: &&&StepState| reached.contains(&(state.step.clone(), state.rows.clone()));
            let mut here: Vec<&StepState> = states.iter().filter(of_step).copied().collect();
            // what two APIs realise is compared by the names of observations, not by steps
            if here.is_empty() {
                here.clone_from(states);
            }
            for state in &here {
                if state.state == State::Unsupported {
                    unsupported.insert((*scenario).clone());
                }
                known.add(state);
            }
        }
        known.share = known.share();
        (known, unsupported.into_iter().collect())
    }
}

impl Known {
    fn add(&mut self, step: &StepState) {
        let slot = match step.state {
            State::Same => &mut self.same,
            State::Differs => &mut self.differs,
            State::Blocked if step.because_of.is_some() => &mut self.blocked,
            State::Unsupported => &mut self.unsupported,
            State::Unconfirmed => &mut self.unconfirmed,
            State::Blocked | State::NotExercised | State::NotRun => &mut self.unknown,
        };
        *slot += 1;
    }

    fn share(&self) -> f64 {
        let known = self.same + self.differs + self.blocked + self.unsupported + self.unconfirmed;
        if known == 0 {
            return 0.0;
        }
        f64::from(known) / f64::from(known + self.unknown)
    }
}

/// What a finding costs who moves one way.
fn one_way(weights: &Weights, finding: &Finding, impact: Impact) -> f64 {
    let data = if finding.costs_data && impact == Impact::Breaks {
        weights.data
    } else {
        1.0
    };
    weights.of_impact(impact) * weights.of_service(&finding.service) * data
}

/// How many candidates have each reason.
fn shared(candidates: &mut [Candidate]) {
    let mut of: BTreeMap<(String, String), BTreeSet<usize>> = BTreeMap::new();
    for (n, candidate) in candidates.iter().enumerate() {
        for reason in &candidate.reasons {
            let key = (reason.id.clone(), reason.values.clone());
            of.entry(key).or_default().insert(n);
        }
    }
    for reason in candidates.iter_mut().flat_map(|c| &mut c.reasons) {
        let key = (reason.id.clone(), reason.values.clone());
        reason.shared_by = of.get(&key).map_or(0, |who| count(who.len()));
    }
}

/// The cheapest first; the order given decides between equals.
fn sort(candidates: &mut [Candidate]) {
    candidates.sort_by(|l, r| {
        let unranked = |c: &Candidate| c.why_not.is_some();
        unranked(l)
            .cmp(&unranked(r))
            .then_with(|| l.cost.total.total_cmp(&r.cost.total))
    });
    let mut before: Option<(u32, f64)> = None;
    for (n, candidate) in candidates.iter_mut().enumerate() {
        if candidate.why_not.is_some() {
            continue;
        }
        let total = candidate.cost.total;
        let rank = match before {
            Some((rank, cost)) if cost.total_cmp(&total).is_eq() => rank,
            _ => count(n + 1),
        };
        candidate.rank = Some(rank);
        before = Some((rank, total));
    }
}

fn distances(report: &Report, weights: &Weights) -> Vec<Distance> {
    let mut costs: BTreeMap<(&str, &str), (f64, f64)> = BTreeMap::new();
    for finding in &report.findings {
        let pair = (finding.a.cloud.as_str(), finding.b.cloud.as_str());
        let (forward, back) = costs.entry(pair).or_default();
        *forward += one_way(weights, finding, finding.forward);
        *back += one_way(weights, finding, finding.back);
    }
    let distance = |pair: &PairSummary| {
        let key = (pair.a.as_str(), pair.b.as_str());
        let (forward, back) = costs.get(&key).copied().unwrap_or_default();
        let of = |state| pair.behaviours.get(&state).copied().unwrap_or(0);
        Distance {
            a: pair.a.clone(),
            b: pair.b.clone(),
            forward,
            back,
            mean: f64::midpoint(forward, back),
            seen: of(State::Same) + of(State::Differs),
        }
    };
    report.pairs.iter().map(distance).collect()
}

/// "75 %", never 100 where something is missing.
fn percent(share: f64) -> String {
    format!("{:.0} %", (share * 100.0).floor())
}
