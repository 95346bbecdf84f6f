//! Control calls: what is sent to prepare, find and remove, and may be repeated. Observed calls never come this way.

use super::address::AddressError;
use super::error::SessionError;
use super::reading::KEEP;
use crate::dialect::query;
use crate::dialect::services::services;
use crate::recording::{WireError, WireErrorKind};
use crate::scenario::Base;
use crate::transport::{RawAnswer, RawExchange, Wire, WireRequest};
use bytes::Bytes;
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// What control calls say they are.
pub const USER_AGENT: &str = concat!("interop/", env!("CARGO_PKG_VERSION"));

/// What a control call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Login,
    Discovery,
    /// Asks whether there is something at all: a server that fails at it says so as well.
    Probe,
    Find,
    Undo,
    /// Makes something before a run: every send is an intent of its own, so it is sent once.
    Upload,
}

/// One control call, before it is addressed and signed.
#[derive(Clone, Debug)]
pub struct ControlCall {
    pub purpose: Purpose,
    pub user: String,
    pub service: String,
    pub base: Base,
    pub method: String,
    /// Path and query below `base`.
    pub target: String,
    /// Microversion, as sent.
    pub version: Option<String>,
    /// Besides those of the token, the version and the body.
    pub headers: Vec<(String, String)>,
    pub body: ControlBody,
}

impl ControlCall {
    /// A call below the service's endpoint, without body or version.
    pub fn new(purpose: Purpose, user: &str, service: &str, method: &str, target: &str) -> Self {
        Self {
            purpose,
            user: user.to_owned(),
            service: service.to_owned(),
            base: Base::Endpoint,
            method: method.to_owned(),
            target: target.to_owned(),
            version: None,
            headers: Vec::new(),
            body: ControlBody::None,
        }
    }
}

/// What a control call carries.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ControlBody {
    #[default]
    None,
    Json(Value),
    Xml(String),
    /// Of a service that speaks the Query protocol, as it goes out.
    Form(String),
    Bytes(Bytes),
}

impl ControlBody {
    /// Its bytes, and the content type that they are sent with.
    pub(super) fn bytes(&self) -> (Bytes, Option<&'static str>) {
        match self {
            Self::None => (Bytes::new(), None),
            Self::Json(value) => (Bytes::from(value.to_string()), Some("application/json")),
            Self::Xml(text) => (Bytes::from(text.clone()), Some("application/xml")),
            Self::Form(text) => (Bytes::from(text.clone()), Some(query::CONTENT_TYPE)),
            Self::Bytes(bytes) => (bytes.clone(), Some("application/octet-stream")),
        }
    }
}

/// Why a control call has no answer. An answer of 4xx or 5xx is an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error("{method} {url}: {}", error.detail)]
    Wire {
        method: String,
        url: String,
        error: WireError,
    },
}

/// One attempt of a control call, with its secrets: whoever records it redacts it.
#[derive(Debug)]
pub struct ControlExchange<'a> {
    pub purpose: Purpose,
    pub user: &'a str,
    pub service: &'a str,
    pub version: Option<&'a str>,
    /// From 1.
    pub attempt: u32,
    pub request: &'a WireRequest,
    pub exchange: &'a RawExchange,
}

/// Is shown every attempt of every control call.
pub type Witness = Arc<dyn Fn(&ControlExchange<'_>) + Send + Sync>;

/// How often and after which pauses a control call is repeated.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// The first included.
    pub attempts: u32,
    /// Doubled from pause to pause.
    pub first_pause: Duration,
    /// Also of what `Retry-After` asks for.
    pub longest_pause: Duration,
    /// No attempt begins later than this after the first.
    pub give_up: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 4,
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(30),
            give_up: Duration::from_mins(2),
        }
    }
}

/// Whose call it is, for the witness.
#[derive(Clone, Copy)]
pub(super) struct Stamp<'a> {
    pub purpose: Purpose,
    pub user: &'a str,
    pub service: &'a str,
    pub version: Option<&'a str>,
}

/// Sends control calls over the wire, again where that may help.
pub(super) struct Courier {
    pub wire: Arc<Wire>,
    pub witness: Witness,
    pub retry: Retry,
    /// For one attempt of a call.
    pub answer_within: Duration,
}

impl Courier {
    /// The request for a control call to a service whose address is known.
    pub(super) fn request(
        &self,
        service: &str,
        method: &str,
        (origin, target): (String, String),
        mut headers: Vec<(String, String)>,
        body: &ControlBody,
    ) -> WireRequest {
        let (body, content_type) = body.bytes();
        let mut add = |name: &str, value: &str| {
            if !headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name)) {
                headers.push((name.to_owned(), value.to_owned()));
            }
        };
        add("User-Agent", USER_AGENT);
        if let Some(accept) = services().get(service).and_then(|s| s.accept.as_deref()) {
            add("Accept", accept);
        }
        if let Some(content_type) = content_type {
            add("Content-Type", content_type);
        }
        WireRequest {
            method: method.to_owned(),
            origin,
            target,
            headers,
            body,
            deadline: self.answer_within,
            keep: KEEP,
            // what is not whole can't be read
            read: KEEP as u64,
            ..WireRequest::default()
        }
    }

    /// The answer of the last attempt.
    pub(super) async fn deliver(
        &self,
        stamp: Stamp<'_>,
        request: &WireRequest,
    ) -> Result<RawAnswer, WireError> {
        let begun = Instant::now();
        let mut pause = self.retry.first_pause;
        let mut attempt = 1;
        loop {
            let exchange = self.wire.send(request.clone()).await;
            (self.witness)(&ControlExchange {
                purpose: stamp.purpose,
                user: stamp.user,
                service: stamp.service,
                version: stamp.version,
                attempt,
                request,
                exchange: &exchange,
            });
            let last = attempt >= self.retry.attempts || begun.elapsed() >= self.retry.give_up;
            if last || !may_pass(stamp.purpose, &exchange.answer) {
                return exchange.answer;
            }
            let asked = exchange.answer.as_ref().ok().and_then(retry_after);
            tokio::time::sleep(asked.unwrap_or(pause).min(self.retry.longest_pause)).await;
            pause = pause.saturating_mul(2);
            attempt += 1;
        }
    }
}

/// Whether the same request may end differently soon.
fn may_pass(purpose: Purpose, answer: &Result<RawAnswer, WireError>) -> bool {
    if purpose == Purpose::Upload {
        return false;
    }
    match answer {
        Ok(answer) => match answer.status {
            500 => purpose != Purpose::Probe,
            429 | 502 | 503 | 504 => true,
            // Old rate limiters answer 413, and mean it only with this header.
            413 => answer.header("retry-after").is_some(),
            _ => false,
        },
        // who waited for a login for so long should not wait for it again
        Err(error) if error.kind == WireErrorKind::Deadline => purpose != Purpose::Login,
        Err(error) => matches!(
            error.kind,
            WireErrorKind::Resolve
                | WireErrorKind::Connect
                | WireErrorKind::Reset
                | WireErrorKind::Closed
        ),
    }
}

/// Seconds or a date (RFC 9110 §10.2.3).
fn retry_after(answer: &RawAnswer) -> Option<Duration> {
    let value = answer.header("retry-after")?;
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = OffsetDateTime::parse(&value.replace("GMT", "+0000"), &Rfc2822).ok()?;
    let now = OffsetDateTime::from(SystemTime::now());
    Some(Duration::try_from(date - now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, retry_after: Option<&str>) -> RawAnswer {
        let header = |value: &str| ("retry-after".to_owned(), value.to_owned());
        RawAnswer {
            interim: Vec::new(),
            status,
            reason: String::new(),
            headers: retry_after.map(header).into_iter().collect(),
            body: Bytes::new(),
            length: 0,
            md5: String::new(),
            cut: false,
        }
    }

    #[test]
    fn only_what_may_pass_is_repeated() {
        let wire = |kind| {
            let error = WireError {
                kind,
                detail: String::new(),
            };
            may_pass(Purpose::Find, &Err(error))
        };
        assert!(wire(WireErrorKind::Connect) && wire(WireErrorKind::Reset));
        assert!(!wire(WireErrorKind::Tls) && !wire(WireErrorKind::Protocol));
        assert!(!wire(WireErrorKind::Unsendable) && !wire(WireErrorKind::TooLarge));
        for (status, again) in [
            (200, false),
            (401, false),
            (404, false),
            (409, false),
            (413, false),
            (429, true),
            (500, true),
            (501, false),
            (503, true),
        ] {
            let answer = Ok(answer(status, None));
            assert_eq!(may_pass(Purpose::Find, &answer), again, "{status}");
            assert!(!may_pass(Purpose::Upload, &answer), "{status}");
        }
        assert!(!may_pass(Purpose::Probe, &Ok(answer(500, None))));
        assert!(may_pass(Purpose::Probe, &Ok(answer(503, None))));
        assert!(may_pass(Purpose::Find, &Ok(answer(413, Some("1")))));
        let late = Err(WireError {
            kind: WireErrorKind::Deadline,
            detail: String::new(),
        });
        assert!(may_pass(Purpose::Undo, &late) && !may_pass(Purpose::Login, &late));
    }

    #[test]
    fn a_pause_is_asked_for_in_seconds_or_by_date() {
        let pause = |value| retry_after(&answer(429, Some(value)));
        assert_eq!(pause("7"), Some(Duration::from_secs(7)));
        let past = pause("Wed, 21 Oct 2015 07:28:00 GMT");
        assert_eq!(past, Some(Duration::ZERO));
        let far = pause("Wed, 21 Oct 2099 07:28:00 GMT").unwrap();
        assert!(far > Duration::from_secs(1_000_000));
        assert_eq!(pause("-1"), None);
        assert_eq!(pause("soon"), None);
    }
}
