//! Bodies as trees. JSON as it was written: number lexemes, member order and duplicate members are kept.
//!
//! In: the text of a body. Out: a [`Node`]. `serde_json` finds the ends of values; it never turns a number into one of
//! its own or drops a member.

use crate::dialect::xml;
use serde::Deserialize;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt;

/// Deeper trees are refused: no API nests so, and a cloud's answer is hostile input.
const DEEPEST: usize = 100;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Node {
    Null,
    Bool(bool),
    /// The lexeme.
    Number(String),
    Text(String),
    List(Vec<Node>),
    /// Members as written, duplicates included.
    Map(Vec<(String, Node)>),
}

/// Why a body is not a JSON tree; itself an observation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotJson {
    #[error("not JSON")]
    Syntax,
    #[error("nested deeper than {DEEPEST}")]
    Deep,
}

impl Node {
    pub fn parse(text: &str) -> Result<Self, NotJson> {
        let raw: &RawValue = serde_json::from_str(text).map_err(|_| NotJson::Syntax)?;
        build(raw.get(), 0)
    }

    /// The tree of an XML body, read as `dialect::xml` says.
    pub fn parse_xml(text: &str) -> Result<Self, NotJson> {
        xml::tree(text).map_or(Err(NotJson::Syntax), |tree| Ok(Self::from(tree)))
    }

    /// The first member of that name.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Map(members) => members
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Paths of objects that hold a member twice.
    #[must_use]
    pub fn duplicates(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.find_duplicates("$", &mut found);
        found
    }

    fn find_duplicates(&self, path: &str, found: &mut Vec<String>) {
        match self {
            Self::List(items) => items
                .iter()
                .for_each(|item| item.find_duplicates(&format!("{path}[]"), found)),
            Self::Map(members) => {
                let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
                names.sort_unstable();
                for pair in names.windows(2) {
                    if pair[0] == pair[1] {
                        found.push(format!("{path}.{}", pair[0]));
                    }
                }
                for (name, value) in members {
                    value.find_duplicates(&format!("{path}.{name}"), found);
                }
            }
            _ => {}
        }
    }
}

impl From<Value> for Node {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => Self::Number(number.to_string()),
            Value::String(text) => Self::Text(text),
            Value::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Value::Object(members) => Self::Map(
                members
                    .into_iter()
                    .map(|(name, value)| (name, Self::from(value)))
                    .collect(),
            ),
        }
    }
}

fn build(text: &str, depth: usize) -> Result<Node, NotJson> {
    if depth > DEEPEST {
        return Err(NotJson::Deep);
    }
    let text = text.trim();
    Ok(match text.as_bytes().first() {
        Some(b'{') => {
            let Members(members) = serde_json::from_str(text).map_err(|_| NotJson::Syntax)?;
            let built = members
                .into_iter()
                .map(|(name, raw)| Ok((name, build(raw.get(), depth + 1)?)));
            Node::Map(built.collect::<Result<_, NotJson>>()?)
        }
        Some(b'[') => {
            let Items(items) = serde_json::from_str(text).map_err(|_| NotJson::Syntax)?;
            Node::List(
                items
                    .iter()
                    .map(|raw| build(raw.get(), depth + 1))
                    .collect::<Result<_, _>>()?,
            )
        }
        // a lone surrogate is refused by serde_json and is no reason to lose the tree
        Some(b'"') => Node::Text(serde_json::from_str(text).unwrap_or_else(|_| text.to_owned())),
        Some(b't') => Node::Bool(true),
        Some(b'f') => Node::Bool(false),
        Some(b'n') => Node::Null,
        _ => Node::Number(text.to_owned()),
    })
}

struct Members<'a>(Vec<(String, &'a RawValue)>);
struct Items<'a>(Vec<&'a RawValue>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AsWritten;
        impl<'de> Visitor<'de> for AsWritten {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(AsWritten)
    }
}

impl<'de> Deserialize<'de> for Items<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AsWritten;
        impl<'de> Visitor<'de> for AsWritten {
            type Value = Items<'de>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an array")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Items(items))
            }
        }
        deserializer.deserialize_seq(AsWritten)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_duplicates_stay_as_written() {
        let tree = Node::parse(r#"{"a": 1.10, "b": 12345678901234567890123, "a": 1e0}"#).unwrap();
        let Node::Map(members) = &tree else { panic!() };
        assert_eq!(members[0].1, Node::Number("1.10".into()));
        assert_eq!(members[1].1, Node::Number("12345678901234567890123".into()));
        assert_eq!(members[2].1, Node::Number("1e0".into()));
        assert_eq!(tree.duplicates(), ["$.a"]);
    }

    #[test]
    fn a_deep_answer_is_refused_and_does_not_overflow() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(Node::parse(&deep).is_err());
        let allowed = "[".repeat(90) + &"]".repeat(90);
        assert!(Node::parse(&allowed).is_ok());
    }

    #[test]
    fn trailing_garbage_is_not_json() {
        assert_eq!(Node::parse("{} x"), Err(NotJson::Syntax));
        assert_eq!(Node::parse("<html>"), Err(NotJson::Syntax));
        assert_eq!(Node::parse(""), Err(NotJson::Syntax));
    }
}
