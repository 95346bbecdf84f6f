//! How a request is signed, where that is not the family's usual way.

use super::checksum::Checksum;
use serde_json::Value;

/// `sign = { … }` of a step. The default is the family's usual way: of S3, a header over the whole payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    pub how: How,
    pub payload: PayloadSign,
    /// The checksum that follows a body in chunks.
    pub trailer: Option<Checksum>,
    /// Bytes of a chunk.
    pub chunk: usize,
    /// Seconds that a presigned URL or a form's policy holds.
    pub expires: u64,
    /// Seconds that the clock is ahead; negative, behind.
    pub skew: i64,
    pub wrong: Option<Wrong>,
    /// Headers that are signed besides those that must be, in lower case.
    pub headers: Vec<String>,
    /// Headers that are left unsigned though they should be signed, in lower case.
    pub omit: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// `Authorization`
    Header,
    /// In the query.
    Presigned,
    /// Policy and signature as fields of a `multipart-form` body.
    Post,
    /// Signature version 2, in `Authorization`.
    V2,
    /// As nobody.
    Nothing,
}

/// What `x-amz-content-sha256` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadSign {
    Signed,
    Unsigned,
    /// `STREAMING-AWS4-HMAC-SHA256-PAYLOAD`: chunks, each signed.
    Streaming,
    /// … and a signed trailer.
    StreamingTrailer,
    /// `STREAMING-UNSIGNED-PAYLOAD-TRAILER`: chunks and a trailer, none signed.
    StreamingUnsignedTrailer,
}

/// What of a signature is not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Made with another secret.
    Secret,
    /// By an access key that nobody has.
    Key,
    /// One digit of it is another.
    Signature,
    /// For another region.
    Region,
    /// For another service.
    Service,
    /// The payload's hash is that of another payload.
    Payload,
}

pub(super) const SIGN_KEYS: [&str; 9] = [
    "how", "payload", "trailer", "chunk", "expires", "skew", "wrong", "headers", "omit",
];
pub(super) const HOWS: [&str; 5] = ["header", "presigned", "post", "v2", "none"];
pub(super) const PAYLOADS: [&str; 5] = [
    "signed",
    "unsigned",
    "streaming",
    "streaming-trailer",
    "streaming-unsigned-trailer",
];
pub(super) const WRONGS: [&str; 6] = ["secret", "key", "signature", "region", "service", "payload"];

impl Default for Sign {
    fn default() -> Self {
        Self {
            how: How::Header,
            payload: PayloadSign::Signed,
            trailer: None,
            chunk: 64 * 1024,
            expires: 900,
            skew: 0,
            wrong: None,
            headers: Vec::new(),
            omit: Vec::new(),
        }
    }
}

impl PayloadSign {
    /// The body goes out in chunks.
    #[must_use]
    pub fn is_framed(self) -> bool {
        !matches!(self, Self::Signed | Self::Unsigned)
    }

    #[must_use]
    pub fn has_trailer(self) -> bool {
        matches!(
            self,
            Self::StreamingTrailer | Self::StreamingUnsignedTrailer
        )
    }
}

impl Sign {
    /// Reads the value of `sign` once its templates are filled: a word of `how`, or a table. The error says what is
    /// wrong with it.
    pub fn read(value: &Value) -> Result<Self, String> {
        let mut sign = Self::default();
        let members = match value {
            Value::String(word) => {
                sign.how = how(word)?;
                return Ok(sign);
            }
            Value::Object(members) => members,
            _ => return Err("expected a word or a table".to_owned()),
        };
        for (key, value) in members {
            let text = || value.as_str().ok_or_else(|| format!("`{key}` is no text"));
            match key.as_str() {
                "how" => sign.how = how(text()?)?,
                "payload" => {
                    sign.payload = match place(text()?, &PAYLOADS)? {
                        0 => PayloadSign::Signed,
                        1 => PayloadSign::Unsigned,
                        2 => PayloadSign::Streaming,
                        3 => PayloadSign::StreamingTrailer,
                        _ => PayloadSign::StreamingUnsignedTrailer,
                    };
                }
                "trailer" => {
                    sign.trailer = match text()? {
                        "none" => None,
                        word => Some(Checksum::from_name(word)?),
                    };
                }
                "wrong" => {
                    sign.wrong = match text()? {
                        "nothing" => None,
                        word => Some(match place(word, &WRONGS)? {
                            0 => Wrong::Secret,
                            1 => Wrong::Key,
                            2 => Wrong::Signature,
                            3 => Wrong::Region,
                            4 => Wrong::Service,
                            _ => Wrong::Payload,
                        }),
                    };
                }
                "skew" => sign.skew = number(key, value)?,
                "expires" => {
                    sign.expires = u64::try_from(number(key, value)?)
                        .map_err(|_| "`expires` is negative".to_owned())?;
                }
                "chunk" => {
                    sign.chunk = usize::try_from(number(key, value)?)
                        .ok()
                        .filter(|bytes| *bytes > 0)
                        .ok_or("`chunk` is no number of bytes")?;
                }
                "headers" => sign.headers = names(key, value)?,
                "omit" => sign.omit = names(key, value)?,
                other => {
                    return Err(format!(
                        "a signature has no `{other}`; it has {}",
                        SIGN_KEYS.join(", ")
                    ));
                }
            }
        }
        Ok(sign)
    }
}

fn how(word: &str) -> Result<How, String> {
    Ok(match place(word, &HOWS)? {
        0 => How::Header,
        1 => How::Presigned,
        2 => How::Post,
        3 => How::V2,
        _ => How::Nothing,
    })
}

fn place(word: &str, words: &[&str]) -> Result<usize, String> {
    words
        .iter()
        .position(|known| *known == word)
        .ok_or_else(|| format!("`{word}` is none of {}", words.join(", ")))
}

/// A whole number, as a row may have it: as text, too.
fn number(key: &str, value: &Value) -> Result<i64, String> {
    value
        .as_i64()
        .or_else(|| value.as_str()?.parse().ok())
        .ok_or_else(|| format!("`{key}` is no whole number"))
}

fn names(key: &str, value: &Value) -> Result<Vec<String>, String> {
    let wrong = || format!("`{key}` is no list of header names");
    let items = value.as_array().ok_or_else(wrong)?;
    items
        .iter()
        .map(|item| item.as_str().map(str::to_ascii_lowercase).ok_or_else(wrong))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_word_or_a_table_says_how_a_request_is_signed() {
        assert_eq!(Sign::read(&json!({})), Ok(Sign::default()));
        assert_eq!(Sign::read(&json!("none")).unwrap().how, How::Nothing);
        let late =
            Sign::read(&json!({ "how": "presigned", "expires": 60, "skew": "-120" })).unwrap();
        assert_eq!(
            (late.how, late.expires, late.skew),
            (How::Presigned, 60, -120)
        );
        let chunks =
            Sign::read(&json!({ "payload": "streaming-trailer", "trailer": "crc64nvme" })).unwrap();
        assert!(chunks.payload.is_framed() && chunks.payload.has_trailer());
        assert_eq!(chunks.trailer, Some(Checksum::Crc64Nvme));
    }

    #[test]
    fn what_makes_no_sense_is_said() {
        for wrong in [
            json!("signed"),
            json!(1),
            json!({ "wrong": "everything" }),
            json!({ "expires": -1 }),
            json!({ "trailer": "crc16" }),
            json!({ "key": 1 }),
        ] {
            assert!(Sign::read(&wrong).is_err(), "{wrong}");
        }
    }
}
