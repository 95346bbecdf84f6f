//! The process's surroundings as values: read once at the edge, handed to everyone else.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// What profiles may ask of the machine. Built by `cli`, and by tests.
#[derive(Clone, Default)]
pub struct Environment {
    /// The environment variables.
    pub variables: BTreeMap<String, String>,
    /// For `~` and for `~/.config/openstack`.
    pub home: Option<PathBuf>,
    /// The working directory: the first place where `clouds.yaml` is looked for.
    pub directory: PathBuf,
}

impl Environment {
    /// A variable's value. An empty one counts as unset, as in every `openrc`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// A path as a user wrote it: `~/` is the home directory, a relative one starts at `base`.
    pub fn path(&self, written: &str, base: &Path) -> PathBuf {
        if let (Some(rest), Some(home)) = (written.strip_prefix("~/"), &self.home) {
            return home.join(rest);
        }
        base.join(written)
    }
}

/// Variables hold passwords: their names are shown, their values never.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("variables", &self.variables.keys())
            .field("home", &self.home)
            .field("directory", &self.directory)
            .finish()
    }
}
