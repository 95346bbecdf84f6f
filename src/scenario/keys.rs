//! Every key of the language, once: the parser knows no others, the JSON Schema is made of these.

use super::observation::Unit;
use super::sign::{HOWS, PAYLOADS, WRONGS};
use serde_json::{Value, json};

pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    /// The JSON Schema of its value.
    pub(super) shape: fn() -> Value,
}

const fn key(name: &'static str, about: &'static str, shape: fn() -> Value) -> Key {
    Key { name, about, shape }
}

/// The top of a file: what it says of the behaviour.
pub(super) const ABOUT: &[Key] = &[
    key("title", "The behaviour in one sentence.", string),
    key("why", "Why a workload cares.", string),
    key(
        "service",
        "The service that it is about and that its steps address by default; with `on`, the word that reports have for it.",
        string,
    ),
    key(
        "guideline",
        "Capabilities of the published interop guidelines.",
        strings,
    ),
    key("refs", "Where the behaviour is documented: URLs.", strings),
    key("tags", "Words to select by.", strings),
    key(
        "hazard",
        "What it may do to a production cloud.",
        || json!({"enum": HAZARDS}),
    ),
];

/// … and what it does.
pub(super) const ACTS: &[Key] = &[
    key(
        "needs",
        "Bindings that must be resolved: flavor.small.",
        strings,
    ),
    key(
        "use",
        "Fixtures that are made before the first step.",
        || one_or_more(json!({"oneOf": [string(), definition("fixture")]})),
    ),
    key("requires", "What a cloud must have.", || {
        definition("requires")
    }),
    key(
        "shares",
        "Scopes whose neighbours may read: compute.servers@project.",
        strings,
    ),
    key(
        "exclusive",
        "Scopes that nobody else may use meanwhile.",
        strings,
    ),
    key(
        "step",
        "The acts, in order.",
        || json!({"type": "array", "minItems": 1, "items": definition("step")}),
    ),
    key("ignore", "Places that are not compared.", exceptions),
    key(
        "opaque",
        "Places of which only presence and form are compared.",
        exceptions,
    ),
    key("unordered", "Arrays whose order means nothing.", exceptions),
    key("decode-json", "Text that holds JSON.", exceptions),
    key("decode-base64", "Text that holds base64.", exceptions),
];

/// … on each of several families.
pub(super) const ON: &[Key] = &[key(
    "on",
    "What the scenario is on each family of clouds: openstack, s3.",
    || map(&definition("realisation")),
)];

/// Only of a fixture.
pub(super) const OUTPUTS: &[Key] = &[key(
    "outputs",
    "Of a fixture: the values that it hands on.",
    || map(&string()),
)];

/// Only of a realisation, beside [`ACTS`].
pub(super) const REALISATION: &[Key] = &[key(
    "service",
    "The service that its steps address by default.",
    string,
)];

/// The steps that act: `request`, `poll` and `pages` have these in common.
pub(super) const ACT: &[Key] = &[
    key("id", "Unique in the scenario.", string),
    key("each", "Rows: the step is run once for each.", || {
        json!({"type": "array", "minItems": 1, "items": {
            "type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}})
    }),
    key("service", "The service addressed.", string),
    key(
        "base",
        "What the path is relative to.",
        || json!({"enum": BASES}),
    ),
    key("as", "Whose token is sent.", || json!({"enum": USERS})),
    key(
        "version",
        "The microversion: min, latest, latest-common, 2.37; of EC2 the version of the API: 2016-11-15. A list of these is a row each.",
        || one_or_more(string()),
    ),
    key("headers", "Sent in the order written.", || {
        map(&one_or_more(string()))
    }),
    key("json", "A JSON body.", || json!(true)),
    key("form", "A form body.", || map(&one_or_more(string()))),
    key("text", "A body of text.", string),
    key("bytes", "A body of this many bytes.", count),
    key("xml", "A body of text, sent as XML.", string),
    key("multipart-form", "A multipart/form-data body.", || {
        map(&json!({"oneOf": [string(), definition("form-part")]}))
    }),
    key(
        "checksum",
        "Checksums of the body that are sent in headers: md5, crc32, crc32c, crc64nvme, sha1, sha256.",
        || one_or_more(string()),
    ),
    key(
        "sign",
        "How it is signed, where that is not the usual way.",
        || json!({"oneOf": [{"enum": HOWS}, definition("sign")]}),
    ),
    key("send", "How it goes onto the wire.", || definition("send")),
    key(
        "reach",
        "What must hold for the behaviour to have been exercised.",
        condition,
    ),
    key("capture", "Names for places on the answer.", || {
        map(&string())
    }),
    key("observe", "Named observations.", || {
        map(&json!({"oneOf": [string(), definition("observation")]}))
    }),
    key("derive", "Values computed from the answer.", || {
        map(&definition("derive"))
    }),
    key("ignore", "Places that are not compared.", exceptions),
    key(
        "opaque",
        "Places of which only presence and form are compared.",
        exceptions,
    ),
    key("unordered", "Arrays whose order means nothing.", exceptions),
    key("decode-json", "Text that holds JSON.", exceptions),
    key("decode-base64", "Text that holds base64.", exceptions),
    key("deadline", "Seconds until it is given up.", count),
];

/// Only of a `request` step.
pub(super) const REQUEST: &[Key] = &[
    key(
        "request",
        "METHOD and path: POST /servers; of EC2 also an action: RunInstances. Sent once.",
        string,
    ),
    key(
        "undo",
        "The kind of resource that it makes, or may make.",
        || json!({"oneOf": [string(), definition("undo")]}),
    ),
    key(
        "harmless",
        "Why an unsafe request needs no undo, in words.",
        string,
    ),
];

/// Only of a `poll` step.
pub(super) const POLL: &[Key] = &[
    key(
        "poll",
        "METHOD and path, or an action. Sent again and again until `until` holds.",
        string,
    ),
    key("until", "What ends the poll.", condition),
    key(
        "track",
        "The place whose distinct values are the state sequence.",
        string,
    ),
    key("every", "Seconds between two attempts.", seconds),
];

/// Only of a `pages` step.
pub(super) const PAGES: &[Key] = &[
    key(
        "pages",
        "METHOD and path, or an action, of the first page of a list.",
        string,
    ),
    key("items", "The place of the items: $.servers.", string),
    key("next", "How the next page is found.", || definition("next")),
    key("most", "At most this many pages.", count),
];

/// Only of a step that is searched for a limit.
pub(super) const BOUNDARY: &[Key] = &[key(
    "boundary",
    "The number that is varied, and what counts as accepted.",
    || definition("boundary"),
)];

pub(super) const BOUNDARY_TABLE: &[Key] = &[
    key(
        "vary",
        "The name of the number: read as {{ len }} by the request.",
        string,
    ),
    key("from", "The lowest number that is tried.", count),
    key("to", "The highest number that is tried.", count),
    key(
        "accept",
        "What must hold for a number to be accepted.",
        condition,
    ),
];

/// Only of a race.
pub(super) const RACE: &[Key] = &[key(
    "race",
    "Requests that are sent at once.",
    || json!({"type": "array", "minItems": 1, "items": definition("runner")}),
)];

/// Only of a request in a race.
pub(super) const RUNNER: &[Key] = &[key("times", "How many of it are sent at once.", count)];

/// Of a step that something is done during.
pub(super) const DURING: &[Key] = &[key(
    "during",
    "Requests that are sent while this step is under way.",
    || json!({"type": "array", "minItems": 1, "items": definition("meanwhile")}),
)];

/// Only of a request during another step.
pub(super) const MEANWHILE: &[Key] = &[key(
    "when",
    "On which answer of the step it is sent. Default: the first.",
    condition,
)];

/// Only of a consistency probe.
pub(super) const CONSISTENCY: &[Key] = &[
    key("consistency", "How long is read after the write.", || {
        definition("consistency-table")
    }),
    key(
        "read",
        "Reads that are sent until all are fresh.",
        || json!({"type": "array", "minItems": 1, "items": definition("read")}),
    ),
];

pub(super) const CONSISTENCY_TABLE: &[Key] = &[
    key(
        "quiet",
        "Reading ends when all reads have been fresh for so many seconds.",
        seconds,
    ),
    key("every", "Seconds between two turns. Default 0.2.", seconds),
    key(
        "most",
        "Reading ends after so many seconds at the latest. Default 60.",
        seconds,
    ),
];

/// Only of a read of a consistency probe.
pub(super) const READ: &[Key] = &[key(
    "fresh",
    "What holds once the write is seen. Everything else is stale.",
    condition,
)];

/// Keys of [`ACT`] that a boundary search has not: `accept` says what is read.
pub(super) const NOT_BOUNDARY: &[&str] = &["reach", "capture", "derive"];

/// Keys of [`ACT`] that a read has not.
pub(super) const NOT_READ: &[&str] = &[
    "each",
    "json",
    "form",
    "text",
    "bytes",
    "xml",
    "multipart-form",
    "checksum",
    "send",
];

/// Only of a group of steps.
pub(super) const GROUP: &[Key] = &[key(
    "step",
    "Steps that run in order, once a row.",
    || json!({"type": "array", "minItems": 1, "items": definition("step")}),
)];

/// Keys of [`ACT`] that a group has too.
pub(super) const GROUP_TOO: &[&str] = &["id", "each", "version"];

pub(super) const FIXTURE_USE: &[Key] = &[
    key("fixture", "Id of the fixture.", string),
    key(
        "as",
        "Its outputs are read as {{ as.output }}. Default: the last part of the id.",
        string,
    ),
    key(
        "shared",
        "One instance for all executions of a repeat.",
        || json!({"type": "boolean"}),
    ),
];

pub(super) const REQUIRES: &[Key] = &[
    key("extensions", "Network extensions, by alias.", strings),
    key("capabilities", "Capabilities, by name.", strings),
    key(
        "users",
        "Users other than main. Users that steps speak as are required by that.",
        || json!({"type": "array", "items": {"enum": USERS}}),
    ),
    key(
        "microversion",
        "The lowest that must be offered: 2.37.",
        string,
    ),
];

pub(super) const UNDO: &[Key] = &[
    key("kind", "A resource kind: compute.server.", string),
    key(
        "name",
        "The name that the thing gets, where that isn't {{ name }}.",
        string,
    ),
    key(
        "id",
        "Where its id is on the answer, where the kind's own place is wrong.",
        string,
    ),
];

/// A field of a `multipart-form` body that is more than text.
pub(super) const FORM_PART: &[Key] = &[
    key("content", "The text of the field.", string),
    key("filename", "The name of the file.", string),
    key("content-type", "The type of the content.", string),
];

pub(super) const SIGN: &[Key] = &[
    key(
        "how",
        "In a header (the usual way), in the query, in a form, by version 2, or not at all.",
        || or_template(&json!({"enum": HOWS})),
    ),
    key("payload", "How the payload takes part.", || {
        or_template(&json!({"enum": PAYLOADS}))
    }),
    key("trailer", "The checksum that follows the chunks.", string),
    key("chunk", "Bytes of a chunk.", count),
    key(
        "expires",
        "Seconds that it holds.",
        || or_template(&count()),
    ),
    key("skew", "Seconds that the clock is ahead.", || {
        or_template(&json!({"type": "integer"}))
    }),
    key("wrong", "What of it is wrong.", || {
        or_template(&json!({"enum": WRONGS}))
    }),
    key("headers", "Further headers that are signed.", strings),
    key("omit", "Headers that are not signed.", strings),
];

pub(super) const SEND: &[Key] = &[key(
    "abort_after",
    "Cut the connection once this many bytes of the body are sent.",
    count,
)];

pub(super) const NEXT: &[Key] = &[
    key("link", "The place of the next page's URL.", string),
    key("marker", "The place of the value of `param`.", string),
    key(
        "param",
        "The query parameter, or member of an action, that takes the marker.",
        string,
    ),
];

pub(super) const EXCEPTION: &[Key] = &[
    key("at", "The place.", string),
    key("because", "The reason, in words.", string),
];

/// An observation that is more than a place.
pub(super) const OBSERVATION: &[Key] = &[
    key(
        "at",
        "A place, or one of outcome, states, limit, winners.",
        string,
    ),
    key(
        "holds",
        "A condition, in the place of `at`: the observation is yes or no.",
        condition,
    ),
    key("map", "What is read, and the word for it.", || {
        map(&string())
    }),
    key(
        "number",
        "What the number at the place counts: 1, B, KiB, MiB, GiB, s …",
        || json!({"enum": Unit::words()}),
    ),
];

/// A derive has `tolerance`, `map` and exactly one of the functions.
pub(super) const DERIVE: &[Key] = &[
    key(
        "seconds",
        "Seconds from the first timestamp to the second.",
        places,
    ),
    key("count", "Number of values.", places),
    key(
        "count-own",
        "Number of values that this execution sent or made.",
        places,
    ),
    key("sum", "Sum of the numbers.", places),
    key("length", "Length in characters.", places),
    key("order", "Ascending, descending or none.", places),
    key("equal", "Whether two places hold the same.", places),
    key(
        "tolerance",
        "Values that differ by no more are the same.",
        || json!({"type": "number", "minimum": 0}),
    ),
    key("map", "What is computed, and the word for it.", || {
        map(&string())
    }),
];

pub(super) const HAZARDS: [&str; 5] = ["none", "consumes", "exhausts", "account", "probing"];
pub(super) const BASES: [&str; 5] = ["endpoint", "root", "absolute", "path", "virtual-host"];
pub(super) const USERS: [&str; 4] = ["main", "alt", "anonymous", "expendable"];
pub(super) fn names(keys: &[Key]) -> impl Iterator<Item = &'static str> {
    keys.iter().map(|key| key.name)
}

pub(super) fn definition(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

fn string() -> Value {
    json!({"type": "string"})
}

/// A row may decide it.
fn or_template(shape: &Value) -> Value {
    json!({"anyOf": [shape, {"type": "string", "pattern": "\\{\\{"}]})
}

fn strings() -> Value {
    json!({"type": "array", "items": string()})
}

fn count() -> Value {
    json!({"type": "integer", "minimum": 0})
}

fn seconds() -> Value {
    json!({"type": "number", "exclusiveMinimum": 0})
}

fn map(of: &Value) -> Value {
    json!({"type": "object", "additionalProperties": of})
}

fn places() -> Value {
    one_or_more(string())
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "callers build it for this call"
)]
fn one_or_more(of: Value) -> Value {
    json!({"oneOf": [of, {"type": "array", "items": of}]})
}

fn condition() -> Value {
    definition("condition")
}

fn exceptions() -> Value {
    json!({"type": "array", "items": definition("exception")})
}
