//! One change to an answer: what a mutant does to each answer of the operation that it is about.
//!
//! In: status, head and body as they came. Out: the same with one thing changed, or nothing where there is no such thing.

use crate::markup;
use interop::dialect::forms::{self, Form};
use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

/// An answer, as far as mutants change it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// What is changed of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Edit {
    Status(u16),
    AddHeader(String, String),
    RemoveHeader(String),
    /// Another value of a header: this one, or none in particular.
    ChangeHeader(String, Option<String>),
    /// A place of the body: `$.servers[].name`, `$.ListBucketResult.Contents[].Key`.
    At(String, Act),
    /// The body as a whole.
    Body(String),
    /// Something behind the body, so that it is not what it says it is.
    Garble,
    /// Another character set is announced.
    Charset(String),
    /// Both the machine-readable code and the text of an error are these.
    Error {
        code: String,
        message: String,
    },
}

/// What is done at a place.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Act {
    Remove,
    Rename,
    Null,
    /// Another type.
    Type,
    /// Another value of the same form; of what is minted, another form.
    Change,
    Set(String),
    /// One word for another, alone or in a text; others stay.
    Word(String, String),
    Upper,
    /// The first eight characters.
    Truncate,
    /// A list the other way round.
    Reverse,
    /// A list without its last item.
    Lose,
    /// A list with its last item twice.
    Duplicate,
    /// A list without the items of which a member is this word.
    Without(String, String),
    /// The member twice, the second time with another value.
    Twice,
    /// A whole number with a fraction.
    Fraction,
    /// A member more.
    Add,
}

impl Edit {
    /// Whether anything changed.
    pub fn apply(&self, answer: &mut Whole) -> bool {
        let before = answer.clone();
        match self {
            Self::Status(status) => answer.status = *status,
            Self::AddHeader(name, value) => answer.headers.push((name.clone(), value.clone())),
            Self::RemoveHeader(name) => {
                answer
                    .headers
                    .retain(|(n, _)| !n.eq_ignore_ascii_case(name));
            }
            Self::ChangeHeader(name, value) => {
                for (_, old) in answer
                    .headers
                    .iter_mut()
                    .filter(|(n, _)| n.eq_ignore_ascii_case(name))
                {
                    let other = value.clone().or_else(|| changed_text(old));
                    *old = other.unwrap_or_else(|| old.clone());
                }
            }
            Self::At(place, act) => {
                let path = segments(place);
                let body = if answer.body.trim_start().starts_with('<') {
                    markup::edit(&answer.body, &path, act)
                } else {
                    in_json(&answer.body, &path, act)
                };
                if let Some(body) = body {
                    answer.body = body;
                }
            }
            Self::Body(text) => answer.body.clone_from(text),
            Self::Garble => answer.body.push_str(" }>"),
            Self::Charset(name) => {
                for (_, value) in answer
                    .headers
                    .iter_mut()
                    .filter(|(n, _)| n.eq_ignore_ascii_case("content-type"))
                {
                    let kind = value.split(';').next().unwrap_or_default().trim();
                    *value = format!("{kind}; charset={name}");
                }
            }
            Self::Error { code, message } => {
                for (name, text) in [
                    ("code", code),
                    ("Code", code),
                    ("type", code),
                    ("message", message),
                    ("Message", message),
                    ("detail", message),
                ] {
                    let body = if answer.body.trim_start().starts_with('<') {
                        markup::set_everywhere(&answer.body, name, text)
                    } else {
                        set_everywhere(&answer.body, name, text)
                    };
                    answer.body = body.unwrap_or_else(|| answer.body.clone());
                }
            }
        }
        if *answer == before {
            return false;
        }
        if answer.body != before.body {
            for (name, value) in &mut answer.headers {
                if name.eq_ignore_ascii_case("content-length") {
                    *value = answer.body.len().to_string();
                }
            }
        }
        true
    }
}

/// `$.servers[].name` → `servers`, `[]`, `name`.
pub fn segments(place: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in place
        .trim_start_matches('$')
        .split('.')
        .filter(|p| !p.is_empty())
    {
        let (name, each) = part
            .strip_suffix("[]")
            .map_or((part, false), |name| (name, true));
        if !name.is_empty() {
            found.push(name.to_owned());
        }
        if each {
            found.push("[]".to_owned());
        }
    }
    found
}

/// Whether a member is the one that a path names: as it is, or by its beginning (`interop-a-*`).
pub fn is_named(member: &str, name: &str) -> bool {
    match name.strip_suffix('*') {
        Some(beginning) => member.starts_with(beginning),
        None => member == name,
    }
}

fn in_json(text: &str, path: &[String], act: &Act) -> Option<String> {
    if let Act::Twice = act {
        return twice(text, path.last()?);
    }
    let mut tree: Value = serde_json::from_str(text).ok()?;
    let mut done = false;
    walk(&mut tree, path, act, &mut done);
    if *act == Act::Fraction {
        // the lexeme, which a number type may not keep
        return done.then(|| {
            tree.to_string()
                .replace("\"\u{1}", "")
                .replace("\u{1}\"", ".0")
        });
    }
    done.then(|| tree.to_string())
}

fn walk(node: &mut Value, path: &[String], act: &Act, done: &mut bool) {
    let Some((first, rest)) = path.split_first() else {
        *done |= on_value(node, act);
        return;
    };
    if first == "[]" {
        for item in node.as_array_mut().into_iter().flatten() {
            walk(item, rest, act, done);
        }
        return;
    }
    let Some(members) = node.as_object_mut() else {
        return;
    };
    let Some(first) = members.keys().find(|name| is_named(name, first)).cloned() else {
        return;
    };
    let first = &first;
    if rest.is_empty() {
        match act {
            Act::Remove => {
                *done |= members.shift_remove(first).is_some();
                return;
            }
            Act::Rename => {
                if let Some(value) = members.shift_remove(first) {
                    members.insert(format!("{first}X"), value);
                    *done = true;
                }
                return;
            }
            _ => {}
        }
    }
    if let Some(below) = members.get_mut(first) {
        walk(below, rest, act, done);
    }
}

fn on_value(value: &mut Value, act: &Act) -> bool {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let new = match act {
        Act::Null => Some(Value::Null),
        Act::Type => Some(other_type(value)),
        Act::Change => changed(value),
        Act::Set(to) => Some(serde_json::from_str(to).unwrap_or_else(|_| Value::from(to.as_str()))),
        Act::Word(from, to) => text(value).and_then(|text| {
            let word = Regex::new(&format!(r"\b{}\b", regex::escape(from))).unwrap();
            let new = word.replace_all(&text, to.as_str()).into_owned();
            (new != text).then(|| Value::from(new))
        }),
        Act::Upper => text(value).map(|t| Value::from(t.to_uppercase())),
        Act::Truncate => text(value).map(|t| Value::from(t.chars().take(8).collect::<String>())),
        Act::Fraction => value
            .as_i64()
            .map(|n| Value::from(format!("\u{1}{n}\u{1}"))),
        Act::Add => value.as_object().map(|members| {
            let mut members = members.clone();
            members.insert("x_added".to_owned(), Value::from("yes"));
            Value::Object(members)
        }),
        Act::Reverse | Act::Lose | Act::Duplicate => value.as_array().map(|items| {
            let mut items = items.clone();
            rearrange(&mut items, act);
            Value::Array(items)
        }),
        Act::Without(member, word) => value.as_array().map(|items| {
            let kept = items.iter().filter(|item| item[member] != word.as_str());
            Value::Array(kept.cloned().collect())
        }),
        Act::Remove | Act::Rename | Act::Twice => None,
    };
    match new {
        Some(new) if new != *value => {
            *value = new;
            true
        }
        _ => false,
    }
}

/// A list, changed as a whole.
pub fn rearrange<T: Clone>(items: &mut Vec<T>, act: &Act) {
    match act {
        Act::Reverse => items.reverse(),
        Act::Lose => {
            items.pop();
        }
        _ => {
            let last = items.last().cloned();
            items.extend(last);
        }
    }
}

/// The first member of that name written twice.
fn twice(text: &str, name: &str) -> Option<String> {
    let quoted = format!("\"{name}\":");
    let compact = serde_json::from_str::<Value>(text).ok()?.to_string();
    let at = compact.find(&quoted)?;
    Some(format!(
        "{}{quoted}\"x-twice\",{}",
        &compact[..at],
        &compact[at..]
    ))
}

fn set_everywhere(text: &str, name: &str, to: &str) -> Option<String> {
    fn inside(value: &mut Value, name: &str, to: &str, done: &mut bool) {
        match value {
            Value::Object(members) => {
                for (key, value) in members.iter_mut() {
                    if key == name && value.is_string() {
                        *value = Value::from(to);
                        *done = true;
                    } else {
                        inside(value, name, to, done);
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|i| inside(i, name, to, done)),
            _ => {}
        }
    }
    let mut tree: Value = serde_json::from_str(text).ok()?;
    let mut done = false;
    inside(&mut tree, name, to, &mut done);
    done.then(|| tree.to_string())
}

fn other_type(value: &Value) -> Value {
    match value {
        Value::String(text) => text
            .parse::<i64>()
            .map_or_else(|_| Value::from(7), Value::from),
        Value::Number(number) => Value::String(number.to_string()),
        Value::Bool(value) => Value::String(value.to_string()),
        Value::Null => Value::Bool(true),
        Value::Array(_) => Value::Object(serde_json::Map::new()),
        Value::Object(_) => Value::Array(vec![]),
    }
}

fn changed(value: &Value) -> Option<Value> {
    Some(match value {
        Value::String(text) => Value::String(changed_text(text)?),
        Value::Number(number) => Value::from(number.as_i64()? + 1),
        Value::Bool(value) => Value::Bool(!value),
        _ => return None,
    })
}

/// Another value; of what is minted another form, since the value itself means nothing.
pub fn changed_text(text: &str) -> Option<String> {
    Some(match forms::form(text) {
        Form::Uuid { .. } => text.replace('-', ""),
        Form::Hex { .. } => text[..text.len() - 1].to_owned(),
        Form::Timestamp { .. } => text.replacen(['T', ' '], "_", 1),
        Form::Secret(_) => return None,
        Form::Digits => format!("{text}1"),
        _ => format!("{text}-changed"),
    })
}
