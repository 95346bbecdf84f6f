//! A report whose every text is safe to print: one choke point, so that no renderer can forget one.

use super::screen::{clean, clean_lines};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Members whose text may run over several lines.
const SEVERAL_LINES: [&str; 6] = [
    "value",
    "curl",
    "request",
    "answer",
    "explanation",
    "witness",
];

/// A copy of it with every string, and every key of a map, cleaned.
pub fn cleaned<T: Serialize + DeserializeOwned>(whole: &T) -> serde_json::Result<T> {
    let tree = serde_json::to_value(whole)?;
    serde_json::from_value(scrub(tree, "", ""))
}

/// `name` is the member that holds the tree, `parent` the one that holds that.
fn scrub(tree: Value, parent: &str, name: &str) -> Value {
    match tree {
        Value::String(text) => {
            let of_difference = parent == "difference" && matches!(name, "a" | "b");
            if of_difference || SEVERAL_LINES.contains(&name) {
                Value::String(clean_lines(&text))
            } else {
                Value::String(clean(&text))
            }
        }
        Value::Array(items) => items
            .into_iter()
            .map(|item| scrub(item, parent, name))
            .collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(member, value)| {
                let value = scrub(value, name, &member);
                (clean(&member), value)
            })
            .collect(),
        other => other,
    }
}
