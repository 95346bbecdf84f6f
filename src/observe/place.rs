//! Where in an execution an observation stands.

use std::collections::BTreeMap;
use std::fmt;

use super::symbols::Rendered;
use super::window::Window;

/// One comparable place. Ordered as places are reported: step, then from the wire inwards.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub step: String,
    pub rows: Vec<String>,
    pub part: Part,
    /// Header name, path in the body, name of an observation. Empty for parts that are one.
    pub path: String,
}

/// Which part of what came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Whether HTTP came at all.
    Wire,
    /// How a poll, walk or search ended.
    End,
    Status,
    /// What a boundary search found.
    Limit,
    /// What requests that were sent at once came to.
    Race,
    /// The body is not what its content type says.
    Malformed,
    /// Envelope, code, message of an error.
    Error,
    States,
    Pages,
    Header,
    Body,
    Named,
    Derived,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.part {
            Part::Wire => f.write_str("connection"),
            Part::End => f.write_str("end"),
            Part::Status if self.path.is_empty() => f.write_str("status"),
            Part::Status => write!(f, "{} status", self.path),
            Part::Limit => write!(f, "limit {}", self.path),
            Part::Race => write!(f, "race {}", self.path),
            Part::Malformed => write!(f, "body {}", self.path),
            Part::Error => write!(f, "error {}", self.path),
            Part::States => write!(f, "states {}", self.path),
            Part::Pages => write!(f, "pages {}", self.path),
            Part::Header => write!(f, "header {}", self.path),
            Part::Body => f.write_str(&self.path),
            Part::Named => write!(f, "named {}", self.path),
            Part::Derived => write!(f, "derived {}", self.path),
        }
    }
}

/// One execution, observed.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    pub values: BTreeMap<Place, Rendered>,
    /// Identities by place, for the pattern of equality.
    pub identities: BTreeMap<Place, Vec<String>>,
    /// Exchange (index in the execution) that a step and its rows stand on: the last one.
    pub exchanges: BTreeMap<(String, Vec<String>), usize>,
    /// How each step ended, and whether what it must reach was reached.
    pub steps: BTreeMap<(String, Vec<String>), StepSeen>,
    /// Distinct states of polls, with when each was first and last seen, and the longest gap between two looks.
    pub states: BTreeMap<(String, Vec<String>), StateSequence>,
    /// The same in the words of named observations.
    pub sequences: BTreeMap<Place, StateSequence>,
    /// How long reads were stale after a write.
    pub windows: BTreeMap<(String, Vec<String>), Window>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepSeen {
    Reached,
    NotReached,
    /// A read of a consistency probe never saw the write within its time.
    Stale,
    /// A value that it needs was not there: names of captures.
    Blocked(Vec<String>),
    Unsupported(String),
    Cut,
}

/// What a poll saw of a state machine. Milliseconds since the poll began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateSequence {
    pub states: Vec<StateSeen>,
    pub longest_gap_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateSeen {
    pub state: String,
    pub first_ms: u64,
    pub last_ms: u64,
}
