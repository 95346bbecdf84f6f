//! Steps and groups of steps.

use super::draft::{StepDraft, Surroundings};
use super::rows::Versions;
use crate::scenario::diagnostic::nearest;
use crate::scenario::keys::{ACT, GROUP, GROUP_TOO, PAGES, POLL, REQUEST, RESERVED, names};
use crate::scenario::model::{StepKind, Version};
use crate::scenario::reader::{At, Entry, Node, Reader, Table};

/// Keys that say how answers are compared: a fixture has none of them.
const COMPARED: [&str; 7] = [
    "observe",
    "derive",
    "ignore",
    "opaque",
    "unordered",
    "decode-json",
    "decode-base64",
];

const KINDS: [&str; 4] = ["request", "poll", "pages", "step"];

impl Reader {
    pub(super) fn steps(&mut self, entry: &Entry<'_>, around: &Surroundings) -> Vec<StepDraft> {
        let Some(nodes) = self.array(entry.node, "steps: [[step]]") else {
            return Vec::new();
        };
        let steps: Vec<StepDraft> = nodes
            .into_iter()
            .filter_map(|node| self.step(node, around))
            .collect();
        let ids = steps
            .iter()
            .map(|step| (step.id.value.as_str(), &step.id.span))
            .filter(|(id, _)| !id.is_empty());
        self.unique("step", ids);
        steps
    }

    fn step(&mut self, node: &Node<'_>, around: &Surroundings) -> Option<StepDraft> {
        let table = self.table(node, "a step")?;
        let id = self.step_id(&table);
        let line = self.file.line(table.span.start);
        let mut step = StepDraft::new(id, line, table.span.clone());
        if let Some(reserved) = table.entries.iter().find(|e| RESERVED.contains(&e.name)) {
            let diagnostic = self
                .mistake(
                    reserved.key.clone(),
                    format!("`{}` steps come in a later version", reserved.name),
                )
                .label("expected request, poll, pages or step");
            self.push(diagnostic);
            return Some(step);
        }
        let Some(kind) = self.at_most_one(&table, "a step", &KINDS) else {
            if self.mistyped_kind(&table) {
                return Some(step);
            }
            self.wrong(
                table.span.clone(),
                "a step that does nothing",
                "expected one of: request, poll, pages, or [[step.step]] for a group",
            );
            return Some(step);
        };
        let kind = kind.clone();
        self.step_keys(&table, kind.name, around);
        if kind.name == "step" {
            self.group(&table, &kind, around, &mut step);
        } else {
            self.act(&table, &kind, around, &mut step);
        }
        Some(step)
    }

    /// Says which unknown key was probably meant for what the step does.
    fn mistyped_kind(&mut self, table: &Table<'_>) -> bool {
        let known = [ACT, REQUEST, POLL, PAGES, GROUP];
        let unknown = |name: &str| !known.into_iter().flat_map(names).any(|key| key == name);
        let meant = table.entries.iter().filter(|entry| unknown(entry.name));
        let meant = meant.filter_map(|entry| Some((entry, nearest(entry.name, KINDS)?)));
        let Some((entry, near)) = meant.min_by_key(|(entry, _)| entry.key.start) else {
            return false;
        };
        let what = format!("a step has no key `{}`", entry.name);
        self.wrong(entry.key.clone(), what, format!("did you mean `{near}`?"));
        true
    }

    fn step_id(&mut self, table: &Table<'_>) -> At<String> {
        let id = self
            .required(table, "a step", "id", "observations carry it")
            .and_then(|entry| self.words(entry.node, "an id"));
        if let Some(id) = &id {
            self.identifier(&id.value, &id.span, "the id of a step");
        }
        id.unwrap_or(At {
            value: String::new(),
            span: table.span.clone(),
        })
    }

    fn step_keys(&mut self, table: &Table<'_>, kind: &str, around: &Surroundings) {
        let (what, own) = match kind {
            "request" => ("a request step", REQUEST),
            "poll" => ("a poll step", POLL),
            "pages" => ("a pages step", PAGES),
            _ => ("a group of steps", GROUP),
        };
        let common = names(ACT).filter(|key| kind != "step" || GROUP_TOO.contains(key));
        let mut known: Vec<&str> = common.chain(names(own)).collect();
        let others = [
            ("request", "a request step", REQUEST),
            ("poll", "a poll step", POLL),
            ("pages", "a pages step", PAGES),
        ];
        let mut elsewhere = Vec::new();
        for (other, called, keys) in others.iter().filter(|(other, ..)| *other != kind) {
            for entry in table
                .entries
                .iter()
                .filter(|e| names(keys).any(|k| k == e.name))
            {
                known.push(entry.name);
                // Of a step of two kinds, `at_most_one` has said so.
                if table.get(other).is_none() {
                    elsewhere.push((entry, called));
                }
            }
        }
        if table.get("step").is_some() && kind != "step" {
            known.push("step");
        }
        self.known(table, what, &known);
        for (entry, called) in elsewhere {
            self.wrong(
                entry.key.clone(),
                format!("{what} has no key `{}`", entry.name),
                format!("belongs to {called}"),
            );
        }
        if around.fixture {
            for entry in table.entries.iter().filter(|e| COMPARED.contains(&e.name)) {
                self.wrong(
                    entry.key.clone(),
                    "a fixture is not observed",
                    format!("`{}` means nothing here", entry.name),
                );
            }
        }
    }

    fn group(
        &mut self,
        table: &Table<'_>,
        entry: &Entry<'_>,
        around: &Surroundings,
        step: &mut StepDraft,
    ) {
        let mut inner = around.clone();
        inner.version = self.version_and_rows(table, around, step);
        step.children = self.steps(entry, &inner);
        step.kind = Some(StepKind::Group(Vec::new()));
    }

    /// Reads `version` and `each`: the version that requests send, and the step's rows.
    pub(super) fn version_and_rows(
        &mut self,
        table: &Table<'_>,
        around: &Surroundings,
        step: &mut StepDraft,
    ) -> Version {
        let entry = table.get("version");
        let versions = entry.and_then(|entry| self.versions(entry, step));
        let (version, rows) = match versions {
            Some(Versions::One(version)) => (version, None),
            Some(Versions::Rows(rows)) => (Version::Row, entry.zip(Some(rows))),
            None => (around.version.clone(), None),
        };
        self.rows(step, table.get("each"), rows);
        version
    }
}
