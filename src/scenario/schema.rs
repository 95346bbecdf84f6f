//! The JSON Schema of scenario files, for editors. Made of the keys that the parser knows.

use super::keys::{
    ABOUT, ACT, ACTS, BOUNDARY, BOUNDARY_TABLE, CONSISTENCY, CONSISTENCY_TABLE, DERIVE, DURING,
    EXCEPTION, FIXTURE_USE, FORM_PART, GROUP, GROUP_TOO, Key, MEANWHILE, NEXT, NOT_BOUNDARY,
    NOT_READ, OBSERVATION, ON, OUTPUTS, PAGES, POLL, RACE, READ, REALISATION, REQUEST, REQUIRES,
    RUNNER, SEND, SIGN, UNDO, definition,
};
use serde_json::{Map, Value, json};

/// JSON Schema (2020-12) of a scenario or fixture file.
#[must_use]
pub fn schema() -> Value {
    let mut top = table(&[ABOUT, ACTS, ON, OUTPUTS], &["title", "service"]);
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
        members.insert(
            "anyOf".to_owned(),
            json!([{"required": ["step"]}, {"required": ["on"]}]),
        );
        members.insert("$defs".to_owned(), definitions());
    }
    top
}

fn definitions() -> Value {
    let act = |keep: &dyn Fn(&str) -> bool, more: &[&'static [Key]]| -> Vec<&Key> {
        let common = ACT.iter().filter(|key| keep(key.name));
        common.chain(more.iter().copied().flatten()).collect()
    };
    let frame = |name: &str| GROUP_TOO.contains(&name);
    let inside = |name: &str| name != "each";
    let group = act(&frame, &[GROUP]);
    let race = act(&frame, &[RACE]);
    let probe = act(&|_| true, &[REQUEST, CONSISTENCY]);
    let boundary = act(&|name| !NOT_BOUNDARY.contains(&name), &[REQUEST, BOUNDARY]);
    let runner = act(&inside, &[REQUEST, RUNNER]);
    let meanwhile = act(&inside, &[REQUEST, MEANWHILE]);
    // of a request only the line: it makes nothing
    let line = REQUEST.iter().filter(|key| key.name == "request");
    let mut read = act(&|name| !NOT_READ.contains(&name), &[READ]);
    read.extend(line);
    json!({
        "step": {"oneOf": [
            definition("request"), definition("poll"), definition("pages"), definition("group"),
            definition("boundary-step"), definition("race"), definition("consistency"),
        ]},
        "request": table(&[ACT, REQUEST, DURING], &["id", "request"]),
        "poll": table(&[ACT, POLL, DURING], &["id", "poll", "until"]),
        "pages": table(&[ACT, PAGES, DURING], &["id", "pages", "items", "next"]),
        "group": of_keys(&group, &["id", "step"]),
        "boundary-step": of_keys(&boundary, &["id", "request", "boundary"]),
        "boundary": table(&[BOUNDARY_TABLE], &["vary", "from", "to", "accept"]),
        "race": of_keys(&race, &["id", "race"]),
        "runner": of_keys(&runner, &["id", "request"]),
        "meanwhile": of_keys(&meanwhile, &["id", "request"]),
        "consistency": of_keys(&probe, &["id", "consistency", "read"]),
        "consistency-table": table(&[CONSISTENCY_TABLE], &["quiet"]),
        "read": of_keys(&read, &["id", "request", "fresh"]),
        "realisation": table(&[REALISATION, ACTS], &["service", "step"]),
        "observation": table(&[OBSERVATION], &[]),
        "fixture": table(&[FIXTURE_USE], &["fixture"]),
        "requires": table(&[REQUIRES], &[]),
        "undo": table(&[UNDO], &["kind"]),
        "form-part": table(&[FORM_PART], &["content"]),
        "sign": table(&[SIGN], &[]),
        "send": table(&[SEND], &["abort_after"]),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Suite;

    /// Follows `$ref`s and `oneOf`s and says which keys of a file the schema doesn't have.
    fn unknown(value: &Value, shape: &Value, root: &Value, path: &str) -> Vec<String> {
        let shape = match shape.get("$ref").and_then(Value::as_str) {
            Some(reference) => root.pointer(&reference[1..]).unwrap(),
            None => shape,
        };
        if let Some(choices) = shape.get("oneOf").and_then(Value::as_array) {
            return choices
                .iter()
                .filter(|choice| accepts_type(value, choice, root))
                .map(|choice| unknown(value, choice, root, path))
                .min_by_key(Vec::len)
                .unwrap_or_else(|| vec![format!("{path}: no choice fits")]);
        }
        let mut found = Vec::new();
        match value {
            Value::Object(members) => {
                for (key, member) in members {
                    let path = format!("{path}.{key}");
                    match shape.get("properties").and_then(|p| p.get(key)) {
                        Some(inner) => found.extend(unknown(member, inner, root, &path)),
                        None => match shape.get("additionalProperties") {
                            Some(Value::Bool(false)) => found.push(path),
                            Some(inner) => found.extend(unknown(member, inner, root, &path)),
                            None => {}
                        },
                    }
                }
                for key in shape["required"].as_array().into_iter().flatten() {
                    if !members.contains_key(key.as_str().unwrap()) {
                        found.push(format!("{path} lacks {key}"));
                    }
                }
            }
            Value::Array(items) => {
                for (i, item) in items.iter().enumerate() {
                    if let Some(inner) = shape.get("items") {
                        found.extend(unknown(item, inner, root, &format!("{path}[{i}]")));
                    }
                }
            }
            _ => {}
        }
        found
    }

    fn accepts_type(value: &Value, shape: &Value, root: &Value) -> bool {
        let shape = match shape.get("$ref").and_then(Value::as_str) {
            Some(reference) => root.pointer(&reference[1..]).unwrap(),
            None => shape,
        };
        match shape.get("type").and_then(Value::as_str) {
            Some("string") => value.is_string(),
            Some("array") => value.is_array(),
            Some("object") => value.is_object(),
            _ => true,
        }
    }

    #[test]
    fn every_built_in_file_fits_the_schema() {
        let schema = schema();
        let suite = Suite::builtin().unwrap();
        for scenario in suite.scenarios().chain(suite.fixtures()) {
            let value: Value = toml::from_str(&scenario.source).unwrap();
            let wrong = unknown(&value, &schema, &schema, "");
            assert_eq!(wrong, Vec::<String>::new(), "{}", scenario.id);
        }
    }

    #[test]
    fn the_schema_refuses_what_the_parser_refuses() {
        let schema = schema();
        for text in [
            "title = 'a'\nservice = 'b'\ncolour = 'c'\nstep = []",
            "title = 'a'\nservice = 'b'\n[[step]]\nid = 'a'\nrequest = 'GET /'\nuntil = {}",
            "title = 'a'\nservice = 'b'\n[[step]]\nid = 'a'\npoll = 'GET /'",
        ] {
            let value: Value = toml::from_str(text).unwrap();
            assert!(!unknown(&value, &schema, &schema, "").is_empty(), "{text}");
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let schema = schema();
        let text = schema.to_string();
        for part in text.split("\"#").skip(1) {
            let pointer = part.split('"').next().unwrap();
            assert!(schema.pointer(pointer).is_some(), "{pointer}");
        }
    }
}
