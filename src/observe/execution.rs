//! One execution → its places.
//!
//! In: the header of a recording, a scenario, one execution of it. Out: an [`Observed`]. Captures are computed again
//! from the answers; nothing that the runner concluded is taken over but how steps ended.

use super::answer::{Reader, plain};
use super::meaning::Named;
use super::place::{Observed, Part, Place, StepSeen};
use super::scope::ReadScope;
use super::states;
use super::symbols::{At, Symbols};
use crate::dialect::forms;
use crate::dialect::query::{self, Act};
use crate::dialect::resources::{at, resource_kinds};
use crate::dialect::xml;
use crate::recording::{Answer, Exchange, Execution, Header, Role, StepEnd};
use crate::scenario::{
    AnswerParts, BoundaryStep, Observable, PagesStep, Reading, Request, Scenario, Source, Step,
    StepKind,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The leaves of a scenario's steps: everything that sends by itself. By their full ids.
pub fn leaves<'s>(steps: impl IntoIterator<Item = &'s Step>) -> Vec<&'s Step> {
    let mut found = Vec::new();
    for step in steps {
        let inner = step.inner();
        if inner.is_empty() {
            found.push(step);
        } else {
            found.extend(leaves(inner));
        }
    }
    found
}

/// What kind of step a leaf is, as far as reading goes.
pub struct LeafParts<'a> {
    pub reading: &'a Reading,
    pub captures: &'a BTreeMap<String, Source>,
    pub request: &'a Request,
}

static NO_CAPTURES: BTreeMap<String, Source> = BTreeMap::new();

#[must_use]
pub fn parts(step: &Step) -> Option<LeafParts<'_>> {
    let (reading, captures) = match &step.kind {
        StepKind::Request(s) => (&s.reading, &s.captures),
        StepKind::Poll(s) => (&s.reading, &s.captures),
        StepKind::Pages(s) => (&s.reading, &s.captures),
        StepKind::Boundary(s) => (&s.reading, &NO_CAPTURES),
        StepKind::Runner(s) => (&s.act.reading, &s.act.captures),
        StepKind::Read(s) => (&s.reading, &s.captures),
        StepKind::Group(_) | StepKind::Race(_) | StepKind::During(_) | StepKind::Consistency(_) => {
            return None;
        }
    };
    Some(LeafParts {
        reading,
        captures,
        request: step.own_request()?,
    })
}

/// Observes one execution.
#[must_use]
pub fn observe(header: &Header, scenario: &Scenario, execution: &Execution) -> Observed {
    let mut into = Observed::default();
    let Some(scenario) = header.cloud.realised(scenario) else {
        return into;
    };
    let mut symbols = Symbols::new(header, execution);
    let mut own: BTreeSet<String> = execution.fixtures.values().filter_map(long_text).collect();
    let mut scope = ReadScope::new(header, execution);
    let steps: BTreeMap<&str, &Step> = leaves(&scenario.steps)
        .into_iter()
        .map(|s| (s.id.as_str(), s))
        .collect();
    for record in &execution.steps {
        let Some(step) = steps.get(record.step.as_str()).copied() else {
            continue;
        };
        let Some(parts) = parts(step) else {
            continue;
        };
        let key = (record.step.clone(), record.rows.clone());
        let named = Named {
            step: &record.step,
            rows: &record.rows,
            reading: parts.reading,
            realised: scenario.realises.is_some(),
        };
        let seen: Vec<(usize, &Exchange)> = execution
            .exchanges
            .iter()
            .enumerate()
            .filter(|(_, e)| {
                e.role == Role::Observed && e.step == record.step && e.rows == record.rows
            })
            .collect();
        let Some((index, last)) = seen.last().copied() else {
            into.steps.insert(key, not_sent(&record.end));
            continue;
        };
        into.exchanges.insert(key.clone(), index);
        scope.enter(scenario, &record.step, &record.rows, &last.user);
        let at = |part, path: &str| Place {
            step: record.step.clone(),
            rows: record.rows.clone(),
            part,
            path: path.to_owned(),
        };
        if let StepKind::Boundary(act) = &step.kind {
            let reader = Reader {
                symbols: &symbols,
                exceptions: &parts.reading.exceptions,
                own: &own,
            };
            super::boundary::observe(act, record, &seen, &reader, &mut scope, &mut into);
            named_limit(&named, act, &mut into);
            continue;
        }
        if let (StepKind::Read(read), Ok(_)) = (&step.kind, &last.answer) {
            let window = super::window::observe(read, &record.step, &seen, execution, &scope);
            into.windows.insert(key.clone(), window);
            // what a stale answer holds is of before the write: how long it stayed is all that it tells
            if record.end == StepEnd::Deadline {
                into.steps.insert(key, StepSeen::Stale);
                continue;
            }
        }
        // of a race, captures are those of the first that was let through
        let is_race = matches!(step.kind, StepKind::Runner(_));
        let (last, is_race) = match super::race::first_accepted(&seen) {
            Some(first) if is_race => (first, true),
            _ => (last, false),
        };
        match &last.answer {
            Err(_) if is_race => {
                let reader = Reader {
                    symbols: &symbols,
                    exceptions: &parts.reading.exceptions,
                    own: &own,
                };
                super::race::observe(record, &seen, &reader, &|_| false, &mut into);
                named_winners(&named, &seen, &mut into);
            }
            Err(error) => {
                let read = plain(&format!("{:?}", error.kind), "wire");
                into.values.insert(at(Part::Wire, ""), read.value);
                named.broken(&mut into);
                into.steps.insert(key, StepSeen::NotReached);
            }
            Ok(answer) => {
                into.values
                    .insert(at(Part::Wire, ""), plain("HTTP", "wire").value);
                let view = answer_parts(answer);
                for (name, source) in parts.captures {
                    let Some(value) = source.first(&view) else {
                        continue;
                    };
                    if let Value::String(text) = &value {
                        symbols.capture(text, &member_of(source));
                    }
                    // a zone or a state that is captured is nobody's
                    own.extend(
                        long_text(&value).filter(|text| {
                            forms::is_identity(text) || symbols.is_named_by_us(text)
                        }),
                    );
                    scope.capture(name, value);
                }
                let sent = &last.request;
                let form = sent.body.text.as_deref();
                match query::action(&last.service, &sent.target, form) {
                    Some(action) if answer.status < 300 && query::act(&action) == Act::Creates => {
                        own.extend(resources(&last.service, answer.body.text.as_deref()));
                    }
                    None if matches!(sent.method.as_str(), "POST" | "PUT")
                        && answer.status < 300 =>
                    {
                        own.extend(made(answer.body.text.as_deref()));
                    }
                    _ => {}
                }
                let reader = Reader {
                    symbols: &symbols,
                    exceptions: &parts.reading.exceptions,
                    own: &own,
                };
                if is_race {
                    let reaches = |answer: &Answer| {
                        let view = answer_parts(answer);
                        parts.reading.reach.holds(&view, &scope.names())
                    };
                    super::race::observe(record, &seen, &reader, &reaches, &mut into);
                    named_winners(&named, &seen, &mut into);
                    continue;
                }
                match pages(step) {
                    // the first page stands for the shape of all
                    Some(walk) => {
                        if let Ok(first) = &seen[0].1.answer {
                            reader.answer(seen[0].1, first, &mut into);
                            without_items(&mut into, &record.step, &record.rows, &walk.items);
                        }
                        super::pages::observe(walk, &seen, &reader, &record.end, &mut into);
                    }
                    None => reader.answer(last, answer, &mut into),
                }
                let ended = if record.end == StepEnd::Deadline {
                    "deadline"
                } else {
                    "done"
                };
                into.values
                    .insert(at(Part::End, ""), plain(ended, "end").value);
                if let Some(track) = &parts.reading.track {
                    let shown = |answer: &Answer| state(track, answer, &symbols);
                    let sequence = states::sequence(&seen, &shown);
                    into.states.insert(key.clone(), sequence);
                    named.sequences(&seen, &reader, &mut into);
                }
                named.answer(answer, &reader, &scope, &mut into);
                let reached =
                    parts.reading.reach.holds(&view, &scope.names()) && record.end == StepEnd::Done;
                into.steps.insert(
                    key,
                    if reached {
                        StepSeen::Reached
                    } else {
                        StepSeen::NotReached
                    },
                );
            }
        }
    }
    into
}

fn named_limit(named: &Named<'_>, act: &BoundaryStep, into: &mut Observed) {
    let place = Place {
        step: named.step.to_owned(),
        rows: named.rows.to_vec(),
        part: Part::Limit,
        path: act.vary.clone(),
    };
    if let Some(limit) = into.values.get(&place).map(|value| value.text.clone()) {
        named.found(&Observable::Limit, &limit, "limit", into);
    }
}

fn named_winners(named: &Named<'_>, runners: &[(usize, &Exchange)], into: &mut Observed) {
    let won = runners.iter().filter(|(_, e)| super::race::is_accepted(e));
    let won = won.count().to_string();
    named.found(&Observable::Winners, &won, "winners", into);
}

fn pages(step: &Step) -> Option<&PagesStep> {
    match &step.kind {
        StepKind::Pages(walk) => Some(walk),
        _ => None,
    }
}

fn not_sent(end: &StepEnd) -> StepSeen {
    match end {
        StepEnd::Blocked(names) => StepSeen::Blocked(names.clone()),
        StepEnd::Unsupported(why) => StepSeen::Unsupported(why.clone()),
        StepEnd::Done | StepEnd::Deadline | StepEnd::Cut => StepSeen::Cut,
    }
}

/// The state that an answer to a poll shows.
fn state(track: &Source, answer: &Answer, symbols: &Symbols) -> String {
    match track.first(&answer_parts(answer)) {
        Some(Value::String(text)) => symbols.string(&text, At::default()).value.text,
        Some(value) => value.to_string(),
        None => format!("HTTP {}", answer.status),
    }
}

/// An answer as sources read it.
pub fn answer_parts(answer: &Answer) -> AnswerParts<'_> {
    AnswerParts::new(
        answer.status,
        &answer.headers,
        answer.body.text.as_deref().unwrap_or(""),
    )
}

/// The items of a walk are observed over all its pages, not as those of its first.
fn without_items(into: &mut Observed, step: &str, rows: &[String], items: &str) {
    let inside = |place: &Place| {
        place.step == step
            && place.rows == rows
            && place.part == Part::Body
            && place.path.starts_with(items)
            && place.path[items.len()..].starts_with(['#', '['])
    };
    into.values.retain(|place, _| !inside(place));
    into.identities.retain(|place, _| !inside(place));
}

/// Ids in the answer to a create.
fn made(body: Option<&str>) -> Vec<String> {
    fn collect(value: &Value, depth: u8, found: &mut Vec<String>) {
        match value {
            Value::Object(members) if depth < 3 => {
                for (name, value) in members {
                    match value {
                        Value::String(text)
                            if matches!(name.as_str(), "id" | "uuid") && text.len() >= 8 =>
                        {
                            found.push(text.clone());
                        }
                        other if name != "links" => collect(other, depth + 1, found),
                        _ => {}
                    }
                }
            }
            Value::Array(items) => items
                .iter()
                .for_each(|item| collect(item, depth + 1, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    if let Some(Ok(tree)) = body.map(serde_json::from_str::<Value>) {
        collect(&tree, 0, &mut found);
    }
    found
}

/// Ids in the answer to an action that makes something, where a kind of resource has its own. What the thing is in, or made
/// of, stays what it is to others.
fn resources(service: &str, body: Option<&str>) -> Vec<String> {
    let Some(tree) = body.and_then(xml::tree) else {
        return Vec::new();
    };
    let kinds = resource_kinds().filter(|kind| kind.service == service);
    let places = kinds.flat_map(|kind| &kind.id);
    let ids = places.flat_map(|place| at(&tree, &place.replace("[0]", "[*]")));
    ids.filter_map(long_text).collect()
}

fn long_text(value: &Value) -> Option<String> {
    value
        .as_str()
        .filter(|text| text.len() >= 8)
        .map(str::to_owned)
}

/// The last member name of a source: where a captured value is known by.
pub fn member_of(source: &Source) -> String {
    match source {
        Source::Json(path) => path
            .rsplit(['.', ']', '[', '\''])
            .find(|s| !s.is_empty())
            .unwrap_or("")
            .to_owned(),
        Source::Header(name) => name.clone(),
        Source::Status | Source::Text | Source::Error(_) => String::new(),
    }
}
