//! Steps and groups of steps.

use super::draft::{StepDraft, Surroundings};
use super::rows::Versions;
use crate::scenario::diagnostic::nearest;
use crate::scenario::keys::{
    ACT, BOUNDARY, CONSISTENCY, DURING, GROUP, GROUP_TOO, Key, MEANWHILE, NOT_BOUNDARY, NOT_READ,
    PAGES, POLL, RACE, READ, REQUEST, RUNNER, names,
};
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

/// Keys of which a step has at most one.
const KINDS: [&str; 5] = ["request", "poll", "pages", "step", "race"];

/// What a step is, as far as its keys show.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Request,
    Poll,
    Pages,
    Group,
    Boundary,
    Race,
    Consistency,
    /// In a race.
    Runner,
    /// Done during another step.
    Meanwhile,
    /// In a consistency probe.
    Read,
}

/// Which of the keys that all acts have in common a shape has.
type Keep = fn(&str) -> bool;

impl Shape {
    pub(super) fn called(self) -> &'static str {
        match self {
            Self::Request => "a request step",
            Self::Poll => "a poll step",
            Self::Pages => "a pages step",
            Self::Group => "a group of steps",
            Self::Boundary => "a boundary step",
            Self::Race => "a race",
            Self::Consistency => "a consistency probe",
            Self::Runner => "a request in a race",
            Self::Meanwhile => "a request during a step",
            Self::Read => "a read of a consistency probe",
        }
    }

    /// Part of another step.
    fn is_part(self) -> bool {
        matches!(self, Self::Runner | Self::Meanwhile | Self::Read)
    }

    fn keys(self) -> Vec<&'static str> {
        let (keep, own): (Keep, &[&'static [Key]]) = match self {
            Self::Request => (|_| true, &[REQUEST, DURING]),
            Self::Poll => (|_| true, &[POLL, DURING]),
            Self::Pages => (|_| true, &[PAGES, DURING]),
            Self::Group => (|key| GROUP_TOO.contains(&key), &[GROUP]),
            Self::Boundary => (|key| !NOT_BOUNDARY.contains(&key), &[REQUEST, BOUNDARY]),
            Self::Race => (|key| GROUP_TOO.contains(&key), &[RACE]),
            Self::Consistency => (|_| true, &[REQUEST, CONSISTENCY]),
            Self::Runner => (|key| key != "each", &[REQUEST, RUNNER]),
            Self::Meanwhile => (|key| key != "each", &[REQUEST, MEANWHILE]),
            Self::Read => (|key| !NOT_READ.contains(&key), &[READ]),
        };
        let mut keys: Vec<&str> = names(ACT).filter(|key| keep(key)).collect();
        keys.extend(own.iter().flat_map(|list| names(list)));
        if self == Self::Read {
            keys.push("request");
        }
        keys
    }
}

/// Keys that one shape of steps has alone, and which one.
const ALONE: [(&str, Shape, &[Key]); 10] = [
    ("request", Shape::Request, REQUEST),
    ("poll", Shape::Poll, POLL),
    ("pages", Shape::Pages, PAGES),
    ("boundary", Shape::Boundary, BOUNDARY),
    ("race", Shape::Race, RACE),
    ("consistency", Shape::Consistency, CONSISTENCY),
    ("times", Shape::Runner, RUNNER),
    ("when", Shape::Meanwhile, MEANWHILE),
    ("fresh", Shape::Read, READ),
    ("step", Shape::Group, GROUP),
];

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
        if table.get("consistency").is_some() {
            self.step_keys(&table, Shape::Consistency, around);
            self.observables_fit(&table, Shape::Consistency);
            self.consistency(&table, around, &mut step);
            return Some(step);
        }
        let Some(kind) = self.at_most_one(&table, "a step", &KINDS) else {
            if self.mistyped_kind(&table) {
                return Some(step);
            }
            self.wrong(
                table.span.clone(),
                "a step that does nothing",
                "expected one of: request, poll, pages, race, or [[step.step]] for a group",
            );
            return Some(step);
        };
        let kind = kind.clone();
        let shape = match kind.name {
            "request" if table.get("boundary").is_some() => Shape::Boundary,
            "request" => Shape::Request,
            "poll" => Shape::Poll,
            "pages" => Shape::Pages,
            "race" => Shape::Race,
            _ => Shape::Group,
        };
        self.step_keys(&table, shape, around);
        self.observables_fit(&table, shape);
        match shape {
            Shape::Group => self.group(&table, &kind, around, &mut step),
            Shape::Race => self.race(&table, &kind, around, &mut step),
            Shape::Boundary => self.boundary(&table, &kind, around, &mut step),
            _ if table.get("during").is_some() => {
                self.during(&table, &kind, around, &mut step);
            }
            _ => self.act(&table, &kind, around, &mut step),
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

    /// The parts of a step that sends other requests than its own, each a table of `shape`.
    pub(super) fn parts<'d>(
        &mut self,
        entry: &Entry<'d>,
        shape: Shape,
        around: &Surroundings,
        mut read: impl FnMut(&mut Self, &Table<'d>, &Entry<'d>, StepDraft),
    ) {
        let what = shape.called();
        let mut ids = Vec::new();
        let nodes = self.array(entry.node, &format!("a list, each {what}"));
        for node in nodes.unwrap_or_default() {
            let Some(table) = self.table(node, what) else {
                continue;
            };
            let id = self.step_id(&table);
            if !id.value.is_empty() {
                ids.push(id.clone());
            }
            let line = self.file.line(table.span.start);
            let part = StepDraft::new(id, line, table.span.clone());
            self.step_keys(&table, shape, around);
            self.observables_fit(&table, shape);
            let Some(request) = self.required(&table, what, "request", "METHOD and path") else {
                continue;
            };
            let request = request.clone();
            read(self, &table, &request, part);
        }
        if ids.is_empty()
            && entry
                .node
                .get_ref()
                .as_array()
                .is_some_and(|a| a.is_empty())
        {
            self.wrong(
                entry.node.span(),
                "an empty list",
                format!("expected {what}"),
            );
        }
        self.unique("step", ids.iter().map(|id| (id.value.as_str(), &id.span)));
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

    fn step_keys(&mut self, table: &Table<'_>, shape: Shape, around: &Surroundings) {
        let what = shape.called();
        let mut known = shape.keys();
        let mut elsewhere = Vec::new();
        for (marker, other, keys) in ALONE {
            for entry in &table.entries {
                if known.contains(&entry.name) || !names(keys).any(|key| key == entry.name) {
                    continue;
                }
                known.push(entry.name);
                // Of a step of two kinds, `at_most_one` has said so.
                if shape.is_part() || !KINDS.contains(&marker) || table.get(marker).is_none() {
                    elsewhere.push((entry, other.called()));
                }
            }
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
        let protocol = around.protocol(table);
        let versions = entry.and_then(|entry| self.versions(entry, protocol, step));
        let (version, rows) = match versions {
            Some(Versions::One(version)) => (version, None),
            Some(Versions::Rows(rows)) => (Version::Row, entry.zip(Some(rows))),
            None => (around.version.clone(), None),
        };
        self.rows(step, table.get("each"), rows);
        version
    }
}
