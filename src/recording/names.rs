//! What the names of templates stand for in one execution: while it runs, and again whenever its recording is read.

use crate::recording::Discovery;
use crate::scenario::{Scope, missing, seed_of, sent_name};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::SystemTime;

/// Names of one execution. `row` and `captures` change from step to step.
#[derive(Debug)]
pub struct Names<'a> {
    pub discovery: &'a Discovery,
    pub region: &'a str,
    pub nonce: &'a str,
    /// Fixture outputs by `alias.output`.
    pub fixtures: &'a BTreeMap<String, Value>,
    pub captures: &'a BTreeMap<String, Value>,
    pub row: &'a BTreeMap<String, Value>,
    /// Role whose `{{ project.id }}` and `{{ user.id }}` are meant.
    pub user: &'a str,
    /// What `time` counts from: the clock of a run; a reader has none.
    pub now: SystemTime,
}

impl Names<'_> {
    /// `project.id`, `alt.user.name`.
    fn account(&self, role: &str, what: &str, which: &str) -> Option<Value> {
        // an anonymous request has no account: as for addresses, that of `main` stands in
        let role = if role == "anonymous" { "main" } else { role };
        let user = self.discovery.users.get(role)?;
        let text = match (what, which) {
            ("project", "id") => &user.project_id,
            ("project", "name") => &user.project_name,
            ("user", "id") => &user.user_id,
            ("user", "name") => &user.user_name,
            _ => return None,
        };
        Some(Value::String(text.clone()))
    }

    /// `flavor.small`, `flavor.small.name`, `flavor.small.ram`.
    fn binding(&self, dotted: &str) -> Option<Value> {
        if let Some(binding) = self.discovery.bindings.get(dotted) {
            return Some(Value::String(binding.id.clone()));
        }
        let (binding, last) = dotted.rsplit_once('.')?;
        let binding = self.discovery.bindings.get(binding)?;
        match last {
            "name" => Some(Value::String(binding.name.clone())),
            _ => binding.document.get(last).cloned(),
        }
    }
}

impl Scope for Names<'_> {
    fn variable(&self, path: &[String]) -> Option<Value> {
        let parts: Vec<&str> = path.iter().map(String::as_str).collect();
        match parts.as_slice() {
            ["name"] => Some(sent_name("a", self.nonce).into()),
            ["name", label] => Some(sent_name(label, self.nonce).into()),
            ["nonce"] => Some(self.nonce.into()),
            ["missing", kind] => missing(self.nonce)
                .into_iter()
                .find(|(known, _)| known == kind)
                .map(|(_, value)| value.into()),
            ["region"] => Some(self.region.into()),
            ["row", name] => self.row.get(*name).cloned(),
            [what @ ("project" | "user"), which] => self.account(self.user, what, which),
            [role, what @ ("project" | "user"), which] => self.account(role, what, which),
            [capture] => self.captures.get(*capture).cloned(),
            _ => {
                let dotted = parts.join(".");
                let fixture = self.fixtures.get(&dotted).cloned();
                fixture.or_else(|| self.binding(&dotted))
            }
        }
    }

    fn seed(&self) -> u64 {
        seed_of(self.nonce)
    }

    fn now(&self) -> SystemTime {
        self.now
    }
}
