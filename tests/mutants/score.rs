//! How a changed behaviour shows in the report.

use crate::edit::{Act, Edit, Whole, is_named, segments};
use crate::sites::{Drawn, Outcome, operation_of};
use crate::table::Verdict;
use interop::cli::reading::{self, Choices};
use interop::judge::{Finding, Impact, Report, Waivers};
use interop::observe::{self, Aspect, Change, Part};
use interop::recording::{Answer, Execution, Header, Payload, Recording, Role};
use interop::scenario::{AnswerParts, Clause, Scenario, Scope, Step, StepKind};
use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

/// As many repeats as a run has by default.
const REPEATS: u32 = 3;

/// Scenarios that are compared of those that see a change: what all calls of an operation show, a dozen do.
const SHOWN: usize = 12;

/// Where ids of fixtures begin.
pub const FIXTURES: &str = "fixtures/";

/// A recording, read once.
pub struct Cloud {
    pub header: Header,
    scenarios: BTreeMap<String, (Scenario, Vec<Execution>)>,
    /// Operation and outcome → scenarios that call it.
    callers: BTreeMap<(String, Outcome), BTreeSet<String>>,
    fixtures: Vec<(Scenario, Vec<Execution>)>,
}

/// What became of a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Reading forgets it deliberately (`observe::forgets` says so), or the cloud answers so in some repeats only.
    Forgotten,
    /// No scenario looks at the answers that it changes.
    Unseen,
    Judged(Judged),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    pub verdict: Verdict,
    /// Its findings, for who looks into it.
    pub told: Vec<String>,
}

/// What of a cloud shows a mutant.
#[derive(Clone, Debug)]
pub struct Shown {
    pub scenarios: BTreeSet<String>,
    /// Steps whose answers are changed.
    pub steps: BTreeSet<String>,
}

/// Executions before and after a mutant's change.
#[derive(Default)]
struct Changed {
    before: Vec<Execution>,
    after: Vec<Execution>,
    /// Steps whose answers are changed.
    steps: BTreeSet<String>,
    looked_at: bool,
    /// Some of it the cloud does not answer in all repeats.
    flaps: bool,
    /// Some of it is not forgotten.
    kept: bool,
}

impl Cloud {
    pub fn read(recording: &Recording) -> Self {
        let header = recording.header().clone();
        let parsed = |id: &str| reading::parse(id, &header.scenarios[id]).unwrap();
        let mut scenarios = BTreeMap::new();
        let mut callers: BTreeMap<(String, Outcome), BTreeSet<String>> = BTreeMap::new();
        for id in &header.plan.selected {
            let all = recording.executions(id).unwrap();
            let some: Vec<Execution> = observe::counted(&all)
                .0
                .into_iter()
                .take(REPEATS as usize)
                .cloned()
                .collect();
            for execution in &some {
                for exchange in &execution.exchanges {
                    if let (Role::Observed, Ok(answer)) = (exchange.role, &exchange.answer) {
                        let key = (
                            operation_of(execution, exchange),
                            Outcome::of(answer.status),
                        );
                        callers.entry(key).or_default().insert(id.clone());
                    }
                }
            }
            scenarios.insert(id.clone(), (parsed(id), some));
        }
        let all = recording.scenarios().into_iter();
        let fixtures = all
            .filter(|id| id.starts_with(FIXTURES))
            .map(|id| (parsed(id), recording.executions(id).unwrap()))
            .collect();
        Self {
            header,
            scenarios,
            callers,
            fixtures,
        }
    }

    /// The report of the cloud against itself with the mutant's change.
    pub fn fate(&self, mutant: &Drawn) -> Fate {
        let changed = self.change(mutant, SHOWN);
        if !changed.looked_at && !changed.flaps {
            return Fate::Unseen;
        }
        if !changed.kept {
            return Fate::Forgotten;
        }
        let report = self.report(changed.before, changed.after);
        Fate::Judged(judged(&report, mutant, &changed.steps))
    }

    /// Whether a scenario looks at what the mutant changes, and reading does not forget it.
    pub fn sees(&self, mutant: &Drawn) -> bool {
        self.change(mutant, 1).kept
    }

    /// A few scenarios that look at what the mutant changes, and the steps whose answers those are. None: reading forgets it.
    pub fn shown_by(&self, mutant: &Drawn, most: usize) -> Option<Shown> {
        let changed = self.change(mutant, most);
        let ids = changed.before.into_iter().map(|e| e.scenario);
        changed.kept.then(|| Shown {
            scenarios: ids.collect(),
            steps: changed.steps,
        })
    }

    /// Whether a poll would not get what it waits for, and go on until its deadline.
    pub fn delays(&self, mutant: &Drawn) -> bool {
        let key = (mutant.operation.clone(), mutant.outcome);
        let callers = self.callers.get(&key).into_iter().flatten();
        let mut all = callers.map(|id| &self.scenarios[id]).chain(&self.fixtures);
        all.any(|(scenario, executions)| {
            executions.iter().any(|execution| {
                (0..execution.exchanges.len())
                    .any(|index| self.is_awaited(scenario, execution, index, mutant))
            })
        })
    }

    /// Whether a poll waits for what the answer is, and no longer is with the change.
    fn is_awaited(
        &self,
        scenario: &Scenario,
        execution: &Execution,
        index: usize,
        mutant: &Drawn,
    ) -> bool {
        let Some(before) = changeable(mutant, execution, index) else {
            return false;
        };
        let step = self.leaf(scenario, &execution.exchanges[index].step);
        let Some(StepKind::Poll(poll)) = step.map(|step| step.kind) else {
            return false;
        };
        let mut after = before.clone();
        let holds = |clause: &Clause, answer: &Answer| {
            let text = answer.body.text.as_deref().unwrap_or_default();
            clause.holds(
                &AnswerParts::new(answer.status, &answer.headers, text),
                &Nameless,
            )
        };
        apply(&mutant.edit, &mut after)
            && self.is_looked_at(scenario, execution, index)
            && (poll.until.clauses.iter()).any(|c| holds(c, before) && !holds(c, &after))
    }

    fn leaf(&self, scenario: &Scenario, id: &str) -> Option<Step> {
        let here = self.header.cloud.realised(scenario)?;
        let mut leaves = observe::leaves(&here.steps).into_iter();
        leaves.find(|step| step.id == id).cloned()
    }

    fn change(&self, mutant: &Drawn, most: usize) -> Changed {
        let mut changed = Changed::default();
        let key = (mutant.operation.clone(), mutant.outcome);
        let mut shown = 0;
        for id in self.callers.get(&key).into_iter().flatten() {
            if shown == most {
                break;
            }
            let (scenario, executions) = &self.scenarios[id];
            let mut mutated = executions.clone();
            // step → in how many repeats it is changed, and where that is looked at, once in each
            let mut touched: BTreeMap<String, (usize, BTreeMap<usize, usize>)> = BTreeMap::new();
            for (n, (execution, original)) in mutated.iter_mut().zip(executions).enumerate() {
                let mut here = BTreeSet::new();
                for index in 0..execution.exchanges.len() {
                    if !mutate(mutant, execution, index) {
                        continue;
                    }
                    let exchange = &original.exchanges[index];
                    let step = step_name(id, &exchange.step, &exchange.rows);
                    let (repeats, at) = touched.entry(step.clone()).or_default();
                    *repeats += usize::from(here.insert(step));
                    if !at.contains_key(&n) && self.is_looked_at(scenario, original, index) {
                        at.insert(n, index);
                    }
                }
            }
            if touched.is_empty() {
                continue;
            }
            for (step, (repeats, at)) in touched {
                changed.steps.insert(step);
                // what the cloud itself answers now and then only is not its behaviour
                if at.is_empty() || repeats < executions.len() {
                    changed.flaps |= !at.is_empty();
                    continue;
                }
                changed.looked_at = true;
                // nor is what changes a thing of ours in some repeats, and in others one of somebody else
                let mut all = at.into_iter();
                changed.kept = changed.kept
                    || !all.any(|(n, i)| self.forgets(scenario, &executions[n], i, &mutant.edit));
            }
            shown += usize::from(changed.kept);
            changed.before.extend(executions.iter().cloned());
            changed.after.extend(mutated);
        }
        changed
    }

    /// Whether the answer stands for a step: not a poll on its way, nor one of a search but those beside the limit.
    fn is_looked_at(&self, scenario: &Scenario, execution: &Execution, index: usize) -> bool {
        let exchange = &execution.exchanges[index];
        let is_last = !execution.exchanges[index + 1..].iter().any(|e| {
            e.role == Role::Observed && e.step == exchange.step && e.rows == exchange.rows
        });
        match self.leaf(scenario, &exchange.step).map(|step| step.kind) {
            Some(StepKind::Boundary(_)) => {
                observe::is_beside_limit(&self.header, scenario, execution, index)
            }
            None => false,
            Some(StepKind::Pages(_)) => true,
            _ => is_last,
        }
    }

    fn forgets(
        &self,
        scenario: &Scenario,
        execution: &Execution,
        index: usize,
        edit: &Edit,
    ) -> bool {
        let Ok(answer) = &execution.exchanges[index].answer else {
            return true;
        };
        let mut all = Vec::new();
        let (part, aspect) = match edit {
            // a page for people is one, whatever it says
            Edit::Garble => {
                let text = answer.body.text.as_deref().unwrap_or("").trim_start();
                let text = text.to_ascii_lowercase();
                let is_page = text.starts_with("<html") || text.starts_with("<!doctype");
                return answer.status < 400 && is_page;
            }
            Edit::Status(_) | Edit::Body(_) | Edit::Error { .. } => return false,
            Edit::AddHeader(name, _) => {
                all.push(vec![name.to_ascii_lowercase()]);
                (Part::Header, Aspect::Presence)
            }
            Edit::RemoveHeader(name) => {
                all.push(vec![name.clone()]);
                (Part::Header, Aspect::Presence)
            }
            Edit::ChangeHeader(name, _) => {
                all.push(vec![name.clone()]);
                (Part::Header, Aspect::Value)
            }
            Edit::Charset(_) => {
                all.push(vec!["content-type".to_owned()]);
                (Part::Header, Aspect::Value)
            }
            Edit::At(place, act) => {
                let text = answer.body.text.as_deref().unwrap_or("");
                let tree = observe::tree::Node::parse(text)
                    .or_else(|_| observe::tree::Node::parse_xml(text));
                let Ok(tree) = tree else {
                    return false;
                };
                let mut here = Vec::new();
                concrete(&tree, &segments(place), &mut here, &mut all);
                if let Act::Lose | Act::Duplicate = act {
                    all = all
                        .into_iter()
                        .filter_map(|list| last_item(&tree, list))
                        .collect();
                }
                (Part::Body, aspect(act))
            }
        };
        all.into_iter().all(|path| {
            let change = Change {
                exchange: index,
                part,
                path,
                aspect,
            };
            observe::forgets(&self.header, scenario, execution, &change)
        })
    }

    fn report(&self, before: Vec<Execution>, after: Vec<Execution>) -> Report {
        let ids: BTreeSet<String> = before.iter().map(|e| e.scenario.clone()).collect();
        let side = |name: &str, executions: Vec<Execution>| {
            let mut header = self.header.clone();
            name.clone_into(&mut header.cloud.name);
            header.plan.repeats = REPEATS;
            Recording::from_parts(header, executions, None).only(&ids)
        };
        let choices = Choices {
            waivers: Waivers::default(),
            baseline: None,
            as_of: "2026-11-23".to_owned(),
            fail_on: Impact::Breaks,
            untested: vec![],
        };
        reading::report(&[side("original", before), side("mutant", after)], &choices).unwrap()
    }
}

/// What a poll waits for by name is not known here, and counts as not awaited.
struct Nameless;

impl Scope for Nameless {
    fn variable(&self, _: &[String]) -> Option<serde_json::Value> {
        None
    }
    fn seed(&self) -> u64 {
        0
    }
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }
}

fn aspect(act: &Act) -> Aspect {
    match act {
        Act::Remove
        | Act::Rename
        | Act::Twice
        | Act::Add
        | Act::Lose
        | Act::Duplicate
        | Act::Without(..) => Aspect::Presence,
        Act::Null | Act::Type | Act::Fraction => Aspect::Type,
        Act::Reverse => Aspect::Order,
        Act::Change | Act::Set(_) | Act::Word(..) | Act::Upper | Act::Truncate => Aspect::Value,
    }
}

/// The last item of a list.
fn last_item(tree: &observe::tree::Node, mut list: Vec<String>) -> Option<Vec<String>> {
    use observe::tree::Node;
    let node = list.iter().try_fold(tree, |node, segment| match node {
        Node::List(items) => items.get(segment.parse::<usize>().ok()?),
        node => node.member(segment),
    })?;
    let Node::List(items) = node else {
        return None;
    };
    list.push(items.len().checked_sub(1)?.to_string());
    Some(list)
}

/// All places that the path leads to, with indices.
fn concrete(
    node: &observe::tree::Node,
    path: &[String],
    here: &mut Vec<String>,
    all: &mut Vec<Vec<String>>,
) {
    use observe::tree::Node;
    let Some((first, rest)) = path.split_first() else {
        all.push(here.clone());
        return;
    };
    if first == "[]" {
        if let Node::List(items) = node {
            for (index, item) in items.iter().enumerate() {
                here.push(index.to_string());
                concrete(item, rest, here, all);
                here.pop();
            }
        }
    } else if let Node::Map(members) = node
        && let Some((name, below)) = members.iter().find(|(name, _)| is_named(name, first))
    {
        here.push(name.clone());
        concrete(below, rest, here, all);
        here.pop();
    }
}

fn mutate(mutant: &Drawn, execution: &mut Execution, index: usize) -> bool {
    if changeable(mutant, execution, index).is_none() {
        return false;
    }
    let answer = execution.exchanges[index].answer.as_mut();
    answer.is_ok_and(|answer| apply(&mutant.edit, answer))
}

/// The answer of an exchange, if it is one that the mutant changes.
fn changeable<'e>(mutant: &Drawn, execution: &'e Execution, index: usize) -> Option<&'e Answer> {
    let exchange = &execution.exchanges[index];
    let answer = exchange.answer.as_ref().ok()?;
    let is_it = exchange.role == Role::Observed
        && Outcome::of(answer.status) == mutant.outcome
        && operation_of(execution, exchange) == mutant.operation;
    is_it.then_some(answer)
}

fn apply(edit: &Edit, answer: &mut Answer) -> bool {
    let text = answer.body.text.clone();
    let mut whole = Whole {
        status: answer.status,
        headers: answer.headers.clone(),
        body: text.clone().unwrap_or_default(),
    };
    if !edit.apply(&mut whole) {
        return false;
    }
    answer.status = whole.status;
    answer.headers = whole.headers;
    if whole.body != text.unwrap_or_default() {
        answer.body = Payload::from_bytes(whole.body.as_bytes(), whole.body.len() as u64, false);
    }
    true
}

fn step_name(scenario: &str, step: &str, rows: &[String]) -> String {
    if rows.is_empty() {
        format!("{scenario}#{step}")
    } else {
        format!("{scenario}#{step}[{}]", rows.join(", "))
    }
}

/// What the report says of a drawn mutant that changes the answers of these steps.
pub fn judged(report: &Report, mutant: &Drawn, changed: &BTreeSet<String>) -> Judged {
    let findings: Vec<&Finding> = report.findings.iter().chain(&report.unconfirmed).collect();
    let at_steps = |f: &Finding| {
        f.steps
            .iter()
            .any(|step| changed.contains(&of_search(step)))
    };
    let right: Vec<&&Finding> = findings
        .iter()
        .filter(|f| at_steps(f) && is_at(f, &mutant.edit))
        .collect();
    Judged {
        verdict: Verdict {
            found: !findings.is_empty(),
            placed: !right.is_empty(),
            directed: right
                .iter()
                .any(|f| points(f, &mutant.edit, mutant.outcome)),
            beside: number(findings.len() - right.len()),
            findings: number(findings.len()),
        },
        told: findings.into_iter().map(line).collect(),
    }
}

/// A step without the row of an answer beside its limit.
fn of_search(step: &str) -> String {
    let mut name = step.to_owned();
    for row in ["accepted", "refused"] {
        name = name.replace(&format!("[{row}]"), "");
        name = name.replace(&format!(", {row}]"), "]");
    }
    name
}

pub fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// A finding on a line.
pub fn line(f: &Finding) -> String {
    format!(
        "{} {} {}: {} / {} [{:?} {:?}]",
        f.rule, f.operation, f.place, f.a.value, f.b.value, f.forward, f.back
    )
}

/// At the changed place, or at what stands for it.
fn is_at(finding: &Finding, edit: &Edit) -> bool {
    let place = finding.place.as_str();
    match edit {
        // of a search, the limit says it
        Edit::Status(_) => {
            let stands = ["states", "named", "limit"];
            place == "status" || stands.iter().any(|p| place.starts_with(p))
        }
        Edit::AddHeader(name, _) | Edit::RemoveHeader(name) | Edit::ChangeHeader(name, _) => {
            place == format!("header {}", name.to_ascii_lowercase())
        }
        Edit::Charset(_) => place == "header content-type",
        Edit::Body(_) | Edit::Garble => {
            place.starts_with("body") || place.starts_with("error") || place == "$"
        }
        Edit::Error { .. } => place.starts_with("error"),
        Edit::At(path, _) => {
            let path = segments(path);
            let names: Vec<&String> = path.iter().filter(|s| *s != "[]").collect();
            let last = names.last().map_or("$", |s| s.as_str());
            let list = names.iter().rev().nth(1).map_or("$", |s| s.as_str());
            place.contains(last)
                || place.contains(&format!("{list}["))
                || place.contains(&format!("{list}#"))
                || place.ends_with(list)
                || [
                    "error", "states", "named", "derived", "body", "ids", "paging", "limit",
                ]
                .iter()
                .any(|p| place.starts_with(p))
                || place.contains('‹')
        }
    }
}

/// Refusals that a client relies on: who is no longer refused is worse off.
const PROTECT: [&str; 4] = [
    "condition-ignored",
    "dry-run-ignored",
    "full-bucket-deleted",
    "stranger-let-in",
];

/// Poorer answers and stricter requests hurt who moves there, richer ones who moves back.
fn points(finding: &Finding, edit: &Edit, outcome: Outcome) -> bool {
    let (there, back) = (finding.forward, finding.back);
    match edit {
        Edit::Status(status) => match (outcome, Outcome::of(*status)) {
            (Outcome::Accepted, Outcome::Refused) => there > back,
            (Outcome::Refused, Outcome::Accepted) => {
                back >= there || PROTECT.contains(&finding.rule.as_str())
            }
            _ => there > Impact::None || back > Impact::None,
        },
        // what a client stored comes back as something else
        Edit::At(..) if finding.rule == "data-lost" => there > back,
        Edit::AddHeader(..) | Edit::At(_, Act::Add) => back >= there,
        Edit::RemoveHeader(_) | Edit::At(_, Act::Remove | Act::Lose) => there >= back,
        _ => there > Impact::None || back > Impact::None,
    }
}
