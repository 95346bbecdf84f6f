//! The functions that a template may call. All but `time` are pure: of the execution's seed and the
//! arguments.

use super::checksum::Checksum;
use super::diagnostic::suggestion;
use super::model::Argument;
use base64::Engine as _;
use md5::{Digest as _, Md5};
use serde_json::Value;
use sha2::Sha256;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;

/// Most characters that a function makes.
const LONGEST: usize = 4 << 20;

/// Most members or items that a function makes.
const MOST_ITEMS: usize = 100_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A whole number of at least zero, or a name.
    Count,
    /// A whole number, or a name.
    Number,
    /// Anything.
    Value,
}

struct Function {
    name: &'static str,
    parameters: &'static [Kind],
    usage: &'static str,
}

const FUNCTIONS: &[Function] = &[
    function("text", &[Kind::Count], "text(300): 300 characters a-z"),
    function(
        "unicode",
        &[Kind::Count],
        "unicode(20): 20 characters of two to four bytes",
    ),
    function(
        "repeat",
        &[Kind::Value, Kind::Count],
        "repeat(\"x\", 300): the text, 300 times",
    ),
    function(
        "pad",
        &[Kind::Value, Kind::Count],
        "pad(name, 100): the text, and letters up to 100 characters",
    ),
    function(
        "members",
        &[Kind::Count],
        "members(3): an object with the members k1, k2, k3",
    ),
    function("items", &[Kind::Count], "items(3): the list i1, i2, i3"),
    function("int", &[Kind::Value], "int(x): text as a whole number"),
    function("json", &[Kind::Value], "json(x): the value as JSON text"),
    function("lower", &[Kind::Value], "lower(x)"),
    function("upper", &[Kind::Value], "upper(x)"),
    function("encode", &[Kind::Value], "encode(x): percent-encoded"),
    function("base64", &[Kind::Value], "base64(x)"),
    function("md5", &[Kind::Value], "md5(x): in hex"),
    function("sha256", &[Kind::Value], "sha256(x): in hex"),
    function(
        "checksum",
        &[Kind::Value, Kind::Value],
        "checksum(\"crc32\", x): in base64, as S3 writes it",
    ),
    function(
        "date",
        &[Kind::Number],
        "date(-3600): now plus seconds, as HTTP headers write it",
    ),
    function(
        "time",
        &[Kind::Number],
        "time(3600): now plus seconds, RFC 3339 in UTC",
    ),
];

const fn function(
    name: &'static str,
    parameters: &'static [Kind],
    usage: &'static str,
) -> Function {
    Function {
        name,
        parameters,
        usage,
    }
}

/// Which part of a call is wrong.
pub(super) enum Place {
    Name,
    Arguments,
}

pub(super) struct WrongCall {
    pub(super) place: Place,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

/// Name, number of arguments, and what can be known of them before a run.
pub(super) fn check(name: &str, arguments: &[Argument]) -> Result<(), WrongCall> {
    let Some(function) = FUNCTIONS.iter().find(|f| f.name == name) else {
        let names: Vec<&str> = FUNCTIONS.iter().map(|f| f.name).collect();
        return Err(WrongCall {
            place: Place::Name,
            message: format!("no function is called `{name}`"),
            help: Some(suggestion(name, &names)),
        });
    };
    let wrong = |message: String| WrongCall {
        place: Place::Arguments,
        message,
        help: Some(format!("used like {}", function.usage)),
    };
    if arguments.len() != function.parameters.len() {
        return Err(wrong(format!(
            "`{name}` takes {}, not {}",
            match function.parameters.len() {
                1 => "one argument".to_owned(),
                n => format!("{n} arguments"),
            },
            arguments.len()
        )));
    }
    if let ("checksum", Some(Argument::Text(text))) = (name, arguments.first())
        && let Err(why) = Checksum::from_name(text)
    {
        return Err(wrong(why));
    }
    for (kind, argument) in function.parameters.iter().zip(arguments) {
        let fits = match (kind, argument) {
            (Kind::Count, Argument::Number(n)) => usize::try_from(*n).is_ok_and(|n| n <= LONGEST),
            (Kind::Count | Kind::Number, Argument::Text(_)) => false,
            _ => true,
        };
        if !fits {
            return Err(wrong(match kind {
                Kind::Count => format!("`{name}` takes a whole number from 0 to {LONGEST} here"),
                _ => format!("`{name}` takes a whole number here"),
            }));
        }
    }
    Ok(())
}

/// The value of a call; nothing where an argument is of a kind that the function can't take.
pub(super) fn call(name: &str, arguments: &[Value], seed: u64, now: SystemTime) -> Option<Value> {
    let first = arguments.first()?;
    let text = || as_text(first);
    Some(match name {
        "text" => Value::String(letters(seed, count(first)?)),
        "unicode" => Value::String(unicode(seed, count(first)?)),
        "repeat" => {
            let (text, n) = (text(), count(arguments.get(1)?)?);
            if text.len().saturating_mul(n) > LONGEST {
                return None;
            }
            Value::String(text.repeat(n))
        }
        "pad" => {
            let (text, n) = (text(), count(arguments.get(1)?)?);
            let missing = n.checked_sub(text.chars().count())?;
            Value::String(format!("{text}{}", letters(seed, missing)))
        }
        "members" => (1..=most_items(first)?)
            .map(|i| (format!("k{i}"), Value::from("v")))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        "items" => (1..=most_items(first)?)
            .map(|i| Value::from(format!("i{i}")))
            .collect(),
        "int" => match first {
            Value::Number(number) if number.is_i64() || number.is_u64() => first.clone(),
            Value::String(text) => Value::from(text.trim().parse::<i64>().ok()?),
            _ => return None,
        },
        "json" => Value::String(serde_json::to_string(first).ok()?),
        "lower" => Value::String(text().to_lowercase()),
        "upper" => Value::String(text().to_uppercase()),
        "encode" => Value::String(percent(&text())),
        "base64" => {
            Value::String(base64::engine::general_purpose::STANDARD.encode(text().as_bytes()))
        }
        "md5" => Value::String(hex::encode(Md5::digest(text().as_bytes()))),
        "sha256" => Value::String(hex::encode(Sha256::digest(text().as_bytes()))),
        "checksum" => {
            let checksum = Checksum::from_name(&text()).ok()?;
            Value::String(checksum.of(as_text(arguments.get(1)?).as_bytes()))
        }
        "date" => Value::String(http_date(now, integer(first)?)?),
        "time" => Value::String(timestamp(now, integer(first)?)?),
        _ => return None,
    })
}

/// A value inside other text: strings as they are, everything else as compact JSON.
pub(super) fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn count(value: &Value) -> Option<usize> {
    usize::try_from(integer(value)?)
        .ok()
        .filter(|n| *n <= LONGEST)
}

/// A number of members or items: far fewer than characters.
fn most_items(value: &Value) -> Option<usize> {
    count(value).filter(|n| *n <= MOST_ITEMS)
}

/// Bytes that follow from the seed: sha256 in counter mode, so that they are the same on every
/// machine and in every version.
fn stream(seed: u64, label: &'static str) -> impl Iterator<Item = u8> {
    (0u64..).flat_map(move |block| {
        let mut hash = Sha256::new();
        hash.update(label.as_bytes());
        hash.update(seed.to_be_bytes());
        hash.update(block.to_be_bytes());
        let digest: [u8; 32] = hash.finalize().into();
        digest
    })
}

/// What `text(n)` is: the first `n` of one endless text, so that `text(3)` begins `text(9)`.
#[must_use]
pub fn letters(seed: u64, n: usize) -> String {
    // 234 = 9 × 26: what lies above would make the first letters of the alphabet likelier.
    stream(seed, "text")
        .filter(|byte| *byte < 234)
        .take(n)
        .map(|byte| char::from(b'a' + byte % 26))
        .collect()
}

/// Characters of two, three, two and four bytes in UTF-8; nothing that joins with its neighbours, so that a character is
/// a code point.
const WIDE: [[char; 4]; 4] = [
    ['ä', 'ß', 'é', 'ñ'],
    ['中', '文', '한', '글'],
    ['ø', 'Ж', 'и', 'Ω'],
    ['😀', '🚀', '🌍', '🔑'],
];

/// What `unicode(n)` is, likewise: in turn one of each width, so that all texts of one length have as many bytes and meet
/// the same limits.
#[must_use]
pub fn unicode(seed: u64, n: usize) -> String {
    stream(seed, "unicode")
        .take(n)
        .zip(WIDE.iter().cycle())
        .map(|(byte, wide)| wide[usize::from(byte) % wide.len()])
        .collect()
}

/// RFC 3986: everything but unreserved characters.
fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn timestamp(now: SystemTime, seconds: i64) -> Option<String> {
    let format =
        time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    shifted(now, seconds)?.format(&format).ok()
}

/// RFC 9110 §5.6.7.
fn http_date(now: SystemTime, seconds: i64) -> Option<String> {
    let format = time::macros::format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    shifted(now, seconds)?.format(&format).ok()
}

fn shifted(now: SystemTime, seconds: i64) -> Option<OffsetDateTime> {
    let shift = Duration::from_secs(seconds.unsigned_abs());
    let moment = if seconds < 0 {
        now.checked_sub(shift)?
    } else {
        now.checked_add(shift)?
    };
    let unix = moment
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()?
        .as_secs();
    OffsetDateTime::from_unix_timestamp(i64::try_from(unix).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, arguments: &[Value]) -> Option<Value> {
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(500_000);
        call(name, arguments, 7, now)
    }

    #[test]
    fn text_follows_from_seed_and_length_alone() {
        let text = letters(7, 300);
        assert_eq!(text.len(), 300);
        assert!(text.bytes().all(|b| b.is_ascii_lowercase()));
        assert_eq!(text, letters(7, 300));
        assert_ne!(text, letters(8, 300));
        assert!(text.starts_with(&letters(7, 5)));
    }

    #[test]
    fn unicode_counts_characters_not_bytes() {
        let text = unicode(7, 40);
        assert_eq!(text.chars().count(), 40);
        assert!(text.len() > 80);
    }

    #[test]
    fn every_function_does_what_it_says() {
        for (name, arguments, want) in [
            ("repeat", vec!["ab".into(), 3.into()], "ababab".into()),
            ("int", vec!["42".into()], 42.into()),
            ("json", vec!["a\"b".into()], "\"a\\\"b\"".into()),
            ("lower", vec!["AbC".into()], "abc".into()),
            ("upper", vec!["AbC".into()], "ABC".into()),
            ("encode", vec!["a/b ü~".into()], "a%2Fb%20%C3%BC~".into()),
            ("base64", vec!["hello".into()], "aGVsbG8=".into()),
            (
                "md5",
                vec!["".into()],
                "d41d8cd98f00b204e9800998ecf8427e".into(),
            ),
            ("time", vec![60.into()], "2027-01-15T08:01:00Z".into()),
            ("time", vec![(-60).into()], "2027-01-15T07:59:00Z".into()),
            (
                "checksum",
                vec!["crc32".into(), "123456789".into()],
                "y/Q5Jg==".into(),
            ),
            (
                "date",
                vec![(-60).into()],
                "Fri, 15 Jan 2027 07:59:00 GMT".into(),
            ),
        ] as [(&str, Vec<Value>, Value); 12]
        {
            assert_eq!(of(name, &arguments), Some(want), "{name}");
        }
    }

    #[test]
    fn what_cannot_be_computed_is_nothing() {
        assert_eq!(of("int", &["x".into()]), None);
        assert_eq!(of("text", &[(-1).into()]), None);
        assert_eq!(of("repeat", &["xx".into(), (LONGEST as u64).into()]), None);
    }

    #[test]
    fn every_function_that_is_checked_can_be_called() {
        for function in FUNCTIONS {
            let mut arguments: Vec<Value> = function
                .parameters
                .iter()
                .map(|_| Value::from("3"))
                .collect();
            if function.name == "checksum" {
                arguments[0] = "crc32".into();
            }
            assert!(of(function.name, &arguments).is_some(), "{}", function.name);
        }
    }
}
