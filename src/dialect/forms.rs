//! The form of a value: what is left of it when the value itself means nothing.
//!
//! In: one string. Out: its [`Form`], or the spans inside it that are identities or times. Pure.

use regex::Regex;
use serde::Deserialize;
use std::sync::LazyLock;

/// How a string is written. Its [`label`](Form::label) is what two clouds are compared by where values are noise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    Empty,
    /// RFC 4122 text form; upper case is a form of its own.
    Uuid {
        upper: bool,
    },
    /// A run of hex digits, at least 16 long.
    Hex {
        length: usize,
    },
    /// An id of EC2: what it begins with, and how many hexadecimal digits follow.
    Resource {
        prefix: String,
        length: usize,
    },
    /// The id of a reservation: eight letters and digits, or hexadecimal digits only, as chance has it.
    Reservation,
    /// Only digits.
    Digits,
    /// RFC 3339 or its usual relatives: fraction digits, and how the zone is written.
    Timestamp {
        separator: char,
        fraction: usize,
        zone: Zone,
    },
    /// RFC 9110 IMF-fixdate.
    HttpDate,
    Url {
        scheme: String,
    },
    Ipv4,
    Ipv6,
    Cidr,
    Mac {
        upper: bool,
    },
    /// A long word of mixed letters and digits that says nothing.
    Opaque,
    /// Key material: `PEM CERTIFICATE`, `public key`.
    Key(String),
    /// Octets in hex with colons between, of a hash: how many.
    Fingerprint {
        octets: usize,
    },
    /// A redaction mark: kind, length, alphabet.
    Secret(String),
    /// Anything else without white space.
    Word,
    Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Zone {
    None,
    Z,
    Offset,
}

impl Form {
    /// A short name that tells two forms apart.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Empty => "empty".into(),
            Self::Uuid { upper: false } => "uuid".into(),
            Self::Uuid { upper: true } => "UUID".into(),
            Self::Hex { length } => format!("hex{length}"),
            Self::Resource { prefix, length } => format!("{prefix}-hex{length}"),
            Self::Reservation => "r-8".into(),
            Self::Digits => "digits".into(),
            Self::Timestamp {
                separator,
                fraction,
                zone,
            } => {
                let zone = match zone {
                    Zone::None => "no zone",
                    Zone::Z => "Z",
                    Zone::Offset => "offset",
                };
                let separator = match separator {
                    ' ' => "space".to_owned(),
                    other => other.to_string(),
                };
                format!("timestamp {separator} .{fraction} {zone}")
            }
            Self::HttpDate => "HTTP date".into(),
            Self::Url { scheme } => format!("{scheme} URL"),
            Self::Ipv4 => "IPv4".into(),
            Self::Ipv6 => "IPv6".into(),
            Self::Cidr => "CIDR".into(),
            Self::Mac { upper: false } => "MAC".into(),
            Self::Mac { upper: true } => "MAC upper".into(),
            Self::Opaque => "opaque".into(),
            Self::Key(kind) => kind.clone(),
            Self::Fingerprint { octets } => format!("fingerprint of {octets} octets"),
            Self::Secret(kind) => format!("secret {kind}"),
            Self::Word => "word".into(),
            Self::Text => "text".into(),
        }
    }

    /// A difference between this form and another one, both being noise, is worth telling.
    #[must_use]
    pub fn is_specific(&self) -> bool {
        !matches!(
            self,
            Self::Empty | Self::Word | Self::Text | Self::Opaque | Self::Digits
        )
    }
}

#[expect(
    clippy::unwrap_used,
    reason = "constant patterns, compiled by the first test"
)]
fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap()
}

static TIMESTAMP: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^\d{4}-\d\d-\d\d([Tt _,/-])\d\d:\d\d:\d\d(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?$")
});
static HTTP_DATE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$")
});
static URL: LazyLock<Regex> = LazyLock::new(|| pattern(r"^([a-z][a-z0-9+.-]*)://[^\s]+$"));
static MAC: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$"));
static UUID: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$")
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ids {
    prefixes: Vec<String>,
}

/// An id of EC2, its prefix and its digits.
static RESOURCE: LazyLock<String> = LazyLock::new(|| {
    #[expect(clippy::unwrap_used, reason = "embedded data, read by every test")]
    let mut ids: Ids = toml::from_str(include_str!("ec2/ids.toml")).unwrap();
    // of two that begin alike the longer one is meant
    ids.prefixes
        .sort_by_key(|prefix| std::cmp::Reverse(prefix.len()));
    format!(
        r"({})-([0-9a-f]{{17}}|[0-9a-f]{{8}})",
        ids.prefixes.join("|")
    )
});
/// `OpenStack`'s ec2-api draws letters and digits for reservations.
static RESERVATION: LazyLock<Regex> = LazyLock::new(|| pattern(r"^r-[0-9a-z]{8}$"));
static WHOLE_RESOURCE: LazyLock<Regex> = LazyLock::new(|| pattern(&format!("^{}$", *RESOURCE)));

/// Identities and times inside a longer string, in order, not overlapping.
static INSIDE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&concat!(
        r"(?P<secret>«secret:[^»]*»)",
        r"|(?P<pem>-----BEGIN [A-Z0-9 ]+-----[A-Za-z0-9+/=\s]+-----END [A-Z0-9 ]+-----)",
        // RFC 4253 §6.6: a public key's blob begins with the length of its type's name
        r"|(?P<key>\bAAAA[A-Za-z0-9+/]{48,}={0,2})",
        r"|(?P<fingerprint>\b[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){15,63}\b)",
        r"|(?P<uuid>\b[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}\b)",
        // a whole value only, or with the number of a machine: inside a text it may be a word
        r"|^(?P<reservation>r-[0-9a-z]{8})(?:-\d+)?$",
        r"|(?P<resource>\bRESOURCE\b)",
        r"|(?P<mac>\b[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}\b)",
        r"|(?P<time>\b\d{4}-\d\d-\d\d[Tt _,/-]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d\b)?)",
        r"|(?P<hex>\b(?:[0-9a-f]{16,}|[0-9A-F]{16,})\b)",
        r"|(?P<epoch>\b1[4-9]\d{8}(?:\.\d{1,9})?\b)",
    )
    .replace("RESOURCE", &RESOURCE))
});

/// The form of a whole string.
#[must_use]
pub fn form(text: &str) -> Form {
    if text.is_empty() {
        return Form::Empty;
    }
    if let Some(mark) = text
        .strip_prefix("«secret:")
        .and_then(|rest| rest.strip_suffix('»'))
    {
        let kept: Vec<&str> = mark.split(':').collect();
        // kind and alphabet; a token's length may follow from what is in it
        return Form::Secret(format!(
            "{} {}",
            kept.first().unwrap_or(&""),
            kept.get(2).unwrap_or(&"")
        ));
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return Form::Digits;
    }
    if UUID.is_match(text) {
        return Form::Uuid {
            upper: text.bytes().any(|b| b.is_ascii_uppercase()),
        };
    }
    if text.len() >= 16 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Form::Hex { length: text.len() };
    }
    if RESERVATION.is_match(text) {
        return Form::Reservation;
    }
    if let Some(found) = WHOLE_RESOURCE.captures(text) {
        return Form::Resource {
            prefix: found[1].to_owned(),
            length: found[2].len(),
        };
    }
    if let Some(found) = TIMESTAMP.captures(text) {
        return Form::Timestamp {
            separator: found[1].chars().next().unwrap_or('T'),
            fraction: found.get(2).map_or(0, |m| m.len()),
            zone: match found.get(3).map(|m| m.as_str()) {
                None => Zone::None,
                Some("Z") => Zone::Z,
                Some(_) => Zone::Offset,
            },
        };
    }
    if HTTP_DATE.is_match(text) {
        return Form::HttpDate;
    }
    if let Some(key) = key_material(text) {
        return key;
    }
    if MAC.is_match(text) {
        return Form::Mac {
            upper: text.bytes().any(|b| b.is_ascii_uppercase()),
        };
    }
    if let Some(found) = URL.captures(text) {
        return Form::Url {
            scheme: found[1].to_owned(),
        };
    }
    if text.parse::<std::net::Ipv4Addr>().is_ok() {
        return Form::Ipv4;
    }
    if text.parse::<std::net::Ipv6Addr>().is_ok() {
        return Form::Ipv6;
    }
    if let Some((address, bits)) = text.split_once('/')
        && bits.parse::<u8>().is_ok()
        && address.parse::<std::net::IpAddr>().is_ok()
    {
        return Form::Cidr;
    }
    if text.chars().any(char::is_whitespace) {
        return Form::Text;
    }
    if is_opaque(text) {
        Form::Opaque
    } else {
        Form::Word
    }
}

static FINGERPRINT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){15,63}$"));
static KEY: LazyLock<Regex> = LazyLock::new(|| pattern(r"^AAAA[A-Za-z0-9+/]{48,}={0,2}$"));

fn key_material(text: &str) -> Option<Form> {
    if FINGERPRINT.is_match(text) {
        return Some(Form::Fingerprint {
            octets: text.len().div_ceil(3),
        });
    }
    if KEY.is_match(text) {
        return Some(Form::Key("public key".to_owned()));
    }
    let (kind, rest) = text.strip_prefix("-----BEGIN ")?.split_once("-----")?;
    rest.trim_end()
        .ends_with(&format!("-----END {kind}-----"))
        .then(|| Form::Key(format!("PEM {kind}")))
}

/// At least 20 characters of a token's alphabet, with letters and digits well mixed: passwords, tokens, ids.
fn is_opaque(text: &str) -> bool {
    if text.len() < 20
        || !text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_-+/=.".contains(&b))
    {
        return false;
    }
    let has = |kind: fn(&u8) -> bool| text.bytes().any(|b| kind(&b));
    let letters = text.bytes().filter(u8::is_ascii_alphanumeric);
    let kinds: Vec<bool> = letters.map(|b| b.is_ascii_digit()).collect();
    let changes = kinds.windows(2).filter(|w| w[0] != w[1]).count();
    let (upper, lower) = (has(u8::is_ascii_uppercase), has(u8::is_ascii_lowercase));
    // 16 bytes in base64url are 22 characters: keystone's audit ids
    changes >= 4 || upper && lower && (text.len() == 22 || has(u8::is_ascii_digit) && changes >= 2)
}

/// Whether a whole value is minted: it tells one thing from all others.
#[must_use]
pub fn is_identity(text: &str) -> bool {
    form(text) == Form::Opaque
        || inside(text)
            .iter()
            .any(|(_, what)| matches!(what, Inside::Identity(_)))
}

/// What a span inside a string is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inside {
    /// Minted: the value takes part in the pattern of equality.
    Identity(Form),
    /// A time: only its form counts.
    Time(Form),
}

/// The identities and times in `text`, as byte ranges, leftmost first.
#[must_use]
pub fn inside(text: &str) -> Vec<(std::ops::Range<usize>, Inside)> {
    INSIDE
        .captures_iter(text)
        .filter_map(|found| {
            let whole = found.name("reservation").or(found.get(0))?;
            let kind = if found.name("time").is_some() {
                Inside::Time(form(whole.as_str()))
            } else if found.name("epoch").is_some() {
                Inside::Time(Form::Digits)
            } else if found.name("hex").is_some()
                && whole.as_str().bytes().all(|b| b.is_ascii_digit())
            {
                return None; // a long number, not an id
            } else {
                Inside::Identity(form(whole.as_str()))
            };
            Some((whole.range(), kind))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_that_clouds_differ_by_are_told_apart() {
        let label = |text: &str| form(text).label();
        assert_eq!(label("2026-11-23T06:37:16Z"), "timestamp T .0 Z");
        assert_eq!(
            label("2026-11-23T06:37:16.000000"),
            "timestamp T .6 no zone"
        );
        assert_eq!(
            label("2026-11-23 06:37:16+00:00"),
            "timestamp space .0 offset"
        );
        // within one second all repeats have the same one: it was told as a value that differs
        assert_eq!(label("2026-11-23_06:37:16Z"), "timestamp _ .0 Z");
        assert_eq!(label("Mon, 23 Nov 2026 06:37:16 GMT"), "HTTP date");
        assert_eq!(label("9f0c2a4e-1111-4222-8333-444455556666"), "uuid");
        assert_eq!(label("9f0c2a4e111142228333444455556666"), "hex32");
        assert_eq!(label("10.0.0.0/24"), "CIDR");
        assert_eq!(label("fa:16:3e:00:11:22"), "MAC");
        assert_eq!(label("http://127.0.0.1:9696/v2.0"), "http URL");
        assert_eq!(label("ACTIVE"), "word");
        assert_eq!(label("a b"), "text");
        assert_eq!(
            label("«secret:token:183:base64url:0123abcd»"),
            "secret token base64url"
        );
    }

    /// Fingerprints were read as two hardware addresses and a rest; generated keys were compared letter by letter.
    #[test]
    fn keys_and_fingerprints_are_one_identity_each() {
        let blob = format!("AAAAB3NzaC1yc2EAAAADAQABAAABAQ{}", "Cq7x+/".repeat(12));
        let whole = format!("ssh-rsa {blob} Generated-by-Nova");
        let found = inside(&whole);
        assert_eq!(
            found,
            [(
                8..8 + blob.len(),
                Inside::Identity(Form::Key("public key".into()))
            )]
        );
        let md5 = "1a:".repeat(15) + "2b";
        assert_eq!(form(&md5).label(), "fingerprint of 16 octets");
        assert_eq!(inside(&md5).len(), 1);
        let pem = "-----BEGIN CERTIFICATE-----\nMIID\nYDCC=\n-----END CERTIFICATE-----\n";
        assert_eq!(form(pem).label(), "PEM CERTIFICATE");
        assert_eq!(inside(pem).len(), 1);
    }

    #[test]
    fn audit_ids_are_opaque_whatever_was_drawn() {
        for id in [
            "2_Yd7wuDQcKKefQjtQEZpg",
            "GevZk-E_QLq0TsfYtiUqiA",
            "dHxgtI15SWGEATyzPyUSvg",
        ] {
            assert_eq!(form(id), Form::Opaque, "{id}");
        }
        for word in [
            "InvalidInputForOperation",
            "SecurityGroupRuleNotFound",
            "ip_allocation_immediate",
        ] {
            assert_eq!(form(word), Form::Word, "{word}");
        }
    }

    #[test]
    fn a_request_id_holds_an_identity_and_a_prefix() {
        let text = "req-9f0c2a4e-1111-4222-8333-444455556666";
        let spans = inside(text);
        assert_eq!(spans.len(), 1);
        assert_eq!(spans[0].0, 4..text.len());
    }

    #[test]
    fn ids_of_ec2_are_identities_with_their_prefix_and_length() {
        let label = |text: &str| form(text).label();
        assert_eq!(label("i-0123456789abcdef0"), "i-hex17");
        assert_eq!(label("vol-1a2b3c4d"), "vol-hex8");
        assert_eq!(
            label("vpc-cidr-assoc-0123456789abcdef0"),
            "vpc-cidr-assoc-hex17"
        );
        let text = "The instance IDs 'i-1a2b3c4d, i-0123456789abcdef0' do not exist";
        let found: Vec<&str> = inside(text)
            .iter()
            .map(|(range, _)| &text[range.clone()])
            .collect();
        assert_eq!(found, ["i-1a2b3c4d", "i-0123456789abcdef0"]);
        for word in [
            "i-1a2b3c",
            "i-1a2b3c4d5",
            "xi-1a2b3c4d",
            "ec2-deadbeef",
            "sg-default",
        ] {
            assert!(!matches!(form(word), Form::Resource { .. }), "{word}");
            assert!(inside(word).is_empty(), "{word}");
        }
    }

    #[test]
    fn reservations_of_any_eight_letters_and_digits_are_of_one_form() {
        for id in ["r-ou7s1x0q", "r-1a2b3c4d", "r-abcdefgh"] {
            assert_eq!(form(id), Form::Reservation, "{id}");
            assert_eq!(inside(id).len(), 1, "{id}");
            assert!(is_identity(id), "{id}");
        }
        assert_eq!(inside("r-ou7s1x0q-0")[0].0, 0..10);
        assert_eq!(form("r-0123456789abcdef0").label(), "r-hex17");
        assert!(inside("the r-external interface").is_empty());
        for word in ["us-east-1a", "available", "eu-central-1", "1073741824"] {
            assert!(!is_identity(word), "{word}");
        }
    }

    #[test]
    fn names_of_things_are_words_and_not_identities() {
        for name in [
            "compute-servers-create",
            "os-extended-volumes:volumes_attached",
            "m1.tiny",
            "application/json",
        ] {
            assert!(inside(name).is_empty(), "{name}");
            assert_eq!(form(name), Form::Word, "{name}");
        }
    }
}
