//! What went wrong on the wire, as a kind that callers act on and words for people.

use super::head::{HEAD_CAP, MOST_HEADERS};
use super::progress::Seen;
use crate::recording::{WireError, WireErrorKind};
use std::io;
use std::time::Duration;

pub(super) fn fault(kind: WireErrorKind, detail: impl Into<String>) -> WireError {
    WireError {
        kind,
        detail: detail.into(),
    }
}

/// What hyper's error means, given what was seen on the wire: the wire knows better than the error's own text.
pub(super) fn of_hyper(error: &hyper::Error, seen: &Seen) -> WireError {
    let so_far = so_far(seen);
    if seen.head_too_large || seen.head.lines() > MOST_HEADERS {
        let detail = format!(
            "the head of the answer is larger than {} KiB or has more than {MOST_HEADERS} headers",
            HEAD_CAP / 1024
        );
        return fault(WireErrorKind::TooLarge, detail);
    }
    if error.is_user() {
        return fault(WireErrorKind::Unsendable, chain(error));
    }
    if let Some((kind, text)) = &seen.broken {
        return match kind {
            io::ErrorKind::UnexpectedEof => fault(
                WireErrorKind::Closed,
                format!("the peer closed the connection without ending TLS; {so_far}"),
            ),
            io::ErrorKind::InvalidData => fault(WireErrorKind::Tls, format!("{text}; {so_far}")),
            _ => fault(
                WireErrorKind::Reset,
                format!("the peer broke the connection ({text}); {so_far}"),
            ),
        };
    }
    if error.is_parse() {
        return fault(
            WireErrorKind::Protocol,
            format!("what came is not HTTP ({})", chain(error)),
        );
    }
    if error.is_canceled() && seen.head.has_begun() {
        // MySQL, SSH, SMTP greet first.
        let detail = "the peer spoke before it was asked, as no HTTP server does";
        return fault(WireErrorKind::Protocol, detail);
    }
    if seen.closed {
        return fault(
            WireErrorKind::Closed,
            format!("the peer closed the connection; {so_far}"),
        );
    }
    fault(
        WireErrorKind::Protocol,
        format!("{}; {so_far}", chain(error)),
    )
}

pub(super) fn of_deadline(deadline: Duration, seen: &Seen) -> WireError {
    let seconds = deadline.as_secs_f64();
    let detail = if seen.is_connected() {
        format!("no whole answer within {seconds} s; {}", so_far(seen))
    } else {
        format!("no connection within {seconds} s")
    };
    fault(WireErrorKind::Deadline, detail)
}

fn so_far(seen: &Seen) -> String {
    match seen.head.read() {
        None if seen.head.has_begun() => "the head of the answer was not complete".to_owned(),
        None => "nothing of an answer came".to_owned(),
        Some(Err(why)) => format!("the head of the answer makes no sense: {why}"),
        Some(Ok(head)) => format!(
            "status {} and {} bytes of the body came",
            head.status, seen.body
        ),
    }
}

/// An error and its causes.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
