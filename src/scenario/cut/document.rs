//! The text of a scenario as a document that parts can be taken out of: what stays keeps its author's layout.

use crate::scenario::{Template, model::Expression};
use std::collections::BTreeSet;
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, TableLike, Value};

/// Keys that hold the steps that a step is made of.
const INNER: [&str; 4] = ["step", "race", "during", "read"];

/// Where a step is: on which family, and its own id below those of the steps around it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StepRef {
    pub(super) on: Option<String>,
    pub(super) ids: Vec<String>,
}

/// A scenario's text, parsed but not understood.
#[derive(Clone, Debug)]
pub struct Document {
    toml: DocumentMut,
}

/// Text that nothing can be taken out of.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    #[error("{0}")]
    Toml(#[from] toml_edit::TomlError),
    #[error("its steps are not written as [[step]]")]
    NoSteps,
}

impl Document {
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        let document = Self {
            toml: text.parse()?,
        };
        if document.steps().is_empty() {
            return Err(DocumentError::NoSteps);
        }
        Ok(document)
    }

    #[must_use]
    pub fn text(&self) -> String {
        self.toml.to_string()
    }

    /// How many steps there are, those in others included.
    #[must_use]
    pub fn count(&self) -> usize {
        self.steps().len()
    }

    /// Families that it is realised on, or nothing once.
    pub(super) fn families(&self) -> Vec<Option<String>> {
        match self.toml.get("on").and_then(Item::as_table_like) {
            Some(on) => on
                .iter()
                .map(|(family, _)| Some(family.to_owned()))
                .collect(),
            None => vec![None],
        }
    }

    /// The table that has the steps.
    pub(super) fn acts(&self, on: Option<&str>) -> Option<&dyn TableLike> {
        match on {
            None => Some(self.toml.as_table()),
            Some(family) => self.toml.get("on")?.get(family)?.as_table_like(),
        }
    }

    pub(super) fn acts_mut(&mut self, on: Option<&str>) -> Option<&mut dyn TableLike> {
        match on {
            None => Some(self.toml.as_table_mut()),
            Some(family) => self
                .toml
                .get_mut("on")?
                .get_mut(family)?
                .as_table_like_mut(),
        }
    }

    /// Lays out tables in the order in which they are, wherever they came from.
    pub(super) fn in_order(&mut self) {
        number(self.toml.as_table_mut(), &mut 1);
    }

    pub(super) fn top_mut(&mut self) -> &mut Table {
        self.toml.as_table_mut()
    }

    /// Every step, those in others after the one around them.
    pub(super) fn steps(&self) -> Vec<StepRef> {
        let mut found = Vec::new();
        for on in self.families() {
            let Some(acts) = self.acts(on.as_deref()) else {
                continue;
            };
            let steps = acts.get("step").and_then(Item::as_array_of_tables);
            for step in steps.into_iter().flat_map(ArrayOfTables::iter) {
                collect(step, on.as_ref(), &[], &mut found);
            }
        }
        found
    }

    pub(super) fn step(&self, at: &StepRef) -> Option<&Table> {
        let (first, inner) = at.ids.split_first()?;
        let acts = self.acts(at.on.as_deref())?;
        let mut table = called(acts.get("step")?.as_array_of_tables()?, first)?;
        for id in inner {
            let mut lists = INNER
                .iter()
                .filter_map(|key| table.get(key)?.as_array_of_tables());
            table = lists.find_map(|steps| called(steps, id))?;
        }
        Some(table)
    }

    pub(super) fn step_mut(&mut self, at: &StepRef) -> Option<&mut Table> {
        let (first, inner) = at.ids.split_first()?;
        let acts = self.acts_mut(at.on.as_deref())?;
        let steps = acts.get_mut("step")?.as_array_of_tables_mut()?;
        let mut table = steps.iter_mut().find(|step| id_of(step) == Some(first))?;
        for id in inner {
            let holds = |key: &&&str| {
                let steps = table.get(key).and_then(Item::as_array_of_tables);
                steps.is_some_and(|steps| called(steps, id).is_some())
            };
            let key = INNER.iter().find(holds)?;
            let steps = table.get_mut(key)?.as_array_of_tables_mut()?;
            table = steps.iter_mut().find(|step| id_of(step) == Some(id))?;
        }
        Some(table)
    }

    pub(super) fn remove_step(&mut self, at: &StepRef) {
        let Some((id, around)) = at.ids.split_last() else {
            return;
        };
        if around.is_empty() {
            let acts = self.acts_mut(at.on.as_deref());
            let steps = acts.and_then(|acts| acts.get_mut("step")?.as_array_of_tables_mut());
            if let Some(steps) = steps {
                steps.retain(|step| id_of(step) != Some(id));
            }
            return;
        }
        let around = StepRef {
            on: at.on.clone(),
            ids: around.to_vec(),
        };
        let Some(table) = self.step_mut(&around) else {
            return;
        };
        for key in INNER {
            let Some(steps) = table.get_mut(key).and_then(Item::as_array_of_tables_mut) else {
                continue;
            };
            steps.retain(|step| id_of(step) != Some(id));
            if steps.is_empty() {
                table.remove(key);
            }
        }
        // a group of nothing
        if !table.iter().any(|(key, _)| is_act(key)) {
            self.remove_step(&around);
        }
    }
}

/// Whether a key says what a step does.
fn is_act(key: &str) -> bool {
    matches!(key, "request" | "poll" | "pages" | "consistency") || INNER.contains(&key)
}

fn collect(step: &Table, on: Option<&String>, around: &[String], found: &mut Vec<StepRef>) {
    let Some(id) = id_of(step) else { return };
    let ids = [around, &[id.to_owned()]].concat();
    found.push(StepRef {
        on: on.cloned(),
        ids: ids.clone(),
    });
    for key in INNER {
        let steps = step.get(key).and_then(Item::as_array_of_tables);
        for inner in steps.into_iter().flat_map(ArrayOfTables::iter) {
            collect(inner, on, &ids, found);
        }
    }
}

fn called<'t>(steps: &'t ArrayOfTables, id: &str) -> Option<&'t Table> {
    steps.iter().find(|step| id_of(step) == Some(id))
}

fn id_of(step: &Table) -> Option<&str> {
    step.get("id").and_then(Item::as_str)
}

/// The names that templates anywhere in an item read, each with its path: `["row", "key"]`.
pub(super) fn reads(item: &Item) -> BTreeSet<Vec<String>> {
    let mut texts = Vec::new();
    texts_of(item, &mut texts);
    let holes = |text: &String| -> Vec<Vec<String>> {
        let template = Template::parse(text).unwrap_or_default();
        let paths = template.holes().flat_map(Expression::paths);
        paths.map(<[String]>::to_vec).collect()
    };
    texts.iter().flat_map(holes).collect()
}

/// Puts another text in the place of each in an item, keys apart, for which there is one; layout stays.
pub(super) fn texts_mut(item: &mut Item, new: &mut dyn FnMut(&str) -> Option<String>) {
    match item {
        Item::None => {}
        Item::Value(value) => values_mut(value, new),
        Item::Table(table) => table.iter_mut().for_each(|(_, item)| texts_mut(item, new)),
        Item::ArrayOfTables(tables) => {
            for table in tables.iter_mut() {
                table.iter_mut().for_each(|(_, item)| texts_mut(item, new));
            }
        }
    }
}

fn values_mut(value: &mut Value, new: &mut dyn FnMut(&str) -> Option<String>) {
    match value {
        Value::String(text) => {
            let other = new(text.value()).filter(|other| other != text.value());
            if let Some(other) = other {
                replace(value, Value::from(other));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| values_mut(item, new)),
        Value::InlineTable(table) => table
            .iter_mut()
            .for_each(|(_, value)| values_mut(value, new)),
        _ => {}
    }
}

/// A value in the place of another, laid out as that was.
pub(super) fn replace(old: &mut Value, mut new: Value) {
    *new.decor_mut() = old.decor().clone();
    *old = new;
}

/// Counts the tables in the order in which they are in the tree: so they are written.
fn number(table: &mut dyn TableLike, next: &mut isize) {
    let one = |table: &mut Table, next: &mut isize| {
        table.set_position(Some(*next));
        *next += 1;
        number(table, next);
    };
    for (_, item) in table.iter_mut() {
        match item {
            Item::Table(table) => one(table, next),
            Item::ArrayOfTables(tables) => {
                tables.iter_mut().for_each(|table| one(table, next));
            }
            _ => {}
        }
    }
}

fn texts_of(item: &Item, texts: &mut Vec<String>) {
    match item {
        Item::None => {}
        Item::Value(value) => texts_of_value(value, texts),
        Item::Table(table) => {
            for (key, item) in table {
                texts.push(key.to_owned());
                texts_of(item, texts);
            }
        }
        Item::ArrayOfTables(tables) => {
            for table in tables {
                texts_of(&Item::Table(table.clone()), texts);
            }
        }
    }
}

fn texts_of_value(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.value().clone()),
        Value::Array(items) => items.iter().for_each(|item| texts_of_value(item, texts)),
        Value::InlineTable(table) => {
            for (key, value) in table {
                texts.push(key.to_owned());
                texts_of_value(value, texts);
            }
        }
        _ => {}
    }
}

/// Of a row of `each`, or of a list of versions.
pub(super) fn id_of_row(row: &Value) -> Option<&str> {
    match row {
        Value::InlineTable(row) => row.get("id")?.as_str(),
        version => version.as_str(),
    }
}
