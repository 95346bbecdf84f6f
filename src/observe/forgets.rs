//! What reading an answer deliberately forgets, said in one place: `scenarios show` prints it, and the mutation tests of
//! law 2 leave out exactly this.

use super::boundary::is_side;
use super::execution::{leaves, parts};
use super::place::Part;
use super::symbols::Symbols;
use super::tree::Node;
use super::walk::is_of_another;
use crate::dialect::forms::{self, Form};
use crate::dialect::query;
use crate::dialect::xml::{is_assigned, is_item, is_minted, looks_like_xml, names_call};
use crate::dialect::{self, HeaderMeaning};
use crate::recording::{Execution, Header};
use crate::scenario::{ExceptionKind, Scenario, Source, StepKind};

/// A change to one answer.
#[derive(Clone, Debug)]
pub struct Change {
    /// Index in the execution.
    pub exchange: usize,
    pub part: Part,
    /// Member names and indices, outermost first; of a header its lower-case name.
    pub path: Vec<String>,
    pub aspect: Aspect,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aspect {
    Presence,
    Type,
    Value,
    Order,
}

/// In words, for people.
pub const FORGOTTEN: &[&str] = &[
    "hop-by-hop and front-end headers (dialect, headers.toml: hop)",
    "the values of headers that are minted for each answer (dialect, headers.toml: minted); their presence and form count",
    "the values of timestamps; their form counts",
    "the values of elements of XML that the service mints (dialect, xml.toml: minted); null is a word",
    "the values of elements of XML that name the call (dialect, xml.toml: calls)",
    "what an answer to something begun tells by how far the service has come (dialect, ec2/actions.toml: underway)",
    "the addresses that a cloud gives, and those in names made of them, where they were not asked for (dialect, xml.toml: assigned)",
    "the values of ids that nothing else refers to; their form and the pattern of equality count",
    "in a list, what belongs to others: only the members that all of their items have, and those members' types, count",
    "the order of items that a key tells apart, and of arrays that promise none (dialect, lists.toml)",
    "the answers to a poll before its last one; the sequence of states counts",
    "the answers of a boundary search but those on both sides of the limit, and in these the number itself",
    "which of the requests of a race won, and their bodies; how many did, and what the others were told, counts",
    "the reads of a consistency probe before the last one; how many were stale, and for how long, counts",
    "the text of a body that is not what it says it is (XML, JSON); that it is not, counts",
    "below an error: all values but code and message; the members of its envelope count",
    "whatever the scenario itself ignores or reads as opaque, with its reason",
];

/// Whether a change is one that reading forgets.
#[must_use]
pub fn forgets(
    header: &Header,
    scenario: &Scenario,
    execution: &Execution,
    change: &Change,
) -> bool {
    let exchange = &execution.exchanges[change.exchange];
    let Ok(answer) = &exchange.answer else {
        return true;
    };
    let here = header.cloud.realised(scenario);
    let step = here
        .map(|here| leaves(&here.steps))
        .unwrap_or_default()
        .into_iter()
        .find(|step| step.id == exchange.step);
    let Some(reading) = step.and_then(parts).map(|parts| parts.reading) else {
        return true;
    };
    match step.map(|step| &step.kind) {
        Some(StepKind::Boundary(_))
            if !is_beside_limit(header, scenario, execution, change.exchange) =>
        {
            return true;
        }
        Some(StepKind::Runner(_)) => return change.part != Part::Status,
        _ => {}
    }
    let excepted = |source: &Source| {
        reading
            .exceptions
            .iter()
            .rev()
            .find(|e| super::path::covers(&e.at, source))
            .map(|e| e.how)
    };
    match change.part {
        Part::Status => false,
        Part::Header => {
            let name = change.path.first().map_or("", String::as_str);
            match excepted(&Source::Header(name.to_owned())) {
                Some(ExceptionKind::Ignore) => return true,
                Some(ExceptionKind::Opaque) if change.aspect == Aspect::Value => return true,
                _ => {}
            }
            let value = answer
                .headers
                .iter()
                .find(|(n, _)| n.eq_ignore_ascii_case(name))
                .map_or("", |(_, v)| v);
            match dialect::header_meaning(name) {
                HeaderMeaning::Hop => true,
                HeaderMeaning::Minted | HeaderMeaning::Framing => change.aspect == Aspect::Value,
                HeaderMeaning::Plain | HeaderMeaning::Set => {
                    change.aspect == Aspect::Value && is_noise(value)
                }
            }
        }
        Part::Body => {
            let Some(tree) = answer
                .body
                .text
                .as_deref()
                .and_then(|text| Node::parse(text).or_else(|_| Node::parse_xml(text)).ok())
            else {
                return false;
            };
            if answer.status >= 400 {
                return in_error(&tree, change);
            }
            in_body(header, execution, change, &tree, &excepted)
        }
        _ => true,
    }
}

/// Whether an answer of a boundary search is one of the two that stand for it: which these are follows from all of them.
#[must_use]
pub fn is_beside_limit(
    header: &Header,
    scenario: &Scenario,
    execution: &Execution,
    exchange: usize,
) -> bool {
    let seen = super::execution::observe(header, scenario, execution);
    let mut sides = seen.exchanges.iter().filter(|((_, rows), _)| is_side(rows));
    sides.any(|(_, index)| *index == exchange)
}

/// Every draw gives another value of this form.
fn is_noise(value: &str) -> bool {
    matches!(
        forms::form(value),
        Form::Timestamp { .. } | Form::HttpDate | Form::Opaque | Form::Secret(_)
    )
}

fn in_error(tree: &Node, change: &Change) -> bool {
    let (Some(last), Some(value)) = (change.path.last(), at(tree, &change.path)) else {
        return true;
    };
    let told = [
        "code",
        "type",
        "message",
        "detail",
        "description",
        "explanation",
        "title",
    ]
    .contains(&last.as_str());
    match change.aspect {
        Aspect::Presence => false,
        // an envelope holds one object: other types inside it are told by code and message only
        Aspect::Type | Aspect::Value => {
            let leaf = !matches!(value, Node::Map(_) | Node::List(_));
            leaf && (!told || shadowed(tree, change))
        }
        Aspect::Order => true,
    }
}

/// `code` where a `type` is read before it, `detail` where a `message` is.
fn shadowed(tree: &Node, change: &Change) -> bool {
    let Some((last, parent)) = change.path.split_last() else {
        return false;
    };
    let Some(parent) = at(tree, parent) else {
        return false;
    };
    let before = |names: &[&str]| {
        names
            .iter()
            .any(|name| matches!(parent.member(name), Some(Node::Text(_) | Node::Number(_))))
    };
    match last.as_str() {
        "code" => before(&["type"]),
        "title" => before(&["type", "code"]),
        "detail" => before(&["message"]),
        "description" => before(&["message", "detail"]),
        "explanation" => before(&["message", "detail", "description"]),
        _ => false,
    }
}

fn in_body(
    header: &Header,
    execution: &Execution,
    change: &Change,
    tree: &Node,
    excepted: &dyn Fn(&Source) -> Option<ExceptionKind>,
) -> bool {
    let exchange = &execution.exchanges[change.exchange];
    let symbols = Symbols::new(header, execution);
    let sent = &exchange.request;
    let body = sent.body.text.as_deref();
    let is_action = query::version(&exchange.service).is_some();
    let reads = if is_action {
        query::reads(&exchange.service, &sent.method, &sent.target, body)
    } else {
        sent.method == "GET"
    };
    let text = exchange
        .answer
        .as_ref()
        .ok()
        .and_then(|a| a.body.text.as_deref());
    let is_xml = text.is_some_and(looks_like_xml);
    let asked = format!("{}{}", sent.origin, sent.target);
    let mut shown = "$".to_owned();
    let mut node = tree;
    let mut array = "";
    for (depth, segment) in change.path.iter().enumerate() {
        let next = match node {
            Node::Map(_) => {
                // the items of `<volumeSet>` are those of an array of that name
                if !(is_action && is_item(segment)) {
                    array = segment;
                }
                shown.push('.');
                shown.push_str(segment);
                node.member(segment)
            }
            Node::List(items) => {
                shown.push_str("[]");
                let item = segment
                    .parse::<usize>()
                    .ok()
                    .and_then(|index| items.get(index));
                // of XML, below the root and what only holds the list
                let deepest = if is_xml { 3 } else { 1 };
                let keyed = dialect::list_key(array).is_some() && !dialect::is_shared(array);
                let collection = depth <= deepest && reads && !keyed;
                let ours = |item: &Node| symbols.is_ours(&format!("{item:?}"));
                let here = item.unwrap_or(&Node::Null);
                if collection
                    && !ours(here)
                    && (is_of_another(&symbols, here) || !symbols.is_named_by_us(&asked))
                {
                    return true; // an item of others
                }
                item
            }
            _ => None,
        };
        match excepted(&Source::Json(shown.clone())) {
            Some(ExceptionKind::Ignore) => return true,
            Some(ExceptionKind::Opaque) if change.aspect == Aspect::Value => return true,
            _ => {}
        }
        let Some(next) = next else { return true };
        node = next;
    }
    if let Node::Text(text) = node
        && is_action
        && query::is_underway(&shown, text)
    {
        return true;
    }
    match (change.aspect, node) {
        (Aspect::Order, Node::List(items)) => {
            items.len() < 2
                || dialect::list_key(array).is_some()
                || dialect::is_unordered(array)
                || excepted(&Source::Json(shown)) == Some(ExceptionKind::Unordered)
                // items without a key: what they are is known, which is which is not
                || items.iter().any(|item| matches!(item, Node::Map(_) | Node::List(_)))
        }
        (Aspect::Value, Node::Text(text)) => {
            let name = change.path.last().map_or("", String::as_str);
            is_noise(text) || is_minted(name, text) || names_call(name) || is_assigned(name)
        }
        (Aspect::Value, Node::Number(_)) => change
            .path
            .last()
            .is_some_and(|member| dialect::is_minted_number(member)),
        _ => false,
    }
}

fn at<'n>(tree: &'n Node, path: &[String]) -> Option<&'n Node> {
    path.iter().try_fold(tree, |node, segment| match node {
        Node::Map(_) => node.member(segment),
        Node::List(items) => segment
            .parse::<usize>()
            .ok()
            .and_then(|index| items.get(index)),
        _ => None,
    })
}
