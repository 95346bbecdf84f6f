//! Changes one behaviour of a recorded cloud: the same change in every repeat, at one place of one answer.

use interop::dialect::{self, HeaderMeaning, forms};
use interop::recording::{Execution, Payload, Role};
use serde_json::Value;
use std::fmt;

#[derive(Clone, Debug)]
pub enum Operator {
    Status(u16),
    RemoveHeader(String),
    ChangeHeader(String),
    AddHeader,
    Remove(Path),
    Rename(Path),
    Null(Path),
    Type(Path),
    Change(Path),
    Reverse(Path),
    /// A body that is not JSON.
    Text,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    Member(String),
    Index(usize),
}

pub type Path = Vec<Segment>;

/// A change of one answer: that of the last exchange of a step and its rows.
#[derive(Clone, Debug)]
pub struct Mutation {
    pub step: String,
    pub rows: Vec<String>,
    pub operator: Operator,
}

impl fmt::Display for Mutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:?} {:?}", self.step, self.rows, self.operator)
    }
}

/// The exchange that stands for a step: the last one of a request or poll.
pub fn last_of(execution: &Execution, step: &str, rows: &[String]) -> Option<usize> {
    execution
        .exchanges
        .iter()
        .rposition(|e| e.role == Role::Observed && e.step == step && e.rows == rows)
}

/// Every change that makes sense on the answers of an execution.
pub fn all(execution: &Execution, steps: &[String]) -> Vec<Mutation> {
    let mut found = Vec::new();
    for record in execution
        .steps
        .iter()
        .filter(|record| steps.contains(&record.step))
    {
        let Some(index) = last_of(execution, &record.step, &record.rows) else {
            continue;
        };
        let Ok(answer) = &execution.exchanges[index].answer else {
            continue;
        };
        let mut add = |operator| {
            found.push(Mutation {
                step: record.step.clone(),
                rows: record.rows.clone(),
                operator,
            });
        };
        add(Operator::Status(if answer.status < 400 {
            403
        } else {
            200
        }));
        add(Operator::Status(if answer.status == 202 {
            200
        } else if answer.status < 400 {
            202
        } else {
            418
        }));
        add(Operator::AddHeader);
        for (name, _) in &answer.headers {
            let name = name.to_ascii_lowercase();
            match dialect::header_meaning(&name) {
                HeaderMeaning::Hop => {}
                HeaderMeaning::Minted | HeaderMeaning::Framing => add(Operator::RemoveHeader(name)),
                HeaderMeaning::Plain | HeaderMeaning::Set => {
                    add(Operator::RemoveHeader(name.clone()));
                    add(Operator::ChangeHeader(name));
                }
            }
        }
        let body = answer.body.text.as_deref().unwrap_or("");
        match serde_json::from_str::<Value>(body) {
            Ok(tree) if tree.is_object() || tree.is_array() => {
                let mut path = Vec::new();
                inside(&tree, &mut path, &mut |path, value| {
                    if let Some(Segment::Member(_)) = path.last() {
                        add(Operator::Remove(path.clone()));
                        add(Operator::Rename(path.clone()));
                        if !value.is_null() {
                            add(Operator::Null(path.clone()));
                        }
                    }
                    if !path.is_empty() {
                        add(Operator::Type(path.clone()));
                    }
                    match value {
                        Value::Array(items) if items.len() > 1 => {
                            add(Operator::Reverse(path.clone()));
                        }
                        Value::Array(_) | Value::Object(_) | Value::Null => {}
                        _ => add(Operator::Change(path.clone())),
                    }
                });
            }
            _ if !body.is_empty() => add(Operator::Text),
            _ => {}
        }
    }
    found
}

fn inside(value: &Value, path: &mut Path, visit: &mut impl FnMut(&Path, &Value)) {
    visit(path, value);
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                path.push(Segment::Member(name.clone()));
                inside(value, path, visit);
                path.pop();
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                path.push(Segment::Index(index));
                inside(value, path, visit);
                path.pop();
            }
        }
        _ => {}
    }
}

/// Applies it; none where this execution has no such place, or nothing would change.
pub fn apply(execution: &Execution, mutation: &Mutation) -> Option<Execution> {
    let mut execution = execution.clone();
    let index = last_of(&execution, &mutation.step, &mutation.rows)?;
    let Ok(answer) = &mut execution.exchanges[index].answer else {
        return None;
    };
    match &mutation.operator {
        Operator::Status(status) => answer.status = *status,
        Operator::AddHeader => answer
            .headers
            .push(("X-Added".to_owned(), "yes".to_owned())),
        Operator::RemoveHeader(name) => {
            let before = answer.headers.len();
            answer
                .headers
                .retain(|(n, _)| !n.eq_ignore_ascii_case(name));
            if answer.headers.len() == before {
                return None;
            }
        }
        Operator::ChangeHeader(name) => {
            let header = answer
                .headers
                .iter_mut()
                .find(|(n, _)| n.eq_ignore_ascii_case(name))?;
            header.1 = changed_text(&header.1)?;
        }
        Operator::Text => {
            let text = format!("{} changed", answer.body.text.as_deref()?);
            set_body(answer, &text);
        }
        Operator::Remove(path) | Operator::Rename(path) => {
            let mut tree: Value = serde_json::from_str(answer.body.text.as_deref()?).ok()?;
            let (last, parent) = path.split_last()?;
            let Segment::Member(name) = last else {
                return None;
            };
            let members = at(&mut tree, parent)?.as_object_mut()?;
            let value = members.shift_remove(name)?;
            if matches!(mutation.operator, Operator::Rename(_)) {
                members.insert(format!("{name}X"), value);
            }
            set_body(answer, &tree.to_string());
        }
        Operator::Null(path)
        | Operator::Type(path)
        | Operator::Change(path)
        | Operator::Reverse(path) => {
            let mut tree: Value = serde_json::from_str(answer.body.text.as_deref()?).ok()?;
            let slot = at(&mut tree, path)?;
            let new = match &mutation.operator {
                Operator::Null(_) => Value::Null,
                Operator::Type(_) => other_type(slot),
                Operator::Change(_) => changed(slot)?,
                _ => {
                    let mut items = slot.as_array()?.clone();
                    items.reverse();
                    Value::Array(items)
                }
            };
            if new == *slot {
                return None;
            }
            *slot = new;
            set_body(answer, &tree.to_string());
        }
    }
    Some(execution)
}

fn at<'v>(value: &'v mut Value, path: &[Segment]) -> Option<&'v mut Value> {
    path.iter().try_fold(value, |value, segment| match segment {
        Segment::Member(name) => value.get_mut(name),
        Segment::Index(index) => value.get_mut(index),
    })
}

/// The body, and a head that stays true to it: a wrong length would give the change away.
fn set_body(answer: &mut interop::recording::Answer, text: &str) {
    for (name, value) in &mut answer.headers {
        if name.eq_ignore_ascii_case("content-length") {
            *value = text.len().to_string();
        }
    }
    answer.body = Payload::from_bytes(text.as_bytes(), text.len() as u64, false);
}

fn other_type(value: &Value) -> Value {
    match value {
        Value::String(text) if text.parse::<i64>().is_ok() => {
            Value::from(text.parse::<i64>().unwrap_or(0))
        }
        Value::String(_) => Value::from(7),
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
fn changed_text(text: &str) -> Option<String> {
    use forms::Form;
    Some(match forms::form(text) {
        Form::Uuid { .. } => text.replace('-', ""),
        Form::Hex { .. } => text[..text.len() - 1].to_owned(),
        Form::Timestamp { .. } => text.replacen(['T', ' '], "_", 1),
        Form::Secret(_) => return None,
        Form::Digits => format!("{text}1"),
        _ => format!("{text}-changed"),
    })
}
