//! Pair results → the report.

use crate::compare::{Difference, PairResult, State, StepState};
use crate::judge::baseline::Now;
use crate::judge::cause::{self, Clues};
use crate::judge::discovery;
use crate::judge::evidence::shown;
use crate::judge::exit;
use crate::judge::group::{Group, as_read, groups, step_name};
use crate::judge::input::{CloudInput, Inputs};
use crate::judge::key::readable;
use crate::judge::latest;
use crate::judge::measured::measured;
use crate::judge::one_family;
use crate::judge::rule::{Family, Orientation};
use crate::judge::rules::RuleError;
use crate::judge::summary;
use crate::judge::template::{Filling, fill};
use crate::judge::{
    CloudSummary, Example, Finding, Impact, Instability, REPORT_FORMAT, Report, ScenarioResult,
    Shown, Side, Skipped,
};
use crate::observe::kind_of_cloud;
use crate::recording::{CloudInfo, Discovery, Exchange, Execution};
use crate::scenario::ScenarioId;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use thiserror::Error;

/// Judging fails only by a defect of ours.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum JudgeError {
    #[error(transparent)]
    Rule(#[from] RuleError),
    #[error("a pair names cloud {0}, which is not there")]
    NoCloud(usize),
}

/// Longest value in a summary.
const SHORT: usize = 60;

/// Of more pairs than these, only the first that shows a finding has its examples: the others would show the same again.
const PAIRS_WITH_EXAMPLES: usize = 10;

/// Judges everything that comparing found, and what discovery says besides.
pub fn judge(inputs: &Inputs<'_>) -> Result<Report, JudgeError> {
    let mut findings = Vec::new();
    let mut unconfirmed = Vec::new();
    let mut examples = Examples::of(inputs);
    for pair in inputs.pairs {
        let sides = Sides::of(inputs, pair)?;
        let (a, b) = (&sides.a.header.cloud, &sides.b.header.cloud);
        let discovered = discovery::differences(a, b);
        let again = discovery::said_again(&pair.differences, &discovered, [a, b]);
        let said = Said {
            differences: &pair.differences,
            follows: &pair.follows.0,
            steps: &pair.steps,
            elsewhere: again.keys().copied().collect(),
            besides: Vec::new(),
        };
        let besides = again
            .iter()
            .map(|(later, cause)| (*cause, said.name(*later)));
        let besides: Vec<(usize, String)> = besides.collect();
        let mut seen = sides.findings(&said, &mut examples)?;
        let none = BTreeMap::new();
        let said = Said {
            differences: &discovered,
            follows: &none,
            steps: &[],
            elsewhere: BTreeSet::new(),
            besides,
        };
        let mut said_of_themselves = sides.findings(&said, &mut examples)?;
        let at_newest = sides.at_newest(&pair.differences, &discovered);
        latest::fold(&mut seen, &mut said_of_themselves, &at_newest);
        findings.extend(seen);
        findings.extend(said_of_themselves);
        let said = Said {
            differences: &pair.unconfirmed,
            follows: &pair.follows.1,
            steps: &[],
            elsewhere: BTreeSet::new(),
            besides: Vec::new(),
        };
        unconfirmed.extend(sides.findings(&said, &mut examples)?);
    }
    sort(&mut findings);
    sort(&mut unconfirmed);
    let mut applied = inputs.waivers.apply(findings, &unconfirmed);
    let suite = summary::suite(inputs);
    let baseline = inputs.baseline.map(|baseline| {
        let waived = applied.waived.iter().filter(|waived| !waived.changed);
        let beside = waived.map(|waived| &waived.finding).chain(&unconfirmed);
        let (findings, since) = baseline.apply(Now {
            clouds: &inputs.clouds.iter().map(name_of).collect::<Vec<_>>(),
            suite: &suite,
            findings: std::mem::take(&mut applied.findings),
            beside: beside.collect(),
            seen: seen(inputs),
        });
        applied.findings = findings;
        since
    });
    let mut report = Report {
        format: REPORT_FORMAT,
        tool_version: inputs.tool_version.to_owned(),
        as_of: inputs.as_of.to_owned(),
        suite,
        clouds: clouds(inputs),
        pairs: Vec::new(),
        scenarios: scenarios(inputs, &applied.findings),
        findings: applied.findings,
        unconfirmed,
        waived: applied.waived,
        instability: instability(inputs),
        noise: summary::noise(inputs),
        measured: measured(inputs),
        changed_scenarios: changed(inputs),
        not_compared: not_compared(inputs),
        unused_waivers: applied.unused,
        baseline,
        fail_on: Some(inputs.fail_on),
        ends: Vec::new(),
    };
    let counts = summary::counts(&report.findings);
    for pair in inputs.pairs {
        let sides = Sides::of(inputs, pair)?;
        let names = (name_of(sides.a), name_of(sides.b));
        report.pairs.push(summary::pair(pair, names, &counts));
    }
    report.ends = exit::ends(&report);
    Ok(report)
}

/// What only clouds of another family here can run is counted, and not listed cloud by cloud.
fn clouds(inputs: &Inputs<'_>) -> Vec<CloudSummary> {
    let here = one_family::spoken(inputs.clouds);
    let of_here = |cloud: &CloudInfo, skipped: &Skipped| {
        let spoken = discovery::families(cloud);
        let needed = one_family::foreign(&skipped.why, &spoken).unwrap_or_default();
        !needed.iter().any(|family| here.contains(family))
    };
    let all = inputs.clouds.iter().map(|input| {
        let mut cloud = summary::cloud(input);
        cloud
            .skipped
            .retain(|skipped| of_here(&input.header.cloud, skipped));
        cloud
    });
    all.collect()
}

/// Steps that were seen on both clouds, pair by pair.
fn seen(inputs: &Inputs<'_>) -> BTreeSet<(usize, usize, String)> {
    let of_pair = |pair: &'_ PairResult| {
        let was_seen = |step: &&StepState| {
            matches!(
                step.state,
                State::Same | State::Differs | State::Unconfirmed
            )
        };
        let steps = pair.steps.iter().filter(was_seen);
        let named = steps.map(|step| {
            let name = step_name(&step.scenario, &step.step, &step.rows);
            (pair.a, pair.b, name)
        });
        named.collect::<Vec<_>>()
    };
    inputs.pairs.iter().flat_map(of_pair).collect()
}

/// Which findings get examples.
struct Examples {
    /// Every finding of every pair.
    of_each: bool,
    /// Both keys of findings that have some.
    told: BTreeSet<(String, String)>,
}

impl Examples {
    fn of(inputs: &Inputs<'_>) -> Self {
        Self {
            of_each: inputs.pairs.len() <= PAIRS_WITH_EXAMPLES,
            told: BTreeSet::new(),
        }
    }

    fn chosen<'d>(&mut self, group: &Group<'d>) -> Vec<&'d Difference> {
        let key = (group.id.clone(), group.values.clone());
        if self.of_each || self.told.insert(key) {
            group.examples()
        } else {
            Vec::new()
        }
    }
}

/// What comparing said of a pair.
struct Said<'s> {
    differences: &'s [Difference],
    /// Index of a difference → index of the one that it follows from.
    follows: &'s BTreeMap<usize, usize>,
    steps: &'s [StepState],
    /// Indices of differences that what was discovered says already.
    elsewhere: BTreeSet<usize>,
    /// Index of a difference, and a step that shows the same again.
    besides: Vec<(usize, String)>,
}

impl Said<'_> {
    /// The step of a difference.
    fn name(&self, index: usize) -> String {
        let d = &self.differences[index];
        step_name(&d.scenario, &d.step, &d.rows)
    }
}

/// One pair of clouds while it is judged.
struct Sides<'a> {
    inputs: &'a Inputs<'a>,
    a: &'a CloudInput<'a>,
    b: &'a CloudInput<'a>,
    indices: (usize, usize),
    unlike_microversions: BTreeSet<String>,
}

impl<'a> Sides<'a> {
    fn of(inputs: &'a Inputs<'a>, pair: &PairResult) -> Result<Self, JudgeError> {
        let cloud = |n: usize| inputs.clouds.get(n).ok_or(JudgeError::NoCloud(n));
        let (a, b) = (cloud(pair.a)?, cloud(pair.b)?);
        Ok(Self {
            inputs,
            a,
            b,
            indices: (pair.a, pair.b),
            unlike_microversions: discovery::unlike_microversions(
                &a.header.cloud.discovery,
                &b.header.cloud.discovery,
            ),
        })
    }

    fn findings(
        &self,
        said: &Said<'_>,
        examples: &mut Examples,
    ) -> Result<Vec<Finding>, JudgeError> {
        let roots: Vec<usize> = (0..said.differences.len())
            .filter(|index| !said.follows.contains_key(index) && !said.elsewhere.contains(index))
            .collect();
        let of_roots = roots.iter().map(|index| &said.differences[*index]);
        let (of, differences): (Vec<usize>, Vec<Difference>) =
            as_read(of_roots).into_iter().unzip();
        let (groups, group) = groups(&differences);
        let mut group_of: BTreeMap<usize, usize> = BTreeMap::new();
        for (of, group) in of.into_iter().zip(group) {
            group_of.entry(roots[of]).or_insert(group);
        }
        let mut findings = groups
            .iter()
            .map(|group| self.finding(group, &examples.chosen(group)))
            .collect::<Result<Vec<_>, _>>()?;
        let blocked = said.steps.iter().filter_map(|step| {
            let name = step_name(&step.scenario, &step.step, &step.rows);
            Some((step.because_of?, name))
        });
        let later = said.follows.iter();
        let later = later.map(|(later, cause)| (*cause, said.name(*later)));
        let besides = said.besides.iter().cloned();
        for (cause, name) in blocked.chain(later).chain(besides) {
            let cause = said.follows.get(&cause).unwrap_or(&cause);
            if let Some(finding) = group_of.get(cause).and_then(|&n| findings.get_mut(n)) {
                finding.consequences.push(name);
            }
        }
        for finding in &mut findings {
            finding.consequences.sort();
            finding.consequences.dedup();
        }
        findings.retain(|finding| finding.differences > 0);
        Ok(findings)
    }

    fn finding(&self, group: &Group<'_>, chosen: &[&Difference]) -> Result<Finding, JudgeError> {
        // a group is never empty
        let Some(&first) = group.differences.first() else {
            return Err(JudgeError::NoCloud(usize::MAX));
        };
        let verdict = self.inputs.rules.judge(first)?;
        let rule = verdict.rule;
        let (a, b) = (name_of(self.a), name_of(self.b));
        let (value_a, value_b) = (shorten(&first.a), shorten(&first.b));
        let as_written = Filling {
            service: &first.service,
            operation: &first.operation,
            place: &group.place,
            a: &value_a,
            b: &value_b,
            cloud_a: a,
            cloud_b: b,
        };
        let filling = match verdict.orientation {
            Orientation::AsWritten => as_written,
            Orientation::Mirrored => Filling {
                a: &value_b,
                b: &value_a,
                cloud_a: b,
                cloud_b: a,
                ..as_written
            },
        };
        let evidence: Vec<_> = chosen.iter().map(|d| self.evidence(d)).collect();
        let first_seen = evidence.first().zip(chosen.first());
        let (seen_a, seen_b) = first_seen.map_or((None, None), |(sides, d)| exchanges(sides, d));
        let cause = cause::guess(&Clues {
            rule,
            difference: first,
            a: seen_a,
            b: seen_b,
            unlike_microversions: &self.unlike_microversions,
        });
        let examples = chosen
            .iter()
            .zip(evidence)
            .map(|(difference, (of_a, of_b))| Example {
                difference: (*difference).clone(),
                a: side_shown(self.a, of_a.as_deref(), difference.evidence.0.exchange),
                b: side_shown(self.b, of_b.as_deref(), difference.evidence.1.exchange),
            })
            .collect();
        let seen: BTreeSet<_> = group
            .differences
            .iter()
            .filter(|d| !d.scenario.is_empty())
            .collect::<Vec<_>>()
            .into_iter()
            .map(|d| (d.scenario.clone(), step_name(&d.scenario, &d.step, &d.rows)))
            .collect();
        let fewest =
            |of: fn(&Difference) -> u32| group.differences.iter().map(|d| of(d)).min().unwrap_or(0);
        let family = Family::of(&first.service);
        let references = rule.references.iter();
        let references = references
            .filter(|reference| !family.is_foreign(reference))
            .cloned()
            .collect();
        let side = |cloud: &str, value: &str| Side {
            cloud: cloud.to_owned(),
            value: value.to_owned(),
        };
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Ok(Finding {
            id: group.id.clone(),
            values: group.values.clone(),
            rule: rule.id.clone(),
            title: rule.title.clone(),
            service: first.service.clone(),
            operation: first.operation.clone(),
            place: group.place.clone(),
            kind: first.kind,
            a: side(a, &first.a),
            b: side(b, &first.b),
            forward: verdict.forward,
            back: verdict.back,
            // where an override says that neither way breaks, nothing is lost
            costs_data: rule.costs_data
                && [verdict.forward, verdict.back].contains(&Impact::Breaks),
            consumers: rule.consumers.clone(),
            cause,
            summary: fill(&rule.summary, &filling),
            explanation: fill(&rule.explanation, &filling),
            witness: rule.witness.of(family).map(|code| fill(code, &filling)),
            references,
            scenarios: seen
                .iter()
                .map(|(scenario, _)| scenario.clone())
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
            steps: seen.into_iter().map(|(_, step)| step).collect(),
            exchanges: group
                .differences
                .iter()
                .map(|d| d.repeats.0.max(d.repeats.1))
                .sum(),
            differences: count(group.differences.len()),
            repeats: (fewest(|d| d.repeats.0), fewest(|d| d.repeats.1)),
            consequences: vec![],
            examples,
            untested: self.a.untested || self.b.untested,
            unproven: self.unproven(group),
        })
    }

    /// Clouds of a kind that no scenario of the group ran through on before, in the form that it has here.
    fn unproven(&self, group: &Group<'_>) -> Vec<String> {
        let ids: BTreeSet<&str> = group
            .differences
            .iter()
            .map(|d| d.scenario.as_str())
            .filter(|id| !id.is_empty())
            .collect();
        let unproven = |cloud: &&&CloudInput<'_>| {
            let kind = kind_of_cloud(&cloud.header.cloud);
            let proven = |id: &&str| {
                let text = cloud.header.scenarios.get(*id);
                text.is_some_and(|text| {
                    let id = ScenarioId((*id).to_owned());
                    let mut on = self.inputs.proven.on(&id, &text.request_hash);
                    on.any(|proven| proven == kind)
                })
            };
            !ids.is_empty() && !ids.iter().any(proven)
        };
        let clouds = [self.a, self.b];
        clouds
            .iter()
            .filter(unproven)
            .map(|cloud| name_of(cloud).to_owned())
            .collect()
    }

    /// The steps that asked each cloud for the highest microversion that it has, where these are unlike. A step that asks for no
    /// other one in other rows can't tell what follows from that.
    fn at_newest(&self, differences: &[Difference], discovered: &[Difference]) -> BTreeSet<String> {
        let ranges = discovered.iter().filter(|d| d.place == discovery::HIGHEST);
        let ranges: BTreeMap<_, _> = ranges.map(|d| (&*d.service, (&*d.a, &*d.b))).collect();
        let mut steps: BTreeMap<String, bool> = BTreeMap::new();
        for d in differences.iter().filter(|d| !d.rows.is_empty()) {
            if let Some((highest_a, highest_b)) = ranges.get(&*d.service) {
                let step = step_name(&d.scenario, &d.step, &d.rows);
                steps.entry(step).or_insert_with(|| {
                    let sides = self.evidence(d);
                    let (a, b) = exchanges(&sides, d);
                    let asks =
                        |side: &Exchange, highest| latest::asks_for(&side.request.headers, highest);
                    match (a, b) {
                        (Some(a), Some(b)) => asks(a, highest_a) && asks(b, highest_b),
                        // in short, nothing that was sent is at hand
                        _ => d.rows.iter().any(|row| row == latest::ROW),
                    }
                });
            }
        }
        steps.retain(|_, asked| *asked);
        steps.into_keys().collect()
    }

    /// The execution that shows a difference, on each side.
    fn evidence(&self, d: &Difference) -> Shows {
        if d.scenario.is_empty() {
            return (None, None);
        }
        let look = |cloud, at| self.inputs.evidence.execution(cloud, &d.scenario, at);
        (
            look(self.indices.0, &d.evidence.0),
            look(self.indices.1, &d.evidence.1),
        )
    }
}

/// The execution that shows a difference on each side, as far as it was kept.
type Shows = (Option<Arc<Execution>>, Option<Arc<Execution>>);

/// The exchange of a difference on each side.
fn exchanges<'e>(
    (a, b): &'e Shows,
    d: &Difference,
) -> (Option<&'e Exchange>, Option<&'e Exchange>) {
    let exchange = |side: &'e Option<Arc<Execution>>, at: Option<usize>| {
        side.as_ref().and_then(|side| side.exchanges.get(at?))
    };
    (
        exchange(a, d.evidence.0.exchange),
        exchange(b, d.evidence.1.exchange),
    )
}

/// One side of an example.
fn side_shown(cloud: &CloudInput<'_>, execution: Option<&Execution>, at: Option<usize>) -> Shown {
    match execution {
        Some(execution) => {
            let discovery = cloud.header.discovery(execution);
            shown(name_of(cloud), discovery, execution, at)
        }
        None => Shown {
            cloud: name_of(cloud).to_owned(),
            ..Shown::default()
        },
    }
}

fn name_of<'a>(cloud: &CloudInput<'a>) -> &'a str {
    &cloud.header.cloud.name
}

/// One line, not too long.
pub(super) fn shorten(value: &str) -> String {
    let value = readable(value);
    let line = value.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHORT) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// The worst first; then a fixed order that no timing changes.
fn sort(findings: &mut [Finding]) {
    fn key(f: &Finding) -> impl Ord + '_ {
        let clouds = (&f.a.cloud, &f.b.cloud);
        let values = (&f.a.value, &f.b.value);
        let place = (&f.service, &f.operation, &f.place, f.kind);
        (place, (&f.id, &f.values), clouds, values)
    }
    findings.sort_by(|l, r| {
        (r.forward, r.back)
            .cmp(&(l.forward, l.back))
            .then_with(|| key(l).cmp(&key(r)))
    });
}

fn scenarios(inputs: &Inputs<'_>, findings: &[Finding]) -> Vec<ScenarioResult> {
    let mut results: BTreeMap<&str, ScenarioResult> = BTreeMap::new();
    for pair in inputs.pairs {
        let name = |n: usize| {
            inputs
                .clouds
                .get(n)
                .map_or("?", |c| c.header.cloud.name.as_str())
        };
        let pair_name = format!("{} → {}", name(pair.a), name(pair.b));
        for step in &pair.steps {
            let result = results.entry(&step.scenario).or_insert_with(|| {
                let info = inputs.scenarios.get(&step.scenario);
                ScenarioResult {
                    id: step.scenario.clone(),
                    title: info.map_or_else(|| step.scenario.clone(), |i| i.title.clone()),
                    service: info.map_or_else(|| step.service.clone(), |i| i.service.clone()),
                    states: BTreeMap::new(),
                    findings: Vec::new(),
                }
            });
            let said = (step.state, step.why.clone());
            let worst = result
                .states
                .entry(pair_name.clone())
                .or_insert_with(|| said.clone());
            if gravity(said.0) > gravity(worst.0) {
                *worst = said;
            }
        }
    }
    for finding in findings {
        for scenario in &finding.scenarios {
            if let Some(result) = results.get_mut(scenario.as_str())
                && !result.findings.contains(&finding.id)
            {
                result.findings.push(finding.id.clone());
            }
        }
    }
    results.into_values().collect()
}

/// Which state speaks for a scenario whose steps have several.
fn gravity(state: State) -> u8 {
    match state {
        State::Same => 0,
        State::Unsupported => 1,
        State::NotExercised => 2,
        State::Unconfirmed => 3,
        State::NotRun => 4,
        State::Blocked => 5,
        State::Differs => 6,
    }
}

fn instability(inputs: &Inputs<'_>) -> Vec<Instability> {
    let mut list: Vec<_> = inputs
        .clouds
        .iter()
        .flat_map(|cloud| {
            cloud.unstable.iter().map(|unstable| Instability {
                cloud: cloud.header.cloud.name.clone(),
                scenario: unstable.scenario.clone(),
                step: step_name("", &unstable.step, &unstable.rows)[1..].to_owned(),
                operation: unstable.operation.clone(),
                place: unstable.place.clone(),
                seen: unstable.seen.clone(),
                known: unstable.known,
            })
        })
        .collect();
    list.sort_by(|l, r| {
        let key = |i: &Instability| {
            (
                i.cloud.clone(),
                i.scenario.clone(),
                i.step.clone(),
                i.operation.clone(),
                i.place.clone(),
            )
        };
        key(l).cmp(&key(r))
    });
    list
}

fn changed(inputs: &Inputs<'_>) -> Vec<String> {
    let all: BTreeSet<_> = inputs
        .pairs
        .iter()
        .flat_map(|pair| pair.changed_scenarios.iter().cloned())
        .collect();
    all.into_iter().collect()
}

fn not_compared(inputs: &Inputs<'_>) -> Vec<String> {
    let mut lines: Vec<String> = one_family::line(inputs.clouds).into_iter().collect();
    // what lies in a project is compared among clouds that have the same things
    let mut by_family: BTreeMap<&str, Vec<(&str, &Discovery)>> = BTreeMap::new();
    for cloud in inputs.clouds {
        let info = &cloud.header.cloud;
        let alike = by_family.entry(&info.family).or_default();
        alike.push((&info.name, &info.discovery));
    }
    for alike in by_family.values() {
        lines.extend(discovery::not_comparable(alike));
    }
    lines.push("never looked at: what a workload sees inside its machine and on the wire".into());
    lines
}
