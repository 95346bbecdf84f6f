//! YAML as a tree with places, for the files of other tools.
//!
//! Scalars stay as they are written: a password `0123` is four characters, not a number.

use crate::profile::mistake::{Mistake, Place};
use crate::profile::source::{Source, comments};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

#[derive(Clone, Debug)]
pub struct Node {
    pub kind: Kind,
    pub place: Place,
}

#[derive(Clone)]
pub enum Kind {
    Null,
    Text(String),
    List(Vec<Node>),
    /// In the order of the file.
    Map(Vec<(String, Node)>),
}

/// Trees hold passwords: their values are not shown.
impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("Null"),
            Self::Text(_) => f.write_str("Text"),
            Self::List(list) => list.fmt(f),
            Self::Map(map) => map.fmt(f),
        }
    }
}

impl Node {
    /// Parses `text`. Only the values of the keys that `open` names may be shown later.
    pub fn parse(name: &str, text: &str, open: fn(&str) -> bool) -> Result<Self, Mistake> {
        let options = serde_saphyr::options! { with_snippet: false };
        match serde_saphyr::from_str_with_options::<Spanned<Raw>>(text, options) {
            Ok(raw) => {
                let (mut hidden, mut known) = (Vec::new(), Vec::new());
                raw.value
                    .hide(&raw, text, "", open, (&mut hidden, &mut known));
                hidden.extend(comments(text, &known));
                let source = Arc::new(Source::new(name, text, hidden));
                Ok(build(raw, text, &source))
            }
            Err(error) => {
                let source = Arc::new(Source::new(name, "", Vec::new()));
                let line = error.location().map(|at| usize::try_from(at.line()));
                let place = match line {
                    Some(Ok(line)) => Place::Line(source, line),
                    _ => Place::File(source),
                };
                Err(Mistake::new(place, "this is not YAML")
                    .label(error.without_snippet().to_string()))
            }
        }
    }

    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries()
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, node)| node)
    }

    pub fn entries(&self) -> &[(String, Self)] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Lays `other` over this: maps are merged key by key, everything else is replaced.
    pub fn overlay(&mut self, other: &Self) {
        match (&mut self.kind, &other.kind) {
            (Kind::Map(mine), Kind::Map(theirs)) => {
                for (key, node) in theirs {
                    match mine.iter_mut().find(|(name, _)| name == key) {
                        Some((_, old)) => old.overlay(node),
                        None => mine.push((key.clone(), node.clone())),
                    }
                }
            }
            (_, Kind::Null) => {}
            _ => *self = other.clone(),
        }
    }
}

fn build(raw: Spanned<Raw>, text: &str, source: &Arc<Source>) -> Node {
    let span = bytes(raw.referenced);
    let kind = match raw.value {
        Raw::Null => Kind::Null,
        Raw::Text(text) => Kind::Text(text),
        Raw::Plain(value) => {
            let written = text.get(bytes(raw.defined)).unwrap_or_default().trim();
            Kind::Text(if written.is_empty() {
                value
            } else {
                written.to_owned()
            })
        }
        Raw::List(list) => Kind::List(
            list.into_iter()
                .map(|item| build(item, text, source))
                .collect(),
        ),
        Raw::Map(map) => Kind::Map(
            map.into_iter()
                .map(|(key, value)| (key, build(value, text, source)))
                .collect(),
        ),
    };
    Node {
        kind,
        place: Place::span(source, span),
    }
}

fn bytes(location: Location) -> Range<usize> {
    let span = location.span();
    let number = |n: Option<u64>| n.and_then(|n| usize::try_from(n).ok()).unwrap_or_default();
    let start = number(span.byte_offset());
    start..start + number(span.byte_len())
}

/// What the deserializer hands over.
enum Raw {
    Null,
    Text(String),
    /// A number or a boolean.
    Plain(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(String, Spanned<Raw>)>),
}

impl Raw {
    /// Collects what must not be shown, and where all scalars are.
    fn hide(
        &self,
        at: &Spanned<Self>,
        text: &str,
        key: &str,
        open: fn(&str) -> bool,
        (hidden, known): (&mut Vec<Range<usize>>, &mut Vec<Range<usize>>),
    ) {
        match self {
            Self::Null => {}
            Self::Text(_) | Self::Plain(_) => {
                let span = bytes(at.referenced);
                let written = text.get(span.clone()).unwrap_or_default();
                known.push(span.clone());
                // A URL may hold a password, and a string over several lines has run away.
                if !open(key) || written.contains(['@', '\n']) {
                    hidden.push(whole_lines(text, &span));
                }
            }
            Self::List(list) => {
                for item in list {
                    item.value.hide(item, text, key, open, (hidden, known));
                }
            }
            Self::Map(map) => {
                for (key, value) in map {
                    value.value.hide(value, text, key, open, (hidden, known));
                }
            }
        }
    }
}

/// A block scalar's span begins before its text: hide to the end of its last line.
fn whole_lines(text: &str, span: &Range<usize>) -> Range<usize> {
    let end = text
        .get(span.end..)
        .and_then(|rest| rest.find('\n'))
        .map_or(text.len(), |length| span.end + length);
    span.start..end
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Plain(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Plain(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Plain(value.to_string()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Raw, E> {
        Ok(Raw::Plain(value.to_string()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Raw, E> {
        Ok(Raw::Plain(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Plain(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = access.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = access.next_entry()? {
            map.push(entry);
        }
        Ok(Raw::Map(map))
    }
}
