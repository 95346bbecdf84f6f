//! `observe`: names for what is seen, and the words that it is told in.

use super::draft::{Named, StepDraft};
use super::step::Shape;
use crate::scenario::keys::{OBSERVATION, names};
use crate::scenario::model::{Condition, Source};
use crate::scenario::observation::{Observable, Observation, Unit};
use crate::scenario::reader::{At, Entry, Node, Reader, Table};
use std::collections::BTreeMap;

const EXPECTED: &str =
    "a place, one of outcome, states, limit, winners, or { at = …, map = … } or { holds = … }";

impl Named {
    pub(super) fn new(
        entry: &Entry<'_>,
        special: Option<&'static str>,
        map: &BTreeMap<String, String>,
    ) -> Self {
        Self {
            name: At {
                value: entry.name.to_owned(),
                span: entry.key.clone(),
            },
            special,
            words: map.values().cloned().collect(),
        }
    }
}

impl Reader {
    pub(super) fn observations(
        &mut self,
        table: &Table<'_>,
        step: &mut StepDraft,
    ) -> BTreeMap<String, Observation> {
        let mut found = BTreeMap::new();
        let Some(entry) = table.get("observe") else {
            return found;
        };
        let Some(table) = self.table(entry.node, "a table of names and what is observed") else {
            return found;
        };
        for entry in &table.entries {
            self.identifier(entry.name, &entry.key, "the name of an observation");
            if let Some(observation) = self.observation(entry.node, step) {
                let special = observation.of.special();
                step.named
                    .push(Named::new(entry, special, &observation.map));
                found.insert(entry.name.to_owned(), observation);
            }
        }
        found
    }

    fn observation(&mut self, node: &Node<'_>, step: &mut StepDraft) -> Option<Observation> {
        if !node.get_ref().is_table() {
            let of = self.observable(node)?;
            return Some(Observation {
                of,
                map: BTreeMap::new(),
            });
        }
        let what = "an observation";
        let table = self.table(node, EXPECTED)?;
        let keys: Vec<&str> = names(OBSERVATION).collect();
        self.known(&table, what, &keys);
        let map = match table.get("map") {
            Some(entry) => self.word_map(entry)?,
            None => BTreeMap::new(),
        };
        let Some(entry) = self.at_most_one(&table, what, &["at", "holds"]) else {
            self.wrong(
                table.span.clone(),
                "an observation of nothing",
                "expected `at`: a place, or `holds`: a condition",
            );
            return None;
        };
        let unit = table.get("number");
        if entry.name == "holds" {
            if let Some(unit) = unit {
                self.wrong(
                    unit.key.clone(),
                    "that a condition holds is no number",
                    "belongs to `at`",
                );
            }
            let holds: Condition = self.condition(entry, &mut step.uses)?;
            return Some(Observation {
                of: Observable::Holds(holds),
                map,
            });
        }
        let of = self.observable(entry.node)?;
        let of = match (of, unit) {
            (of, None) => of,
            (Observable::Place(at), Some(unit)) => self.number_in(at, unit)?,
            (_, Some(unit)) => {
                self.wrong(
                    unit.key.clone(),
                    "this is no number with a unit",
                    "belongs to a place",
                );
                return None;
            }
        };
        Some(Observation { of, map })
    }

    fn number_in(&mut self, at: Source, unit: &Entry<'_>) -> Option<Observable> {
        let words = Unit::words();
        let chosen = self.word(unit.node, "a unit", &words)?;
        let unit = words.get(chosen).and_then(|word| Unit::read(word))?;
        Some(Observable::Number { at, unit })
    }

    fn observable(&mut self, node: &Node<'_>) -> Option<Observable> {
        let text = self.string(node, EXPECTED)?;
        match Observable::word(&text.value) {
            Some(word) => Some(word),
            None => self.place(&text.value, &text.span).map(Observable::Place),
        }
    }

    /// `{ ACTIVE = "running", ERROR = "failed" }`
    pub(super) fn word_map(&mut self, entry: &Entry<'_>) -> Option<BTreeMap<String, String>> {
        let table = self.table(entry.node, "a table of what is read and the word for it")?;
        if table.entries.is_empty() {
            self.wrong(entry.node.span(), "a map without an entry", "empty");
        }
        let words: Vec<Option<(String, String)>> = table
            .entries
            .iter()
            .map(|entry| {
                let word = self.words(entry.node, "a word")?;
                Some((entry.name.to_owned(), word.value))
            })
            .collect();
        words.into_iter().collect()
    }

    /// What can be named of a step depends on what it is.
    pub(super) fn observables_fit(&mut self, table: &Table<'_>, shape: Shape) {
        let Some(entries) = table
            .get("observe")
            .and_then(|entry| entry.node.get_ref().as_table())
        else {
            return;
        };
        let fits: fn(&Observable) -> bool = match shape {
            Shape::Boundary => |of| matches!(of, Observable::Limit),
            Shape::Runner => |of| matches!(of, Observable::Winners),
            Shape::Poll if table.get("track").is_some() => {
                |of| !matches!(of, Observable::Limit | Observable::Winners)
            }
            _ => |of| of.special().is_none() || matches!(of, Observable::Outcome),
        };
        for node in Table::new(entries, table.span.clone()).entries {
            let at = match node.node.get_ref().as_table() {
                Some(table) => table.get("at").map(|at| (at.get_ref().as_str(), at.span())),
                None => Some((node.node.get_ref().as_str(), node.node.span())),
            };
            let (word, span) = match at {
                Some((Some(text), span)) => (Observable::word(text), span),
                Some((None, _)) => continue,
                // a condition
                None => (None, node.node.span()),
            };
            let of = word.unwrap_or(Observable::Place(Source::Status));
            if fits(&of) {
                continue;
            }
            let expected = match shape {
                Shape::Boundary => "expected \"limit\"",
                Shape::Runner => "expected \"winners\": which of them won is forgotten",
                _ => match of {
                    Observable::States => "belongs to a poll with `track`",
                    Observable::Limit => "belongs to a boundary",
                    _ => "belongs to a request in a race",
                },
            };
            let called = shape.called();
            self.wrong(span, format!("{called} can't be observed so"), expected);
        }
    }
}
