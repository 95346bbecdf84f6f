//! What was or may have been created, until it is gone. Does not know why.
//!
//! In: an intent before each unsafe request, then what became of it. Out: a file of JSON lines, one
//! a cloud and run, from which `cleanup` can take away what a killed run left behind. Holds no
//! secret. Must not know what the kinds mean, nor speak to a cloud.

mod error;
mod file;
mod model;
mod open;
mod queue;

#[cfg(test)]
mod tests;

pub use error::JournalError;
pub use file::{JournalFile, live, read_journal};
pub use model::{Entry, Intent, IntentId, JOURNAL_FORMAT, JournalHeader, State};
pub use open::{Journal, open_for_cleanup};
