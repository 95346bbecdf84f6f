//! Typed reading of a spanned TOML tree, with every mistake kept at its place.
//!
//! In: the tree. Out: plain values with their spans, and a list of mistakes. Knows nothing of the
//! language.

use super::diagnostic::{Diagnostic, SourceFile, nearest};
use serde_json::{Map, Number, Value};
use std::ops::Range;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub(super) type Span = Range<usize>;
pub(super) type Node<'d> = Spanned<DeValue<'d>>;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) span: Span,
}

/// A key, where it stands, and what it is set to.
#[derive(Clone)]
pub(super) struct Entry<'d> {
    pub(super) name: &'d str,
    pub(super) key: Span,
    pub(super) node: &'d Node<'d>,
}

/// A table, its entries in the order written.
#[derive(Clone)]
pub(super) struct Table<'d> {
    pub(super) span: Span,
    pub(super) entries: Vec<Entry<'d>>,
}

impl<'d> Table<'d> {
    pub(super) fn new(table: &'d DeTable<'d>, span: Span) -> Self {
        let mut entries: Vec<Entry<'d>> = table
            .iter()
            .map(|(key, node)| Entry {
                name: key.get_ref(),
                key: key.span(),
                node,
            })
            .collect();
        entries.sort_by_key(|entry| entry.key.start);
        Self { span, entries }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Entry<'d>> {
        self.entries.iter().find(|entry| entry.name == name)
    }
}

/// Collects mistakes while values are read.
pub(super) struct Reader {
    pub(super) file: Arc<SourceFile>,
    pub(super) problems: Vec<Diagnostic>,
}

impl Reader {
    pub(super) fn new(file: Arc<SourceFile>) -> Self {
        Self {
            file,
            problems: Vec::new(),
        }
    }

    /// A mistake to be filled in and then pushed.
    pub(super) fn mistake(&self, span: Span, title: impl Into<String>) -> Diagnostic {
        Diagnostic::new(&self.file, span, title.into())
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.problems.push(diagnostic);
    }

    /// A mistake with a label at its place.
    pub(super) fn wrong(&mut self, span: Span, title: impl Into<String>, label: impl Into<String>) {
        let diagnostic = self.mistake(span, title).label(label);
        self.push(diagnostic);
    }

    fn expected(&mut self, node: &Node<'_>, what: &str) {
        let found = describe(node.get_ref());
        self.wrong(
            node.span(),
            format!("expected {what}, found {found}"),
            format!("expected {what}"),
        );
    }

    /// Keys that `what` ("a step") doesn't have are mistakes.
    pub(super) fn known(&mut self, table: &Table<'_>, what: &str, keys: &[&str]) {
        for entry in &table.entries {
            if keys.contains(&entry.name) {
                continue;
            }
            let mut diagnostic = self
                .mistake(
                    entry.key.clone(),
                    format!("{what} has no key `{}`", entry.name),
                )
                .label("unknown key");
            diagnostic = match nearest(entry.name, keys.iter().copied()) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic.help(format!("{what} has: {}", keys.join(", "))),
            };
            self.push(diagnostic);
        }
    }

    /// The entry, or a mistake at the table that lacks it.
    pub(super) fn required<'t, 'd>(
        &mut self,
        table: &'t Table<'d>,
        what: &str,
        name: &str,
        why: &str,
    ) -> Option<&'t Entry<'d>> {
        let entry = table.get(name);
        if entry.is_none() {
            self.wrong(
                table.span.clone(),
                format!("{what} lacks `{name}`"),
                format!("expected `{name}`: {why}"),
            );
        }
        entry
    }

    pub(super) fn table<'d>(&mut self, node: &'d Node<'d>, what: &str) -> Option<Table<'d>> {
        if let Some(table) = node.get_ref().as_table() {
            Some(Table::new(table, node.span()))
        } else {
            self.expected(node, what);
            None
        }
    }

    pub(super) fn array<'d>(
        &mut self,
        node: &'d Node<'d>,
        what: &str,
    ) -> Option<Vec<&'d Node<'d>>> {
        if let Some(array) = node.get_ref().as_array() {
            Some(array.iter().collect())
        } else {
            self.expected(node, what);
            None
        }
    }

    pub(super) fn string(&mut self, node: &Node<'_>, what: &str) -> Option<At<String>> {
        if let Some(text) = node.get_ref().as_str() {
            return Some(At {
                value: text.to_owned(),
                span: node.span(),
            });
        }
        let found = describe(node.get_ref());
        let mut diagnostic = self
            .mistake(node.span(), format!("expected a string, found {found}"))
            .label(format!("expected {what}"));
        if let DeValue::Integer(_) | DeValue::Float(_) = node.get_ref() {
            diagnostic = diagnostic.help("write it in quotes");
        }
        self.push(diagnostic);
        None
    }

    /// A string with something in it.
    pub(super) fn words(&mut self, node: &Node<'_>, what: &str) -> Option<At<String>> {
        let text = self.string(node, what)?;
        if text.value.trim().is_empty() {
            self.wrong(
                text.span,
                format!("expected {what}, found nothing"),
                "empty",
            );
            return None;
        }
        Some(text)
    }

    pub(super) fn strings(&mut self, node: &Node<'_>, what: &str) -> Vec<At<String>> {
        let Some(items) = node.get_ref().as_array() else {
            self.expected(node, &format!("a list of {what}s"));
            return Vec::new();
        };
        let article = if what.starts_with(|c: char| "aeiou".contains(c)) {
            "an"
        } else {
            "a"
        };
        items
            .iter()
            .filter_map(|item| self.words(item, &format!("{article} {what}")))
            .collect()
    }

    pub(super) fn boolean(&mut self, node: &Node<'_>) -> Option<bool> {
        let value = node.get_ref().as_bool();
        if value.is_none() {
            self.expected(node, "true or false");
        }
        value
    }

    /// A whole number in a range.
    pub(super) fn whole(&mut self, node: &Node<'_>, range: Range<u64>) -> Option<u64> {
        let value = integer(node.get_ref()).and_then(|n| u64::try_from(n).ok());
        match value {
            Some(n) if range.contains(&n) => Some(n),
            _ => {
                let what = format!("a whole number from {} to {}", range.start, range.end - 1);
                self.expected(node, &what);
                None
            }
        }
    }

    /// A number, whole or not, of at least zero.
    pub(super) fn number(&mut self, node: &Node<'_>) -> Option<f64> {
        let value = match node.get_ref() {
            DeValue::Float(text) => text.as_str().parse::<f64>().ok(),
            #[expect(
                clippy::cast_precision_loss,
                reason = "seconds and tolerances are small"
            )]
            other => integer(other).map(|n| n as f64),
        };
        match value {
            Some(n) if n.is_finite() && n >= 0.0 => Some(n),
            _ => {
                self.expected(node, "a number of at least 0");
                None
            }
        }
    }

    /// One of a few words.
    pub(super) fn word(&mut self, node: &Node<'_>, what: &str, known: &[&str]) -> Option<usize> {
        let text = self.string(node, what)?;
        let found = known.iter().position(|word| *word == text.value);
        if found.is_none() {
            let diagnostic = self
                .mistake(text.span, format!("`{}` is not {what}", text.value))
                .label(format!("expected one of: {}", known.join(", ")));
            let diagnostic = match nearest(&text.value, known.iter().copied()) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic,
            };
            self.push(diagnostic);
        }
        found
    }

    /// Any TOML value as JSON, members in the order written. `text` sees every string and key.
    pub(super) fn json(
        &mut self,
        node: &Node<'_>,
        text: &mut impl FnMut(&mut Self, &str, Span),
    ) -> Option<Value> {
        Some(match node.get_ref() {
            DeValue::String(string) => {
                text(self, string, node.span());
                Value::String(string.clone().into_owned())
            }
            DeValue::Boolean(value) => Value::Bool(*value),
            value @ DeValue::Integer(_) => {
                if let Some(n) = integer(value) {
                    Value::from(n)
                } else {
                    self.expected(node, "a whole number of 64 bits");
                    return None;
                }
            }
            DeValue::Float(float) => {
                let number = float.as_str().parse().ok().and_then(Number::from_f64);
                if let Some(number) = number {
                    Value::Number(number)
                } else {
                    self.expected(node, "a number that JSON has");
                    return None;
                }
            }
            DeValue::Datetime(_) => {
                self.expected(node, "a value that JSON has (write times as strings)");
                return None;
            }
            DeValue::Array(items) => {
                // All items are read, so that each one's mistakes are seen.
                let read: Vec<Option<Value>> =
                    items.iter().map(|item| self.json(item, text)).collect();
                Value::Array(read.into_iter().collect::<Option<_>>()?)
            }
            DeValue::Table(table) => {
                let table = Table::new(table, node.span());
                let mut members = Map::new();
                let mut whole = true;
                for entry in &table.entries {
                    text(self, entry.name, entry.key.clone());
                    match self.json(entry.node, text) {
                        Some(value) => {
                            members.insert(entry.name.to_owned(), value);
                        }
                        None => whole = false,
                    }
                }
                return whole.then_some(Value::Object(members));
            }
        })
    }

    /// Where a part of a string's value stands in the file; the whole string where escapes make that
    /// unclear.
    pub(super) fn inside(&self, string: &Span, value: &str, part: Range<usize>) -> Span {
        let raw = self.file.text.get(string.clone()).unwrap_or_default();
        match raw.find(value) {
            Some(offset) if !value.is_empty() => {
                let from = string.start + offset;
                from + part.start..from + part.end.max(part.start)
            }
            _ => string.clone(),
        }
    }
}

pub(super) fn integer(value: &DeValue<'_>) -> Option<i64> {
    let number = value.as_integer()?;
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

fn describe(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) if text.chars().count() <= 20 => format!("the string {text:?}"),
        DeValue::String(_) => "a string".to_owned(),
        DeValue::Integer(n) => format!("the number {}", n.as_str()),
        DeValue::Float(n) => format!("the number {}", n.as_str()),
        DeValue::Boolean(b) => b.to_string(),
        DeValue::Datetime(_) => "a date or time".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}
