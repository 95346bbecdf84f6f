//! A walk through a paged list → what a client relies on: sizes, order, gaps, duplicates, the end.

use super::answer::{Reader, plain};
use super::execution::answer_parts;
use super::place::{Observed, Part, Place};
use super::symbols::At;
use crate::dialect::{names_an_account, names_an_id};
use crate::recording::{Exchange, StepEnd};
use crate::scenario::{NextPage, PagesStep, Source};
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
    let mut put_in = |part: Part, path: &str, text: &str, class: &str| {
        let place = Place {
            step: first.step.clone(),
            rows: first.rows.clone(),
            part,
            path: path.to_owned(),
        };
        into.values.insert(place, plain(text, class).value);
    };
    let (mut largest, mut order) = (0, Vec::new());
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    let mut last_items = 0;
    let mut can_go_on = true;
    let mut statuses = Vec::new();
    for (_, page) in pages {
        let Ok(answer) = &page.answer else {
            statuses.push("no answer".to_owned());
            continue;
        };
        statuses.push(answer.status.to_string());
        let lists = Source::Json(walk.items.clone()).read(&answer_parts(answer));
        // of EC2, machines are listed by reservation: several lists are one
        let items: Vec<Value> = lists
            .into_iter()
            .flat_map(|list| match list {
                Value::Array(items) => items,
                _ => vec![],
            })
            .collect();
        last_items = items.len();
        if let NextPage::Marker { at, .. } = &walk.next
            && !items.is_empty()
        {
            can_go_on &= !at.read(&answer_parts(answer)).is_empty();
        }
        largest = largest.max(items.len());
        for item in &items {
            let text = |member: &str| item.get(member).and_then(Value::as_str);
            let id = text("id").or_else(|| text("name")).map(str::to_owned);
            let of_s3 = || Some(format!("{} {:?}", text("Key")?, text("VersionId")));
            let id = id
                .or_else(of_s3)
                .or_else(|| own_id(item).map(str::to_owned));
            if let Some(id) = id {
                *times.entry(id).or_default() += 1;
            }
            let named = ["name", "id", "keyName", "groupName"]
                .into_iter()
                .find_map(text);
            if let Some(name) = named.or_else(|| name_tag(item))
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
    // an item without what the next page is asked for by
    if let Some(member) = walk.next.of_item()
        && can_go_on
    {
        put_in(Part::Body, &member, "string", "string");
    }
    let mut put = |path: &str, text: &str, class: &str| put_in(Part::Pages, path, text, class);
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

/// The first id that an item of EC2 has: its own.
fn own_id(item: &Value) -> Option<&str> {
    let members = item.as_object()?.iter();
    let mut ids = members.filter(|(name, _)| names_an_id(name) && !names_an_account(name));
    ids.find_map(|(_, value)| value.as_str())
}

fn name_tag(item: &Value) -> Option<&str> {
    let tags = item.pointer("/tagSet/item")?.as_array()?;
    let is_name = |tag: &&Value| tag.get("key").and_then(Value::as_str) == Some("Name");
    tags.iter().find(is_name)?.get("value")?.as_str()
}
