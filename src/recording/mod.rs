//! The container on disk: write, read, merge, redact, verify.
//!
//! In: exchanges as they came off the wire, executions, what was known and planned. Out: one file a
//! cloud that anything further right reads back, and that holds no secret. Knows no network and
//! nothing of what the bytes mean. The file is described in `docs/recording-format.md`.

mod block;
mod error;
mod mark;
mod merge;
mod model;
mod names;
mod part;
mod payload;
mod reader;
mod redact;
mod rewrite;
mod share;
mod verify;
mod writer;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

pub use error::{Damage, DamageKind, MergeError, ReadError, WriteError};
pub use mark::{Mark, SecretKind};
pub use merge::merge;
pub use model::*;
pub use names::Names;
pub use reader::{Control, Recording};
pub use redact::{ExchangeMeta, Learned, Redactor, UnredactedAnswer, UnredactedRequest};
pub use rewrite::redact_again;
pub use share::Share;
pub use verify::{FileVerification, Sum, Verification, verify_file};
pub use writer::Writer;
