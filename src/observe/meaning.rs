//! What a scenario has a name for → what is compared under that name, in words that other APIs share.

use super::answer::{Reader, plain};
use super::error;
use super::execution::answer_parts;
use super::named::named;
use super::place::{Observed, Part, Place, StateSequence};
use super::scope::ReadScope;
use super::symbols::Rendered;
use super::{derive, states};
use crate::dialect::outcomes::{class, outcome};
use crate::recording::{Answer, Exchange};
use crate::scenario::{AnswerParts, Observable, Observation, Reading, Source};
use serde_json::Value;
use std::collections::BTreeMap;

/// A step as far as its names go.
pub struct Named<'a> {
    pub step: &'a str,
    pub rows: &'a [String],
    pub reading: &'a Reading,
    /// Of a realisation: what is computed is compared by name, too.
    pub realised: bool,
}

impl Named<'_> {
    fn place(&self, part: Part, name: &str) -> Place {
        Place {
            step: self.step.to_owned(),
            rows: self.rows.to_vec(),
            part,
            path: name.to_owned(),
        }
    }

    /// Everything that the answer which stands for the step says under a name.
    pub fn answer(
        &self,
        answer: &Answer,
        reader: &Reader<'_>,
        scope: &ReadScope<'_>,
        into: &mut Observed,
    ) {
        let view = answer_parts(answer);
        for (name, observation) in &self.reading.observe {
            let map = &observation.map;
            let value = match &observation.of {
                Observable::Place(source) => of_place(source, &view, map, reader),
                Observable::Number { at, unit } => match at.first(&view).as_ref().map(number) {
                    None => told("absent", "absent", map),
                    Some(Some(number)) => told(&unit.tell(number), "number", map),
                    Some(None) => plain("not a number", "number").value,
                },
                Observable::Holds(condition) => {
                    let holds = condition.holds(&view, &scope.names());
                    told(if holds { "yes" } else { "no" }, "word", map)
                }
                Observable::Outcome => of_outcome(answer, map),
                Observable::States | Observable::Limit | Observable::Winners => continue,
            };
            into.values.insert(self.place(Part::Named, name), value);
        }
        let part = if self.realised {
            Part::Named
        } else {
            Part::Derived
        };
        for (name, wanted) in &self.reading.derive {
            let value = derive::derive(wanted, answer, reader);
            let value = match wanted.map.get(&value.text) {
                Some(word) => plain(word, "word").value,
                None if wanted.map.is_empty() => value,
                None => unmapped(&value.text),
            };
            into.values.insert(self.place(part, name), value);
        }
    }

    /// That no answer came is what the request came to.
    pub fn broken(&self, into: &mut Observed) {
        for (name, observation) in &self.reading.observe {
            if observation.of == Observable::Outcome {
                let value = told("no-answer", "outcome refused", &observation.map);
                into.values.insert(self.place(Part::Named, name), value);
            }
        }
    }

    /// What is found out over all exchanges of a step: a limit, how many won.
    pub fn found(&self, of: &Observable, text: &str, class: &str, into: &mut Observed) {
        for (name, observation) in &self.reading.observe {
            if observation.of == *of {
                let value = told(text, class, &observation.map);
                into.values.insert(self.place(Part::Named, name), value);
            }
        }
    }

    /// The sequences of states of a poll, in the words of each name.
    pub fn sequences(&self, seen: &[(usize, &Exchange)], reader: &Reader<'_>, into: &mut Observed) {
        let Some(track) = &self.reading.track else {
            return;
        };
        let states_are = |observation: &&Observation| observation.of == Observable::States;
        for (name, observation) in &self.reading.observe {
            if !states_are(&observation) {
                continue;
            }
            let sequence: StateSequence = states::sequence(seen, &|answer| {
                let view = answer_parts(answer);
                match track.first(&view) {
                    Some(value) => of_values(&[value], track, &observation.map, reader).text,
                    // it is gone, or can't be asked
                    None => of_outcome(answer, &observation.map).text,
                }
            });
            into.sequences
                .insert(self.place(Part::Named, name), sequence);
        }
    }
}

fn of_place(
    source: &Source,
    view: &AnswerParts<'_>,
    map: &BTreeMap<String, String>,
    reader: &Reader<'_>,
) -> Rendered {
    of_values(&source.read(view), source, map, reader)
}

fn of_values(
    values: &[Value],
    source: &Source,
    map: &BTreeMap<String, String>,
    reader: &Reader<'_>,
) -> Rendered {
    if map.is_empty() {
        return named(values, source, reader);
    }
    if values.is_empty() {
        return told("absent", "absent", map);
    }
    let word = |value: &Value| match map.get(&as_written(value)) {
        Some(word) => word.clone(),
        None => unmapped(&named(std::slice::from_ref(value), source, reader).text).text,
    };
    let words: Vec<String> = values.iter().map(word).collect();
    plain(&words.join(", "), "word").value
}

/// Told by its word; what has none is told as it is.
fn told(text: &str, class: &str, map: &BTreeMap<String, String>) -> Rendered {
    plain(map.get(text).map_or(text, String::as_str), class).value
}

/// No word is spelt like this.
fn unmapped(text: &str) -> Rendered {
    plain(&format!("unmapped: {text}"), "word").value
}

/// The scenario's own word for the code, the status or its class, else for the word that is everybody's, else that one.
fn of_outcome(answer: &Answer, map: &BTreeMap<String, String>) -> Rendered {
    let status = answer.status;
    let code = error::code(answer);
    let word = outcome(status, code.as_deref());
    let own = code
        .and_then(|code| map.get(&code))
        .or_else(|| map.get(&status.to_string()))
        .or_else(|| map.get(&class(status)))
        .or_else(|| map.get(word));
    let class = if status < 400 {
        "outcome accepted"
    } else {
        "outcome refused"
    };
    plain(own.map_or(word, String::as_str), class).value
}

/// As a scenario writes it in a map.
fn as_written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    }
}
