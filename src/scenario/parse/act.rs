//! The steps that act: `request`, `poll`, `pages`.

use super::draft::{StepDraft, Surroundings};
use crate::scenario::keys::{NEXT, UNDO, names};
use crate::scenario::model::{
    NextPage, PagesStep, PollStep, Request, RequestStep, Source, StepKind, Template, Undo,
};
use crate::scenario::reader::{Entry, Node, Reader, Table};
use std::collections::BTreeMap;

/// Seconds; no step takes longer than a day.
const SECONDS: std::ops::Range<u64> = 1..86_401;

impl Reader {
    pub(super) fn act(
        &mut self,
        table: &Table<'_>,
        line: &Entry<'_>,
        around: &Surroundings,
        step: &mut StepDraft,
    ) {
        step.request = line.node.span();
        let version = self.version_and_rows(table, around, step);
        let request = self.request(table, line, around, step);
        let mut reading = self.reading(table, around, step);
        let captures = self.captures(table, step);
        let deadline = |default: u64, reader: &mut Self| reader.deadline(table, default);
        let request = request.map(|request| request.with_version(version));
        if line.name != "request"
            && let Some(request) = &request
            && !request.only_reads()
        {
            self.wrong(
                line.node.span(),
                format!("a {} is sent again and again", line.name),
                reads(request),
            );
        }
        step.kind = match line.name {
            "request" => {
                let undo = self.undo(table, step);
                let harmless = self.harmless(table, step);
                let deadline = deadline(60, self);
                request.map(|request| {
                    StepKind::Request(RequestStep {
                        request,
                        reading,
                        undo,
                        harmless,
                        captures,
                        deadline,
                    })
                })
            }
            "poll" => {
                let until = self
                    .required(table, "a poll step", "until", "what ends the poll")
                    .and_then(|entry| self.condition(entry, &mut step.uses));
                let track = table
                    .get("track")
                    .and_then(|entry| self.place_node(entry.node));
                reading.track.clone_from(&track);
                let every = self.every(table);
                let deadline = deadline(300, self);
                request.zip(until).map(|(request, until)| {
                    StepKind::Poll(PollStep {
                        request,
                        until,
                        track,
                        every,
                        reading,
                        captures,
                        deadline,
                    })
                })
            }
            _ => {
                let items = self
                    .required(table, "a pages step", "items", "the place of the items")
                    .and_then(|entry| self.json_place(entry.node));
                let next = self
                    .required(table, "a pages step", "next", "how the next page is found")
                    .and_then(|entry| self.next_page(entry.node));
                let most = match table.get("most") {
                    Some(entry) => self.whole(entry.node, 1..1001).unwrap_or(20),
                    None => 20,
                };
                let deadline = deadline(120, self);
                request
                    .zip(items.zip(next))
                    .map(|(request, (items, next))| {
                        StepKind::Pages(PagesStep {
                            request,
                            items,
                            next,
                            most: u32::try_from(most).unwrap_or(u32::MAX),
                            reading,
                            captures,
                            deadline,
                        })
                    })
            }
        };
    }

    pub(super) fn deadline(&mut self, table: &Table<'_>, default: u64) -> u64 {
        table.get("deadline").map_or(default, |entry| {
            self.whole(entry.node, SECONDS).unwrap_or(default)
        })
    }

    pub(super) fn harmless(&mut self, table: &Table<'_>, step: &mut StepDraft) -> Option<String> {
        let entry = table.get("harmless")?;
        step.harmless = Some(entry.key.clone());
        self.words(entry.node, "a reason")
            .map(|reason| reason.value)
    }

    fn every(&mut self, table: &Table<'_>) -> f64 {
        let Some(entry) = table.get("every") else {
            return 1.0;
        };
        match self.number(entry.node) {
            Some(every) if every >= 0.05 => every,
            Some(_) => {
                self.wrong(
                    entry.node.span(),
                    "too short a pause between two attempts",
                    "expected at least 0.05 seconds",
                );
                1.0
            }
            None => 1.0,
        }
    }

    pub(super) fn captures(
        &mut self,
        table: &Table<'_>,
        step: &mut StepDraft,
    ) -> BTreeMap<String, Source> {
        let mut captures = BTreeMap::new();
        if let Some(entry) = table.get("capture") {
            for (name, place) in self.places(entry, "the name of a capture") {
                match place {
                    Some(place) => {
                        captures.insert(name.value.clone(), place);
                    }
                    None => {
                        step.broken_captures.insert(name.value.clone());
                    }
                }
                step.captures.push(name);
            }
        }
        captures
    }

    pub(super) fn undo(&mut self, table: &Table<'_>, step: &mut StepDraft) -> Option<Undo> {
        let entry = table.get("undo")?;
        step.undo = Some(entry.key.clone());
        if entry.node.get_ref().is_str() {
            let kind = self.undo_kind(entry.node, step)?;
            return Some(Undo {
                kind,
                name: own_name(),
                id: None,
            });
        }
        let what = "an undo";
        let table = self.table(entry.node, "a resource kind, or { kind = …, name = … }")?;
        let keys: Vec<&str> = names(UNDO).collect();
        self.known(&table, what, &keys);
        let kind = self
            .required(&table, what, "kind", "a resource kind: compute.server")
            .and_then(|entry| self.undo_kind(entry.node, step));
        let name = match table.get("name") {
            Some(entry) => self.template_node(entry.node, "a name", &mut step.uses)?,
            None => own_name(),
        };
        let id = match table.get("id") {
            Some(entry) => Some(self.place_node(entry.node)?.to_string()),
            None => None,
        };
        Some(Undo {
            kind: kind?,
            name,
            id,
        })
    }

    fn undo_kind(&mut self, node: &Node<'_>, step: &mut StepDraft) -> Option<String> {
        let kind = self.words(node, "a resource kind")?;
        if !self.dotted(&kind.value, &kind.span, "a resource kind", "compute.server") {
            return None;
        }
        let value = kind.value.clone();
        step.undo_kind = Some(kind);
        Some(value)
    }

    fn json_place(&mut self, node: &Node<'_>) -> Option<String> {
        let place = self.place_node(node)?;
        let Source::Json(path) = place else {
            self.wrong(
                node.span(),
                "items are in a JSON body",
                "expected a JSONPath: $.servers",
            );
            return None;
        };
        Some(path)
    }

    fn next_page(&mut self, node: &Node<'_>) -> Option<NextPage> {
        let what = "a way to the next page";
        let table = self.table(node, "{ link = … } or { marker = …, param = … }")?;
        let keys: Vec<&str> = names(NEXT).collect();
        self.known(&table, what, &keys);
        let Some(entry) = self.at_most_one(&table, what, &["link", "marker"]) else {
            self.wrong(
                table.span.clone(),
                "no way to the next page",
                "expected { link = … } or { marker = …, param = … }",
            );
            return None;
        };
        if entry.name == "link" {
            if let Some(param) = table.get("param") {
                self.wrong(
                    param.key.clone(),
                    "a link needs no parameter",
                    "belongs to `marker`",
                );
            }
            return self.place_node(entry.node).map(NextPage::Link);
        }
        let at = self.place_node(entry.node);
        let param = self
            .required(
                &table,
                what,
                "param",
                "the query parameter that takes the marker",
            )
            .and_then(|entry| self.words(entry.node, "a query parameter"));
        Some(NextPage::Marker {
            param: param?.value,
            at: at?,
        })
    }
}

/// What is expected where nothing may be changed.
pub(super) fn reads(request: &Request) -> &'static str {
    match request.action {
        Some(_) => "expected an action that only reads: Describe…, Get…, List…, Search…",
        None => "expected GET or HEAD",
    }
}

/// `{{ name }}`
fn own_name() -> Template {
    use crate::scenario::model::{Expression, TemplatePart};
    Template {
        parts: vec![TemplatePart::Hole(Expression::Variable(vec![
            "name".to_owned(),
        ]))],
    }
}
