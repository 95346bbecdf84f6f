//! How answers are read: `reach`, `until`, `observe`, `derive` and the exceptions.

use super::draft::{Named, StepDraft, Surroundings, Use};
use crate::scenario::keys::{DERIVE, EXCEPTION, names};
use crate::scenario::model::{
    Clause, Condition, Derive, DeriveFunction, Exception, ExceptionKind, Reading, Source,
    StatusPattern, Want,
};
use crate::scenario::reader::{Entry, Node, Reader, Table, integer};
use std::collections::BTreeMap;

const EXCEPTIONS: [(&str, ExceptionKind); 5] = [
    ("ignore", ExceptionKind::Ignore),
    ("opaque", ExceptionKind::Opaque),
    ("unordered", ExceptionKind::Unordered),
    ("decode-json", ExceptionKind::DecodeJson),
    ("decode-base64", ExceptionKind::DecodeBase64),
];

impl Reader {
    pub(super) fn reading(
        &mut self,
        table: &Table<'_>,
        around: &Surroundings,
        step: &mut StepDraft,
    ) -> Reading {
        let mut reading = Reading {
            exceptions: around.exceptions.clone(),
            ..Reading::default()
        };
        match table.get("reach") {
            Some(entry) => {
                reading.reach = self.condition(entry, &mut step.uses).unwrap_or_default();
            }
            // What a fixture makes must be there; of other steps any answer is a behaviour.
            None if around.fixture => reading.reach = success(),
            None => {}
        }
        reading.observe = self.observations(table, step);
        if let Some(entry) = table.get("derive") {
            reading.derive = self.derives(entry, step);
        }
        reading.exceptions.extend(self.exceptions(table));
        reading
    }

    pub(super) fn condition(
        &mut self,
        entry: &Entry<'_>,
        uses: &mut Vec<Use>,
    ) -> Option<Condition> {
        let table = self.table(entry.node, "a table of places and what must be there")?;
        if table.entries.is_empty() {
            self.wrong(table.span.clone(), "a condition that says nothing", "empty");
        }
        let mut clauses = Vec::new();
        for entry in &table.entries {
            let place = self.place(entry.name, &entry.key);
            let status = place == Some(Source::Status);
            let wants: Vec<Want> = match entry.node.get_ref().as_array() {
                Some(items) => {
                    if items.is_empty() {
                        self.wrong(entry.node.span(), "a condition that nothing meets", "empty");
                    }
                    items
                        .iter()
                        .filter_map(|item| self.want(item, status, uses))
                        .collect()
                }
                None => self.want(entry.node, status, uses).into_iter().collect(),
            };
            if let Some(at) = place {
                clauses.push(Clause { at, wants });
            }
        }
        Some(Condition { clauses })
    }

    fn want(&mut self, node: &Node<'_>, status: bool, uses: &mut Vec<Use>) -> Option<Want> {
        if node.get_ref().is_table() {
            let table = self.table(node, "a condition")?;
            self.known(&table, "a condition", &["present"]);
            let entry = self.required(&table, "a condition", "present", "true or false")?;
            return self.boolean(entry.node).map(Want::Present);
        }
        if node.get_ref().is_array() {
            self.wrong(
                node.span(),
                "a list in a list",
                "expected a value; a list means any of its values",
            );
            return None;
        }
        if status {
            return self.status(node).map(Want::Status);
        }
        self.json_template(node, uses).map(Want::Value)
    }

    fn status(&mut self, node: &Node<'_>) -> Option<StatusPattern> {
        let value = node.get_ref();
        let pattern = match value.as_str() {
            Some(text) => text
                .strip_suffix("xx")
                .and_then(|class| class.parse().ok())
                .filter(|class| (1..=5).contains(class))
                .map(StatusPattern::Class),
            None => integer(value)
                .and_then(|n| u16::try_from(n).ok())
                .filter(|n| (100..600).contains(n))
                .map(StatusPattern::Exact),
        };
        if pattern.is_none() {
            let mut diagnostic = self
                .mistake(node.span(), "not a status")
                .label("expected a number (404) or a class (\"4xx\")");
            if let Some(text) = value.as_str()
                && text.parse::<u16>().is_ok()
            {
                diagnostic = diagnostic.help(format!("write {text} without quotes"));
            }
            self.push(diagnostic);
        }
        pattern
    }

    fn derives(&mut self, entry: &Entry<'_>, step: &mut StepDraft) -> BTreeMap<String, Derive> {
        let mut derives = BTreeMap::new();
        let Some(table) = self.table(entry.node, "a table of derived observations") else {
            return derives;
        };
        for entry in &table.entries {
            self.identifier(entry.name, &entry.key, "the name of an observation");
            if let Some(derive) = self.derive(entry.node) {
                step.named.push(Named::new(entry, None, &derive.map));
                derives.insert(entry.name.to_owned(), derive);
            }
        }
        derives
    }

    fn derive(&mut self, node: &Node<'_>) -> Option<Derive> {
        let what = "a derived observation";
        let table = self.table(
            node,
            "a function and its places: { count = \"$.servers[*]\" }",
        )?;
        let keys: Vec<&str> = names(DERIVE).collect();
        self.known(&table, what, &keys);
        let tolerance = match table.get("tolerance") {
            Some(entry) => self.number(entry.node)?,
            None => 0.0,
        };
        let map = match table.get("map") {
            Some(entry) => self.word_map(entry)?,
            None => BTreeMap::new(),
        };
        let function = |key: &&str| !["tolerance", "map"].contains(key);
        let functions: Vec<&str> = keys.iter().copied().filter(function).collect();
        let Some(entry) = self.at_most_one(&table, what, &functions) else {
            self.wrong(
                table.span.clone(),
                "a derived observation without a function",
                format!("expected one of: {}", functions.join(", ")),
            );
            return None;
        };
        let (function, places) = match entry.name {
            "seconds" => (DeriveFunction::Seconds, 2),
            "count" => (DeriveFunction::Count, 1),
            "count-own" => (DeriveFunction::CountOwn, 1),
            "sum" => (DeriveFunction::Sum, 1),
            "length" => (DeriveFunction::Length, 1),
            "order" => (DeriveFunction::Order, 1),
            _ => (DeriveFunction::Equal, 2),
        };
        let nodes: Vec<&Node<'_>> = match entry.node.get_ref().as_array() {
            Some(items) => items.iter().collect(),
            None => vec![entry.node],
        };
        if nodes.len() != places {
            self.wrong(
                entry.node.span(),
                format!(
                    "`{}` takes {places} place(s), not {}",
                    entry.name,
                    nodes.len()
                ),
                format!("expected {places}"),
            );
            return None;
        }
        let read: Vec<Option<Source>> = nodes.iter().map(|node| self.place_node(node)).collect();
        Some(Derive {
            function,
            arguments: read.into_iter().collect::<Option<_>>()?,
            tolerance,
            map,
        })
    }

    /// `ignore = [{ at = "$.server.hostId", because = "…" }]` and its kin.
    pub(super) fn exceptions(&mut self, table: &Table<'_>) -> Vec<Exception> {
        let mut exceptions = Vec::new();
        for (key, how) in EXCEPTIONS {
            let Some(entry) = table.get(key) else {
                continue;
            };
            let list = "a list: [{ at = …, because = … }]";
            for node in self.array(entry.node, list).unwrap_or_default() {
                if let Some((at, because)) = self.exception(node) {
                    exceptions.push(Exception { at, how, because });
                }
            }
        }
        exceptions
    }

    fn exception(&mut self, node: &Node<'_>) -> Option<(Source, String)> {
        let what = "an exception";
        let table = self.table(node, "an exception: { at = …, because = … }")?;
        let keys: Vec<&str> = names(EXCEPTION).collect();
        self.known(&table, what, &keys);
        let at = self
            .required(&table, what, "at", "the place")
            .and_then(|entry| self.excepted_place(entry.node));
        let because = self
            .required(&table, what, "because", "the reason, in words")
            .and_then(|entry| self.words(entry.node, "a reason"));
        Some((at?, because?.value))
    }
}

fn success() -> Condition {
    Condition {
        clauses: vec![Clause {
            at: Source::Status,
            wants: vec![Want::Status(StatusPattern::Class(2))],
        }],
    }
}
