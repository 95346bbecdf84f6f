//! A judged comparison: the one value that every report is a rendering of, and the JSON report itself.

use super::discovery::OPERATION as DISCOVERY;
use crate::compare::{Difference, Kind, State};
use crate::judge::Since;
use crate::judge::exit::End;
use crate::recording::SkipKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the JSON report.
pub const REPORT_FORMAT: u32 = 1;

/// How much a difference hurts a client that moves in one direction. Ordered: the worst is greatest.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Impact {
    /// Nobody, this way.
    #[default]
    None,
    /// Only a person notices.
    Cosmetic,
    /// Visible; matters only to a client that looks.
    Drifts,
    /// Works, but slower, smaller or lossier.
    Degrades,
    /// A correct client of the first cloud fails on the second.
    Breaks,
}

#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Consumer {
    Raw,
    Sdk,
    Terraform,
    Cli,
    Person,
}

/// Why the clouds probably differ.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    Microversion,
    Extension,
    Policy,
    Quota,
    Binding,
    FrontEnd,
    Implementation,
    Unknown,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    pub format: u32,
    pub tool_version: String,
    /// Date that waivers were judged at: `2026-11-23`.
    pub as_of: String,
    /// sha256 (hex, first 12) over the request hashes of all scenarios compared.
    pub suite: String,
    /// In the order given: the first is where you are.
    pub clouds: Vec<CloudSummary>,
    pub pairs: Vec<PairSummary>,
    /// Gating, by impact forward, then back, then service, then operation.
    pub findings: Vec<Finding>,
    /// Differences that chance could have made; not gating.
    pub unconfirmed: Vec<Finding>,
    pub waived: Vec<Waived>,
    pub instability: Vec<Instability>,
    /// Entries of noise files that places were compared by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub noise: Vec<NoiseRead>,
    /// What was timed or searched, whether or not it differs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measured: Vec<Measured>,
    pub scenarios: Vec<ScenarioResult>,
    /// Scenarios whose request parts differ between recordings: not compared.
    pub changed_scenarios: Vec<String>,
    /// What this tool does not look at, and what could not be compared, in words.
    pub not_compared: Vec<String>,
    /// Waivers that no finding matched: "abcdefghij (why)".
    pub unused_waivers: Vec<String>,
    /// How it stands to an earlier comparison. What that knew is there and not in `findings`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Since>,
    /// The least impact, either way, that counts as a failure of the comparison; null where none does.
    pub fail_on: Option<Impact>,
    /// Every way in which the comparison ended; the exit code is that of the first.
    pub ends: Vec<End>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CloudSummary {
    pub name: String,
    pub family: String,
    /// `openstack compute 2.93`: what sort of cloud it is, as far as scenarios that ran on others go.
    #[serde(default)]
    pub kind: String,
    pub endpoint: String,
    pub region: String,
    pub project: String,
    /// RFC 3339.
    pub started: String,
    pub took_ms: u64,
    pub critical_ms: u64,
    pub requests: u64,
    pub executions: u64,
    pub set_aside: u64,
    pub repeats: u32,
    /// False: the recording ends before the run did.
    pub complete: bool,
    pub roles: Vec<String>,
    /// Chosen bindings: name → "m1.tiny (smallest with …)".
    pub bindings: BTreeMap<String, String>,
    pub microversions: BTreeMap<String, String>,
    /// Things a run made and could not take away.
    pub left_behind: Vec<String>,
    /// Scenarios that were selected and not run here, or not to their end.
    pub skipped: Vec<Skipped>,
    pub untested: bool,
    /// The noise file that the cloud was read with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<NoiseFile>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NoiseFile {
    pub file: String,
    /// That hold.
    pub entries: usize,
    /// That no longer hold, because their last day is over.
    pub lapsed: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Skipped {
    pub scenario: String,
    /// `unsupported`, `unbound`, `hazard`, `cut`.
    #[schemars(with = "String")]
    pub kind: SkipKind,
    pub why: String,
}

/// One ordered pair of clouds, first before second.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PairSummary {
    pub a: String,
    pub b: String,
    /// Findings by impact on who moves a → b, and on the way back.
    pub forward: BTreeMap<Impact, u32>,
    pub back: BTreeMap<Impact, u32>,
    /// Steps by state.
    pub behaviours: BTreeMap<State, u32>,
    /// Repeats that count on both clouds: of the scenario with the fewest, and with the most.
    pub repeats: (u32, u32),
    /// Places compared.
    pub places: u64,
    /// Places mixed on either cloud, and not known to be.
    pub mixed: u64,
    /// Places compared as known noise: by class, whatever the value.
    #[serde(default)]
    pub noise: u64,
    /// Of these, places that would have differed.
    #[serde(default)]
    pub hidden: u64,
    /// Expected false findings are at most this. With a single repeat nothing bounds them but the
    /// number of places.
    pub error_bound: f64,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// 10 characters, from operation, place and kind.
    pub id: String,
    /// 6 characters, from the classed values of the pair.
    pub values: String,
    pub rule: String,
    pub title: String,
    pub service: String,
    pub operation: String,
    pub place: String,
    pub kind: Kind,
    pub a: Side,
    pub b: Side,
    /// On who moves a → b.
    pub forward: Impact,
    /// On who moves b → a.
    pub back: Impact,
    /// Whether data can be lost or mixed up by it.
    #[serde(default)]
    pub costs_data: bool,
    pub consumers: Vec<Consumer>,
    pub cause: Cause,
    /// One sentence, with this finding's values.
    pub summary: String,
    pub explanation: String,
    pub witness: Option<String>,
    pub references: Vec<String>,
    /// Scenarios that show it; none where it was seen in discovery.
    pub scenarios: Vec<String>,
    /// Steps that show it: "scenario#step[row]".
    pub steps: Vec<String>,
    /// Exchanges that show it, over all repeats.
    pub exchanges: u32,
    /// Differences folded into it.
    pub differences: u32,
    /// Repeats that agree, the fewest of any difference, on each side.
    pub repeats: (u32, u32),
    /// Steps that could not be seen because of it, or where what differs follows from it: "scenario#step"; at the newest
    /// microversion with the place behind.
    pub consequences: Vec<String>,
    /// At most three.
    pub examples: Vec<Example>,
    /// A cloud's profile ships without ever having run.
    pub untested: bool,
    /// Clouds of a kind that none of its scenarios ran through on before.
    #[serde(default)]
    pub unproven: Vec<String>,
}

impl Finding {
    /// Whether it is of what the clouds say of themselves, before any scenario runs.
    #[must_use]
    pub fn is_discovered(&self) -> bool {
        self.operation == DISCOVERY
    }

    /// Whichever way it hurts more.
    #[must_use]
    pub fn worst(&self) -> Impact {
        self.forward.max(self.back)
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Side {
    pub cloud: String,
    pub value: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Example {
    pub difference: Difference,
    /// What was sent and what came, on each side, as people read it.
    pub a: Shown,
    pub b: Shown,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Shown {
    pub cloud: String,
    /// Shell commands that send it again; secrets and ids as variables.
    pub curl: Vec<String>,
    /// Variables of the commands: name → value, or how to get it where it is a secret.
    pub variables: BTreeMap<String, String>,
    pub request: String,
    /// Head and body, shortened.
    pub answer: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Waived {
    pub finding: Finding,
    pub why: String,
    pub who: String,
    pub until: Option<String>,
    /// The id is the waiver's and the values are not.
    pub changed: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Instability {
    pub cloud: String,
    pub scenario: String,
    pub step: String,
    pub operation: String,
    pub place: String,
    /// Value (or class) → how often, most often first.
    pub seen: Vec<(String, u32)>,
    /// A noise file lists it, or what it hangs below.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub known: bool,
}

/// An entry of a cloud's noise file, and what it did between two clouds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct NoiseRead {
    /// The pair, in its order.
    pub a: String,
    pub b: String,
    /// Whose file it is in.
    pub cloud: String,
    pub service: String,
    pub operation: String,
    pub place: String,
    pub because: String,
    /// Places that were compared by it.
    pub places: u64,
    /// Of these, places that would have differed.
    pub hidden: u64,
}

/// What a step took, or how far it went, on the clouds where it ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Measured {
    /// "scenario#step[row]"
    pub step: String,
    pub service: String,
    /// `states`, `consistency`, or what the limit is of: `limit len`.
    pub of: String,
    /// In the order of the clouds.
    pub on: Vec<MeasuredOn>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MeasuredOn {
    pub cloud: String,
    /// Of a poll: the states of each repeat.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub states: Vec<Vec<StateSeen>>,
    /// Of reads after a write, for each repeat: how many, how many of them were stale, and microseconds from the end of the
    /// write to the last stale one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<(u32, u32, u64)>,
    /// Of a search for a limit: what was found, and in how many repeats, most often first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<(String, u32)>,
}

/// A state of a poll, and when it was first and last seen, in milliseconds since the poll began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StateSeen(pub String, pub u64, pub u64);

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioResult {
    pub id: String,
    pub title: String,
    pub service: String,
    /// Pair "a → b" → the worst state of its steps, and why where it isn't same or differs.
    pub states: BTreeMap<String, (State, String)>,
    /// Ids of findings seen in it.
    pub findings: Vec<String>,
}
