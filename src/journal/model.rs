//! Intents, their states, and the moves between them.

use crate::recording::Target;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Version of the journal. Raised when an old reader would misread.
pub const JOURNAL_FORMAT: u32 = 1;

/// First line: whose journal it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalHeader {
    pub format: u32,
    pub run: String,
    /// As the profile names it.
    pub cloud: String,
    /// Only there may `cleanup` act.
    pub target: Target,
    /// Where the profile was read from.
    pub profile: String,
    pub pid: u32,
    /// RFC 3339, UTC.
    pub started: String,
}

/// One unsafe request that is about to be sent, and how what it makes is found again. No secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Resource kind of the dialect: `compute.server`.
    pub kind: String,
    pub service: String,
    /// Role of the user who sends it, and who must undo it.
    pub user: String,
    /// The name that is sent, whole.
    pub name: String,
    pub scenario: String,
    pub step: String,
    /// Id or name of what owns it, where it can only be found there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The id, where it is known beforehand (the name is the id).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Further values that its undo needs, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub undo_values: BTreeMap<String, String>,
}

/// Number of an intent in its journal, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IntentId(pub(super) u64);

impl fmt::Display for IntentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "intent {}", self.0)
    }
}

/// What became of an intent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// On disk; sent or not.
    Intended,
    /// It made this.
    Known(String),
    /// It may have made something: why that isn't known.
    Maybe(String),
    /// It was refused, or the finder found nothing.
    Nothing,
    Undoing,
    Gone,
    /// It is there and can't be taken away: why.
    Stuck(String),
}

impl State {
    /// Nothing is left to do.
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Nothing | Self::Gone)
    }

    /// May the run or a cleanup say this next?
    ///
    /// `cleanup` finds `intended` and `undoing` where a run was killed, and takes up what was `stuck`.
    pub(super) fn may_become(&self, next: &Self) -> bool {
        use State::{Gone, Intended, Known, Maybe, Nothing, Stuck, Undoing};
        match self {
            Intended => matches!(next, Known(_) | Maybe(_) | Nothing),
            // what the finder said
            Maybe(_) => matches!(next, Known(_) | Nothing | Undoing | Stuck(_)),
            Known(_) | Stuck(_) => matches!(next, Undoing),
            Undoing => matches!(next, Undoing | Gone | Stuck(_)),
            Nothing | Gone => false,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Intended => f.write_str("intended"),
            Self::Known(id) => write!(f, "known ({id})"),
            Self::Maybe(why) => write!(f, "maybe ({why})"),
            Self::Nothing => f.write_str("nothing"),
            Self::Undoing => f.write_str("undoing"),
            Self::Gone => f.write_str("gone"),
            Self::Stuck(why) => write!(f, "stuck ({why})"),
        }
    }
}

/// An intent with all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub number: IntentId,
    /// RFC 3339, UTC: when it was journalled.
    pub at: String,
    pub intent: Intent,
    pub state: State,
    /// The id that the answer or the finder gave, else the one known beforehand.
    pub id: Option<String>,
}

impl Entry {
    pub(super) fn new(number: IntentId, at: String, intent: Intent) -> Self {
        Self {
            number,
            at,
            id: intent.id.clone(),
            intent,
            state: State::Intended,
        }
    }

    pub(super) fn become_state(&mut self, next: State) {
        if let State::Known(id) = &next {
            self.id = Some(id.clone());
        }
        self.state = next;
    }
}

/// One line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Line {
    Journal(JournalHeader),
    Intended {
        n: IntentId,
        at: String,
        intent: Intent,
    },
    Now {
        n: IntentId,
        at: String,
        state: State,
    },
}

impl Line {
    /// With its newline; no JSON of ours holds another one.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}
