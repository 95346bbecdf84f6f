//! An exchange as it came off the wire. Holds secrets, so nothing here can be printed.

use crate::recording::{Role, Timing};

/// What is known about an exchange besides its bytes; see the fields of [`Exchange`](crate::recording::Exchange).
#[derive(Clone, Debug)]
pub struct ExchangeMeta {
    pub step: String,
    pub rows: Vec<String>,
    pub attempt: u32,
    pub role: Role,
    pub user: String,
    pub service: String,
    pub version: Option<String>,
    /// RFC 3339, UTC, with milliseconds.
    pub sent: String,
    pub timing: Timing,
}

#[derive(Clone, Copy)]
pub struct UnredactedRequest<'a> {
    pub method: &'a str,
    pub origin: &'a str,
    pub target: &'a str,
    pub headers: &'a [(String, String)],
    pub body: &'a [u8],
}

#[derive(Clone, Copy)]
pub struct UnredactedAnswer<'a> {
    /// Statuses of interim answers before it.
    pub interim: &'a [u16],
    pub status: u16,
    pub reason: &'a str,
    pub headers: &'a [(String, String)],
    /// The bytes kept, from the first on.
    pub body: &'a [u8],
    /// Bytes that came, kept or not.
    pub length: u64,
    /// md5 (hex) of the bytes that came.
    pub md5: &'a str,
    /// Fewer bytes are kept than came.
    pub cut: bool,
}
