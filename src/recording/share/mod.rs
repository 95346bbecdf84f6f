//! Taking out of a recording what names people and places, so that it may leave the house.
//!
//! First everything is read, to learn what such values are ([`learn`]: by place, as for secrets); then a copy is written in which
//! each has become another of its kind, length and alphabet, the same one everywhere. What the suite itself sends stays, and so
//! does what a cloud offers to everybody: flavors, public images, zones, types.

mod address;
mod known;
mod learn;
mod places;
mod pseudonym;
mod replace;
#[cfg(test)]
mod tests;

use super::error::{ReadError, WriteError};
use super::model::{Exchange, Payload};
use super::reader::Recording;
use super::rewrite::{self, Rewrite};
use crate::profile::secret::Redacted;
use known::Private;
use serde_json::Value;
use std::path::Path;

/// What is to be replaced in one recording, and by what.
pub struct Share {
    private: Private,
}

impl Share {
    /// Reads all of a recording. `key`: 32 random bytes, which are never written; what becomes of a value hangs on them.
    pub fn learned(recording: &Recording, key: Redacted<[u8; 32]>) -> Result<Self, ReadError> {
        let private = learn::learn(recording, key)?;
        Ok(Self { private })
    }

    /// Writes a copy to a new file, marked as shared.
    pub fn write(&self, recording: &Recording, path: &Path) -> Result<(), WriteError> {
        rewrite::write(recording, false, self, path)
    }

    fn payload(&self, before: Payload) -> Payload {
        let bytes = before.bytes();
        let Some(after) = replace::body(&self.private, &bytes) else {
            return before;
        };
        let kept = Payload::from_bytes(&after, after.len() as u64, false);
        let longer = after.len() as u64 + before.length;
        let length = longer.saturating_sub(bytes.len() as u64);
        Payload {
            length,
            ..kept.in_the_place_of(&before)
        }
    }

    fn headers(&self, headers: Vec<(String, String)>) -> Vec<(String, String)> {
        let one = |(name, value): (String, String)| {
            let value = self.text(&value);
            (name, value)
        };
        headers.into_iter().map(one).collect()
    }
}

impl Rewrite for Share {
    fn exchange(&self, mut exchange: Exchange) -> Exchange {
        let request = &mut exchange.request;
        request.origin = self.text(&request.origin);
        request.target = self.text(&request.target);
        request.headers = self.headers(std::mem::take(&mut request.headers));
        request.body = self.payload(std::mem::take(&mut request.body));
        match &mut exchange.answer {
            Ok(answer) => {
                answer.reason = self.text(&answer.reason);
                answer.headers = self.headers(std::mem::take(&mut answer.headers));
                answer.body = self.payload(std::mem::take(&mut answer.body));
            }
            Err(error) => error.detail = self.text(&error.detail),
        }
        exchange
    }

    fn value(&self, value: &Value) -> Value {
        let text = value.to_string();
        match replace::body(&self.private, text.as_bytes()) {
            // what replaces a string needs no escape that it did not need
            Some(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|_| value.clone()),
            None => value.clone(),
        }
    }

    fn text(&self, text: &str) -> String {
        replace::text(&self.private, text)
    }
}
