//! The JSON Schema of profiles, for editors. The parser is stricter: it also checks addresses and roles.

use crate::profile::keys::{AWS_SERVICES, MOST_KEYS, ROLES, SERVICES};
use serde_json::{Map, Value, json};

/// JSON Schema (2020-12) of a profile in TOML.
pub fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "interop profile",
        "description": "A cloud as its owner describes it.",
        "type": "object",
        "additionalProperties": false,
        "required": ["family"],
        "properties": {
            "name": {
                "description": "What reports call the cloud. Default: the file's stem.",
                "type": "string",
                "pattern": "^[\\w-][\\w.-]{0,39}$"
            },
            "family": { "description": "The API that the cloud speaks.", "enum": ["openstack", "s3", "ec2", "aws"] },
            "auth_url": {
                "description": "Address of Identity v3. Default: that of the main user's cloud.",
                "type": "string",
                "pattern": "^https?://"
            },
            "endpoint": {
                "description": "Address of an S3 or EC2 service.",
                "type": "string",
                "pattern": "^https?://"
            },
            "addressing": {
                "description": "How buckets of an S3 service are addressed.",
                "enum": ["path", "virtual-host"],
                "default": "path"
            },
            "embedded": {
                "description": "The S3 service runs inside this process, for as long as the run.",
                "type": "boolean",
                "default": false
            },
            "region": {
                "description": "As the catalog names it; of S3 and EC2, what requests are signed for.",
                "type": "string"
            },
            "interface": {
                "description": "Which endpoints of the catalog are used.",
                "enum": ["public", "internal", "admin"],
                "default": "public"
            },
            "ca_file": {
                "description": "PEM file with further roots, relative to the profile.",
                "type": "string"
            },
            "untested": {
                "description": "The profile was written from publications and never ran: reports say so.",
                "type": "boolean",
                "default": false
            },
            "notes": {
                "description": "Peculiarities of the cloud, for people.",
                "type": "array",
                "items": { "type": "string" }
            },
            "users": {
                "type": "object",
                "additionalProperties": false,
                "required": ["main"],
                "properties": same(&ROLES, &json!({ "$ref": "#/$defs/user" }))
            },
            "endpoints": {
                "description": "Addresses that replace those of the catalog, by service; of the family aws, those of its services.",
                "type": "object",
                "additionalProperties": false,
                "properties": same(&[&SERVICES[..], &AWS_SERVICES].concat(), &json!({ "type": "string", "pattern": "^https?://" }))
            },
            "limits": { "$ref": "#/$defs/limits" },
            "bindings": {
                "description": "Id or name of what scenarios use: \"flavor.small\" = \"m1.tiny\"; or, of an image, { upload = true }: an own one for each run. Default: discovery chooses.",
                "type": "object",
                "additionalProperties": { "type": ["string", "object"] }
            }
        },
        "$defs": {
            "user": user(),
            "text": {
                "anyOf": [
                    { "type": "string" },
                    {
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["env"],
                        "properties": { "env": { "type": "string" } }
                    }
                ]
            },
            "named": {
                "anyOf": [
                    { "$ref": "#/$defs/text" },
                    {
                        "type": "object",
                        "additionalProperties": false,
                        "minProperties": 1,
                        "maxProperties": 1,
                        "properties": {
                            "id": { "$ref": "#/$defs/text" },
                            "name": { "$ref": "#/$defs/text" }
                        }
                    }
                ]
            },
            "secret": {
                "anyOf": [
                    {
                        "description": "The secret itself: only where auth_url or endpoint is a loopback address.",
                        "type": "string"
                    },
                    {
                        "type": "object",
                        "additionalProperties": false,
                        "minProperties": 1,
                        "maxProperties": 1,
                        "properties": {
                            "env": { "description": "An environment variable.", "type": "string" },
                            "file": { "description": "The first line of a file.", "type": "string" },
                            "command": {
                                "description": "The first line that a command prints; no shell is run.",
                                "type": "array",
                                "minItems": 1,
                                "items": { "type": "string" }
                            }
                        }
                    }
                ]
            },
            "limits": limits()
        }
    })
}

fn user() -> Value {
    json!({
        "description": "Who acts. A password with a project, an application credential, or a cloud of clouds.yaml; of S3 and EC2, a pair of keys.",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "username": { "$ref": "#/$defs/text" },
            "password": { "$ref": "#/$defs/secret" },
            "user_domain": { "$ref": "#/$defs/named", "default": { "id": "default" } },
            "project": { "$ref": "#/$defs/named" },
            "project_domain": { "$ref": "#/$defs/named", "default": { "id": "default" } },
            "application_credential_id": { "$ref": "#/$defs/text" },
            "application_credential_name": { "$ref": "#/$defs/text" },
            "application_credential_secret": { "$ref": "#/$defs/secret" },
            "access_key": { "$ref": "#/$defs/secret" },
            "secret_key": { "$ref": "#/$defs/secret" },
            "session_token": { "$ref": "#/$defs/secret" },
            "cloud": { "description": "clouds.yaml:NAME", "type": "string" },
            "expendable": {
                "description": "Scenarios may lock this account with wrong passwords.",
                "type": "boolean",
                "default": false
            }
        }
    })
}

fn limits() -> Value {
    let count = json!({ "type": "integer", "minimum": 1, "maximum": 1000 });
    json!({
        "description": "Ceilings of a run on this cloud.",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "in_flight": count,
            "scenarios": count,
            "answer_within": {
                "description": "Seconds until a login, a question about the cloud or a removal counts as not answered.",
                "type": "integer",
                "minimum": 1,
                "maximum": 1000,
                "default": 60
            },
            "per_second": { "type": "number", "exclusiveMinimum": 0, "maximum": 10000 },
            "most": {
                "description": "How many of a kind may exist at once.",
                "type": "object",
                "additionalProperties": false,
                "properties": same(&MOST_KEYS, &json!({ "type": "integer", "minimum": 0 }))
            }
        }
    })
}

fn same(names: &[&str], schema: &Value) -> Map<String, Value> {
    names
        .iter()
        .map(|name| ((*name).to_owned(), schema.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::keys::{KEYS, LIMIT_KEYS, USER_KEYS};
    use std::collections::BTreeSet;

    #[test]
    fn the_schema_names_exactly_the_keys_that_the_parser_reads() {
        let schema = schema();
        for (place, keys) in [
            ("/properties", &KEYS[..]),
            ("/$defs/user/properties", &USER_KEYS[..]),
            ("/$defs/limits/properties", &LIMIT_KEYS[..]),
        ] {
            let named: BTreeSet<&str> = schema
                .pointer(place)
                .and_then(Value::as_object)
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            assert_eq!(named, keys.iter().copied().collect(), "{place}");
        }
    }

    #[test]
    fn every_reference_in_the_schema_leads_somewhere() {
        let schema = schema();
        let text = schema.to_string();
        for part in text.split("\"$ref\":\"#").skip(1) {
            let pointer = part.split('"').next().unwrap();
            assert!(schema.pointer(pointer).is_some(), "{pointer}");
        }
    }
}
