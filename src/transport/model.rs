//! What goes onto the wire and what comes off it, before anyone knows what the bytes mean.

use crate::recording::{Timing, WireError};
use bytes::Bytes;
use std::fmt;
use std::time::{Duration, SystemTime};

/// One request, sent as written: no redirect, no retry, no rewriting.
#[derive(Clone, Default)]
pub struct WireRequest {
    pub method: String,
    /// `http://host:port`
    pub origin: String,
    /// `http://host:port` to connect to in place of `origin`, where no name leads there.
    pub via: Option<String>,
    /// Path and query, byte for byte.
    pub target: String,
    /// In the order to send. `Host` and `Content-Length` are added.
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// For the whole exchange, connecting included; waiting for a limit is not.
    pub deadline: Duration,
    /// Bytes of a body that are kept; the rest is counted and dropped.
    pub keep: usize,
    /// Bytes of a body after which the connection is cut.
    pub read: u64,
    /// The body before it was framed (`aws-chunked`): what is recorded of it.
    pub meant: Option<Bytes>,
    /// The connection is cut once this many bytes of the body are sent.
    pub abort_after: Option<u64>,
}

/// Without values of headers and without the body: they hold tokens and passwords.
impl fmt::Debug for WireRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WireRequest")
            .field("method", &self.method)
            .field("origin", &self.origin)
            .field("via", &self.via)
            .field("target", &self.target)
            .field("headers", &names(&self.headers))
            .field("body", &self.body.len())
            .field("deadline", &self.deadline)
            .field("keep", &self.keep)
            .field("read", &self.read)
            .field("abort_after", &self.abort_after)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Debug)]
pub struct RawExchange {
    pub sent: SystemTime,
    pub timing: Timing,
    pub answer: Result<RawAnswer, WireError>,
}

#[derive(Clone)]
pub struct RawAnswer {
    /// Statuses of interim answers (1xx) before it.
    pub interim: Vec<u16>,
    pub status: u16,
    pub reason: String,
    /// As on the wire: order, case, repeats. Bytes that are not UTF-8 become U+FFFD.
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// Bytes that came, whether kept or not. Where the connection was cut, what came until then.
    pub length: u64,
    /// md5 (hex) of the bytes that came.
    pub md5: String,
    /// The bytes kept are fewer than the bytes that came.
    pub cut: bool,
}

impl RawAnswer {
    /// The first value of a header, by name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// Without values of headers and without the body, as for [`WireRequest`].
impl fmt::Debug for RawAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawAnswer")
            .field("status", &self.status)
            .field("reason", &self.reason)
            .field("headers", &names(&self.headers))
            .field("length", &self.length)
            .field("cut", &self.cut)
            .finish_non_exhaustive()
    }
}

fn names(headers: &[(String, String)]) -> Vec<&str> {
    headers.iter().map(|(name, _)| name.as_str()).collect()
}
