//! Reading what a cloud says, as hostile input: JSON within limits, words made fit for a terminal.

use crate::transport::RawAnswer;
use serde_json::Value;
use std::fmt::Write;

/// The most of a body that control calls keep.
pub(super) const KEEP: usize = 8 << 20;

/// The body as JSON, or what it is instead. `serde_json` itself refuses more than 128 levels.
pub(super) fn json(answer: &RawAnswer) -> Result<Value, String> {
    if answer.cut {
        return Err(format!(
            "an answer of more than {} bytes",
            answer.body.len()
        ));
    }
    serde_json::from_slice(&answer.body).map_err(|error| {
        let kind = answer.header("content-type").unwrap_or("no content type");
        let html = answer.body.trim_ascii_start().starts_with(b"<");
        if answer.body.is_empty() {
            format!("{} with an empty body", status(answer))
        } else if html {
            format!("{} with HTML or XML ({})", status(answer), printable(kind))
        } else {
            format!(
                "{} with a body that is not JSON ({}; {error}): {}",
                status(answer),
                printable(kind),
                printable(&String::from_utf8_lossy(&answer.body)),
            )
        }
    })
}

/// `404 Not Found`
pub(super) fn status(answer: &RawAnswer) -> String {
    printable(format!("{} {}", answer.status, answer.reason).trim())
}

/// What an error answer says: the message of whichever envelope, or the start of the body.
pub(super) fn said(answer: &RawAnswer) -> String {
    let document: Option<Value> = serde_json::from_slice(&answer.body).ok();
    // Envelopes are `{"KIND": {"message": …}}`, `{"message": …}` or `{"errors": [{"detail": …}]}`.
    let message = document.as_ref().and_then(|document| {
        let inner = document.as_object()?.values().next()?;
        let first = inner.get(0).unwrap_or(inner);
        [first.get("message"), first.get("detail"), Some(inner)]
            .into_iter()
            .flatten()
            .find_map(Value::as_str)
    });
    match message {
        Some(message) => printable(message),
        None if answer.body.is_empty() => printable(&answer.reason),
        None => printable(&String::from_utf8_lossy(&answer.body)),
    }
}

/// At most 200 characters, none that moves a cursor or turns text round.
pub(super) fn printable(text: &str) -> String {
    const MOST: usize = 200;
    let harmless = |c: char| {
        if c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        {
            ' '
        } else {
            c
        }
    };
    let mut text_out: String = text.chars().take(MOST).map(harmless).collect();
    if text.chars().nth(MOST).is_some() {
        text_out.push('…');
    }
    text_out.trim().to_owned()
}

/// For people: the first ten, quoted.
pub(super) fn list(items: &[String]) -> String {
    const MOST: usize = 10;
    if items.is_empty() {
        return "none".to_owned();
    }
    let named = items
        .iter()
        .take(MOST)
        .map(|i| format!("`{}`", printable(i)));
    let mut text = named.collect::<Vec<_>>().join(", ");
    if items.len() > MOST {
        let _ = write!(text, " and {} more", items.len() - MOST);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn answer(status: u16, body: impl Into<Vec<u8>>) -> RawAnswer {
        let body: Vec<u8> = body.into();
        RawAnswer {
            interim: Vec::new(),
            status,
            reason: "R".to_owned(),
            headers: vec![("Content-Type".to_owned(), "text/html".to_owned())],
            length: body.len() as u64,
            body: Bytes::from(body),
            md5: String::new(),
            cut: false,
        }
    }

    #[test]
    fn what_is_no_json_is_named() {
        for (body, word) in [
            (b"<html>".to_vec(), "HTML"),
            (Vec::new(), "empty"),
            (b"\x1b[2Jhello".to_vec(), "not JSON"),
            (b"{\"a\":".to_vec(), "not JSON"),
            ("[".repeat(100_000).into_bytes(), "not JSON"),
            (b"\xff\xfe".to_vec(), "not JSON"),
        ] {
            let error = json(&answer(200, body)).unwrap_err();
            assert!(error.contains(word), "{error}");
            assert!(!error.contains('\x1b') && error.len() < 1000, "{error}");
        }
        let mut long = answer(200, "{}");
        long.cut = true;
        assert!(json(&long).unwrap_err().contains("more than"));
    }

    #[test]
    fn messages_are_found_in_every_envelope() {
        for body in [
            r#"{"error": {"code": 401, "message": "why"}}"#,
            r#"{"itemNotFound": {"message": "why", "code": 404}}"#,
            r#"{"NeutronError": {"type": "X", "message": "why"}}"#,
            r#"{"errors": [{"status": 404, "detail": "why"}]}"#,
            r#"{"message": "why"}"#,
            "why",
        ] {
            assert_eq!(said(&answer(400, body)), "why", "{body}");
        }
        for body in [
            "[]",
            "{}",
            "null",
            r#"{"a": 1}"#,
            r#"{"a": []}"#,
            r#"{"a": [[]]}"#,
        ] {
            assert_eq!(said(&answer(400, body)), body);
        }
        assert_eq!(said(&answer(503, "")), "R");
    }

    #[test]
    fn long_and_evil_words_are_tamed() {
        assert_eq!(printable("a\x1b[31m\u{202e}b\r\n"), "a [31m b");
        assert_eq!(printable(&"x".repeat(5000)).chars().count(), 201);
        let many: Vec<String> = (0..12).map(|n| n.to_string()).collect();
        assert!(list(&many).ends_with("`9` and 2 more"));
    }
}
