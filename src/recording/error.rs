//! What can be wrong with a recording, and what of it is still usable.

use std::fmt;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// A recording can't be read at all, or a place of it that was asked for can't.
#[derive(Debug, Error)]
pub enum ReadError {
    #[error("can't read {}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{} is not a recording", .0.display())]
    NotARecording(PathBuf),
    #[error(
        "{} is a recording of format {found}, and this version reads formats up to {}",
        path.display(),
        super::FORMAT
    )]
    Newer { path: PathBuf, found: u32 },
    /// Nothing can be read without the first block.
    #[error("{} has no readable header: {why}", path.display())]
    NoHeader { path: PathBuf, why: String },
    /// A block that is whole by its checksum and still doesn't hold what its tag says.
    #[error("{}: the block at byte {at} can't be read: {why}", path.display())]
    Block { path: PathBuf, at: u64, why: String },
}

/// The first error is returned once, by the call that met it; from then on nothing is written, and
/// [`Writer::finish`](super::Writer::finish) says so again.
#[derive(Debug, Error)]
pub enum WriteError {
    /// A recording is never written over.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    #[error("write {}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("write {}: {source}", path.display())]
    Encode {
        path: PathBuf,
        source: serde_json::Error,
    },
    /// A block's length has 32 bits.
    #[error("write {}: a block of {length} bytes is too large", path.display())]
    TooLarge { path: PathBuf, length: usize },
    #[error("{} is incomplete, {lost} blocks were lost: {first}", path.display())]
    Incomplete {
        path: PathBuf,
        lost: u64,
        first: String,
    },
    #[error("{} is finished", .0.display())]
    Finished(PathBuf),
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Two recordings that are not parts of one.
#[derive(Debug, Error)]
pub enum MergeError {
    #[error("nothing to merge")]
    Nothing,
    #[error("the recordings are of different {what}: {left} and {right}")]
    Different {
        what: &'static str,
        left: String,
        right: String,
    },
    #[error("{scenario} is not the same scenario in all recordings")]
    ScenarioChanged { scenario: String },
    #[error(
        "{scenario} round {round} repeat {repeat} is in two recordings, with different content"
    )]
    Conflict {
        scenario: String,
        round: u32,
        repeat: u32,
    },
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// A stretch of the file that is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    /// First byte.
    pub at: u64,
    /// Bytes.
    pub length: u64,
    pub kind: DamageKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DamageKind {
    /// The file ends within a block: the writer was stopped. All before it is whole.
    Torn,
    /// Bytes that aren't what was written; reading goes on at the next whole block.
    Corrupt,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, length, .. } = self;
        match self.kind {
            DamageKind::Torn => write!(
                f,
                "torn: the first {at} bytes are usable, the last {length} are not"
            ),
            DamageKind::Corrupt => write!(f, "corrupt: {length} bytes at byte {at} are skipped"),
        }
    }
}
