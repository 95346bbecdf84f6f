//! The JSON Schema of scenario files, for editors. Made of the keys that the parser knows.

use super::keys::{
    ACT, DERIVE, EXCEPTION, FIXTURE_USE, GROUP, GROUP_TOO, Key, NEXT, PAGES, POLL, REQUEST,
    REQUIRES, SCENARIO, UNDO, definition,
};
use serde_json::{Map, Value, json};

/// JSON Schema (2020-12) of a scenario or fixture file.
#[must_use]
pub fn schema() -> Value {
    let mut top = table(&[SCENARIO], &["title", "service", "step"]);
    if let Some(members) = top.as_object_mut() {
        members.insert(
            "$schema".to_owned(),
            json!("https://json-schema.org/draft/2020-12/schema"),
        );
        members.insert("title".to_owned(), json!("interop scenario"));
        members.insert(
            "description".to_owned(),
            json!("One behaviour of a cloud, written once: docs/scenario-language.md"),
        );
        members.insert("$defs".to_owned(), definitions());
    }
    top
}

fn definitions() -> Value {
    let group: Vec<&Key> = ACT
        .iter()
        .filter(|key| GROUP_TOO.contains(&key.name))
        .chain(GROUP)
        .collect();
    json!({
        "step": {"oneOf": [
            definition("request"), definition("poll"), definition("pages"), definition("group"),
        ]},
        "request": table(&[ACT, REQUEST], &["id", "request"]),
        "poll": table(&[ACT, POLL], &["id", "poll", "until"]),
        "pages": table(&[ACT, PAGES], &["id", "pages", "items", "next"]),
        "group": of_keys(&group, &["id", "step"]),
        "fixture": table(&[FIXTURE_USE], &["fixture"]),
        "requires": table(&[REQUIRES], &[]),
        "undo": table(&[UNDO], &["kind"]),
        "next": table(&[NEXT], &[]),
        "exception": table(&[EXCEPTION], &["at", "because"]),
        "derive": table(&[DERIVE], &[]),
        "condition": {
            "type": "object",
            "minProperties": 1,
            "description": "Keys are places: status, text, header:etag, $.server.id. A list means any of its values.",
            "propertyNames": {"pattern": "^(status|text|header:.+|\\$.*)$"},
        },
    })
}

fn table(keys: &[&[Key]], required: &[&str]) -> Value {
    let keys: Vec<&Key> = keys.iter().flat_map(|list| list.iter()).collect();
    of_keys(&keys, required)
}

fn of_keys(keys: &[&Key], required: &[&str]) -> Value {
    let properties: Map<String, Value> = keys
        .iter()
        .map(|key| {
            let mut shape = (key.shape)();
            if let Some(members) = shape.as_object_mut() {
                members.insert("description".to_owned(), json!(key.about));
            }
            (key.name.to_owned(), shape)
        })
        .collect();
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}
