//! What can be taken out of a scenario: steps, rows, and what a step sends.

use super::document::{Document, StepRef, id_of_row, replace};
use super::inline::Fixtures;
use toml_edit::{Array, Item, TableLike, Value};

/// Something that can be taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Step(StepRef),
    /// Of the step's `each`, or of its list of versions.
    Row(StepRef, String),
    /// Keys that lead to it from the step: `["json", "server", "metadata"]`.
    Field(StepRef, Vec<String>),
    /// A parameter of the query, as it stands there.
    Query(StepRef, String),
    /// A fixture, as it stands in `use`.
    Fixture(Option<String>, String),
    /// A fixture is no longer one: its steps are the scenario's.
    Inline(Option<String>, String),
    /// A search tries these numbers only.
    Narrow(StepRef, u64, u64),
    /// Another number at keys that lead to it from the step: fewer at once, fewer pages, rarer reads.
    Number(StepRef, Vec<&'static str>, String),
    /// A poll, or a walk through pages, is one request.
    Once(StepRef),
}

/// Members of these are fields of their own.
const OF_MEMBERS: [&str; 4] = ["json", "form", "headers", "multipart-form"];
/// These are there or not.
const WHOLE: [&str; 13] = [
    "text",
    "xml",
    "bytes",
    "checksum",
    "sign",
    "send",
    "version",
    "reach",
    "ignore",
    "opaque",
    "unordered",
    "decode-json",
    "decode-base64",
];
/// The keys of a request's line.
const LINES: [&str; 3] = ["request", "poll", "pages"];

impl Document {
    /// Steps that stand by themselves.
    pub(super) fn outer_steps(&self) -> Vec<Part> {
        let outer = self.steps().into_iter().filter(|step| step.ids.len() == 1);
        outer.map(Part::Step).collect()
    }

    /// Steps in other steps.
    pub(super) fn inner_steps(&self) -> Vec<Part> {
        let inner = self.steps().into_iter().filter(|step| step.ids.len() > 1);
        inner.map(Part::Step).collect()
    }

    pub(super) fn fixtures(&self) -> Vec<Part> {
        let mut found = Vec::new();
        for on in self.families() {
            let items = self.items_of_use(on.as_deref()).into_iter();
            found.extend(items.map(|item| Part::Fixture(on.clone(), item)));
        }
        found
    }

    /// Each fixture in its own steps.
    pub(super) fn to_inline(&self) -> Vec<Vec<Part>> {
        let mut found = Vec::new();
        for on in self.families() {
            let items = self.items_of_use(on.as_deref()).into_iter();
            found.extend(items.map(|item| vec![Part::Inline(on.clone(), item)]));
        }
        found
    }

    /// What stands in `use`.
    pub(super) fn items_of_use(&self, on: Option<&str>) -> Vec<String> {
        let used = self.acts(on).and_then(|acts| acts.get("use"));
        let listed = used.and_then(Item::as_array).into_iter().flatten();
        let listed = listed.map(|value| value.to_string().trim().to_owned());
        let only = used.and_then(Item::as_str).map(str::to_owned);
        listed.chain(only).collect()
    }

    /// The rows of each step that has several.
    pub(super) fn rows(&self) -> Vec<Vec<Part>> {
        let of_step = |at: StepRef| -> Vec<Part> {
            let ids = self.row_ids(&at);
            ids.into_iter()
                .map(|id| Part::Row(at.clone(), id))
                .collect()
        };
        let all = self.steps().into_iter().map(of_step);
        all.filter(|rows| rows.len() > 1).collect()
    }

    pub(super) fn row_ids(&self, at: &StepRef) -> Vec<String> {
        let rows = self.step(at).and_then(rows_of);
        let ids = rows.into_iter().flatten().filter_map(id_of_row);
        ids.map(str::to_owned).collect()
    }

    /// Steps and further rows; a fixture is several steps.
    pub(super) fn weight(&self) -> usize {
        let rows = self.rows().iter().map(|rows| rows.len() - 1).sum::<usize>();
        self.count() + rows + 3 * self.fixtures().len()
    }

    /// What each step sends and could do without.
    pub(super) fn fields(&self) -> Vec<Vec<Part>> {
        let all = self.steps().into_iter().map(|at| self.fields_of(&at));
        all.filter(|fields| !fields.is_empty()).collect()
    }

    fn fields_of(&self, at: &StepRef) -> Vec<Part> {
        let Some(step) = self.step(at) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for (key, item) in step {
            let path = vec![key.to_owned()];
            if WHOLE.contains(&key) && !(key == "version" && item.is_array()) {
                found.push(Part::Field(at.clone(), path));
            } else if OF_MEMBERS.contains(&key) {
                let mut paths = Vec::new();
                members(item, &path, &mut paths);
                found.extend(paths.into_iter().map(|path| Part::Field(at.clone(), path)));
            } else if LINES.contains(&key) {
                let query = item.as_str().and_then(|line| line.split_once('?'));
                let pieces = query.into_iter().flat_map(|(_, query)| query.split('&'));
                found.extend(pieces.map(|piece| Part::Query(at.clone(), piece.to_owned())));
            }
        }
        found
    }

    /// Without these parts; what they leave empty goes, too.
    pub(super) fn without(&self, parts: &[Part], fixtures: &Fixtures) -> Self {
        let mut cut = self.clone();
        for part in parts {
            match part {
                Part::Step(at) => cut.remove_step(at),
                Part::Row(at, row) => cut.retain_rows(at, &|id| id != row),
                Part::Field(at, path) => {
                    if let Some(step) = cut.step_mut(at) {
                        remove_at(step, path);
                    }
                }
                Part::Query(at, piece) => cut.remove_from_query(at, piece),
                Part::Fixture(on, text) => cut.remove_fixture(on.as_deref(), text),
                Part::Inline(on, text) => {
                    let inlined = cut.inlined(on.as_deref(), text, fixtures);
                    cut = inlined.unwrap_or(cut);
                }
                Part::Narrow(at, from, to) => cut.narrow(at, *from, *to),
                Part::Number(at, keys, number) => cut.set_number(at, keys, number),
                Part::Once(at) => cut.ask_once(at),
            }
        }
        cut
    }

    pub(super) fn retain_rows(&mut self, at: &StepRef, kept: &dyn Fn(&str) -> bool) {
        let Some(step) = self.step_mut(at) else {
            return;
        };
        for key in ["each", "version"] {
            let Some(rows) = step.get_mut(key).and_then(Item::as_array_mut) else {
                continue;
            };
            rows.retain(|row| id_of_row(row).is_none_or(kept));
            tidy_array(rows);
        }
        if let Some(rows) = step.get_mut("each").and_then(Item::as_array_of_tables_mut) {
            rows.retain(|row| row.get("id").and_then(Item::as_str).is_none_or(kept));
        }
    }

    fn remove_from_query(&mut self, at: &StepRef, piece: &str) {
        let Some(step) = self.step_mut(at) else {
            return;
        };
        for key in LINES {
            let Some(line) = step.get(key).and_then(Item::as_str) else {
                continue;
            };
            let Some((path, query)) = line.split_once('?') else {
                continue;
            };
            let kept: Vec<&str> = query.split('&').filter(|other| *other != piece).collect();
            let line = if kept.is_empty() {
                path.to_owned()
            } else {
                format!("{path}?{}", kept.join("&"))
            };
            if let Some(value) = step.get_mut(key).and_then(Item::as_value_mut) {
                replace(value, Value::from(line));
            }
        }
    }

    pub(super) fn remove_fixture(&mut self, on: Option<&str>, text: &str) {
        let Some(acts) = self.acts_mut(on) else {
            return;
        };
        let left = match acts.get_mut("use") {
            Some(Item::Value(Value::Array(used))) => {
                used.retain(|value| value.to_string().trim() != text);
                tidy_array(used);
                used.len()
            }
            _ => 0,
        };
        if left == 0 {
            acts.remove("use");
        }
    }
}

/// The list that has a step's rows.
fn rows_of(step: &toml_edit::Table) -> Option<Vec<&Value>> {
    let of = |key: &str| step.get(key).and_then(Item::as_array);
    let rows = of("each").or_else(|| of("version"))?;
    Some(rows.iter().collect())
}

/// The paths of everything in a table that is no table.
fn members(item: &Item, path: &[String], paths: &mut Vec<Vec<String>>) {
    match item.as_table_like() {
        Some(table) if !table.is_empty() => {
            for (key, item) in table.iter() {
                members(item, &[path, &[key.to_owned()]].concat(), paths);
            }
        }
        _ => paths.push(path.to_vec()),
    }
}

/// Removes what is at a path, and the tables on the way that are empty then.
fn remove_at(table: &mut dyn TableLike, path: &[String]) {
    let Some((key, rest)) = path.split_first() else {
        return;
    };
    if rest.is_empty() {
        table.remove(key);
    } else {
        let inner = table.get_mut(key).and_then(Item::as_table_like_mut);
        let Some(inner) = inner else { return };
        remove_at(inner, rest);
        if inner.is_empty() {
            table.remove(key);
        }
    }
    lay_out(table);
}

/// Inline tables close with a space before the brace.
pub(super) fn lay_out(table: &mut dyn TableLike) {
    for (_, item) in table.iter_mut() {
        if let Item::Value(Value::InlineTable(inline)) = item {
            inline.fmt();
        }
    }
}

/// One row needs one line.
pub(super) fn tidy_array(array: &mut Array) {
    if array.len() < 2 {
        array.fmt();
        array.set_trailing("");
        array.set_trailing_comma(false);
    }
}
