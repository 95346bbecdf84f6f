//! Values that must not be seen, and where they come from.

use std::fmt;
use std::path::PathBuf;

/// A value that can't be printed by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Redacted<T>(T);

impl<T> Redacted<T> {
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself; every call is a place to review.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("‹redacted›")
    }
}

/// Where a secret is read from, at the last moment.
#[derive(Clone, Debug)]
pub enum SecretSource {
    /// Written in the file. Allowed for loopback targets only.
    Inline(Redacted<String>),
    /// An environment variable.
    Env(String),
    /// The first line of a file.
    File(PathBuf),
    /// The first line that a command prints.
    Command(Vec<String>),
}
