//! Reading a journal, whatever state it was left in.

use super::error::JournalError;
use super::model::{Entry, IntentId, JOURNAL_FORMAT, JournalHeader, Line};
use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::path::Path;

/// A journal as it is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalFile {
    pub header: JournalHeader,
    /// In the order intended.
    pub entries: Vec<Entry>,
    /// The last line is incomplete. It was never acknowledged, so nothing was sent for it.
    pub torn: bool,
    /// Other lines (from 1) that can't be read. What they intended is unknown.
    pub damaged: Vec<usize>,
}

impl JournalFile {
    /// Entries that may still be on the cloud.
    pub fn unsettled(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|e| !e.state.is_settled())
    }
}

/// Reads a journal, locked or not. A line that can't be read hides no other.
pub fn read_journal(path: &Path) -> Result<JournalFile, JournalError> {
    let bytes = std::fs::read(path).map_err(|source| JournalError::Open {
        path: path.to_owned(),
        source,
    })?;
    parse(path, &bytes)
}

/// Does a living process hold it?
pub fn live(path: &Path) -> Result<bool, JournalError> {
    let open = |source| JournalError::Open {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(open)?;
    // shared: two who ask at once don't take each other for a run
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(source)) => Err(open(source)),
    }
}

/// The format of a first line, whatever else a later version may put there.
#[derive(serde::Deserialize)]
struct FirstLine {
    journal: OnlyFormat,
}

#[derive(serde::Deserialize)]
struct OnlyFormat {
    format: u32,
}

pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<JournalFile, JournalError> {
    let ended = bytes.ends_with(b"\n");
    let mut lines = bytes
        .strip_suffix(b"\n")
        .unwrap_or(bytes)
        .split(|b| *b == b'\n');
    let first = lines.next().unwrap_or_default();
    if let Ok(FirstLine { journal }) = serde_json::from_slice(first)
        && journal.format > JOURNAL_FORMAT
    {
        return Err(JournalError::Newer {
            path: path.to_owned(),
            found: journal.format,
        });
    }
    let header = match serde_json::from_slice(first) {
        Ok(Line::Journal(header)) => header,
        _ if !ended && !bytes.contains(&b'\n') && starts_like_a_journal(first) => {
            return Err(JournalError::Empty(path.to_owned()));
        }
        _ => return Err(JournalError::NotAJournal(path.to_owned())),
    };
    let mut entries: BTreeMap<IntentId, Entry> = BTreeMap::new();
    let mut unread = Vec::new();
    let mut count = 1;
    for line in lines {
        count += 1;
        let taken = match serde_json::from_slice(line) {
            // a number that is used twice must not hide the first
            Ok(Line::Intended { n, at, intent }) if !entries.contains_key(&n) => {
                entries.insert(n, Entry::new(n, at, intent));
                true
            }
            // not checked against the moves allowed: a line before it may be damaged
            Ok(Line::Now { n, state, .. }) => match entries.get_mut(&n) {
                Some(entry) => {
                    entry.become_state(state);
                    true
                }
                None => false,
            },
            _ => false,
        };
        if !taken {
            unread.push(count);
        }
    }
    let torn = !ended && unread.pop_if(|line| *line == count).is_some();
    Ok(JournalFile {
        header,
        entries: entries.into_values().collect(),
        torn,
        damaged: unread,
    })
}

fn starts_like_a_journal(line: &[u8]) -> bool {
    const START: &[u8] = b"{\"journal\":";
    line.iter().zip(START).all(|(a, b)| a == b)
}
