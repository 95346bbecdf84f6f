//! What a recording holds. Everything is as it came, redacted by place; nothing is normalised.

use crate::scenario::{Scenario, Shard};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Version of the container and of these types. Raised when an old reader would misread.
pub const FORMAT: u32 = 2;
/// What is written where nothing needs more.
pub const FIRST_FORMAT: u32 = 1;

/// First block: what was run, on what, with what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    pub format: u32,
    pub tool_version: String,
    /// Version of the scenario language.
    pub language: u32,
    /// One run of the tool over all its clouds.
    pub run: String,
    /// RFC 3339, UTC.
    pub started: String,
    /// True until `record --share` has taken out what could name people and places.
    pub private: bool,
    pub cloud: CloudInfo,
    /// Every selected scenario and fixture, by id.
    pub scenarios: BTreeMap<String, ScenarioText>,
    pub plan: PlanRecord,
    /// What was known of the cloud in later rounds, by round, where other things were bound then: each round uploads
    /// its own images.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub later: BTreeMap<u32, Discovery>,
    /// What was known of the cloud in other runs that were merged into this, by run, where that was not the same.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub runs: BTreeMap<String, OtherRun>,
    /// The noise file of the cloud that the run was given, which every reader goes by unless it is given another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<NoiseText>,
}

/// A noise file: what is unstable on a cloud by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoiseText {
    /// As the user named it.
    pub file: String,
    pub text: String,
}

impl Header {
    /// What was known of the cloud when an execution ran.
    pub fn discovery(&self, execution: &Execution) -> &Discovery {
        let other = execution.run.as_ref().and_then(|run| self.runs.get(run));
        let (first, later) = match other {
            Some(other) => (&other.discovery, &other.later),
            None => (&self.cloud.discovery, &self.later),
        };
        later.get(&execution.round).unwrap_or(first)
    }
}

/// What a run knew of the cloud.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OtherRun {
    pub discovery: Discovery,
    /// As [`Header::later`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub later: BTreeMap<u32, Discovery>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CloudInfo {
    /// As the profile names it; what reports call it.
    pub name: String,
    /// `openstack`, `s3`, `ec2`.
    pub family: String,
    /// Endpoint, project, region, user: where two runs are on one target. Never a secret.
    pub target: Target,
    pub discovery: Discovery,
}

impl CloudInfo {
    /// What of a scenario was run on this cloud: itself, or the realisation of its family. None where it means nothing
    /// here.
    #[must_use]
    pub fn realised<'s>(&self, scenario: &'s Scenario) -> Option<&'s Scenario> {
        let services = &self.discovery.services;
        scenario.realised(&self.family, &|service| services.contains_key(service))
    }
}

/// Identity of what is acted on; locks, limits and `cleanup` go by it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Target {
    /// Auth URL, without a trailing slash.
    pub endpoint: String,
    pub region: String,
    pub project: String,
}

/// What is known of a cloud before any scenario runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Discovery {
    /// By service name of the dialect (`compute`).
    pub services: BTreeMap<String, ServiceInfo>,
    /// Services that the catalog has in such a way that no request can be sent to them: name → why.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unusable: BTreeMap<String, String>,
    /// Catalog types that no service of the dialect claims, sorted.
    pub other_services: Vec<String>,
    /// Network extension aliases, sorted.
    pub extensions: Vec<String>,
    /// By user role of the profile (`main`, `alt`).
    pub users: BTreeMap<String, UserInfo>,
    /// Named values for templates: `flavor.small` → `{ "id": …, "document": …, "chosen": "why" }`.
    pub bindings: BTreeMap<String, Binding>,
    /// Bindings that the profile or the tool's own list names and that could not be had: name → why.
    #[serde(default)]
    pub unbound: BTreeMap<String, String>,
    /// Project quotas by service and name; -1 is unlimited.
    pub quotas: BTreeMap<String, BTreeMap<String, i64>>,
    /// Names of public flavors, images, volume types, … as a tenant sees them.
    pub offers: BTreeMap<String, Vec<String>>,
    /// Capability name → what its probe said.
    pub capabilities: BTreeMap<String, Capability>,
    /// What the cloud didn't tell, each with the reason, for people.
    #[serde(default)]
    pub gaps: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ServiceInfo {
    pub catalog_type: String,
    /// Versioned endpoint that target paths are appended to, without a trailing slash.
    pub endpoint: String,
    /// Unversioned root, without a trailing slash.
    pub root: String,
    /// Lowest and highest microversion ("2.1", "2.93"), or none.
    pub microversion: Option<(String, String)>,
    /// API versions of the version document, as the service lists them.
    pub versions: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UserInfo {
    pub user_id: String,
    pub user_name: String,
    pub project_id: String,
    pub project_name: String,
    pub domain_id: String,
    pub roles: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Binding {
    /// What `{{ flavor.small }}` becomes.
    pub id: String,
    pub name: String,
    /// The resource's own document, whole.
    pub document: Value,
    /// `profile`, or how discovery chose it, in words.
    pub chosen: String,
}

impl Binding {
    /// How `chosen` ends for what a run made for itself.
    pub const UPLOADED: &'static str = "uploaded for this run";

    /// It was there while the run lasted, and no longer.
    pub fn was_uploaded(&self) -> bool {
        self.chosen.ends_with(Self::UPLOADED)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    Present,
    /// Absent, and what said so.
    Absent(String),
    /// The probe itself failed.
    Unknown(String),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScenarioText {
    pub source: String,
    pub request_hash: String,
    pub reading_hash: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlanRecord {
    pub repeats: u32,
    pub concurrency: u32,
    /// Selected scenarios, in the order of the first pass.
    pub selected: Vec<String>,
    /// Scenario id → why it was not run here (needs a binding, hazard, requires, …).
    pub skipped: BTreeMap<String, Skip>,
    /// Names of the clouds of the run.
    pub clouds: Vec<String>,
    /// Which round of the run this is the plan of.
    #[serde(default = "first_round")]
    pub round: u32,
    /// The parts of the suite that this is of; none: all that was selected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shards: Vec<Shard>,
    /// What later rounds ran again, by round, once they are merged.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub later: BTreeMap<u32, RoundRecord>,
}

/// The plan of a round after the first. It follows from the recordings of the rounds before it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundRecord {
    /// More repeats, of each scenario.
    pub repeats: u32,
    pub concurrency: u32,
    pub selected: Vec<String>,
}

fn first_round() -> u32 {
    1
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Skip {
    pub kind: SkipKind,
    pub why: String,
}

impl Skip {
    /// What is said where a cloud has no such service.
    #[must_use]
    pub fn no_service(service: &str) -> String {
        format!("no {service} service in the catalog")
    }

    /// What is said where the catalog has a service that no request can be sent to.
    #[must_use]
    pub fn unusable_service(service: &str, why: &str) -> String {
        format!("{service} can't be used: {why}")
    }

    /// What is said where a scenario is realised on other families than the cloud's.
    #[must_use]
    pub fn not_realised<'f>(families: impl Iterator<Item = &'f String>) -> String {
        let families: Vec<&str> = families.map(String::as_str).collect();
        format!("realised on {} only", families.join(", "))
    }

    /// The families that it is said to be realised on, where that is why.
    #[must_use]
    pub fn realised_on(why: &str) -> Option<Vec<&str>> {
        let families = why.strip_prefix("realised on ")?.strip_suffix(" only")?;
        Some(families.split(", ").collect())
    }

    /// What is said where a scenario would have more things of a kind at once than there may be.
    #[must_use]
    pub fn too_many(wanted: u32, kind: &str, ceiling: u32) -> String {
        format!("has {wanted} {kind} at once, and at most {ceiling} may exist")
    }

    /// How many of which kind, where that is why.
    #[must_use]
    pub fn wanted(why: &str) -> Option<(u32, &str)> {
        let (wanted, _) = why
            .strip_prefix("has ")?
            .split_once(" at once, and at most ")?;
        let (count, kind) = wanted.split_once(' ')?;
        Some((count.parse().ok()?, kind))
    }

    /// One line for each kind of which there may be too few for scenarios: how many scenarios are left out for it, and what to
    /// ask for.
    #[must_use]
    pub fn left_out<'w>(reasons: impl Iterator<Item = &'w str>) -> Vec<String> {
        let mut kinds: BTreeMap<&str, (usize, u32)> = BTreeMap::new();
        for (wanted, kind) in reasons.filter_map(Self::wanted) {
            let (scenarios, most) = kinds.entry(kind).or_default();
            *scenarios += 1;
            *most = wanted.max(*most);
        }
        let line = |(kind, (scenarios, most)): (&str, (usize, u32))| {
            let word = if scenarios == 1 {
                "scenario"
            } else {
                "scenarios"
            };
            let ask = if kind == "servers" {
                format!("ask for --max-servers {most}")
            } else {
                format!("raise `{kind}` in the profile's [limits.most] to {most}")
            };
            format!(
                "{scenarios} {word} left out: up to {most} {kind} at once, requests that may be refused included; {ask}"
            )
        };
        kinds.into_iter().map(line).collect()
    }

    /// The service that is said to be missing, where that is why.
    #[must_use]
    pub fn missing_service(why: &str) -> Option<&str> {
        why.strip_prefix("no ")?
            .strip_suffix(" service in the catalog")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SkipKind {
    /// The cloud says by itself that it lacks this: service, extension, capability, microversion.
    Unsupported,
    /// Our side lacks something: a binding, a second user.
    Unbound,
    /// Not run by default; the hazard was not allowed.
    Hazard,
    /// A budget was used up, or the run was cut.
    Cut,
}

/// One scenario run once on one cloud. A frame of its own on disk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    pub scenario: String,
    pub request_hash: String,
    /// 1, then 2 … for confirm rounds.
    pub round: u32,
    /// 1 ≤ repeat ≤ repeats, unique in (scenario, round).
    pub repeat: u32,
    /// Tries before this one that were set aside.
    pub attempt: u32,
    /// The run that it is of, where what is known of that one is in [`Header::runs`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The random part of every name that this execution sent. 20 characters `a-z0-9`.
    pub nonce: String,
    /// RFC 3339, UTC.
    pub started: String,
    /// Milliseconds.
    pub took_ms: u64,
    /// Fixture outputs by `alias.output`.
    pub fixtures: BTreeMap<String, Value>,
    pub outcome: Outcome,
    /// Every step (and row) that was reached by the run, in order.
    pub steps: Vec<StepRecord>,
    pub exchanges: Vec<Exchange>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Ran to its end, whatever the answers were.
    Done,
    /// 429, 502, 503, 504 or a broken connection: not behaviour unless it recurs in every repeat.
    SetAside(String),
    /// Ctrl-C, a budget, or a fixture that could not be made.
    Cut(String),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// `create`, or `group.step`.
    pub step: String,
    /// Ids of the rows, outermost first.
    pub rows: Vec<String>,
    pub end: StepEnd,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepEnd {
    Done,
    /// `until` did not hold, or a page walk did not end, in time.
    Deadline,
    /// A capture that a template needs was not there; the names.
    Blocked(Vec<String>),
    /// This cloud doesn't offer it (a microversion, say): why.
    Unsupported(String),
    Cut,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    pub step: String,
    pub rows: Vec<String>,
    /// Attempt of a poll, page of a walk; from 1.
    pub attempt: u32,
    pub role: Role,
    /// `main`, `alt`, …
    pub user: String,
    pub service: String,
    /// Resolved microversion that was sent.
    pub version: Option<String>,
    pub request: SentRequest,
    pub answer: Result<Answer, WireError>,
    /// RFC 3339, UTC, with milliseconds.
    pub sent: String,
    pub timing: Timing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Observed,
    Undo,
    Find,
    Control,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SentRequest {
    pub method: String,
    /// `http://host:port`
    pub origin: String,
    /// Path and query, as on the wire.
    pub target: String,
    /// In wire order; secrets redacted.
    pub headers: Vec<(String, String)>,
    pub body: Payload,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    pub status: u16,
    pub reason: String,
    /// In wire order and case, repeats kept; secrets redacted.
    pub headers: Vec<(String, String)>,
    pub body: Payload,
    /// Statuses of interim answers (1xx) before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interim: Vec<u16>,
}

/// Bytes of a body.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Payload {
    /// The bytes, if they are UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The bytes in base64, if they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// True length in bytes, before any cut.
    pub length: u64,
    /// md5 (hex) of all bytes that came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub md5: Option<String>,
    /// The bytes kept are fewer than the bytes that came.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireError {
    pub kind: WireErrorKind,
    /// For people.
    pub detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WireErrorKind {
    Resolve,
    Connect,
    Tls,
    /// The peer broke the connection.
    Reset,
    /// The peer closed it without a whole answer.
    Closed,
    /// What came is not HTTP.
    Protocol,
    Deadline,
    /// More than the cap on heads or bodies came.
    TooLarge,
    /// Our side cut the connection in the middle of the body, as the step says.
    Aborted,
    /// Our side can't put this request onto the wire as written; nothing was sent.
    Unsendable,
}

/// Whether a status says that the cloud, or the way to it, was not well. That is no behaviour unless it recurs.
#[must_use]
pub fn is_trouble(status: u16) -> bool {
    matches!(status, 429 | 502 | 503 | 504)
}

impl WireErrorKind {
    /// Likewise for an exchange without an answer.
    #[must_use]
    pub fn is_trouble(self) -> bool {
        !matches!(
            self,
            Self::Unsendable | Self::Protocol | Self::TooLarge | Self::Aborted
        )
    }
}

/// Microseconds since the exchange began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// Since the run began, monotonic.
    pub at_us: u64,
    pub connected_us: u64,
    pub first_byte_us: u64,
    pub done_us: u64,
}

/// Last block: its presence says that the run ended by itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trailer {
    /// RFC 3339, UTC.
    pub ended: String,
    pub took_ms: u64,
    pub requests: u64,
    /// What no order of the executions could have been shorter than, milliseconds: the longest chain that had to wait for each
    /// other, or all of them at as many at once as were allowed.
    pub critical_ms: u64,
    pub left_behind: Vec<LeftBehind>,
    /// Executions cut: (scenario, why).
    pub cut: Vec<(String, String)>,
    /// Further scenarios skipped while running.
    pub skipped: BTreeMap<String, Skip>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftBehind {
    pub kind: String,
    pub id: String,
    pub name: String,
    pub why: String,
}
