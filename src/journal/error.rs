//! What can go wrong with a journal.

use super::model::{IntentId, State};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum JournalError {
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    #[error("open {}: {source}", path.display())]
    Open { path: PathBuf, source: io::Error },
    /// A living process writes it.
    #[error("{} is in use by a run", .0.display())]
    InUse(PathBuf),
    /// What was to be journalled may not be on disk: the request must not be sent. Every later
    /// intent fails with the same.
    #[error("write {}: {source}", path.display())]
    Write {
        path: PathBuf,
        source: Arc<io::Error>,
    },
    #[error("{} is not a journal", .0.display())]
    NotAJournal(PathBuf),
    /// The run was stopped before it could intend anything.
    #[error("{} ends within its first line: nothing was sent", .0.display())]
    Empty(PathBuf),
    #[error(
        "{} is a journal of format {found}, and this version reads formats up to {}",
        path.display(),
        super::JOURNAL_FORMAT
    )]
    Newer { path: PathBuf, found: u32 },
    /// A defect of the caller.
    #[error("{id} can't go from {from} to {to}")]
    Illegal {
        id: IntentId,
        from: State,
        to: State,
    },
    #[error("{0} was never intended")]
    Unknown(IntentId),
}
