//! What stands in a recording where a secret stood.

use regex::Regex;
use sha2::{Digest, Sha256};
use std::fmt;
use std::ops::Range;
use std::sync::LazyLock;

/// `«secret:KIND:LENGTH:ALPHABET:FINGERPRINT»`: what can be compared of a value that isn't kept.
/// Has no character that a JSON string would have to escape.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    /// [`SecretKind`] as a word.
    pub kind: String,
    /// Characters of the value, unescaped.
    pub length: usize,
    /// The narrowest of `digits`, `hex`, `hex-upper`, `lower`, `upper`, `letters`, `alnum`, `uuid`,
    /// `base64url`, `base64`, `ascii`, `unicode` that holds all its characters; `number` for a JSON number.
    pub alphabet: String,
    /// 8 hex digits that are equal for equal values of one run, and say nothing else.
    pub fingerprint: String,
}

/// What sort of secret it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecretKind {
    Token,
    Password,
    PrivateKey,
    /// A shared secret: of an application credential, an EC2 credential, a client.
    Secret,
    AccessKey,
    TempUrlKey,
    Signature,
    /// The whole of an `Authorization` header after its scheme.
    Authorization,
    Cookie,
    UserData,
    /// Content of a file to be put into a server.
    File,
}

impl SecretKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Password => "password",
            Self::PrivateKey => "private-key",
            Self::Secret => "secret",
            Self::AccessKey => "access-key",
            Self::TempUrlKey => "temp-url-key",
            Self::Signature => "signature",
            Self::Authorization => "authorization",
            Self::Cookie => "cookie",
            Self::UserData => "user-data",
            Self::File => "file",
        }
    }

    /// Values of this kind that an answer shows were made by the cloud, and mean access wherever
    /// else they turn up.
    pub(super) fn is_minted(self) -> bool {
        matches!(
            self,
            Self::Token | Self::Password | Self::PrivateKey | Self::Secret | Self::AccessKey
        )
    }
}

impl fmt::Display for SecretKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

static FORM: LazyLock<Regex> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "a literal; the tests compile it")]
    Regex::new("«secret:([a-z-]+):([0-9]{1,18}):([a-z0-9-]+):([0-9a-f]{8})»").expect("valid")
});

impl Mark {
    /// The mark of a value; `key` is the run's and is never kept.
    pub(super) fn of(kind: SecretKind, value: &[u8], number: bool, key: &[u8; 32]) -> Self {
        let text = String::from_utf8_lossy(value);
        Self {
            kind: kind.as_str().to_owned(),
            length: text.chars().count(),
            alphabet: if number { "number" } else { alphabet(&text) }.to_owned(),
            fingerprint: hex::encode(&hmac_sha256(key, value)[..4]),
        }
    }

    /// All marks in a text, and where they are.
    pub fn find_all(text: &str) -> Vec<(Range<usize>, Self)> {
        FORM.captures_iter(text)
            .filter_map(|found| {
                let (_, [kind, length, alphabet, fingerprint]) = found.extract();
                let mark = Self {
                    kind: kind.to_owned(),
                    length: length.parse().ok()?,
                    alphabet: alphabet.to_owned(),
                    fingerprint: fingerprint.to_owned(),
                };
                Some((found.get(0)?.range(), mark))
            })
            .collect()
    }

    /// The text, if it is one mark and nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let (range, mark) = Self::find_all(text).into_iter().next()?;
        (range == (0..text.len())).then_some(mark)
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            length,
            alphabet,
            fingerprint,
        } = self;
        write!(f, "«secret:{kind}:{length}:{alphabet}:{fingerprint}»")
    }
}

fn alphabet(text: &str) -> &'static str {
    let all = |allowed: fn(&u8) -> bool| text.bytes().all(|b| allowed(&b));
    let is_uuid = text.len() == 36
        && text.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        });
    match () {
        () if all(u8::is_ascii_digit) => "digits",
        () if all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) => "hex",
        () if all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F')) => "hex-upper",
        () if all(u8::is_ascii_lowercase) => "lower",
        () if all(u8::is_ascii_uppercase) => "upper",
        () if all(u8::is_ascii_alphabetic) => "letters",
        () if all(u8::is_ascii_alphanumeric) => "alnum",
        () if is_uuid => "uuid",
        () if all(|b| b.is_ascii_alphanumeric() || b"-_=".contains(b)) => "base64url",
        () if all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(b)) => "base64",
        () if text.is_ascii() => "ascii",
        () => "unicode",
    }
}

/// RFC 2104 with a key shorter than a block.
pub(super) fn hmac_sha256(key: &[u8; 32], value: &[u8]) -> [u8; 32] {
    let padded = |pad: u8| {
        let mut block = [pad; 64];
        for (byte, key) in block.iter_mut().zip(key) {
            *byte ^= key;
        }
        Sha256::new().chain_update(block)
    };
    let inner = padded(0x36).chain_update(value).finalize();
    padded(0x5c).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_is_a_keyed_hash_as_others_compute_it() {
        // python3: hmac.new(bytes(range(32)), b"what do ya want for nothing?", "sha256").hexdigest()
        let key = std::array::from_fn(|i| u8::try_from(i).unwrap());
        assert_eq!(
            hex::encode(hmac_sha256(&key, b"what do ya want for nothing?")),
            "099805f4ac310786968565c098db515cc50862b420ae31e20238312344bed36a"
        );
    }

    #[test]
    fn a_mark_is_read_back_from_a_text() {
        let mark = Mark::of(SecretKind::TempUrlKey, "gäb1".as_bytes(), false, &[7; 32]);
        assert_eq!((mark.length, mark.alphabet.as_str()), (4, "unicode"));
        assert_eq!(Mark::parse(&mark.to_string()), Some(mark.clone()));
        let text = format!("a {mark} b «secret:x»");
        assert_eq!(Mark::parse(&text), None);
        let found = Mark::find_all(&text);
        assert_eq!(found.len(), 1);
        assert_eq!(text[found[0].0.clone()], mark.to_string());
    }

    #[test]
    fn a_mark_needs_no_escape_in_json() {
        let mark = Mark::of(SecretKind::Password, b"\"\\", false, &[0; 32]).to_string();
        assert_eq!(serde_json::to_string(&mark).unwrap(), format!("\"{mark}\""));
    }

    #[test]
    fn the_alphabet_is_the_narrowest_that_fits() {
        for (text, expected) in [
            ("0123", "digits"),
            ("0a1f", "hex"),
            ("0A1F", "hex-upper"),
            ("ghi", "lower"),
            ("Ghi", "letters"),
            ("Ghi1", "alnum"),
            ("123e4567-e89b-12d3-a456-426614174000", "uuid"),
            ("gAAA-_=", "base64url"),
            ("gAAA+/=", "base64"),
            ("a b", "ascii"),
            ("é", "unicode"),
        ] {
            assert_eq!(alphabet(text), expected, "{text}");
        }
    }
}
