//! Every name that a template reads stands for something by then, and every capture is read.

use crate::scenario::diagnostic::{Diagnostic, nearest};
use crate::scenario::model::{Row, StepKind, Version};
use crate::scenario::parse::{Draft, RowMarks, StepDraft, Use};
use crate::scenario::reader::{At, Reader, Span};
use std::collections::{BTreeMap, BTreeSet};

/// An output of a fixture that a template reads. Whether the fixture has it is known to the suite.
#[derive(Clone, Debug)]
pub(crate) struct OutputUse {
    pub(crate) alias: String,
    pub(crate) output: String,
    pub(crate) span: Span,
}

/// First words of names that the language gives a meaning.
const OWN: [&str; 12] = [
    "name",
    "missing",
    "nonce",
    "null",
    "project",
    "user",
    "main",
    "alt",
    "expendable",
    "region",
    "row",
    "anonymous",
];

/// Checks the names of a file; returns the fixture outputs that it reads.
pub(crate) fn names(reader: &mut Reader, draft: &Draft) -> Vec<OutputUse> {
    let mut check = Names {
        captures: BTreeMap::new(),
        reached: BTreeSet::new(),
        bindings: draft
            .needs
            .iter()
            .map(|n| (n.value.as_str(), false))
            .collect(),
        aliases: draft
            .fixtures
            .iter()
            .map(|mark| mark.fixture.alias.as_str())
            .collect(),
        rows: Vec::new(),
        outputs: Vec::new(),
        certain: draft.names_known,
        reader,
    };
    check.clashing_aliases(draft);
    for step in &draft.steps {
        check.collect(step);
    }
    check.steps(&draft.steps);
    for read in &draft.output_uses {
        check.read(read);
    }
    check.unread(draft);
    check.outputs
}

struct Capture {
    span: Span,
    step: String,
    read: bool,
}

struct RowLevel<'d> {
    rows: &'d [Row],
    marks: &'d [RowMarks],
    read: BTreeSet<String>,
}

struct Names<'r, 'd> {
    reader: &'r mut Reader,
    /// Of the whole file.
    captures: BTreeMap<String, Capture>,
    /// Captures of the steps so far.
    reached: BTreeSet<String>,
    /// Needed bindings, and whether each was read.
    bindings: BTreeMap<&'d str, bool>,
    aliases: BTreeSet<&'d str>,
    /// Outermost first.
    rows: Vec<RowLevel<'d>>,
    outputs: Vec<OutputUse>,
    certain: bool,
}

impl<'d> Names<'_, 'd> {
    fn collect(&mut self, step: &'d StepDraft) {
        for capture in &step.captures {
            let name = &capture.value;
            let mut broken = step.broken_captures.contains(name);
            if OWN.contains(&name.as_str()) || self.bindings.keys().any(|b| first(b) == name) {
                broken = true;
                self.reader.wrong(
                    capture.span.clone(),
                    format!("`{name}` has a meaning already"),
                    "expected another name",
                );
            } else if self.aliases.contains(name.as_str()) {
                broken = true;
                self.reader.wrong(
                    capture.span.clone(),
                    format!("`{name}` is the name of a fixture"),
                    "expected another name",
                );
            }
            if let Some(earlier) = self.captures.get(name) {
                let diagnostic = self
                    .reader
                    .mistake(capture.span.clone(), format!("`{name}` is captured twice"))
                    .label("expected another name")
                    .also(earlier.span.clone(), "the first one");
                self.reader.push(diagnostic);
                continue;
            }
            self.captures.insert(
                name.clone(),
                Capture {
                    span: capture.span.clone(),
                    step: step.id.value.clone(),
                    read: broken,
                },
            );
        }
        for child in &step.children {
            self.collect(child);
        }
    }

    fn clashing_aliases(&mut self, draft: &Draft) {
        for mark in &draft.fixtures {
            let alias = mark.fixture.alias.as_str();
            if OWN.contains(&alias) || self.bindings.keys().any(|b| first(b) == alias) {
                let diagnostic = self
                    .reader
                    .mistake(
                        mark.span.clone(),
                        format!("the fixture's name `{alias}` has a meaning already"),
                    )
                    .label("expected another name")
                    .help("{ fixture = \"…\", as = \"…\" } gives it one");
                self.reader.push(diagnostic);
            }
        }
    }

    fn steps(&mut self, steps: &'d [StepDraft]) {
        for step in steps {
            self.step(step);
            self.reach(step);
        }
    }

    /// What a step captured may be read from here on.
    fn reach(&mut self, step: &StepDraft) {
        let names = step.captures.iter().map(|c| c.value.clone());
        self.reached.extend(names);
    }

    fn step(&mut self, step: &'d StepDraft) {
        for read in step.rows.iter().flat_map(|row| &row.uses) {
            self.read(read);
        }
        if !step.each.is_empty() {
            self.rows.push(RowLevel {
                rows: &step.each,
                marks: &step.rows,
                read: BTreeSet::new(),
            });
        }
        let vary = step.vary.as_ref().filter(|vary| self.may_vary(vary));
        self.reached.extend(vary.map(|vary| vary.value.clone()));
        for read in &step.uses {
            self.read(read);
        }
        if let Some(vary) = vary {
            self.reached.remove(&vary.value);
        }
        self.row_versions(step);
        match &step.kind {
            // none of these waits for another's answer
            Some(StepKind::Race(_) | StepKind::During(_)) => {
                step.children.iter().for_each(|child| self.step(child));
                step.children.iter().for_each(|child| self.reach(child));
            }
            _ => self.steps(&step.children),
        }
        if !step.each.is_empty()
            && let Some(level) = self.rows.pop()
        {
            self.unread_values(&level);
        }
    }

    /// Whether the number of a boundary search has a name of its own.
    fn may_vary(&mut self, vary: &At<String>) -> bool {
        let name = vary.value.as_str();
        let taken = OWN.contains(&name)
            || self.bindings.keys().any(|binding| first(binding) == name)
            || self.aliases.contains(name)
            || self.captures.contains_key(name);
        if taken {
            self.reader.wrong(
                vary.span.clone(),
                format!("`{name}` has a meaning already"),
                "expected another name",
            );
        }
        true
    }

    fn read(&mut self, read: &Use) {
        let path: Vec<&str> = read.path.iter().map(String::as_str).collect();
        let known = match path.as_slice() {
            ["row", value] => return self.row(value, &read.span),
            ["name" | "nonce" | "null" | "region"] => true,
            ["name", label] => {
                label.len() <= 12
                    && label
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            }
            ["missing", kind] => {
                matches!(*kind, "uuid" | "hex" | "hex17" | "hex8" | "int" | "name")
            }
            ["project" | "user", what]
            | ["main" | "alt" | "expendable", "project" | "user", what] => {
                matches!(*what, "id" | "name")
            }
            [alias, output] if self.aliases.contains(alias) => {
                self.outputs.push(OutputUse {
                    alias: (*alias).to_owned(),
                    output: (*output).to_owned(),
                    span: read.span.clone(),
                });
                true
            }
            [kind, label] | [kind, label, "name"] => {
                let binding = format!("{kind}.{label}");
                match self.bindings.get_mut(binding.as_str()) {
                    Some(was_read) => {
                        *was_read = true;
                        true
                    }
                    None => false,
                }
            }
            [capture] => {
                if let Some(known) = self.captures.get_mut(*capture) {
                    known.read = true;
                }
                self.reached.contains(*capture)
            }
            _ => false,
        };
        if !known && self.certain {
            let diagnostic = self.undefined(&path, &read.span);
            self.reader.push(diagnostic);
        }
    }

    fn undefined(&self, path: &[&str], span: &Span) -> Diagnostic {
        let name = path.join(".");
        let diagnostic = self
            .reader
            .mistake(span.clone(), format!("nothing is known as `{name}`"))
            .label("undefined name");
        if let Some(later) = self.captures.get(&name) {
            return diagnostic
                .also(later.span.clone(), "captured only here")
                .help(format!(
                    "step `{}` is not done before this is sent",
                    later.step
                ));
        }
        if let [alias] = path
            && self.aliases.contains(alias)
        {
            return diagnostic.help(format!(
                "a fixture is read by its outputs: {{{{ {alias}.… }}}}"
            ));
        }
        if let Some(near) = nearest(&name, self.all().iter().map(String::as_str)) {
            return diagnostic.help(format!("did you mean `{near}`?"));
        }
        let help = match path {
            ["missing", _] => {
                "one of: missing.uuid, missing.hex, missing.hex17, missing.hex8, missing.int, missing.name"
                    .to_owned()
            }
            ["name", _] => "a label is at most 12 lower-case letters and digits".to_owned(),
            [first, ..] if OWN.contains(first) => {
                format!("`{first}` is read as one of: {}", self.family(first))
            }
            [_, _] | [_, _, "name"] => format!(
                "a binding is asked for with needs = [\"{}.{}\"], a fixture with use = [\"fixtures/…\"]",
                path[0], path[1]
            ),
            _ => "names come from capture, use and needs, and from the language itself".to_owned(),
        };
        diagnostic.help(help)
    }

    fn family(&self, word: &str) -> String {
        let of: Vec<String> = self
            .all()
            .into_iter()
            .filter(|name| first(name) == word)
            .collect();
        of.join(", ")
    }

    /// Every name that could be read here.
    fn all(&self) -> Vec<String> {
        let mut all: Vec<String> = [
            "name",
            "nonce",
            "null",
            "region",
            "missing.uuid",
            "missing.hex",
            "missing.hex17",
            "missing.hex8",
            "missing.int",
            "missing.name",
        ]
        .map(str::to_owned)
        .into();
        for who in ["", "main.", "alt.", "expendable."] {
            for what in ["project.id", "project.name", "user.id", "user.name"] {
                all.push(format!("{who}{what}"));
            }
        }
        all.extend(self.bindings.keys().map(|b| (*b).to_owned()));
        all.extend(self.reached.iter().cloned());
        for level in &self.rows {
            let keys = level.rows.iter().flat_map(|row| row.values.keys());
            all.extend(keys.map(|key| format!("row.{key}")));
        }
        all
    }

    /// `{{ row.X }}` is read from the innermost rows that have X; each of them must.
    fn row(&mut self, value: &str, span: &Span) {
        let level = self.rows.iter_mut().rev().find(|level| {
            level.marks.iter().any(|m| has(m, value)) || has_version(level.rows, value)
        });
        let Some(level) = level else {
            let known = self.all();
            let diagnostic = self
                .reader
                .mistake(span.clone(), format!("nothing is known as `row.{value}`"))
                .label("undefined name");
            let near = nearest(
                &format!("row.{value}"),
                known
                    .iter()
                    .map(String::as_str)
                    .filter(|n| n.starts_with("row.")),
            );
            let diagnostic = diagnostic.help(match (near, self.rows.is_empty()) {
                (Some(near), _) => format!("did you mean `{near}`?"),
                (None, true) => "rows come from each = [{ id = …, … }]".to_owned(),
                (None, false) => "no row here has a value of that name".to_owned(),
            });
            self.reader.push(diagnostic);
            return;
        };
        level.read.insert(value.to_owned());
        let lacking: Vec<(String, Span)> = level
            .rows
            .iter()
            .zip(level.marks)
            .filter(|(row, marks)| !has(marks, value) && !row.values.contains_key(value))
            .map(|(row, marks)| (row.id.clone(), marks.id.clone()))
            .collect();
        for (id, at) in lacking {
            let diagnostic = self
                .reader
                .mistake(at, format!("row `{id}` has no `{value}`"))
                .label(format!("expected a value for `{value}`"))
                .also(span.clone(), "read here");
            self.reader.push(diagnostic);
        }
    }

    /// What `{{ row.version }}` stands for must be a version.
    fn row_versions(&mut self, step: &StepDraft) {
        if step.row_version.is_none() {
            return;
        }
        let level = self
            .rows
            .iter()
            .rev()
            .find(|level| has_version(level.rows, "version"));
        let wrong: Vec<(String, Span)> = level
            .into_iter()
            .flat_map(|level| level.rows.iter().zip(level.marks))
            .filter(|(row, _)| {
                row.values
                    .get("version")
                    .is_some_and(|value| value.as_str().is_none_or(|v| Version::parse(v).is_none()))
            })
            .map(|(row, marks)| {
                let key = marks.keys.iter().find(|key| key.value == "version");
                let span = key.map_or(&marks.id, |key| &key.span);
                (row.id.clone(), span.clone())
            })
            .collect();
        for (id, span) in wrong {
            self.reader.wrong(
                span,
                format!("the version of row `{id}` is not a microversion"),
                "expected min, latest, latest-common or 2.37",
            );
        }
    }

    fn unread_values(&mut self, level: &RowLevel<'_>) {
        let mut told = BTreeSet::new();
        for key in level.marks.iter().flat_map(|marks| &marks.keys) {
            let fresh = !level.read.contains(&key.value) && told.insert(key.value.clone());
            if fresh {
                self.reader.wrong(
                    key.span.clone(),
                    format!("the rows' value `{}` is never read", key.value),
                    format!("expected {{{{ row.{} }}}} in the step", key.value),
                );
            }
        }
    }

    fn unread(&mut self, draft: &Draft) {
        let captures: Vec<(String, Span)> = self
            .captures
            .iter()
            .filter(|(_, capture)| !capture.read)
            .map(|(name, capture)| (name.clone(), capture.span.clone()))
            .collect();
        for (name, span) in captures {
            let diagnostic = self
                .reader
                .mistake(span, format!("the capture `{name}` is never read"))
                .label("unused")
                .help("what only is to be compared by name goes into `observe`");
            self.reader.push(diagnostic);
        }
        for need in &draft.needs {
            if self.bindings.get(need.value.as_str()) == Some(&false) {
                let diagnostic = self
                    .reader
                    .mistake(
                        need.span.clone(),
                        format!("the binding `{}` is never read", need.value),
                    )
                    .label("unused")
                    .help("the needs of fixtures come with them");
                self.reader.push(diagnostic);
            }
        }
    }
}

fn has(marks: &RowMarks, value: &str) -> bool {
    marks.keys.iter().any(|key| key.value == value)
}

/// Rows that come from a list of versions have the value, and no key in the file.
fn has_version(rows: &[Row], value: &str) -> bool {
    value == "version" && rows.iter().any(|row| row.values.contains_key(value))
}

fn first(dotted: &str) -> &str {
    dotted.split('.').next().unwrap_or_default()
}
