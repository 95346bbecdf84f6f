//! From a request as a scenario writes it to the one that goes onto the wire.

use crate::dialect::query;
use crate::dialect::services::services;
use crate::protocol::multipart::{self, Part};
use crate::protocol::{Address, Range, Trust, USER_AGENT, resolve_version, version_headers};
use crate::recording::Names;
use crate::scenario::{
    Body, Checksum, MissingName, Request, Scope, Sign, Template, Version, fill_json,
};
use bytes::Bytes;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// A request with its templates filled, before it is addressed and signed.
#[derive(Clone, Debug)]
pub struct Composed {
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// Microversion to send.
    pub version: Option<String>,
    pub sign: Sign,
    pub abort_after: Option<u64>,
}

/// Why a request can't be composed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Uncomposed {
    /// Names that stand for nothing.
    Missing(Vec<String>),
    /// The cloud doesn't offer what is asked for.
    Unsupported(String),
}

/// Fills a request. `ranges`: microversions of its service, of this cloud and of all clouds of the run.
pub fn compose(
    request: &Request,
    step: &str,
    names: &Names<'_>,
    (own, all): (Option<&Range>, &[Option<Range>]),
) -> Result<Composed, Uncomposed> {
    let (mut missing, mut absent) = (Vec::new(), Vec::new());
    let mut fill = |template: &Template| note(template.fill(names), &mut missing);
    let target = fill(&request.target);
    let mut headers: Vec<(String, String)> = request
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), fill(value)))
        .collect();
    let (body, content_type) = match &request.body {
        Body::Empty => (Bytes::new(), None),
        Body::Json(tree) => {
            let filled = note(fill_json(tree, names), &mut absent);
            (Bytes::from(filled.to_string()), Some("application/json"))
        }
        Body::Form(members) if request.action.is_some() => {
            let filled: Vec<(&str, String)> = members
                .iter()
                .map(|(name, value)| (name.as_str(), fill(value)))
                .collect();
            let form = query::form(filled.iter().map(|(n, v)| (*n, v.as_str())));
            (Bytes::from(form), Some(query::CONTENT_TYPE))
        }
        Body::Form(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{}={}", form(name), form(&fill(value))))
                .collect();
            let content_type = Some("application/x-www-form-urlencoded");
            (Bytes::from(fields.join("&")), content_type)
        }
        Body::Text(text) => (Bytes::from(fill(text)), None),
        Body::Xml(text) => (Bytes::from(fill(text)), Some("application/xml")),
        Body::Multipart(parts) => {
            let mut filled = Vec::new();
            for part in parts {
                filled.push(Part {
                    name: part.name.clone(),
                    content: fill(&part.content),
                    filename: part.filename.as_ref().map(&mut fill),
                    content_type: part.content_type.as_ref().map(&mut fill),
                });
            }
            (multipart::body(&filled), Some(multipart::CONTENT_TYPE))
        }
        Body::Bytes(length) => (bytes(names.seed(), step, *length), None),
    };
    let mut checksums = Vec::new();
    for name in &request.checksums {
        checksums.push(note(name.fill(names), &mut missing));
    }
    let wanted = row_version(&request.version, names);
    let sign = request.sign.as_ref();
    let sign = sign.map(|sign| note(fill_json(sign, names), &mut missing));
    missing.append(&mut absent);
    if !missing.is_empty() {
        missing.sort();
        missing.dedup();
        return Err(Uncomposed::Missing(missing));
    }
    let version = resolve_version(&wanted, own, all)
        .map_err(|why| Uncomposed::Unsupported(why.to_string()))?;
    let unsupported = |why: String| Uncomposed::Unsupported(why);
    let sign = match sign {
        Some(sign) => Sign::read(&sign).map_err(unsupported)?,
        None => Sign::default(),
    };
    for name in checksums.iter().filter(|name| *name != "none") {
        let checksum = Checksum::from_name(name).map_err(unsupported)?;
        headers.push((checksum.header(), checksum.of(&body)));
    }
    let mut add = |name: &str, value: &str| {
        if !headers
            .iter()
            .any(|(own, _)| own.eq_ignore_ascii_case(name))
        {
            headers.push((name.to_owned(), value.to_owned()));
        }
    };
    add("User-Agent", USER_AGENT);
    let service = services().get(&request.service);
    if let Some(accept) = service.and_then(|service| service.accept.as_deref()) {
        add("Accept", accept);
    }
    if let Some(content_type) = content_type {
        add("Content-Type", content_type);
    }
    if let Some(version) = &version {
        for (name, value) in version_headers(&request.service, version) {
            add(&name, &value);
        }
    }
    Ok(Composed {
        target,
        headers,
        body,
        version,
        sign,
        abort_after: request.abort_after,
    })
}

/// `version = [...]` makes rows; the row says which one it is.
fn row_version(wanted: &Version, names: &Names<'_>) -> Version {
    if *wanted != Version::Row {
        return wanted.clone();
    }
    let text = names.row.get("version").and_then(Value::as_str);
    text.map_or(Version::Unset, |text| {
        Version::parse(text).unwrap_or_else(|| Version::Exact(text.to_owned()))
    })
}

/// Headers that carry a credential: they go to the cloud's own hosts only, whoever wrote them.
const CREDENTIALS: &[&str] = &[
    "x-auth-token",
    "x-subject-token",
    "x-service-token",
    "authorization",
];

/// Whether the author's headers would carry a credential to a host that the catalog doesn't name.
pub fn leaks(composed: &Composed, address: &Address) -> bool {
    address.trust == Trust::Foreign
        && composed.headers.iter().any(|(name, _)| {
            CREDENTIALS
                .iter()
                .any(|known| name.eq_ignore_ascii_case(known))
        })
}

fn note<T: Default>(filled: Result<T, MissingName>, missing: &mut Vec<String>) -> T {
    filled.unwrap_or_else(|error| {
        missing.push(error.name);
        T::default()
    })
}

/// `application/x-www-form-urlencoded`, space as `+`.
fn form(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            b'*' | b'-' | b'.' | b'_' => out.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// Bytes that follow from the execution's seed and the step: sha256 in counter mode. No part of them is text: each byte only ever
/// goes on with a character of UTF-8 (RFC 3629 section 3), so that what comes back of them is never taken for text by chance.
fn bytes(seed: u64, step: &str, length: u64) -> Bytes {
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let mut out = Vec::with_capacity(length.next_multiple_of(32));
    for block in 0_u64.. {
        if out.len() >= length {
            break;
        }
        let mut hash = Sha256::new();
        hash.update(b"bytes");
        hash.update(seed.to_be_bytes());
        hash.update(block.to_be_bytes());
        hash.update(step);
        out.extend(hash.finalize().iter().map(|byte| 0x80 | byte & 0x3f));
    }
    out.truncate(length);
    Bytes::from(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_follow_from_seed_and_step_and_have_the_length_asked_for() {
        assert_eq!(bytes(1, "a", 100).len(), 100);
        assert_eq!(bytes(1, "a", 0).len(), 0);
        assert_eq!(bytes(1, "a", 33), bytes(1, "a", 33));
        assert_ne!(bytes(1, "a", 33), bytes(1, "b", 33));
        assert_ne!(bytes(1, "a", 33), bytes(2, "a", 33));
    }

    #[test]
    fn four_drawn_bytes_that_were_text_in_one_of_ten_repeats_never_are() {
        let drawn = bytes(1, "a", 4096);
        for part in drawn.chunks(4) {
            assert!(std::str::from_utf8(part).is_err(), "{part:?}");
        }
    }

    #[test]
    fn form_fields_are_encoded_as_browsers_do() {
        assert_eq!(form("a b&c=ü~"), "a+b%26c%3D%C3%BC%7E");
    }
}
