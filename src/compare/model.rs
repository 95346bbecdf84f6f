//! What a comparison of clouds yields, before anyone says what it means.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// In which way two clouds disagree at a place. The vocabulary that rules are written in.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A accepts (2xx, 3xx) what B refuses (4xx, 5xx). Mirrored: `RefusedAccepted`.
    AcceptedRefused,
    RefusedAccepted,
    /// Both accept, with another status.
    SuccessStatus,
    /// Both refuse, with another status.
    ErrorStatus,
    /// One fails with 5xx where the other refuses with 4xx.
    ServerError,
    /// The machine-readable error code in the body.
    ErrorCode,
    /// The form of the error body: envelope member, HTML, text, nothing.
    ErrorEnvelope,
    /// The text of an error.
    ErrorMessage,
    /// A body field that A has and B lacks. Mirrored: `FieldAdded`.
    FieldRemoved,
    FieldAdded,
    /// The same value under another name: what is shown of each side is the name.
    FieldRenamed,
    /// A header that A has and B lacks. Mirrored: `HeaderAdded`.
    HeaderRemoved,
    HeaderAdded,
    /// Another JSON type.
    FieldType,
    /// null on one side.
    FieldNull,
    /// The same type, another value.
    Value,
    HeaderValue,
    /// The form of a value: timestamp, uuid, hex, URL, number lexeme.
    Format,
    /// What the client sent came back changed on one side.
    Echo,
    /// The bytes that the client stored come back on A, and on B others, or none. Mirrored: `DataKept`.
    DataLost,
    DataKept,
    /// The items of a list, or their number.
    Items,
    Order,
    /// A page walk: sizes, gaps, duplicates, its end.
    Paging,
    /// Two values that are equal on one side and not on the other.
    Reference,
    /// Distinct states of a poll.
    States,
    /// The highest number that is accepted.
    Limit,
    /// How many of several requests at once are let through, and what the others are told.
    Race,
    /// How long reads are stale after a write.
    Consistency,
    /// A poll or walk ended on one side and not on the other.
    Deadline,
    /// The body isn't what its content type says, or has duplicate members.
    Malformed,
    /// The connection broke, or no HTTP came, on one side.
    Wire,
    /// A derived or named observation.
    Derived,
    /// Service, extension, microversion range, capability: seen in discovery.
    Capability,
    /// It flaps, and is there less often on B than on A. Mirrored: `MoreOften`.
    LessOften,
    MoreOften,
    /// It flaps, in other proportions on B than on A, none of them better.
    Stability,
}

impl Kind {
    /// Every kind, in the order of the vocabulary.
    pub const ALL: [Self; 37] = [
        Self::AcceptedRefused,
        Self::RefusedAccepted,
        Self::SuccessStatus,
        Self::ErrorStatus,
        Self::ServerError,
        Self::ErrorCode,
        Self::ErrorEnvelope,
        Self::ErrorMessage,
        Self::FieldRemoved,
        Self::FieldAdded,
        Self::FieldRenamed,
        Self::HeaderRemoved,
        Self::HeaderAdded,
        Self::FieldType,
        Self::FieldNull,
        Self::Value,
        Self::HeaderValue,
        Self::Format,
        Self::Echo,
        Self::DataLost,
        Self::DataKept,
        Self::Items,
        Self::Order,
        Self::Paging,
        Self::Reference,
        Self::States,
        Self::Limit,
        Self::Race,
        Self::Consistency,
        Self::Deadline,
        Self::Malformed,
        Self::Wire,
        Self::Derived,
        Self::Capability,
        Self::LessOften,
        Self::MoreOften,
        Self::Stability,
    ];

    /// Whether it is of how often something is there, and not of what.
    #[must_use]
    pub fn is_of_rates(self) -> bool {
        matches!(self, Self::LessOften | Self::MoreOften | Self::Stability)
    }

    /// The same difference seen from the other cloud.
    #[must_use]
    pub fn mirrored(self) -> Self {
        match self {
            Self::AcceptedRefused => Self::RefusedAccepted,
            Self::RefusedAccepted => Self::AcceptedRefused,
            Self::FieldRemoved => Self::FieldAdded,
            Self::FieldAdded => Self::FieldRemoved,
            Self::HeaderRemoved => Self::HeaderAdded,
            Self::HeaderAdded => Self::HeaderRemoved,
            Self::DataLost => Self::DataKept,
            Self::DataKept => Self::DataLost,
            Self::LessOften => Self::MoreOften,
            Self::MoreOften => Self::LessOften,
            other => other,
        }
    }
}

/// Who sends a request.
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
pub enum Asker {
    #[default]
    Owner,
    /// Another user, or nobody, whom a cloud that keeps tenants apart refuses.
    Stranger,
}

/// One place on which two clouds disagree: each unanimous, or one less often than chance explains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    pub scenario: String,
    pub service: String,
    /// `POST /servers`, `GET /servers/{}`; of a header `compute *`; of discovery `discovery`.
    pub operation: String,
    /// `$.server.status`, `header etag`, `status`, `states`, `named state`.
    pub place: String,
    pub kind: Kind,
    #[serde(default)]
    pub asker: Asker,
    /// Normalised value on each side: what is shown. "absent" where it isn't there.
    pub a: String,
    pub b: String,
    /// Step and rows.
    pub step: String,
    pub rows: Vec<String>,
    /// Repeats that agree, on each side.
    pub repeats: (u32, u32),
    /// Where it can be seen in the recordings.
    pub evidence: (EvidenceRef, EvidenceRef),
}

/// An exchange in a recording.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct EvidenceRef {
    pub round: u32,
    pub repeat: u32,
    /// Index in `Execution::exchanges`; none where nothing was exchanged.
    pub exchange: Option<usize>,
}

/// How an observation, or a whole step, stands between two clouds.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Same,
    Differs,
    /// Could not be seen on one side because of an earlier difference.
    Blocked,
    Unsupported,
    /// No cloud reached it.
    NotExercised,
    Unconfirmed,
    NotRun,
}

/// Everything that comparing two clouds yields, first before second.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PairResult {
    /// Indices into the clouds of the comparison.
    pub a: usize,
    pub b: usize,
    pub differences: Vec<Difference>,
    /// Differences that chance could have made: apart, never gating.
    pub unconfirmed: Vec<Difference>,
    /// Index of a difference → index of the one that it follows from; of `differences`, and of `unconfirmed`.
    pub follows: (BTreeMap<usize, usize>, BTreeMap<usize, usize>),
    /// Every step that was selected on both sides, in the order of the scenarios.
    pub steps: Vec<StepState>,
    /// Repeats that count on both clouds: of the scenario with the fewest, and with the most.
    pub repeats: (u32, u32),
    /// Places compared.
    pub places: u64,
    /// Places mixed on either cloud, those that are known noise apart.
    pub mixed: u64,
    /// Places that were compared as known noise.
    pub noise: Vec<KnownNoise>,
    /// Scenarios whose request parts differ between the two recordings.
    pub changed_scenarios: Vec<String>,
    /// Operation and place, as a difference there would have them → scenarios in which it flaps on either cloud.
    #[serde(skip)]
    pub flapping: BTreeMap<(String, String), BTreeSet<String>>,
    /// Scenarios with a place that flaps and looks less often there on one cloud, too little to tell.
    #[serde(skip)]
    pub leaning: BTreeSet<String>,
    /// Repeats that count on both clouds, by scenario.
    #[serde(skip)]
    pub repeats_of: BTreeMap<String, u32>,
}

/// How one step (and its rows) stands between two clouds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StepState {
    pub scenario: String,
    pub service: String,
    pub step: String,
    pub rows: Vec<String>,
    pub state: State,
    /// In words, where it is neither same nor differs.
    pub why: String,
    /// Index in `PairResult::differences` of what this step could not be seen for.
    pub because_of: Option<usize>,
}

/// Service and operation.
type Listed = (String, String);

/// A place that was not compared by value, because a noise file lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KnownNoise {
    pub scenario: String,
    pub step: String,
    pub rows: Vec<String>,
    pub place: String,
    /// Service and operation under which the first cloud's file lists it, and the second's.
    pub listed: (Option<Listed>, Option<Listed>),
    /// Without the file it would have been a difference.
    pub hidden: bool,
}

/// A place that is not the same in all repeats on one cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unstable {
    pub scenario: String,
    pub service: String,
    pub step: String,
    pub rows: Vec<String>,
    pub operation: String,
    pub place: String,
    /// Value (or class) → how often, most often first.
    pub seen: Vec<(String, u32)>,
    /// A noise file lists it, or what it hangs below.
    pub known: bool,
}
