//! What goes onto the wire and what comes off it, before anyone knows what the bytes mean.

use crate::recording::{Timing, WireError};
use bytes::Bytes;
use std::time::{Duration, SystemTime};

/// One request, sent as written: no redirect, no retry, no rewriting.
#[derive(Clone, Debug)]
pub struct WireRequest {
    pub method: String,
    /// `http://host:port`
    pub origin: String,
    /// Path and query, byte for byte.
    pub target: String,
    /// In the order to send. `Host` and `Content-Length` are added.
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// For the whole exchange, connecting included; waiting for a limit is not.
    pub deadline: Duration,
    /// Bytes of a body that are kept; the rest is counted and dropped, up to ten times as many, then the connection is cut.
    pub keep: usize,
}

#[derive(Clone, Debug)]
pub struct RawExchange {
    pub sent: SystemTime,
    pub timing: Timing,
    pub answer: Result<RawAnswer, WireError>,
}

#[derive(Clone, Debug)]
pub struct RawAnswer {
    pub status: u16,
    pub reason: String,
    /// As on the wire: order, case, repeats. Bytes that are not UTF-8 become U+FFFD.
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// Bytes that came, whether kept or not.
    pub length: u64,
    /// md5 (hex) of the bytes that came.
    pub md5: String,
    pub cut: bool,
}
