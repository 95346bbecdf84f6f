//! The values that templates of a reading part may name, computed again from a recording.

use crate::recording::{Execution, Header};
use crate::scenario::{Row, Scenario, Scope, Step, StepKind, missing, seed_of, sent_name};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

#[derive(Debug)]
pub struct ReadScope<'a> {
    header: &'a Header,
    execution: &'a Execution,
    captures: BTreeMap<String, Value>,
    row: BTreeMap<String, Value>,
    user: String,
}

impl<'a> ReadScope<'a> {
    #[must_use]
    pub fn new(header: &'a Header, execution: &'a Execution) -> Self {
        Self {
            header,
            execution,
            captures: BTreeMap::new(),
            row: BTreeMap::new(),
            user: "main".to_owned(),
        }
    }

    pub fn capture(&mut self, name: &str, value: Value) {
        self.captures.insert(name.to_owned(), value);
    }

    /// Takes the values of the rows that a step ran in.
    pub fn enter(&mut self, scenario: &Scenario, step: &str, rows: &[String], user: &str) {
        user.clone_into(&mut self.user);
        self.row.clear();
        let mut row = BTreeMap::new();
        for around in rows_around(&scenario.steps, step, rows).unwrap_or_default() {
            row.extend(around.fill(self).unwrap_or_default());
        }
        self.row = row;
    }
}

/// The rows around `step`, outermost first.
fn rows_around<'s>(steps: &'s [Step], wanted: &str, rows: &[String]) -> Option<Vec<&'s Row>> {
    for step in steps {
        let inside = match &step.kind {
            StepKind::Group(_) => wanted.starts_with(&format!("{}.", step.id)),
            _ => step.id == wanted,
        };
        if !inside {
            continue;
        }
        let (mut found, rest) = match (step.each.is_empty(), rows.split_first()) {
            (false, Some((first, rest))) => {
                (vec![step.each.iter().find(|row| row.id == *first)?], rest)
            }
            _ => (vec![], rows),
        };
        if let StepKind::Group(inner) = &step.kind {
            found.extend(rows_around(inner, wanted, rest)?);
        }
        return Some(found);
    }
    None
}

impl Scope for ReadScope<'_> {
    fn variable(&self, path: &[String]) -> Option<Value> {
        let nonce = &self.execution.nonce;
        let discovery = &self.header.cloud.discovery;
        let text = |value: &str| Some(Value::String(value.to_owned()));
        let parts: Vec<&str> = path.iter().map(String::as_str).collect();
        match parts.as_slice() {
            ["name"] => text(&sent_name("a", nonce)),
            ["name", label] => text(&sent_name(label, nonce)),
            ["nonce"] => text(nonce),
            ["missing", kind] => missing(nonce)
                .into_iter()
                .find(|(k, _)| k == kind)
                .map(|(_, v)| Value::String(v)),
            ["region"] => text(&self.header.cloud.target.region),
            ["row", name] => self.row.get(*name).cloned(),
            [name] if self.captures.contains_key(*name) => self.captures.get(*name).cloned(),
            ["project" | "user", _] | [_, "project" | "user", _] => {
                let (role, what, which) = match parts.as_slice() {
                    [role, what, which] => (*role, *what, *which),
                    [what, which] => (self.user.as_str(), *what, *which),
                    _ => return None,
                };
                let user = discovery.users.get(role)?;
                match (what, which) {
                    ("project", "id") => text(&user.project_id),
                    ("project", "name") => text(&user.project_name),
                    ("user", "id") => text(&user.user_id),
                    ("user", "name") => text(&user.user_name),
                    _ => None,
                }
            }
            _ => {
                let dotted = parts.join(".");
                if let Some(value) = self.execution.fixtures.get(&dotted) {
                    return Some(value.clone());
                }
                if let Some(binding) = discovery.bindings.get(&dotted) {
                    return text(&binding.id);
                }
                let (binding, last) = dotted.rsplit_once('.')?;
                let binding = discovery.bindings.get(binding)?;
                if last == "name" {
                    text(&binding.name)
                } else {
                    binding.document.get(last).cloned()
                }
            }
        }
    }

    fn seed(&self) -> u64 {
        seed_of(&self.execution.nonce)
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::ZERO
    }
}
