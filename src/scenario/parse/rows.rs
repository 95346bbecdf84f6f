//! `each` and lists of versions: rows.

use super::draft::{Protocol, RowMarks, StepDraft, Use};
use crate::scenario::model::{Row, Template, Version};
use crate::scenario::reader::{At, Entry, Node, Reader};
use serde_json::Value;
use std::collections::BTreeMap;

/// What `version` says: one for all, or a row each.
pub(super) enum Versions {
    One(Version),
    Rows(Vec<At<String>>),
}

impl Reader {
    /// Fills the rows of a step from `each` or from a list of versions.
    pub(super) fn rows(
        &mut self,
        step: &mut StepDraft,
        each: Option<&Entry<'_>>,
        versions: Option<(&Entry<'_>, Vec<At<String>>)>,
    ) {
        match (each, versions) {
            (Some(each), Some((version, _))) => {
                let diagnostic = self
                    .mistake(
                        version.key.clone(),
                        "a step can't have rows of its own and a list of versions",
                    )
                    .label("expected one version here")
                    .also(each.key.clone(), "rows of its own")
                    .help("put the step into a group, and the list of versions on the group");
                self.push(diagnostic);
                self.each(step, each);
            }
            (Some(each), None) => self.each(step, each),
            (None, Some((_, versions))) => {
                for version in versions {
                    step.each.push(Row {
                        id: version.value.clone(),
                        values: [("version".to_owned(), Value::from(version.value))].into(),
                    });
                    step.rows.push(RowMarks {
                        id: version.span,
                        keys: Vec::new(),
                        uses: Vec::new(),
                    });
                }
            }
            (None, None) => {}
        }
        let ids: Vec<(String, _)> = step
            .each
            .iter()
            .zip(&step.rows)
            .map(|(row, marks)| (row.id.clone(), marks.id.clone()))
            .collect();
        self.unique("row", ids.iter().map(|(id, span)| (id.as_str(), span)));
    }

    fn each(&mut self, step: &mut StepDraft, each: &Entry<'_>) {
        let Some(nodes) = self.array(each.node, "a list of rows") else {
            return;
        };
        if nodes.is_empty() {
            self.wrong(each.node.span(), "a list of rows without a row", "empty");
        }
        for node in nodes {
            self.row(step, node);
        }
    }

    fn row(&mut self, step: &mut StepDraft, node: &Node<'_>) {
        let Some(table) = self.table(node, "a row: { id = …, value = … }") else {
            return;
        };
        let id = self
            .required(&table, "a row", "id", "observations carry it")
            .and_then(|entry| self.words(entry.node, "an id"));
        let mut row = Row {
            id: String::new(),
            values: BTreeMap::new(),
        };
        let mut marks = RowMarks {
            id: table.span.clone(),
            keys: Vec::new(),
            uses: Vec::new(),
        };
        if let Some(id) = id {
            let fits = id
                .value
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
            if !fits {
                self.wrong(
                    id.span.clone(),
                    format!("`{}` can't be the id of a row", id.value),
                    "expected letters, digits, `.`, `_` and `-`",
                );
            }
            row.id = id.value;
            marks.id = id.span;
        }
        for entry in table.entries.iter().filter(|entry| entry.name != "id") {
            self.identifier(entry.name, &entry.key, "the name of a row's value");
            marks.keys.push(At {
                value: entry.name.to_owned(),
                span: entry.key.clone(),
            });
            if let Some(value) = self.json_template(entry.node, &mut marks.uses) {
                row.values.insert(entry.name.to_owned(), value);
            }
        }
        step.each.push(row);
        step.rows.push(marks);
    }

    /// Any value whose strings and keys are templates.
    pub(super) fn json_template(&mut self, node: &Node<'_>, uses: &mut Vec<Use>) -> Option<Value> {
        let value = self.json(node, &mut |reader, text, span| {
            reader.template(text, &span, uses);
        })?;
        Some(in_one_spelling(value))
    }

    /// `"2.37"`, `"min"`, `["min", "2.37"]`, `"{{ row.version }}"`.
    pub(super) fn versions(
        &mut self,
        entry: &Entry<'_>,
        protocol: Protocol,
        step: &mut StepDraft,
    ) -> Option<Versions> {
        if entry.node.get_ref().as_array().is_some() {
            let versions = self.strings(entry.node, "microversion");
            if versions.is_empty() {
                self.wrong(entry.node.span(), "a list of versions without one", "empty");
            }
            for version in &versions {
                self.version(version, protocol);
            }
            return Some(Versions::Rows(versions));
        }
        let version = self.string(entry.node, "a microversion or a list of them")?;
        let squeezed: String = version.value.split_whitespace().collect();
        if squeezed == "{{row.version}}" {
            step.uses.push(Use {
                path: vec!["row".to_owned(), "version".to_owned()],
                span: version.span.clone(),
            });
            step.row_version = (protocol == Protocol::Rest).then_some(version.span);
            return Some(Versions::One(Version::Row));
        }
        self.version(&version, protocol).map(Versions::One)
    }

    fn version(&mut self, text: &At<String>, protocol: Protocol) -> Option<Version> {
        // a version of the Query protocol is a member like any other
        if protocol == Protocol::Query && !text.value.contains("{{") {
            return Some(Version::Exact(text.value.clone()));
        }
        let version = Version::parse(&text.value);
        if version.is_none() {
            let diagnostic = self
                .mistake(
                    text.span.clone(),
                    format!("`{}` is not a microversion", text.value),
                )
                .label("expected min, latest, latest-common, 2.37, or {{ row.version }}")
                .help("a malformed version on purpose goes into `headers`");
            self.push(diagnostic);
        }
        version
    }
}

/// `{{name}}` as `{{ name }}`, so that spaces in holes are no difference.
fn in_one_spelling(value: Value) -> Value {
    let spell = |text: String| match Template::parse(&text) {
        Ok(template) => template.to_string(),
        Err(_) => text,
    };
    match value {
        Value::String(text) => Value::String(spell(text)),
        Value::Array(items) => Value::Array(items.into_iter().map(in_one_spelling).collect()),
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .map(|(key, member)| (spell(key), in_one_spelling(member)))
                .collect(),
        ),
        other => other,
    }
}
