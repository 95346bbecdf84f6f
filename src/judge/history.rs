//! Recordings of one cloud over time → when which difference appeared, went and came back. In: the judged comparison of each
//! recording with those before it. Out: one [`History`]. Pure.

use crate::compare::{Kind, State};
use crate::judge::key::turn;
use crate::judge::{Finding, Impact, PairSummary, Report};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Version of the JSON.
pub const HISTORY_FORMAT: u32 = 1;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct History {
    pub format: u32,
    pub tool_version: String,
    /// By name.
    pub clouds: Vec<CloudHistory>,
    /// Files that were not read, each with the reason.
    pub left_out: Vec<LeftOut>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOut {
    pub file: String,
    pub why: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CloudHistory {
    pub name: String,
    pub family: String,
    /// The oldest first.
    pub recordings: Vec<Moment>,
    /// What hurts most first: by impact with the time, then back, then service, operation and place.
    pub changes: Vec<Change>,
}

/// A recording among those of its cloud.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Moment {
    pub file: String,
    /// RFC 3339.
    pub started: String,
    pub endpoint: String,
    /// False: it ends before the run did.
    pub complete: bool,
    pub scenarios: u32,
    pub repeats: u32,
    /// What it was compared with; nothing, where no earlier recording has any of its scenarios.
    pub against: Vec<Against>,
    /// Differences from before, by what they are.
    pub appeared: u32,
    pub went: u32,
    pub came_back: u32,
    /// Differences that chance could have made: not among the changes.
    pub unconfirmed: u32,
}

/// An earlier recording: the last that had the scenarios.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Against {
    /// Index in `recordings`.
    pub recording: u32,
    pub scenarios: u32,
    /// Scenarios that changed in what they send: not compared.
    pub changed_scenarios: Vec<String>,
    /// Steps seen on both.
    pub seen: u32,
    /// Expected false findings are at most this.
    pub error_bound: f64,
}

/// A difference between two recordings, and what became of it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    pub id: String,
    pub values: String,
    pub rule: String,
    pub title: String,
    pub service: String,
    pub operation: String,
    pub place: String,
    pub kind: Kind,
    /// Before it appeared, and after.
    pub before: String,
    pub after: String,
    /// On who relied on what was before, and on who came to rely on what was after.
    pub forward: Impact,
    pub back: Impact,
    pub costs_data: bool,
    pub scenarios: Vec<String>,
    /// In order.
    pub events: Vec<Event>,
    /// Whether it is there in the last recording.
    pub stands: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// Index in `recordings`.
    pub recording: u32,
    /// When that was begun: RFC 3339.
    pub started: String,
    pub what: What,
}

#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    Appeared,
    /// It is again as it was before.
    Went,
    CameBack,
}

/// The history of a cloud while it is put together.
#[derive(Debug, Default)]
pub struct Unfolding {
    recordings: Vec<Moment>,
    changes: BTreeMap<(String, String), Change>,
    /// Which way round a change's values stood when it appeared.
    way: BTreeMap<(String, String), Ordering>,
}

impl Unfolding {
    /// The next recording, and for each earlier one that it was compared with: its index, how many scenarios, and the report.
    /// What was discovered counts against the recording just before only.
    pub fn next(&mut self, mut moment: Moment, compared: &[(usize, u32, Report)]) {
        let here = count(self.recordings.len());
        for (index, scenarios, report) in compared {
            moment.against.push(against(*index, *scenarios, report));
            moment.unconfirmed += count(report.unconfirmed.len());
            let is_last = index + 1 == self.recordings.len();
            let counts = report
                .findings
                .iter()
                .filter(|finding| is_last || !finding.is_discovered());
            for finding in counts {
                let what = self.happened(finding, here, &moment.started);
                let number = match what {
                    What::Appeared => &mut moment.appeared,
                    What::Went => &mut moment.went,
                    What::CameBack => &mut moment.came_back,
                };
                *number += 1;
            }
        }
        self.recordings.push(moment);
    }

    fn happened(&mut self, finding: &Finding, recording: u32, started: &str) -> What {
        let key = (finding.id.clone(), finding.values.clone());
        let way = turn(finding.kind, &finding.a.value, &finding.b.value);
        let first = *self.way.entry(key.clone()).or_insert(way);
        let change = self.changes.entry(key).or_insert_with(|| new(finding));
        let what = if way != first {
            What::Went
        } else if change.events.is_empty() {
            What::Appeared
        } else {
            What::CameBack
        };
        change.stands = what != What::Went;
        change.events.push(Event {
            recording,
            started: started.to_owned(),
            what,
        });
        what
    }

    /// Everything of the cloud.
    #[must_use]
    pub fn end(self, name: &str, family: &str) -> CloudHistory {
        let mut changes: Vec<Change> = self.changes.into_values().collect();
        changes.sort_by(|l, r| {
            let place = |c: &Change| (c.service.clone(), c.operation.clone(), c.place.clone());
            (r.forward, r.back)
                .cmp(&(l.forward, l.back))
                .then_with(|| place(l).cmp(&place(r)))
                .then_with(|| (&l.id, &l.values).cmp(&(&r.id, &r.values)))
        });
        CloudHistory {
            name: name.to_owned(),
            family: family.to_owned(),
            recordings: self.recordings,
            changes,
        }
    }
}

fn against(index: usize, scenarios: u32, report: &Report) -> Against {
    let seen = |pair: &PairSummary| {
        let of = |state| pair.behaviours.get(&state).copied().unwrap_or(0);
        of(State::Same) + of(State::Differs)
    };
    Against {
        recording: count(index),
        scenarios,
        changed_scenarios: report.changed_scenarios.clone(),
        seen: report.pairs.iter().map(seen).sum(),
        error_bound: report.pairs.first().map_or(0.0, |pair| pair.error_bound),
    }
}

fn new(finding: &Finding) -> Change {
    Change {
        id: finding.id.clone(),
        values: finding.values.clone(),
        rule: finding.rule.clone(),
        title: finding.title.clone(),
        service: finding.service.clone(),
        operation: finding.operation.clone(),
        place: finding.place.clone(),
        kind: finding.kind,
        before: finding.a.value.clone(),
        after: finding.b.value.clone(),
        forward: finding.forward,
        back: finding.back,
        costs_data: finding.costs_data,
        scenarios: finding.scenarios.clone(),
        events: Vec::new(),
        stands: true,
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::tests::finding;

    fn back(mut finding: Finding) -> Finding {
        std::mem::swap(&mut finding.a.value, &mut finding.b.value);
        finding.kind = finding.kind.mirrored();
        finding
    }

    #[test]
    fn what_changes_back_went_and_what_changes_again_came_back() {
        let mut unfolding = Unfolding::default();
        let there = finding("a", "1");
        let ways = [
            there.clone(),
            back(there.clone()),
            there.clone(),
            finding("b", "1"),
        ];
        let what: Vec<What> = (1..)
            .zip(&ways)
            .map(|(n, f)| unfolding.happened(f, n, ""))
            .collect();
        assert_eq!(
            what,
            [What::Appeared, What::Went, What::CameBack, What::Appeared]
        );
        let history = unfolding.end("zed", "openstack");
        assert_eq!(history.changes.len(), 2);
        assert!(history.changes.iter().all(|change| change.stands));
        let events = history.changes[0]
            .events
            .iter()
            .map(|event| event.recording);
        assert_eq!(events.collect::<Vec<_>>(), [1, 2, 3]);
    }
}
