//! What of a cloud's answers can be changed: operator × place, over every answer in a recording.

use crate::edit::{Act, Edit, Whole};
use crate::operation;
use interop::dialect::{self, HeaderMeaning, forms};
use interop::observe::tree::Node;
use interop::recording::{Answer, Exchange, Execution, Recording, Role};
use std::collections::{BTreeMap, BTreeSet};

/// The success and refusal of an operation are two behaviours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    Accepted,
    Refused,
}

impl Outcome {
    pub fn of(status: u16) -> Self {
        if status < 400 {
            Self::Accepted
        } else {
            Self::Refused
        }
    }
}

/// A change of one behaviour, wherever the operation is called.
#[derive(Clone, Debug)]
pub struct Drawn {
    pub family: &'static str,
    pub service: String,
    pub operation: String,
    pub outcome: Outcome,
    pub edit: Edit,
}

/// Which operation an exchange of an execution is of.
pub fn operation_of(execution: &Execution, exchange: &Exchange) -> String {
    let ours = |text: &str| text.contains(&execution.nonce);
    operation::of(&exchange.service, &exchange.request, &ours)
}

/// Everything that could be changed, each once.
pub fn all(recording: &Recording) -> Vec<Drawn> {
    let mut found: BTreeMap<(String, Outcome, String), Drawn> = BTreeMap::new();
    for id in recording.scenarios() {
        let Some(execution) = recording.executions(id).unwrap().into_iter().next() else {
            continue;
        };
        for exchange in execution
            .exchanges
            .iter()
            .filter(|e| e.role == Role::Observed)
        {
            let Ok(answer) = &exchange.answer else {
                continue;
            };
            let operation = operation_of(&execution, exchange);
            let outcome = Outcome::of(answer.status);
            let sent = exchange.request.body.text.as_deref().unwrap_or("");
            // a list has the same edits for each of its items, and trying one reads the whole answer
            let mut tried = BTreeSet::new();
            edits(answer, &mut |family, edit| {
                let text = format!("{edit:?}");
                let key = (operation.clone(), outcome, text.clone());
                if !tried.insert(text) || found.contains_key(&key) {
                    return;
                }
                if names_sent(&edit, sent) || !changes(&edit, answer) {
                    return;
                }
                let drawn = Drawn {
                    family,
                    service: exchange.service.clone(),
                    operation: operation.clone(),
                    outcome,
                    edit,
                };
                found.insert(key, drawn);
            });
        }
    }
    found.into_values().collect()
}

/// Whether there is anything to change.
fn changes(edit: &Edit, answer: &Answer) -> bool {
    edit.apply(&mut Whole {
        status: answer.status,
        headers: answer.headers.clone(),
        body: answer.body.text.clone().unwrap_or_default(),
    })
}

/// Whether the place is a name that the caller made up and counts: `$.metadata.k46`.
fn names_sent(edit: &Edit, sent: &str) -> bool {
    let Edit::At(place, _) = edit else {
        return false;
    };
    let last = place.rsplit('.').next().unwrap_or_default();
    last.ends_with(|c: char| c.is_ascii_digit()) && sent.contains(&format!("\"{last}\""))
}

fn edits(answer: &Answer, add: &mut impl FnMut(&'static str, Edit)) {
    let status = answer.status;
    if status < 400 {
        add("status class", Edit::Status(403));
        add("status class", Edit::Status(500));
        add(
            "status code",
            Edit::Status(if status == 202 { 200 } else { 202 }),
        );
    } else {
        add("status class", Edit::Status(200));
        add(
            "status code",
            Edit::Status(if status == 418 { 400 } else { 418 }),
        );
    }
    add(
        "header added",
        Edit::AddHeader("X-Added".to_owned(), "yes".to_owned()),
    );
    for (name, value) in &answer.headers {
        let name = name.to_ascii_lowercase();
        match dialect::header_meaning(&name) {
            HeaderMeaning::Hop => continue,
            HeaderMeaning::Minted | HeaderMeaning::Framing => {}
            HeaderMeaning::Plain | HeaderMeaning::Set => {
                add("header changed", Edit::ChangeHeader(name.clone(), None));
                if name == "etag" && !value.is_empty() {
                    let other = value.replace('"', "");
                    let other = format!("\"{}-1\"", other.trim());
                    add(
                        "ETag formula",
                        Edit::ChangeHeader(name.clone(), Some(other)),
                    );
                }
                if name == "content-type" {
                    add("charset", Edit::Charset("iso-8859-1".to_owned()));
                }
            }
        }
        add("header removed", Edit::RemoveHeader(name));
    }
    let text = answer.body.text.as_deref().unwrap_or("");
    let is_xml = text.trim_start().starts_with('<');
    let tree = if is_xml {
        Node::parse_xml(text).ok()
    } else {
        Node::parse(text).ok()
    };
    match tree {
        Some(tree @ (Node::Map(_) | Node::List(_))) => {
            if status >= 400 {
                in_error(&tree, "$", add);
                add("error envelope", Edit::Garble);
            } else {
                inside(&tree, "$", is_xml, add);
            }
        }
        _ if !text.is_empty() => add("body", Edit::Garble),
        _ => {}
    }
}

fn in_error(node: &Node, at: &str, add: &mut impl FnMut(&'static str, Edit)) {
    let Node::Map(members) = node else {
        return;
    };
    for (name, value) in members.iter().filter(|(name, _)| !name.starts_with('@')) {
        let here = format!("{at}.{name}");
        let to = |act| Edit::At(here.clone(), act);
        match value {
            Node::Map(_) => {
                add("error envelope", to(Act::Rename));
                in_error(value, &here, add);
            }
            Node::Text(_) => match name.as_str() {
                "Code" | "type" => add("error code", to(Act::Change)),
                "Message" | "message" => add("error text", to(Act::Change)),
                _ => add("error envelope", to(Act::Remove)),
            },
            _ => {}
        }
    }
}

fn inside(node: &Node, at: &str, is_xml: bool, add: &mut impl FnMut(&'static str, Edit)) {
    match node {
        Node::Map(members) => {
            for (name, value) in members {
                // attributes of XML, names that a path can't hold, and such as a caller drew
                if name.starts_with(['@', '#']) || name.contains(['.', '[', ' ']) || name.len() > 64
                {
                    continue;
                }
                let here = format!("{at}.{}", every_run(name));
                let is_root = is_xml && at == "$";
                let is_items = is_xml && matches!(value, Node::List(_));
                let to = |act| Edit::At(here.clone(), act);
                let is_empty = matches!(value, Node::List(items) if items.is_empty());
                if !(is_root || is_xml && is_empty) {
                    add("field removed", to(Act::Remove));
                    add("field renamed", to(Act::Rename));
                    if !is_items {
                        add("type changed", to(Act::Type));
                        if !is_nothing(value, is_xml) {
                            add("null", to(Act::Null));
                        }
                    }
                }
                leaf_or_list(value, &here, add);
                if !is_xml && !matches!(value, Node::Map(_) | Node::List(_)) {
                    add("duplicate key", to(Act::Twice));
                }
                if matches!(value, Node::Map(_)) {
                    add("field added", to(Act::Add));
                }
                inside(value, &here, is_xml, add);
            }
        }
        Node::List(items) => {
            for item in items {
                inside(item, &format!("{at}[]"), is_xml, add);
            }
        }
        _ => {}
    }
}

/// A name of ours is another one in each repeat: `interop-a-*`.
fn every_run(name: &str) -> String {
    match name.rsplit_once('-') {
        Some((ours, _)) if ours.starts_with("interop-") => format!("{ours}-*"),
        _ => name.to_owned(),
    }
}

fn leaf_or_list(value: &Node, here: &str, add: &mut impl FnMut(&'static str, Edit)) {
    let to = |act| Edit::At(here.to_owned(), act);
    match value {
        Node::List(items) => {
            if items.len() > 1 {
                add("array order", to(Act::Reverse));
            }
            if !items.is_empty() {
                add("lost item", to(Act::Lose));
                add("duplicated item", to(Act::Duplicate));
            }
        }
        Node::Text(text) => {
            let family = match forms::form(text) {
                forms::Form::Uuid { .. }
                | forms::Form::Hex { .. }
                | forms::Form::Timestamp { .. } => "value form",
                _ if text.contains("://") => "link",
                _ if is_word(text) => "enum value",
                _ => "value",
            };
            if !text.is_empty() {
                add(family, to(Act::Change));
            }
            if text.to_uppercase() != *text && family == "value" {
                add("echo case", to(Act::Upper));
            }
            if text.chars().count() > 12 && family == "value" {
                add("echo truncated", to(Act::Truncate));
            }
        }
        Node::Number(lexeme) => {
            add("value", to(Act::Change));
            if !lexeme.contains(['.', 'e']) {
                add("number lexeme", to(Act::Fraction));
            }
        }
        Node::Bool(_) => add("value", to(Act::Change)),
        Node::Null | Node::Map(_) => {}
    }
}

/// Whether null would be nothing new; XML has none but an element without text.
fn is_nothing(value: &Node, is_xml: bool) -> bool {
    match value {
        Node::Null => true,
        Node::Text(text) => is_xml && text.is_empty(),
        Node::Map(_) | Node::List(_) => is_xml,
        _ => false,
    }
}

/// `ACTIVE`, `in-use`, `Enabled`: letters, few.
fn is_word(text: &str) -> bool {
    (2..16).contains(&text.len())
        && text
            .chars()
            .all(|c| c.is_ascii_alphabetic() || c == '-' || c == '_')
}
