//! What nobody reads any more goes: captures, values of rows, needs, what only says how other answers are read.

use super::document::{Document, StepRef, reads};
use super::part::{lay_out, tidy_array};
use std::collections::BTreeSet;
use toml_edit::{Item, Table, Value};

/// What only says how answers are read.
const READING: [&str; 7] = [
    "observe",
    "derive",
    "ignore",
    "opaque",
    "unordered",
    "decode-json",
    "decode-base64",
];

impl Document {
    /// Without what people look for scenarios by: a cut one is looked for by nobody.
    pub(super) fn drop_labels(&mut self) {
        self.top_mut().remove("guideline");
        self.top_mut().remove("tags");
    }

    /// Without what says how answers are read, but at a step that is kept as it is, and but for one name.
    pub(super) fn drop_reading(&mut self, but: &dyn Fn(&StepRef) -> bool, name: Option<&str>) {
        for at in self.steps() {
            let keep_all = but(&at);
            let Some(step) = self.step_mut(&at) else {
                continue;
            };
            for key in READING {
                let names = matches!(key, "observe" | "derive");
                if names {
                    retain(step, key, &|told| Some(told) == name);
                } else if !keep_all {
                    step.remove(key);
                }
            }
        }
    }

    /// Without what nothing reads, until nothing more goes.
    pub(super) fn tidied(mut self) -> Self {
        loop {
            let before = self.text();
            for on in self.families() {
                self.tidy(on.as_deref());
            }
            if self.text() == before {
                return self;
            }
        }
    }

    fn tidy(&mut self, on: Option<&str>) {
        let Some(acts) = self.acts(on) else { return };
        let read = acts.get("step").map(reads).unwrap_or_default();
        let is_read = |name: &str| read.iter().any(|path| *path == [name]);
        let steps: Vec<StepRef> = self
            .steps()
            .into_iter()
            .filter(|step| step.on.as_deref() == on)
            .collect();
        for at in &steps {
            let Some(step) = self.step_mut(at) else {
                continue;
            };
            retain(step, "capture", &is_read);
            retain_values(step);
        }
        let Some(acts) = self.acts_mut(on) else {
            return;
        };
        let needed = |need: &Value| {
            let path: Vec<&str> = need.as_str().unwrap_or_default().split('.').collect();
            read.iter()
                .any(|read| read.iter().zip(&path).all(|(a, b)| a == b) && read.len() >= path.len())
        };
        if let Some(needs) = acts.get_mut("needs").and_then(Item::as_array_mut) {
            needs.retain(needed);
            tidy_array(needs);
            if needs.is_empty() {
                acts.remove("needs");
            }
        }
    }
}

/// Keeps some members of a table in a step; an empty one goes.
fn retain(step: &mut Table, key: &str, kept: &dyn Fn(&str) -> bool) {
    let Some(table) = step.get_mut(key).and_then(Item::as_table_like_mut) else {
        return;
    };
    let all: Vec<String> = table.iter().map(|(name, _)| name.to_owned()).collect();
    let unread: Vec<&String> = all.iter().filter(|name| !kept(name)).collect();
    if unread.is_empty() {
        return;
    }
    for name in &unread {
        table.remove(name);
    }
    if unread.len() == all.len() {
        step.remove(key);
    } else {
        lay_out(step);
    }
}

/// Keeps the values of rows that the step reads; a single row without values is no row.
fn retain_values(step: &mut Table) {
    let read: BTreeSet<String> = reads(&Item::Table(step.clone()))
        .into_iter()
        .filter(|path| path.len() == 2 && path[0] == "row")
        .map(|path| path[1].clone())
        .collect();
    let Some(rows) = step.get_mut("each").and_then(Item::as_array_mut) else {
        return;
    };
    let mut values = 0;
    for row in rows.iter_mut() {
        let Some(row) = row.as_inline_table_mut() else {
            return;
        };
        let names: Vec<String> = row.iter().map(|(name, _)| name.to_owned()).collect();
        let unread = names
            .iter()
            .filter(|name| *name != "id" && !read.contains(*name));
        let unread: Vec<&String> = unread.collect();
        for name in &unread {
            row.remove(name);
        }
        if !unread.is_empty() {
            row.fmt();
        }
        values += row.len() - 1;
    }
    if rows.is_empty() || (rows.len() == 1 && values == 0) {
        step.remove("each");
    }
}
