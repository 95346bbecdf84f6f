//! A walk through a paged list → what a client relies on: sizes, order, gaps, duplicates, the end.

use super::answer::{Reader, plain};
use super::execution::answer_parts;
use super::place::{Observed, Part, Place};
use super::symbols::At;
use crate::recording::{Exchange, StepEnd};
use crate::scenario::{PagesStep, Source};
use serde_json::Value;
use std::collections::BTreeMap;

pub fn observe(
    walk: &PagesStep,
    pages: &[(usize, &Exchange)],
    reader: &Reader<'_>,
    end: &StepEnd,
    into: &mut Observed,
) {
    let Some((_, first)) = pages.first() else {
        return;
    };
    let mut put = |path: &str, text: &str, class: &str| {
        let place = Place {
            step: first.step.clone(),
            rows: first.rows.clone(),
            part: Part::Pages,
            path: path.to_owned(),
        };
        into.values.insert(place, plain(text, class).value);
    };
    let (mut largest, mut order) = (0, Vec::new());
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    let mut last_items = 0;
    let mut statuses = Vec::new();
    for (_, page) in pages {
        let Ok(answer) = &page.answer else {
            statuses.push("no answer".to_owned());
            continue;
        };
        statuses.push(answer.status.to_string());
        let lists = Source::Json(walk.items.clone()).read(&answer_parts(answer));
        let items: Vec<Value> = match lists.into_iter().next() {
            Some(Value::Array(items)) => items,
            _ => vec![],
        };
        last_items = items.len();
        largest = largest.max(items.len());
        for item in &items {
            let text = |member: &str| item.get(member).and_then(Value::as_str);
            if let Some(id) = text("id").or_else(|| text("name")) {
                *times.entry(id.to_owned()).or_default() += 1;
            }
            if let Some(name) = text("name").or_else(|| text("id"))
                && reader.symbols.is_ours(name)
            {
                order.push(
                    reader
                        .symbols
                        .string(
                            name,
                            At {
                                member: "name",
                                parent: "",
                            },
                        )
                        .value
                        .text,
                );
            }
        }
    }
    statuses.dedup();
    put("statuses", &statuses.join(" "), "statuses");
    put("largest page", &largest.to_string(), "number integer");
    put("own items in order", &order.join(", "), "order");
    put(
        "items seen twice",
        if times.values().any(|n| *n > 1) {
            "some"
        } else {
            "none"
        },
        "duplicates",
    );
    let ended = match end {
        StepEnd::Done if last_items == 0 => "an empty page",
        StepEnd::Done => "no next page",
        _ => "not ended",
    };
    put("end", ended, "end");
}
