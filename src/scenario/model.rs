//! The checked form of a scenario: what the parser hands on and everything else reads.
//!
//! Nothing here knows a cloud. Strings that may hold `{{ … }}` are [`Template`]s; bodies are JSON
//! trees whose strings are templates.

use super::boundary::BoundaryStep;
use super::consistency::{ConsistencyStep, ReadStep};
use super::during::DuringStep;
use super::observation::Observation;
use super::race::RunnerStep;
use super::template::json_variables;
use crate::dialect::query::{self, Act};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// `compute/server/lifecycle`: the path below `scenarios/` without its ending.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScenarioId(pub String);

impl fmt::Display for ScenarioId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One behaviour, written once.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scenario {
    pub id: ScenarioId,
    pub title: String,
    /// Why a workload cares, for people.
    pub why: String,
    /// The service that the scenario is about and that its steps address by default: `compute`,
    /// `image`, `network`, `block-storage`, `object-store`, `identity`.
    pub service: String,
    /// Capabilities of the published interop guidelines that this behaviour belongs to.
    pub guideline: Vec<String>,
    /// Where the behaviour is documented.
    pub refs: Vec<String>,
    pub tags: Vec<String>,
    /// Bindings that must be resolved before it can run: `flavor.small`, `image.small`,
    /// `network.external`.
    pub needs: Vec<String>,
    pub fixtures: Vec<FixtureUse>,
    pub requires: Requires,
    pub locks: Vec<Lock>,
    pub hazard: Hazard,
    pub steps: Vec<Step>,
    /// What the scenario is on each family of clouds (`openstack`, `s3`), where several realise it: it then has no steps,
    /// needs and locks but theirs.
    pub on: BTreeMap<String, Scenario>,
    /// Of a realisation: what it is one of.
    pub realises: Option<Realises>,
    /// Only in a fixture: the values it hands to its users, by name.
    pub outputs: BTreeMap<String, Template>,
    /// The text of the file, as read.
    pub source: String,
    /// sha256 (hex) of the request part: everything that decides which bytes are sent and when.
    pub request_hash: String,
    /// sha256 (hex) of the reading part: title, why, observe, derive, exceptions.
    pub reading_hash: String,
}

/// What a realisation is one of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Realises {
    /// `openstack`, `s3`.
    pub family: String,
    /// The scenario's own `service`: the word that stands for all realisations in reports.
    pub service: String,
}

impl Scenario {
    /// The scenario itself, or what it is on each family.
    pub fn realisations(&self) -> impl Iterator<Item = &Self> {
        let itself = self.on.is_empty().then_some(self);
        itself.into_iter().chain(self.on.values())
    }

    /// What of it is run on a cloud: itself, or the realisation of the cloud's family, else of a family whose name is that
    /// of a service that the cloud has. None where it means nothing there.
    #[must_use]
    pub fn realised(&self, family: &str, has_service: &dyn Fn(&str) -> bool) -> Option<&Self> {
        // a realisation is one already
        if self.on.is_empty() {
            return Some(self);
        }
        let of_service = || self.on.iter().find(|(family, _)| has_service(family));
        let found = self.on.get(family);
        found.or_else(|| of_service().map(|(_, realisation)| realisation))
    }
}

/// `use = ["fixtures/network-with-subnet"]`, or `{ fixture = "…", as = "net", shared = true }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FixtureUse {
    pub fixture: ScenarioId,
    /// Outputs are read as `{{ alias.output }}`. Default: the last segment of the id, `-` as `_`.
    pub alias: String,
    /// One instance for all executions of a repeat; only for users that read it.
    pub shared: bool,
}

/// What a cloud must have before the scenario makes sense on it. Absent: `unsupported`, never a
/// difference of the scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Requires {
    /// Network extensions by alias.
    pub extensions: Vec<String>,
    /// Capabilities, probed once a round, by name in the dialect (`object-store.slo`).
    pub capabilities: Vec<String>,
    /// Users other than `main`: `alt`, `expendable`.
    pub users: Vec<String>,
    /// Lowest microversion of the scenario's service that must be offered.
    pub microversion: Option<Microversion>,
}

/// A read or write lock on a scope of one target: `compute.servers@project`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Lock {
    pub scope: String,
    pub mode: LockMode,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LockMode {
    Shared,
    Exclusive,
}

/// What a scenario may do to a production cloud.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Hazard {
    /// Reads only.
    #[default]
    None,
    /// Makes and removes a few resources of its own.
    Consumes,
    /// Uses up a quota or a limit for a while.
    Exhausts,
    /// May lock or change an account.
    Account,
    /// Sends what a security monitor may take for an attack.
    Probing,
}

/// One act. `rows` and `each` multiply it; observations of a row carry the row's id.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// Unique in the scenario; of a step in a group: `group.step`.
    pub id: String,
    pub kind: StepKind,
    /// `each = [{ id = "empty", value = "" }, …]`: run once a row, in order; in templates
    /// `{{ row.value }}`. Empty: run once.
    pub each: Vec<Row>,
    /// Line (1-based) of the step in the file, for messages.
    pub line: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    Request(RequestStep),
    Poll(PollStep),
    Pages(PagesStep),
    /// Steps that run in order, once a row of the group.
    Group(Vec<Step>),
    Boundary(BoundaryStep),
    /// Runners that start at once.
    Race(Vec<Step>),
    /// Only in a race.
    Runner(RunnerStep),
    During(DuringStep),
    Consistency(ConsistencyStep),
    /// Only in a consistency probe.
    Read(ReadStep),
}

impl Step {
    /// The steps that this one is made of; none of what sends by itself.
    #[must_use]
    pub fn inner(&self) -> Vec<&Self> {
        match &self.kind {
            StepKind::Group(steps) | StepKind::Race(steps) => steps.iter().collect(),
            StepKind::During(during) => {
                let acts = during.acts.iter().map(|act| &act.step);
                std::iter::once(&*during.outer).chain(acts).collect()
            }
            StepKind::Consistency(probe) => {
                let write = probe.write.as_deref();
                write.into_iter().chain(&probe.reads).collect()
            }
            StepKind::Request(_)
            | StepKind::Poll(_)
            | StepKind::Pages(_)
            | StepKind::Boundary(_)
            | StepKind::Runner(_)
            | StepKind::Read(_) => Vec::new(),
        }
    }

    /// The request that it sends itself, if it does.
    #[must_use]
    pub fn own_request(&self) -> Option<&Request> {
        match &self.kind {
            StepKind::Request(step) => Some(&step.request),
            StepKind::Poll(step) => Some(&step.request),
            StepKind::Pages(step) => Some(&step.request),
            StepKind::Boundary(step) => Some(&step.request),
            StepKind::Runner(step) => Some(&step.act.request),
            StepKind::Read(step) => Some(&step.request),
            StepKind::Group(_)
            | StepKind::Race(_)
            | StepKind::During(_)
            | StepKind::Consistency(_) => None,
        }
    }

    /// Every request that it and the steps in it send, once each.
    #[must_use]
    pub fn requests(&self) -> Vec<&Request> {
        let own = self.own_request().into_iter();
        let inner = self.inner().into_iter().flat_map(Self::requests);
        own.chain(inner).collect()
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    pub id: String,
    /// Literal values; strings are templates.
    pub values: BTreeMap<String, serde_json::Value>,
}

/// What is sent, and what is read from what comes back.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RequestStep {
    pub request: Request,
    pub reading: Reading,
    /// How what this step makes, or may make, is found and removed.
    pub undo: Option<Undo>,
    /// Why an unsafe request needs no undo, in words (a token that expires, …).
    pub harmless: Option<String>,
    /// `captures` of the scenario language: name → where on the answer.
    pub captures: BTreeMap<String, Source>,
    /// Seconds until the step is given up. Default 60.
    pub deadline: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PollStep {
    pub request: Request,
    /// Polling ends when this holds …
    pub until: Condition,
    /// … or when `track` is seen at one of these (a failed end state).
    pub track: Option<Source>,
    /// Seconds between two attempts. Default 1.
    pub every: f64,
    pub reading: Reading,
    pub captures: BTreeMap<String, Source>,
    /// Seconds. Default 300.
    pub deadline: u64,
}

/// A walk through a paged list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PagesStep {
    pub request: Request,
    /// Where the items are: `$.servers`.
    pub items: String,
    pub next: NextPage,
    /// At most this many pages. Default 20.
    pub most: u32,
    pub reading: Reading,
    pub captures: BTreeMap<String, Source>,
    /// Seconds for the whole walk. Default 120.
    pub deadline: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NextPage {
    /// The answer names the next page: an absolute or relative URL at this place.
    Link(Source),
    /// The next page is asked for with query parameter `param` set to the value at this place of
    /// this page (typically of its last item).
    Marker { param: String, at: Source },
}

impl NextPage {
    /// The member of an item by which the next page is asked for: `$.servers[].id` of `$.servers[-1].id`.
    #[must_use]
    pub fn of_item(&self) -> Option<String> {
        let Self::Marker {
            at: Source::Json(path),
            ..
        } = self
        else {
            return None;
        };
        let (list, rest) = path.split_once("[-1]")?;
        Some(format!("{list}[]{rest}"))
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Request {
    /// Upper case.
    pub method: String,
    /// Of a request in the Query protocol: its action. The form in `body` begins with it and the version.
    pub action: Option<Template>,
    /// Path and query below `base`, sent byte for byte after templates are filled in.
    pub target: Template,
    pub base: Base,
    /// The service addressed, from the catalog.
    pub service: String,
    /// Which user's token is sent: `main`, `alt`, `anonymous`, `expendable`.
    pub user: String,
    /// In the order written.
    pub headers: Vec<(String, Template)>,
    pub body: Body,
    pub version: Version,
    /// How it is signed, where that is not the family's usual way: a tree with templates, read with `Sign::read` once
    /// they are filled.
    pub sign: Option<serde_json::Value>,
    /// Checksums of the body that are sent in headers, by name.
    pub checksums: Vec<Template>,
    /// The connection is cut once this many bytes of the body are sent.
    pub abort_after: Option<u64>,
}

impl Request {
    /// Whether it changes nothing, as far as its text shows.
    #[must_use]
    pub fn only_reads(&self) -> bool {
        let action = self.action.as_ref().map(ToString::to_string);
        match action {
            Some(action) => query::act(&action) == Act::Reads,
            None => matches!(self.method.as_str(), "GET" | "HEAD"),
        }
    }

    /// Dotted names that it reads, wherever they stand in it.
    #[must_use]
    pub fn variables(&self) -> BTreeSet<String> {
        let texts: Vec<&Template> = match &self.body {
            Body::Empty | Body::Json(_) | Body::Bytes(_) => vec![],
            Body::Text(text) | Body::Xml(text) => vec![text],
            Body::Form(members) => members.iter().map(|(_, value)| value).collect(),
            Body::Multipart(parts) => parts.iter().map(|part| &part.content).collect(),
        };
        let headers = self.headers.iter().map(|(_, value)| value);
        let templates = headers.chain(texts).chain([&self.target]);
        let mut all: BTreeSet<String> = templates.flat_map(Template::variables).collect();
        if let Body::Json(tree) = &self.body {
            all.extend(json_variables(tree));
        }
        all
    }

    /// With the version that a step says.
    #[must_use]
    pub(super) fn with_version(mut self, version: Version) -> Self {
        let (Some(_), Body::Form(members)) = (&self.action, &mut self.body) else {
            self.version = version;
            return self;
        };
        let own = match version {
            Version::Unset => query::version(&self.service).unwrap_or_default().to_owned(),
            said => said.to_string(),
        };
        if let Ok(own) = Template::parse(&own) {
            members.insert(1, ("Version".to_owned(), own));
        }
        self
    }
}

/// What a target path is relative to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Base {
    /// The service's versioned endpoint (`http://h:8774/v2.1`).
    #[default]
    Endpoint,
    /// The root of the service's endpoint above its version and project (`http://h:8774`, `http://h/compute`).
    Root,
    /// The target is an absolute URL (a captured link). Its token is sent only to hosts of the catalog.
    Absolute,
    /// Of S3, whatever the profile says: the bucket is the first segment of the path.
    Path,
    /// … the bucket, the first segment of the target, is part of the host's name.
    VirtualHost,
}

impl Base {
    /// As scenarios spell it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Endpoint => "endpoint",
            Self::Root => "root",
            Self::Absolute => "absolute",
            Self::Path => "path",
            Self::VirtualHost => "virtual-host",
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Body {
    #[default]
    Empty,
    /// Strings in the tree are templates; a string that is one `{{ expression }}` and nothing else
    /// takes the expression's type.
    Json(serde_json::Value),
    Form(Vec<(String, Template)>),
    /// Sent as is; its content type is the author's header.
    Text(Template),
    /// Sent as is, as `application/xml` unless the author's headers say otherwise.
    Xml(Template),
    /// `multipart/form-data` (RFC 7578): the parts in the order written.
    Multipart(Vec<FormPart>),
    /// `bytes = 1048576`: this many bytes that follow from the execution's seed and the step's id.
    Bytes(u64),
}

/// One field of a `multipart-form` body.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FormPart {
    pub name: String,
    pub content: Template,
    /// Of a file.
    pub filename: Option<Template>,
    pub content_type: Option<Template>,
}

/// The microversion header that is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Version {
    /// No header.
    #[default]
    Unset,
    /// This one, as written, whether a cloud offers it or not.
    Exact(String),
    /// The lowest the cloud offers.
    Min,
    /// The highest the cloud offers.
    Latest,
    /// The highest that all clouds of the run offer.
    LatestCommon,
    /// What the value `version` of the row says (`{{ row.version }}`), read with `Version::parse`.
    Row,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Microversion {
    pub major: u32,
    pub minor: u32,
}

/// The part of a step that only says how answers are read. It may change without a new run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Reading {
    /// What must hold for the step's behaviour to have been exercised.
    pub reach: Condition,
    /// Named observations: stable across APIs.
    pub observe: BTreeMap<String, Observation>,
    pub derive: BTreeMap<String, Derive>,
    pub exceptions: Vec<Exception>,
    /// From `track` of a poll: the place whose distinct values form the state sequence.
    pub track: Option<Source>,
}

/// A value computed from places of one answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Derive {
    pub function: DeriveFunction,
    pub arguments: Vec<Source>,
    /// Values that differ by no more than this are the same (in the function's unit).
    pub tolerance: f64,
    /// What is computed → the word for it. Empty: it is told as it is.
    pub map: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeriveFunction {
    /// Seconds from the first timestamp to the second.
    Seconds,
    /// Number of values at the place.
    Count,
    /// Number of values at the place that this execution sent or made.
    CountOwn,
    /// Sum of the numbers at the place.
    Sum,
    /// Length in characters.
    Length,
    /// Whether the values at the place are in ascending, descending or no order.
    Order,
    /// Whether the two places hold the same value.
    Equal,
}

/// A place that is read in another way than the dialect says, always with a reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Exception {
    pub at: Source,
    pub how: ExceptionKind,
    pub because: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExceptionKind {
    /// Not compared at all.
    Ignore,
    /// Only presence and form are compared.
    Opaque,
    /// An array whose order means nothing.
    Unordered,
    DecodeJson,
    DecodeBase64,
}

/// Where on an answer a value is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    Status,
    /// Name in lower case.
    Header(String),
    /// A JSON path (RFC 9535).
    Json(String),
    /// The body as text.
    Text,
    /// What an error says, wherever its envelope puts it: `code`, `message` or `envelope`. Only in exceptions.
    Error(String),
}

/// All clauses must hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Condition {
    pub clauses: Vec<Clause>,
}

/// Any of `wants` must hold at `at`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Clause {
    pub at: Source,
    pub wants: Vec<Want>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Want {
    Status(StatusPattern),
    /// Equal to this value; strings are templates.
    Value(serde_json::Value),
    /// Present (true) or absent (false).
    Present(bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatusPattern {
    /// `204`
    Exact(u16),
    /// `"2xx"`: the hundreds digit.
    Class(u16),
}

/// How something that a step made is taken away again. Journalled before the step's first byte.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Undo {
    /// A resource kind of the dialect: `compute.server`. It knows id, finder, children, delete, gone.
    pub kind: String,
    /// Name of the thing, where it isn't `{{ name }}` (`{{ name.b }}`).
    pub name: Template,
    /// Where its id is on the answer, where the kind's own place is wrong.
    pub id: Option<String>,
}

/// Text with holes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Template {
    pub parts: Vec<TemplatePart>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TemplatePart {
    Text(String),
    Hole(Expression),
}

/// `{{ name }}`, `{{ name.b }}`, `{{ image.small }}`, `{{ net.id }}`, `{{ server }}`, `{{ row.value }}`,
/// `{{ text(300) }}`, `{{ missing.uuid }}`, `{{ project.id }}`, `{{ region }}`, `{{ json(row.value) }}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expression {
    /// Dotted path: `["image", "small"]`.
    Variable(Vec<String>),
    Call {
        function: String,
        arguments: Vec<Argument>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Argument {
    Variable(Vec<String>),
    Number(i64),
    Text(String),
}
