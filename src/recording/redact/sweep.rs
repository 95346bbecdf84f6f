//! Known secrets, found in a text however they are encoded.
//!
//! A text is looked at raw and through its escapes (JSON, percent, and each within the other); in
//! each view every known secret is looked for as it is, in base64 at any alignment, and in hex.

use crate::recording::SecretKind;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

/// Shorter values are everywhere by chance.
pub(in crate::recording) const SHORTEST: usize = 6;
/// How many layers of escapes are looked through.
const LAYERS: usize = 3;

struct Secret {
    value: String,
    kind: SecretKind,
}

struct Needle {
    bytes: Vec<u8>,
    secret: usize,
}

/// All that is known to be secret.
#[derive(Default)]
pub(in crate::recording) struct Known {
    secrets: Vec<Secret>,
    by_value: HashMap<String, usize>,
    needles: Vec<Needle>,
    /// Needles by their first bytes.
    by_start: HashMap<[u8; SHORTEST], Vec<usize>>,
    /// The first two bytes of any needle, a bit each: most positions of a text end here.
    starts: Vec<u64>,
}

/// A known secret in a text.
pub(in crate::recording) struct Hit {
    pub range: Range<usize>,
    secret: usize,
}

impl Known {
    /// Adds a value of at least [`SHORTEST`] bytes; one that is known keeps its kind.
    pub fn add(&mut self, value: &str, kind: SecretKind) {
        if value.len() < SHORTEST || self.by_value.contains_key(value) {
            return;
        }
        let secret = self.secrets.len();
        self.by_value.insert(value.to_owned(), secret);
        self.secrets.push(Secret {
            value: value.to_owned(),
            kind,
        });
        let bytes = value.as_bytes();
        let mut forms = vec![
            bytes.to_vec(),
            hex::encode(bytes).into_bytes(),
            hex::encode_upper(bytes).into_bytes(),
        ];
        if value.contains(' ') {
            forms.push(value.replace(' ', "+").into_bytes());
        }
        if !value.is_ascii() {
            // by a server that takes UTF-8 for Latin-1
            let latin: String = value.bytes().map(char::from).collect();
            forms.push(latin.into_bytes());
        }
        for coding in [STANDARD, URL_SAFE] {
            forms.extend(base64_forms(&coding, bytes));
        }
        forms.sort();
        forms.dedup();
        for bytes in forms {
            self.add_needle(Needle { bytes, secret });
        }
    }

    fn add_needle(&mut self, needle: Needle) {
        let Some(start) = needle.bytes.first_chunk::<SHORTEST>() else {
            return;
        };
        self.starts.resize(1 << 10, 0);
        let bit = usize::from(u16::from_be_bytes([start[0], start[1]]));
        self.starts[bit / 64] |= 1 << (bit % 64);
        let of_start = self.by_start.entry(*start).or_default();
        of_start.push(self.needles.len());
        self.needles.push(needle);
    }

    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }

    pub fn value(&self, hit: &Hit) -> &str {
        &self.secrets[hit.secret].value
    }

    pub fn kind(&self, hit: &Hit) -> SecretKind {
        self.secrets[hit.secret].kind
    }

    /// All known secrets in a text. Of a text that was `cut`, its end may be the beginning of one.
    pub fn find(&self, text: &[u8], cut: bool) -> Vec<Hit> {
        let mut hits = Vec::new();
        if !self.needles.is_empty() {
            self.find_in(&View::of(text), LAYERS, cut, &mut hits);
        }
        hits
    }

    fn find_in(&self, view: &View<'_>, layers: usize, cut: bool, hits: &mut Vec<Hit>) {
        let text = &view.bytes[..];
        for (at, window) in text.windows(SHORTEST).enumerate() {
            let bit = usize::from(u16::from_be_bytes([window[0], window[1]]));
            if self.starts[bit / 64] & (1 << (bit % 64)) == 0 {
                continue;
            }
            for needle in self.by_start.get(window).into_iter().flatten() {
                let needle = &self.needles[*needle];
                if text[at..].starts_with(&needle.bytes) {
                    hits.push(Hit {
                        range: view.source(at)..view.source(at + needle.bytes.len()),
                        secret: needle.secret,
                    });
                }
            }
        }
        if cut {
            hits.extend(self.needles.iter().filter_map(|needle| {
                let most = needle.bytes.len().min(text.len());
                let kept = (SHORTEST..=most)
                    .rev()
                    .find(|kept| text.ends_with(&needle.bytes[..*kept]))?;
                Some(Hit {
                    range: view.source(text.len() - kept)..view.source(text.len()),
                    secret: needle.secret,
                })
            }));
        }
        if layers > 0 {
            for inner in [view.unescaped(), view.percent_decoded()]
                .into_iter()
                .flatten()
            {
                self.find_in(&inner, layers - 1, cut, hits);
            }
        }
    }
}

/// The whole value with and without padding, and at each alignment the characters that depend on
/// nothing but the value.
pub(in crate::recording) fn base64_forms(coding: &impl Engine, value: &[u8]) -> Vec<Vec<u8>> {
    let whole = coding.encode(value);
    let bare = whole.trim_end_matches('=').to_owned();
    let mut forms = vec![whole.into_bytes(), bare.into_bytes()];
    for before in 0..3 {
        let mut padded = vec![0; before];
        padded.extend_from_slice(value);
        let coded = coding.encode(&padded).into_bytes();
        let (first, last) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
        forms.push(coded[first..last].to_vec());
    }
    forms
}

/// A text seen through escapes; knows where each of its bytes comes from.
pub(super) struct View<'a> {
    pub bytes: Cow<'a, [u8]>,
    /// Of each byte, and of the end, the first byte in the text that it comes from. Empty: the same.
    sources: Vec<usize>,
}

impl<'a> View<'a> {
    pub fn of(text: &'a [u8]) -> Self {
        Self {
            bytes: Cow::Borrowed(text),
            sources: Vec::new(),
        }
    }

    fn source(&self, at: usize) -> usize {
        self.sources.get(at).copied().unwrap_or(at)
    }

    /// Through the escapes of a JSON string; `None` if it has none. A wrong escape stands for itself
    /// without the backslash.
    pub fn unescaped(&self) -> Option<View<'static>> {
        self.bytes
            .contains(&b'\\')
            .then(|| self.decoded(b'\\', json_escape))
    }

    /// Through percent-encoding; `None` if there is none.
    fn percent_decoded(&self) -> Option<View<'static>> {
        self.bytes.contains(&b'%').then(|| {
            self.decoded(b'%', |rest| {
                let byte = hex::decode(rest.get(1..3)?).ok()?;
                Some((byte, 3))
            })
        })
    }

    /// `escape` gets the text from an escape on and says what it means and how long it is.
    fn decoded(
        &self,
        sign: u8,
        escape: impl Fn(&[u8]) -> Option<(Vec<u8>, usize)>,
    ) -> View<'static> {
        let text = &self.bytes[..];
        let mut bytes = Vec::with_capacity(text.len());
        let mut sources = Vec::with_capacity(text.len() + 1);
        let mut at = 0;
        while at < text.len() {
            let meant = if text[at] == sign {
                escape(&text[at..])
            } else {
                None
            };
            let (meaning, length) = meant.unwrap_or_else(|| (vec![text[at]], 1));
            for byte in meaning {
                bytes.push(byte);
                sources.push(self.source(at));
            }
            at += length;
        }
        sources.push(self.source(text.len()));
        View {
            bytes: Cow::Owned(bytes),
            sources,
        }
    }
}

/// What a text means under its JSON escapes and then under percent-encoding.
pub(in crate::recording) fn decoded(text: &[u8]) -> Vec<u8> {
    let raw = View::of(text);
    let plain = raw.unescaped().unwrap_or(raw);
    plain.percent_decoded().unwrap_or(plain).bytes.into_owned()
}

fn json_escape(rest: &[u8]) -> Option<(Vec<u8>, usize)> {
    let unit = |at: usize| -> Option<u16> {
        let digits = rest.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let simple = |byte: u8| Some((vec![byte], 2));
    match rest.get(1)? {
        b'b' => simple(8),
        b'f' => simple(12),
        b'n' => simple(b'\n'),
        b'r' => simple(b'\r'),
        b't' => simple(b'\t'),
        b'u' => {
            let mut units = vec![unit(0)?];
            if (0xd800..0xdc00).contains(&units[0]) {
                units.extend(unit(6));
            }
            let text = String::from_utf16(&units).or_else(|_| {
                units.truncate(1);
                String::from_utf16(&units)
            });
            Some((text.ok()?.into_bytes(), units.len() * 6))
        }
        other => simple(*other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'t>(secret: &str, text: &'t str) -> Vec<&'t str> {
        let mut known = Known::default();
        known.add(secret, SecretKind::Password);
        let mut ranges: Vec<_> = known
            .find(text.as_bytes(), false)
            .into_iter()
            .map(|hit| (hit.range.start, hit.range.end))
            .collect();
        ranges.sort_unstable();
        ranges.dedup();
        ranges.into_iter().map(|(a, b)| &text[a..b]).collect()
    }

    #[test]
    fn a_secret_is_found_in_its_usual_forms() {
        let secret = "p\u{e4}ss \"w\"/1";
        for form in [
            secret.to_owned(),
            "p%C3%A4ss%20%22w%22%2F1".to_owned(),
            "p%c3%a4ss+%22w%22/1".to_owned(),
            r#"p\u00e4ss \"w\"\/1"#.to_owned(),
            r#"p\\u00e4ss \\\"w\\\"\\/1"#.to_owned(),
            "p%25C3%25A4ss%2520%2522w%2522%252F1".to_owned(),
            "p\u{c3}\u{a4}ss \"w\"/1".to_owned(),
            STANDARD.encode(secret),
            URL_SAFE.encode(secret).replace('=', "%3D"),
            hex::encode(secret),
            hex::encode_upper(secret),
        ] {
            let text = format!("a {form} b");
            assert!(
                found(secret, &text).contains(&form.as_str()),
                "{text}: {:?}",
                found(secret, &text)
            );
        }
    }

    #[test]
    fn a_secret_within_something_longer_in_base64_is_found_at_any_alignment() {
        for before in ["", "a", "ab", "user:"] {
            let text = STANDARD.encode(format!("{before}correct horse;tail"));
            let hits = found("correct horse", &text);
            assert_eq!(hits.len(), 1, "{text}");
            assert!(hits[0].len() >= 15);
        }
    }

    #[test]
    fn what_is_not_the_secret_is_not_found() {
        assert!(found("abcdef", "abcde f ABCDEF %61bcde").is_empty());
        assert!(found("abc", "abc").is_empty());
    }

    #[test]
    fn a_surrogate_pair_and_a_lone_one_are_read() {
        assert_eq!(
            found("pass😀word", r"x pass\ud83d\ude00word"),
            [r"pass\ud83d\ude00word"]
        );
        assert!(found("password", r"pass\ud83dword \u12").is_empty());
    }

    #[test]
    fn the_beginning_of_a_secret_at_a_cut_is_found() {
        let mut known = Known::default();
        known.add("abcdefghij", SecretKind::Token);
        assert_eq!(known.find(b"x abcdefgh", true)[0].range, 2..10);
        assert!(known.find(b"x abcdefgh", false).is_empty());
        assert!(known.find(b"x abcde", true).is_empty());
    }
}
