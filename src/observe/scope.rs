//! The values that templates of a reading part may name, computed again from a recording.

use crate::recording::{Execution, Header, Names};
use crate::scenario::{Row, Scenario, Step};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::SystemTime;

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

    pub fn forget(&mut self, name: &str) {
        self.captures.remove(name);
    }

    /// What templates may name now.
    pub fn names(&self) -> Names<'_> {
        Names {
            discovery: self.header.discovery(self.execution),
            region: &self.header.cloud.target.region,
            nonce: &self.execution.nonce,
            fixtures: &self.execution.fixtures,
            captures: &self.captures,
            row: &self.row,
            user: &self.user,
            now: SystemTime::UNIX_EPOCH,
        }
    }

    /// Takes the values of the rows that a step ran in.
    pub fn enter(&mut self, scenario: &Scenario, step: &str, rows: &[String], user: &str) {
        user.clone_into(&mut self.user);
        self.row.clear();
        let mut row = BTreeMap::new();
        for around in rows_around(&scenario.steps, step, rows).unwrap_or_default() {
            row.extend(around.fill(&self.names()).unwrap_or_default());
        }
        self.row = row;
    }
}

/// The rows around `step`, outermost first.
#[must_use]
pub fn rows_around<'s>(
    steps: impl IntoIterator<Item = &'s Step>,
    wanted: &str,
    rows: &[String],
) -> Option<Vec<&'s Row>> {
    for step in steps {
        let inner = step.inner();
        // what a step frames is known by the step's own id
        let below = !inner.is_empty() && wanted.starts_with(&format!("{}.", step.id));
        if step.id != wanted && !below {
            continue;
        }
        let (mut found, rest) = match (step.each.is_empty(), rows.split_first()) {
            (false, Some((first, rest))) => {
                (vec![step.each.iter().find(|row| row.id == *first)?], rest)
            }
            _ => (vec![], rows),
        };
        if !inner.is_empty() {
            found.extend(rows_around(inner, wanted, rest)?);
        }
        return Some(found);
    }
    None
}
