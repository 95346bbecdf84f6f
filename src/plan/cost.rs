//! What one execution of a scenario takes: resources, requests, time. Estimates from its text alone.

use crate::dialect::query::{self, Act};
use crate::dialect::resources::{ResourceKind, resource_kind};
use crate::plan::model::Library;
use crate::scenario::{
    Request, RequestStep, Scenario, Search, Source, StatusPattern, Step, StepKind, Want,
};
use std::collections::BTreeMap;

/// Seconds that things take, for estimates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// One request.
    pub request: f64,
    /// A server from create to ACTIVE.
    pub boot: f64,
    /// Any other poll.
    pub poll: f64,
    /// From a delete to the second 404.
    pub gone: f64,
}

impl Pace {
    /// As measured on two small `OpenStack` clouds on one machine.
    pub const MEASURED: Self = Self {
        request: 0.12,
        boot: 8.0,
        poll: 3.0,
        gone: 1.5,
    };
    /// A cloud whose servers take a minute to boot.
    pub const SLOW_BOOT: Self = Self {
        boot: 60.0,
        ..Self::MEASURED
    };
}

/// What one execution takes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cost {
    /// By what a request does: `read`, `create`, `change`, `delete`, `undo`.
    pub requests: BTreeMap<&'static str, u64>,
    pub seconds: f64,
    /// Things by `counts` that the scenario means to make.
    pub sure: BTreeMap<String, u32>,
    /// … and that a row of it might make.
    pub most: BTreeMap<String, u32>,
}

impl Cost {
    pub fn total(&self) -> u64 {
        self.requests.values().sum()
    }

    fn ask(&mut self, class: &'static str, times: u64) {
        *self.requests.entry(class).or_default() += times;
    }

    fn add(&mut self, other: &Self) {
        for (class, times) in &other.requests {
            self.ask(class, *times);
        }
        self.seconds += other.seconds;
        for (kind, count) in &other.sure {
            *self.sure.entry(kind.clone()).or_default() += count;
        }
        for (kind, count) in &other.most {
            *self.most.entry(kind.clone()).or_default() += count;
        }
    }
}

/// The cost of a scenario and of the fixtures that each of its executions makes for itself. Shared fixtures are
/// not in it.
pub fn cost(scenario: &Scenario, library: &Library, pace: Pace) -> Cost {
    let mut cost = Cost::default();
    steps(&scenario.steps, 1, pace, &mut cost);
    for used in &scenario.fixtures {
        let own = !used.shared || is_fixture(scenario);
        if let (true, Some(fixture)) = (own, library.get(&used.fixture)) {
            cost.add(&self::cost(fixture, library, pace));
        }
    }
    cost
}

/// A fixture's own fixtures are always made for it alone.
fn is_fixture(scenario: &Scenario) -> bool {
    !scenario.outputs.is_empty()
}

fn steps<'s>(steps: impl IntoIterator<Item = &'s Step>, times: u64, pace: Pace, cost: &mut Cost) {
    for step in steps {
        let rows = times * u64::try_from(step.each.len().max(1)).unwrap_or(u64::MAX);
        let sent = as_seconds(rows);
        match &step.kind {
            StepKind::Request(request) => act(request, rows, pace, cost),
            StepKind::Runner(runner) => {
                act(&runner.act, rows * u64::from(runner.times), pace, cost);
            }
            StepKind::Boundary(boundary) => {
                let probes = Search::most_probes(boundary.from, boundary.to);
                cost.ask(class(&boundary.request), rows * probes);
                cost.seconds += sent * as_seconds(probes) * pace.request;
                let kind = boundary.undo.as_ref();
                if let Some(kind) = kind.and_then(|undo| resource_kind(&undo.kind)) {
                    // about half of the probes are refused; what one made is gone before the next
                    undo(kind, rows * probes.div_ceil(2), pace, cost);
                    count(kind, 1, cost);
                }
            }
            StepKind::Consistency(probe) => {
                self::steps(probe.write.as_deref(), rows, pace, cost);
                let reads = u64::try_from(probe.reads.len()).unwrap_or(u64::MAX);
                cost.ask("read", rows * probe.fewest_turns() * reads);
                cost.seconds += sent * (probe.quiet + pace.request);
            }
            StepKind::Read(_) => {}
            StepKind::Race(_) | StepKind::During(_) => {
                self::steps(step.inner(), rows, pace, cost);
            }
            StepKind::Poll(poll) => {
                let machines = match &poll.request.action {
                    Some(action) => action.to_string() == "DescribeInstances",
                    None => poll.request.service == "compute",
                };
                let boots = machines && poll.track.is_some();
                let wait = if boots { pace.boot } else { pace.poll };
                cost.seconds += sent * (wait + pace.request);
                cost.ask(
                    "read",
                    rows * whole(wait / (poll.every + pace.request)).max(1),
                );
            }
            StepKind::Pages(pages) => {
                let walked = u64::from(pages.most.min(3));
                cost.ask("read", rows * walked);
                cost.seconds += sent * as_seconds(walked) * pace.request;
            }
            StepKind::Group(inner) => self::steps(inner, rows, pace, cost),
        }
    }
}

fn act(request: &RequestStep, times: u64, pace: Pace, cost: &mut Cost) {
    cost.ask(class(&request.request), times);
    cost.seconds += as_seconds(times) * pace.request;
    let kind = request
        .undo
        .as_ref()
        .and_then(|undo| resource_kind(&undo.kind));
    if let Some(kind) = kind
        && !refused(&request.reading.reach.clauses)
    {
        undo(kind, times, pace, cost);
        count(kind, times, cost);
    }
}

fn undo(kind: &ResourceKind, rows: u64, pace: Pace, cost: &mut Cost) {
    let requests = 2 + kind.child.len() + kind.delete.len() + kind.after.len();
    cost.ask("undo", rows * u64::try_from(requests).unwrap_or(4));
    cost.seconds += as_seconds(rows) * pace.gone;
}

fn count(kind: &ResourceKind, rows: u64, cost: &mut Cost) {
    if let Some(counts) = &kind.counts {
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        *cost.most.entry(counts.clone()).or_default() += rows;
        // of several rows, some may be meant to be refused: only one is sure
        *cost.sure.entry(counts.clone()).or_default() += 1;
    }
}

/// The step is exercised only by a refusal.
fn refused(clauses: &[crate::scenario::Clause]) -> bool {
    clauses.iter().any(|clause| {
        clause.at == Source::Status
            && !clause.wants.is_empty()
            && clause.wants.iter().all(|want| match want {
                Want::Status(StatusPattern::Exact(status)) => (400..500).contains(status),
                Want::Status(StatusPattern::Class(hundreds)) => *hundreds == 4,
                _ => false,
            })
    })
}

fn class(request: &Request) -> &'static str {
    if let Some(action) = &request.action {
        return match query::act(&action.to_string()) {
            Act::Reads => "read",
            Act::Creates => "create",
            Act::Changes => "change",
            Act::Deletes => "delete",
        };
    }
    match request.method.as_str() {
        "POST" => "create",
        "PUT" | "PATCH" => "change",
        "DELETE" => "delete",
        _ => "read",
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "an estimate of at most some thousands"
)]
fn as_seconds(count: u64) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate of at most some thousands, never negative"
)]
fn whole(count: f64) -> u64 {
    count.ceil().clamp(0.0, 1e6) as u64
}
