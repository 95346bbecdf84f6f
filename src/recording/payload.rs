//! Bytes of a body, as they are kept.

use super::model::Payload;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use std::borrow::Cow;

/// Most bytes of text that are kept.
const MOST_TEXT: usize = 1 << 20;
/// Most bytes of anything else that are kept whole …
const MOST_BINARY: usize = 64 << 10;
/// … and how many are kept of more.
const BINARY_PREFIX: usize = 4 << 10;

impl Payload {
    /// Keeps `bytes`, which are the first of `length` that there were; `cut` says that they are not
    /// all. Text is kept up to 1 MiB, other bytes up to 64 KiB and by their first 4 KiB beyond it.
    /// The md5 is only known here if nothing was cut before: see [`Payload::with_md5`].
    pub fn from_bytes(bytes: &[u8], length: u64, cut: bool) -> Self {
        let mut payload = Self {
            length,
            md5: (!cut && length > 0).then(|| hex::encode(Md5::digest(bytes))),
            cut,
            ..Self::default()
        };
        if bytes.is_empty() {
            return payload;
        }
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => Some(text),
            // the cut went through a character
            Err(e) if cut && e.error_len().is_none() => {
                std::str::from_utf8(&bytes[..e.valid_up_to()]).ok()
            }
            Err(_) => None,
        };
        if let Some(text) = text {
            let kept = &text[..text.floor_char_boundary(MOST_TEXT)];
            payload.cut |= kept.len() < bytes.len();
            payload.text = Some(kept.to_owned());
        } else {
            let kept = match bytes.len() {
                0..=MOST_BINARY => bytes,
                _ => &bytes[..BINARY_PREFIX],
            };
            payload.cut |= kept.len() < bytes.len();
            payload.base64 = Some(STANDARD.encode(kept));
        }
        payload
    }

    /// The md5 (hex) of all bytes that came, counted by whoever saw them; `None` if it must not be
    /// kept.
    #[must_use]
    pub fn with_md5(mut self, md5: Option<String>) -> Self {
        self.md5 = md5;
        self
    }

    /// This as the new content of a payload of which not all may have been kept: what is unchanged stays as it was, and what isn't
    /// has no md5.
    #[must_use]
    pub(super) fn in_the_place_of(self, before: &Self) -> Self {
        if self.bytes() == before.bytes() {
            return before.clone();
        }
        Self {
            length: before.length,
            md5: None,
            cut: before.cut || self.cut,
            ..self
        }
    }

    /// The bytes kept.
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        match (&self.text, &self.base64) {
            (Some(text), _) => Cow::Borrowed(text.as_bytes()),
            // a recording that was edited by hand: as if nothing had been kept
            (None, Some(coded)) => Cow::Owned(STANDARD.decode(coded).unwrap_or_default()),
            (None, None) => Cow::Borrowed(&[]),
        }
    }

    /// The bytes kept, if they are UTF-8; the empty text if there are none.
    pub fn text(&self) -> Option<&str> {
        match (&self.text, &self.base64) {
            (Some(text), _) => Some(text),
            (None, Some(_)) => None,
            (None, None) => Some(""),
        }
    }

    /// No byte was there.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_kept_as_it_came() {
        let payload = Payload::from_bytes("{\"a\": 1.0}\n".as_bytes(), 11, false);
        assert_eq!(payload.text(), Some("{\"a\": 1.0}\n"));
        assert_eq!(&*payload.bytes(), b"{\"a\": 1.0}\n");
        assert_eq!(
            payload.md5.as_deref(),
            Some("1ab8b270596c6dde5bc77b971582193a")
        );
        assert!(!payload.cut);
    }

    #[test]
    fn a_body_of_no_bytes_is_the_default() {
        assert_eq!(Payload::from_bytes(b"", 0, false), Payload::default());
        assert_eq!(Payload::default().text(), Some(""));
    }

    #[test]
    fn other_bytes_come_back_from_base64() {
        let payload = Payload::from_bytes(&[0, 159, 146, 150], 4, false);
        assert_eq!(payload.text(), None);
        assert_eq!(&*payload.bytes(), [0, 159, 146, 150]);
    }

    #[test]
    fn many_other_bytes_keep_a_prefix_their_length_and_their_md5() {
        let bytes = vec![0xff; 65 << 10];
        let payload = Payload::from_bytes(&bytes, bytes.len() as u64, false);
        assert!(payload.cut);
        assert_eq!(payload.bytes().len(), 4 << 10);
        assert_eq!(payload.length, 65 << 10);
        assert_eq!(payload.md5, Some(hex::encode(Md5::digest(&bytes))));

        let whole = Payload::from_bytes(&bytes[..64 << 10], 64 << 10, false);
        assert!(!whole.cut);
        assert_eq!(whole.bytes().len(), 64 << 10);
    }

    #[test]
    fn a_cut_within_a_character_leaves_text() {
        let payload = Payload::from_bytes(&"ab…".as_bytes()[..4], 1000, true);
        assert_eq!(payload.text(), Some("ab"));
        assert!(payload.cut);
        assert_eq!(payload.md5, None);
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        let text = "…".repeat(400_000);
        let payload = Payload::from_bytes(text.as_bytes(), text.len() as u64, false);
        assert!(payload.cut);
        let kept = payload.text().unwrap();
        assert!(kept.len() <= 1 << 20 && kept.len() > (1 << 20) - 3);
    }
}
