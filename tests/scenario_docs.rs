//! The reference of the scenario language shows only what works, and leaves nothing out.

use interop::scenario::{Scenario, ScenarioId, schema};
use serde_json::Value;
use std::collections::BTreeSet;

const REFERENCE: &str = include_str!("../docs/scenario-language.md");

#[test]
fn every_example_is_a_scenario() {
    let examples: Vec<&str> = REFERENCE
        .split("```toml\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert_eq!(examples.len(), 6);
    for example in examples {
        let folder = if example.contains("[outputs]") {
            "fixtures"
        } else {
            "example"
        };
        let id = ScenarioId(format!("{folder}/example"));
        if let Err(problems) = Scenario::parse(id, "example.toml", example) {
            panic!("{problems}");
        }
    }
}

#[test]
fn every_key_is_described() {
    let mut keys = BTreeSet::new();
    collect(&schema(), &mut keys);
    let missing: Vec<&String> = keys
        .iter()
        .filter(|key| {
            !REFERENCE.contains(&format!("`{key}`")) && !REFERENCE.contains(&format!("{key} ="))
        })
        .collect();
    assert_eq!(missing, Vec::<&String>::new());
}

fn collect(shape: &Value, keys: &mut BTreeSet<String>) {
    if let Some(properties) = shape.get("properties").and_then(Value::as_object) {
        keys.extend(properties.keys().cloned());
    }
    for inner in shape.as_object().into_iter().flat_map(|m| m.values()) {
        collect(inner, keys);
    }
}
