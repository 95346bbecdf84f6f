//! A request and an answer as people read them: head and body, shortened.

use super::indent::indent;
use crate::recording::{Answer, Exchange, Payload, SentRequest, WireErrorKind};

/// Lines of head and body together.
const LINES: usize = 40;
/// A long head leaves the body at least this many.
const BODY_LINES: usize = 12;
const LINE_LENGTH: usize = 300;

pub fn request(sent: &SentRequest) -> String {
    let mut lines = vec![format!("{} {} HTTP/1.1", sent.method, sent.target)];
    lines.extend(headers(&sent.headers));
    with_body(lines, &sent.body)
}

pub fn answer(exchange: &Exchange) -> String {
    match &exchange.answer {
        Ok(Answer {
            status,
            reason,
            headers: list,
            body,
            interim,
        }) => {
            let mut lines: Vec<String> = interim
                .iter()
                .map(|status| format!("HTTP/1.1 {status}"))
                .collect();
            lines.push(format!("HTTP/1.1 {status} {reason}").trim_end().to_owned());
            lines.extend(headers(list));
            with_body(lines, body)
        }
        Err(error) => format!("no answer: {}: {}", broken(error.kind), error.detail),
    }
}

/// The wire error in words.
pub fn broken(kind: WireErrorKind) -> &'static str {
    match kind {
        WireErrorKind::Resolve => "the host name does not resolve",
        WireErrorKind::Connect => "no connection",
        WireErrorKind::Tls => "no TLS",
        WireErrorKind::Reset => "the connection was broken",
        WireErrorKind::Closed => "the connection was closed too early",
        WireErrorKind::Protocol => "what came is not HTTP",
        WireErrorKind::Deadline => "nothing in time",
        WireErrorKind::TooLarge => "more than is taken",
        WireErrorKind::Aborted => "cut by us in the middle of the body",
        WireErrorKind::Unsendable => "a request that can't be sent",
    }
}

fn headers(list: &[(String, String)]) -> impl Iterator<Item = String> {
    list.iter()
        .map(|(name, value)| shorten(&format!("{name}: {value}")))
}

fn with_body(mut lines: Vec<String>, body: &Payload) -> String {
    let room = LINES.saturating_sub(lines.len() + 1).max(BODY_LINES);
    if body.length == 0 && body.text.as_deref().is_none_or(str::is_empty) {
        return lines.join("\n");
    }
    lines.push(String::new());
    match &body.text {
        Some(text) => {
            let text = indent(text).unwrap_or_else(|| text.clone());
            let count = text.lines().count();
            lines.extend(text.lines().take(room).map(shorten));
            if count > room {
                lines.push(format!("… {} more lines", count - room));
            }
            if body.cut {
                lines.push(format!("… cut; {} bytes came", body.length));
            }
        }
        None => lines.push(format!(
            "({} bytes that are no text{})",
            body.length,
            body.md5
                .as_ref()
                .map_or_else(String::new, |md5| format!(", md5 {md5}"))
        )),
    }
    lines.join("\n")
}

fn shorten(line: &str) -> String {
    match line.char_indices().nth(LINE_LENGTH) {
        Some((end, _)) => format!("{}… ({} bytes)", &line[..end], line.len()),
        None => line.to_owned(),
    }
}
