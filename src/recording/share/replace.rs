//! Replacing private values in a text, in whatever encoding they stand there.

use super::address;
use super::known::Private;
use super::places;
use crate::recording::redact::json;
use crate::recording::redact::sweep::base64_forms;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use std::fmt::Write as _;
use std::ops::Range;

type Replaced = (Range<usize>, String);

pub(super) fn text(private: &Private, text: &str) -> String {
    let edits = within(private, text.as_bytes());
    match applied(text.as_bytes(), edits) {
        Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        None => text.to_owned(),
    }
}

/// A body, by its places and by value; none where nothing is replaced.
pub(super) fn body(private: &Private, body: &[u8]) -> Option<Vec<u8>> {
    let whole = json::looks_like_json(body) && json::is_whole(body);
    let edits = if whole {
        in_json(private, body)
    } else {
        let mut edits = in_elements(private, body);
        edits.extend(within(private, body));
        edits
    };
    applied(body, edits)
}

fn in_json(private: &Private, body: &[u8]) -> Vec<Replaced> {
    let mut edits = Vec::new();
    let place = |path: &[String]| places::is_person(path).then_some(());
    for token in json::tokens(body, place) {
        if token.lexeme != json::Lexeme::Text {
            continue;
        }
        let text = &body[token.span.clone()];
        if token.by_place.is_some() {
            let value = String::from_utf8_lossy(&json::unescaped(text)).into_owned();
            if private.is_private(&value) {
                let pseudonym = private.pseudonym(&value);
                edits.push((token.span, escaped_alike(text, &value, &pseudonym)));
                continue;
            }
        }
        let start = token.span.start;
        let moved = |(range, other): Replaced| (range.start + start..range.end + start, other);
        let found = within(private, text).into_iter();
        // a member's name that is a plain word is the API's
        let is_word = token.is_name && text.iter().all(|b| b.is_ascii_alphabetic() || *b == b'_');
        edits.extend(found.filter(|_| !is_word).map(moved));
    }
    edits
}

fn in_elements(private: &Private, body: &[u8]) -> Vec<Replaced> {
    let found = places::PERSON_ELEMENT.captures_iter(body);
    let texts = found.filter_map(|found| found.get(1));
    texts
        .filter_map(|text| {
            let value = std::str::from_utf8(text.as_bytes()).ok()?;
            let is_private = private.is_private(value);
            is_private.then(|| (text.range(), private.pseudonym(value)))
        })
        .collect()
}

/// By value.
fn within(private: &Private, text: &[u8]) -> Vec<Replaced> {
    let mut edits = address::replaced(text, &private.suite, private.key());
    for (range, value) in private.find(text) {
        let slice = &text[range.clone()];
        let pseudonym = private.pseudonym(value);
        if let Some(coded) = coded_alike(slice, value, &pseudonym) {
            edits.push((range, coded));
        } else if begins(text, range.start) && ends(text, range.end) {
            edits.push((range, escaped_alike(slice, value, &pseudonym)));
        }
    }
    edits
}

/// Not within a longer word.
fn begins(text: &[u8], at: usize) -> bool {
    let before = &text[..at];
    let is_escape = |length: usize, sign: u8| {
        let from = before.len().checked_sub(length);
        from.is_some_and(|from| before[from] == sign)
    };
    !before.last().is_some_and(u8::is_ascii_alphanumeric)
        || is_escape(3, b'%')
        || is_escape(2, b'\\')
}

fn ends(text: &[u8], at: usize) -> bool {
    !text.get(at).is_some_and(u8::is_ascii_alphanumeric)
}

/// In hex and in base64, whose neighbours say nothing.
fn coded_alike(slice: &[u8], value: &str, pseudonym: &str) -> Option<String> {
    if slice == value.as_bytes() {
        return None;
    }
    let text = std::str::from_utf8(slice).ok()?;
    if text == hex::encode(value) {
        return Some(hex::encode(pseudonym));
    }
    if text == hex::encode_upper(value) {
        return Some(hex::encode_upper(pseudonym));
    }
    [STANDARD, URL_SAFE].iter().find_map(|coding| {
        let forms = base64_forms(coding, value.as_bytes());
        let which = forms.iter().position(|form| form == slice)?;
        let other = base64_forms(coding, pseudonym.as_bytes()).swap_remove(which);
        String::from_utf8(other).ok()
    })
}

/// With the escapes that the value had.
fn escaped_alike(slice: &[u8], value: &str, pseudonym: &str) -> String {
    if slice == value.as_bytes() {
        return pseudonym.to_owned();
    }
    if slice.contains(&b'%') {
        let once = percent(pseudonym);
        let twice = slice.windows(3).any(|three| three == b"%25");
        return if twice {
            once.replace('%', "%25")
        } else {
            once
        };
    }
    if slice.contains(&b'\\') {
        let is_ascii = slice.windows(2).any(|two| two == b"\\u");
        return json_escaped(pseudonym, is_ascii);
    }
    pseudonym.replace(' ', "+")
}

fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// As it stands in a JSON string, with nothing but ASCII if so it was.
fn json_escaped(text: &str, is_ascii: bool) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    let plain = &quoted[1..quoted.len() - 1];
    if !is_ascii {
        return plain.to_owned();
    }
    plain.chars().fold(String::new(), |mut out, c| {
        if c.is_ascii() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
        out
    })
}

/// The longest that begins first wins.
fn applied(text: &[u8], mut edits: Vec<Replaced>) -> Option<Vec<u8>> {
    if edits.is_empty() {
        return None;
    }
    edits.sort_by_key(|(range, _)| (range.start, usize::MAX - range.end));
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    for (range, other) in edits {
        if range.start < at {
            continue;
        }
        out.extend_from_slice(&text[at..range.start]);
        out.extend_from_slice(other.as_bytes());
        at = range.end;
    }
    out.extend_from_slice(&text[at..]);
    Some(out)
}
