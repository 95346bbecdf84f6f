//! What decides which bytes are sent and when, apart from what only says how answers are read.
//!
//! Both parts are hashed as a JSON text that is put together here by hand: neither layout and
//! comments of the file nor the names of our types are in it. Recordings are compared by it, so what
//! is written here changes only together with the recording's format.

use super::model::{
    Body, Condition, DeriveFunction, Exception, ExceptionKind, FormPart, Hazard, LockMode,
    NextPage, Reading, Request, RequestStep, Scenario, ScenarioId, Step, StepKind, Template, Undo,
    Want,
};
use super::observation::{Observable, Observation};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::Display;

/// Hash of everything that is sent, with the request hashes of its fixtures where they are known.
pub(super) fn request(scenario: &Scenario, fixtures: &BTreeMap<ScenarioId, String>) -> String {
    let uses: Vec<Value> = scenario
        .fixtures
        .iter()
        .map(|fixture| {
            json!([
                fixture.fixture.0,
                fixture.alias,
                fixture.shared,
                fixtures.get(&fixture.fixture)
            ])
        })
        .collect();
    let locks: Vec<Value> = scenario
        .locks
        .iter()
        .map(|lock| {
            let mode = match lock.mode {
                LockMode::Shared => "shared",
                LockMode::Exclusive => "exclusive",
            };
            json!([lock.scope, mode])
        })
        .collect();
    let outputs: BTreeMap<&String, String> = scenario
        .outputs
        .iter()
        .map(|(name, template)| (name, template.to_string()))
        .collect();
    digest(&json!({
        "fixtures": uses,
        "locks": locks,
        "outputs": outputs,
        "steps": scenario.steps.iter().map(sent_step).collect::<Vec<_>>(),
    }))
}

/// Hash over the request hashes of all realisations, by family: recordings of two families are of one scenario.
pub(super) fn request_of_all(realisations: &BTreeMap<&String, String>) -> String {
    digest(&json!({ "on": realisations }))
}

/// Hash of everything else that a person wrote.
pub(super) fn reading(scenario: &Scenario) -> String {
    let requires = &scenario.requires;
    if !scenario.on.is_empty() {
        let of_each: BTreeMap<&String, String> = scenario
            .on
            .iter()
            .map(|(family, one)| (family, reading(one)))
            .collect();
        return digest(&json!({ "service": scenario.service, "on": of_each }));
    }
    digest(&json!({
        "title": scenario.title,
        "why": scenario.why,
        "guideline": scenario.guideline,
        "refs": scenario.refs,
        "tags": scenario.tags,
        "needs": scenario.needs,
        "requires": {
            "extensions": requires.extensions,
            "capabilities": requires.capabilities,
            "users": requires.users,
            "microversion": requires.microversion.map(|v| v.to_string()),
        },
        "hazard": match scenario.hazard {
            Hazard::None => "none",
            Hazard::Consumes => "consumes",
            Hazard::Exhausts => "exhausts",
            Hazard::Account => "account",
            Hazard::Probing => "probing",
        },
        "steps": scenario.steps.iter().map(read_step).collect::<Vec<_>>(),
    }))
}

fn digest(part: &Value) -> String {
    hex::encode(Sha256::digest(part.to_string().as_bytes()))
}

fn sent_step(step: &Step) -> Value {
    let rows: Vec<Value> = step
        .each
        .iter()
        .map(|row| json!([row.id, row.values]))
        .collect();
    let act = match &step.kind {
        StepKind::Request(act) => sent_act(act),
        StepKind::Poll(act) => json!({
            "poll": sent_request(&act.request),
            "until": condition(&act.until),
            "every": act.every,
            "capture": texts(&act.captures),
            "deadline": act.deadline,
        }),
        StepKind::Pages(act) => json!({
            "pages": sent_request(&act.request),
            "items": act.items,
            "next": match &act.next {
                NextPage::Link(at) => json!(["link", at.to_string()]),
                NextPage::Marker { param, at } => json!(["marker", param, at.to_string()]),
            },
            "most": act.most,
            "capture": texts(&act.captures),
            "deadline": act.deadline,
        }),
        StepKind::Group(steps) => json!({"steps": sent_steps(steps)}),
        StepKind::Boundary(act) => json!({
            "boundary": sent_request(&act.request),
            "vary": act.vary,
            "from": act.from,
            "to": act.to,
            "accept": condition(&act.accept),
            "undo": undo(act.undo.as_ref()),
            "deadline": act.deadline,
        }),
        StepKind::Race(runners) => json!({"race": sent_steps(runners)}),
        StepKind::Runner(runner) => json!({"times": runner.times, "act": sent_act(&runner.act)}),
        StepKind::During(during) => {
            let acts: Vec<Value> = during
                .acts
                .iter()
                .map(|act| json!([act.when.as_ref().map(condition), sent_step(&act.step)]))
                .collect();
            json!({"outer": sent_step(&during.outer), "during": acts})
        }
        StepKind::Consistency(probe) => json!({
            "write": probe.write.as_deref().map(sent_step),
            "reads": sent_steps(&probe.reads),
            "quiet": probe.quiet,
            "every": probe.every,
            "most": probe.most,
        }),
        // when reading ends depends on what is fresh
        StepKind::Read(act) => json!({
            "read": sent_request(&act.request),
            "fresh": condition(&act.fresh),
            "capture": texts(&act.captures),
            "deadline": act.deadline,
        }),
    };
    json!({"id": step.id, "rows": rows, "act": act})
}

fn sent_steps(steps: &[Step]) -> Vec<Value> {
    steps.iter().map(sent_step).collect()
}

fn sent_act(act: &RequestStep) -> Value {
    json!({
        "request": sent_request(&act.request),
        "undo": undo(act.undo.as_ref()),
        "capture": texts(&act.captures),
        "deadline": act.deadline,
    })
}

fn undo(undo: Option<&Undo>) -> Value {
    json!(undo.map(|undo| json!([undo.kind, undo.name.to_string(), undo.id])))
}

fn sent_request(request: &Request) -> Value {
    let mut sent = json!({
        "method": request.method,
        "target": request.target.to_string(),
        "base": request.base.word(),
        "service": request.service,
        "user": request.user,
        "headers": pairs(&request.headers),
        // Members in the order written: it is the order of the bytes.
        "body": match &request.body {
            Body::Empty => Value::Null,
            Body::Json(value) => json!(["json", value]),
            Body::Form(fields) => json!(["form", pairs(fields)]),
            Body::Text(text) => json!(["text", text.to_string()]),
            Body::Bytes(length) => json!(["bytes", length]),
            Body::Xml(text) => json!(["xml", text.to_string()]),
            Body::Multipart(parts) => json!(["multipart-form", parts.iter().map(form_part).collect::<Vec<_>>()]),
        },
        "version": request.version.to_string(),
    });
    // only where they are said: hashes of scenarios from before these keys stay what they are
    let mut say = |key: &str, value: Option<Value>| {
        if let (Some(value), Some(members)) = (value, sent.as_object_mut()) {
            members.insert(key.to_owned(), value);
        }
    };
    // its form is encoded in another way
    let action = request.action.as_ref();
    say("action", action.map(|action| json!(action.to_string())));
    say("sign", request.sign.clone());
    let checksums: Vec<String> = request.checksums.iter().map(ToString::to_string).collect();
    say(
        "checksum",
        (!checksums.is_empty()).then(|| json!(checksums)),
    );
    say("abort-after", request.abort_after.map(Value::from));
    sent
}

fn form_part(part: &FormPart) -> Value {
    let text = |template: &Option<Template>| template.as_ref().map(ToString::to_string);
    json!([
        part.name,
        part.content.to_string(),
        text(&part.filename),
        text(&part.content_type)
    ])
}

fn pairs(pairs: &[(String, Template)]) -> Vec<(&String, String)> {
    pairs
        .iter()
        .map(|(name, template)| (name, template.to_string()))
        .collect()
}

fn texts<T: Display>(map: &BTreeMap<String, T>) -> BTreeMap<&String, String> {
    map.iter()
        .map(|(name, value)| (name, value.to_string()))
        .collect()
}

fn condition(condition: &Condition) -> Value {
    let mut clauses: Vec<Value> = condition
        .clauses
        .iter()
        .map(|clause| {
            let wants: Vec<Value> = clause
                .wants
                .iter()
                .map(|want| match want {
                    Want::Status(pattern) => json!(["status", pattern.to_string()]),
                    Want::Value(value) => json!(["value", value]),
                    Want::Present(present) => json!(["present", present]),
                })
                .collect();
            json!([clause.at.to_string(), wants])
        })
        .collect();
    // All of them must hold: their order is layout.
    clauses.sort_by_key(Value::to_string);
    Value::Array(clauses)
}

fn read_step(step: &Step) -> Value {
    let inner = || step.inner().into_iter().map(read_step).collect::<Vec<_>>();
    match &step.kind {
        StepKind::Request(act) => json!([step.id, reading_of(&act.reading), act.harmless]),
        StepKind::Poll(act) => json!([step.id, reading_of(&act.reading)]),
        StepKind::Pages(act) => json!([step.id, reading_of(&act.reading)]),
        StepKind::Boundary(act) => json!([step.id, reading_of(&act.reading), act.harmless]),
        StepKind::Runner(runner) => {
            json!([
                step.id,
                reading_of(&runner.act.reading),
                runner.act.harmless
            ])
        }
        StepKind::Read(act) => json!([step.id, reading_of(&act.reading)]),
        StepKind::Group(_) | StepKind::Race(_) | StepKind::During(_) | StepKind::Consistency(_) => {
            json!([step.id, inner()])
        }
    }
}

fn reading_of(reading: &Reading) -> Value {
    let derive: BTreeMap<&String, Value> = reading
        .derive
        .iter()
        .map(|(name, derive)| {
            let arguments: Vec<String> = derive.arguments.iter().map(ToString::to_string).collect();
            let mut value = vec![
                json!(function(derive.function)),
                json!(arguments),
                json!(derive.tolerance),
            ];
            if !derive.map.is_empty() {
                value.push(json!(derive.map));
            }
            (name, Value::Array(value))
        })
        .collect();
    let observe: BTreeMap<&String, Value> = reading
        .observe
        .iter()
        .map(|(name, observation)| (name, observed(observation)))
        .collect();
    // Their order is layout.
    let mut exceptions: Vec<[String; 3]> = reading.exceptions.iter().map(exception).collect();
    exceptions.sort();
    json!({
        "reach": condition(&reading.reach),
        "observe": observe,
        "derive": derive,
        "exceptions": exceptions,
        "track": reading.track.as_ref().map(ToString::to_string),
    })
}

/// A bare place as it is written; anything longer with its words.
fn observed(observation: &Observation) -> Value {
    let of = match &observation.of {
        Observable::Holds(holds) => json!({ "holds": condition(holds) }),
        other => json!(other.to_string()),
    };
    if observation.map.is_empty() {
        of
    } else {
        json!([of, observation.map])
    }
}

fn function(function: DeriveFunction) -> &'static str {
    match function {
        DeriveFunction::Seconds => "seconds",
        DeriveFunction::Count => "count",
        DeriveFunction::CountOwn => "count-own",
        DeriveFunction::Sum => "sum",
        DeriveFunction::Length => "length",
        DeriveFunction::Order => "order",
        DeriveFunction::Equal => "equal",
    }
}

fn exception(exception: &Exception) -> [String; 3] {
    let how = match exception.how {
        ExceptionKind::Ignore => "ignore",
        ExceptionKind::Opaque => "opaque",
        ExceptionKind::Unordered => "unordered",
        ExceptionKind::DecodeJson => "decode-json",
        ExceptionKind::DecodeBase64 => "decode-base64",
    };
    [
        how.to_owned(),
        exception.at.to_string(),
        exception.because.clone(),
    ]
}

#[cfg(test)]
mod tests {
    use crate::scenario::{Scenario, ScenarioId};

    const FILE: &str = r#"
title   = "A title"
why     = "A reason"
service = "compute"
refs    = ["https://example.org/1"]
tags    = ["one"]
shares  = ["compute.servers@project"]
hazard  = "consumes"
ignore  = [{ at = "$.a", because = "b" }]

[[step]]
id       = "create"
request  = "POST /servers"
headers  = { X-One = "1" }
json     = { server = { name = "{{ name }}", count = 1 } }
capture  = { server = "$.server.id" }
undo     = "compute.server"
reach    = { status = "2xx" }
observe  = { state = "$.server.status" }
derive   = { n = { count = "$.a" } }
deadline = 30

[[step]]
id      = "put"
request = "PUT /servers/{{ server }}"
each    = [{ id = "row", value = "v" }]
json    = "{{ row.value }}"

[[step]]
id    = "boot"
poll  = "GET /servers/{{ server }}"
until = { status = 200, "$.server.status" = ["ACTIVE"] }
track = "$.server.status"
every = 2

[[step]]
id    = "walk"
pages = "GET /servers"
items = "$.servers"
next  = { link = "$.next" }
most  = 3
"#;

    #[derive(Debug, PartialEq)]
    struct Changed {
        request: bool,
        reading: bool,
    }

    fn parse(text: &str) -> Scenario {
        Scenario::parse(ScenarioId("a/b".into()), "a/b.toml", text)
            .unwrap_or_else(|problems| panic!("{problems}"))
    }

    fn change(from: &str, to: &str) -> Changed {
        assert!(FILE.contains(from), "{from}");
        let (before, after) = (parse(FILE), parse(&FILE.replace(from, to)));
        Changed {
            request: before.request_hash != after.request_hash,
            reading: before.reading_hash != after.reading_hash,
        }
    }

    #[test]
    fn what_is_sent_changes_the_request_hash_only() {
        for (from, to) in [
            ("POST /servers", "POST /servers?a"),
            ("X-One = \"1\"", "X-One = \"2\""),
            ("X-One", "X-Two"),
            ("count = 1", "count = \"1\""),
            (
                "name = \"{{ name }}\", count = 1",
                "count = 1, name = \"{{ name }}\"",
            ),
            ("$.server.id", "$['server'].uuid"),
            (
                "undo     = \"compute.server\"",
                "undo     = \"compute.keypair\"",
            ),
            ("deadline = 30", "deadline = 31"),
            ("id = \"row\"", "id = \"line\""),
            ("value = \"v\"", "value = 5"),
            ("[\"ACTIVE\"]", "[\"ACTIVE\", \"ERROR\"]"),
            ("every = 2", "every = 3"),
            ("items = \"$.servers\"", "items = \"$.items\""),
            (
                "{ link = \"$.next\" }",
                "{ marker = \"$.next\", param = \"m\" }",
            ),
            ("most  = 3", "most  = 4"),
            ("shares ", "exclusive "),
            ("poll  =", "as = \"alt\"\nversion = \"min\"\npoll  ="),
        ] {
            let changed = change(from, to);
            assert!(changed.request, "{from} → {to}");
            // A user that is spoken as is a requirement, too.
            assert_eq!(changed.reading, to.contains("alt"), "{from} → {to}");
        }
    }

    #[test]
    fn what_is_read_changes_the_reading_hash_only() {
        for (from, to) in [
            ("A title", "Another"),
            ("A reason", "Another"),
            ("example.org/1", "example.org/2"),
            ("\"one\"", "\"two\""),
            ("hazard  = \"consumes\"", "hazard  = \"exhausts\""),
            ("because = \"b\"", "because = \"c\""),
            ("ignore ", "opaque "),
            ("status = \"2xx\"", "status = 201"),
            ("{ state =", "{ condition ="),
            ("{ count = \"$.a\" }", "{ count = \"$.a\", tolerance = 1 }"),
            ("track = \"$.server.status\"\n", ""),
        ] {
            let want = Changed {
                request: false,
                reading: true,
            };
            assert_eq!(change(from, to), want, "{from} → {to}");
        }
    }

    #[test]
    fn layout_comments_and_the_order_of_conditions_change_nothing() {
        for (from, to) in [
            ("A title\"", "A title\" # said so"),
            (
                "[[step]]\nid       = \"create\"",
                "\n\n  [[step]]\n  id = 'create'",
            ),
            ("{{ name }}", "{{name}}"),
            (
                "{ status = 200, \"$.server.status\" = [\"ACTIVE\"] }",
                "{ \"$.server.status\" = \"ACTIVE\", status = 200 }",
            ),
            (
                "headers  = { X-One = \"1\" }\njson ",
                "headers.X-One = \"1\"\njson ",
            ),
        ] {
            let want = Changed {
                request: false,
                reading: false,
            };
            assert_eq!(change(from, to), want, "{from} → {to}");
        }
    }

    const KINDS: &str = r#"
title   = "A title"
why     = "A reason"
service = "object-store"
refs    = ["https://example.org/1"]
hazard  = "consumes"

[[step]]
id       = "name"
request  = "PUT /{{ pad(name, len) }}"
boundary = { vary = "len", from = 40, to = 99, accept = { status = 201 } }
undo     = { kind = "object-store.container", name = "{{ pad(name, len) }}" }
opaque   = [{ at = "header:etag", because = "a hash" }]

[[step]]
id = "race"

[[step.race]]
id      = "put"
times   = 2
request = "PUT /{{ name }}"
undo    = "object-store.container"
reach   = { status = 202 }

[[step]]
id    = "wait"
poll  = "GET /{{ name }}"
until = { status = 404 }

[[step.during]]
id      = "delete"
when    = { status = 200 }
request = "DELETE /{{ name }}"

[[step]]
id          = "probe"
request     = "DELETE /{{ name }}"
consistency = { quiet = 2 }

[[step.read]]
id      = "get"
request = "HEAD /{{ name }}"
fresh   = { status = 404 }
derive  = { n = { count = "header:etag" } }
"#;

    #[test]
    fn of_steps_that_send_more_than_once_what_decides_when_they_do_is_sent_too() {
        let hashes = |text: &str| {
            let scenario = parse(text);
            (scenario.request_hash, scenario.reading_hash)
        };
        let before = hashes(KINDS);
        for (from, to) in [
            ("from = 40", "from = 41"),
            ("to = 99", "to = 98"),
            ("{ status = 201 }", "{ status = 202 }"),
            ("times   = 2", "times   = 3"),
            ("when    = { status = 200 }", ""),
            (
                "DELETE /{{ name }}\"\n\n[[step]]",
                "DELETE /{{ name }}?a\"\n\n[[step]]",
            ),
            ("quiet = 2", "quiet = 3"),
            ("quiet = 2", "quiet = 2, every = 1"),
            ("quiet = 2", "quiet = 2, most = 9"),
            ("fresh   = { status = 404 }", "fresh   = { status = 410 }"),
            ("HEAD /", "GET /"),
        ] {
            assert!(KINDS.contains(from), "{from}");
            let after = hashes(&KINDS.replace(from, to));
            assert_ne!(before.0, after.0, "{from} → {to}");
            assert_eq!(before.1, after.1, "{from} → {to}");
        }
        for (from, to) in [
            ("a hash", "another hash"),
            ("{ status = 202 }", "{ status = 203 }"),
            ("count = ", "length = "),
        ] {
            assert!(KINDS.contains(from), "{from}");
            let after = hashes(&KINDS.replace(from, to));
            assert_eq!(before.0, after.0, "{from} → {to}");
            assert_ne!(before.1, after.1, "{from} → {to}");
        }
    }
}
