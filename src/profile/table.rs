//! A TOML table with known keys: everything read from it keeps its place, everything else is a mistake.

use crate::profile::environment::Environment;
use crate::profile::mistake::{Mistake, Mistakes, Place, nearest};
use crate::profile::source::Source;
use std::ops::Range;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

/// One file while it is read.
pub struct Reader<'e> {
    pub source: Arc<Source>,
    pub environment: &'e Environment,
    pub out: Mistakes,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct Placed<T> {
    pub value: T,
    pub span: Range<usize>,
}

/// A table of the file; `place` is how messages call it: `the profile`, `[limits]`.
#[derive(Clone)]
pub struct Table<'t> {
    pub entries: &'t DeTable<'t>,
    pub span: Option<Range<usize>>,
    pub place: String,
    /// The keys it can have.
    pub known: &'static [&'static str],
}

impl Reader<'_> {
    pub fn at(&self, span: &Range<usize>) -> Place {
        Place::span(&self.source, span.clone())
    }

    /// Says that the value at `span` is not what was expected.
    pub fn wrong(
        &mut self,
        span: &Range<usize>,
        what: impl Into<String>,
        label: impl Into<String>,
    ) {
        let mistake = Mistake::new(self.at(span), what).label(label);
        self.out.push(mistake);
    }

    /// Says that `key` is not there, unless an unknown key of the table was meant for it.
    pub fn missing(&mut self, table: &Table<'_>, key: &str, help: &str) {
        if table.mistyped(key) {
            return;
        }
        let place = match &table.span {
            Some(span) => self.at(span),
            None => Place::file(&self.source),
        };
        self.out
            .push(Mistake::new(place, format!("{} has no `{key}`", table.place)).help(help));
    }
}

impl<'t> Table<'t> {
    /// Reports every key that is not known.
    pub fn check(&self, reader: &mut Reader<'_>) {
        for key in self.unknown() {
            let name: &str = key.get_ref();
            let mistake = Mistake::new(
                reader.at(&key.span()),
                format!("{} has no key `{name}`", self.place),
            );
            reader
                .out
                .push(match nearest(name, self.known.iter().copied()) {
                    Some(near) => mistake.label(format!("did you mean `{near}`?")),
                    None => mistake
                        .label("unknown key")
                        .help(format!("it can have {}", self.known.join(", "))),
                });
        }
    }

    fn unknown(&self) -> impl Iterator<Item = &'t Spanned<DeString<'t>>> {
        let known = self.known;
        self.entries
            .keys()
            .filter(move |key| !known.contains(&key.get_ref().as_ref()))
    }

    /// Whether `key` was probably meant by an unknown one.
    pub fn mistyped(&self, key: &str) -> bool {
        let mut meant = self
            .unknown()
            .filter_map(|name| nearest(name.get_ref(), self.known.iter().copied()));
        self.get(key).is_none() && meant.any(|name| name == key)
    }

    pub fn get(&self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.entries
            .iter()
            .find(|(name, _)| name.get_ref() == key)
            .map(|(_, value)| value)
    }

    pub fn text(&self, key: &str, reader: &mut Reader<'_>) -> Option<Placed<&'t str>> {
        let value = self.get(key)?;
        text(value, &format!("`{key}`"), reader)
    }

    /// Text, or `{ env = "NAME" }`: what differs from person to person need not stand in the file.
    pub fn text_or_env(&self, key: &str, reader: &mut Reader<'_>) -> Option<Placed<String>> {
        text_or_env(self.get(key)?, &format!("`{key}`"), reader)
    }

    pub fn flag(&self, key: &str, reader: &mut Reader<'_>) -> Option<bool> {
        let value = self.get(key)?;
        let found = value.get_ref().as_bool();
        if found.is_none() {
            expected(value, &format!("`{key}`"), "`true` or `false`", reader);
        }
        found
    }

    pub fn texts(&self, key: &str, reader: &mut Reader<'_>) -> Vec<String> {
        match self.get(key) {
            Some(value) => texts(value, &format!("`{key}`"), reader),
            None => Vec::new(),
        }
    }

    pub fn table(
        &self,
        key: &str,
        known: &'static [&'static str],
        place: &str,
        reader: &mut Reader<'_>,
    ) -> Option<Self> {
        table(self.get(key)?, known, place, reader)
    }
}

/// Says what `value` is and what it should have been.
pub fn expected(value: &Spanned<DeValue<'_>>, name: &str, want: &str, reader: &mut Reader<'_>) {
    let is = match value.get_ref() {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a truth value",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    reader.wrong(
        &value.span(),
        format!("{name} is {is}"),
        format!("expected {want}"),
    );
}

pub fn table<'t>(
    value: &'t Spanned<DeValue<'t>>,
    known: &'static [&'static str],
    place: &str,
    reader: &mut Reader<'_>,
) -> Option<Table<'t>> {
    if let DeValue::Table(entries) = value.get_ref() {
        return Some(Table {
            entries,
            span: Some(value.span()),
            place: place.to_owned(),
            known,
        });
    }
    expected(value, place, "a table", reader);
    None
}

pub fn text<'t>(
    value: &'t Spanned<DeValue<'t>>,
    name: &str,
    reader: &mut Reader<'_>,
) -> Option<Placed<&'t str>> {
    let span = value.span();
    match value.get_ref() {
        DeValue::String(text) if text.trim().is_empty() => {
            reader.wrong(&span, format!("{name} is empty"), "expected text");
            None
        }
        // They would reach the terminal with every message that names the value.
        DeValue::String(text) if text.chars().any(char::is_control) => {
            reader.wrong(
                &span,
                format!("{name} holds control characters"),
                "expected one line of text",
            );
            None
        }
        DeValue::String(text) => Some(Placed {
            value: text.as_ref(),
            span,
        }),
        _ => {
            expected(value, name, "text", reader);
            None
        }
    }
}

pub fn texts(value: &Spanned<DeValue<'_>>, name: &str, reader: &mut Reader<'_>) -> Vec<String> {
    let DeValue::Array(list) = value.get_ref() else {
        expected(value, name, "a list of texts", reader);
        return Vec::new();
    };
    list.iter()
        .filter_map(|item| text(item, &format!("an entry of {name}"), reader))
        .map(|item| item.value.to_owned())
        .collect()
}

pub fn text_or_env(
    value: &Spanned<DeValue<'_>>,
    name: &str,
    reader: &mut Reader<'_>,
) -> Option<Placed<String>> {
    if let DeValue::String(_) = value.get_ref() {
        return text(value, name, reader).map(|found| Placed {
            value: found.value.to_owned(),
            span: found.span,
        });
    }
    let DeValue::Table(_) = value.get_ref() else {
        expected(value, name, "text or `{ env = \"VARIABLE\" }`", reader);
        return None;
    };
    let table = table(value, &["env"], name, reader)?;
    table.check(reader);
    let Some(variable) = table.text("env", reader) else {
        if table.get("env").is_none() {
            reader.missing(&table, "env", "expected `{ env = \"VARIABLE\" }`");
        }
        return None;
    };
    let Some(found) = reader.environment.get(variable.value) else {
        reader.wrong(
            &variable.span,
            format!("the environment variable `{}` is not set", variable.value),
            format!("{name} is read from it"),
        );
        return None;
    };
    Some(Placed {
        value: found.to_owned(),
        span: variable.span,
    })
}

/// A whole number from `least` to `most`.
pub fn whole(
    value: &Spanned<DeValue<'_>>,
    name: &str,
    least: u32,
    most: u32,
    reader: &mut Reader<'_>,
) -> Option<u32> {
    let DeValue::Integer(found) = value.get_ref() else {
        expected(value, name, "a whole number", reader);
        return None;
    };
    let fits = i128::from_str_radix(found.as_str(), found.radix())
        .ok()
        .and_then(|number| u32::try_from(number).ok())
        .filter(|number| (least..=most).contains(number));
    if fits.is_none() {
        reader.wrong(
            &value.span(),
            format!("{name} is out of range"),
            format!("expected {least} to {most}"),
        );
    }
    fits
}

/// A number above zero.
pub fn number(
    value: &Spanned<DeValue<'_>>,
    name: &str,
    most: f64,
    reader: &mut Reader<'_>,
) -> Option<f64> {
    let found: Option<f64> = match value.get_ref() {
        DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse().ok(),
        DeValue::Float(number) => number.as_str().parse().ok(),
        _ => {
            expected(value, name, "a number", reader);
            return None;
        }
    };
    let fits = found.filter(|number| *number > 0.0 && *number <= most);
    if fits.is_none() {
        reader.wrong(
            &value.span(),
            format!("{name} is out of range"),
            format!("expected more than 0, at most {most}"),
        );
    }
    fits
}
