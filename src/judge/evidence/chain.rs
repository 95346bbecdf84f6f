//! Which earlier exchanges of an execution must be sent again before one exchange makes sense.

use crate::dialect::{query, xml};
use crate::recording::{Exchange, Role};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Bodies longer than this hold no ids worth looking for.
const LOOKED_AT: usize = 64 * 1024;
const LEAVES: usize = 300;

/// Where a value that the cloud made was first seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Birth {
    /// Index of the exchange.
    pub exchange: usize,
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Members and indices from the root of the body, as jq writes them: `.server.id`.
    Json(String),
    /// The first element of this name in an XML body.
    Xml(String),
    /// A whole header, by its name in lower case.
    Header(String),
    /// The last segment of the path in a header.
    HeaderTail(String),
}

/// Values that the cloud made, by what they are.
pub type Births = BTreeMap<String, Birth>;

/// Everything in a request that could hold an id.
pub fn request_text(exchange: &Exchange) -> String {
    let request = &exchange.request;
    let mut text = format!("{} {}\n", request.method, request.target);
    for (name, value) in &request.headers {
        text.extend([name, ": ", value, "\n"]);
    }
    if let Some(body) = request
        .body
        .text
        .as_deref()
        .filter(|b| b.len() <= LOOKED_AT)
    {
        text.push_str(body);
    }
    text
}

/// Ids, secrets and addresses that came in answers and were not sent before they came.
pub fn births(exchanges: &[Exchange]) -> Births {
    let mut births = Births::new();
    let mut considered = HashSet::new();
    let mut sent = String::new();
    for (n, exchange) in exchanges.iter().enumerate() {
        sent.push_str(&request_text(exchange));
        let Ok(answer) = &exchange.answer else {
            continue;
        };
        let mut born = |value: &str, place: Place| {
            // polls bring the same values over and over: each is looked for once
            if looks_minted(value) && considered.insert(value.to_owned()) && !sent.contains(value) {
                let birth = Birth { exchange: n, place };
                births.insert(value.to_owned(), birth);
            }
        };
        let body = answer.body.text.as_deref().filter(|b| b.len() <= LOOKED_AT);
        if let Some(body) = body.and_then(|text| serde_json::from_str::<Value>(text).ok()) {
            for (place, value) in leaves(&body) {
                born(value, Place::Json(place));
            }
        } else if let Some(body) = body.and_then(xml::tree) {
            for (place, value) in leaves(&body) {
                // `.InitiateMultipartUploadResult.UploadId`: the path to an array's item has no name of its own
                if let Some((_, name)) = place.rsplit_once('.').filter(|(_, n)| is_element(n)) {
                    born(value, Place::Xml(name.to_owned()));
                }
            }
        }
        for (name, value) in &answer.headers {
            let name = name.to_ascii_lowercase();
            if !matches!(name.as_str(), "location" | "x-subject-token" | "etag") {
                continue;
            }
            let path = value.split(['?', '#']).next().unwrap_or(value);
            if let Some((_, tail)) = path.rsplit_once('/') {
                born(tail, Place::HeaderTail(name.clone()));
            }
            born(value, Place::Header(name));
        }
    }
    births
}

fn is_element(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn looks_minted(value: &str) -> bool {
    value.len() >= 8
        && !value.contains(char::is_whitespace)
        && value.contains(|c: char| c.is_ascii_digit())
}

/// Strings of a document with where they are, the shallow ones first.
fn leaves(root: &Value) -> Vec<(String, &str)> {
    let mut found = Vec::new();
    let mut level = vec![(String::new(), root)];
    while !level.is_empty() && found.len() < LEAVES {
        let mut next = Vec::new();
        for (place, value) in level {
            match value {
                Value::String(text) => found.push((place, text.as_str())),
                Value::Array(items) => {
                    next.extend(items.iter().enumerate().map(|(n, item)| {
                        let dot = if place.is_empty() { "." } else { "" };
                        (format!("{place}{dot}[{n}]"), item)
                    }));
                }
                Value::Object(members) => {
                    next.extend(members.iter().map(|(name, item)| {
                        let plain = !name.is_empty()
                            && !name.starts_with(|c: char| c.is_ascii_digit())
                            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
                        let step = if plain {
                            format!(".{name}")
                        } else {
                            format!(".[{}]", Value::String(name.clone()))
                        };
                        (format!("{place}{step}"), item)
                    }));
                }
                _ => {}
            }
        }
        level = next;
    }
    found
}

/// Whether a request changed nothing, as far as it shows.
pub fn reads(exchange: &Exchange) -> bool {
    let sent = &exchange.request;
    let body = sent.body.text.as_deref();
    query::reads(&exchange.service, &sent.method, &sent.target, body)
}

/// Whether `text` holds `value` as a word of its own.
pub fn holds(text: &str, value: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(value).any(|(at, _)| {
        !text[..at].chars().next_back().is_some_and(inside)
            && !text[at + value.len()..].chars().next().is_some_and(inside)
    })
}

/// Names in `text` that hold the nonce of the execution.
fn names<'t>(text: &'t str, nonce: &str) -> BTreeSet<&'t str> {
    let outside = |c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if nonce.is_empty() {
        return BTreeSet::new();
    }
    text.match_indices(nonce)
        .map(|(at, _)| {
            let start = text[..at].rfind(outside).map_or(0, |n| {
                n + text[n..].chars().next().map_or(1, char::len_utf8)
            });
            let end = text[at..].find(outside).map_or(text.len(), |n| at + n);
            &text[start..end]
        })
        .collect()
}

/// The exchanges that lead to the one at `at`, in order, without it: those that made an id it needs,
/// those that changed a thing it is about, and the last look of each wait for such a thing.
pub fn chain(exchanges: &[Exchange], at: usize, nonce: &str, births: &Births) -> Vec<usize> {
    let Some(target) = exchanges.get(at) else {
        return Vec::new();
    };
    let texts: Vec<String> = exchanges[..at].iter().map(request_text).collect();
    let target_text = request_text(target);
    let mut about = About::default();
    about.take(&target_text, nonce, births, at);
    let mut chosen = BTreeSet::new();
    loop {
        let before = chosen.len();
        for (n, exchange) in exchanges[..at].iter().enumerate() {
            if chosen.contains(&n) || exchange.role != Role::Observed {
                continue;
            }
            let unsafe_method = !reads(exchange);
            let accepted = exchange.answer.as_ref().is_ok_and(|a| a.status < 400);
            let changed = unsafe_method && accepted && about.touches(&texts[n]);
            if about.makers.contains(&n) || changed {
                chosen.insert(n);
                about.take(&texts[n], nonce, births, n);
            }
        }
        if chosen.len() == before {
            break;
        }
    }
    // what is waited for must be waited for again
    let mut waits: BTreeMap<(&str, &[String]), (usize, usize)> = BTreeMap::new();
    for (n, exchange) in exchanges[..at].iter().enumerate() {
        let is_read = reads(exchange);
        let same_step = exchange.step == target.step && exchange.rows == target.rows;
        if exchange.role == Role::Observed && is_read && !same_step && about.touches(&texts[n]) {
            let wait = waits
                .entry((&exchange.step, &exchange.rows))
                .or_insert((0, n));
            *wait = (wait.0 + 1, n);
        }
    }
    chosen.extend(
        waits
            .values()
            .filter(|(times, _)| *times > 1)
            .map(|(_, n)| *n),
    );
    chosen.into_iter().collect()
}

/// What the exchanges chosen so far are about.
#[derive(Default)]
struct About {
    values: BTreeSet<String>,
    names: BTreeSet<String>,
    makers: BTreeSet<usize>,
}

impl About {
    fn take(&mut self, text: &str, nonce: &str, births: &Births, before: usize) {
        self.names
            .extend(names(text, nonce).into_iter().map(str::to_owned));
        for (value, birth) in births {
            if birth.exchange < before && holds(text, value) {
                self.values.insert(value.clone());
                self.makers.insert(birth.exchange);
            }
        }
    }

    fn touches(&self, text: &str) -> bool {
        self.values.iter().any(|value| holds(text, value))
            || self.names.iter().any(|name| holds(text, name))
    }
}
